"""Event Grid of one Azure: topics, event subscriptions, the events raised and what became of them."""

import asyncio
import re
from collections import defaultdict
from dataclasses import replace
from datetime import timedelta
from typing import TYPE_CHECKING

from simulator.directory.notifications import ChangeNotifications
from simulator.event_grid import events, handshake, settings, topics
from simulator.event_grid.background import Background
from simulator.event_grid.delivery import Delivery
from simulator.event_grid.endpoints import Endpoints
from simulator.event_grid.partners import PartnerConfiguration, Partners, PartnerTopic
from simulator.event_grid.settings import GRID, Schema, Settings
from simulator.event_grid.subscriptions import EventSubscription
from simulator.event_grid.topics import SystemTopic, Times, Topic
from simulator.resource_manager.front import ArmRequest
from simulator.wire import Json, WireFault

if TYPE_CHECKING:
    from simulator.azure import Azure

type Resource = SystemTopic | Topic | PartnerTopic | PartnerConfiguration

_SUBSCRIPTION_TYPE = "Microsoft.EventGrid/eventSubscriptions"
_NESTED_TYPES = {
    f"/microsoft.eventgrid/{kind.lower()}/": f"Microsoft.EventGrid/{kind}/eventSubscriptions"
    for kind in ("systemTopics", "partnerTopics")
}
_HANDSHAKE_PAUSE = timedelta(seconds=0.2)
_HANDSHAKE_TRIES = 600
_closing: set[asyncio.Task[None]] = set()  # a loop holds its tasks weakly


class EventGrid:
    """Methods are called on the server's event loop; seeding may come before there is one."""

    def __init__(self, azure: "Azure") -> None:
        self.azure = azure
        self.background = Background(azure.clock)
        self.endpoints = Endpoints()
        self.delivery = Delivery(azure, self.background, self.endpoints)
        self.topics: dict[str, Topic] = {}  # by lower-case id, as the next two
        self.system_topics: dict[str, SystemTopic] = {}
        self.subscriptions: dict[str, EventSubscription] = {}
        self.partners = Partners(azure)
        self.graph = ChangeNotifications(azure, self.background)
        self.operations: dict[str, Json] = {}  # by lower-case id
        self.received: defaultdict[str, list[Json]] = defaultdict(list)  # by a custom topic's name
        self.emitted: list[Json] = []

    @property
    def functions(self) -> dict[str, str]:
        """URLs of functions by lower-case resource id, filled by whoever seeds the tenant."""
        return self.endpoints.functions

    def resource_event(
        self, request: ArmRequest, operation: str, *, succeeded: bool, evidence: Json, subject: str | None = None
    ) -> None:
        """Raises the event of a write, delete or action that Resource Manager carried out, or failed to.

        The subscription's system topic raises it, and the resource group's where there is one. Nothing is raised for a
        read, nor for what lies in no subscription. `evidence` says why the caller was allowed to.
        """
        uri = subject or (request.scope if request.call.method == "POST" else request.call.path.rstrip("/"))
        subscription = events.subscription_of(uri)
        kind = events.resource_event_type(operation, succeeded=succeeded)
        if request.call.method in ("GET", "HEAD") or subscription is None or kind is None:
            return
        sources = [f"/subscriptions/{subscription}"]
        if (group := events.group_of(uri)) and self._listens(group):
            sources.append(group)
        for source in sources:
            data = events.resource_data(request, operation, succeeded=succeeded, uri=uri, evidence=evidence)
            event = events.grid_event(
                topic=source, subject=self._cased(uri), kind=kind, data=data, now=request.now, data_version="2"
            )
            self.publish(source, event)

    def publish(self, source: str, event: Json) -> None:
        """Raises an event of `source`, the id of any resource, and hands it to the subscriptions to it."""
        self.emitted.append(event)
        self.azure.traffic.record_event(event)
        self._hand_over(event, self._subscribers(source, event))

    def receive(self, topic: Topic, event: Json) -> None:
        """Takes an event that was published to a custom topic."""
        self.received[topic.name].append(event)
        self._hand_over(event, self._subscribers(topic.id, event))

    def subscribe(
        self,
        name: str,
        *,
        source: str,
        endpoint: str,
        schema: Schema = GRID,
        filter: Json | None = None,  # noqa: A002  # Azure's word
        retry: Json | None = None,
        dead_letter: tuple[str, str] | None = None,
        batch: int = 1,
    ) -> EventSubscription:
        """Seeds an event subscription. Delivery starts once the endpoint, tried until it is up, has agreed.

        `endpoint` is a URL, or the resource id of a function; `filter` and `retry` have the shapes of the management
        API; `dead_letter` is the host of a blob account and a container.
        """
        function = endpoint.lower().startswith("/subscriptions/")
        properties: Json = {
            "destination": {
                "endpointType": "AzureFunction" if function else "WebHook",
                "properties": {"resourceId" if function else "endpointUrl": endpoint, "maxEventsPerBatch": batch},
            },
            "filter": filter or {},
            "retryPolicy": retry or {},
            "eventDeliverySchema": schema,
        }
        found = settings.parsed(properties, default_types=self.default_types(source))
        if dead_letter:
            host, container = dead_letter
            account = self.azure.blobs.accounts.get(host) or (
                f"{events.group_of(source) or source}/providers/Microsoft.Storage/storageAccounts/{host.partition('.')[0]}"
            )
            found = replace(found, dead_letters=settings.DeadLetters(account, container))
        nested = source.lower() in self.partners.topics
        path = f"{source}/eventSubscriptions" if nested else f"{source}/providers/{_SUBSCRIPTION_TYPE}"
        made = self.new_subscription(f"{path}/{name}", source=source, wanted=found)
        self.subscriptions[made.id.lower()] = made
        self.background.run(lambda: self._agree(made))
        return made

    def new_subscription(self, subscription_id: str, *, source: str, wanted: Settings) -> EventSubscription:
        """An event subscription that nothing is delivered to yet; `source` may be a system topic, or what it is of."""
        name = subscription_id.rpartition("/")[2]
        system_topic = self.system_topics.get(source.lower())
        path = subscription_id.lower()
        kind = next((kind for part, kind in _NESTED_TYPES.items() if part in path), _SUBSCRIPTION_TYPE)
        raised_by = (system_topic.source if system_topic else source).lower()
        return EventSubscription(subscription_id, name, kind, source, raised_by, wanted)

    def unsubscribe_all(self, topic_id: str) -> None:
        """Ends every event subscription below a topic that is deleted."""
        for key in [key for key in self.subscriptions if key.startswith(f"{topic_id.lower()}/")]:
            self.subscriptions.pop(key).ended("Deleting")

    def drop_group(self, group_id: str) -> None:
        """Removes what lies in a resource group that is deleted, and ends every event subscription to what was in it."""
        prefix = f"{group_id.lower()}/"
        self.topics = {key: each for key, each in self.topics.items() if not key.startswith(prefix)}
        self.system_topics = {key: each for key, each in self.system_topics.items() if not key.startswith(prefix)}
        for topic in [each for key, each in self.partners.topics.items() if key.startswith(prefix)]:
            self.partners.remove(topic)
        self.partners.configurations.pop(group_id.lower(), None)
        self.unsubscribe_all(group_id)

    def resources(self) -> list[Resource]:
        """What has a place in a resource group of its own, event subscriptions apart."""
        partners = self.partners
        return [
            *self.system_topics.values(),
            *self.topics.values(),
            *partners.topics.values(),
            *partners.configurations.values(),
        ]

    def add_topic(
        self, name: str, region: str, resource_id: str, *, schema: Schema = GRID, local_auth: bool = False
    ) -> Topic:
        """Seeds a custom topic; without `local_auth` it takes Entra ID tokens only."""
        now = self.azure.clock.now()
        made = Topic(resource_id, name, region, Times(now, now), schema, local_auth)
        self.topics[resource_id.lower()] = made
        return made

    def add_system_topic(self, name: str, resource_id: str, source: str) -> SystemTopic:
        """Seeds a system topic; raises ValueError where `source` raises no events."""
        kind = topics.topic_type_of(source)
        if kind is None:
            raise ValueError(f"'{source}' raises no events")
        now = self.azure.clock.now()
        made = SystemTopic(resource_id, name, source, kind.name, Times(now, now))
        self.system_topics[resource_id.lower()] = made
        return made

    def default_types(self, source: str) -> tuple[str, ...]:
        """The event types that an event subscription to `source` gets when it names none."""
        system_topic = self.system_topics.get(source.lower())
        kind = topics.topic_type_of(system_topic.source if system_topic else source)
        return kind.event_types if kind else ()

    def described(self) -> Json:
        """What `/_sim/events` shows."""
        return {
            "emitted": self.emitted,
            "deliveries": self.delivery.attempts,
            "deadLetters": self.delivery.office.letters,
            "dropped": self.delivery.office.dropped,
            "received": dict(self.received),
            "lost": self.graph.lost,
            "subscriptions": {each.name: each.state for each in self.subscriptions.values()},
        }

    def redeliver(self, event: Json, subscription_name: str | None = None) -> int:
        """Delivers an event once more, with the same id; to the named subscription whatever its filter. Returns to how many."""
        if subscription_name is None:
            return self.deliver_raw([event])
        wanted = [each for each in self.subscriptions.values() if each.name.lower() == subscription_name.lower()]
        return self._hand_over(event, wanted)

    def deliver_raw(self, raw: list[Json]) -> int:
        """Delivers events as they are, true or forged; returns how many deliveries that makes.

        They go to the subscriptions of the source they name, or of its partner topics, or where nothing subscribes to
        that, to every subscription of their schema; filters hold.
        """
        return sum(self._hand_over(event, self._claimed(event)) for event in raw)

    def start(self) -> None:
        """Starts what was seeded before there was an event loop."""
        self.background.start()

    def close(self) -> None:
        """Ends all delivery at once; called when the tenant is rebuilt."""
        self.background.cancel()
        if self.endpoints.session:
            task = asyncio.get_running_loop().create_task(self.endpoints.close())
            _closing.add(task)
            task.add_done_callback(_closing.discard)

    async def aclose(self) -> None:
        """Ends all delivery and waits until it has ended; called when the process ends."""
        self.background.cancel()
        await asyncio.gather(*self.background.tasks, return_exceptions=True)
        await self.endpoints.close()

    async def validate(self, subscription: EventSubscription) -> None:
        """Asks the endpoint for its consent; raises the 400 of a failed handshake."""
        await handshake.validate(self.endpoints, subscription, self.azure.clock.now())

    async def _agree(self, subscription: EventSubscription) -> None:
        for _ in range(_HANDSHAKE_TRIES):
            try:
                await self.validate(subscription)
            except WireFault:  # the host is not up yet
                await asyncio.sleep(_HANDSHAKE_PAUSE.total_seconds())
            else:
                subscription.agreed()
                return
        subscription.ended("Failed")

    def _hand_over(self, event: Json, subscribers: list[EventSubscription]) -> int:
        for each in subscribers:
            self.delivery.send(each, event)
        return len(subscribers)

    def _subscribers(self, source: str, event: Json) -> list[EventSubscription]:
        now = self.azure.clock.now()
        return [
            each for each in self.subscriptions.values() if each.source == source.lower() and each.wants(event, now)
        ]

    def _claimed(self, event: Json) -> list[EventSubscription]:
        source = events.source_of(event)
        claimed = {source.lower(), *(each.id.lower() for each in self.partners.of_source(source))}
        known = {each.source for each in self.subscriptions.values()} & claimed
        if known:
            return [each for one in sorted(known) for each in self._subscribers(one, event)]
        now = self.azure.clock.now()
        schema = settings.CLOUD if events.is_cloud(event) else GRID
        return [
            each for each in self.subscriptions.values() if each.settings.schema == schema and each.wants(event, now)
        ]

    def _listens(self, source: str) -> bool:
        wanted = source.lower()
        return any(each.source == wanted for each in self.subscriptions.values()) or any(
            each.source.lower() == wanted for each in self.system_topics.values()
        )

    def _cased(self, uri: str) -> str:
        if self.azure.knobs.casing != "vary":
            return uri
        name = self.delivery.random.choice(("resourceGroups", "resourcegroups"))
        return re.sub("/resourceGroups/", f"/{name}/", uri, flags=re.IGNORECASE)
