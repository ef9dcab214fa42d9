"""Microsoft.EventGrid/systemTopics and topics in Resource Manager.

Rests on "Azure REST: System Topics" and "Azure REST: Topics" (2022-06-15). Custom topics are seeded, so they are only
read here.
"""

import re
from typing import Any

from simulator.azure import Azure
from simulator.event_grid import bodies, topics
from simulator.event_grid.operations import accepted
from simulator.event_grid.pages import page
from simulator.event_grid.topics import SystemTopic, Times, Topic, TopicType
from simulator.resource_manager.front import ArmRequest
from simulator.routing import Routes
from simulator.wire import Json, Reply, WireFault

ROUTES = Routes()
_NAME = re.compile(r"[A-Za-z0-9-]{3,128}")
_BY_SUBSCRIPTION = "/subscriptions/{subscription}/providers/Microsoft.EventGrid"
_BY_GROUP = "/subscriptions/{subscription}/resourceGroups/{group}/providers/Microsoft.EventGrid"
_GROUP = "/subscriptions/{subscription}/resourceGroups/{group}"
_SUBSCRIPTION = "/subscriptions/{subscription}"
_SYSTEM: dict[str, Any] = {"type": "Microsoft.EventGrid/systemTopics"}
_CUSTOM: dict[str, Any] = {"type": "Microsoft.EventGrid/topics"}


def not_found(kind: str, name: str, group: str) -> WireFault:
    return WireFault(
        404,
        "ResourceNotFound",
        f"The Resource '{kind}/{name}' under resource group '{group}' was not found. For more details please go to "
        "https://aka.ms/ARMResourceNotFoundFix",
    )


def system_topic(azure: Azure, subscription: str, group: str, name: str) -> SystemTopic:
    """The system topic of this name; raises 404 where there is none."""
    path = f"/subscriptions/{subscription}/resourceGroups/{group}/providers/Microsoft.EventGrid/systemTopics/{name}"
    found = azure.events.system_topics.get(path.lower())
    if found is None:
        raise not_found("Microsoft.EventGrid/systemTopics", name, group)
    return found


@ROUTES.get(_BY_GROUP + "/systemTopics/{name}", action="Microsoft.EventGrid/systemTopics/read", **_SYSTEM)
async def get_system_topic(azure: Azure, request: ArmRequest) -> Reply:
    found = system_topic(azure, request["subscription"], request["group"], request["name"])
    return Reply(200, found.as_arm())


@ROUTES.put(_BY_GROUP + "/systemTopics/{name}", action="Microsoft.EventGrid/systemTopics/write", **_SYSTEM)
async def put_system_topic(azure: Azure, request: ArmRequest) -> Reply:
    """201 for a new one, 200 for one that is there; its source, type and location cannot change."""
    body = request.json()
    wanted = _wanted(azure, request, body)
    known = azure.events.system_topics
    existing = known.get(request.scope.lower())
    if existing is None:
        if any(each.source.lower() == wanted.source.lower() for each in known.values()):
            raise bodies.refused("Only one system topic is allowed per source.")
        known[request.scope.lower()] = wanted
        return accepted(azure, request, wanted.as_arm("Creating"), location=wanted.location)
    if existing.source.lower() != wanted.source.lower():
        raise bodies.refused("The source of a system topic cannot be changed.")
    existing.tags, existing.identity, existing.times.changed = wanted.tags, wanted.identity, request.now
    return Reply(200, existing.as_arm())


@ROUTES.patch(_BY_GROUP + "/systemTopics/{name}", action="Microsoft.EventGrid/systemTopics/write", **_SYSTEM)
async def patch_system_topic(azure: Azure, request: ArmRequest) -> Reply:
    """Tags and identity can change."""
    found = system_topic(azure, request["subscription"], request["group"], request["name"])
    body = request.json()
    if "tags" in body:
        found.tags = bodies.tags(body)
    if "identity" in body:
        found.identity = _identity(body)
    found.times.changed = request.now
    return Reply(200, found.as_arm())


@ROUTES.delete(_BY_GROUP + "/systemTopics/{name}", action="Microsoft.EventGrid/systemTopics/delete", **_SYSTEM)
async def delete_system_topic(azure: Azure, request: ArmRequest) -> Reply:
    """200, with its event subscriptions; 204 where there was none."""
    found = azure.events.system_topics.pop(request.scope.lower(), None)
    if found is None:
        return Reply(204)
    azure.events.unsubscribe_all(request.scope)
    return Reply(200)


@ROUTES.get(_BY_GROUP + "/systemTopics", action="Microsoft.EventGrid/systemTopics/read", scope=_GROUP, **_SYSTEM)
@ROUTES.get(
    _BY_SUBSCRIPTION + "/systemTopics", action="Microsoft.EventGrid/systemTopics/read", scope=_SUBSCRIPTION, **_SYSTEM
)
async def list_system_topics(azure: Azure, request: ArmRequest) -> Reply:
    return page(azure, request, _under(request, azure.events.system_topics))


@ROUTES.get(_BY_GROUP + "/topics/{name}", action="Microsoft.EventGrid/topics/read", **_CUSTOM)
async def get_topic(azure: Azure, request: ArmRequest) -> Reply:
    found = azure.events.topics.get(request.scope.lower())
    if found is None:
        raise not_found("Microsoft.EventGrid/topics", request["name"], request["group"])
    return Reply(200, found.as_arm())


@ROUTES.get(_BY_GROUP + "/topics", action="Microsoft.EventGrid/topics/read", scope=_GROUP, **_CUSTOM)
@ROUTES.get(_BY_SUBSCRIPTION + "/topics", action="Microsoft.EventGrid/topics/read", scope=_SUBSCRIPTION, **_CUSTOM)
async def list_topics(azure: Azure, request: ArmRequest) -> Reply:
    return page(azure, request, _under(request, azure.events.topics))


def _under(request: ArmRequest, known: dict[str, SystemTopic] | dict[str, Topic]) -> list[Json]:
    prefix = f"{request.scope.lower()}/"
    return [each.as_arm() for key, each in known.items() if key.startswith(prefix)]


def _wanted(azure: Azure, request: ArmRequest, body: Json) -> SystemTopic:
    if not _NAME.fullmatch(request["name"]):
        raise bodies.refused(f"The system topic name '{request['name']}' is invalid.")
    properties = bodies.part(body, "properties")
    source, sent_type = bodies.text(properties, "source"), bodies.text(properties, "topicType")
    location = bodies.text(body, "location")
    if not (location and source and sent_type):
        raise bodies.refused("A system topic needs a location, a source and a topicType.")
    kind = topics.TOPIC_TYPES.get(sent_type.lower())
    if kind is None:
        raise bodies.not_implemented(f"system topics of type '{sent_type}'")
    _check_source(azure, kind, source, location)
    return SystemTopic(
        id=request.scope,
        name=request["name"],
        source=source,
        topic_type=kind.name,
        times=Times(request.now, request.now),
        location=location,
        tags=bodies.tags(body),
        identity=_identity(body),
    )


def _check_source(azure: Azure, kind: TopicType, source: str, location: str) -> None:
    if not kind.source.fullmatch(source):
        raise bodies.refused(f"The source '{source}' is not valid for the topic type '{kind.name}'.")
    if kind.location and location.lower() != kind.location:
        raise bodies.refused(
            f"The location '{location}' is not valid for the topic type '{kind.name}': it must be '{kind.location}'."
        )
    pieces = source.split("/")
    azure.resources.require_subscription(pieces[2])
    if len(pieces) > 4:  # /subscriptions/{id}/resourceGroups/{name}
        azure.resources.require_group(pieces[2], pieces[4])


def _identity(body: Json) -> Json | None:
    sent = bodies.part(body, "identity")
    if sent and sent.get("type") not in (None, "None"):
        raise bodies.not_implemented("managed identities of system topics")
    return sent or None
