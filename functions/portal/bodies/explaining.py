"""What the explaining routes give: access, diagnosis, snippet. Each mirrors a value of the domain."""

from datetime import datetime
from typing import Annotated, Literal

from pydantic import Field, field_validator

from functions.portal.bodies.common import GUID, Given, Taken
from shared.models import Account
from shared.models.effective import Answer, PrincipalKind
from shared.road.diagnose.finding import Verdict
from shared.road.diagnose.symptom import LONGEST_TEXT, Client
from shared.road.snippets.models import Client as SnippetClient
from shared.road.snippets.models import Language


class PrincipalBody(Given):
    """Whom it is about; `exists` is no where Microsoft Entra ID has no such object."""

    id: str
    kind: PrincipalKind
    name: str
    exists: Answer


class GroupBody(Given):
    id: str
    name: str


class HoldingBody(Given):
    """One role assignment in force for the principal on the account."""

    role: str
    role_name: str
    scope: str
    how: Literal["direct", "inherited"]
    assignment_id: str
    shows_keys: Answer = Field(description="Whether its holders can list the account's keys.")
    through: list[GroupBody] = Field(description="The groups by which it is held, that which has the role first.")
    chain_known: bool
    condition: str
    created_at: datetime | None
    effective_from: datetime | None = Field(description="An estimate; `estimate` says of what.")
    estimate: str
    data_actions: list[str]
    not_data_actions: list[str]


class DenialBody(Given):
    """A deny assignment that stands, or may stand, before the roles."""

    id: str
    name: str
    scope: str
    applies: Answer
    reason: str


class AbilityBody(Given):
    """One thing that consumers do, the data action it takes, and whether the principal may."""

    what: str
    data_action: str
    answer: Answer


class UnreadBody(Given):
    """What could not be taken into account."""

    code: str
    reason: str
    permission: str


class AccessBody(Given):
    """All that a principal can do on the account, as far as it could be read. Nothing that could not is ever a no."""

    principal: PrincipalBody
    account: str
    may_infer: Answer
    may_list_keys: Answer
    key_access_off: bool
    effective_from: datetime | None
    abilities: list[AbilityBody]
    holdings: list[HoldingBody]
    denials: list[DenialBody]
    may_hold_more: str = Field(description="Why there may be more roles than these; empty where there are not.")
    may_be_denied: str = Field(description="Why there may be more denials than these; empty where there are not.")
    unread: list[UnreadBody]
    notes: list[str]

    @field_validator("account", mode="before")
    @classmethod
    def _by_id(cls, account: object) -> object:
        return account.id.text if isinstance(account, Account) else account


class DiagnoseBody(Taken):
    """An error as somebody has it before them; keys and tokens in it are neither kept nor shown."""

    error: Annotated[str, Field(max_length=LONGEST_TEXT, description="The error's text, or any part of it.")] = ""
    status: Annotated[int | None, Field(ge=100, le=599)] = None
    client: Annotated[Client, Field(description="What made the call.")] = Client.UNKNOWN
    endpoint: Annotated[str, Field(max_length=2000, description="The address that was called.")] = ""
    principal_id: Annotated[str | None, Field(pattern=GUID, description="Who called, by object id.")] = None


class FindingBody(Given):
    """One cause, looked into. `explains` is false for what is wrong all the same but would not give this error."""

    code: str
    verdict: Verdict
    cause: str
    evidence: list[str]
    fix: str
    source: str
    applies_to: str
    explains: bool


class DiagnosisBody(Given):
    """What was found, the most likely first; what fits the error and is not so; and what could not be read."""

    account: str
    principal_id: str | None
    at: datetime
    status: int | None
    client: str
    findings: list[FindingBody]
    ruled_out: list[FindingBody]
    unread: list[UnreadBody]
    warnings: list[str]


class ChoiceBody(Given):
    language: Language
    client: SnippetClient


class SnippetBody(Given):
    """A whole program that calls the account with Microsoft Entra ID; it holds no key."""

    language: Language
    client: SnippetClient
    deployment: str | None
    file_name: str = Field(description="What to save it as.")
    code: str
    endpoint: str
    scope: str
    install: list[str]
    credential_advice: list[str]
    notes: list[str]
    choices: list[ChoiceBody] = Field(description="What else there is for this account.")
