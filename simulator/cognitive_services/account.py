"""An account and its deployments, with what follows from their own data alone."""

import secrets
import string
import uuid
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import TYPE_CHECKING

from simulator.cognitive_services.catalogue import FOUNDRY, FOUNDRY_API, KINDS, REGIONAL, Kind
from simulator.resource_manager.front import ArmRequest
from simulator.wire import Json

if TYPE_CHECKING:
    from simulator.cognitive_services.project import Project

LONG_KEY = 84
_LETTERS = string.ascii_letters + string.digits
KEPT_AFTER_DELETE = timedelta(hours=48)


def new_key(kind: Kind) -> str:
    """A fresh key: 84 letters and digits for the newer kinds, 32 hexadecimal digits for the others."""
    return "".join(secrets.choice(_LETTERS) for _ in range(LONG_KEY)) if kind.long_keys else secrets.token_hex(16)


def new_etag() -> str:
    return f'"{uuid.uuid4()}"'


@dataclass(frozen=True, slots=True)
class Actor:
    """Who changed a resource, as `systemData` names them."""

    name: str
    is_user: bool

    @property
    def type(self) -> str:
        return "User" if self.is_user else "Application"


def actor(request: ArmRequest) -> Actor:
    """Who makes this call, as `systemData` will show them."""
    return Actor(request.identity.name, request.identity.is_user)


@dataclass(slots=True)
class Trace:
    """Who made a resource and who changed it last."""

    created_by: Actor
    created: datetime
    changed_by: Actor
    changed: datetime

    @classmethod
    def begun(cls, actor: Actor, now: datetime) -> "Trace":
        return cls(actor, now, actor, now)

    def touch(self, actor: Actor, now: datetime) -> None:
        self.changed_by, self.changed = actor, now


@dataclass(slots=True)
class Work:
    """A change that takes time: Accepted for its first third, then Creating, then done."""

    started: datetime
    ends: datetime

    def state(self, now: datetime) -> str:
        if now >= self.ends:
            return "Succeeded"
        return "Accepted" if now < self.started + (self.ends - self.started) / 3 else "Creating"

    def running(self, now: datetime) -> bool:
        return now < self.ends


@dataclass(slots=True)
class Deployment:
    account_id: str
    name: str
    sku: Json
    model: Json
    settings: Json  # the other properties a caller can set
    capabilities: dict[str, str]
    work: Work
    trace: Trace
    tags: dict[str, str] | None = None
    etag: str = field(default_factory=new_etag)

    @property
    def id(self) -> str:
        return f"{self.account_id}/deployments/{self.name}"


@dataclass(slots=True)
class Account:
    """`properties` holds what a caller can set; everything else that is shown is worked out from the fields."""

    subscription: str
    group: str
    name: str
    location: str
    kind: Kind
    sku: Json
    properties: Json
    work: Work
    trace: Trace
    tags: dict[str, str] | None = None
    identity: Json | None = None
    keys: dict[str, str] = field(default_factory=dict, repr=False)
    local_auth: list[tuple[datetime, bool]] = field(default_factory=list)  # since when keys are off, or on again
    deployments: dict[str, Deployment] = field(default_factory=dict)  # by lower-case name
    projects: dict[str, "Project"] = field(default_factory=dict)  # by lower-case name, oldest first
    internal_id: str = field(default_factory=lambda: uuid.uuid4().hex)
    etag: str = field(default_factory=new_etag)
    deleted: datetime | None = None

    @property
    def id(self) -> str:
        return (
            f"/subscriptions/{self.subscription}/resourceGroups/{self.group}/providers/"
            f"Microsoft.CognitiveServices/accounts/{self.name}"
        )

    @property
    def subdomain(self) -> str | None:
        return self.properties.get("customSubDomainName")

    @property
    def local_auth_disabled(self) -> bool:
        return bool(self.properties.get("disableLocalAuth"))

    @property
    def default_project(self) -> str | None:
        """The name of the project that tools use where none is named: the one that was set, or else the first."""
        wanted = str(self.properties.get("defaultProject")).lower()
        found = self.projects.get(wanted) or next(iter(self.projects.values()), None)
        return found.name if found else None

    def endpoint(self) -> str:
        return self._filled(self.kind.endpoint)

    def endpoints(self) -> dict[str, str]:
        shown = {name: self._filled(template) for name, template in self.kind.endpoints.items()}
        if FOUNDRY_API in shown and not self.subdomain:
            # Azure shows it, though nothing answers there
            shown[FOUNDRY_API] = FOUNDRY.format(subdomain=self.name.lower())
        return shown

    def _filled(self, template: str) -> str:
        if not self.subdomain:
            return REGIONAL.format(location=self.location.lower())
        return template.format(subdomain=self.subdomain.lower())

    def hosts(self) -> set[str]:
        """The host names that are this account's own; none without a subdomain."""
        if not self.subdomain:
            return set()
        suffixes = ["cognitiveservices.azure.com"]
        if self.kind.models:
            suffixes.append("openai.azure.com")
        if self.kind is KINDS["AIServices"]:
            suffixes.append("services.ai.azure.com")
        return {f"{self.subdomain.lower()}.{suffix}" for suffix in suffixes}

    def state(self, now: datetime) -> str:
        """What `provisioningState` shows: unlike what lies below it, an account is never Accepted first."""
        return "Creating" if self.work.running(now) else "Succeeded"

    def busy(self, now: datetime) -> bool:
        """True while one of its deployments or projects is being made."""
        below: list[Deployment | Project] = [*self.deployments.values(), *self.projects.values()]
        return any(each.work.running(now) for each in below)

    def touch(self, actor: Actor, now: datetime) -> None:
        self.trace.touch(actor, now)
        self.etag = new_etag()
        disabled = self.local_auth_disabled
        if not self.local_auth or self.local_auth[-1][1] is not disabled:
            self.local_auth.append((now, disabled))

    def keys_off_for_data_plane(self, now: datetime, lag: timedelta) -> bool:
        """Whether the gateway refuses keys by now: it learns of a change `lag` later."""
        if not self.local_auth:
            return False
        known = [disabled for since, disabled in self.local_auth[1:] if since + lag <= now]
        return known[-1] if known else self.local_auth[0][1]
