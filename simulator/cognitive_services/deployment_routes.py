"""Routes of deployments. Azure REST: Deployments."""

from typing import TYPE_CHECKING

from simulator.cognitive_services import bodies, content, deployments, errors
from simulator.cognitive_services.account import Account, Deployment, actor
from simulator.cognitive_services.paths import ACCOUNT
from simulator.resource_manager.front import ArmRequest
from simulator.resource_manager.paging import page
from simulator.routing import Routes
from simulator.wire import Reply

if TYPE_CHECKING:
    from simulator.azure import Azure

TYPE = errors.RESOURCE_TYPE
DEPLOYMENT = ACCOUNT + "/deployments/{deployment}"
_DEPLOYMENTS = f"{TYPE}/deployments"
ROUTES = Routes()


@ROUTES.put(DEPLOYMENT, type=_DEPLOYMENTS, action=f"{_DEPLOYMENTS}/write")
async def put_deployment(azure: "Azure", request: ArmRequest) -> Reply:
    account = azure.cognitive.get(_parent(request))
    if account is None:
        raise errors.nested_write_without_parent("accounts/deployments", _parent(request))
    sent = content.deployment(request.json())
    made, new = deployments.put(azure, account, request["deployment"], sent, actor(request))
    reply = _deployment(made, request, 201 if new else 200)
    reply.headers |= azure.cognitive.operations.follow(account, made.work, request)
    return reply


@ROUTES.get(DEPLOYMENT, type=_DEPLOYMENTS, action=f"{_DEPLOYMENTS}/read")
async def get_deployment(azure: "Azure", request: ArmRequest) -> Reply:
    return _deployment(_required(_owner(azure, request), request), request, 200)


@ROUTES.patch(DEPLOYMENT, type=_DEPLOYMENTS, action=f"{_DEPLOYMENTS}/write")
async def patch_deployment(azure: "Azure", request: ArmRequest) -> Reply:
    account = _owner(azure, request)
    found = _required(account, request)
    deployments.patch(azure, account, found, content.deployment(request.json()), actor(request))
    return _deployment(found, request, 200)


@ROUTES.delete(DEPLOYMENT, type=_DEPLOYMENTS, action=f"{_DEPLOYMENTS}/delete")
async def delete_deployment(azure: "Azure", request: ArmRequest) -> Reply:
    account = _owner(azure, request)
    found = account.deployments.get(request["deployment"].lower())
    if found is None:
        return Reply(204)
    deployments.delete(azure, account, found)
    return Reply(200)


@ROUTES.get(ACCOUNT + "/deployments", type=_DEPLOYMENTS, action=f"{_DEPLOYMENTS}/read", scope=ACCOUNT)
async def list_deployments(azure: "Azure", request: ArmRequest) -> Reply:
    found = azure.cognitive.deployments(_owner(azure, request))
    return Reply(
        body=page(azure, request, found, lambda each: bodies.deployment(each, request.api_version, request.now))
    )


def _parent(request: ArmRequest) -> str:
    return ACCOUNT.format(**request.parts)


def _owner(azure: "Azure", request: ArmRequest) -> Account:
    account = azure.cognitive.get(_parent(request))
    if account is None:
        raise errors.parent_not_found(request["account"])
    return account


def _required(account: Account, request: ArmRequest) -> Deployment:
    found = account.deployments.get(request["deployment"].lower())
    if found is None:
        raise errors.not_found(f"{TYPE}/{account.name}/deployments/{request['deployment']}", account.group)
    return found


def _deployment(each: Deployment, request: ArmRequest, status: int) -> Reply:
    return Reply(status, bodies.deployment(each, request.api_version, request.now), {"ETag": each.etag})
