"""Routes of projects and of the connections of accounts and projects. Azure REST: Projects, Account Connections."""

from typing import TYPE_CHECKING

from simulator.cognitive_services import content, errors, projects
from simulator.cognitive_services.account import Account, actor
from simulator.cognitive_services.bodies import system_data
from simulator.cognitive_services.paths import ACCOUNT, PROJECT
from simulator.cognitive_services.project import Project
from simulator.connections import routes as connections
from simulator.connections.connection import Owner
from simulator.resource_manager.front import ArmRequest
from simulator.resource_manager.paging import page
from simulator.routing import Routes
from simulator.wire import Json, Reply, WireFault

if TYPE_CHECKING:
    from simulator.azure import Azure

TYPE = errors.RESOURCE_TYPE
_PROJECTS = f"{TYPE}/projects"
ROUTES = Routes()


@ROUTES.put(PROJECT, type=_PROJECTS, action=f"{_PROJECTS}/write")
async def put_project(azure: "Azure", request: ArmRequest) -> Reply:
    account = _account(azure, request)
    sent = content.project(request.json())
    made, new = projects.put(azure, account, request["project"], sent, actor(request))
    reply = _reply(account, made, request, 201 if new else 200)
    reply.headers |= azure.cognitive.operations.follow(account, made.work, request)
    return reply


@ROUTES.get(PROJECT, type=_PROJECTS, action=f"{_PROJECTS}/read")
async def get_project(azure: "Azure", request: ArmRequest) -> Reply:
    account = _account(azure, request)
    return _reply(account, _required(account, request), request, 200)


@ROUTES.patch(PROJECT, type=_PROJECTS, action=f"{_PROJECTS}/write")
async def patch_project(azure: "Azure", request: ArmRequest) -> Reply:
    account = _account(azure, request)
    found = _required(account, request)
    projects.update(azure, account, found, content.project(request.json()), actor(request))
    return _reply(account, found, request, 200)


@ROUTES.delete(PROJECT, type=_PROJECTS, action=f"{_PROJECTS}/delete")
async def delete_project(azure: "Azure", request: ArmRequest) -> Reply:
    account = _account(azure, request)
    found = account.projects.get(request["project"].lower())
    if found is None:
        return Reply(204)
    projects.delete(azure, account, found)
    return Reply(200)


@ROUTES.get(ACCOUNT + "/projects", type=_PROJECTS, action=f"{_PROJECTS}/read", scope=ACCOUNT)
async def list_projects(azure: "Azure", request: ArmRequest) -> Reply:
    account = _account(azure, request)
    found = list(account.projects.values())
    return Reply(body=page(azure, request, found, lambda each: _shown(account, each, request)))


def _account(azure: "Azure", request: ArmRequest, kind: str = "accounts/projects") -> Account:
    """The account of the path; `kind` is what lies below it. Raises the 404 of a missing account."""
    account_id = ACCOUNT.format(**request.parts)
    account = azure.cognitive.get(account_id)
    if account is None:
        raise _no_parent(request, kind, account_id)
    return account


def _no_parent(request: ArmRequest, kind: str, parent_id: str) -> WireFault:
    if request.call.method == "PUT":
        return errors.nested_write_without_parent(kind, parent_id)
    return errors.parent_not_found(parent_id.rpartition("/")[2])


def _required(account: Account, request: ArmRequest) -> Project:
    found = account.projects.get(request["project"].lower())
    if found is None:
        raise errors.not_found(f"{TYPE}/{account.name}/projects/{request['project']}", account.group)
    return found


def _reply(account: Account, each: Project, request: ArmRequest, status: int) -> Reply:
    return Reply(status, _shown(account, each, request), {"ETag": each.etag})


def _shown(account: Account, each: Project, request: ArmRequest) -> Json:
    endpoint = account.endpoints()["AI Foundry API"].rstrip("/")
    shown: Json = {
        "id": each.id,
        "name": each.full_name,
        "type": _PROJECTS,
        "etag": each.etag,
        "location": each.location,
        "kind": account.kind.name,
        "properties": {
            "endpoints": {"AI Foundry API": f"{endpoint}/api/projects/{each.name}"},
            **each.properties,
            "isDefault": account.default_project == each.name,
            "internalId": each.internal_id,
            "provisioningState": each.work.state(request.now),
        },
        "systemData": system_data(each.trace),
    }
    if each.tags is not None:
        shown["tags"] = each.tags
    if each.identity is not None:
        shown["identity"] = each.identity
    return shown


# connections


def _owning_account(azure: "Azure", request: ArmRequest) -> Owner:
    account = _account(azure, request, "accounts/connections")
    busy = errors.busy(account.id) if _unsettled(account, request) else None
    return Owner(account.id, TYPE, workspace=False, shared_by_default=True, busy=busy)


def _owning_project(azure: "Azure", request: ArmRequest) -> Owner:
    kind = "accounts/projects/connections"
    account = _account(azure, request, kind)
    project = account.projects.get(request["project"].lower())
    if project is None:
        raise _no_parent(request, kind, f"{account.id}/projects/{request['project']}")
    busy = errors.busy(project.id) if _unsettled(account, request) else None
    return Owner(project.id, _PROJECTS, workspace=False, shared_by_default=False, busy=busy)


def _unsettled(account: Account, request: ArmRequest) -> bool:
    return account.work.running(request.now) or account.busy(request.now)


ROUTES.table.extend(connections.below(ACCOUNT, TYPE, _owning_account).table)
ROUTES.table.extend(connections.below(PROJECT, _PROJECTS, _owning_project).table)
