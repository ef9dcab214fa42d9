"""Event subscriptions and what waits in them."""

import asyncio
import json
from dataclasses import dataclass, field
from datetime import datetime

from simulator.event_grid.settings import Settings
from simulator.wire import Json

_KILOBYTE = 1024


@dataclass(slots=True, eq=False)
class Item:
    """One event on its way to one subscriber; `size` is in bytes."""

    event: Json
    published: datetime
    due: datetime
    taken: bool = False
    attempts: int = 0
    last_attempt: datetime | None = None
    outcome: str = ""

    @property
    def id(self) -> str:
        return str(self.event.get("id", ""))

    @property
    def size(self) -> int:
        return len(json.dumps(self.event))


@dataclass(slots=True, eq=False)
class EventSubscription:
    """`source` is the lower-case id of what raises the events, `topic` the id that is shown."""

    id: str
    name: str
    type: str
    topic: str
    source: str
    settings: Settings
    state: str = "Creating"
    ready: asyncio.Event = field(default_factory=asyncio.Event)  # the endpoint has agreed, or never will
    waiting: list[Item] = field(default_factory=list)

    @property
    def active(self) -> bool:
        return self.state in ("Creating", "Updating", "Succeeded")

    def wants(self, event: Json, now: datetime) -> bool:
        """True where the event passes the filter of a subscription that is still there."""
        expires = self.settings.expires
        return self.active and (expires is None or now < expires) and self.settings.filter.matches(event)

    def agreed(self) -> None:
        self.state = "Succeeded"
        self.ready.set()

    def ended(self, state: str) -> None:
        """Stops all delivery: the subscription is deleted or its endpoint never agreed."""
        self.state = state
        self.ready.set()

    def take_batch(self, first: Item, now: datetime) -> list[Item]:
        """This item and as many others that are due as fit into one delivery; they wait no longer."""
        destination = self.settings.destination
        batch, room = [first], destination.preferred_kilobytes * _KILOBYTE - first.size
        for item in self.waiting:
            if len(batch) >= destination.most_events:
                break
            if item is not first and item.due <= now and item.size <= room:
                batch.append(item)
                room -= item.size
        for item in batch:
            item.taken = True
        self.waiting = [item for item in self.waiting if not item.taken]
        return batch

    def as_arm(self, state: str | None = None) -> Json:
        """The resource as Resource Manager shows it."""
        return {
            "properties": {"topic": self.topic, "provisioningState": state or self.state, **self.settings.as_arm()},
            "id": self.id,
            "name": self.name,
            "type": self.type,
        }
