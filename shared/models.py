"""The values the domain speaks in. Azure SDK objects never leave `shared/sdk`; these do."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime
from enum import StrEnum

from shared.resource_id import ResourceId
from shared.roles import assignment_name


class Milestone(StrEnum):
    """Where an account stands on the road, in the road's order."""

    READY = "ready"
    GRANTED = "granted"
    CONNECTED = "connected"
    PROVEN = "proven"
    QUIET = "quiet"
    REVOKED = "revoked"
    SEALED = "sealed"

    @property
    def order(self) -> int:
        return list(Milestone).index(self)


@dataclass(frozen=True, slots=True)
class Unknown:
    """A fact that could not be read. Never counted as good news.

    `code` is what stood in the way; `retry_at` is set where waiting may help; `permission` names what the app lacks.
    """

    reason: str
    code: str
    retry_at: datetime | None = None
    permission: str = ""


@dataclass(frozen=True, slots=True)
class Account:
    """An Azure AI account as its resource provider shows it (REST: Accounts - Get)."""

    id: ResourceId
    kind: str
    location: str
    tags: Mapping[str, str]
    provisioning_state: str
    subdomain: str | None
    endpoint: str | None
    local_auth_disabled: bool
    created_at: datetime | None = None

    @property
    def is_settled(self) -> bool:
        """True once provisioning has ended, well or not."""
        return self.provisioning_state in {"Succeeded", "Failed", "Canceled"}


@dataclass(frozen=True, slots=True)
class RoleAssignment:
    """A role assignment (REST: Role Assignments - Get). `role` is the definition's GUID, ids are lower case."""

    id: str
    name: str
    scope: str
    principal_id: str
    principal_type: str
    role: str
    description: str = ""


@dataclass(frozen=True, slots=True)
class RoleGrant:
    """An assignment that should be there. `principal_type` is always sent: it spares the directory lookup."""

    scope: str
    principal_id: str
    principal_type: str
    role: str
    description: str

    @property
    def name(self) -> str:
        return assignment_name(self.scope, self.principal_id, self.role)


@dataclass(frozen=True, slots=True)
class Group:
    """A group in Microsoft Entra ID. Only a security-enabled one can hold roles."""

    id: str
    name: str
    security_enabled: bool


@dataclass(frozen=True, slots=True)
class GroupRef:
    """How a policy names a group: by object id, or by display name to be looked up."""

    id: str | None = None
    name: str | None = None

    def __str__(self) -> str:
        return f"group {self.id}" if self.id else f"group '{self.name}'"


type GroupAnswer = tuple[Group, ...] | Unknown


@dataclass(frozen=True, slots=True)
class Proof:
    """What the account's own endpoint said to a token of the app's identity."""

    at: datetime
    endpoint: str
    accepted: bool
    code: str
    detail: str
    refusals: int = 0  # in a row, up to and including this one


@dataclass(frozen=True, slots=True)
class AccountFacts:
    """All that was observed of one account. `account` is None where it does not exist."""

    account: Account | Unknown | None
    assignments: tuple[RoleAssignment, ...] | Unknown
    groups: Mapping[GroupRef, GroupAnswer] = field(default_factory=dict)
    proof: Proof | None = None
    failures: tuple["StepFailure", ...] = ()


@dataclass(frozen=True, slots=True)
class StepFailure:
    """A step that was tried and refused for good, kept so that the verdict can say so.

    `holds_up` is False where the milestone stands all the same: something left over could not be removed.
    """

    milestone: Milestone
    code: str
    message: str
    permission: str = ""
    target: str = ""
    holds_up: bool = True


@dataclass(frozen=True, slots=True)
class WorkItem:
    """One account, one reason to look at it.

    `event_time` is when the reason was seen, by an event or a sweep; `due` is set where a finished pass asked to be
    called again then.
    """

    account: ResourceId
    cause: str
    operation_id: str
    event_time: datetime | None = None
    due: datetime | None = None
    attempt: int = 0
