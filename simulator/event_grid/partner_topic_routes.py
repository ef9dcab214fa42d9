"""Microsoft.EventGrid/partnerTopics in Resource Manager.

Rests on "Azure REST: Partner Topics" (2022-06-15). The partner makes a topic, here Microsoft Graph; its owner activates
and deactivates it, sets tags and deletes it.
"""

from typing import Any

from simulator.azure import Azure
from simulator.event_grid import bodies
from simulator.event_grid.pages import page
from simulator.event_grid.partners import Activation, PartnerTopic, topic_id
from simulator.event_grid.topic_routes import not_found
from simulator.resource_manager.front import ArmRequest
from simulator.routing import Routes
from simulator.wire import Reply

ROUTES = Routes()
_TYPE = "Microsoft.EventGrid/partnerTopics"
_SUBSCRIPTION = "/subscriptions/{subscription}"
_GROUP = f"{_SUBSCRIPTION}/resourceGroups/{{group}}"
_ONE = f"{_GROUP}/providers/{_TYPE}/{{name}}"
_FACTS: dict[str, Any] = {"type": _TYPE}


def partner_topic(azure: Azure, subscription: str, group: str, name: str) -> PartnerTopic:
    """The partner topic of this name; raises 404 where there is none."""
    found = azure.events.partners.topics.get(topic_id(subscription, group, name).lower())
    if found is None:
        raise not_found(_TYPE, name, group)
    return found


@ROUTES.get(_ONE, action=f"{_TYPE}/read", **_FACTS)
async def get_partner_topic(azure: Azure, request: ArmRequest) -> Reply:
    return Reply(200, _found(azure, request).as_arm())


@ROUTES.get(f"{_GROUP}/providers/{_TYPE}", action=f"{_TYPE}/read", scope=_GROUP, **_FACTS)
@ROUTES.get(f"{_SUBSCRIPTION}/providers/{_TYPE}", action=f"{_TYPE}/read", scope=_SUBSCRIPTION, **_FACTS)
async def list_partner_topics(azure: Azure, request: ArmRequest) -> Reply:
    within = f"{request.scope.lower()}/"
    held = azure.events.partners.topics.items()
    return page(azure, request, [each.as_arm() for key, each in held if key.startswith(within)])


@ROUTES.put(_ONE, action=f"{_TYPE}/write", **_FACTS)
async def put_partner_topic(azure: Azure, request: ArmRequest) -> Reply:
    """200 for one that is there; 501 for a new one, which has to be some partner's."""
    found = azure.events.partners.topics.get(request.scope.lower())
    if found is None:
        raise bodies.not_implemented("partner topics that no Microsoft Graph subscription makes")
    _set(found, request)
    return Reply(200, found.as_arm())


@ROUTES.patch(_ONE, action=f"{_TYPE}/write", **_FACTS)
async def patch_partner_topic(azure: Azure, request: ArmRequest) -> Reply:
    """Tags can change; 201, the only status that the operation answers with the topic."""
    found = _found(azure, request)
    _set(found, request)
    return Reply(201, found.as_arm())


@ROUTES.delete(_ONE, action=f"{_TYPE}/delete", **_FACTS)
async def delete_partner_topic(azure: Azure, request: ArmRequest) -> Reply:
    """200, with its event subscriptions; 204 where there was none."""
    found = azure.events.partners.topics.get(request.scope.lower())
    if found is None:
        return Reply(204)
    azure.events.partners.remove(found)
    return Reply(200)


@ROUTES.post(f"{_ONE}/activate", action=f"{_TYPE}/activate/action", scope=_ONE, **_FACTS)
async def activate(azure: Azure, request: ArmRequest) -> Reply:
    return _turned(azure, request, "Activated")


@ROUTES.post(f"{_ONE}/deactivate", action=f"{_TYPE}/deactivate/action", scope=_ONE, **_FACTS)
async def deactivate(azure: Azure, request: ArmRequest) -> Reply:
    """Events that come from now on are lost."""
    return _turned(azure, request, "Deactivated")


def _turned(azure: Azure, request: ArmRequest, activation: Activation) -> Reply:
    found = _found(azure, request)
    found.activation, found.times.changed = activation, request.now
    return Reply(200, found.as_arm())


def _found(azure: Azure, request: ArmRequest) -> PartnerTopic:
    return partner_topic(azure, request["subscription"], request["group"], request["name"])


def _set(found: PartnerTopic, request: ArmRequest) -> None:
    body = request.json()
    if "tags" in body:
        found.tags = bodies.tags(body)
    if bodies.part(body, "identity").get("type") not in (None, "None"):
        raise bodies.not_implemented("managed identities of partner topics")
    found.times.changed = request.now
