"""Who may do what: groups, role assignments, grants."""

from dataclasses import dataclass
from datetime import datetime

from shared.models.knowledge import Unknown
from shared.roles import assignment_name


@dataclass(frozen=True, slots=True)
class RoleAssignment:
    """A role assignment (REST: Role Assignments - Get). `role` is the definition's GUID, ids are lower case."""

    id: str
    name: str
    scope: str
    principal_id: str
    principal_type: str
    role: str
    description: str = ""
    created_at: datetime | None = None
    condition: str = ""


@dataclass(frozen=True, slots=True)
class RoleGrant:
    """An assignment that should be there. `principal_type` is always sent: it spares the directory lookup."""

    scope: str
    principal_id: str
    principal_type: str
    role: str
    description: str

    @property
    def name(self) -> str:
        return assignment_name(self.scope, self.principal_id, self.role)


@dataclass(frozen=True, slots=True)
class Group:
    """A group in Microsoft Entra ID. Only a security-enabled one can hold roles."""

    id: str
    name: str
    security_enabled: bool


@dataclass(frozen=True, slots=True)
class GroupRef:
    """How a policy names a group: by object id, or by display name to be looked up."""

    id: str | None = None
    name: str | None = None

    @property
    def key(self) -> str:
        """What tells it from other references: names are compared without regard to case, as Entra ID does."""
        return f"id:{self.id.lower()}" if self.id else f"name:{(self.name or '').lower()}"

    @staticmethod
    def id_in(key: str) -> str:
        """The object id in such a key; empty where it is a name's."""
        return key.removeprefix("id:") if key.startswith("id:") else ""

    def __str__(self) -> str:
        return f"group {self.id}" if self.id else f"group '{self.name}'"


type GroupAnswer = tuple[Group, ...] | Unknown
