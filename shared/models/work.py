"""What waits on the work queue."""

from dataclasses import dataclass
from datetime import datetime

from shared.models.exposures import Act, Exposure
from shared.resource_id import ResourceId


@dataclass(frozen=True, slots=True)
class WorkItem:
    """One account, one reason to look at it.

    `event_time` is when the reason was seen, by an event or a sweep; `due` is set where a finished pass asked to be
    called again then. `act` is what somebody did, `exposure` who may know the keys since, where that is the reason.
    """

    account: ResourceId
    cause: str
    operation_id: str
    event_time: datetime | None = None
    due: datetime | None = None
    attempt: int = 0
    act: Act | None = None
    exposure: Exposure | None = None

    @property
    def names(self) -> frozenset[str]:
        """Object and client ids of whoever is the reason."""
        act = self.act.caller.names if self.act else frozenset[str]()
        return act | self.exposure.names if self.exposure else act


@dataclass(frozen=True, slots=True)
class OwnerItem:
    """One owner of connections to read again: an account, a Foundry project or a machine-learning workspace.

    `whole` says that it concerns all accounts that the owner leads to, not only those whose connections came or went.
    """

    owner: ResourceId
    cause: str
    operation_id: str
    event_time: datetime | None = None
    attempt: int = 0
    act: Act | None = None
    due: datetime | None = None
    whole: bool = False

    @property
    def names(self) -> frozenset[str]:
        """Object and client id of whoever is the reason."""
        return self.act.caller.names if self.act else frozenset()


@dataclass(frozen=True, slots=True)
class SecretItem:
    """One version of a secret that is near its end, by its address in the vault; it names the account to look at."""

    secret: str
    cause: str
    operation_id: str
    event_time: datetime | None = None
    attempt: int = 0


@dataclass(frozen=True, slots=True)
class GroupItem:
    """One group of Microsoft Entra ID that an event told of; with no event time, one that is to be watched from now on."""

    group: str
    cause: str
    operation_id: str
    event_time: datetime | None = None
    attempt: int = 0


@dataclass(frozen=True, slots=True)
class OrderItem:
    """An account for which somebody has asked for something: what that is, its operation's row says."""

    account: ResourceId
    cause: str
    operation_id: str
    event_time: datetime | None = None
    attempt: int = 0
    due: datetime | None = None


type Item = WorkItem | OwnerItem | SecretItem | GroupItem | OrderItem
