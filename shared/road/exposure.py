"""Exposure: who may hold copies of an account's keys that should have none, and which groups and roles can get them. Pure.

Which groups an account's road depends on is filed, so that a change of a group leads to its accounts.
"""

from collections.abc import Iterable, Mapping

from shared.models import Account, Exposure, ExposureKind, GroupRef, Milestone, RoleAssignment, Unknown
from shared.road.grants import reaches
from shared.road.situation import Situation
from shared.road.verdict import Blocker
from shared.roles import ALIASES, role_name

_REVOKES = {
    "memberRemoved": frozenset({ExposureKind.MEMBER_REMOVED}),
    "keysListed": frozenset({ExposureKind.LISTED, ExposureKind.REGENERATED}),
}
_SAID = {
    ExposureKind.LISTED: "listed the keys",
    ExposureKind.REGENERATED: "made a key new, which shows both",
    ExposureKind.MEMBER_REMOVED: "lost a role that shows the keys",
}


def open_exposure(seen: Situation) -> Exposure | None:
    """The last exposure of those for which the rule has keys revoked, as long as a copy of one may be alive."""
    record, keys = seen.facts.record, seen.rule.keys
    if seen.account.local_auth_disabled or keys is None:
        return None
    kinds = frozenset[ExposureKind]().union(*(_REVOKES[each] for each in keys.revoke_on))
    last = max((each for each in record.exposures.values() if each.kind in kinds), key=_at, default=None)
    return last if last and record.keys_from_before(last.at) else None


def _at(exposure: Exposure) -> float:
    return exposure.at.timestamp()


def said(exposure: Exposure) -> str:
    """Who may hold copies and why, in a sentence."""
    shown = ", ".join(exposure.who) or "somebody"
    more = f" and {exposure.count - len(exposure.who)} more" if exposure.count > max(len(exposure.who), 1) else ""
    by = f" with application {exposure.application}" if exposure.application else ""
    role = f" by {role_name(exposure.role)}" if exposure.role else ""
    group = f" of group {exposure.group}" if exposure.group else ""
    return f"{shown}{more} {_SAID[exposure.kind]} at {exposure.at.isoformat(timespec='seconds')}{by}{role}{group}"


def groups(seen: Situation) -> Mapping[str, tuple[str, ...]] | None:
    """Every group the account's road depends on, by its reference's key, with its roles that show the account's keys.

    None where that cannot be said: what is filed stays.
    """
    facts = seen.facts
    if isinstance(facts.assignments, Unknown) or any(isinstance(each, Unknown) for each in facts.groups.values()):
        return None
    roles = _roles(seen.account, facts.assignments, facts.showing)
    if roles is None:
        return None
    found = (answer for answer in facts.groups.values() if not isinstance(answer, Unknown))
    named = {GroupRef(id=each.id).key for answer in found for each in answer}
    asked = {each.key for each in facts.groups}
    return {**dict.fromkeys(sorted(asked | named), ()), **roles}


def _roles(
    account: Account, assignments: Iterable[RoleAssignment], showing: frozenset[str] | Unknown
) -> Mapping[str, tuple[str, ...]] | None:
    """Each group's roles that show the keys: none of an account that takes no keys, for which nobody is told any."""
    if account.local_auth_disabled:
        return {}
    if isinstance(showing, Unknown):
        return None
    found: dict[str, set[str]] = {}
    for each in assignments:
        if each.principal_type.lower() == "group" and each.role in showing and reaches(each, account):
            found.setdefault(GroupRef(id=each.principal_id).key, set()).add(each.role)
    return {key: tuple(sorted(roles)) for key, roles in sorted(found.items())}


def advice(seen: Situation) -> tuple[Blocker, ...]:
    """What the rule grants that lets every member see the keys, and what to grant in its place."""
    showing = seen.facts.showing
    if seen.account.local_auth_disabled or isinstance(showing, Unknown):
        return ()
    granted = dict.fromkeys(each.role for each in seen.rule.grants)
    return tuple(shows_keys(each) for each in granted if each in showing)


def shows_keys(role: str) -> Blocker:
    without = role_name(ALIASES["cognitive-services-openai-user"])
    return Blocker(
        "role.showsKeys",
        Milestone.GRANTED,
        f"{role_name(role)}, which the rule grants, lets every holder list the account's keys.",
        f"Grant {without} where the OpenAI endpoint is enough, or a custom role with the data actions of this one and without "
        "Microsoft.CognitiveServices/accounts/listKeys/action; or let the account go on to sealed, where no key can be listed.",
        "Authorization",
    )
