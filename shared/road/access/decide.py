"""Whether a principal may do one thing on an account. Pure.

"What is Azure role-based access control": deny assignments come first, then what any role allows, then conditions. A yes
needs a role that surely allows it and no deny assignment that might stand before it; a no needs everything to have been read.
"""

from collections.abc import Callable, Iterable

from shared.models import Allowed, Answer, Denial, Effective, Holding, Permission, Unknown

type Covers = Callable[[Permission], bool]


def allows(effective: Effective, data_action: str) -> Allowed:
    """Whether the principal may do this on the account's data plane, why, and by which role."""
    return decided(effective, lambda permission: permission.covers_data(data_action), data_action)


def allows_action(effective: Effective, action: str) -> Allowed:
    """Whether the principal may do this on the account's control plane, why, and by which role."""
    return decided(effective, lambda permission: permission.covers(action), action)


def any_of(answers: Iterable[Allowed]) -> Answer:
    """Yes where one of them is, no where all of them are."""
    given = {each.answer for each in answers}
    return next((each for each in (Answer.YES, Answer.UNKNOWN) if each in given), Answer.NO)


def decided(effective: Effective, covers: Covers, action: str) -> Allowed:
    """The decision about the action that `covers` finds in a permission."""
    standing = [each for each in effective.denials if any(map(covers, each.permissions))]
    if sure := next((each for each in standing if each.applies is Answer.YES), None):
        return Allowed(Answer.NO, f"deny assignment '{sure.name}' at {sure.scope} forbids {action}", denial=sure)
    granted = _granted(effective.holdings, covers, action)
    if granted.answer is Answer.NO:
        return _unless_unread(effective, granted)
    return _unless_doubted(effective, granted, next(iter(standing), None))


def _granted(holdings: Iterable[Holding], covers: Covers, action: str) -> Allowed:
    """What the roles that could be read say: yes where one allows it without a condition."""
    allowing = [
        each for each in holdings if not isinstance(each.permissions, Unknown) and any(map(covers, each.permissions))
    ]
    if sure := next((each for each in allowing if not each.condition), None):
        return Allowed(Answer.YES, f"{sure.role_name} at {sure.scope} allows it", sure)
    if allowing:
        maybe = allowing[0]
        return Allowed(Answer.UNKNOWN, f"{maybe.role_name} at {maybe.scope} allows it where its condition holds", maybe)
    return Allowed(Answer.NO, f"no role in force on the account allows {action}")


def _unless_unread(effective: Effective, granted: Allowed) -> Allowed:
    """A no stands only where nothing that could allow it was left unread."""
    hidden = next((each for each in effective.holdings if isinstance(each.permissions, Unknown)), None)
    if hidden:
        return Allowed(Answer.UNKNOWN, f"what the role {hidden.role_name} allows could not be read", hidden)
    if effective.may_hold_more:
        return Allowed(Answer.UNKNOWN, f"{granted.reason}; but {effective.may_hold_more}")
    return granted


def _unless_doubted(effective: Effective, granted: Allowed, denial: Denial | None) -> Allowed:
    """A yes stands only for somebody who is there, and where no deny assignment might be in the way."""
    if effective.principal.exists is Answer.NO:
        reason = f"{granted.reason}, but Microsoft Entra ID has no object of this id: nobody can sign in as it"
        return Allowed(Answer.UNKNOWN, reason, granted.holding)
    if denial:
        reason = f"{granted.reason}, but deny assignment '{denial.name}' may forbid it: {denial.reason}"
        return Allowed(Answer.UNKNOWN, reason, granted.holding, denial)
    if effective.may_be_denied:
        return Allowed(Answer.UNKNOWN, f"{granted.reason}, but {effective.may_be_denied}", granted.holding)
    return granted
