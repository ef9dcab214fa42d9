"""Microsoft.EventGrid/partnerConfigurations in Resource Manager: whom a resource group lets make partner topics.

Rests on "Azure REST: Partner Configurations" (2022-06-15). There is one for each resource group, named `default`.
"""

from datetime import UTC, datetime, timedelta
from typing import Any

from simulator.azure import Azure
from simulator.event_grid import bodies, partners
from simulator.event_grid.operations import accepted
from simulator.event_grid.pages import page
from simulator.event_grid.partners import USUAL_DAYS, Partner, PartnerConfiguration
from simulator.event_grid.topic_routes import not_found
from simulator.event_grid.topics import Times
from simulator.resource_manager.front import ArmRequest
from simulator.routing import Routes
from simulator.wire import Json, Reply

ROUTES = Routes()
_TYPE = "Microsoft.EventGrid/partnerConfigurations"
_SUBSCRIPTION = "/subscriptions/{subscription}"
_GROUP = f"{_SUBSCRIPTION}/resourceGroups/{{group}}"
_ONE = f"{_GROUP}/providers/{_TYPE}/default"
_FACTS: dict[str, Any] = {"type": _TYPE}
_MOST_DAYS = 365


@ROUTES.get(_ONE, action=f"{_TYPE}/read", **_FACTS)
async def get_configuration(azure: Azure, request: ArmRequest) -> Reply:
    return Reply(200, _found(azure, request).as_arm())


@ROUTES.get(f"{_GROUP}/providers/{_TYPE}", action=f"{_TYPE}/read", scope=_GROUP, **_FACTS)
@ROUTES.get(f"{_SUBSCRIPTION}/providers/{_TYPE}", action=f"{_TYPE}/read", scope=_SUBSCRIPTION, **_FACTS)
async def list_configurations(azure: Azure, request: ArmRequest) -> Reply:
    within = f"{request.scope.lower()}/"
    held = azure.events.partners.configurations.values()
    return page(azure, request, [each.as_arm() for each in held if each.id.lower().startswith(within)])


@ROUTES.put(_ONE, action=f"{_TYPE}/write", **_FACTS)
async def put_configuration(azure: Azure, request: ArmRequest) -> Reply:
    """201 for a new one, 200 for one that is there; the list of partners takes the place of the one before."""
    body = request.json()
    if bodies.text(body, "location", "global").lower() != "global":
        raise bodies.refused("The location of a partner configuration must be 'global'.")
    sent = bodies.part(bodies.part(body, "properties"), "partnerAuthorization")
    days = _days(sent)
    listed = sent.get("authorizedPartnersList") or []
    if not isinstance(listed, list):
        raise bodies.refused("The property 'authorizedPartnersList' must be an array.")
    allowed = [_partner(each, days, request.now) for each in listed]
    known = azure.events.partners.configurations
    before = known.get(_key(request))
    times = Times(before.times.created if before else request.now, request.now)
    made = known[_key(request)] = PartnerConfiguration(request.scope, times, days, allowed, bodies.tags(body))
    state = "Updating" if before else "Creating"
    return accepted(azure, request, made.as_arm(state), location="global", status=200 if before else 201)


@ROUTES.patch(_ONE, action=f"{_TYPE}/write", **_FACTS)
async def patch_configuration(azure: Azure, request: ArmRequest) -> Reply:
    """Tags can change, and the longest that an authorization may hold from now on."""
    found, body = _found(azure, request), request.json()
    if "tags" in body:
        found.tags = bodies.tags(body)
    if "properties" in body:
        found.days = _days(bodies.part(body, "properties"))
    found.times.changed = request.now
    return accepted(azure, request, found.as_arm("Updating"), location="global", status=200)


@ROUTES.delete(_ONE, action=f"{_TYPE}/delete", **_FACTS)
async def delete_configuration(azure: Azure, request: ArmRequest) -> Reply:
    """200, or 204 where there was none. Topics that partners made stay."""
    return Reply(204 if azure.events.partners.configurations.pop(_key(request), None) is None else 200)


@ROUTES.post(f"{_ONE}/authorizePartner", action=f"{_TYPE}/authorizePartner/action", scope=_ONE, **_FACTS)
async def authorize(azure: Azure, request: ArmRequest) -> Reply:
    """Adds a partner, or prolongs the authorization of one that is there."""
    found = _found(azure, request)
    partner = _partner(request.json(), found.days, request.now)
    found.partners = [*(each for each in found.partners if not each.is_also(partner)), partner]
    found.times.changed = request.now
    return Reply(200, found.as_arm())


@ROUTES.post(f"{_ONE}/unauthorizePartner", action=f"{_TYPE}/unauthorizePartner/action", scope=_ONE, **_FACTS)
async def unauthorize(azure: Azure, request: ArmRequest) -> Reply:
    found = _found(azure, request)
    partner = _named(request.json(), request.now)
    found.partners = [each for each in found.partners if not each.is_also(partner)]
    found.times.changed = request.now
    return Reply(200, found.as_arm())


def _key(request: ArmRequest) -> str:
    return request.scope.lower().partition("/providers/")[0]


def _found(azure: Azure, request: ArmRequest) -> PartnerConfiguration:
    found = azure.events.partners.configurations.get(_key(request))
    if found is None:
        raise not_found(_TYPE, "default", request["group"])
    return found


def _days(sent: Json) -> int | None:
    name = "defaultMaximumExpirationTimeInDays"
    return bodies.whole(sent, name, default=USUAL_DAYS, low=1, high=_MOST_DAYS) if sent.get(name) is not None else None


def _named(sent: Any, expires: datetime) -> Partner:
    if not isinstance(sent, dict):
        raise bodies.refused("A partner must be an object.")
    name, immutable = bodies.text(sent, "partnerName"), bodies.text(sent, "partnerRegistrationImmutableId")
    if not (name or immutable):
        raise bodies.refused("A partner needs a partnerRegistrationImmutableId or a partnerName.")
    try:
        return Partner(expires, partners.registration(immutable) if immutable else None, name or None)
    except ValueError as error:
        raise bodies.refused(f"The partnerRegistrationImmutableId '{immutable}' is not a UUID.") from error


def _partner(sent: Any, days: int | None, now: datetime) -> Partner:
    latest = now + timedelta(days=days or USUAL_DAYS)
    partner = _named(sent, latest)
    wanted = bodies.text(sent, "authorizationExpirationTimeInUtc")
    if not wanted:
        return partner
    try:
        expires = datetime.fromisoformat(wanted)
    except ValueError as error:
        raise bodies.refused(f"The authorizationExpirationTimeInUtc '{wanted}' is no time.") from error
    expires = expires if expires.tzinfo else expires.replace(tzinfo=UTC)
    if not now < expires <= latest:
        raise bodies.refused(
            f"The authorizationExpirationTimeInUtc '{wanted}' is invalid. It must be in the future and within "
            f"{days or USUAL_DAYS} days, the defaultMaximumExpirationTimeInDays of the partner configuration."
        )
    return Partner(expires, partner.registration, partner.name)
