"""What is asked for, what it would do, and how far it has come."""

from datetime import datetime
from typing import Annotated, Any, Literal

from pydantic import ConfigDict, Field

from functions.portal.bodies.common import BlockerBody, Code, Given, Guid, RoleName, StepBody, Taken, Who
from shared.models import Milestone
from shared.models.operations import OperationState
from shared.models.orders import OrderKind


class OrderBody(Given):
    """What was asked for."""

    kind: OrderKind
    principal: str | None
    role: str | None
    connections: list[str]
    to: Milestone | None
    undo: str | None
    despite: list[str]


class PreviewBody(Given):
    """What a request would do, and does not: the plan in words and as data."""

    account: str
    order: OrderBody
    dry_run: Literal[True] = True
    steps: list[StepBody]
    cannot: list[str] = Field(description="What never comes back, in words.")
    refused: list[BlockerBody] = Field(description="Why it would be refused; empty where it would be done.")
    retry_at: datetime | None


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
    despite: Annotated[list[Code], Field(max_length=20)] = Field([])


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
