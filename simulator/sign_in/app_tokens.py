"""Access tokens for the tenant's own applications, in the version that their registration asks for; all others as ever.

Microsoft identity platform: "Access token claims reference", "Add app roles to your application and receive them in the
token". An application's roles come from assignments to the caller itself and to groups it is a direct member of.
"""

import base64
import hashlib
import secrets
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import timedelta
from typing import TYPE_CHECKING, Any

from simulator.directory.state import Directory, ServicePrincipal, User
from simulator.sign_in.audiences import is_graph
from simulator.sign_in.tokens import ISSUER_V2, LIFETIME

if TYPE_CHECKING:
    from simulator.azure import Azure

_USER_GRAPH_SCOPES = ("Directory.AccessAsUser.All", "Group.Read.All", "User.Read.All")


@dataclass(frozen=True, slots=True)
class Client:
    """The application that asks for a token; `proof` is how it showed who it is: 0 not at all, 1 a secret, 2 a certificate."""

    app_id: str
    proof: str = "0"


def registered(directory: Directory, audience: str) -> ServicePrincipal | None:
    """The application of the tenant that an audience names, by its id or by `api://` and its id."""
    return directory.by_app_id(audience.rstrip("/").removeprefix("api://"))


def scopes_at(directory: Directory, audience: str, permissions: Sequence[str]) -> tuple[str, ...]:
    """The delegated permissions that a user's token for the audience has, where these were asked for."""
    if is_graph(audience):
        return _USER_GRAPH_SCOPES
    resource = registered(directory, audience)
    exposed = tuple(each.value for each in resource.registration.scopes) if resource else ()
    if not exposed:
        return ("user_impersonation",)
    return exposed if ".default" in permissions else tuple(each for each in permissions if each in exposed)


def access_token(
    azure: "Azure",
    principal: ServicePrincipal | User,
    audience: str,
    *,
    client: Client | None = None,
    permissions: Sequence[str] = (".default",),
    lifetime: timedelta = LIFETIME,
    **more: Any,
) -> str:
    """A signed token of this principal for the audience; `client` is set for a user, an application is its own."""
    directory = azure.directory
    resource = registered(directory, audience)
    roles = directory.roles_at(principal.id, resource) if resource else _graph_roles(principal, audience)
    claims: dict[str, Any] = {"roles": roles} if roles else {}
    if isinstance(principal, User):
        claims["scp"] = " ".join(scopes_at(directory, audience, permissions))
    if resource and resource.registration.token_version == 2:
        claims |= _v2(azure, principal, resource, client or _itself(principal), lifetime)
        return azure.tokens.sign({**claims, **more})
    named = {"client_app_id": client.app_id} if client else {}
    return azure.tokens.issue(principal, audience, lifetime=lifetime, **named, **{**claims, **more})


def opaque_claims() -> dict[str, str]:
    """Claims that mean something to Entra ID alone."""
    return {"aio": secrets.token_urlsafe(42), "rh": f"1.{secrets.token_urlsafe(40)}.", "uti": secrets.token_urlsafe(16)}


def pairwise(app_id: str, user: str) -> str:
    """A user's `sub` at one application: the same each time, and another one at every other application."""
    digest = hashlib.sha256(f"{app_id.lower()}:{user}".encode()).digest()
    return base64.urlsafe_b64encode(digest).decode().rstrip("=")


def _v2(
    azure: "Azure", principal: ServicePrincipal | User, resource: ServicePrincipal, client: Client, lifetime: timedelta
) -> dict[str, Any]:
    now = azure.tokens.whole_seconds()
    claims: dict[str, Any] = {
        "aud": resource.app_id,
        "iss": ISSUER_V2.format(tenant=azure.directory.tenant),
        "iat": now,
        "nbf": now,
        "exp": now + lifetime,
        "azp": client.app_id,
        "azpacr": client.proof,
        "oid": principal.id,
        "sub": principal.id,
        "tid": azure.directory.tenant,
        "ver": "2.0",
        **opaque_claims(),
    }
    if isinstance(principal, User):
        claims["name"] = principal.display_name
        claims["preferred_username"] = principal.user_principal_name
        claims["sub"] = pairwise(resource.app_id, principal.id)
    return claims


def _itself(principal: ServicePrincipal | User) -> Client:
    if isinstance(principal, User):
        raise TypeError("a user has no token without a client")
    return Client(principal.app_id, "2" if principal.kind == "ManagedIdentity" else "1")


def _graph_roles(principal: ServicePrincipal | User, audience: str) -> list[str]:
    if isinstance(principal, ServicePrincipal) and is_graph(audience):
        return sorted(principal.graph_roles)
    return []
