"""What keeps the app from hearing of changes of groups, or from reading them. docs/runbook.md has a paragraph for each code."""

from dataclasses import dataclass

from shared.errors import PermanentError
from shared.resource_id import ResourceId
from shared.sdk.graph_subscriptions import is_lack_of_permission
from shared.sdk.partner_topics import NEVER_ACTIVATED

# Microsoft Graph as a partner of Event Grid: "Receive Microsoft Graph API change events through Azure Event Grid"
_PARTNER = "c02e0126-707c-436d-b6a1-175d2748fb58"


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


def refused(error: PermanentError, topic: ResourceId) -> WatchBlocker:
    """Why there is no subscription to groups, by what Microsoft Graph said to the app."""
    if is_lack_of_permission(error):
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
    if "authoriz" in text:
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
        f"The partner topic {topic} does not exist, though there is a subscription that goes to it.",
        "Nothing where it was deleted: the app has it made anew. Else correct UNKEYED_GROUP_TOPIC.",
    )


def topic_closed(activation: str, topic: ResourceId) -> WatchBlocker:
    said = "was never activated" if activation == NEVER_ACTIVATED else "is deactivated"
    return WatchBlocker(
        "groups.topicNotActivated",
        f"The partner topic {topic} {said}, so that its events are lost.",
        f"az eventgrid partner topic activate --ids {topic}; then subscribe the function group_events to it.",
    )
