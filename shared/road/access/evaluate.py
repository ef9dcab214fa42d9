"""What a principal can do on an account, of what was read. Pure."""

from collections.abc import Iterable
from dataclasses import replace
from datetime import datetime

from shared.models import Ability, Answer, Effective, Holding, Principal, PrincipalKind, Unknown
from shared.road.access.abilities import ABILITIES, INFERENCE
from shared.road.access.decide import allows, allows_action, any_of
from shared.road.access.denials import denials
from shared.road.access.holdings import holdings
from shared.road.access.notes import notes
from shared.road.access.seen import Seen
from shared.sdk.role_definitions import SHOWS_KEYS


def evaluated(seen: Seen) -> Effective:
    """All that the principal can do on the account, and what could not be taken into account."""
    made = Effective(
        principal=_principal(seen),
        account=seen.account,
        holdings=holdings(seen),
        denials=denials(seen),
        key_access_off=seen.account.local_auth_disabled,
        may_hold_more=_may_hold_more(seen),
        may_be_denied="deny assignments could not be read" if isinstance(seen.denials, Unknown) else "",
        unread=_unread(seen),
    )
    return _concluded(made)


def _concluded(made: Effective) -> Effective:
    """With what follows for inference and for keys."""
    may_infer = any_of(allows(made, each) for each in INFERENCE.values())
    concluded = replace(
        made,
        abilities=tuple(Ability(what, action, allows(made, action).answer) for what, action in ABILITIES.items()),
        may_infer=may_infer,
        may_list_keys=any_of(allows_action(made, each) for each in SHOWS_KEYS),
        effective_from=_first(made.holdings) if may_infer is Answer.YES else None,
    )
    return replace(concluded, notes=notes(concluded))


def _first(held: Iterable[Holding]) -> datetime | None:
    """When the first role that lets the principal infer without a condition is in force."""
    return min((each.effective_from for each in held if each.effective_from and _infers(each)), default=None)


def _infers(held: Holding) -> bool:
    if held.condition or isinstance(held.permissions, Unknown):
        return False
    return any(permission.covers_data(action) for permission in held.permissions for action in INFERENCE.values())


def _principal(seen: Seen) -> Principal:
    if isinstance(seen.principal, Principal):
        return seen.principal
    return Principal(seen.principal_id, PrincipalKind.UNKNOWN, exists=Answer.UNKNOWN)


def _may_hold_more(seen: Seen) -> str:
    """Why there may be more roles than were found; Azure names those of users and service principals only."""
    if not isinstance(seen.membership, Unknown):
        return ""
    if seen.assigned is None:
        return "its groups could not be read"
    if seen.kind is PrincipalKind.UNKNOWN and not seen.assigned:
        return "what it is could not be read, and of a group Azure does not say which roles it has by others"
    return ""


def _unread(seen: Seen) -> tuple[Unknown, ...]:
    reads = (seen.principal, seen.membership, seen.denials, seen.inner, seen.definitions)
    found = {each.reason: each for each in reads if isinstance(each, Unknown)}
    return tuple(found.values())
