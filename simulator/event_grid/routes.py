"""Event subscriptions in Resource Manager, at a scope and under a system topic.

Rests on "Azure REST: Event Subscriptions" and "Azure REST: System Topic Event Subscriptions" (2022-06-15). A scope is a
subscription, a resource group, a custom topic, or another resource that is known to raise events.
"""

import re
from typing import Any

from simulator.azure import Azure
from simulator.event_grid import bodies, events, operations, settings, topic_routes, topics
from simulator.event_grid.operations import accepted
from simulator.event_grid.pages import page
from simulator.event_grid.settings import CLOUD, GRID
from simulator.event_grid.subscriptions import EventSubscription
from simulator.resource_manager.front import ArmRequest
from simulator.routing import Routes
from simulator.wire import Json, Reply, WireFault

ROUTES = Routes([*operations.ROUTES.table, *topic_routes.ROUTES.table])
_NAME = re.compile(r"[A-Za-z0-9-]{3,64}")
_AT_SCOPE = "/{scope:path}/providers/Microsoft.EventGrid/eventSubscriptions"
_TOPIC = "/subscriptions/{subscription}/resourceGroups/{group}/providers/Microsoft.EventGrid/systemTopics/{topic}"
_UNDER_TOPIC = _TOPIC + "/eventSubscriptions"
_SUBSCRIPTION = "/subscriptions/{subscription}"
_GROUP = "/subscriptions/{subscription}/resourceGroups/{group}"
_OUTER: dict[str, Any] = {"type": "Microsoft.EventGrid/eventSubscriptions"}
_INNER: dict[str, Any] = {"type": "Microsoft.EventGrid/systemTopics/eventSubscriptions"}
_READ = {outer["type"]: f"{outer['type']}/read" for outer in (_OUTER, _INNER)}
_LISTS = ("", "/topicTypes/{topic_type}", "/locations/{location}", "/locations/{location}/topicTypes/{topic_type}")


async def list_known(azure: Azure, request: ArmRequest) -> Reply:
    """Every event subscription below an Azure subscription or a resource group, by topic type and location."""
    topic_type = request.parts.get("topic_type", "").lower()
    location = request.parts.get("location", "global").lower()
    prefix = f"{request.scope.lower()}/"
    found = [
        each.as_arm()
        for key, each in azure.events.subscriptions.items()
        if key.startswith(prefix)
        and _location(azure, each) == location
        and topic_type in ("", _topic_type(azure, each))
    ]
    return page(azure, request, found)


# Lists come before the routes at a scope, whose template would take them too.
for _scope in (_SUBSCRIPTION, _GROUP):
    for _list in _LISTS:
        ROUTES.get(
            f"{_scope}/providers/Microsoft.EventGrid{_list}/eventSubscriptions",
            action="Microsoft.EventGrid/eventSubscriptions/read",
            scope=_scope,
            **_OUTER,
        )(list_known)


@ROUTES.get(_AT_SCOPE, action="Microsoft.EventGrid/eventSubscriptions/read", scope="/{scope}", **_OUTER)
async def list_at_scope(azure: Azure, request: ArmRequest) -> Reply:
    topic = f"/{request['scope'].lower()}"
    return page(azure, request, [each.as_arm() for each in azure.events.subscriptions.values() if _of(each, topic)])


@ROUTES.get(_UNDER_TOPIC, action=_READ[_INNER["type"]], scope=_TOPIC, **_INNER)
async def list_under_topic(azure: Azure, request: ArmRequest) -> Reply:
    topic = topic_routes.system_topic(azure, request["subscription"], request["group"], request["topic"])
    shown = [each.as_arm() for each in azure.events.subscriptions.values() if _of(each, topic.id.lower())]
    return page(azure, request, shown)


@ROUTES.get(_AT_SCOPE + "/{name}", action=_READ[_OUTER["type"]], **_OUTER)
@ROUTES.get(_UNDER_TOPIC + "/{name}", action=_READ[_INNER["type"]], **_INNER)
async def get_subscription(azure: Azure, request: ArmRequest) -> Reply:
    return Reply(200, _found(azure, request.scope).as_arm())


@ROUTES.put(_AT_SCOPE + "/{name}", action="Microsoft.EventGrid/eventSubscriptions/write", **_OUTER)
@ROUTES.put(_UNDER_TOPIC + "/{name}", action="Microsoft.EventGrid/systemTopics/eventSubscriptions/write", **_INNER)
async def put_subscription(azure: Azure, request: ArmRequest) -> Reply:
    """201 once the endpoint has agreed, 400 with the code `Url validation` where it has not."""
    return await _settled(azure, request, bodies.part(request.json(), "properties"))


@ROUTES.patch(_AT_SCOPE + "/{name}", action="Microsoft.EventGrid/eventSubscriptions/write", **_OUTER)
@ROUTES.patch(_UNDER_TOPIC + "/{name}", action="Microsoft.EventGrid/systemTopics/eventSubscriptions/write", **_INNER)
async def patch_subscription(azure: Azure, request: ArmRequest) -> Reply:
    """What the body names takes the place of what was there; the body is not wrapped in `properties`."""
    kept = _found(azure, request.scope).settings
    properties = kept.as_arm() | {"filter": kept.filter_body}
    properties["destination"]["properties"].setdefault("endpointUrl", kept.destination.target)
    return await _settled(azure, request, properties | request.json())


@ROUTES.delete(_AT_SCOPE + "/{name}", action="Microsoft.EventGrid/eventSubscriptions/delete", **_OUTER)
@ROUTES.delete(_UNDER_TOPIC + "/{name}", action="Microsoft.EventGrid/systemTopics/eventSubscriptions/delete", **_INNER)
async def delete_subscription(azure: Azure, request: ArmRequest) -> Reply:
    """200, or 204 where there was none. What waits for delivery is dropped."""
    found = azure.events.subscriptions.pop(request.scope.lower(), None)
    if found is None:
        return Reply(204)
    found.ended("Deleting")
    return Reply(200)


@ROUTES.post(
    _AT_SCOPE + "/{name}/getFullUrl",
    action="Microsoft.EventGrid/eventSubscriptions/getFullUrl/action",
    scope=_AT_SCOPE.replace(":path", "") + "/{name}",
    **_OUTER,
)
@ROUTES.post(
    _UNDER_TOPIC + "/{name}/getFullUrl",
    action="Microsoft.EventGrid/systemTopics/eventSubscriptions/getFullUrl/action",
    scope=_UNDER_TOPIC + "/{name}",
    **_INNER,
)
async def get_full_url(azure: Azure, request: ArmRequest) -> Reply:
    """The web hook's URL with what follows its question mark."""
    destination = _found(azure, request.scope).settings.destination
    if destination.kind != "WebHook":
        raise bodies.refused("The full URL can only be read for destinations of type 'WebHook'.")
    return Reply(200, {"endpointUrl": destination.target})


async def _settled(azure: Azure, request: ArmRequest, properties: Json) -> Reply:
    if not _NAME.fullmatch(request["name"]):
        raise bodies.refused(
            f"The event subscription name '{request['name']}' is invalid. It must be between 3 and 64 characters of "
            "letters, digits and '-'."
        )
    source = _source(azure, request)
    topic = azure.events.topics.get(source.lower())
    wanted = settings.parsed(
        properties,
        default_types=azure.events.default_types(source),
        default_schema=topic.input_schema if topic else GRID,
    )
    if topic and topic.input_schema == CLOUD and wanted.schema != CLOUD:
        raise bodies.refused(
            f'The specified EventDeliverySchema value "{wanted.schema}" cannot be used in combination with the '
            f"topic's input schema of {topic.input_schema}."
        )
    made = azure.events.new_subscription(request.scope, source=source, wanted=wanted)
    await azure.events.validate(made)
    existing = azure.events.subscriptions.get(request.scope.lower())
    state = "Updating" if existing else "Creating"
    kept = existing or made
    kept.settings = wanted
    kept.agreed()
    azure.events.subscriptions[request.scope.lower()] = kept
    return accepted(azure, request, kept.as_arm(state))


def _source(azure: Azure, request: ArmRequest) -> str:
    """The id of what raises the events; raises 404 where it is not there, 501 where nothing is known to raise any."""
    if "topic" in request.parts:
        return topic_routes.system_topic(azure, request["subscription"], request["group"], request["topic"]).id
    source = f"/{request['scope']}"
    if group := events.group_of(source):
        azure.resources.require_group(*group.split("/")[2::2])
    if source.lower() not in azure.events.topics and topics.topic_type_of(source) is None:
        if "/microsoft.eventgrid/topics/" in source.lower():
            pieces = source.split("/")
            raise topic_routes.not_found("Microsoft.EventGrid/topics", pieces[-1], pieces[4])
        raise bodies.not_implemented(f"event subscriptions to '{source}'")
    return source


def _found(azure: Azure, subscription_id: str) -> EventSubscription:
    found = azure.events.subscriptions.get(subscription_id.lower())
    if found is None:
        raise WireFault(404, "ResourceNotFound", "Event subscription doesn't exist.")
    return found


def _of(subscription: EventSubscription, topic: str) -> bool:
    return subscription.topic.lower() == topic


def _location(azure: Azure, subscription: EventSubscription) -> str:
    topic = azure.events.topics.get(subscription.source)
    return topic.location.lower() if topic else "global"


def _topic_type(azure: Azure, subscription: EventSubscription) -> str:
    if subscription.source in azure.events.topics:
        return "microsoft.eventgrid.topics"
    kind = topics.topic_type_of(subscription.source)
    return kind.name.lower() if kind else ""
