"""The values the domain speaks in. Azure SDK objects never leave `shared/sdk`; these do."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime
from enum import StrEnum
from typing import Any

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


NOT_READ = Unknown("was not read", "NotRead")


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
    created_at: datetime | None = None


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
class Connection:
    """A connection of an account, a Foundry project or a machine-learning workspace, as its owner lists it.

    `resource_id` is what its metadata names, empty where they name nothing. It never holds the credentials.
    """

    id: str
    owner: str
    name: str
    category: str
    auth_type: str
    target: str
    resource_id: str = ""


@dataclass(frozen=True, slots=True)
class Pointing:
    """What points at one account, from everything the app may see.

    `unplaced` are connections whose address may mean any account of the region. `principals` are the identities of the
    account's own projects and of whatever holds a connection to it. `unread` says of each source that could not be read
    why; `read_at` is when everything was last read, None where it never was.
    """

    connections: tuple[Connection, ...] = ()
    unplaced: tuple[Connection, ...] = ()
    principals: tuple[str, ...] = ()
    unread: Mapping[str, str] = field(default_factory=dict)
    read_at: datetime | None = None


class KeyName(StrEnum):
    """An account's two keys, as the dual-credential pattern calls them."""

    KEY1 = "key1"
    KEY2 = "key2"

    @property
    def other(self) -> "KeyName":
        return KeyName.KEY2 if self is KeyName.KEY1 else KeyName.KEY1


@dataclass(frozen=True, slots=True)
class VaultSecret:
    """The current version of the secret that gives consumers an account's key. The key itself is not in here."""

    name: str
    version: str
    account: str  # its tag ProviderAddress
    key: KeyName | None  # its tag CredentialId, None where it is neither
    created: datetime
    expires: datetime | None
    enabled: bool
    operation_id: str
    fingerprint: str


type Fingerprints = Mapping[KeyName, str]


@dataclass(frozen=True, slots=True)
class KeyUse:
    """What the request logs say of an account's keys, as far as they reach.

    Rows are there without a gap from `since` to `until`; `last` is the last call that a key let in, `address` where it
    came from and `calls` how many there were. `None` for the times where there are no rows at all.
    """

    looked: datetime
    since: datetime | None = None
    until: datetime | None = None
    last: datetime | None = None
    address: str = ""
    calls: int = 0
    has_setting: bool = True


@dataclass(frozen=True, slots=True)
class AccountRecord:
    """What must be remembered of an account from pass to pass and is written down nowhere in Azure.

    `regenerated` is when the app regenerated each key; the others are when somebody else listed or regenerated keys, when
    the secret was last held against the keys, since when the logs show no key in use and up to when they were seen to,
    and when key access was seen off and a key refused. `no_further` is where a rollback has stopped the account.
    """

    regenerated: Mapping[KeyName, datetime] = field(default_factory=dict)
    listed_by_others: datetime | None = None
    regenerated_by_others: datetime | None = None
    compared: datetime | None = None
    quiet_since: datetime | None = None
    quiet_until: datetime | None = None
    sealed_seen: datetime | None = None
    key_refused: datetime | None = None
    key_tried: datetime | None = None
    tries: int = 0  # of a key since the account was sealed
    withdrawn: datetime | None = None  # the secret, since its key opens nothing
    key_calls: tuple[datetime, ...] = ()  # the app's own calls by key, which are nobody's use of it
    subdomain: str = ""  # by which a connection may name the account
    no_further: Milestone | None = None
    rolled_back: datetime | None = None


@dataclass(frozen=True, slots=True)
class Entry:
    """One step of one operation, as the ledger has it. `step` is all its inverse needs; it holds no secret."""

    account: ResourceId
    row: str
    operation_id: str
    step: dict[str, Any]
    state: str
    at: datetime
    detail: str = ""


@dataclass(frozen=True, slots=True)
class AccountFacts:
    """All that was observed of one account. `account` is None where it does not exist, `secret` where there is none.

    `listed` are the fingerprints of the account's keys, NOT_READ where there was no reason to list them, None where key
    access is off. `unfinished` are steps that a dead worker left half done.
    """

    account: Account | Unknown | None
    assignments: tuple[RoleAssignment, ...] | Unknown
    groups: Mapping[GroupRef, GroupAnswer] = field(default_factory=dict)
    proof: Proof | None = None
    failures: tuple["StepFailure", ...] = ()
    pointing: Pointing | Unknown = NOT_READ
    use: KeyUse | Unknown = NOT_READ
    secret: VaultSecret | Unknown | None = NOT_READ
    listed: Fingerprints | Unknown | None = NOT_READ
    record: AccountRecord = field(default_factory=AccountRecord)
    unfinished: tuple[Entry, ...] = ()
    key_at_hand: bool = False  # in this process's memory, to try the seal with


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


class KeyAction(StrEnum):
    """What somebody did with an account's keys."""

    LISTED = "listed"
    REGENERATED = "regenerated"


@dataclass(frozen=True, slots=True)
class WorkItem:
    """One account, one reason to look at it.

    `event_time` is when the reason was seen, by an event or a sweep; `due` is set where a finished pass asked to be
    called again then. `key_action` is what `caller` did with the keys, where that is the reason.
    """

    account: ResourceId
    cause: str
    operation_id: str
    event_time: datetime | None = None
    due: datetime | None = None
    attempt: int = 0
    key_action: KeyAction | None = None
    caller: str = ""


@dataclass(frozen=True, slots=True)
class OwnerItem:
    """One owner of connections to read again: an account, a Foundry project or a machine-learning workspace."""

    owner: ResourceId
    cause: str
    operation_id: str
    event_time: datetime | None = None
    attempt: int = 0


@dataclass(frozen=True, slots=True)
class SecretItem:
    """One version of a secret that is near its end, by its address in the vault; it names the account to look at."""

    secret: str
    cause: str
    operation_id: str
    event_time: datetime | None = None
    attempt: int = 0


@dataclass(frozen=True, slots=True)
class RollbackItem:
    """An account to take back to a milestone, or an operation to undo on it.

    `leaked` says that copies of its keys may be about, or not; None leaves that to what is remembered.
    """

    account: ResourceId
    cause: str
    operation_id: str
    to: Milestone | None = None
    undo: str = ""
    leaked: bool | None = None
    event_time: datetime | None = None
    attempt: int = 0


type Item = WorkItem | OwnerItem | SecretItem | RollbackItem
