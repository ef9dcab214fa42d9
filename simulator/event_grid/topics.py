"""Custom topics, which take events over HTTP, and system topics, which stand for events of Azure's own resources."""

import re
import secrets
import uuid
from base64 import b64encode
from dataclasses import dataclass, field
from datetime import datetime
from hmac import compare_digest

from simulator.event_grid.events import RESOURCE_EVENT_TYPES
from simulator.event_grid.settings import GRID, Schema
from simulator.wire import Json

_HOST = re.compile(r"([^.]+)\.([^.]+)-1\.eventgrid\.azure\.net")
_KEY_BYTES = 32
VAULT_EVENT_TYPES = (
    *(f"Microsoft.KeyVault.{kind}{what}" for kind in ("Certificate", "Key", "Secret") for what in ("NewVersionCreated", "NearExpiry", "Expired")),
    "Microsoft.KeyVault.VaultAccessPolicyChanged",
)  # fmt: skip


def new_key() -> str:
    return b64encode(secrets.token_bytes(_KEY_BYTES)).decode()


@dataclass(slots=True)
class Times:
    """When a resource was made and last changed: Resource Manager's lists show it, Event Grid itself does not."""

    created: datetime
    changed: datetime


@dataclass(slots=True)
class Topic:
    """A custom topic ("Azure REST: Topics - Get")."""

    id: str
    name: str
    location: str
    times: Times
    input_schema: Schema = GRID
    local_auth: bool = False
    keys: dict[str, str] = field(default_factory=lambda: {"key1": new_key(), "key2": new_key()}, repr=False)
    tags: dict[str, str] = field(default_factory=dict)
    metric_id: str = field(default_factory=lambda: str(uuid.uuid4()))

    @property
    def host(self) -> str:
        return f"{self.name}.{self.location}-1.eventgrid.azure.net".lower()

    def accepts_key(self, key: str) -> bool:
        return any(compare_digest(key.encode(), each.encode()) for each in self.keys.values())

    def as_arm(self) -> Json:
        return {
            "properties": {
                "provisioningState": "Succeeded",
                "endpoint": f"https://{self.host}/api/events",
                "inputSchema": self.input_schema,
                "metricResourceId": self.metric_id,
                "publicNetworkAccess": "Enabled",
                "disableLocalAuth": not self.local_auth,
            },
            "location": self.location,
            "tags": self.tags,
            "id": self.id,
            "name": self.name,
            "type": "Microsoft.EventGrid/topics",
        }


@dataclass(slots=True)
class SystemTopic:
    """A system topic ("Azure REST: System Topics - Get")."""

    id: str
    name: str
    source: str
    topic_type: str
    times: Times
    location: str = "global"
    tags: dict[str, str] = field(default_factory=dict)
    identity: Json | None = None
    metric_id: str = field(default_factory=lambda: str(uuid.uuid4()))

    def as_arm(self, state: str = "Succeeded") -> Json:
        shown: Json = {
            "properties": {
                "provisioningState": state,
                "source": self.source,
                "topicType": self.topic_type,
                "metricResourceId": self.metric_id,
            },
            "location": self.location,
            "tags": self.tags,
            "id": self.id,
            "name": self.name,
            "type": "Microsoft.EventGrid/systemTopics",
        }
        if self.identity:
            shown["identity"] = self.identity
        return shown


@dataclass(frozen=True, slots=True)
class TopicType:
    """What a source of Azure's own can be: the form of its id, where its system topic lies, what it raises."""

    name: str
    source: re.Pattern[str]
    location: str | None
    event_types: tuple[str, ...]


TOPIC_TYPES = {
    each.name.lower(): each
    for each in (
        TopicType(
            "Microsoft.Resources.Subscriptions",
            re.compile(r"/subscriptions/[^/]+", re.IGNORECASE),
            "global",
            RESOURCE_EVENT_TYPES,
        ),
        TopicType(
            "Microsoft.Resources.ResourceGroups",
            re.compile(r"/subscriptions/[^/]+/resourceGroups/[^/]+", re.IGNORECASE),
            "global",
            RESOURCE_EVENT_TYPES,
        ),
        TopicType(
            "Microsoft.KeyVault.vaults",
            re.compile(
                r"/subscriptions/[^/]+/resourceGroups/[^/]+/providers/Microsoft\.KeyVault/vaults/[^/]+", re.IGNORECASE
            ),
            None,
            VAULT_EVENT_TYPES,
        ),
    )
}


def topic_type_of(source: str) -> TopicType | None:
    """The topic type of a source's id; None for a custom topic and for what the simulator does not know."""
    return next((each for each in TOPIC_TYPES.values() if each.source.fullmatch(source)), None)


def is_topic_host(host: str) -> bool:
    return _HOST.fullmatch(host) is not None
