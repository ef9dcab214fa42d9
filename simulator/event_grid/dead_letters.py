"""Events given up on: written to a blob container where the subscription names one, dropped otherwise.

Rests on "Event Grid message delivery and retry" and "Dead letter and retry policies": blobs hold an array, their names
begin with the subscription's name in upper case and the hour, not padded with zeros.
"""

import json
import uuid
from datetime import datetime, timedelta
from typing import TYPE_CHECKING

from simulator.event_grid import events
from simulator.event_grid.background import Background
from simulator.event_grid.events import timestamp
from simulator.event_grid.settings import CLOUD
from simulator.event_grid.subscriptions import EventSubscription, Item
from simulator.wire import Json

if TYPE_CHECKING:
    from simulator.azure import Azure

_DELAY = timedelta(minutes=5)


class DeadLetterOffice:
    """`letters` describes each event given up on; `blob` is None until it is written, or where it is dropped."""

    def __init__(self, azure: "Azure", background: Background) -> None:
        self.azure = azure
        self.background = background
        self.letters: list[Json] = []
        self.dropped: list[Json] = []

    def take(self, subscription: EventSubscription, items: list[Item], reason: str) -> None:
        """Gives up on events: writes them after five minutes (scaled as retries are), or drops them."""
        described = [self._described(subscription, item, reason) for item in items]
        if subscription.settings.dead_letters is None:
            self.dropped.extend(described)
            return
        self.letters.extend(described)
        content = [_letter(subscription, item, reason) for item in items]
        self.background.run(lambda: self._write(subscription, content, described))

    async def _write(self, subscription: EventSubscription, content: list[Json], described: list[Json]) -> None:
        await self.background.until(self.azure.clock.now() + _DELAY * self.azure.knobs.event_retry_scale)
        destination = subscription.settings.dead_letters
        if destination is None:
            return
        name = blob_name(subscription.name, self.azure.clock.now())
        self.azure.blobs.put(destination.host, destination.container, name, json.dumps(content).encode())
        for each in described:
            each["blob"] = name

    def _described(self, subscription: EventSubscription, item: Item, reason: str) -> Json:
        return {
            "subscription": subscription.name,
            "eventId": item.id,
            "reason": reason,
            "attempts": item.attempts,
            "outcome": item.outcome,
            "at": timestamp(self.azure.clock.now()),
            "blob": None,
        }


def blob_name(subscription: str, now: datetime) -> str:
    return f"{subscription.upper()}/{now.year}/{now.month}/{now.day}/{now.hour}/{uuid.uuid4()}.json"


def _letter(subscription: EventSubscription, item: Item, reason: str) -> Json:
    cloud = subscription.settings.schema == CLOUD
    more = {
        "deadLetterReason": reason,
        "deliveryAttempts": item.attempts,
        "lastDeliveryOutcome": item.outcome,
        "publishTime": timestamp(item.published),
        "lastDeliveryAttemptTime": timestamp(item.last_attempt or item.published),
    }
    if cloud:
        return events.as_cloud(item.event) | {name.lower(): value for name, value in more.items()}
    return item.event | more
