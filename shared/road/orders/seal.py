"""Key access that is asked to be turned off, or on again. Pure."""

from collections.abc import Iterable

from shared.models import Milestone
from shared.road.blockers import unreadable
from shared.road.milestones import sealed
from shared.road.orders.todo import Asked, Todo
from shared.road.situation import Situation
from shared.road.steps import DisableLocalAuth
from shared.road.verdict import Blocker, Verdict

# What an admin may take upon themselves: that a key was used of late, or that copies of the keys may be alive
_BORNE = frozenset({Milestone.QUIET, Milestone.REVOKED})


def close(seen: Situation, verdict: Verdict, asked: Asked) -> Todo:
    """Key access turned off as the road does it, and seen to be off; `verdict` is of a rule that goes to the end."""
    if seen.account.local_auth_disabled:
        return Todo(sealed.steps(seen, verdict), waits=verdict.standings[Milestone.SEALED].blockers)
    if refused := tuple(_in_the_way(seen, verdict, asked)):
        return Todo(refused=refused)
    return Todo((DisableLocalAuth(seen.vault),))


def _in_the_way(seen: Situation, verdict: Verdict, asked: Asked) -> Iterable[Blocker]:
    for milestone in sealed.BEFORE:
        for each in verdict.standings[milestone].blockers:
            if milestone not in _BORNE or not asked.bears(each):
                yield each
    if unknown := sealed.unseen(seen):
        yield unreadable("secret", Milestone.SEALED, unknown)
