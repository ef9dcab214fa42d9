"""Who is calling, and what they may do.

A caller brings an access token of Microsoft Entra ID for the portal's own application; its app roles say what it may. What
App Service says of a caller in headers is believed only where the platform says that it sets them, and takes away forged ones.
"""

import base64
import json
import logging
import ssl
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from enum import StrEnum
from typing import Any

from fastapi import Request
from fastapi.security import SecurityScopes
from fastapi_azure_auth import SingleTenantAzureAuthorizationCodeBearer
from starlette.exceptions import HTTPException

from functions.portal.errors import ApiError
from shared.errors import TemporaryError
from shared.settings import PortalSettings

SCOPE = "access"
# A key that Entra ID has begun to sign with is asked for when a token names it, but not more often than this
_NEW_KEYS = timedelta(seconds=10)
_HEADER = "x-ms-client-principal"
_TENANT_CLAIMS = ("tid", "http://schemas.microsoft.com/identity/claims/tenantid")
_OBJECT_CLAIMS = ("oid", "http://schemas.microsoft.com/identity/claims/objectidentifier")
_ROLE_CLAIMS = ("roles", "http://schemas.microsoft.com/ws/2008/06/identity/claims/role")
_SCOPE_CLAIMS = ("scp", "http://schemas.microsoft.com/identity/claims/scope")
_NAME_CLAIMS = ("name", "preferred_username", "http://schemas.xmlsoap.org/ws/2005/05/identity/claims/name")
_log = logging.getLogger(f"unkeyed.{__name__}")
# It logs a token that it cannot read, which may be a key that somebody took for a token
logging.getLogger("fastapi_azure_auth").disabled = True


class Role(StrEnum):
    """The app roles of the portal's application: each may all that those before it may."""

    READ = "Unkeyed.Read"
    OPERATE = "Unkeyed.Operate"
    ADMIN = "Unkeyed.Admin"

    @property
    def short(self) -> str:
        return self.value.removeprefix("Unkeyed.")


@dataclass(frozen=True, slots=True)
class Caller:
    """A person or an application that was told apart by its token."""

    id: str
    name: str
    client: str
    is_application: bool
    roles: frozenset[Role]

    def may(self, role: Role) -> bool:
        order = list(Role)
        return any(order.index(each) >= order.index(role) for each in self.roles)


class Callers:
    """Tells callers apart; made once, inside the running event loop."""

    def __init__(self, settings: PortalSettings) -> None:
        self._settings = settings
        self._bearer = self._new_bearer()
        self._made = datetime.now(UTC)

    async def of(self, request: Request) -> Caller:
        """Who calls. Raises ApiError 401 where that is not proven, TemporaryError where Entra ID's keys are not to be had."""
        if self._settings.believes_platform and "authorization" not in request.headers and _HEADER in request.headers:
            return self._named_by_platform(request.headers[_HEADER])
        kind, _, token = request.headers.get("authorization", "").partition(" ")
        if kind.lower() != "bearer" or not token.strip():
            raise _unproven("Send an access token: Authorization: Bearer <token>.", error="")
        return self._caller(await self._claims(request))

    async def _claims(self, request: Request) -> Mapping[str, Any]:
        await self._keys()
        try:
            found = await self._bearer(request, SecurityScopes())
        except HTTPException as error:
            if "no signing keys" in str(error.detail) and datetime.now(UTC) - self._made > _NEW_KEYS:
                self._bearer, self._made = self._new_bearer(), datetime.now(UTC)
                return await self._claims(request)
            raise _unproven(_said(error, self._settings)) from error
        if found is None:
            raise _unproven("The token could not be read.")
        return found.claims

    async def _keys(self) -> None:
        try:
            await self._bearer.openid_config.load_config()
        except (RuntimeError, HTTPException) as error:
            raise TemporaryError("the signing keys of Microsoft Entra ID", code="SignInUnavailable") from error

    def _new_bearer(self) -> SingleTenantAzureAuthorizationCodeBearer:
        settings = self._settings
        bearer = SingleTenantAzureAuthorizationCodeBearer(
            app_client_id=settings.client_id,
            tenant_id=settings.tenant,
            allow_guest_users=True,  # whoever has been given an app role may
            leeway=60,
            http_client_config={"verify": ssl.create_default_context(), "timeout": 10},
        )
        bearer.openid_config.config_url = f"{settings.sign_in}/{settings.tenant}/v2.0/.well-known/openid-configuration"
        return bearer

    def _caller(self, claims: Mapping[str, Any]) -> Caller:
        """The caller by the claims of a valid token; an ID token names no client, and opens nothing."""
        client, object_id = str(claims.get("azp", "")), str(claims.get("oid", "")).lower()
        if str(claims.get("ver")) != "2.0" or not client or not object_id:
            raise _unproven("Send an access token of version 2, not an ID token; see docs/api.md.")
        if str(claims.get("tid", "")).lower() != self._settings.tenant:
            raise _unproven("The token is of another tenant.")
        scopes = str(claims.get("scp", "")).split()
        is_application = not scopes and claims.get("sub") == claims.get("oid")
        if not is_application and SCOPE not in scopes:
            raise _unproven(f"The token is not for the scope {SCOPE} of this API.")
        name = str(claims.get("name") or claims.get("preferred_username") or client)
        return Caller(object_id, name[:200], client.lower(), is_application, _roles(claims.get("roles")))

    def _named_by_platform(self, header: str) -> Caller:
        """App Service: "Access user claims in app code"."""
        try:
            found = json.loads(base64.b64decode(header, validate=True))
            claims = [(str(each["typ"]), str(each["val"])) for each in found["claims"]]
            provider = str(found["auth_typ"])
        except (ValueError, KeyError, TypeError) as error:
            raise _unproven("The header X-MS-CLIENT-PRINCIPAL cannot be read.") from error
        if provider.lower() != "aad" or _one(claims, _TENANT_CLAIMS).lower() != self._settings.tenant:
            raise _unproven("The platform has signed in somebody of another tenant.")
        object_id = _one(claims, _OBJECT_CLAIMS).lower()
        if not object_id:
            raise _unproven("The platform does not say who is calling.")
        roles = _roles([value for kind, value in claims if kind in _ROLE_CLAIMS])
        is_application = not _one(claims, _SCOPE_CLAIMS) and not _one(claims, _NAME_CLAIMS)
        return Caller(object_id, (_one(claims, _NAME_CLAIMS) or object_id)[:200], "", is_application, roles)


def _one(claims: Sequence[tuple[str, str]], kinds: Sequence[str]) -> str:
    return next((value for kind, value in claims if kind in kinds), "")


def _roles(claim: object) -> frozenset[Role]:
    known = {each.value: each for each in Role}
    return frozenset(known[each] for each in claim if each in known) if isinstance(claim, list) else frozenset()


def _said(error: HTTPException, settings: PortalSettings) -> str:
    """What is wrong with a token, in words of the API: the library's own may repeat parts of it."""
    found = str(error.detail)
    if "expired" in found:
        return "The token has expired; get a new one."
    if "claims" in found:
        return (
            f"The token is not for this API: it takes those that tenant {settings.tenant} issues for "
            f"api://{settings.client_id}/.default, of version 2."
        )
    if "signing keys" in found:
        return "The token is signed by a key that is not one of Microsoft Entra ID's."
    return "The token is not a valid access token of Microsoft Entra ID."


def _unproven(message: str, *, error: str = "invalid_token") -> ApiError:
    """RFC 6750, section 3: a request without a token is told only which kind is wanted."""
    challenge = f'Bearer error="{error}"' if error else "Bearer"
    return ApiError(401, "unauthenticated", message, headers={"WWW-Authenticate": challenge})
