"""Role assignments, by azure-mgmt-authorization."""

from collections.abc import AsyncIterator
from typing import TYPE_CHECKING

from shared.errors import NotFoundError, PermanentError, TemporaryError, azure_errors
from shared.models import RoleAssignment, RoleGrant

if TYPE_CHECKING:
    from azure.mgmt.authorization.v2022_04_01.aio import AuthorizationManagementClient
    from azure.mgmt.authorization.v2022_04_01.models import RoleAssignment as SdkAssignment

    from shared.session import Session

_NO_SUBSCRIPTION = "00000000-0000-0000-0000-000000000000"


class RoleAssignments:
    def __init__(self, session: "Session") -> None:
        self._session = session
        self._made: AuthorizationManagementClient | None = None

    async def list_at_or_above(self, scope: str) -> tuple[RoleAssignment, ...]:
        """Every assignment in force at `scope`, inherited ones included (REST: Role Assignments - List For Scope)."""
        with azure_errors("list role assignments at", scope):
            found = self.client.role_assignments.list_for_scope(scope.lstrip("/"), filter="atScope()")
            return tuple([_assignment(each) async for each in found])

    async def list_for(self, scope: str, principal_id: str) -> tuple[RoleAssignment, ...]:
        """Those in force at `scope` for a user or service principal, through nested groups too; none for a group's id.

        REST: Role Assignments - List For Scope, `assignedTo`.
        """
        with azure_errors("list role assignments at", scope):
            asked = f"atScope() and assignedTo('{principal_id}')"
            found = self.client.role_assignments.list_for_scope(scope.lstrip("/"), filter=asked)
            return tuple([_assignment(each) async for each in found])

    async def list_held(self, subscription: str, principal_id: str) -> tuple[RoleAssignment, ...]:
        """Those of a user or service principal anywhere in a subscription, by its groups too; none for a group's id.

        REST: Role Assignments - List For Scope, `assignedTo`.
        """
        scope = f"subscriptions/{subscription}"
        with azure_errors("list role assignments of", scope):
            found = self.client.role_assignments.list_for_scope(scope, filter=f"assignedTo('{principal_id}')")
            return tuple([_assignment(each) async for each in found])

    async def list_in(self, subscription: str) -> AsyncIterator[RoleAssignment]:
        """Every assignment at, below or inherited by a subscription, page after page."""
        scope = f"subscriptions/{subscription}"
        with azure_errors("list role assignments of", scope):
            async for each in self.client.role_assignments.list_for_scope(scope):
                yield _assignment(each)

    async def ensure(self, grant: RoleGrant) -> RoleAssignment:
        """The assignment, made where it was absent and read back; an equal one under any name counts as done.

        Raises PermanentError and its kin, TemporaryError (REST: Role Assignments - Create).
        """
        with azure_errors("assign role at", grant.scope):
            return await self._create(grant)

    async def get(self, scope: str, name: str) -> RoleAssignment:
        """One assignment by scope and name; raises NotFoundError."""
        with azure_errors("read role assignment at", scope):
            return _assignment(await self.client.role_assignments.get(scope.lstrip("/"), name))

    async def remove(self, assignment: RoleAssignment) -> None:
        """Removes an assignment; succeeds where it is gone already (REST: Role Assignments - Delete)."""
        with azure_errors("remove role assignment at", assignment.scope):
            await self.client.role_assignments.delete(assignment.scope.lstrip("/"), assignment.name)

    async def _create(self, grant: RoleGrant) -> RoleAssignment:
        from azure.core.exceptions import ResourceExistsError
        from azure.mgmt.authorization.v2022_04_01.models import RoleAssignmentCreateParameters

        subscription = grant.scope.strip("/").split("/")[1]
        definitions = f"/subscriptions/{subscription}/providers/Microsoft.Authorization/roleDefinitions"
        wanted = RoleAssignmentCreateParameters(
            role_definition_id=f"{definitions}/{grant.role}",
            principal_id=grant.principal_id,
            principal_type=grant.principal_type,
            description=grant.description,
        )
        try:
            await self.client.role_assignments.create(grant.scope.lstrip("/"), grant.name, wanted)
        except ResourceExistsError as error:
            if getattr(error.error, "code", "") != "RoleAssignmentExists":
                raise
            return await self._existing(grant)
        return await self._read_back(grant)

    async def _read_back(self, grant: RoleGrant) -> RoleAssignment:
        try:
            found = await self.get(grant.scope, grant.name)
        except NotFoundError as error:
            raise TemporaryError(f"the role assignment {grant.name} was made but is not there yet") from error
        if (found.principal_id, found.role) != (grant.principal_id.lower(), grant.role.lower()):
            raise PermanentError(
                f"role assignment {grant.name} at {grant.scope} is not what was asked for",
                code="RoleAssignmentNotAsAsked",
            )
        return found

    async def _existing(self, grant: RoleGrant) -> RoleAssignment:
        wanted = (grant.principal_id.lower(), grant.role.lower())
        for each in await self.list_at_or_above(grant.scope):
            if (each.principal_id, each.role) == wanted and each.scope.lower() == grant.scope.lower():
                return each
        raise TemporaryError("an equal role assignment exists but is not listed yet", code="RoleAssignmentExists")

    @property
    def client(self) -> "AuthorizationManagementClient":
        """The client, for this package."""
        if self._made is None:
            from azure.mgmt.authorization.v2022_04_01.aio import AuthorizationManagementClient

            self._made = AuthorizationManagementClient(
                self._session.credential, _NO_SUBSCRIPTION, **self._session.client_options()
            )
        return self._made


def _assignment(found: "SdkAssignment") -> RoleAssignment:
    return RoleAssignment(
        id=str(found.id),
        name=str(found.name).lower(),
        scope=str(found.scope),
        principal_id=(found.principal_id or "").lower(),
        principal_type=str(found.principal_type or ""),
        role=(found.role_definition_id or "").rpartition("/")[2].lower(),
        description=found.description or "",
        created_at=found.created_on,
        condition=found.condition or "",
    )
