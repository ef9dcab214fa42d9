"""The grants of the token endpoint: client credentials, a code, a user's password, and a refresh token.

Microsoft identity platform: "OAuth 2.0 client credentials flow", "OAuth 2.0 authorization code flow", "OAuth 2.0 Resource
Owner Password Credentials", "Refresh tokens in the Microsoft identity platform".
"""

from typing import TYPE_CHECKING

from simulator.directory.state import ServicePrincipal
from simulator.sign_in.app_tokens import access_token, registered
from simulator.sign_in.audiences import audience_for
from simulator.sign_in.clients import SHARED_TENANTS, application, check_secret, known_client
from simulator.sign_in.code_grant import redeem
from simulator.sign_in.errors import refused
from simulator.sign_in.origins import require_cross_origin, require_same_origin
from simulator.sign_in.passwords import checked_user
from simulator.sign_in.response import token_response
from simulator.sign_in.token_request import TokenRequest
from simulator.sign_in.user_tokens import SPA_LIFETIME, Grant, user_response
from simulator.wire import Json, WireFault

if TYPE_CHECKING:
    from simulator.azure import Azure

_OPENID_SCOPES = frozenset({"openid", "profile", "offline_access", "email"})
_ELSEWHERE = frozenset(
    {
        "device_code",
        "urn:ietf:params:oauth:grant-type:device_code",
        "urn:ietf:params:oauth:grant-type:jwt-bearer",
    }
)


def answer(azure: "Azure", request: TokenRequest) -> Json:
    """The body of a token response; raises the AADSTS fault of whatever is wrong."""
    match request.need("grant_type"):
        case "client_credentials":
            return _client_credentials(azure, request)
        case "authorization_code":
            return redeem(azure, request)
        case "password":
            return _password(azure, request)
        case "refresh_token":
            return _refresh(azure, request)
        case grant if grant in _ELSEWHERE:
            raise WireFault(501, "not_implemented", f"The simulator does not implement the grant type '{grant}'.")
        case grant:
            raise refused(70003, grant=grant)


def _client_credentials(azure: "Azure", request: TokenRequest) -> Json:
    app_id = request.need("client_id")
    if request.tenant in SHARED_TENANTS:
        raise refused(50194, app=app_id)
    require_same_origin(request)
    principal = application(azure, app_id)
    check_secret(request, principal)
    audience = _audience(azure, request)
    _require_assigned(azure, principal, audience)
    return token_response(azure, access_token(azure, principal, audience), audience, v2=request.v2)


def _password(azure: "Azure", request: TokenRequest) -> Json:
    if request.tenant in {"common", "consumers"}:
        raise refused(9001023)
    client = known_client(azure, request)
    if client.principal and not client.principal.secret and not client.registration.public:
        raise refused(7000218)
    user = checked_user(azure, request.need("username"), request.need("password"))
    return user_response(azure, request, Grant(user, client))


def _refresh(azure: "Azure", request: TokenRequest) -> Json:
    client = known_client(azure, request)
    grant = azure.tokens.refreshed(request.need("refresh_token"), client.app_id)
    if grant is None:
        raise refused(9002313)
    if grant.since is None:
        require_same_origin(request)
    else:
        require_cross_origin(request)
        if (azure.clock.now() - grant.since).total_seconds() >= SPA_LIFETIME:
            raise refused(700084, since=f"{grant.since:%Y-%m-%dT%H:%M:%S.%f}0Z")
    user = azure.directory.users[grant.user]
    return user_response(azure, request, Grant(user, client, grant.scope, since=grant.since, renews=True))


def _audience(azure: "Azure", request: TokenRequest) -> str:
    """The audience of the token asked for: by `scope` on the second endpoint, by `resource` on the first."""
    if request.v2 and "resource" in request.form:
        raise refused(901002)
    resource = _scope_resource(request) if request.v2 else request.need("resource")
    audience = audience_for(resource, azure.directory)
    if audience is None:
        raise refused(500011, resource=resource, tenant=azure.directory.tenant)
    return audience


def _scope_resource(request: TokenRequest) -> str:
    scope = request.need("scope")
    wanted = [each for each in scope.split() if each.lower() not in _OPENID_SCOPES]
    if len(wanted) != 1:
        raise refused(70011, scope=scope)
    if not wanted[0].endswith("/.default"):
        raise refused(1002012, scope=scope)
    return wanted[0].removesuffix("/.default")


def _require_assigned(azure: "Azure", principal: ServicePrincipal, audience: str) -> None:
    """Raises AADSTS501051 where the application is for assigned callers alone and this is none."""
    resource = registered(azure.directory, audience)
    if resource is None or not resource.registration.assignment_required:
        return
    if not azure.directory.is_assigned(principal.id, resource):
        raise refused(
            501051,
            client=principal.app_id,
            name=principal.display_name,
            resource=resource.app_id,
            resource_name=resource.display_name,
        )
