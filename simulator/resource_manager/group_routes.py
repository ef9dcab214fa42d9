"""Routes of resource groups. Azure REST: Resource Groups."""

import math
import re
import uuid
from datetime import timedelta
from typing import TYPE_CHECKING

from simulator.cognitive_services import changes
from simulator.key_vault import management
from simulator.resource_manager import filters
from simulator.resource_manager.front import ArmRequest
from simulator.resource_manager.locations import REGIONS, location_key
from simulator.resource_manager.paging import page
from simulator.resource_manager.reading import readable
from simulator.resource_manager.state import ResourceGroup
from simulator.resource_manager.tagging import TAG_FILTERS, tagged
from simulator.routing import Routes
from simulator.wire import Json, Reply, WireFault

if TYPE_CHECKING:
    from simulator.azure import Azure

SUBSCRIPTION = "/subscriptions/{subscription}"
GROUPS = SUBSCRIPTION + "/resourceGroups"
GROUP = GROUPS + "/{group}"
NEW_GROUP = GROUPS + "/{new_group}"  # the door looks a `group` up before the handler runs
OPERATION = SUBSCRIPTION + "/operationresults/{operation}"
TYPE = "resourceGroups"
ACTION = "Microsoft.Resources/subscriptions/resourceGroups"
_NAME = re.compile(r"[-\w.()]{0,89}[-\w()]")
_MEMBERS = {"id", "name", "type", "location", "tags", "managedBy", "properties"}
ROUTES = Routes()


@ROUTES.put(NEW_GROUP, type=TYPE, action=f"{ACTION}/write")
async def put_group(azure: "Azure", request: ArmRequest) -> Reply:
    body = _body(request)
    name = request["new_group"]
    if not _NAME.fullmatch(name):
        raise _name_invalid(name)
    location = _location(body)
    subscription = azure.resources.require_subscription(request["subscription"])
    found = subscription.groups.get(name.lower())
    if found and location_key(found.location) != location:
        raise WireFault(
            409,
            "InvalidResourceGroupLocation",
            f"Invalid resource group location '{location}'. The Resource group already exists in location "
            f"'{found.location}'.",
        )
    group = found or azure.resources.add_group(subscription.id, name, location)
    group.tags = _tags(body) or {}
    group.managed_by = body.get("managedBy")
    return Reply(200 if found else 201, _shown(group))


@ROUTES.patch(GROUP, type=TYPE, action=f"{ACTION}/write")
async def patch_group(azure: "Azure", request: ArmRequest) -> Reply:
    group = azure.resources.require_group(request["subscription"], request["group"])
    tags = _tags(_body(request))
    if tags is not None:
        group.tags = tags
    return Reply(body=_shown(group))


@ROUTES.get(GROUP, type=TYPE, action=f"{ACTION}/read")
async def get_group(azure: "Azure", request: ArmRequest) -> Reply:
    return Reply(body=_shown(azure.resources.require_group(request["subscription"], request["group"])))


@ROUTES.head(NEW_GROUP, type=TYPE, action=f"{ACTION}/read")
async def group_exists(azure: "Azure", request: ArmRequest) -> Reply:
    groups = azure.resources.require_subscription(request["subscription"]).groups
    return Reply(204 if request["new_group"].lower() in groups else 404)


@ROUTES.delete(GROUP, type=TYPE, action=f"{ACTION}/delete")
async def delete_group(azure: "Azure", request: ArmRequest) -> Reply:
    """202 with a `Location` to follow. The group is gone at once, what is soft-deleted in it can be restored."""
    subscription = azure.resources.require_subscription(request["subscription"])
    for account in azure.cognitive.in_group(subscription.id, request["group"]):
        changes.drop(azure, account)
    for vault in azure.vaults.in_group(subscription.id, request["group"]):
        management.delete(azure, vault)
    azure.machine_learning.drop_group(subscription.id, request["group"])
    azure.monitor.forget_group(subscription.id, request["group"])
    group = subscription.groups.pop(request["group"].lower())
    azure.events.drop_group(group.id)
    azure.authorization.forget_below(group.id)
    operation = str(uuid.uuid4())
    azure.resources.deletions[operation] = request.now + timedelta(seconds=azure.knobs.provisioning)
    return _pending(azure, request, operation)


@ROUTES.get(OPERATION, type="subscriptions")
async def deletion_result(azure: "Azure", request: ArmRequest) -> Reply:
    """202 while a resource group is being deleted, then 200."""
    ends = azure.resources.deletions.get(request["operation"].lower())
    if ends is None:
        raise WireFault(404, "NotFound", f"The operation '{request['operation']}' was not found.")
    return _pending(azure, request, request["operation"]) if request.now < ends else Reply(200)


@ROUTES.get(GROUPS, type=TYPE)
async def list_groups(azure: "Azure", request: ArmRequest) -> Reply:
    subscription = azure.resources.require_subscription(request["subscription"])
    wanted = filters.wanted(request.call.query.get("$filter"), TAG_FILTERS)
    found = [group for group in subscription.groups.values() if tagged(group.tags, wanted)]
    allowed = readable(azure, request, found, action=f"{ACTION}/read", scope=subscription.path)
    return Reply(body=page(azure, request, allowed, _shown))


def _shown(group: ResourceGroup) -> Json:
    shown: Json = {
        "id": group.id,
        "name": group.name,
        "type": "Microsoft.Resources/resourceGroups",
        "location": group.location,
        "properties": {"provisioningState": "Succeeded"},
    }
    if group.tags:
        shown["tags"] = group.tags
    if group.managed_by:
        shown["managedBy"] = group.managed_by
    return shown


def _pending(azure: "Azure", request: ArmRequest, operation: str) -> Reply:
    path = OPERATION.format(subscription=request["subscription"], operation=operation)
    return Reply(
        202,
        headers={
            "Location": f"{request.call.scheme_host}{path}?api-version={request.api_version}",
            "Retry-After": str(max(1, math.ceil(azure.knobs.provisioning))),
        },
    )


def _body(request: ArmRequest) -> Json:
    body = request.json()
    if unknown := sorted(set(body) - _MEMBERS):
        raise WireFault(
            400,
            "InvalidRequestContent",
            "The request content was invalid and could not be deserialized: 'Could not find member "
            f"'{unknown[0]}' on object of type 'ResourceGroupDefinition'. Path '{unknown[0]}'.'",
        )
    return body


def _location(body: Json) -> str:
    location = body.get("location")
    if not isinstance(location, str) or not location:
        raise WireFault(400, "LocationRequired", "The location property is required for this definition.")
    if location_key(location) not in REGIONS:
        raise WireFault(
            400,
            "LocationNotAvailableForResourceGroup",
            f"The provided location '{location}' is not available for resource group. List of available regions is "
            f"'{','.join(REGIONS)}'.",
        )
    return location_key(location)


def _tags(body: Json) -> dict[str, str] | None:
    tags = body.get("tags")
    if tags is None:
        return None
    if not isinstance(tags, dict) or not all(isinstance(value, str) for value in tags.values()):
        raise WireFault(
            400,
            "InvalidRequestContent",
            "The request content was invalid and could not be deserialized: 'Error converting value. Path 'tags'.'",
        )
    return dict(tags)


def _name_invalid(name: str) -> WireFault:
    return WireFault(
        400,
        "InvalidResourceGroupName",
        f"The provided resource group name '{name}' is invalid. The name can only be a letter, digit, '-', '.', '(', "
        "')' or '_', has at most 90 characters and does not end with a period.",
    )
