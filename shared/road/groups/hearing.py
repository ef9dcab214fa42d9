"""Hearing: which events of Microsoft Graph are the app's own subscription's, and when what they tell is looked at.

"Receive Microsoft Graph API change events through Azure Event Grid": the client state, which only the app and Microsoft Graph
know, shows where an event comes from. Whatever does not fit is dropped and counted, and changes nothing.
"""

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta
from enum import StrEnum
from typing import Any

from shared.road.groups.states import is_state
from shared.roles import is_guid
from shared.sdk.identity import OwnIdentity
from shared.store.group_feed import GroupFeed, HeldSubscription

# Documents write the first part of a type in either case
_CHANGES = {
    "microsoft.graph.groupupdated": "group updated",
    "microsoft.graph.groupdeleted": "group deleted",
}
_REAUTHORIZE = "microsoft.graph.subscriptionreauthorizationrequired"
# The subscription is kept in memory so long; so long at the least, where an event does not fit it
_KEPT, _KEPT_AT_LEAST = timedelta(seconds=5), timedelta(seconds=1)
# After one event what follows is looked at together, once so much has passed
TOGETHER = timedelta(seconds=5)


class Dropped(StrEnum):
    """Why an event is none of the app's."""

    SCHEMA = "schema"  # no CloudEvent
    TYPE = "type"
    MALFORMED = "malformed"
    SUBSCRIPTION = "subscription"
    STATE = "state"
    TENANT = "tenant"


@dataclass(frozen=True, slots=True)
class Told:
    """What an event tells: that a group has changed, or, where `group` is empty, that the subscription is to be reauthorized."""

    cause: str
    group: str = ""


@dataclass(frozen=True, slots=True)
class Notice:
    """A CloudEvent as it came."""

    type: str
    subject: str
    data: Any


def judged(notice: Notice, held: HeldSubscription, tenant: str) -> Told | Dropped:
    """What the event tells, or why it is dropped."""
    kind, data = notice.type.lower(), notice.data
    if kind not in _CHANGES and kind != _REAUTHORIZE:
        return Dropped.TYPE
    if not isinstance(data, Mapping):
        return Dropped.MALFORMED
    state = data.get("clientState")
    if not held.id or str(data.get("subscriptionId", "")).lower() != held.id:
        return Dropped.SUBSCRIPTION
    if not isinstance(state, str) or not is_state(state, held.state_hash):
        return Dropped.STATE
    if str(data.get("tenantId", "")).lower() != tenant:
        return Dropped.TENANT
    if kind == _REAUTHORIZE:
        return Told("subscription to be reauthorized")
    group = _group(notice.subject, data)
    return Told(_CHANGES[kind], group) if group else Dropped.MALFORMED


def _group(subject: str, data: Mapping[str, Any]) -> str:
    """The group that subject and resource name; empty where they name none, or each another."""
    named = {_id_in(text) for text in (subject, str(data.get("resource") or subject))}
    return named.pop() if len(named) == 1 else ""


def _id_in(text: str) -> str:
    kind, _, group = text.lower().strip("/").partition("/")
    return group if kind == "groups" and is_guid(group) else ""


class Ear:
    """One process's: the subscription as it was a moment ago, so that not every event of a burst need ask."""

    def __init__(self, feed: GroupFeed, identity: OwnIdentity, now: Callable[[], datetime]) -> None:
        self._feed = feed
        self._identity = identity
        self._now = now
        self._kept: tuple[datetime, HeldSubscription] | None = None
        self._last: datetime | None = None

    async def hear(self, notice: Notice) -> Told | Dropped:
        """What an event tells, or why it is dropped; raises TemporaryError where that cannot be said now."""
        tenant = await self._identity.tenant()
        found = judged(notice, await self._held(_KEPT), tenant)
        if found in {Dropped.SUBSCRIPTION, Dropped.STATE}:
            found = judged(notice, await self._held(_KEPT_AT_LEAST), tenant)
        return found

    async def _held(self, kept: timedelta) -> HeldSubscription:
        now = self._now()
        if self._kept is None or not timedelta() <= now - self._kept[0] < kept:
            self._kept = (now, await self._feed.subscription())
        return self._kept[1]

    def visible_at(self) -> datetime | None:
        """When what an event tells is to be looked at: at once after some quiet, a moment later where others came before."""
        now, last = self._now(), self._last
        self._last = now
        return now + TOGETHER if last and timedelta() <= now - last < TOGETHER else None
