"""The managed identity endpoint of App Service and Functions, protocol 2019-08-01.

App Service: "How to use managed identities", REST endpoint reference. The header says which host asks; the query may
choose one of the identities of that host. Without a choice the system-assigned identity is meant, even where the host
has a user-assigned one only.
"""

import hmac
import uuid
from datetime import timedelta
from typing import TYPE_CHECKING, Any

import jwt
from aiohttp import web

from simulator.directory.state import ServicePrincipal
from simulator.sign_in.app_tokens import access_token
from simulator.sign_in.audiences import audience_for

if TYPE_CHECKING:
    from simulator.azure import Azure

API_VERSION = "2019-08-01"
LIFETIME = timedelta(hours=24)
_CHOICES = ("client_id", "principal_id", "object_id", "mi_res_id")
_USER_ASSIGNED = "/providers/microsoft.managedidentity/userassignedidentities/"
_NOT_FOUND = "No User Assigned or Delegated Managed Identity found for specified ClientId/ResourceId/PrincipalId."


class Refused(Exception):
    """An answer of the endpoint that is no token."""

    def __init__(self, status: int, message: str) -> None:
        super().__init__(message)
        self.status = status
        self.message = message


def answer(azure: "Azure", request: web.Request) -> web.Response:
    """A token, or `{"statusCode", "message", "correlationId"}`."""
    try:
        return web.json_response(_token(azure, request))
    except Refused as refused:
        body = {"statusCode": refused.status, "message": refused.message, "correlationId": str(uuid.uuid4())}
        return web.json_response(body, status=refused.status)


def _token(azure: "Azure", request: web.Request) -> dict[str, Any]:
    hosted = _identities(azure, request.headers.get("X-IDENTITY-HEADER", ""))
    if request.query.get("api-version") != API_VERSION:
        raise Refused(400, f"The api-version '{request.query.get('api-version', '')}' is not supported.")
    resource = request.query.get("resource", "")
    if not resource:
        raise Refused(400, "The query parameter 'resource' is required.")
    identity = _chosen(hosted, {name: request.query[name] for name in _CHOICES if request.query.get(name)})
    audience = audience_for(resource, azure.directory)
    if audience is None:
        raise Refused(
            500,
            "An unexpected error occured while fetching the AAD Token. Please contact support with this provided "
            "Correlation Id",
        )
    more: dict[str, Any] = {"xms_mirid": identity.resource_id} if identity.resource_id else {}
    token = access_token(azure, identity, audience, lifetime=LIFETIME, **more)
    expires = jwt.decode(token, options={"verify_signature": False})["exp"]
    return {
        "access_token": token,
        "expires_on": str(expires),
        "resource": resource,
        "token_type": "Bearer",
        "client_id": identity.app_id,
    }


def _identities(azure: "Azure", header: str) -> list[ServicePrincipal]:
    found = [
        each
        for each in azure.directory.service_principals.values()
        if each.identity_header and hmac.compare_digest(each.identity_header.encode(), header.encode())
    ]
    if not found:
        raise Refused(401, "The X-IDENTITY-HEADER header is missing or does not match.")
    return found


def _chosen(hosted: list[ServicePrincipal], choice: dict[str, str]) -> ServicePrincipal:
    if len(choice) > 1:
        raise Refused(400, f"Only one of {', '.join(_CHOICES)} may be specified.")
    if not choice:
        found = [each for each in hosted if not _is_user_assigned(each)]
        if not found:
            raise Refused(400, "Unable to load the proper Managed Identity.")
        return found[0]
    (name, value), *_ = choice.items()
    match = [each for each in hosted if _named(each, name) == value.lower()]
    if not match:
        raise Refused(400, _NOT_FOUND)
    return match[0]


def _named(identity: ServicePrincipal, name: str) -> str:
    if name == "client_id":
        return identity.app_id.lower()
    return (identity.resource_id or "").lower() if name == "mi_res_id" else identity.id.lower()


def _is_user_assigned(identity: ServicePrincipal) -> bool:
    return _USER_ASSIGNED in (identity.resource_id or "").lower()
