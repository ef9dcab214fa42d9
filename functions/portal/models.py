"""What goes over the wire: the bodies that the API takes and gives, as its OpenAPI document shows them."""

from datetime import date, datetime
from typing import Annotated, Any, Literal

from pydantic import BaseModel, ConfigDict, Field
from pydantic.alias_generators import to_camel

from shared.models import Milestone
from shared.models.operations import OperationState
from shared.models.orders import OrderKind
from shared.road.verdict import Covered
from shared.roles import ALIASES

GUID = r"^[0-9A-Fa-f]{8}-[0-9A-Fa-f]{4}-[0-9A-Fa-f]{4}-[0-9A-Fa-f]{4}-[0-9A-Fa-f]{12}$"


class Given(BaseModel):
    """What the API gives: every property is always there, null where there is nothing to say."""

    model_config = ConfigDict(
        frozen=True,
        alias_generator=to_camel,
        validate_by_name=True,
        validate_by_alias=True,
        serialize_by_alias=True,
        from_attributes=True,
    )


class Taken(BaseModel):
    """What the API takes: a property that it does not know is a fault."""

    model_config = ConfigDict(frozen=True, alias_generator=to_camel, extra="forbid", strict=False)


class Detail(Given):
    """One part of what is wrong: a field of the request, or a blocker."""

    code: str
    message: str
    target: str | None = None
    fix: str | None = None


class Fault(Given):
    code: str = Field(description="For programs; docs/api.md lists them.")
    message: str = Field(description="For people: what is wrong and what to do.")
    target: str | None = Field(None, description="The part of the request that it is about.")
    details: list[Detail] = []


class ErrorBody(Given):
    """The one shape of every answer of 400 and more."""

    error: Fault
    operation_id: str = Field(description="By which the request is found in the app's log.")


class BlockerBody(Given):
    code: str
    milestone: Milestone
    message: str
    fix: str = Field(description="What a person has to do; empty where only time is missing.")
    source: str
    retry_at: datetime | None = None


class KeyDates(Given):
    """When each key was last made new; null where that was never seen."""

    key1: datetime | None = None
    key2: datetime | None = None


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


class StepBody(Given):
    kind: str
    milestone: Milestone
    target: str
    text: str
    undo: Literal["quick", "slow", "never"] = Field(description="How soon it can be undone.")
    undo_why: str


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


class OrderBody(Given):
    """What was asked for."""

    kind: OrderKind
    principal: str | None = None
    role: str | None = None
    connections: list[str] = []
    to: Milestone | None = None
    undo: str | None = None
    despite: list[str] = []


class Preview(Given):
    """What a request would do, and does not: the plan in words and as data."""

    account: str
    order: OrderBody
    dry_run: Literal[True] = True
    steps: list[StepBody]
    cannot: list[str] = Field(description="What never comes back, in words.")
    refused: list[BlockerBody] = Field(description="Why it would be refused; empty where it would be done.")
    retry_at: datetime | None


class Who(Given):
    id: str
    name: str


class OperationStep(Given):
    kind: str
    text: str
    state: Literal["planned", "running", "done", "refused", "abandoned"]
    at: datetime | None
    ended_at: datetime | None
    detail: str


class OperationFault(Given):
    code: str
    message: str


class OperationBody(Given):
    """How far something asked for has come."""

    id: str
    account: str
    order: OrderBody
    state: OperationState
    asked_by: Who
    asked_at: datetime
    started_at: datetime | None
    ended_at: datetime | None
    done: int = Field(description="Steps that are done.")
    total: int = Field(description="Steps that are known so far.")
    steps: list[OperationStep]
    milestone: Milestone | None
    blockers: list[BlockerBody]
    retry_at: datetime | None
    error: OperationFault | None
    sequence: int = Field(description="Grows with all that is new; to be given as `after`.")


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


class SignInBody(Given):
    """What the page needs to sign somebody in; nothing of it is secret."""

    authority: str
    tenant: str
    client_id: str
    scope: str


class Me(Given):
    """Who is calling, and what they may do."""

    id: str
    name: str
    is_application: bool
    roles: list[Literal["Read", "Operate", "Admin"]]


# What is taken


ROLE = rf"^({'|'.join(sorted(ALIASES))}|{GUID[1:-1]})$"
type RoleName = Annotated[str, Field(pattern=ROLE, description="By alias, as docs/policy.md lists them, or by GUID.")]
type Guid = Annotated[str, Field(pattern=GUID)]
type Code = Annotated[str, Field(pattern=r"^[a-z][A-Za-z.]{1,80}$")]


class GrantBody(Taken):
    """A role for a group, as the policy's rule for the account allows it."""

    principal_id: Guid = Field(description="The group's object id.")
    role: RoleName


class SwitchBody(Taken):
    connections: Annotated[list[Annotated[str, Field(min_length=1, max_length=600)]], Field(max_length=50)] = Field(
        [], description="Ids of connections; all that hold the account's key where it is empty."
    )


class RevokeBody(Taken):
    despite: Annotated[list[Code], Field(max_length=20)] = Field(
        [], description="Codes of the blockers that are known and accepted."
    )


class LocalAuthBody(Taken):
    enabled: Annotated[bool, Field(strict=True)]
    despite: Annotated[list[Code], Field(max_length=20)] = []


def _only(one: str, other: str) -> dict[str, Any]:
    return {"required": [one], "properties": {one: {"not": {"type": "null"}}, other: {"type": "null"}}}


class RollbackBody(Taken):
    """Back to a milestone, or an operation undone: exactly one of the two."""

    model_config = ConfigDict(json_schema_extra={"oneOf": [_only("to", "operation"), _only("operation", "to")]})

    to: Milestone | None = None
    operation: Guid | None = None
    leaked: Annotated[bool | None, Field(strict=True)] = Field(
        None, description="Whether copies of the keys may be about; null leaves it to what is remembered."
    )
