"""One account: what was just read of it, where it stands, what is planned, what was done."""

from datetime import datetime
from typing import Literal

from pydantic import Field

from functions.portal.bodies.common import BlockerBody, Given, KeyDates, StepBody, Who
from shared.models import Milestone
from shared.road.verdict import Covered


class RoadStep(Given):
    """One milestone of the road."""

    milestone: Milestone
    asked: bool = Field(description="False beyond the account's goal.")
    reached: bool
    since: datetime | None
    evidence: str
    blockers: list[BlockerBody]


class PlanBody(Given):
    steps: list[StepBody]
    retry_at: datetime | None = Field(description="When to look again, where only time is missing.")


class AssignmentBody(Given):
    principal_id: str
    principal_type: str
    role: str
    role_name: str
    scope: str
    inherited: bool


class ConnectionBody(Given):
    id: str
    category: str
    auth_type: str
    holds_key: bool


class FactsBody(Given):
    """What was just read of the account; null where it could not be, `unknown` says why."""

    provisioning_state: str | None
    endpoint: str | None
    subdomain: str | None
    tags: dict[str, str]
    assignments: list[AssignmentBody] | None
    connections: list[ConnectionBody] | None
    last_key_use: datetime | None
    secret: str | None = Field(description="The name of the vault's secret that gives out the key; never the key.")
    unknown: dict[str, str]


class AccountDetail(Given):
    """One account as it is now: facts, verdict, plan."""

    id: str
    name: str
    subscription: str
    resource_group: str
    kind: str
    location: str
    covered: Covered
    rule: str | None
    goal: Milestone | None
    milestone: Milestone | None
    settled: bool
    local_auth_disabled: bool
    keys: KeyDates
    note: str
    stopped_at: Milestone | None = Field(description="Where a rollback has stopped it; null where it goes on.")
    facts: FactsBody
    road: list[RoadStep]
    blockers: list[BlockerBody] = Field(description="All of them, those of no one milestone first.")
    advice: list[BlockerBody]
    plan: PlanBody
    observed_at: datetime


class LedgerEntry(Given):
    """One change: what was intended and what became of it."""

    id: str
    at: datetime
    operation_id: str
    kind: str
    milestone: Milestone | None
    text: str
    state: Literal["intent", "done", "refused", "abandoned"]
    detail: str
    asked_by: Who | None = Field(description="Null where the app did it by the policy.")
    undoable: bool = Field(description="True where undoing its operation would change something now.")
    undo: Literal["quick", "slow", "never"]


class LedgerBody(Given):
    """Newest first."""

    value: list[LedgerEntry]
    next_link: str | None
