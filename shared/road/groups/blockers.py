"""What keeps the app from hearing of changes of groups, or from reading them. docs/runbook.md has a paragraph for each code."""

import logging
from collections.abc import Iterable, Sequence, Set
from dataclasses import asdict, dataclass

from shared.errors import DeniedError, PermanentError
from shared.resource_id import ResourceId
from shared.road.services import Services
from shared.sdk.graph_subscriptions import BEHIND
from shared.sdk.partner_topics import NEVER_ACTIVATED
from shared.store.group_feed import FeedState

# Microsoft Graph as a partner of Event Grid: "Receive Microsoft Graph API change events through Azure Event Grid"
_PARTNER = "c02e0126-707c-436d-b6a1-175d2748fb58"
_OF_READING = frozenset({"groups.denied", "groups.membersDenied"})
_NAMED = 5
_log = logging.getLogger(f"unkeyed.{__name__}")


@dataclass(frozen=True, slots=True)
class WatchBlocker:
    """Of no one account: what it means, and how to fix it."""

    code: str
    message: str
    fix: str


def unreadable(error: PermanentError) -> WatchBlocker:
    return WatchBlocker(
        "groups.denied",
        f"The app may not read groups and their members: {error}",
        "Give the app's identity the Microsoft Graph application permission GroupMember.Read.All.",
    )


def members_unseen(groups: Sequence[str]) -> WatchBlocker:
    named = ", ".join(groups[:_NAMED])
    return WatchBlocker(
        "groups.membersDenied",
        f"The app may not see who is in {len(groups)} of the groups that show keys: {named}. Whoever leaves one is told by the "
        "feed of changes, if at all; where one is deleted nobody can be named.",
        "Give the app's identity the Microsoft Graph application permission Member.Read.Hidden where membership is hidden.",
    )


def refused(error: PermanentError, topic: ResourceId) -> WatchBlocker:
    """Why there is no subscription to groups, by what Microsoft Graph said to the app."""
    if isinstance(error, DeniedError) and error.code != BEHIND:
        return WatchBlocker(
            "groups.subscriptionDenied",
            f"The app may not subscribe to groups: {error}",
            "Give the app's identity the Microsoft Graph application permission Group.Read.All.",
        )
    text = str(error).lower()
    if "limit" in text or "quota" in text:
        return WatchBlocker(
            "groups.limit",
            f"Microsoft Graph makes no further subscription or partner topic: {error}",
            "Delete subscriptions and partner topics of this app that are not needed; it has one of each.",
        )
    if isinstance(error, DeniedError):
        return WatchBlocker(
            "groups.partnerNotAuthorized",
            f"Microsoft Graph may not make a partner topic in {topic.resource_group}: {error}",
            f"az eventgrid partner configuration authorize --subscription {topic.subscription} --resource-group "
            f"{topic.resource_group} --partner-registration-immutable-id {_PARTNER}",
        )
    return WatchBlocker(
        "groups.refused",
        f"Microsoft Graph refused the subscription to groups: {error}",
        f"See the message. Where it speaks of the topic, delete it and the app has it made anew: "
        f"az eventgrid partner topic delete --ids {topic}",
    )


def topic_unreadable(error: PermanentError, topic: ResourceId) -> WatchBlocker:
    return WatchBlocker(
        "groups.topicUnreadable",
        f"Whether the partner topic lets events through could not be read: {error}",
        f"Give the app's identity Microsoft.EventGrid/partnerTopics/read on {topic}.",
    )


def topic_missing(topic: ResourceId) -> WatchBlocker:
    return WatchBlocker(
        "groups.topicMissing",
        f"The partner topic {topic} does not exist, so that no event comes.",
        "Wait for the next look: the app has it made with a new subscription. Where it stays, correct UNKEYED_GROUP_TOPIC.",
    )


def topic_closed(activation: str, topic: ResourceId) -> WatchBlocker:
    said = "was never activated" if activation == NEVER_ACTIVATED else "is deactivated"
    return WatchBlocker(
        "groups.topicNotActivated",
        f"The partner topic {topic} {said}, so that its events are lost.",
        f"az eventgrid partner topic activate --ids {topic}; then subscribe the function group_events to it.",
    )


async def say_of_reading(
    services: Services, state: FeedState, found: Iterable[WatchBlocker], operation_id: str
) -> None:
    """Says what keeps the feed from being read, or that nothing does any more."""
    await _say(services, state, found, _OF_READING, operation_id)


async def say_of_events(services: Services, state: FeedState, found: Iterable[WatchBlocker], operation_id: str) -> None:
    """Says what keeps events from coming, or that nothing does any more."""
    await _say(services, state, found, state.blockers.keys() - _OF_READING, operation_id)


async def _say(
    services: Services, state: FeedState, found: Iterable[WatchBlocker], of: Set[str], operation_id: str
) -> None:
    """Announces those that are new, once while they last; of these codes forgets those that are over."""
    now = {each.code: each for each in found}
    for code in (state.blockers.keys() & of) - now.keys():
        _log.info("%s is over", code)
        await services.watch.feed.drop_blocker(code)
    for each in now.values():
        if each.code not in state.blockers:
            _log.error("%s: %s %s", each.code, each.message, each.fix)
            await _announce(services, each, operation_id)
            await services.watch.feed.note_blocker(each.code, each.message, each.fix, services.now())


async def _announce(services: Services, blocker: WatchBlocker, operation_id: str) -> None:
    data = {"operationId": operation_id, "source": "groups", **asdict(blocker)}
    subject = str(services.settings.group_topic or "groups")
    await services.publisher.publish("Blocked", subject, data, event_id=f"{operation_id}-{blocker.code}")
