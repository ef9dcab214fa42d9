"""Deny assignments, which Azure makes itself (deployment stacks, managed applications), by azure-mgmt-authorization."""

from typing import TYPE_CHECKING

from shared.errors import azure_errors
from shared.models import DenyAssignment
from shared.sdk.role_definitions import permission_of

if TYPE_CHECKING:
    from azure.mgmt.authorization.v2022_04_01.models import DenyAssignment as SdkDenial
    from azure.mgmt.authorization.v2022_04_01.models import Principal as SdkPrincipal

    from shared.sdk.role_assignments import RoleAssignments


class DenyAssignments:
    def __init__(self, assignments: "RoleAssignments") -> None:
        self._assignments = assignments

    async def list_at_or_above(self, scope: str) -> tuple[DenyAssignment, ...]:
        """Every deny assignment at `scope` or above it; raises DeniedError, TemporaryError.

        REST: Deny Assignments - List For Scope.
        """
        with azure_errors("list deny assignments at", scope):
            found = self._assignments.client.deny_assignments.list_for_scope(scope.lstrip("/"), filter="atScope()")
            return tuple([_denial(each) async for each in found])


def _denial(found: "SdkDenial") -> DenyAssignment:
    return DenyAssignment(
        id=str(found.id),
        name=found.deny_assignment_name or str(found.name),
        scope=str(found.scope or "/"),
        permissions=tuple(map(permission_of, found.permissions or ())),
        principals=_ids(found.principals),
        excluded=_ids(found.exclude_principals),
        spares_children=bool(found.do_not_apply_to_child_scopes),
        condition=found.condition or "",
    )


def _ids(found: "list[SdkPrincipal] | None") -> frozenset[str]:
    return frozenset(str(each.id).lower() for each in found or ())
