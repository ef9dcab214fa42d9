"""The grants of the token endpoint: client credentials, a user's password, and a refresh token.

Microsoft identity platform: "OAuth 2.0 client credentials flow", "OAuth 2.0 Resource Owner Password Credentials",
"Refresh tokens in the Microsoft identity platform".
"""

import hmac
from typing import TYPE_CHECKING, Any

from simulator.directory.state import ServicePrincipal, User
from simulator.sign_in.about_user import about_user
from simulator.sign_in.audiences import audience_for, is_graph
from simulator.sign_in.errors import refused
from simulator.sign_in.token_request import TokenRequest
from simulator.sign_in.tokens import LIFETIME
from simulator.wire import Json, WireFault

if TYPE_CHECKING:
    from simulator.azure import Azure

# az and Azure PowerShell: Microsoft's public clients, known in every tenant
PUBLIC_CLIENTS = frozenset({"04b07795-8ddb-461a-bbee-02f9e1bf7b46", "1950a258-227b-4e31-a9cf-717495945fc2"})
SHARED_TENANTS = frozenset({"common", "organizations", "consumers"})
_OPENID_SCOPES = frozenset({"openid", "profile", "offline_access", "email"})
_ELSEWHERE = frozenset(
    {
        "authorization_code",
        "device_code",
        "urn:ietf:params:oauth:grant-type:device_code",
        "urn:ietf:params:oauth:grant-type:jwt-bearer",
    }
)
_USER_GRAPH_SCOPES = "Directory.AccessAsUser.All Group.Read.All User.Read.All"


def answer(azure: "Azure", request: TokenRequest) -> Json:
    """The body of a token response; raises the AADSTS fault of whatever is wrong."""
    grant = request.need("grant_type")
    if grant == "client_credentials":
        return _client_credentials(azure, request)
    if grant == "password":
        return _password(azure, request)
    if grant == "refresh_token":
        return _refresh(azure, request)
    if grant in _ELSEWHERE:
        raise WireFault(501, "not_implemented", f"The simulator does not implement the grant type '{grant}'.")
    raise refused(70003, grant=grant)


def _client_credentials(azure: "Azure", request: TokenRequest) -> Json:
    app_id = request.need("client_id")
    if request.tenant in SHARED_TENANTS:
        raise refused(50194, app=app_id)
    principal = _application(azure, app_id)
    _check_secret(request, principal)
    audience = _audience(azure, request)
    more: dict[str, Any] = {}
    if is_graph(audience) and principal.graph_roles:
        more["roles"] = sorted(principal.graph_roles)
    return _response(azure, request, azure.tokens.issue(principal, audience, **more), audience)


def _password(azure: "Azure", request: TokenRequest) -> Json:
    if request.tenant in {"common", "consumers"}:
        raise refused(9001023)
    app_id = _client(azure, request)
    name = request.need("username")
    password = request.need("password")
    user = azure.directory.by_user_name(name)
    if user is None:
        raise refused(50034, user="{EmailHidden}", tenant=azure.directory.tenant)
    if not hmac.compare_digest(user.password.encode(), password.encode()):
        raise refused(50126)
    return _user_response(azure, request, user, app_id)


def _refresh(azure: "Azure", request: TokenRequest) -> Json:
    app_id = _client(azure, request)
    user = azure.tokens.refreshed(request.need("refresh_token"), app_id)
    if user is None:
        raise refused(9002313)
    return _user_response(azure, request, user, app_id)


def _client(azure: "Azure", request: TokenRequest) -> str:
    """The id of the application a user signs in to; one that has a secret must send it."""
    app_id = request.need("client_id")
    if app_id.lower() not in PUBLIC_CLIENTS and _application(azure, app_id).secret:
        _check_secret(request, _application(azure, app_id))
    return app_id


def _user_response(azure: "Azure", request: TokenRequest, user: User, app_id: str) -> Json:
    audience = _audience(azure, request)
    more: dict[str, Any] = {"scp": _USER_GRAPH_SCOPES} if is_graph(audience) else {}
    token = azure.tokens.issue(user, audience, client_app_id=app_id, ipaddr=request.address, **more)
    body = _response(azure, request, token, audience)
    permissions = more.get("scp", "user_impersonation").split() + ([".default"] if request.asks_for_default else [])
    body["scope"] = " ".join(f"{audience}/{each}" for each in permissions)
    return {**body, **about_user(azure, request, user, app_id)}


def _application(azure: "Azure", app_id: str) -> ServicePrincipal:
    found = azure.directory.by_app_id(app_id)
    if found is None:
        raise refused(700016, app=app_id, tenant=azure.directory.tenant)
    return found


def _check_secret(request: TokenRequest, principal: ServicePrincipal) -> None:
    if "client_assertion" in request.form:
        raise WireFault(501, "not_implemented", "The simulator does not implement client assertions.")
    sent = request.form.get("client_secret", "")
    if not sent:
        raise refused(7000218)
    if not principal.secret or not hmac.compare_digest(principal.secret.encode(), sent.encode()):
        raise refused(7000215, app=principal.app_id)


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
    if wanted[0].endswith("/.default"):
        return wanted[0].removesuffix("/.default")
    if request.form["grant_type"] == "client_credentials":
        raise refused(1002012, scope=scope)
    resource, _, permission = wanted[0].rpartition("/")
    if not resource or not permission:
        raise refused(70011, scope=scope)
    return resource


def _response(azure: "Azure", request: TokenRequest, token: str, audience: str) -> Json:
    lifetime = int(LIFETIME.total_seconds())
    if request.v2:
        return {"token_type": "Bearer", "expires_in": lifetime, "ext_expires_in": lifetime, "access_token": token}
    now = int(azure.clock.now().timestamp())
    return {
        "token_type": "Bearer",
        "expires_in": str(lifetime),
        "ext_expires_in": str(lifetime),
        "expires_on": str(now + lifetime),
        "not_before": str(now),
        "resource": audience,
        "access_token": token,
    }
