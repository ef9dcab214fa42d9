"""An account: what Azure shows of it, what was observed, what is remembered."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any

from shared.models.access import GroupAnswer, GroupRef, RoleAssignment
from shared.models.connections import Pointing
from shared.models.exposures import Act, Arrival, Exposure, ExposureKind
from shared.models.keys import Fingerprints, KeyName, KeyUse, VaultSecret
from shared.models.knowledge import NOT_READ, Entry, Milestone, StepFailure, Unknown
from shared.resource_id import ResourceId


@dataclass(frozen=True, slots=True)
class NetworkRules:
    """Who may reach an account: `public` is False where only private endpoints are let in, `closed` True where only the
    addresses and subnets listed are (REST: Accounts - Get, `publicNetworkAccess` and `networkAcls`)."""

    public: bool = True
    closed: bool = False
    addresses: tuple[str, ...] = ()
    subnets: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Deployment:
    """A deployment of a model on an account (REST: Deployments - List). `format` says whose the model is: OpenAI, Meta …

    `abilities` are the model's capabilities as the service spells them: chatCompletion, embeddings …
    """

    name: str
    model: str
    format: str
    version: str = ""
    provisioning_state: str = "Succeeded"
    abilities: tuple[str, ...] = ()


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
    network: NetworkRules = NetworkRules()

    @property
    def is_settled(self) -> bool:
        """True once provisioning has ended, well or not."""
        return self.provisioning_state in {"Succeeded", "Failed", "Canceled"}


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
class AccountRecord:
    """What must be remembered of an account from pass to pass and is written down nowhere in Azure.

    `regenerated` is when the app regenerated each key; `exposures` are the last of each kind, and `acts` the last of each
    operation by somebody else. The times are when the secret was last held against the keys, since when the logs show no
    key in use and up to when they were seen to, and when key access was seen off and a key refused. `groups` are those the
    account's road depends on, as filed, each with its roles that show the keys. `no_further` is where a rollback has
    stopped the account.
    """

    regenerated: Mapping[KeyName, datetime] = field(default_factory=dict)
    exposures: Mapping[ExposureKind, Exposure] = field(default_factory=dict)
    acts: Mapping[str, Act] = field(default_factory=dict)
    arriving: tuple[Arrival, ...] = ()
    groups: Mapping[str, tuple[str, ...]] = field(default_factory=dict)
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

    @property
    def shown_to_others(self) -> datetime | None:
        """When somebody else last saw the keys, or could have: whoever makes one new is answered with both."""
        return max((each.at for each in self.exposures.values()), default=None)

    @property
    def regenerated_by_others(self) -> datetime | None:
        found = self.exposures.get(ExposureKind.REGENERATED)
        return found.at if found else None

    def keys_from_before(self, at: datetime) -> tuple[KeyName, ...]:
        """The keys that the app has not made new since then: copies of them may be alive."""
        return tuple(each for each in KeyName if each not in self.regenerated or self.regenerated[each] <= at)


# What the record says of the seal where the account takes keys
OPEN: Mapping[str, Any] = {"sealed_seen": None, "key_refused": None, "key_tried": None, "tries": 0, "withdrawn": None}


@dataclass(frozen=True, slots=True)
class AccountFacts:
    """All that was observed of one account. `account` is None where it does not exist, `secret` where there is none.

    `listed` are the fingerprints of the account's keys, NOT_READ where there was no reason to list them, None where key
    access is off. `unfinished` are steps that a dead worker left half done. `showing` are those of the roles in force whose
    holders can see the keys, `history` is what the ledger has, read before a change only.
    """

    account: Account | Unknown | None
    assignments: tuple[RoleAssignment, ...] | Unknown
    groups: Mapping[GroupRef, GroupAnswer] = field(default_factory=dict)
    proof: Proof | None = None
    failures: tuple[StepFailure, ...] = ()
    pointing: Pointing | Unknown = NOT_READ
    use: KeyUse | Unknown = NOT_READ
    secret: VaultSecret | Unknown | None = NOT_READ
    listed: Fingerprints | Unknown | None = NOT_READ
    record: AccountRecord = field(default_factory=AccountRecord)
    unfinished: tuple[Entry, ...] = ()
    showing: frozenset[str] | Unknown = NOT_READ
    history: tuple[Entry, ...] | Unknown = NOT_READ
    key_at_hand: bool = False  # in this process's memory, to try the seal with
