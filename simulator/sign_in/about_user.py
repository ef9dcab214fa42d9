"""What a token response tells a client about the user, besides the access token."""

import base64
import json
import uuid
from typing import TYPE_CHECKING

import jwt

from simulator.directory.state import User
from simulator.sign_in.token_request import TokenRequest
from simulator.sign_in.tokens import ISSUER_V2, LIFETIME
from simulator.wire import Json

if TYPE_CHECKING:
    from simulator.azure import Azure


def about_user(azure: "Azure", request: TokenRequest, user: User, app_id: str) -> Json:
    """The refresh token, id token and client info of a user, each where the client asked for it."""
    tenant = azure.directory.tenant
    body: Json = {}
    if "offline_access" in request.scopes:
        body["refresh_token"] = azure.tokens.refresh_token(user, app_id)
    if "openid" in request.scopes:
        body["id_token"] = _id_token(azure, user, app_id)
    if request.form.get("client_info") == "1":
        body["client_info"] = _encoded({"uid": user.id, "utid": tenant})
    return body


def _id_token(azure: "Azure", user: User, app_id: str) -> str:
    now = int(azure.clock.now().timestamp())
    claims = {
        "aud": app_id,
        "iss": ISSUER_V2.format(tenant=azure.directory.tenant),
        "iat": now,
        "nbf": now,
        "exp": now + int(LIFETIME.total_seconds()),
        "name": user.display_name,
        "oid": user.id,
        "preferred_username": user.user_principal_name,
        "sub": user.id,
        "tid": azure.directory.tenant,
        "uti": uuid.uuid4().hex[:22],
        "ver": "2.0",
    }
    key = azure.tokens.key
    token = jwt.encode(claims, key.private, algorithm="RS256", headers={"kid": key.kid})
    azure.tokens.issued.append(token)
    return token


def _encoded(value: Json) -> str:
    return base64.urlsafe_b64encode(json.dumps(value).encode()).decode().rstrip("=")
