"""Bodies that many answers share, and the kinds of words that requests may hold."""

from datetime import datetime
from typing import Annotated, Literal

from pydantic import BaseModel, ConfigDict, Field
from pydantic.alias_generators import to_camel

from shared.models import Milestone
from shared.roles import ALIASES

GUID = r"^[0-9A-Fa-f]{8}-[0-9A-Fa-f]{4}-[0-9A-Fa-f]{4}-[0-9A-Fa-f]{4}-[0-9A-Fa-f]{12}$"


ROLE = rf"^({'|'.join(sorted(ALIASES))}|{GUID[1:-1]})$"


type RoleName = Annotated[str, Field(pattern=ROLE, description="By alias, as docs/policy.md lists them, or by GUID.")]


type Guid = Annotated[str, Field(pattern=GUID)]


type Code = Annotated[str, Field(pattern=r"^[a-z][A-Za-z.]{1,80}$")]


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
    details: list[Detail] = Field([])


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


class StepBody(Given):
    kind: str
    milestone: Milestone
    target: str
    text: str
    undo: Literal["quick", "slow", "never"] = Field(description="How soon it can be undone.")
    undo_why: str


class Who(Given):
    id: str
    name: str


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
