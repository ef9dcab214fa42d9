"""Workspaces of Log Analytics. Azure REST: Workspaces - Get, Create Or Update, List, List By Resource Group."""

import re
from typing import TYPE_CHECKING

from simulator.monitor.kql.values import moment
from simulator.monitor.state import WORKSPACES, Workspace
from simulator.resource_manager.front import ArmRequest
from simulator.resource_manager.location_rules import location_differs, required_location
from simulator.resource_manager.locations import location_key
from simulator.resource_manager.paging import page
from simulator.resource_manager.reading import readable
from simulator.routing import Routes
from simulator.wire import Json, Reply, WireFault

if TYPE_CHECKING:
    from simulator.azure import Azure

ROUTES = Routes()
_SUBSCRIPTION = "/subscriptions/{subscription}"
_GROUP = _SUBSCRIPTION + "/resourceGroups/{group}"
_LIST = "/providers/Microsoft.OperationalInsights/workspaces"
_ONE = _GROUP + _LIST + "/{name}"
_NAME = re.compile(r"[A-Za-z0-9][A-Za-z0-9-]{2,61}[A-Za-z0-9]")
_SKUS = ("Free", "Standard", "Premium", "PerNode", "PerGB2018", "Standalone", "CapacityReservation", "LACluster")
_KEPT_AT_LEAST, _KEPT_AT_MOST = 30, 730


@ROUTES.get(_ONE, type=WORKSPACES, action=f"{WORKSPACES}/read")
async def get_workspace(azure: "Azure", request: ArmRequest) -> Reply:
    found = azure.monitor.workspaces.get(request.scope.lower())
    if found is None:
        raise WireFault(
            404,
            "ResourceNotFound",
            f"The Resource '{WORKSPACES}/{request['name']}' under resource group '{request['group']}' was not found. For "
            "more details please go to https://aka.ms/ARMResourceNotFoundFix",
        )
    return Reply(body=_shown(found))


@ROUTES.put(_ONE, type=WORKSPACES, action=f"{WORKSPACES}/write")
async def put_workspace(azure: "Azure", request: ArmRequest) -> Reply:
    """201 for a new workspace, provisioned at once; 200 for one that was there."""
    if not _NAME.fullmatch(request["name"]):
        raise _refused(f"The workspace name '{request['name']}' is invalid: 4 to 63 letters, digits and hyphens.")
    body = request.json()
    location, sku, retention = _location(body), _sku(body), _retention(body)
    found = azure.monitor.workspaces.get(request.scope.lower())
    if found and location != location_key(found.location):
        raise location_differs(found.name, found.group, found.location, location)
    if found is None:
        azure.monitor.add_workspace(request["subscription"], request["group"], request["name"])
    kept = azure.monitor.workspaces[request.scope.lower()]
    kept.location, kept.sku, kept.retention = location, sku or kept.sku, retention or kept.retention
    kept.tags, kept.changed = body.get("tags"), request.now
    return Reply(200 if found else 201, _shown(kept))


@ROUTES.delete(_ONE, type=WORKSPACES, action=f"{WORKSPACES}/delete")
async def delete_workspace(azure: "Azure", request: ArmRequest) -> Reply:
    """200, or 204 where there was none. The rows are lost; in Azure they could be recovered for two weeks."""
    found = azure.monitor.workspaces.pop(request.scope.lower(), None)
    return Reply(200 if found else 204)


@ROUTES.patch(_ONE, type=WORKSPACES, action=f"{WORKSPACES}/write")
async def patch_workspace(azure: "Azure", request: ArmRequest) -> Reply:  # noqa: ARG001  # one shape for handlers
    raise WireFault(501, "NotImplemented", f"The simulator does not implement PATCH {request.call.path}.")


@ROUTES.get(_GROUP + _LIST, type=WORKSPACES)
async def list_in_group(azure: "Azure", request: ArmRequest) -> Reply:
    return _listed(azure, request, _GROUP.format(**request.parts))


@ROUTES.get(_SUBSCRIPTION + _LIST, type=WORKSPACES)
async def list_in_subscription(azure: "Azure", request: ArmRequest) -> Reply:
    return _listed(azure, request, _SUBSCRIPTION.format(**request.parts))


def _listed(azure: "Azure", request: ArmRequest, scope: str) -> Reply:
    found = [each for key, each in azure.monitor.workspaces.items() if key.startswith(f"{scope}/".lower())]
    allowed = readable(azure, request, found, action=f"{WORKSPACES}/read", scope=scope)
    return Reply(body=page(azure, request, allowed, _shown))


def _shown(workspace: Workspace) -> Json:
    shown: Json = {
        "id": workspace.id,
        "name": workspace.name,
        "type": WORKSPACES,
        "location": workspace.location,
        "properties": {
            "customerId": workspace.customer_id,
            "provisioningState": "Succeeded",
            "sku": {"name": workspace.sku, "lastSkuUpdate": moment(workspace.created)},
            "retentionInDays": workspace.retention,
            "features": {"legacy": 0, "searchVersion": 1, "enableLogAccessUsingOnlyResourcePermissions": True},
            "workspaceCapping": {"dailyQuotaGb": -1.0, "dataIngestionStatus": "RespectQuota"},
            "publicNetworkAccessForIngestion": "Enabled",
            "publicNetworkAccessForQuery": "Enabled",
            "createdDate": moment(workspace.created),
            "modifiedDate": moment(workspace.changed),
        },
    }
    return shown if workspace.tags is None else {**shown, "tags": workspace.tags}


def _location(body: Json) -> str:
    sent = required_location(body.get("location"), WORKSPACES)
    tags = body.get("tags")
    if tags is not None and not (isinstance(tags, dict) and all(isinstance(each, str) for each in tags.values())):
        raise _refused("The property 'tags' must be an object of strings.")
    return location_key(sent)


def _sku(body: Json) -> str:
    sku = _part(_part(body, "properties"), "sku")
    name = sku.get("name", "")
    found = next((each for each in _SKUS if each.lower() == str(name).lower()), "")
    if sku and not found:
        raise _refused(f"The sku '{name}' is not one of {', '.join(_SKUS)}.")
    return found


def _retention(body: Json) -> int:
    days = _part(body, "properties").get("retentionInDays")
    if days is None:
        return 0
    if not isinstance(days, int) or isinstance(days, bool) or not _KEPT_AT_LEAST <= days <= _KEPT_AT_MOST:
        raise _refused(f"'RetentionInDays' must be between {_KEPT_AT_LEAST} and {_KEPT_AT_MOST}.")
    return days


def _part(body: Json, name: str) -> Json:
    value = body.get(name)
    if value is None:
        return {}
    if not isinstance(value, dict):
        raise _refused(f"The property '{name}' must be an object.")
    return value


def _refused(message: str) -> WireFault:
    return WireFault(400, "InvalidParameter", message)
