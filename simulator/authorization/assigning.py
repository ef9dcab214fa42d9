"""Making and removing role assignments, by the rules of Azure REST: Role Assignments - Create, Delete."""

import re
from collections.abc import Mapping
from dataclasses import replace
from datetime import timedelta
from typing import TYPE_CHECKING, Any

from simulator.authorization import assignments, built_in, conditions, errors, scopes
from simulator.authorization.assignments import RoleAssignment
from simulator.resource_manager.front import ArmRequest

if TYPE_CHECKING:
    from simulator.azure import Azure

PRINCIPAL_TYPES = ("User", "Group", "ServicePrincipal", "ForeignGroup", "Device")
_ADMINISTRATORS = {built_in.OWNER, built_in.USER_ACCESS_ADMINISTRATOR}
_ACCOUNT = re.compile(r".*/providers/Microsoft\.CognitiveServices/accounts/.+", re.IGNORECASE)
_VAULT = re.compile(r".*/providers/Microsoft\.KeyVault/vaults/.+", re.IGNORECASE)
_WORKSPACE = re.compile(r".*/providers/Microsoft\.MachineLearningServices/workspaces/.+", re.IGNORECASE)


def asked_for(azure: "Azure", request: ArmRequest) -> RoleAssignment:
    """The assignment a PUT describes, its form checked; raises 400s. `principal_type` is empty where none was sent."""
    name = scopes.guid(request["name"])
    if name is None:
        raise errors.invalid_assignment_name(request["name"])
    properties = request.json().get("properties")
    if not isinstance(properties, dict):
        raise errors.badly_formed()
    principal = scopes.guid(properties.get("principalId"))
    if principal is None:
        raise errors.invalid_principal(properties.get("principalId", ""))
    condition, version = _condition(properties, request.api_version)
    now = azure.clock.now()
    return RoleAssignment(
        name=name,
        scope=scopes.cleaned(request["scope"]),
        role=_role(properties),
        principal_id=principal,
        principal_type=_principal_type(properties, request.api_version),
        created=now,
        updated=now,
        condition=condition,
        condition_version=version,
        description=_text(properties, "description"),
        delegated=_text(properties, "delegatedManagedIdentityResourceId"),
        created_by=request.identity.object_id,
        updated_by=request.identity.object_id,
    )


def put(azure: "Azure", asked: RoleAssignment) -> tuple[int, RoleAssignment]:
    """201 and the new assignment, or 200 and the one of this name; raises Azure's refusals."""
    require_scope(azure, asked.scope)
    known = azure.authorization.assignments.get(asked.name)
    if known is not None:
        return 200, _updated(azure, known, asked)
    _require_role(azure, asked)
    made = replace(asked, principal_type=_checked_principal(azure, asked))
    if equal := azure.authorization.equal_to(made):
        raise errors.assignment_exists(equal.name)
    subscription = scopes.subscription_of(made.scope)
    if subscription and azure.authorization.in_subscription(subscription) >= azure.knobs.role_assignments:
        raise errors.limit_exceeded()
    return 201, azure.authorization.add(made)


def delete(azure: "Azure", request: ArmRequest) -> RoleAssignment | None:
    """Removes an assignment and returns it, None where there is none at this scope; raises the last owner's 412."""
    name = scopes.guid(request["name"])
    if name is None:
        raise errors.invalid_assignment_name(request["name"])
    known = azure.authorization.assignments.get(name)
    if known is None or known.scope.lower() != scopes.cleaned(request["scope"]).lower():
        return None
    if _is_last_admin(azure, known) and not _is_elevated(azure, request.identity.object_id):
        raise errors.last_admin()
    azure.authorization.remove(known)
    return known


def require_scope(azure: "Azure", scope: str) -> None:
    """Raises 400 for what is no scope, 404 for a resource group, an AI account, a vault or a workspace
    that does not exist, or for a project or a connection of one."""
    if not scopes.is_scope(scope):
        raise errors.invalid_scope(scope)
    pieces = scope.strip("/").split("/")
    if scopes.subscription_of(scope) and len(pieces) > 3 and pieces[2].lower() == "resourcegroups":
        azure.resources.require_group(pieces[1], pieces[3])
    missing = _ACCOUNT.fullmatch(scope) and not azure.cognitive.exists(scope)
    missing = missing or (_VAULT.fullmatch(scope) and not azure.vaults.exists(scope))
    if missing or (_WORKSPACE.fullmatch(scope) and not azure.machine_learning.exists(scope)):
        raise errors.unknown_resource(scope)


def _role(properties: Mapping[str, Any]) -> str:
    sent = properties.get("roleDefinitionId")
    if not isinstance(sent, str) or "/" not in sent:
        raise errors.badly_formed()  # a bare GUID is refused like no id at all
    role = scopes.guid(sent.rpartition("/")[2])
    if role is None:
        raise errors.invalid_definition_name(sent.rpartition("/")[2])
    return role


def _principal_type(properties: Mapping[str, Any], api_version: str) -> str:
    sent = properties.get("principalType")
    if sent is None:
        return ""
    found = next((each for each in PRINCIPAL_TYPES if isinstance(sent, str) and each.lower() == sent.lower()), None)
    if found is None:
        raise errors.invalid_principal_type(sent)
    since = (
        assignments.SERVICE_PRINCIPAL_TYPE_SINCE if found == "ServicePrincipal" else assignments.PRINCIPAL_TYPE_SINCE
    )
    return found if api_version >= since else ""


def _condition(properties: Mapping[str, Any], api_version: str) -> tuple[str | None, str | None]:
    text, version = _text(properties, "condition"), _text(properties, "conditionVersion")
    if api_version < assignments.CONDITION_SINCE or not text:
        return None, None
    if version != "2.0":
        raise errors.invalid_condition()
    try:
        conditions.parsed(text)
    except conditions.ConditionInvalid as error:
        raise errors.invalid_condition() from error
    return text, version


def _text(properties: Mapping[str, Any], name: str) -> str | None:
    sent = properties.get(name)
    if sent is not None and not isinstance(sent, str):
        raise errors.badly_formed()
    return sent


def _updated(azure: "Azure", known: RoleAssignment, asked: RoleAssignment) -> RoleAssignment:
    """A PUT on an existing name may change the description and the condition, nothing else."""
    if known.key != asked.key:
        raise errors.update_not_permitted()
    if asked.principal_type not in ("", known.principal_type):
        raise errors.unmatched_principal_type(known.principal_id, real=known.principal_type, sent=asked.principal_type)
    changed = replace(
        known,
        condition=asked.condition,
        condition_version=asked.condition_version,
        description=asked.description,
        delegated=asked.delegated,
    )
    if changed != known:
        return azure.authorization.add(replace(changed, updated=asked.updated, updated_by=asked.updated_by))
    if azure.authorization.identical_put_conflicts:
        raise errors.assignment_exists(known.name)
    return known


def _require_role(azure: "Azure", asked: RoleAssignment) -> None:
    role = azure.authorization.definitions.get(asked.role)
    if (
        role is None
        or not role.assignable_at(asked.scope)
        or (role.assignable is not None and asked.created < role.assignable)
    ):
        raise errors.unknown_role(asked.role)


def _checked_principal(azure: "Azure", asked: RoleAssignment) -> str:
    """The principal's type. Only where none was sent must the principal be found, which takes a while after its creation."""
    directory = azure.directory
    real = directory.principal_type(asked.principal_id)
    if asked.principal_type:
        if real and real != asked.principal_type:
            raise errors.unmatched_principal_type(asked.principal_id, real=real, sent=asked.principal_type)
        return asked.principal_type
    lag = timedelta(seconds=azure.knobs.principal_replication)
    if real is None or asked.created < directory.created(asked.principal_id) + lag:
        raise errors.principal_not_found(asked.principal_id, directory.tenant)
    return real


def _is_last_admin(azure: "Azure", leaving: RoleAssignment) -> bool:
    """True for the last assignment of Owner or User Access Administrator made at a subscription itself."""
    subscription = scopes.subscription_of(leaving.scope)
    if leaving.role not in _ADMINISTRATORS or leaving.scope.lower() != f"/subscriptions/{subscription}":
        return False
    return not any(
        each.role in _ADMINISTRATORS and each.scope.lower() == leaving.scope.lower() and each.name != leaving.name
        for each in azure.authorization.at_or_above(leaving.scope)
    )


def _is_elevated(azure: "Azure", object_id: str) -> bool:
    """True for a Global Administrator with elevated access, who may remove even the last owner."""
    return any(
        each.scope == scopes.ROOT and each.role == built_in.USER_ACCESS_ADMINISTRATOR and each.principal_id == object_id
        for each in azure.authorization.at_or_above(scopes.ROOT)
    )
