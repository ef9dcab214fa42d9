"""An account's two keys, the secret that gives one to consumers, and their use."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum


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
