"""A vault, its secrets and their versions, with what follows from their own data alone."""

import uuid
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import Literal

from simulator.cognitive_services.account import Trace
from simulator.wire import Json

DOMAIN = ".vault.azure.net"
MOST_KEPT = 90  # days
type Phase = Literal["live", "deleting", "deleted", "recovering", "purging", "gone"]


@dataclass(slots=True)
class Version:
    """One version of a secret. `not_before` and `expires` are seconds since 1970, which only inform: both are readable."""

    value: str = field(repr=False)
    created: datetime
    updated: datetime
    expiry_set: datetime
    content_type: str | None = None
    tags: dict[str, str] | None = None
    enabled: bool = True
    not_before: int | None = None
    expires: int | None = None
    told: set[str] = field(default_factory=set)  # the expiry events raised since `expires` was set
    id: str = field(default_factory=lambda: uuid.uuid4().hex)


@dataclass(slots=True)
class Secret:
    """`versions` are kept by id, oldest first. `settles`: when the deletion, recovery or purge under way is done."""

    name: str
    versions: dict[str, Version] = field(default_factory=dict)
    deleted: datetime | None = None
    purged: bool = False
    settles: datetime | None = None

    def current(self) -> Version:
        return next(reversed(self.versions.values()))

    def phase(self, now: datetime, kept: timedelta) -> Phase:
        """Where the secret is in its life; `kept` is how long the vault keeps what was deleted."""
        moving = self.settles is not None and now < self.settles
        if self.deleted is None:
            return "recovering" if moving else "live"
        if self.purged:
            return "purging" if moving else "gone"
        if now >= self.deleted + kept:
            return "gone"
        return "deleting" if moving else "deleted"


@dataclass(slots=True)
class Vault:
    """`properties` holds what a caller can set; everything else that is shown is worked out from the fields."""

    subscription: str
    group: str
    name: str
    location: str
    properties: Json
    trace: Trace
    registered: datetime  # when its host name is known
    tags: dict[str, str] | None = None
    secrets: dict[str, Secret] = field(default_factory=dict)  # by lower-case name
    deleted: datetime | None = None

    @property
    def id(self) -> str:
        return (
            f"/subscriptions/{self.subscription}/resourceGroups/{self.group}/providers/"
            f"Microsoft.KeyVault/vaults/{self.name}"
        )

    @property
    def host(self) -> str:
        return f"{self.name.lower()}{DOMAIN}"

    @property
    def kept_days(self) -> int:
        return int(self.properties["softDeleteRetentionInDays"])

    @property
    def kept(self) -> timedelta:
        return timedelta(days=self.kept_days)

    @property
    def purge_protected(self) -> bool:
        return bool(self.properties.get("enablePurgeProtection"))

    @property
    def recovery_level(self) -> str:
        """What `attributes.recoveryLevel` says of every secret of this vault."""
        level = "Recoverable" if self.kept_days == MOST_KEPT else "CustomizedRecoverable"
        return level if self.purge_protected else f"{level}+Purgeable"
