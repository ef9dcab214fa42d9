"""Event subscriptions in Resource Manager, at a scope, under a system topic and under a partner topic.

Rests on "Azure REST: Event Subscriptions", "System Topic Event Subscriptions" and "Partner Topic Event Subscriptions"
(2022-06-15). A scope is a subscription, a resource group, a custom topic, or another resource that is known to raise
events.
"""

import re
from typing import Any

from simulator.azure import Azure
from simulator.event_grid import bodies, events, partner_topic_routes, settings, topic_routes, topics
from simulator.event_grid.operations import accepted
from simulator.event_grid.pages import page
from simulator.event_grid.partners import PartnerTopic
from simulator.event_grid.settings import CLOUD, GRID, Schema
from simulator.event_grid.subscriptions import EventSubscription
from simulator.event_grid.topics import SystemTopic
from simulator.resource_manager.front import ArmRequest
from simulator.resource_manager.locations import location_key
from simulator.routing import Routes
from simulator.wire import Json, Reply, WireFault

ROUTES = Routes()
_NAME = re.compile(r"[A-Za-z0-9-]{3,64}")
_AT_SCOPE = "/{scope:path}/providers/Microsoft.EventGrid/eventSubscriptions"
_SUBSCRIPTION = "/subscriptions/{subscription}"
_GROUP = "/subscriptions/{subscription}/resourceGroups/{group}"
_TYPE = "Microsoft.EventGrid/eventSubscriptions"
_OUTER: dict[str, Any] = {"type": _TYPE}
_PLACES = {_AT_SCOPE: _TYPE}  # the type of what lies there, by the path of the collection
_LISTS = ("", "/topicTypes/{topic_type}", "/locations/{location}", "/locations/{location}/topicTypes/{topic_type}")


async def list_known(azure: Azure, request: ArmRequest) -> Reply:
    """Every event subscription below an Azure subscription or a resource group, by topic type and location."""
    topic_type = request.parts.get("topic_type", "").lower()
    location = location_key(request.parts.get("location", "global"))
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
            action=f"{_TYPE}/read",
            scope=_scope,
            **_OUTER,
        )(list_known)


@ROUTES.get(_AT_SCOPE, action=f"{_TYPE}/read", scope="/{scope}", **_OUTER)
async def list_at_scope(azure: Azure, request: ArmRequest) -> Reply:
    topic = f"/{request['scope'].lower()}"
    return page(azure, request, [each.as_arm() for each in azure.events.subscriptions.values() if _of(each, topic)])


async def list_under_topic(azure: Azure, request: ArmRequest) -> Reply:
    topic = _topic(azure, request).id.lower()
    return page(azure, request, [each.as_arm() for each in azure.events.subscriptions.values() if _of(each, topic)])


async def get_subscription(azure: Azure, request: ArmRequest) -> Reply:
    return Reply(200, _found(azure, request.scope).as_arm())


async def put_subscription(azure: Azure, request: ArmRequest) -> Reply:
    """201 once the endpoint has agreed, 400 with the code `Url validation` where it has not."""
    return await _settled(azure, request, bodies.part(request.json(), "properties"))


async def patch_subscription(azure: Azure, request: ArmRequest) -> Reply:
    """What the body names takes the place of what was there; the body is not wrapped in `properties`."""
    kept = _found(azure, request.scope).settings
    properties = kept.as_arm() | {"filter": kept.filter_body}
    properties["destination"]["properties"].setdefault("endpointUrl", kept.destination.target)
    return await _settled(azure, request, properties | request.json())


async def delete_subscription(azure: Azure, request: ArmRequest) -> Reply:
    """200, or 204 where there was none. What waits for delivery is dropped."""
    found = azure.events.subscriptions.pop(request.scope.lower(), None)
    if found is None:
        return Reply(204)
    found.ended("Deleting")
    return Reply(200)


async def get_full_url(azure: Azure, request: ArmRequest) -> Reply:
    """The web hook's URL with what follows its question mark."""
    destination = _found(azure, request.scope).settings.destination
    if destination.kind != "WebHook":
        raise bodies.refused("The full URL can only be read for destinations of type 'WebHook'.")
    return Reply(200, {"endpointUrl": destination.target})


async def get_delivery_attributes(azure: Azure, request: ArmRequest) -> Reply:
    """None: mappings of delivery attributes are not taken."""
    _found(azure, request.scope)
    return Reply(200, {"value": []})


for _kind in ("systemTopics", "partnerTopics"):
    _topics = f"{_GROUP}/providers/Microsoft.EventGrid/{_kind}/{{topic}}"
    _type = f"Microsoft.EventGrid/{_kind}/eventSubscriptions"
    _PLACES[f"{_topics}/eventSubscriptions"] = _type
    ROUTES.get(f"{_topics}/eventSubscriptions", action=f"{_type}/read", scope=_topics, type=_type)(list_under_topic)
for _place, _type in _PLACES.items():
    _one = f"{_place}/{{name}}"
    ROUTES.get(_one, action=f"{_type}/read", type=_type)(get_subscription)
    ROUTES.put(_one, action=f"{_type}/write", type=_type)(put_subscription)
    ROUTES.patch(_one, action=f"{_type}/write", type=_type)(patch_subscription)
    ROUTES.delete(_one, action=f"{_type}/delete", type=_type)(delete_subscription)
    for _verb, _handler in (("getFullUrl", get_full_url), ("getDeliveryAttributes", get_delivery_attributes)):
        _named = _one.replace(":path", "")
        ROUTES.post(f"{_one}/{_verb}", action=f"{_type}/{_verb}/action", scope=_named, type=_type)(_handler)


async def _settled(azure: Azure, request: ArmRequest, properties: Json) -> Reply:
    if not _NAME.fullmatch(request["name"]):
        raise bodies.refused(
            f"The event subscription name '{request['name']}' is invalid. It must be between 3 and 64 characters of "
            "letters, digits and '-'."
        )
    source = _source(azure, request)
    schema = _input_schema(azure, source)
    wanted = settings.parsed(properties, default_types=azure.events.default_types(source), default_schema=schema)
    if schema == CLOUD and wanted.schema != CLOUD:
        raise bodies.refused(
            f'The specified EventDeliverySchema value "{wanted.schema}" cannot be used in combination with the '
            f"topic's input schema of {schema}."
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
        return _topic(azure, request).id
    source = f"/{request['scope']}"
    if group := events.group_of(source):
        azure.resources.require_group(*group.split("/")[2::2])
    if source.lower() not in azure.events.topics and topics.topic_type_of(source) is None:
        if "/microsoft.eventgrid/topics/" in source.lower():
            pieces = source.split("/")
            raise topic_routes.not_found("Microsoft.EventGrid/topics", pieces[-1], pieces[4])
        raise bodies.not_implemented(f"event subscriptions to '{source}'")
    return source


def _topic(azure: Azure, request: ArmRequest) -> SystemTopic | PartnerTopic:
    """The topic in the path; raises 404 where it is not there."""
    partners = "/microsoft.eventgrid/partnertopics/" in request.scope.lower()
    find = partner_topic_routes.partner_topic if partners else topic_routes.system_topic
    return find(azure, request["subscription"], request["group"], request["topic"])


def _input_schema(azure: Azure, source: str) -> Schema:
    """The schema that events come in: a partner's are CloudEvents, and go out as nothing else."""
    topic = azure.events.topics.get(source.lower())
    if topic:
        return topic.input_schema
    return CLOUD if source.lower() in azure.events.partners.topics else GRID


def _found(azure: Azure, subscription_id: str) -> EventSubscription:
    found = azure.events.subscriptions.get(subscription_id.lower())
    if found is None:
        raise WireFault(404, "ResourceNotFound", "Event subscription doesn't exist.")
    return found


def _of(subscription: EventSubscription, topic: str) -> bool:
    return subscription.topic.lower() == topic


def _location(azure: Azure, subscription: EventSubscription) -> str:
    """Where an event subscription is listed: at the region of what raises the events, if that has one."""
    source = subscription.source
    held = azure.events.topics.get(source) or azure.events.partners.topics.get(source) or azure.vaults.get(source)
    return location_key(held.location) if held else "global"


def _topic_type(azure: Azure, subscription: EventSubscription) -> str:
    if subscription.source in azure.events.topics:
        return "microsoft.eventgrid.topics"
    if subscription.source in azure.events.partners.topics:
        return "microsoft.eventgrid.partnertopics"
    kind = topics.topic_type_of(subscription.source)
    return kind.name.lower() if kind else ""
