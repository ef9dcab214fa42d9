"""Subscriptions to change notifications on Microsoft Graph, delivered through Event Grid's partner topics.

Microsoft Graph REST v1.0: subscription (create, list, get, update, delete, reauthorize). An application sees its own.
"""

import uuid
from typing import TYPE_CHECKING, Any

from simulator.directory import subscription_bodies as bodies
from simulator.directory.graph_query import METADATA, page
from simulator.directory.graph_request import SUBSCRIBE_TO_GROUPS, GraphRequest
from simulator.directory.notifications import GraphSubscription, source_of
from simulator.directory.subscription_bodies import Address, extension_error
from simulator.event_grid.partners import topic_id
from simulator.resource_manager.locations import REGIONS
from simulator.routing import Routes
from simulator.wire import Json, Reply, WireFault

if TYPE_CHECKING:
    from simulator.azure import Azure

ROUTES = Routes()
_ALL = "/v1.0/subscriptions"
_ONE = f"{_ALL}/{{id}}"
_FACTS: dict[str, Any] = {"needs": SUBSCRIBE_TO_GROUPS, "service": "subscriptions"}
_MOST_TOPICS = 10
_USUAL_PAGE = 100


@ROUTES.post(_ALL, **_FACTS, writes=True)
async def create(azure: "Azure", request: GraphRequest) -> Reply:
    """Makes a subscription and its partner topic, where that is not there; 201 with the subscription."""
    wanted = bodies.created(request.json(), request.now)
    azure.events.graph.look()
    held = azure.directory.groups.get(wanted.group or "")
    if wanted.group and (held is None or held.deleted):
        raise extension_error(404, "NotFound", f"Resource '{wanted.group}' does not exist.")
    made = GraphSubscription(
        id=str(uuid.uuid4()),
        app_id=request.identity.app_id,
        creator=request.identity.object_id,
        resource=wanted.resource,
        group=wanted.group,
        members_only=wanted.members_only,
        change_type=wanted.change_type,
        notification_url=wanted.notification_url,
        lifecycle_url=wanted.lifecycle_url,
        client_state=wanted.client_state,
        expires=wanted.expires,
        topic_id=_topic(azure, wanted.address, source_of(azure.directory.tenant, request.identity.app_id)),
        tls=wanted.tls,
    )
    azure.events.graph.add(made)
    return Reply(201, {**_context(entity=True), **_shown(made), "clientState": made.client_state})


@ROUTES.get(_ALL, **_FACTS)
async def list_own(azure: "Azure", request: GraphRequest) -> Reply:
    held = azure.events.graph.of(request.identity.app_id)
    listed, about = page(request.call, sorted(held), _USUAL_PAGE)
    return Reply(body={**_context(), **about, "value": [_shown(held[each]) for each in listed]})


@ROUTES.get(_ONE, **_FACTS)
async def get_one(azure: "Azure", request: GraphRequest) -> Reply:
    return Reply(body={**_context(entity=True), **_shown(_require(azure, request))})


@ROUTES.patch(_ONE, **_FACTS, writes=True)
async def update(azure: "Azure", request: GraphRequest) -> Reply:
    """Gives the subscription another end; that reauthorizes it too."""
    held = _require(azure, request)
    expires = bodies.changed(request.json(), request.now, held.notification_url)
    azure.events.graph.renew(held, expires or held.expires)
    return Reply(body={**_context(entity=True), **_shown(held)})


@ROUTES.delete(_ONE, **_FACTS, writes=True)
async def delete(azure: "Azure", request: GraphRequest) -> Reply:
    azure.events.graph.remove(_require(azure, request), request.now)
    return Reply(204)


@ROUTES.post(f"{_ONE}/reauthorize", **_FACTS, writes=True)
async def reauthorize(azure: "Azure", request: GraphRequest) -> Reply:
    """Has events flow again, without another end."""
    azure.events.graph.reauthorize(_require(azure, request))
    return Reply(204)


def _require(azure: "Azure", request: GraphRequest) -> GraphSubscription:
    held = azure.events.graph.of(request.identity.app_id).get(request["id"].lower())
    if held is None:
        raise WireFault(404, "ResourceNotFound", "The object was not found.")
    return held


def _topic(azure: "Azure", address: Address, source: str) -> str:
    """The id of the partner topic, made where it is not there; raises Graph's faults where Event Grid refuses it."""
    _check_place(azure, address)
    partners, key = azure.events.partners, topic_id(address.subscription, address.group, address.topic)
    held = partners.topics.get(key.lower())
    if held is None:
        _check_new(azure, address, source)
        return partners.add_topic(key, source=source, location=address.location.lower()).id
    if held.source != source or held.location != address.location.lower():
        raise extension_error(409, "Conflict", f"The partner topic '{address.topic}' has another source or location.")
    if not held.reusable(azure.clock.now()):
        raise extension_error(
            409, "Conflict", f"The partner topic '{address.topic}' was idle for 30 days and cannot be used again."
        )
    held.idle = None
    return held.id


def _check_place(azure: "Azure", address: Address) -> None:
    if address.location.lower() not in REGIONS:
        raise extension_error(
            400, "BadRequest", f"The location '{address.location}' is not the name of an Azure region."
        )
    try:
        group = azure.resources.require_group(address.subscription, address.group)
    except WireFault as fault:
        raise extension_error(400, "BadRequest", fault.message) from fault
    if not azure.events.partners.authorized(group.id):
        raise extension_error(
            403,
            "Forbidden",
            "The partner 'MicrosoftGraphAPI' is not authorized to create or update partner topics in resource group "
            f"'{address.group}' of subscription '{address.subscription}', or the authorization has expired.",
        )


def _check_new(azure: "Azure", address: Address, source: str) -> None:
    partners = azure.events.partners
    if len(partners.of_source(source)) >= _MOST_TOPICS:
        raise extension_error(
            403, "Forbidden", f"The application has reached the limit of {_MOST_TOPICS} partner topics in this tenant."
        )
    wanted = (address.topic.lower(), address.location.lower())
    if any((each.name.lower(), each.location) == wanted for each in partners.topics.values()):
        raise extension_error(
            409, "Conflict", f"The partner topic name '{address.topic}' is taken in the region '{address.location}'."
        )


def _context(*, entity: bool = False) -> Json:
    return {"@odata.context": f"{METADATA}#subscriptions{'/$entity' if entity else ''}"}


def _shown(each: GraphSubscription) -> Json:
    """A subscription as it is read: its client state is told to nobody once it is made."""
    return {
        "id": each.id,
        "resource": each.resource,
        "applicationId": each.app_id,
        "changeType": each.change_type,
        "clientState": None,
        "notificationUrl": each.notification_url,
        "notificationQueryOptions": None,
        "lifecycleNotificationUrl": each.lifecycle_url,
        "expirationDateTime": f"{each.expires:%Y-%m-%dT%H:%M:%S}.{each.expires.microsecond:06d}0Z",
        "creatorId": each.creator,
        "includeResourceData": None,
        "latestSupportedTlsVersion": each.tls,
        "encryptionCertificate": None,
        "encryptionCertificateId": None,
        "notificationUrlAppId": None,
    }
