"""What an event subscription asks for: destination, schema, retries, dead letters. Read from its ARM properties.

Rests on "Azure REST: Event Subscriptions - Create Or Update" (Microsoft.EventGrid, 2022-06-15).
"""

import re
from dataclasses import dataclass, field
from datetime import UTC, datetime
from typing import Literal

from simulator.event_grid import bodies, filters
from simulator.event_grid.bodies import not_implemented, refused
from simulator.event_grid.filters import Filter
from simulator.wire import Json

type Schema = Literal["EventGridSchema", "CloudEventSchemaV1_0"]

GRID: Schema = "EventGridSchema"
CLOUD: Schema = "CloudEventSchemaV1_0"
_SCHEMAS = (GRID, CLOUD, "CustomInputSchema")
_DESTINATIONS = (
    "WebHook", "AzureFunction", "EventHub", "StorageQueue", "HybridConnection", "ServiceBusQueue", "ServiceBusTopic",
)  # fmt: skip
_FUNCTION = re.compile(
    r"/subscriptions/[^/]+/resourceGroups/[^/]+/providers/Microsoft\.Web/sites/[^/]+/functions/[^/]+", re.IGNORECASE
)
_STORAGE = re.compile(
    r"/subscriptions/[^/]+/resourceGroups/[^/]+/providers/Microsoft\.Storage/storageAccounts/([^/]+)", re.IGNORECASE
)
_NOT_YET = ("deliveryWithResourceIdentity", "deadLetterWithResourceIdentity")
_NOT_YET_IN_DESTINATION = (
    "azureActiveDirectoryTenantId",
    "azureActiveDirectoryApplicationIdOrUri",
    "deliveryAttributeMappings",
)


@dataclass(frozen=True, slots=True)
class Destination:
    """`target` is the full URL of a WebHook, or the resource id of an AzureFunction."""

    kind: Literal["WebHook", "AzureFunction"]
    target: str = field(repr=False)  # a web hook's URL may hold its code
    most_events: int = 1
    preferred_kilobytes: int = 64

    def as_arm(self) -> Json:
        """The destination as it is shown: without what follows the question mark."""
        batching = {"maxEventsPerBatch": self.most_events, "preferredBatchSizeInKilobytes": self.preferred_kilobytes}
        shown = {"resourceId": self.target} if self.kind == "AzureFunction" else {"endpointBaseUrl": self.base}
        return {"endpointType": self.kind, "properties": {**shown, **batching}}

    @property
    def base(self) -> str:
        return self.target.partition("?")[0]


@dataclass(frozen=True, slots=True)
class RetryPolicy:
    most_attempts: int = 30
    minutes_to_live: int = 1440

    def as_arm(self) -> Json:
        return {"maxDeliveryAttempts": self.most_attempts, "eventTimeToLiveInMinutes": self.minutes_to_live}


@dataclass(frozen=True, slots=True)
class DeadLetters:
    resource_id: str
    container: str

    @property
    def host(self) -> str:
        return f"{self.resource_id.rstrip('/').rpartition('/')[2].lower()}.blob.core.windows.net"

    def as_arm(self) -> Json:
        return {
            "endpointType": "StorageBlob",
            "properties": {"resourceId": self.resource_id, "blobContainerName": self.container},
        }


@dataclass(frozen=True, slots=True)
class Settings:
    destination: Destination
    filter: Filter
    filter_body: Json
    schema: Schema = GRID
    retry: RetryPolicy = RetryPolicy()
    dead_letters: DeadLetters | None = None
    labels: tuple[str, ...] | None = None
    expires: datetime | None = None

    def as_arm(self) -> Json:
        """The settings among the properties of an event subscription."""
        shown: Json = {
            "destination": self.destination.as_arm(),
            "filter": {
                "subjectBeginsWith": "",
                "subjectEndsWith": "",
                "isSubjectCaseSensitive": False,
                **self.filter_body,
            },
            "eventDeliverySchema": self.schema,
            "retryPolicy": self.retry.as_arm(),
        }
        if self.labels is not None:
            shown["labels"] = list(self.labels)
        if self.dead_letters:
            shown["deadLetterDestination"] = self.dead_letters.as_arm()
        if self.expires:
            shown["expirationTimeUtc"] = self.expires.isoformat().replace("+00:00", "Z")
        return shown


def parsed(properties: Json, *, default_types: tuple[str, ...] = (), default_schema: Schema = GRID) -> Settings:
    """The settings in the properties of an event subscription.

    `default_types` are the event types of its topic, which stand in for an empty list. Raises 400 for what Event Grid
    would refuse, 501 for what the simulator cannot do.
    """
    for name in _NOT_YET:
        if properties.get(name):
            raise not_implemented(f"'{name}' of event subscriptions")
    sent = {name: value for name, value in bodies.part(properties, "filter").items() if value is not None}
    if default_types and not sent.get("includedEventTypes"):
        sent["includedEventTypes"] = list(default_types)
    labels = bodies.texts(properties, "labels")
    return Settings(
        destination=_destination(bodies.part(properties, "destination")),
        filter=filters.parsed(sent),
        filter_body=sent,
        schema=_schema(properties, default_schema),
        retry=_retry(bodies.part(properties, "retryPolicy")),
        dead_letters=_dead_letters(bodies.part(properties, "deadLetterDestination")),
        labels=None if labels is None else tuple(labels),
        expires=_moment(properties),
    )


def _destination(sent: Json) -> Destination:
    if not sent:
        raise refused("The event subscription has no destination.")
    kind = bodies.one_of(sent, "endpointType", default="", allowed=_DESTINATIONS)
    properties = bodies.part(sent, "properties")
    for name in _NOT_YET_IN_DESTINATION:
        if properties.get(name):
            raise not_implemented(f"'{name}' of destinations")
    most = bodies.whole(properties, "maxEventsPerBatch", default=1, low=1, high=5000)
    preferred = bodies.whole(properties, "preferredBatchSizeInKilobytes", default=64, low=1, high=1024)
    match kind:
        case "WebHook":
            return Destination("WebHook", _required(properties, "endpointUrl"), most, preferred)
        case "AzureFunction":
            resource_id = _required(properties, "resourceId")
            if not _FUNCTION.fullmatch(resource_id):
                raise refused(f"The resource id '{resource_id}' is not one of a function in Microsoft.Web/sites.")
            return Destination("AzureFunction", resource_id, most, preferred)
    raise not_implemented(f"destinations of type '{kind}'")


def _required(properties: Json, name: str) -> str:
    value = bodies.text(properties, name)
    if not value:
        raise refused(f"The property '{name}' of the destination is required.")
    return value


def _schema(properties: Json, default: Schema) -> Schema:
    match bodies.one_of(properties, "eventDeliverySchema", default=default, allowed=_SCHEMAS):
        case "EventGridSchema":
            return GRID
        case "CloudEventSchemaV1_0":
            return CLOUD
    raise refused(
        'The specified EventDeliverySchema value "CustomInputSchema" cannot be used in combination with the '
        "topic's input schema."
    )


def _retry(sent: Json) -> RetryPolicy:
    return RetryPolicy(
        bodies.whole(sent, "maxDeliveryAttempts", default=30, low=1, high=30),
        bodies.whole(sent, "eventTimeToLiveInMinutes", default=1440, low=1, high=1440),
    )


def _dead_letters(sent: Json) -> DeadLetters | None:
    if not sent:
        return None
    bodies.one_of(sent, "endpointType", default="", allowed=("StorageBlob",))
    properties = bodies.part(sent, "properties")
    resource_id, container = bodies.text(properties, "resourceId"), bodies.text(properties, "blobContainerName")
    if not _STORAGE.fullmatch(resource_id) or not container:
        raise refused("The dead letter destination needs the resourceId of a storage account and a blobContainerName.")
    return DeadLetters(resource_id, container)


def _moment(properties: Json) -> datetime | None:
    sent = bodies.text(properties, "expirationTimeUtc")
    if not sent:
        return None
    try:
        moment = datetime.fromisoformat(sent)
    except ValueError as error:
        raise refused(f"The value '{sent}' of the property 'expirationTimeUtc' is invalid.") from error
    return moment if moment.tzinfo else moment.replace(tzinfo=UTC)
