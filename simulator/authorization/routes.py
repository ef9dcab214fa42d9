"""The routes of role assignments, and with them all others of Microsoft.Authorization.

Azure REST: Role Assignments. It is an extension resource: the path's start is the scope. For a single assignment the
check is made on its own id, which lies below its scope; a list is checked on the scope.
"""

import base64
import binascii
from dataclasses import replace
from typing import TYPE_CHECKING
from urllib.parse import urlencode, urlsplit

from simulator.authorization import assigning, definition_routes, deny_routes, errors, filters, scopes
from simulator.authorization.assignments import TYPE, RoleAssignment
from simulator.authorization.filters import Filter
from simulator.resource_manager.front import ArmRequest
from simulator.routing import Routes
from simulator.wire import Reply

if TYPE_CHECKING:
    from simulator.azure import Azure

ROUTES = Routes()
_LIST = f"{{scope:path}}/providers/{TYPE}"
_ONE = f"{_LIST}/{{name}}"


@ROUTES.get(_LIST, type=TYPE, action=f"{TYPE}/read", scope="{scope}")
async def list_assignments(azure: "Azure", request: ArmRequest) -> Reply:
    """A page of the assignments at, above and below the scope that the filter lets through."""
    scope = scopes.cleaned(request["scope"])
    assigning.require_scope(azure, scope)
    asked = filters.for_assignments(request.call.query.get("$filter", ""), scope)
    after = _position(request.call.query.get("$skipToken", ""))
    found = [each for each in _listed(azure, scope, asked) if each.number > after]
    page = found[: azure.knobs.page_size]
    body = {"value": [each.wire(request.api_version, scope) for each in page]}
    return Reply(200, body | ({"nextLink": _next_link(request, page[-1])} if len(found) > len(page) else {}))


@ROUTES.get(_ONE, type=TYPE, action=f"{TYPE}/read")
async def get_assignment(azure: "Azure", request: ArmRequest) -> Reply:
    """One assignment, by name and its own scope."""
    name = scopes.guid(request["name"])
    if name is None:
        raise errors.invalid_assignment_name(request["name"])
    known = azure.authorization.assignments.get(name)
    if known is None or known.scope.lower() != scopes.cleaned(request["scope"]).lower():
        raise errors.unknown_assignment(name)
    return Reply(200, known.wire(request.api_version))


@ROUTES.put(_ONE, type=TYPE, action=f"{TYPE}/write")
async def put_assignment(azure: "Azure", request: ArmRequest) -> Reply:
    """As in Azure, `createdBy` is null in this answer, and known to the next one."""
    status, made = assigning.put(azure, assigning.asked_for(azure, request))
    return Reply(status, replace(made, created_by=None).wire(request.api_version))


@ROUTES.delete(_ONE, type=TYPE, action=f"{TYPE}/delete")
async def delete_assignment(azure: "Azure", request: ArmRequest) -> Reply:
    """200 with the assignment as it was, 204 where there was none."""
    gone = assigning.delete(azure, request)
    return Reply(200, gone.wire(request.api_version)) if gone else Reply(204)


def _listed(azure: "Azure", scope: str, asked: Filter) -> list[RoleAssignment]:
    known = azure.authorization
    found = known.at_or_above(scope)
    if not asked.at_scope:
        found = sorted([*found, *known.below(scope)], key=lambda each: each.number)
    wanted: set[str] | None = None
    if asked.principal is not None:
        wanted = {asked.principal.lower()}
    if asked.assigned_to is not None:
        if azure.directory.principal_type(asked.assigned_to) == "Group":
            return []  # the filter speaks of users and service principals only
        wanted = {asked.assigned_to.lower()} | azure.directory.groups_of(asked.assigned_to)
    return found if wanted is None else [each for each in found if each.principal_id in wanted]


def _position(skip_token: str) -> int:
    try:
        return int(base64.urlsafe_b64decode(skip_token)) if skip_token else 0
    except (binascii.Error, ValueError) as error:
        raise errors.invalid_skip_token() from error


def _next_link(request: ArmRequest, last: RoleAssignment) -> str:
    kept = {name: value for name, value in request.call.query.items() if name.lower() != "$skiptoken"}
    token = base64.urlsafe_b64encode(str(last.number).encode()).decode()
    query = urlencode({**kept, "$skipToken": token}, safe="$()'")
    return f"{request.call.scheme_host}{urlsplit(request.call.url).path}?{query}"


ROUTES.table += [*definition_routes.ROUTES.table, *deny_routes.ROUTES.table]
