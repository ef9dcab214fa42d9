"""The routes of deny assignments, which can only be read, and of a caller's own permissions.

Azure REST: Deny Assignments; Permissions.
"""

from typing import TYPE_CHECKING

from simulator.authorization import errors, filters, scopes
from simulator.authorization.assignments import DENY_TYPE, EVERYONE, DenyAssignment
from simulator.authorization.filters import Filter
from simulator.resource_manager.front import ArmRequest
from simulator.routing import Routes
from simulator.wire import Reply

if TYPE_CHECKING:
    from simulator.azure import Azure

ROUTES = Routes()
_LIST = f"{{scope:path}}/providers/{DENY_TYPE}"
_PERMISSIONS = "Microsoft.Authorization/permissions"


@ROUTES.get(_LIST, type=DENY_TYPE, action=f"{DENY_TYPE}/read", scope="{scope}")
async def list_denials(azure: "Azure", request: ArmRequest) -> Reply:
    scope = scopes.cleaned(request["scope"])
    asked = filters.for_denials(request.call.query.get("$filter", ""))
    line = set(azure.authorization.line(scope))
    return Reply(
        200,
        {
            "value": [
                each.wire()
                for each in azure.authorization.denials
                if (each.scope.lower() in line or (not asked.at_scope and scopes.at_or_below(each.scope, scope)))
                and _wanted(each, asked)
            ]
        },
    )


@ROUTES.get(f"{_LIST}/{{name}}", type=DENY_TYPE, action=f"{DENY_TYPE}/read")
async def get_denial(azure: "Azure", request: ArmRequest) -> Reply:
    scope, name = scopes.cleaned(request["scope"]).lower(), request["name"].lower()
    for each in azure.authorization.denials:
        if each.id == name and each.scope.lower() == scope:
            return Reply(200, each.wire())
    raise errors.unknown_deny_assignment(request["name"])


@ROUTES.get(f"{{scope:path}}/providers/{_PERMISSIONS}", type=_PERMISSIONS)
async def list_permissions(azure: "Azure", request: ArmRequest) -> Reply:
    """The caller's own permissions at the scope, whoever the caller is."""
    held = azure.authorization.permissions_of(request.identity.object_id, scopes.cleaned(request["scope"]))
    return Reply(200, {"value": [each.wire(request.api_version) for each in held]})


def _wanted(denial: DenyAssignment, asked: Filter) -> bool:
    named = {each for each, _ in denial.principals}
    return (asked.deny_name is None or denial.name == asked.deny_name) and (
        asked.principal is None or bool(named & {asked.principal.lower(), EVERYONE})
    )
