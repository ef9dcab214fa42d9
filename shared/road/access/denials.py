"""Deny assignments that stand, or may stand, before a principal's roles. Pure.

"Understand Azure deny assignments": one applies to its principals and, by groups, to who is in them, but for those excluded.
"""

from collections.abc import Iterator

from shared.models import Answer, Denial, DenyAssignment, Unknown
from shared.road.access.seen import Seen
from shared.road.grants import above_subscriptions

# Stands for all users, groups, service principals and managed identities
EVERYONE = "00000000-0000-0000-0000-000000000000"


def denials(seen: Seen) -> tuple[Denial, ...]:
    """Those of the deny assignments that were read that apply to the principal on the account, or may."""
    return () if isinstance(seen.denials, Unknown) else tuple(_standing(seen.denials, seen))


def _standing(found: tuple[DenyAssignment, ...], seen: Seen) -> Iterator[Denial]:
    for each in found:
        if not _reaches(each, seen):
            continue
        applies, reason = _applies(each, seen)
        if applies is not Answer.NO:
            yield Denial(each.id, each.name, each.scope, each.permissions, applies, reason)


def _reaches(denial: DenyAssignment, seen: Seen) -> bool:
    account = seen.account.id
    if denial.spares_children:
        return denial.scope.rstrip("/").lower() == account.key
    return account.is_within(denial.scope) or above_subscriptions(denial.scope)


def _applies(denial: DenyAssignment, seen: Seen) -> tuple[Answer, str]:
    ids, groups_unread = seen.ids, isinstance(seen.membership, Unknown)
    named = denial.principals & (ids | {EVERYONE})
    if denial.excluded & ids or not (named or groups_unread):
        return Answer.NO, ""
    if groups_unread and (not named or denial.excluded):
        return Answer.UNKNOWN, "it names or excludes groups, and the principal's groups could not be read"
    if denial.condition:
        return Answer.UNKNOWN, "it applies where its condition holds"
    return Answer.YES, "it is for all principals" if EVERYONE in named else _by(named, seen)


def _by(named: frozenset[str], seen: Seen) -> str:
    return "it names the principal" if seen.principal_id in named else f"it names its group {min(named)}"
