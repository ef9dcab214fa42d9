"""The fleet: its accounts as their last passes left them, and in numbers."""

from datetime import date, datetime

from pydantic import Field

from functions.portal.bodies.common import BlockerBody, Given, KeyDates
from shared.models import Milestone
from shared.road.verdict import Covered


class AccountSummary(Given):
    """One account as its last pass left it."""

    id: str
    name: str
    subscription: str
    resource_group: str
    kind: str | None
    location: str | None
    covered: Covered
    rule: str | None
    goal: Milestone | None
    milestone: Milestone | None = Field(description="The last one reached without a gap.")
    settled: bool = Field(description="True where nothing is left to do or to wait for.")
    local_auth_disabled: bool | None
    keys: KeyDates
    blockers: list[BlockerBody]
    advice: list[BlockerBody]
    reached: dict[Milestone, datetime] = Field(description="When each milestone was first reached.")
    note: str
    looked_at: datetime
    next_look: datetime | None


class AccountsPage(Given):
    value: list[AccountSummary]
    next_link: str | None = Field(description="Where the next page is; null on the last.")


class MilestoneCount(Given):
    milestone: Milestone
    at: int = Field(description="Accounts that stand at it.")
    reached: int = Field(description="Accounts that have reached it at least.")


class CodeCount(Given):
    code: str
    milestone: Milestone
    accounts: int


class AgeCount(Given):
    label: str
    accounts: int


class DayCount(Given):
    day: date
    reached: dict[Milestone, int]


class RuleCount(Given):
    rule: str
    accounts: int
    milestones: dict[str, int]


class SweepBody(Given):
    at: datetime
    seen: int
    queued: int
    missed: int = Field(description="Changes that no event had told of.")


class FleetBody(Given):
    """The whole fleet in numbers."""

    accounts: int
    covered: dict[Covered, int]
    goals: dict[Milestone, int]
    no_milestone: int = Field(description="Accounts on the road that have reached none.")
    milestones: list[MilestoneCount]
    blockers: list[CodeCount]
    advice: list[CodeCount]
    key_age: list[AgeCount]
    rules: list[RuleCount]
    over_time: list[DayCount]
    last_sweep: SweepBody | None
    poisoned: int | None = Field(description="Messages that were given up on; null where the queue did not answer.")
    as_of: datetime
