"""Change notifications of Microsoft Graph: its subscriptions to groups, and the events it raises on partner topics.

Rests on "Microsoft Entra event types and schema in Azure Event Grid", "Receive Microsoft Graph API change events through
Azure Event Grid" and "Reduce missing change notifications" (Microsoft Graph). Nothing is kept for later: what happens
while a subscription is paused, or has a topic that takes no events, only change tracking shows.
"""

import asyncio
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import TYPE_CHECKING

from simulator.directory.groups import Change, Group
from simulator.event_grid.background import Background
from simulator.event_grid.events import cloud_event, timestamp
from simulator.wire import Json

if TYPE_CHECKING:
    from simulator.azure import Azure

_LOOK = 0.1  # seconds between two looks at a clock that may be moved ahead
_LONG_AGO = datetime(1, 1, 1, tzinfo=UTC)


@dataclass(slots=True, eq=False)
class GraphSubscription:
    """`group` is the only one that is watched, None for all; `members_only` leaves out changes of its properties.

    `asked` is since when its reauthorization is asked for, and `not_before` a time before which it is not.
    """

    id: str
    app_id: str
    creator: str
    resource: str
    group: str | None
    members_only: bool
    change_type: str
    notification_url: str
    lifecycle_url: str | None
    client_state: str | None
    expires: datetime
    topic_id: str
    tls: str = "v1_2"
    asked: datetime | None = None
    not_before: datetime = _LONG_AGO

    def wants(self, group: Group, change: Change) -> bool:
        """Whether this change is notified: all but a permanent deletion count as updates, creations too."""
        if self.group not in (None, group.id) or (self.members_only and change != "members"):
            return False
        types = {each.strip().lower() for each in self.change_type.split(",")}
        return bool(types & ({"deleted"} if change == "purged" else {"updated", "created"}))


class ChangeNotifications:
    """`lost` describes each event that was not raised, and why; `client_states` are those of every subscription so far."""

    def __init__(self, azure: "Azure", background: Background) -> None:
        self.azure = azure
        self.background = background
        self.subscriptions: dict[str, GraphSubscription] = {}
        self.lost: list[Json] = []
        self.client_states: list[str] = []
        self.sequence = 0
        self._watching = False
        azure.directory.groups.watchers.append(self._group_changed)

    def add(self, made: GraphSubscription) -> None:
        self.subscriptions[made.id] = made
        if made.client_state:
            self.client_states.append(made.client_state)
        if not self._watching:
            self._watching = True
            self.background.run(self._watch)

    def of(self, app_id: str) -> dict[str, GraphSubscription]:
        """The subscriptions of an application that have not expired, by id."""
        self.look()
        return {key: each for key, each in self.subscriptions.items() if each.app_id == app_id}

    def renew(self, held: GraphSubscription, expires: datetime) -> None:
        """Gives it another end, and reauthorizes it; an end that is near is followed by the next request at once."""
        held.expires, held.asked, held.not_before = expires, None, _LONG_AGO

    def reauthorize(self, held: GraphSubscription) -> None:
        held.asked, held.not_before = None, self.azure.clock.now() + self._patience

    def remove(self, held: GraphSubscription, when: datetime) -> None:
        """Ends a subscription; its partner topic is idle where it was the last."""
        self.subscriptions.pop(held.id, None)
        topic = self.azure.events.partners.topics.get(held.topic_id.lower())
        if topic and all(each.topic_id.lower() != held.topic_id.lower() for each in self.subscriptions.values()):
            topic.idle = when

    def look(self) -> None:
        """Asks for the reauthorizations that are due and ends what has expired."""
        now = self.azure.clock.now()
        ahead = timedelta(seconds=self.azure.knobs.reauthorization_ahead)
        for each in [*self.subscriptions.values()]:
            if each.lifecycle_url and each.asked is None and now >= max(each.not_before, each.expires - ahead):
                each.asked = now
                self._raise(each, self._reauthorization(each, now))
            if now >= each.expires:
                self.remove(each, each.expires)

    async def _watch(self) -> None:
        while self.subscriptions:
            self.look()
            await asyncio.sleep(_LOOK)
        self._watching = False

    @property
    def _patience(self) -> timedelta:
        return timedelta(seconds=self.azure.knobs.reauthorization_patience)

    def _group_changed(self, group: Group, change: Change) -> None:
        self.look()
        now = self.azure.clock.now()
        for each in [*self.subscriptions.values()]:
            if not each.wants(group, change):
                continue
            event = self._change(each, group, change, now)
            if each.asked is not None and now >= each.asked + self._patience:
                self._lose(each, event, "no answer to a request for reauthorization")
            else:
                self._raise(each, event)

    def _raise(self, held: GraphSubscription, event: Json) -> None:
        if not self.azure.events.partners.publish(held.topic_id, event):
            self._lose(held, event, "the partner topic is not there or not activated")

    def _lose(self, held: GraphSubscription, event: Json, why: str) -> None:
        self.lost.append({"subscription": held.id, "type": event["type"], "subject": event["subject"], "why": why})

    def _change(self, held: GraphSubscription, group: Group, change: Change, now: datetime) -> Json:
        self.sequence += 1
        subject = f"Groups/{group.id}"
        data = {
            "changeType": "deleted" if change == "purged" else "updated",
            "resource": subject,
            "resourceData": {
                "@odata.type": "#Microsoft.Graph.Group",
                "@odata.id": subject,
                "id": group.id,
                "organizationId": self.azure.directory.tenant,
                "eventTime": timestamp(now),
                "sequenceNumber": str(self.sequence),
            },
        }
        kind = "GroupDeleted" if change == "purged" else "GroupUpdated"
        return self._event(held, kind=kind, subject=subject, data=data, now=now)

    def _reauthorization(self, held: GraphSubscription, now: datetime) -> Json:
        # what it says of a change says nothing, but in Graph's metadata neither property of a notification is optional
        data = {"changeType": "updated", "resource": held.resource, "lifecycleEvent": "reauthorizationRequired"}
        subject = f"Subscriptions/{held.id}"
        return self._event(held, kind="SubscriptionReauthorizationRequired", subject=subject, data=data, now=now)

    def _event(self, held: GraphSubscription, *, kind: str, subject: str, data: Json, now: datetime) -> Json:
        about = {
            "clientState": held.client_state,
            "subscriptionExpirationDateTime": timestamp(held.expires).replace("Z", "+00:00"),
            "subscriptionId": held.id,
            "tenantId": self.azure.directory.tenant,
        }
        source = source_of(self.azure.directory.tenant, held.app_id)
        return cloud_event(source=source, subject=subject, kind=f"Microsoft.Graph.{kind}", data=data | about, now=now)


def source_of(tenant: str, app_id: str) -> str:
    """What a partner topic names as the source of an application's events."""
    return f"/tenants/{tenant}/applications/{app_id}"
