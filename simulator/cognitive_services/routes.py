"""Routes of accounts and of what hangs on one. Azure REST: Accounts, Deployments, Projects, Account Connections."""

from datetime import timedelta
from typing import TYPE_CHECKING

from simulator.cognitive_services import (
    bodies,
    catalogue,
    changes,
    content,
    deployment_routes,
    errors,
    location_routes,
    project_routes,
)
from simulator.cognitive_services.account import Account, actor
from simulator.cognitive_services.changes import KEY_NAMES
from simulator.cognitive_services.paths import ACCOUNT, GROUP
from simulator.resource_manager.front import ArmRequest
from simulator.resource_manager.paging import page
from simulator.resource_manager.reading import readable
from simulator.routing import Routes
from simulator.wire import Json, Reply

if TYPE_CHECKING:
    from simulator.azure import Azure

TYPE = errors.RESOURCE_TYPE
_QUOTA_PERIOD = timedelta(days=30)
ROUTES = Routes()


@ROUTES.put(ACCOUNT, type=TYPE, action=f"{TYPE}/write")
async def put_account(azure: "Azure", request: ArmRequest) -> Reply:
    sent = content.account(request.json(), request.api_version)
    found = azure.cognitive.get(request.scope)
    if found:
        changes.replace(azure, found, sent, actor(request))
        return _shown(azure, request, found, 200)
    if sent.restore:
        return _shown(azure, request, changes.restore(azure, request.scope, sent, actor(request)), 201)
    place = (request["subscription"], request["group"], request["account"])
    return _shown(azure, request, changes.create(azure, place, sent, actor(request)), 201)


@ROUTES.get(ACCOUNT, type=TYPE, action=f"{TYPE}/read")
async def get_account(azure: "Azure", request: ArmRequest) -> Reply:
    return _shown(azure, request, azure.cognitive.require(request.scope), 200)


@ROUTES.patch(ACCOUNT, type=TYPE, action=f"{TYPE}/write")
async def patch_account(azure: "Azure", request: ArmRequest) -> Reply:
    found = azure.cognitive.require(request.scope)
    changes.update(azure, found, content.account(request.json(), request.api_version), actor(request))
    return _shown(azure, request, found, 200)


@ROUTES.delete(ACCOUNT, type=TYPE, action=f"{TYPE}/delete")
async def delete_account(azure: "Azure", request: ArmRequest) -> Reply:
    found = azure.cognitive.get(request.scope)
    if found is None:
        return Reply(204)
    changes.delete(azure, found)
    return Reply(200)


@ROUTES.get(GROUP + "/providers/Microsoft.CognitiveServices/accounts", type=TYPE)
async def list_in_group(azure: "Azure", request: ArmRequest) -> Reply:
    scope = f"/subscriptions/{request['subscription']}/resourceGroups/{request['group']}"
    return _listed(azure, request, azure.cognitive.in_group(request["subscription"], request["group"]), scope)


@ROUTES.get("/subscriptions/{subscription}/providers/Microsoft.CognitiveServices/accounts", type=TYPE)
async def list_in_subscription(azure: "Azure", request: ArmRequest) -> Reply:
    found = azure.cognitive.in_subscription(request["subscription"])
    return _listed(azure, request, found, f"/subscriptions/{request['subscription']}")


def _listed(azure: "Azure", request: ArmRequest, found: list[Account], scope: str) -> Reply:
    allowed = readable(azure, request, found, action=f"{TYPE}/read", scope=scope)
    return Reply(
        body=page(azure, request, allowed, lambda each: bodies.account(each, request.api_version, request.now))
    )


def _shown(azure: "Azure", request: ArmRequest, account: Account, status: int) -> Reply:
    reply = Reply(status, bodies.account(account, request.api_version, request.now), {"ETag": account.etag})
    if status == 201:
        reply.headers |= azure.cognitive.operations.follow(account, account.work, request)
    return reply


# keys


@ROUTES.post(ACCOUNT + "/listKeys", type=TYPE, action=f"{TYPE}/listKeys/action", scope=ACCOUNT)
async def list_keys(azure: "Azure", request: ArmRequest) -> Reply:
    """200 with both keys; 400 while `disableLocalAuth` is true."""
    found = azure.cognitive.require(request.scope)
    if found.local_auth_disabled:
        raise errors.local_auth_disabled("list")
    return Reply(body=_keys(found))


@ROUTES.post(ACCOUNT + "/regenerateKey", type=TYPE, action=f"{TYPE}/regenerateKey/action", scope=ACCOUNT)
async def regenerate_key(azure: "Azure", request: ArmRequest) -> Reply:
    """200 with both keys, one of them new on every call; 400 for a bad name and while `disableLocalAuth` is true."""
    found = azure.cognitive.require(request.scope)
    name = request.json().get("keyName")
    if name not in KEY_NAMES:
        raise errors.not_deserialized(
            f"Error converting value '{name}' to type 'KeyName'. The values are '{', '.join(KEY_NAMES)}'.", "keyName"
        )
    if found.local_auth_disabled:
        raise errors.local_auth_disabled("regenerate")
    changes.require_quiet(azure, found)
    changes.regenerate(azure, found, name, actor(request))
    return Reply(body=_keys(found))


def _keys(account: Account) -> Json:
    return {name.lower(): account.keys[name] for name in KEY_NAMES}


# what an account offers


@ROUTES.get(ACCOUNT + "/skus", type=TYPE, action=f"{TYPE}/skus/read", scope=ACCOUNT)
async def list_skus(azure: "Azure", request: ArmRequest) -> Reply:
    kind = azure.cognitive.require(request.scope).kind
    return Reply(
        body={"value": [{"resourceType": TYPE, "sku": {"name": sku, "tier": catalogue.tier(sku)}} for sku in kind.skus]}
    )


@ROUTES.get(ACCOUNT + "/usages", type=TYPE, action=f"{TYPE}/usages/read", scope=ACCOUNT)
async def list_usages(azure: "Azure", request: ArmRequest) -> Reply:
    """Only free accounts have a quota that is counted here."""
    found = azure.cognitive.require(request.scope)
    name = f"{found.kind.name}.Transactions"
    quota = {
        "unit": "Count",
        "name": {"value": name, "localizedValue": name},
        "quotaPeriod": "30.00:00:00",
        "limit": 30000,
        "currentValue": 0,
        "nextResetTime": f"{found.trace.created + _QUOTA_PERIOD:%Y-%m-%dT%H:%M:%SZ}",
        "status": "Included",
    }
    return Reply(body={"value": [quota] if found.sku["name"] == "F0" else []})


@ROUTES.get(ACCOUNT + "/models", type=TYPE, action=f"{TYPE}/models/read", scope=ACCOUNT)
async def list_models(azure: "Azure", request: ArmRequest) -> Reply:
    kind = azure.cognitive.require(request.scope).kind
    return Reply(body=page(azure, request, catalogue.models_for(kind), bodies.account_model))


ROUTES.table.extend([*deployment_routes.ROUTES.table, *project_routes.ROUTES.table, *location_routes.ROUTES.table])
