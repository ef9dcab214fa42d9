"""Delivery: at least once, in no order, retried on Azure's schedule.

Rests on "Event Grid message delivery and retry" (Microsoft Learn): 30 seconds for a response, success is 200 to 204
only, some statuses are final, time to live is looked at before an attempt.
"""

import json
import random
from datetime import timedelta
from typing import TYPE_CHECKING

from simulator.event_grid import events
from simulator.event_grid.background import Background
from simulator.event_grid.dead_letters import DeadLetterOffice
from simulator.event_grid.endpoints import Endpoints, Unreachable
from simulator.event_grid.handshake import ORIGIN
from simulator.event_grid.settings import CLOUD
from simulator.event_grid.subscriptions import EventSubscription, Item
from simulator.wire import Json

if TYPE_CHECKING:
    from simulator.azure import Azure

_DELIVERED = frozenset(range(200, 205))
_SCHEDULE = (10, 30, 60, 300, 600, 1800, 3600, 10800, 21600, 43200)  # seconds to the next attempt
_AT_LEAST = {404: 300, 408: 120, 503: 30}  # seconds, by the status of the last attempt
_FINAL = {
    400: "UndeliverableDueToHttpBadRequest",
    401: "UndeliverableDueToHttpUnauthorized",
    403: "UndeliverableDueToHttpForbidden",
    413: "UndeliverableDueToHttpRequestEntityTooLarge",
}
_OUTCOMES = {
    400: "BadRequest", 401: "Unauthorized", 403: "Forbidden", 404: "NotFound", 408: "TimedOut",
    413: "PayloadTooLarge", 429: "Busy", 503: "Busy",
}  # fmt: skip
_JITTER = 0.05  # seconds by which events overtake each other
_SPREAD = 0.2  # part of a retry's delay that is random


class Delivery:
    """Sends events to subscribers; `attempts` describes every try."""

    def __init__(self, azure: "Azure", background: Background, endpoints: Endpoints) -> None:
        self.azure = azure
        self.background = background
        self.endpoints = endpoints
        self.office = DeadLetterOffice(azure, background)
        self.attempts: list[Json] = []
        self.random = random.Random(20220615)

    def send(self, subscription: EventSubscription, event: Json) -> None:
        """Hands an event over for delivery, after the knob `event_delay` and a small random time."""
        now = self.azure.clock.now()
        delay = self.azure.knobs.event_delay + self.random.uniform(0, _JITTER)
        item = Item(event, now, now + timedelta(seconds=delay))
        subscription.waiting.append(item)
        self.background.run(lambda: self._carry(subscription, item))

    async def _carry(self, subscription: EventSubscription, item: Item) -> None:
        await self.background.until(item.due)
        await subscription.ready.wait()
        if item.taken:  # went out in another event's batch
            return
        batch = subscription.take_batch(item, self.azure.clock.now())
        while subscription.active and (batch := self._still_alive(subscription, batch)):
            status = await self._attempt(subscription, batch)
            if status in _DELIVERED:
                return
            if reason := _given_up(subscription, batch[0], status):
                self.office.take(subscription, batch, reason)
                return
            await self.background.until(self.azure.clock.now() + self._pause(batch[0].attempts, status))

    def _still_alive(self, subscription: EventSubscription, batch: list[Item]) -> list[Item]:
        oldest = self.azure.clock.now() - timedelta(minutes=subscription.settings.retry.minutes_to_live)
        expired = [item for item in batch if item.published < oldest]
        if expired:
            self.office.take(subscription, expired, "TimeToLiveExceeded")
        return [item for item in batch if item not in expired]

    def _pause(self, attempts: int, status: int) -> timedelta:
        seconds = max(_SCHEDULE[min(attempts, len(_SCHEDULE)) - 1], _AT_LEAST.get(status, 0))
        return timedelta(
            seconds=seconds * self.azure.knobs.event_retry_scale * self.random.uniform(1 - _SPREAD / 2, 1 + _SPREAD / 2)
        )

    async def _attempt(self, subscription: EventSubscription, batch: list[Item]) -> int:
        """One delivery; returns the status, 0 where no answer came."""
        headers, content = _request(subscription, batch)
        url = self.endpoints.url(subscription.settings.destination)
        status, outcome = 0, "InvalidAzureFunctionDestination"
        started = self.azure.clock.now()
        if url is not None:
            try:
                status = (await self.endpoints.send("POST", url, headers, content)).status
                outcome = "Delivered" if status in _DELIVERED else _OUTCOMES.get(status, "GenericError")
            except Unreachable as unreachable:
                outcome = unreachable.outcome
        for item in batch:
            item.attempts += 1
            item.last_attempt, item.outcome = started, outcome
            self.attempts.append(
                {
                    "subscription": subscription.name,
                    "eventId": item.id,
                    "attempt": item.attempts,
                    "status": status or outcome,
                    "at": events.timestamp(started),
                }
            )
        return status


def _given_up(subscription: EventSubscription, item: Item, status: int) -> str | None:
    """Why an event that failed is not tried again, None where it is."""
    azure_function = subscription.settings.destination.kind == "AzureFunction"
    if status in _FINAL and not (azure_function and status == 401):  # Azure's own endpoints retry it
        return _FINAL[status]
    if item.attempts >= subscription.settings.retry.most_attempts:
        return "MaxDeliveryAttemptsExceeded"
    return None


def _request(subscription: EventSubscription, batch: list[Item]) -> tuple[dict[str, str], bytes]:
    """Headers and body: always an array in the Event Grid schema; one object as CloudEvent unless batches are allowed."""
    headers = {
        "aeg-event-type": "Notification",
        "aeg-subscription-name": subscription.name.upper(),
        "aeg-delivery-count": str(batch[0].attempts),
        "aeg-data-version": str(batch[0].event.get("dataVersion", "")),
        "aeg-metadata-version": str(batch[0].event.get("metadataVersion", "1")),
    }
    if subscription.settings.schema != CLOUD:
        headers["Content-Type"] = "application/json; charset=utf-8"
        return headers, json.dumps([item.event for item in batch]).encode()
    cloud = [events.as_cloud(item.event) for item in batch]
    batched = subscription.settings.destination.most_events > 1
    headers["WebHook-Request-Origin"] = ORIGIN
    headers["Content-Type"] = f"application/cloudevents{'-batch' if batched else ''}+json; charset=utf-8"
    return headers, json.dumps(cloud if batched else cloud[0]).encode()
