"""The errors of Microsoft.Authorization, by code and wording. Azure: Troubleshoot Azure RBAC; REST: Role Assignments."""

from simulator.authorization.scopes import bare
from simulator.sign_in.tokens import Identity
from simulator.wire import WireFault


def authorization_failed(identity: Identity, action: str, scope: str, *, condition_failed: bool) -> WireFault:
    """403; the wording differs where a role would allow the action and only its condition stands in the way."""
    hindrance = (
        "does not have authorization or an ABAC condition not fulfilled"
        if condition_failed
        else ("does not have authorization")
    )
    return WireFault(
        403,
        "AuthorizationFailed",
        f"The client '{identity.name}' with object id '{identity.object_id}' {hindrance} to perform action "
        f"'{action}' over scope '{scope}' or the scope is invalid. If access was recently granted, please refresh "
        "your credentials.",
    )


def linked_authorization_failed(identity: Identity, action: str, scope: str, linked: str) -> WireFault:
    return WireFault(
        403,
        "LinkedAuthorizationFailed",
        f"The client '{identity.name}' with object id '{identity.object_id}' has permission to perform action "
        f"'{action}' on scope '{scope}'; however, it does not have permission to perform action(s) '{action}' on the "
        f"linked scope(s) '{linked}' (respectively) or the linked scope(s) are invalid.",
    )


def denied(identity: Identity, action: str, scope: str, *, by: str, by_id: str, at: str) -> WireFault:
    return WireFault(
        403,
        "DenyAssignmentAuthorizationFailed",
        f"The client '{identity.name}' with object id '{identity.object_id}' has permission to perform action "
        f"'{action}' on scope '{scope}'; however, the access is denied because of the deny assignment with name "
        f"'{by}' and Id '{bare(by_id)}' at scope '{at}'.",
    )


def badly_formed() -> WireFault:
    return WireFault(400, "BadRequestFormat", "The request was incorrectly formatted.")


def invalid_assignment_name(name: str) -> WireFault:
    return WireFault(
        400,
        "InvalidRoleAssignmentId",
        f"The role assignment ID '{name}' is not valid. The role assignment ID must be a GUID.",
    )


def invalid_definition_name(name: str) -> WireFault:
    return WireFault(
        400,
        "InvalidRoleDefinitionId",
        f"The role definition ID '{name}' is not valid. The role definition ID must be a GUID.",
    )


def invalid_principal(sent: object) -> WireFault:
    return WireFault(400, "InvalidPrincipalId", f"The Principal ID '{sent}' is not valid. Principal ID must be a GUID.")


def invalid_principal_type(sent: object) -> WireFault:
    return WireFault(400, "InvalidPrincipalType", f"The principal type '{sent}' is not valid.")


def invalid_scope(scope: str) -> WireFault:
    return WireFault(400, "InvalidScope", f"The scope '{scope}' is not valid.")


def invalid_condition() -> WireFault:
    return WireFault(400, "InvalidRoleAssignmentCondition", "The given role assignment condition is invalid.")


def unknown_role(role: str, status: int = 400) -> WireFault:
    """400 where an assignment names the role, 404 where it is asked for itself."""
    return WireFault(
        status,
        "RoleDefinitionDoesNotExist",
        f"The specified role definition with ID '{bare(role)}' does not exist.",
    )


def unknown_assignment(name: str) -> WireFault:
    return WireFault(404, "RoleAssignmentNotFound", f"The role assignment '{name}' is not found.")


def unknown_deny_assignment(name: str) -> WireFault:
    return WireFault(404, "DenyAssignmentNotFound", f"The deny assignment '{name}' is not found.")


def unknown_resource(resource_id: str) -> WireFault:
    pieces = resource_id.strip("/").split("/")
    kind = "/".join([pieces[5], *pieces[6::2]])
    named = "/".join(pieces[7::2])
    return WireFault(
        404,
        "ResourceNotFound",
        f"The Resource '{kind}/{named}' under resource group '{pieces[3]}' was not found. For more details please go "
        "to https://aka.ms/ARMResourceNotFoundFix",
    )


def principal_not_found(principal: str, tenant: str) -> WireFault:
    return WireFault(
        400,
        "PrincipalNotFound",
        f"Principal {bare(principal)} does not exist in the directory {tenant}. Check that you have the correct "
        "principal ID. If you are creating this principal and then immediately assigning a role, this error might be "
        "related to a replication delay. In this case, set the role assignment principalType property to a value, "
        "such as ServicePrincipal, User, or Group.  See https://aka.ms/docs-principaltype",
    )


def unmatched_principal_type(principal: str, *, real: str, sent: str) -> WireFault:
    return WireFault(
        400,
        "UnmatchedPrincipalType",
        f"The PrincipalId '{bare(principal)}' has type '{real}' , which is different from specified PrinciaplType "
        f"'{sent}'.",  # Azure's own spelling
    )


def assignment_exists(existing: str) -> WireFault:
    return WireFault(
        409,
        "RoleAssignmentExists",
        f"The role assignment already exists. The ID of the existing role assignment is {bare(existing)}.",
    )


def update_not_permitted() -> WireFault:
    return WireFault(
        400,
        "RoleAssignmentUpdateNotPermitted",
        "Tenant ID, application ID, principal ID, and scope are not allowed to be updated.",
    )


def limit_exceeded() -> WireFault:
    return WireFault(
        400,
        "RoleAssignmentLimitExceeded",
        "The number of role assignments in this subscription exceeds the limit. No more role assignments can be created.",
    )


def last_admin() -> WireFault:
    return WireFault(412, "CannotDeleteLastRbacAdminAssignment", "Cannot delete the last RBAC admin assignment.")


def unsupported_filter(sent: str) -> WireFault:
    return WireFault(
        400,
        "UnsupportedQuery",
        f"The filter '{sent}' is not supported. Supported filters are either 'atScope()' or 'principalId eq "
        "'{value}' or assignedTo('{value}')'.",
    )


def invalid_skip_token() -> WireFault:
    return WireFault(400, "InvalidSkipToken", "The skipToken of the request is not valid.")


def role_in_use() -> WireFault:
    return WireFault(
        400,
        "RoleDefinitionHasAssignments",
        "There are existing role assignments referencing role (code: RoleDefinitionHasAssignments).",
    )


def role_name_taken() -> WireFault:
    return WireFault(
        409,
        "RoleDefinitionWithSameNameExists",
        "A custom role with the same name already exists in this directory. Use a different name.",
    )


def built_in_role(role: str) -> WireFault:
    return WireFault(
        400, "BuiltInRoleUpdateNotPermitted", f"The built-in role definition '{role}' cannot be changed or deleted."
    )


def invalid_role(reason: str) -> WireFault:
    return WireFault(400, "InvalidRoleDefinition", f"The role definition is not valid. {reason}")


def invalid_action(action: object) -> WireFault:
    return WireFault(
        400,
        "InvalidActionOrNotAction",
        f"'{action}' does not match any of the actions supported by the providers.",
    )
