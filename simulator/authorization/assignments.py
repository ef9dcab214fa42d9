"""Role assignments and deny assignments as values, and how they look on the wire."""

from dataclasses import dataclass
from datetime import datetime

from simulator.authorization.definitions import Permission, definition_id, timestamp
from simulator.wire import Json

TYPE = "Microsoft.Authorization/roleAssignments"
DENY_TYPE = "Microsoft.Authorization/denyAssignments"
EVERYONE = "00000000-0000-0000-0000-000000000000"
# From which api-version on a request may carry, and an answer shows, the property
SERVICE_PRINCIPAL_TYPE_SINCE = "2018-09-01"
PRINCIPAL_TYPE_SINCE = "2020-03-01"
CONDITION_SINCE = "2020-03-01"


@dataclass(frozen=True, slots=True)
class RoleAssignment:
    """One role for one principal at one scope. `name` and `role` are GUIDs in lower case, `scope` is as it was sent."""

    name: str
    scope: str
    role: str
    principal_id: str
    principal_type: str
    created: datetime
    updated: datetime
    number: int = 0  # in order of creation, for pages
    condition: str | None = None
    condition_version: str | None = None
    description: str | None = None
    delegated: str | None = None  # delegatedManagedIdentityResourceId
    created_by: str | None = None
    updated_by: str | None = None
    at_once: bool = False  # seeded: the data plane knows it from the start
    removed: datetime | None = None

    @property
    def id(self) -> str:
        return f"{self.scope.rstrip('/')}/providers/{TYPE}/{self.name}"

    @property
    def key(self) -> tuple[str, str, str]:
        """What may exist only once, under whatever name."""
        return self.scope.lower(), self.role, self.principal_id

    def wire(self, api_version: str, seen_from: str | None = None) -> Json:
        """The assignment as seen from a scope in this api-version (Azure REST: Role Assignments - Get)."""
        home = self.scope if self.scope.lower().startswith("/subscriptions/") else seen_from or self.scope
        shown: Json = {
            "roleDefinitionId": definition_id(self.role, home),
            "principalId": self.principal_id,
            "principalType": self.principal_type,
            "scope": self.scope,
            "condition": self.condition,
            "conditionVersion": self.condition_version,
            "createdOn": timestamp(self.created),
            "updatedOn": timestamp(self.updated),
            "createdBy": self.created_by,
            "updatedBy": self.updated_by,
            "delegatedManagedIdentityResourceId": self.delegated,
            "description": self.description,
        }
        for name in _younger_than(api_version):
            del shown[name]
        return {"properties": shown, "id": self.id, "type": TYPE, "name": self.name}


def _younger_than(api_version: str) -> tuple[str, ...]:
    hidden: tuple[str, ...] = ()
    if api_version < CONDITION_SINCE:
        hidden += ("condition", "conditionVersion", "delegatedManagedIdentityResourceId", "description")
    return hidden + (("principalType",) if api_version < SERVICE_PRINCIPAL_TYPE_SINCE else ())


@dataclass(frozen=True, slots=True)
class DenyAssignment:
    """What nobody of `principals` may do at `scope`, whatever roles they have. Pairs are (object id, type)."""

    id: str
    name: str
    scope: str
    permissions: tuple[Permission, ...]
    created: datetime
    principals: tuple[tuple[str, str], ...] = ((EVERYONE, "SystemDefined"),)
    excluded: tuple[tuple[str, str], ...] = ()
    description: str = ""
    spares_children: bool = False  # doNotApplyToChildScopes
    protected: bool = True  # isSystemProtected

    def hits(self, principals: set[str], action: str, scope: str, *, data: bool) -> bool:
        """True where one of these principals (a caller and their groups) is denied the action at the scope."""
        named = {each for each, _ in self.principals}
        return (
            not (self.spares_children and self.scope.lower() != scope.lower())
            and bool(named & (principals | {EVERYONE}))
            and not principals & {each for each, _ in self.excluded}
            and any(each.covers(action, data=data) for each in self.permissions)
        )

    def wire(self) -> Json:
        """Azure REST: Deny Assignments - Get."""
        return {
            "properties": {
                "denyAssignmentName": self.name,
                "description": self.description,
                "permissions": [
                    {**each.wire(), "condition": None, "conditionVersion": None} for each in self.permissions
                ],
                "scope": self.scope,
                "doNotApplyToChildScopes": self.spares_children,
                "principals": [{"id": each, "type": kind} for each, kind in self.principals],
                "excludePrincipals": [{"id": each, "type": kind} for each, kind in self.excluded],
                "isSystemProtected": self.protected,
                "createdOn": timestamp(self.created),
                "updatedOn": timestamp(self.created),
                "createdBy": None,
                "updatedBy": None,
            },
            "id": f"{self.scope.rstrip('/')}/providers/{DENY_TYPE}/{self.id}",
            "type": DENY_TYPE,
            "name": self.id,
        }
