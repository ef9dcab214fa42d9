"""What judge says of an account."""

from dataclasses import dataclass, field
from datetime import datetime
from enum import StrEnum

from shared.models import Milestone


class Covered(StrEnum):
    """Whether the policy speaks of an account."""

    BY_RULE = "covered"
    EXEMPT = "exempt"
    BY_NONE = "uncovered"
    GONE = "gone"
    UNKNOWN = "unknown"


@dataclass(frozen=True, slots=True)
class Blocker:
    """Why a milestone is not reached: what it means, how to fix it, which source said so.

    `retry_at` is set where time alone may heal it; `fix` is empty where there is nothing for a person to do.
    """

    code: str
    milestone: Milestone
    message: str
    fix: str
    source: str
    retry_at: datetime | None = None


@dataclass(frozen=True, slots=True)
class Standing:
    """One milestone of one account: reached on evidence, or blocked."""

    evidence: str = ""
    blockers: tuple[Blocker, ...] = ()

    @property
    def reached(self) -> bool:
        return not self.blockers


@dataclass(frozen=True, slots=True)
class Verdict:
    """Where an account stands. `milestone` is the last one reached without a gap, None where there is none."""

    covered: Covered
    rule: str | None = None
    goal: Milestone | None = None
    standings: dict[Milestone, Standing] = field(default_factory=dict)
    note: str = ""
    general: tuple[Blocker, ...] = ()  # of the whole road: the account unread, a step interrupted, a removal refused
    advice: tuple[Blocker, ...] = ()  # what would be better otherwise, and blocks nothing

    @property
    def milestone(self) -> Milestone | None:
        last = None
        for milestone, standing in self.standings.items():
            if not standing.reached:
                break
            last = milestone
        return last

    @property
    def blockers(self) -> tuple[Blocker, ...]:
        """All that stands between the account and its goal, in the road's order."""
        return self.general + tuple(each for standing in self.standings.values() for each in standing.blockers)

    @property
    def is_settled(self) -> bool:
        """True where nothing is left to do or to wait for."""
        return not self.blockers

    def has_reached(self, milestone: Milestone) -> bool:
        return milestone in self.standings and self.standings[milestone].reached
