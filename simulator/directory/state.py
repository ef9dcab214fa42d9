"""The directory of one tenant."""

import uuid
from collections.abc import Iterable
from dataclasses import dataclass, field
from datetime import datetime
from typing import Literal

from simulator.directory.groups import Group, Groups, Members
from simulator.directory.registrations import AppRoleAssignments, Registration

__all__ = ["APP_ROLES", "GRAPH_APP_ID", "Directory", "Group", "PrincipalType", "ServicePrincipal", "User"]

type PrincipalType = Literal["User", "Group", "ServicePrincipal"]

GRAPH_APP_ID = "00000003-0000-0000-c000-000000000000"
# Microsoft Graph application permissions the local Azure knows, by the id that a token never shows
APP_ROLES = {
    "GroupMember.Read.All": "98830695-27a2-44f7-8c18-0c3ebc9698f6",
    "Group.Read.All": "5b567255-7703-4780-807c-7be8301ae99b",
    "Group.ReadWrite.All": "62a82d76-70ea-41e2-9197-370581804d09",
    "Directory.Read.All": "7ab1d382-f21e-4acd-a863-ba3e13f7da61",
    "Application.Read.All": "9a5d68dd-52b0-4cc2-bd40-abcf44ac3a30",
    "User.Read.All": "df021288-bdef-4463-88db-98f22de89214",
    "AppRoleAssignment.ReadWrite.All": "06b708a9-e830-4db3-a914-8e69da51d44f",
}


@dataclass(slots=True)
class User:
    id: str
    display_name: str
    user_principal_name: str
    created: datetime
    password: str = field(repr=False, default="")


@dataclass(slots=True)
class ServicePrincipal:
    """`kind` is Application or ManagedIdentity; `identity_header` is what its host sends to the identity endpoint."""

    id: str
    app_id: str
    display_name: str
    created: datetime
    kind: str = "Application"
    secret: str = field(repr=False, default="")
    identity_header: str = field(repr=False, default="")
    graph_roles: frozenset[str] = frozenset()
    resource_id: str | None = None  # of a managed identity
    registration: Registration = field(default_factory=Registration)


@dataclass(slots=True)
class Directory:
    tenant: str
    users: dict[str, User] = field(default_factory=dict)
    groups: Groups = field(default_factory=Groups)
    service_principals: dict[str, ServicePrincipal] = field(default_factory=dict)
    app_roles: AppRoleAssignments = field(default_factory=AppRoleAssignments)
    consents: set[tuple[str, str, str]] = field(default_factory=set)  # client, resource (both app ids), user

    def principal_type(self, object_id: str) -> PrincipalType | None:
        """The type of a principal that exists, None for one that does not (a soft-deleted group does not)."""
        key = object_id.lower()
        if key in self.users:
            return "User"
        if key in self.service_principals:
            return "ServicePrincipal"
        group = self.groups.get(key)
        return "Group" if group and not group.deleted else None

    def created(self, object_id: str) -> datetime:
        key = object_id.lower()
        found = self.users.get(key) or self.groups.get(key) or self.service_principals.get(key)
        if found is None:
            raise KeyError(object_id)
        return found.created

    def groups_of(self, object_id: str) -> set[str]:
        """Ids of every group this principal is in, through nested groups too."""
        return self.groups.of(object_id.lower())

    def roles_at(self, object_id: str, resource: ServicePrincipal) -> list[str]:
        """Values of the app roles a principal has there: its own, and a user's by groups they are themselves a member of."""
        kind = "Application" if object_id in self.service_principals else "User"
        held = self.app_roles.roles(self._as_itself(object_id), resource.id)
        return sorted(
            each.value for each in resource.registration.app_roles if each.id in held and kind in each.members
        )

    def is_assigned(self, object_id: str, resource: ServicePrincipal) -> bool:
        """Whether a principal was assigned to the application, itself or as a member of a group."""
        return bool(self.app_roles.roles(self._as_itself(object_id), resource.id))

    def _as_itself(self, object_id: str) -> list[str]:
        """A principal and, for a user, the groups they are directly in: neither nested groups nor an application's count."""
        if object_id not in self.users:
            return [object_id]
        direct = [each.id for each in self.groups.values() if object_id in each.members and not each.deleted]
        return [object_id, *direct]

    def by_app_id(self, app_id: str) -> ServicePrincipal | None:
        wanted = app_id.lower()
        return next((each for each in self.service_principals.values() if each.app_id == wanted), None)

    def by_user_name(self, name: str) -> User | None:
        wanted = name.lower()
        return next((each for each in self.users.values() if each.user_principal_name.lower() == wanted), None)

    def by_identity_header(self, header: str) -> list[ServicePrincipal]:
        return [each for each in self.service_principals.values() if header and each.identity_header == header]

    def add_user(self, display_name: str, now: datetime, *, id: str = "", password: str = "") -> User:  # noqa: A002
        key = (id or str(uuid.uuid4())).lower()
        alias = "".join(each for each in display_name.lower() if each.isalnum() or each == "-")
        user = User(key, display_name, f"{alias}@contoso.example", now, password or uuid.uuid4().hex)
        self.users[key] = user
        return user

    def add_users(self, numbers: range, now: datetime) -> list[str]:
        """Adds a user for each number that has none yet, quickly; returns their ids. They cannot sign in."""
        ids = [f"{number:08x}-0000-4000-8000-0000000face0" for number in numbers]
        for number, key in zip(numbers, ids, strict=True):
            if key not in self.users:
                self.users[key] = User(key, f"Person {number}", f"person{number}@contoso.example", now)
        return ids

    def add_group(
        self,
        display_name: str,
        now: datetime,
        *,
        id: str = "",  # noqa: A002  # Azure's word
        members: Iterable[str] | range = (),
    ) -> Group:
        """Adds a group of these members; a range stands for so many users, see `add_users`."""
        key = (id or str(uuid.uuid4())).lower()
        ids = self.add_users(members, now) if isinstance(members, range) else [str(each).lower() for each in members]
        nickname = "".join(each for each in display_name if each.isalnum())[:64] or key[:8]
        group = Group(key, display_name, now, Members(ids), mail_nickname=nickname)
        self.groups.add(group)
        return group

    def add_service_principal(self, principal: ServicePrincipal) -> ServicePrincipal:
        self.service_principals[principal.id] = principal
        return principal
