"""Routes of workspaces and their connections. Azure REST: Workspaces, Workspace Connections."""

from typing import TYPE_CHECKING

from simulator.cognitive_services.account import actor
from simulator.cognitive_services.errors import busy, nested_write_without_parent, parent_not_found
from simulator.connections import routes as connections
from simulator.connections.connection import Connection, Owner
from simulator.machine_learning import bodies, changes, content, errors
from simulator.machine_learning.workspace import Workspace
from simulator.resource_manager.front import ArmRequest
from simulator.resource_manager.paging import page
from simulator.resource_manager.reading import readable
from simulator.routing import Routes
from simulator.wire import Json, Reply, WireFault

if TYPE_CHECKING:
    from simulator.azure import Azure

SUBSCRIPTION = "/subscriptions/{subscription}"
GROUP = SUBSCRIPTION + "/resourceGroups/{group}"
TYPE = errors.TYPE
WORKSPACE = f"{GROUP}/providers/{TYPE}/{{workspace}}"
OPERATION = (
    SUBSCRIPTION
    + "/providers/Microsoft.MachineLearningServices/locations/{location}/workspaceOperationsStatus/{operation}"
)
_CONNECTIONS_CHANGE_SINCE = "2024-07-01-preview"  # before, they are only made anew
_MEMBERS = frozenset({"id", "name", "type", "systemdata", "etag", "properties", "identity", "kind", "location", "tags",
                      "sku"})  # fmt: skip
ROUTES = Routes()


@ROUTES.put(WORKSPACE, type=TYPE, action=f"{TYPE}/write")
async def put_workspace(azure: "Azure", request: ArmRequest) -> Reply:
    """202 without a body while a new workspace is being made, 200 with it where that takes no time."""
    sent = content.whole(_body(request))
    found = azure.machine_learning.get(request.scope)
    if found is None:
        place = (request["subscription"], request["group"], request["workspace"])
        found = changes.create(azure, place, sent, actor(request))
    else:
        changes.replace(azure, found, sent, actor(request))
    if found.work.running(azure.clock.now()):
        return Reply(202, headers=azure.machine_learning.operations.follow(found).links(request))
    return Reply(body=_shown(azure, request, found))


@ROUTES.get(WORKSPACE, type=TYPE, action=f"{TYPE}/read")
async def get_workspace(azure: "Azure", request: ArmRequest) -> Reply:
    return Reply(body=_shown(azure, request, azure.machine_learning.require(request.scope)))


@ROUTES.patch(WORKSPACE, type=TYPE, action=f"{TYPE}/write")
async def patch_workspace(azure: "Azure", request: ArmRequest) -> Reply:
    found = azure.machine_learning.require(request.scope)
    changes.update(azure, found, content.partial(_body(request)), actor(request))
    return Reply(body=_shown(azure, request, found))


@ROUTES.delete(WORKSPACE, type=TYPE, action=f"{TYPE}/delete")
async def delete_workspace(azure: "Azure", request: ArmRequest) -> Reply:
    found = azure.machine_learning.get(request.scope)
    if found is None:
        return Reply(204)
    changes.delete(azure, found)
    return Reply(200)


@ROUTES.get(f"{GROUP}/providers/{TYPE}", type=TYPE)
async def list_in_group(azure: "Azure", request: ArmRequest) -> Reply:
    found = azure.machine_learning.in_group(request["subscription"], request["group"])
    return _listed(azure, request, found, GROUP.format(**request.parts))


@ROUTES.get(f"{SUBSCRIPTION}/providers/{TYPE}", type=TYPE)
async def list_in_subscription(azure: "Azure", request: ArmRequest) -> Reply:
    found = azure.machine_learning.in_subscription(request["subscription"])
    return _listed(azure, request, found, SUBSCRIPTION.format(**request.parts))


@ROUTES.get(OPERATION, type="Microsoft.MachineLearningServices/locations/workspaceOperationsStatus")
async def operation_status(azure: "Azure", request: ArmRequest) -> Reply:
    """The status of an operation, or, for its `Location` link, 202 until it is done and then 200."""
    found = azure.machine_learning.operations.find(request["subscription"], request["operation"])
    if found is None:
        raise WireFault(404, "NotFound", f"The operation '{request['operation']}' was not found.")
    if request.call.query.get("type") != "location":
        return Reply(body=found.body(request.now), headers=found.wait(request.now))
    return Reply(202, headers=found.links(request)) if found.work.running(request.now) else Reply(200)


def _listed(azure: "Azure", request: ArmRequest, found: list[Workspace], scope: str) -> Reply:
    kinds = {each.strip().lower() for each in request.call.query.get("kind", "").split(",")} - {""}
    wanted = [each for each in found if not kinds or each.kind.lower() in kinds]
    allowed = readable(azure, request, wanted, action=f"{TYPE}/read", scope=scope)
    return Reply(body=page(azure, request, allowed, lambda each: _shown(azure, request, each)))


def _body(request: ArmRequest) -> Json:
    body = request.json()
    if unknown := [name for name in body if name.lower() not in _MEMBERS]:
        raise errors.unknown_member(unknown[0])
    return body


def _shown(azure: "Azure", request: ArmRequest, each: Workspace) -> Json:
    state = azure.machine_learning
    return bodies.workspace(each, state.hub_of(each), state.projects_of(each), request.api_version, request.now)


# connections


def _owner(azure: "Azure", request: ArmRequest) -> Owner:
    workspace_id = WORKSPACE.format(**request.parts)
    found = azure.machine_learning.get(workspace_id)
    if found is None and request.call.method == "PUT":
        raise nested_write_without_parent("workspaces/connections", workspace_id)
    if found is None:
        raise parent_not_found(request["workspace"])
    if request.call.method == "PATCH" and request.api_version < _CONNECTIONS_CHANGE_SINCE:
        raise errors.method_unknown("PATCH", request.api_version)
    unsettled = busy(found.id) if found.work.running(request.now) else None
    return Owner(
        found.id,
        TYPE,
        workspace=True,
        shared_by_default=found.is_hub,
        busy=unsettled,
        lent=_lent(azure, found),
    )


def _lent(azure: "Azure", project: Workspace) -> list[Connection]:
    """What a project sees of its hub: the connections shared to all, under the hub's own ids."""
    hub = azure.machine_learning.hub_of(project)
    found = azure.connections.of(hub.id) if hub else []
    return [each for each in found if each.properties.get("isSharedToAll", True)]


ROUTES.table.extend(connections.below(WORKSPACE, TYPE, _owner).table)
connections.with_secrets(ROUTES, WORKSPACE, TYPE, _owner)
