"""Partners: who may make topics in a resource group, and the topics they made.

Rests on "Partner Events overview for customers", "Subscribe to events published by a partner", "Receive Microsoft Graph
API change events through Azure Event Grid", and on "Azure REST: Partner Configurations" and "Partner Topics" (2022-06-15).
"""

import uuid
from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import TYPE_CHECKING, Literal

from simulator.event_grid.topics import Times
from simulator.wire import Json

if TYPE_CHECKING:
    from simulator.azure import Azure

type Activation = Literal["NeverActivated", "Activated", "Deactivated"]

GRAPH_NAME = "MicrosoftGraphAPI"
GRAPH_REGISTRATION = "c02e0126-707c-436d-b6a1-175d2748fb58"
USUAL_DAYS = 7
_REUSABLE = timedelta(days=30)


def moment(when: datetime) -> str:
    return f"{when:%Y-%m-%dT%H:%M:%S}.{when.microsecond // 1000:03d}Z"


@dataclass(frozen=True, slots=True)
class Partner:
    """An authorized partner, by its registration's id, its name, or both."""

    expires: datetime
    registration: str | None = None
    name: str | None = None

    def is_also(self, other: "Partner") -> bool:
        """True where both name the same partner."""
        same_id = self.registration is not None and self.registration == other.registration
        return same_id or (self.name is not None and self.name.lower() == (other.name or "").lower())

    def as_arm(self) -> Json:
        named = {"partnerRegistrationImmutableId": self.registration, "partnerName": self.name}
        shown: Json = {name: value for name, value in named.items() if value is not None}
        return {**shown, "authorizationExpirationTimeInUtc": moment(self.expires)}


@dataclass(slots=True)
class PartnerConfiguration:
    """Whom a resource group's owner lets make topics there; `days` is the longest an authorization may hold."""

    id: str
    times: Times
    days: int | None = None
    partners: list[Partner] = field(default_factory=list)
    tags: dict[str, str] = field(default_factory=dict)

    def as_arm(self, state: str = "Succeeded") -> Json:
        days = {} if self.days is None else {"defaultMaximumExpirationTimeInDays": self.days}
        return {
            "properties": {
                "partnerAuthorization": {**days, "authorizedPartnersList": [each.as_arm() for each in self.partners]},
                "provisioningState": state,
            },
            "location": "global",
            "tags": self.tags,
            "id": self.id,
            "name": "default",
            "type": "Microsoft.EventGrid/partnerConfigurations",
        }


@dataclass(slots=True)
class PartnerTopic:
    """`source` is what raises its events; `idle` since when the partner has no use for it any more."""

    id: str
    source: str
    location: str
    expires: datetime  # unless it is activated before
    times: Times
    activation: Activation = "NeverActivated"
    idle: datetime | None = None
    tags: dict[str, str] = field(default_factory=dict)

    @property
    def name(self) -> str:
        return self.id.rpartition("/")[2]

    def reusable(self, now: datetime) -> bool:
        """False once it has been idle for thirty days."""
        return self.idle is None or now < self.idle + _REUSABLE

    def as_arm(self) -> Json:
        properties: Json = {
            "partnerRegistrationImmutableId": GRAPH_REGISTRATION,
            "source": self.source,
            "provisioningState": "IdleDueToMirroredChannelResourceDeletion" if self.idle else "Succeeded",
            "activationState": self.activation,
            "partnerTopicFriendlyDescription": "Microsoft Graph API change notifications",
        }
        if self.activation == "NeverActivated":
            properties["expirationTimeIfNotActivatedUtc"] = moment(self.expires)
        return {
            "properties": properties,
            "location": self.location,
            "tags": self.tags,
            "id": self.id,
            "name": self.name,
            "type": "Microsoft.EventGrid/partnerTopics",
        }


class Partners:
    """Partner configurations by the lower-case id of their resource group, partner topics by their own.

    `watchers` are told of each topic that a partner makes.
    """

    def __init__(self, azure: "Azure") -> None:
        self.azure = azure
        self.configurations: dict[str, PartnerConfiguration] = {}
        self.watchers: list[Callable[[PartnerTopic], None]] = []
        self._topics: dict[str, PartnerTopic] = {}

    def authorize(self, group: str, *, days: int = 365) -> PartnerConfiguration:
        """Seeds the authorization of Microsoft Graph in the resource group of this id, for so many days from now."""
        now = self.azure.clock.now()
        path = f"{group}/providers/Microsoft.EventGrid/partnerConfigurations/default"
        made = self.configurations.setdefault(group.lower(), PartnerConfiguration(path, Times(now, now)))
        made.days = days
        made.partners = [Partner(now + timedelta(days=days), GRAPH_REGISTRATION, GRAPH_NAME)]
        return made

    def authorized(self, group: str) -> bool:
        """Whether Microsoft Graph may make topics in the resource group of this id."""
        held, now = self.configurations.get(group.lower()), self.azure.clock.now()
        graph = Partner(now, GRAPH_REGISTRATION, GRAPH_NAME)
        return held is not None and any(each.is_also(graph) and now < each.expires for each in held.partners)

    @property
    def topics(self) -> dict[str, PartnerTopic]:
        """The topics there are; those that nobody activated in time are gone, with their event subscriptions."""
        now = self.azure.clock.now()
        for each in [*self._topics.values()]:
            if each.activation == "NeverActivated" and each.expires <= now:
                self.remove(each)
        return self._topics

    def add_topic(self, topic_id: str, *, source: str, location: str) -> PartnerTopic:
        """A new topic, as a partner makes it: events pass once it is activated."""
        now = self.azure.clock.now()
        expires = now + timedelta(seconds=self.azure.knobs.partner_topic_activation)
        made = self._topics[topic_id.lower()] = PartnerTopic(topic_id, source, location, expires, Times(now, now))
        for watcher in self.watchers:
            watcher(made)
        return made

    def remove(self, topic: PartnerTopic) -> None:
        self._topics.pop(topic.id.lower(), None)
        self.azure.events.unsubscribe_all(topic.id)

    def publish(self, topic_id: str, event: Json) -> bool:
        """Raises a partner's event; False where the topic is not there or takes none, and the event is lost."""
        topic = self.topics.get(topic_id.lower())
        if topic is None or topic.activation != "Activated":
            return False
        self.azure.events.publish(topic.id, event)
        return True

    def of_source(self, source: str) -> list[PartnerTopic]:
        return [each for each in self.topics.values() if each.source.lower() == source.lower()]


def topic_id(subscription: str, group: str, name: str) -> str:
    return f"/subscriptions/{subscription}/resourceGroups/{group}/providers/Microsoft.EventGrid/partnerTopics/{name}"


def registration(sent: str) -> str:
    """A registration's id in lower case; raises ValueError for what is none."""
    return str(uuid.UUID(sent))
