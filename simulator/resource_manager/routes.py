"""Routes of tenants, subscriptions and providers. Azure REST: Tenants - List, Subscriptions, Providers."""

from typing import TYPE_CHECKING

from simulator.resource_manager import group_routes, providers, resource_routes
from simulator.resource_manager.front import ArmRequest
from simulator.resource_manager.locations import PLACES, REGIONS
from simulator.resource_manager.paging import page
from simulator.resource_manager.state import Subscription
from simulator.routing import Routes
from simulator.wire import Json, Reply

if TYPE_CHECKING:
    from simulator.azure import Azure

SUBSCRIPTION = "/subscriptions/{subscription}"
READ = "Microsoft.Resources/subscriptions/read"
_DOMAIN = "contoso.example"
ROUTES = Routes()


@ROUTES.get("/tenants", type="tenants")
async def list_tenants(azure: "Azure", request: ArmRequest) -> Reply:
    """The one tenant there is; its list asks for no permission."""
    tenant = request.identity.tenant
    shown = {
        "id": f"/tenants/{tenant}",
        "tenantId": tenant,
        "countryCode": "NL",
        "displayName": "Contoso",
        "domains": [_DOMAIN],
        "tenantCategory": "Home",
        "defaultDomain": _DOMAIN,
        "tenantType": "AAD",
    }
    return Reply(body=_with_link(page(azure, request, [shown], lambda each: each)))


@ROUTES.get("/subscriptions", type="subscriptions")
async def list_subscriptions(azure: "Azure", request: ArmRequest) -> Reply:
    """The subscriptions in which the caller has any role, however far below."""
    found = [
        each
        for each in azure.resources.subscriptions.values()
        if azure.authorization.sees_subscription(request.identity, each.id)
    ]
    return Reply(body=_with_link(page(azure, request, found, lambda each: _shown(azure, each))))


@ROUTES.get(SUBSCRIPTION, type="subscriptions")
async def get_subscription(azure: "Azure", request: ArmRequest) -> Reply:
    subscription = _seen(azure, request)
    return Reply(body=_shown(azure, subscription))


@ROUTES.get(SUBSCRIPTION + "/locations", type="subscriptions")
async def list_locations(azure: "Azure", request: ArmRequest) -> Reply:
    subscription = _seen(azure, request)
    return Reply(body={"value": [_location(subscription, name) for name in REGIONS]})


@ROUTES.get(SUBSCRIPTION + "/providers", type="subscriptions")
async def list_providers(azure: "Azure", request: ArmRequest) -> Reply:
    subscription = _seen(azure, request)
    return Reply(body=page(azure, request, providers.names(), lambda name: providers.provider(subscription.id, name)))


@ROUTES.get(SUBSCRIPTION + "/providers/{namespace}", type="subscriptions")
async def get_provider(azure: "Azure", request: ArmRequest) -> Reply:
    return Reply(body=providers.provider(_seen(azure, request).id, request["namespace"]))


@ROUTES.post(SUBSCRIPTION + "/providers/{namespace}/register", type="subscriptions")
async def register_provider(azure: "Azure", request: ArmRequest) -> Reply:
    """Every provider is registered from the start; registering one again changes nothing."""
    shown = providers.provider(request["subscription"].lower(), request["namespace"])
    scope = SUBSCRIPTION.format(**request.parts)
    azure.authorization.require(request.identity, f"{shown['namespace']}/register/action", scope, request.call)
    return Reply(body=shown)


def _seen(azure: "Azure", request: ArmRequest) -> Subscription:
    """The subscription of the path, where the caller has any role in it; raises Azure's 403."""
    subscription = azure.resources.require_subscription(request["subscription"])
    if not azure.authorization.sees_subscription(request.identity, subscription.id):
        azure.authorization.require(request.identity, READ, subscription.path, request.call)
    return subscription


def _shown(azure: "Azure", subscription: Subscription) -> Json:
    return {
        "id": subscription.path,
        "authorizationSource": "RoleBased",
        "managedByTenants": [],
        "subscriptionId": subscription.id,
        "tenantId": azure.directory.tenant,
        "displayName": subscription.name,
        "state": subscription.state,
        "subscriptionPolicies": {
            "locationPlacementId": "Public_2014-09-01",
            "quotaId": "PayAsYouGo_2014-09-01",
            "spendingLimit": "Off",
        },
    }


def _location(subscription: Subscription, name: str) -> Json:
    shown, group = REGIONS[name]
    place = PLACES[name]
    paired = [{"name": place.paired, "id": f"{subscription.path}/locations/{place.paired}"}] if place.paired else []
    return {
        "id": f"{subscription.path}/locations/{name}",
        "name": name,
        "type": "Region",
        "displayName": shown,
        "regionalDisplayName": f"({group}) {shown}",
        "metadata": {
            "regionType": "Physical",
            "regionCategory": "Recommended",
            "geography": place.geography,
            "geographyGroup": group,
            "longitude": place.longitude,
            "latitude": place.latitude,
            "physicalLocation": place.physical,
            "pairedRegion": paired,
        },
    }


def _with_link(body: Json) -> Json:
    """These two lists always carry a `nextLink`, empty on the last page."""
    return {"nextLink": "", **body}


ROUTES.table.extend([*group_routes.ROUTES.table, *resource_routes.ROUTES.table])
