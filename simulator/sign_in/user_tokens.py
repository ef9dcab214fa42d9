"""The token response for a user: access token, and refresh token, ID token and client info where they were asked for.

Microsoft identity platform: "OAuth 2.0 authorization code flow", "ID token claims reference".
"""

import base64
import json
from dataclasses import dataclass
from datetime import datetime
from typing import TYPE_CHECKING, Any

from simulator.directory.state import User
from simulator.sign_in.app_tokens import access_token, opaque_claims, pairwise, registered, scopes_at
from simulator.sign_in.audiences import GRAPH
from simulator.sign_in.clients import ClientApp
from simulator.sign_in.consent import audience_of, require_assigned, require_consent
from simulator.sign_in.errors import refused
from simulator.sign_in.response import token_response
from simulator.sign_in.scopes import Wanted, one_wanted
from simulator.sign_in.token_request import TokenRequest
from simulator.sign_in.tokens import ISSUER_V2, LIFETIME
from simulator.wire import Json

if TYPE_CHECKING:
    from simulator.azure import Azure

SPA_LIFETIME = 86_400  # seconds from the sign-in, which a single-page application's refresh tokens live


@dataclass(frozen=True, slots=True)
class Grant:
    """What a user's tokens are issued by. `scope` was asked for at the sign-in and stands in for one the call leaves out;
    `since` is when a single-page application's user signed in; `renews` has a refresh token come without its scope."""

    user: User
    client: ClientApp
    scope: str = ""
    nonce: str = ""
    since: datetime | None = None
    renews: bool = False


def user_response(azure: "Azure", request: TokenRequest, grant: Grant) -> Json:
    """The body of a token response; raises the AADSTS fault of what the user or the client may not have."""
    scope = request.form.get("scope") or grant.scope
    wanted = _wanted(request, scope)
    audience = audience_of(azure, grant.client, wanted)
    require_assigned(azure, grant.user, registered(azure.directory, audience))
    require_consent(azure, grant.client, grant.user, audience)
    client = grant.client.proven(request.sends_secret)
    permissions = wanted.permissions
    token = access_token(
        azure, grant.user, audience, client=client, permissions=permissions, **_address(azure, request, audience)
    )
    body = token_response(azure, token, audience, v2=request.v2)
    allowed = [
        *scopes_at(azure.directory, audience, permissions),
        *([".default"] if wanted.default and request.v2 else []),
    ]
    body["scope"] = " ".join(f"{audience}/{each}" for each in allowed)
    return {**body, **_about(azure, request, grant, scope)}


def _wanted(request: TokenRequest, scope: str) -> Wanted:
    if not request.v2:
        return Wanted(request.need("resource"), (".default",))
    if "resource" in request.form:
        raise refused(901002)
    if not scope:
        raise refused(900144, parameter="scope")
    return one_wanted(scope) or Wanted(GRAPH, (".default",))


def _address(azure: "Azure", request: TokenRequest, audience: str) -> dict[str, Any]:
    """The claim of where the user signed in from, which version 1 tokens have."""
    resource = registered(azure.directory, audience)
    return {} if resource and resource.registration.token_version == 2 else {"ipaddr": request.address}


def _about(azure: "Azure", request: TokenRequest, grant: Grant, scope: str) -> Json:
    body: Json = {}
    scopes = scope.split()
    if "offline_access" in scopes or grant.renews:
        body["refresh_token"] = azure.tokens.refresh_token(grant.user, grant.client.app_id, scope, grant.since)
        if grant.since:
            age = (azure.clock.now() - grant.since).total_seconds()
            body["refresh_token_expires_in"] = int(SPA_LIFETIME - age)
    if "openid" in scopes:
        body["id_token"] = id_token(azure, grant)
    if request.form.get("client_info") == "1":
        body["client_info"] = client_info(azure, grant.user)
    return body


def id_token(azure: "Azure", grant: Grant) -> str:
    """Who signed in, for the client, with their roles at it."""
    now, user, client = azure.tokens.whole_seconds(), grant.user, grant.client
    claims: dict[str, Any] = {
        "aud": client.app_id,
        "iss": ISSUER_V2.format(tenant=azure.directory.tenant),
        "iat": now,
        "nbf": now,
        "exp": now + LIFETIME,
        "name": user.display_name,
        "oid": user.id,
        "preferred_username": user.user_principal_name,
        "sub": pairwise(client.app_id, user.id),
        "tid": azure.directory.tenant,
        "ver": "2.0",
        **opaque_claims(),
    }
    if client.principal and (roles := azure.directory.roles_at(user.id, client.principal)):
        claims["roles"] = roles
    if grant.nonce:
        claims["nonce"] = grant.nonce
    return azure.tokens.sign(claims)


def client_info(azure: "Azure", user: User) -> str:
    """The user and tenant by which a client's cache knows an account."""
    value = json.dumps({"uid": user.id, "utid": azure.directory.tenant})
    return base64.urlsafe_b64encode(value.encode()).decode().rstrip("=")
