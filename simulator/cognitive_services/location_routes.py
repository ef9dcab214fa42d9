"""Routes of the provider itself and of its regions: availability, SKUs, models, soft-deleted accounts, operations."""

from datetime import timedelta
from typing import TYPE_CHECKING

from simulator.cognitive_services import bodies, catalogue, content, errors, shapes
from simulator.cognitive_services.account import Account
from simulator.resource_manager.front import ArmRequest
from simulator.resource_manager.paging import page
from simulator.resource_manager.reading import readable
from simulator.routing import Routes
from simulator.wire import Json, Reply, WireFault

if TYPE_CHECKING:
    from simulator.azure import Azure

NAMESPACE = "Microsoft.CognitiveServices"
SUBSCRIPTION = "/subscriptions/{subscription}"
PROVIDER = f"{SUBSCRIPTION}/providers/{NAMESPACE}"
LOCATION = PROVIDER + "/locations/{location}"
DELETED = LOCATION + "/resourceGroups/{deleted_group}/deletedAccounts/{account}"
_OPERATIONS = (
    ("accounts/read", "Read API Account"),
    ("accounts/write", "Write API Account"),
    ("accounts/delete", "Delete API Account"),
    ("accounts/listKeys/action", "List Keys"),
    ("accounts/regenerateKey/action", "Regenerate Key"),
    ("accounts/skus/read", "List SKUs"),
    ("accounts/usages/read", "Get Usages"),
    ("accounts/models/read", "List Models"),
    ("accounts/deployments/read", "Read Deployments"),
    ("accounts/deployments/write", "Write Deployments"),
    ("accounts/deployments/delete", "Delete Deployments"),
    ("accounts/projects/read", "Read Projects"),
    ("accounts/projects/write", "Write Projects"),
    ("accounts/projects/delete", "Delete Projects"),
    ("accounts/connections/read", "Read Account Connections"),
    ("accounts/connections/write", "Write Account Connections"),
    ("accounts/connections/delete", "Delete Account Connections"),
    ("accounts/projects/connections/read", "Read Project Connections"),
    ("accounts/projects/connections/write", "Write Project Connections"),
    ("accounts/projects/connections/delete", "Delete Project Connections"),
    ("locations/usages/read", "Get Usages"),
    ("deletedAccounts/read", "List Deleted Accounts"),
    ("locations/resourceGroups/deletedAccounts/read", "Read Deleted Account"),
    ("locations/resourceGroups/deletedAccounts/delete", "Purge Deleted Account"),
    ("checkDomainAvailability/action", "Check Domain Availability"),
    ("locations/checkSkuAvailability/action", "Check SKU Availability"),
    ("skus/read", "List SKUs"),
)
ROUTES = Routes()


@ROUTES.get(LOCATION + "/operationResults/{operation}", type=f"{NAMESPACE}/locations/operationResults")
async def operation_result(azure: "Azure", request: ArmRequest) -> Reply:
    """The status of an operation, or, for its `Location` link, 202 until it is done and then 204."""
    found = azure.cognitive.operations.find(request["subscription"], request["location"], request["operation"])
    if found is None:
        raise WireFault(404, "NotFound", f"The operation '{request['operation']}' was not found.")
    if request.call.query.get("operationResultResponseType", "").lower() != "location":
        return Reply(body=found.body(request.now), headers=found.wait(request.now))
    if found.running(request.now):
        return Reply(202, headers=found.links(request.call.scheme_host, request.now, location=True))
    return Reply(204)


@ROUTES.get(PROVIDER + "/deletedAccounts", type=f"{NAMESPACE}/deletedAccounts")
async def list_deleted(azure: "Azure", request: ArmRequest) -> Reply:
    found = azure.cognitive.deleted_in(request["subscription"])
    allowed = readable(
        azure,
        request,
        found,
        action=f"{NAMESPACE}/deletedAccounts/read",
        scope=SUBSCRIPTION.format(**request.parts),
    )
    return Reply(
        body=page(azure, request, allowed, lambda each: bodies.account(each, request.api_version, request.now))
    )


@ROUTES.get(
    DELETED, type=f"{NAMESPACE}/deletedAccounts", action=f"{NAMESPACE}/locations/resourceGroups/deletedAccounts/read"
)
async def get_deleted(azure: "Azure", request: ArmRequest) -> Reply:
    found = _deleted(azure, request)
    if found is None:
        raise errors.not_found(f"{NAMESPACE}/deletedAccounts/{request['account']}", request["deleted_group"])
    return Reply(body=bodies.account(found, request.api_version, request.now))


@ROUTES.delete(
    DELETED, type=f"{NAMESPACE}/deletedAccounts", action=f"{NAMESPACE}/locations/resourceGroups/deletedAccounts/delete"
)
async def purge(azure: "Azure", request: ArmRequest) -> Reply:
    """202 with both links; the name and the subdomain are free again at once. 204 where there is nothing."""
    found = _deleted(azure, request)
    if found is None:
        return Reply(204)
    del azure.cognitive.soft_deleted()[found.id.lower()]
    operation = azure.cognitive.operations.start(
        found.subscription,
        found.location,
        status="Deleting",
        started=request.now,
        ends=request.now + timedelta(seconds=azure.knobs.provisioning),
    )
    return Reply(202, headers=operation.links(request.call.scheme_host, request.now, location=True))


def _deleted(azure: "Azure", request: ArmRequest) -> Account | None:
    return azure.cognitive.deleted_account(
        request["subscription"], request["location"], request["deleted_group"], request["account"]
    )


@ROUTES.post(
    PROVIDER + "/checkDomainAvailability",
    type=f"{NAMESPACE}/checkDomainAvailability",
    action=f"{NAMESPACE}/checkDomainAvailability/action",
    scope=SUBSCRIPTION,
    silent=True,
)
async def check_domain(azure: "Azure", request: ArmRequest) -> Reply:
    body = request.json()
    wanted, kind_of_resource = _needed(body, "subdomainName"), _needed(body, "type")
    shown: Json = {"isSubdomainAvailable": True, "subdomainName": wanted, "type": kind_of_resource}
    if isinstance(kind := body.get("kind"), str):
        shown["kind"] = kind
    reason = None
    if not content.subdomain_valid(wanted):
        reason = f"Sub domain name '{wanted}' is not valid"
    elif azure.cognitive.subdomain_taken(wanted):
        reason = errors.subdomain_in_use_message(wanted)
    if reason:
        shown |= {"isSubdomainAvailable": False, "reason": reason}
    return Reply(body=shown)


@ROUTES.post(
    LOCATION + "/checkSkuAvailability",
    type=f"{NAMESPACE}/locations/checkSkuAvailability",
    action=f"{NAMESPACE}/locations/checkSkuAvailability/action",
    scope=SUBSCRIPTION,
    silent=True,
)
async def check_skus(azure: "Azure", request: ArmRequest) -> Reply:  # noqa: ARG001  # every handler has this form
    content.require_location(request["location"])
    body = request.json()
    asked = shapes.cleaned([str], body.get("skus"), "skus")
    if not asked:
        raise errors.bad_request("Value cannot be null. (Parameter 'requestObject.Skus')")
    kind_name, kind_of_resource = _needed(body, "kind"), _needed(body, "type")
    kind = catalogue.kind_named(kind_name)
    return Reply(
        body={
            "value": [
                _availability(sku, kind_name, kind_of_resource, kind is not None and sku in kind.skus) for sku in asked
            ]
        }
    )


def _availability(sku: str, kind: str, kind_of_resource: str, available: bool) -> Json:
    shown: Json = {"kind": kind, "type": kind_of_resource, "skuName": sku, "skuAvailable": available}
    if not available:
        shown["reason"] = "NotAvailableForSubscription"
        shown["message"] = errors.sku_unavailable(sku, kind).message
    return shown


def _needed(body: Json, name: str) -> str:
    value = shapes.cleaned(str, body.get(name), name)
    if not value:
        raise errors.bad_request(f"Value cannot be null. (Parameter 'requestObject.{name[0].upper()}{name[1:]}')")
    return str(value)


@ROUTES.get(PROVIDER + "/skus", type=f"{NAMESPACE}/skus", action=f"{NAMESPACE}/skus/read", scope=SUBSCRIPTION)
async def list_skus(azure: "Azure", request: ArmRequest) -> Reply:  # noqa: ARG001  # every handler has this form
    return Reply(body={"value": bodies.resource_skus()})


@ROUTES.get(
    LOCATION + "/models",
    type=f"{NAMESPACE}/locations/models",
    action=f"{NAMESPACE}/locations/models/read",
    scope=SUBSCRIPTION,
)
async def list_models(azure: "Azure", request: ArmRequest) -> Reply:
    content.require_location(request["location"])
    offers = [(kind, model) for kind in catalogue.KINDS.values() for model in catalogue.models_for(kind)]
    return Reply(
        body=page(
            azure,
            request,
            offers,
            lambda offer: {
                "model": bodies.account_model(offer[1]),
                "kind": offer[0].name,
                "skuName": offer[0].skus[0],
            },
        )
    )


@ROUTES.get(
    LOCATION + "/usages",
    type=f"{NAMESPACE}/locations/usages",
    action=f"{NAMESPACE}/locations/usages/read",
    scope=SUBSCRIPTION,
)
async def list_usages(azure: "Azure", request: ArmRequest) -> Reply:
    """The quota of every model and SKU in the region, and how much of it the subscription's deployments take."""
    content.require_location(request["location"])
    taken = azure.cognitive.capacity_in(request["subscription"], request["location"])
    names = dict.fromkeys(catalogue.usage_name(model, sku) for model in catalogue.MODELS for sku in model.skus)
    return Reply(body={"value": [bodies.usage(name, taken.get(name, 0)) for name in names]})


@ROUTES.get(f"/providers/{NAMESPACE}/operations", type=f"{NAMESPACE}/operations")
async def list_operations(azure: "Azure", request: ArmRequest) -> Reply:  # noqa: ARG001  # every handler has this form
    return Reply(body={"value": [_operation(name, label) for name, label in _OPERATIONS]})


def _operation(name: str, label: str) -> Json:
    return {
        "name": f"{NAMESPACE}/{name}",
        "isDataAction": False,
        "display": {
            "provider": "Microsoft Cognitive Services",
            "resource": name.rpartition("/")[0],
            "operation": label,
            "description": label,
        },
        "origin": "user,system",
    }
