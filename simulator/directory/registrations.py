"""What an application registration says about sign-in and tokens, and who was given its roles.

Microsoft Graph REST v1.0: resource types application, appRole, permissionScope and appRoleAssignment.
"""

import secrets
from collections.abc import Iterable
from dataclasses import dataclass, field
from datetime import datetime
from typing import Literal
from urllib.parse import urlsplit

type Platform = Literal["spa", "web", "publicClient"]

# of an application without roles: its assignments give access and nothing more
NO_ROLE = "00000000-0000-0000-0000-000000000000"


@dataclass(frozen=True, slots=True)
class AppRole:
    """`members` are its allowed member types: User (groups too) and Application."""

    id: str
    value: str
    description: str
    members: frozenset[str]


@dataclass(frozen=True, slots=True)
class Scope:
    """A delegated permission that the application exposes."""

    id: str
    value: str
    description: str


@dataclass(slots=True)
class Registration:
    """`token_version` is requestedAccessTokenVersion; `pre_authorized` are the clients that need no consent; `public`
    allows flows without a redirect to a client that has no secret."""

    app_roles: tuple[AppRole, ...] = ()
    scopes: tuple[Scope, ...] = ()
    redirects: dict[str, Platform] = field(default_factory=dict)
    token_version: int | None = None
    pre_authorized: frozenset[str] = frozenset()
    public: bool = False
    assignment_required: bool = False

    def role(self, id: str) -> AppRole | None:  # noqa: A002  # Azure's word
        return next((each for each in self.app_roles if each.id == id), None)

    def platform(self, redirect: str) -> Platform | None:
        """The platform that a redirect URI is registered for; None where it is not.

        "Redirect URI restrictions and limitations": compared as it is written, but the port of http://localhost is left out.
        """
        return self.redirects.get(redirect) or self._of_localhost(redirect)

    def _of_localhost(self, redirect: str) -> Platform | None:
        wanted = _without_port(redirect)
        if wanted is None:
            return None
        return next((kind for uri, kind in self.redirects.items() if _without_port(uri) == wanted), None)

    def origins(self) -> set[str]:
        """The origins from which browsers may fetch tokens: those of the redirect URIs of single-page applications."""
        parts = [urlsplit(uri) for uri, kind in self.redirects.items() if kind == "spa"]
        return {f"{each.scheme}://{each.netloc}" for each in parts}


def _without_port(uri: str) -> str | None:
    """A redirect to http://localhost without its port; None for any other."""
    scheme, _, rest = uri.partition("://")
    authority, slash, path = rest.partition("/")
    name, _, port = authority.partition(":")
    if (scheme, name) != ("http", "localhost") or not (port.isdecimal() or not port):
        return None
    return f"{slash}{path}"


@dataclass(frozen=True, slots=True)
class AppRoleAssignment:
    id: str
    principal: str
    resource: str
    role: str
    created: datetime


class AppRoleAssignments:
    """Who was given which role at which application; principals and resources are object ids."""

    def __init__(self) -> None:
        self.held: dict[str, AppRoleAssignment] = {}

    def add(self, principal: str, resource: str, role: str, now: datetime) -> AppRoleAssignment | None:
        """Gives the role; None where the principal has it already."""
        if any(
            (each.principal, each.resource, each.role) == (principal, resource, role) for each in self.held.values()
        ):
            return None
        made = AppRoleAssignment(secrets.token_urlsafe(32), principal, resource, role, now)
        self.held[made.id] = made
        return made

    def of_principal(self, principal: str) -> dict[str, AppRoleAssignment]:
        return {key: each for key, each in self.held.items() if each.principal == principal}

    def at_resource(self, resource: str) -> dict[str, AppRoleAssignment]:
        return {key: each for key, each in self.held.items() if each.resource == resource}

    def roles(self, holders: Iterable[str], resource: str) -> set[str]:
        """Ids of the roles that any of the holders has at the resource."""
        wanted = set(holders)
        return {each.role for each in self.at_resource(resource).values() if each.principal in wanted}
