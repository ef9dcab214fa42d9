"""The routes of role definitions. Azure REST: Role Definitions."""

from dataclasses import replace
from datetime import timedelta
from typing import TYPE_CHECKING, Any

from simulator.authorization import errors, filters, scopes
from simulator.authorization.definitions import TYPE, Permission, RoleDefinition
from simulator.authorization.filters import Filter
from simulator.resource_manager.front import ArmRequest
from simulator.routing import Routes
from simulator.wire import Json, Reply

if TYPE_CHECKING:
    from simulator.azure import Azure

ROUTES = Routes()
_LIST = f"{{scope:path}}/providers/{TYPE}"
_ONE = f"{_LIST}/{{name}}"
_WRITE = f"{TYPE}/write"


@ROUTES.get(_LIST, type=TYPE, action=f"{TYPE}/read", scope="{scope}")
async def list_definitions(azure: "Azure", request: ArmRequest) -> Reply:
    """The built-in roles, and the custom ones that can be assigned at the scope (or below it, where the filter says so)."""
    scope = scopes.cleaned(request["scope"])
    asked = filters.for_definitions(request.call.query.get("$filter", ""))
    found = [each for each in azure.authorization.definitions.values() if _wanted(each, scope, asked)]
    return Reply(200, {"value": [each.wire(scope, request.api_version) for each in found]})


@ROUTES.get(_ONE, type=TYPE, action=f"{TYPE}/read")
async def get_definition(azure: "Azure", request: ArmRequest) -> Reply:
    role = _name(request)
    known = azure.authorization.definitions.get(role)
    if known is None:
        raise errors.unknown_role(role, 404)
    return Reply(200, known.wire(scopes.cleaned(request["scope"]), request.api_version))


@ROUTES.put(_ONE, type=TYPE, action=_WRITE)
async def put_definition(azure: "Azure", request: ArmRequest) -> Reply:
    """201 with the custom role as it is now, `createdBy` null as in Azure; a new one can be assigned after a while."""
    role = _name(request)
    known = azure.authorization.definitions.get(role)
    if known and known.kind == "BuiltInRole":
        raise errors.built_in_role(role)
    asked = _asked(request, role)
    _require_free_name(azure, asked)
    _require_all_scopes(azure, request, asked)
    made = replace(asked, **_dates(azure, request, known))
    azure.authorization.definitions[role] = made
    shown = replace(made, created_by=None)
    return Reply(201, shown.wire(scopes.cleaned(request["scope"]), request.api_version))


@ROUTES.delete(_ONE, type=TYPE, action=f"{TYPE}/delete")
async def delete_definition(azure: "Azure", request: ArmRequest) -> Reply:
    """200 with the custom role as it was, 204 where there was none."""
    role = _name(request)
    known = azure.authorization.definitions.get(role)
    if known is None:
        return Reply(204)
    if known.kind == "BuiltInRole":
        raise errors.built_in_role(role)
    if azure.authorization.uses(role):
        raise errors.role_in_use()
    del azure.authorization.definitions[role]
    return Reply(200, known.wire(scopes.cleaned(request["scope"]), request.api_version))


def _name(request: ArmRequest) -> str:
    role = scopes.guid(request["name"])
    if role is None:
        raise errors.invalid_definition_name(request["name"])
    return role


def _wanted(role: RoleDefinition, scope: str, asked: Filter) -> bool:
    here = role.assignable_at(scope) or (
        asked.and_below and any(scopes.at_or_below(each, scope) for each in role.assignable_scopes)
    )
    return (
        here
        and (asked.role_name is None or role.name.lower() == asked.role_name.lower())
        and (asked.role_type is None or role.kind.lower() == asked.role_type.lower())
    )


def _asked(request: ArmRequest, role: str) -> RoleDefinition:
    properties = request.json().get("properties")
    if not isinstance(properties, dict):
        raise errors.badly_formed()
    name, description = properties.get("roleName"), properties.get("description") or ""
    if not isinstance(name, str) or not name.strip() or not isinstance(description, str):
        raise errors.invalid_role("The role name is missing.")
    if properties.get("type", "CustomRole") not in ("CustomRole", None):
        raise errors.invalid_role("The role type must be 'CustomRole'.")
    return RoleDefinition(
        role, name, _permissions(properties), description, assignable_scopes=_assignable_scopes(properties)
    )


def _permissions(properties: Json) -> tuple[Permission, ...]:
    sent = properties.get("permissions")
    if not isinstance(sent, list) or not sent or not all(isinstance(each, dict) for each in sent):
        raise errors.invalid_role("The permissions are missing.")
    made = tuple(
        Permission(
            _actions(each, "actions"),
            _actions(each, "notActions"),
            _actions(each, "dataActions"),
            _actions(each, "notDataActions"),
        )
        for each in sent
    )
    if not any(each.actions or each.data_actions for each in made):
        raise errors.invalid_role("It allows no actions.")
    return made


def _actions(permission: Json, field: str) -> tuple[str, ...]:
    sent = permission.get(field) or []
    if not isinstance(sent, list):
        raise errors.badly_formed()
    for each in sent:
        if not isinstance(each, str) or ("/" not in each and each != "*"):
            raise errors.invalid_action(each)
    return tuple(sent)


def _assignable_scopes(properties: Json) -> tuple[str, ...]:
    sent = properties.get("assignableScopes")
    if not isinstance(sent, list) or not sent:
        raise errors.invalid_role("The assignable scopes are missing.")
    for each in sent:
        if not isinstance(each, str) or not scopes.is_scope(each) or each == scopes.ROOT:
            raise errors.invalid_role(f"A custom role cannot be assignable at '{each}'.")
    return tuple(sent)


def _require_free_name(azure: "Azure", asked: RoleDefinition) -> None:
    for each in azure.authorization.definitions.values():
        if each.name.lower() == asked.name.lower() and each.id != asked.id:
            raise errors.role_name_taken()


def _require_all_scopes(azure: "Azure", request: ArmRequest, asked: RoleDefinition) -> None:
    """The caller must be allowed to write role definitions at every assignable scope."""
    for each in asked.assignable_scopes:
        if not azure.authorization.decided(request.identity.object_id, _WRITE, each).allowed:
            raise errors.linked_authorization_failed(request.identity, _WRITE, request.scope, each)


def _dates(azure: "Azure", request: ArmRequest, known: RoleDefinition | None) -> dict[str, Any]:
    now, caller = request.now, request.identity.object_id
    if known:
        created, created_by, assignable = known.created, known.created_by, known.assignable
    else:
        created, created_by = now, caller
        assignable = now + timedelta(seconds=azure.knobs.role_definition_replication)
    return {
        "created": created,
        "created_by": created_by,
        "assignable": assignable,
        "updated": now,
        "updated_by": caller,
    }
