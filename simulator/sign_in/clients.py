"""The applications that sign people in or ask for tokens: the tenant's own, and Microsoft's public clients."""

import hmac
from dataclasses import dataclass
from typing import TYPE_CHECKING

from simulator.directory.registrations import Registration
from simulator.directory.state import ServicePrincipal
from simulator.sign_in.app_tokens import Client
from simulator.sign_in.errors import refused
from simulator.sign_in.token_request import TokenRequest
from simulator.wire import WireFault

if TYPE_CHECKING:
    from simulator.azure import Azure

AZURE_CLI = "04b07795-8ddb-461a-bbee-02f9e1bf7b46"
# known in every tenant
PUBLIC_CLIENTS = {
    AZURE_CLI: "Microsoft Azure CLI",
    "1950a258-227b-4e31-a9cf-717495945fc2": "Microsoft Azure PowerShell",
}
SHARED_TENANTS = frozenset({"common", "organizations", "consumers"})
_MICROSOFTS = Registration(
    redirects={
        "http://localhost": "publicClient",
        "https://login.microsoftonline.com/common/oauth2/nativeclient": "publicClient",
    },
    public=True,
)


@dataclass(frozen=True, slots=True)
class ClientApp:
    """One client; `principal` is None for Microsoft's own."""

    app_id: str
    name: str
    registration: Registration
    principal: ServicePrincipal | None

    def proven(self, secret_sent: bool) -> Client:
        return Client(self.app_id, "1" if secret_sent else "0")


def client_app(azure: "Azure", app_id: str) -> ClientApp:
    """The client of this id; raises AADSTS700016."""
    key = app_id.lower()
    if key in PUBLIC_CLIENTS:
        return ClientApp(key, PUBLIC_CLIENTS[key], _MICROSOFTS, None)
    found = application(azure, app_id)
    return ClientApp(found.app_id, found.display_name, found.registration, found)


def application(azure: "Azure", app_id: str) -> ServicePrincipal:
    """The tenant's application of this id; raises AADSTS700016."""
    found = azure.directory.by_app_id(app_id)
    if found is None:
        raise refused(700016, app=app_id, tenant=azure.directory.tenant)
    return found


def require_own_tenant(tenant: str, client: ClientApp) -> None:
    """Raises AADSTS50194 where a single-tenant application is signed in to by a shared tenant name."""
    if tenant in SHARED_TENANTS and client.principal is not None:
        raise refused(50194, app=client.app_id)


def check_secret(request: TokenRequest, principal: ServicePrincipal) -> None:
    """Raises AADSTS7000218 or AADSTS7000215 where the application has not shown its secret."""
    if "client_assertion" in request.form:
        raise WireFault(501, "not_implemented", "The simulator does not implement client assertions.")
    sent = request.form.get("client_secret", "")
    if not sent:
        raise refused(7000218)
    if not principal.secret or not hmac.compare_digest(principal.secret.encode(), sent.encode()):
        raise refused(7000215, app=principal.app_id)


def known_client(azure: "Azure", request: TokenRequest) -> ClientApp:
    """The client of a call for a user's token; one that has a secret must send it, one that is public must not."""
    client = client_app(azure, request.need("client_id"))
    if client.principal and client.principal.secret:
        check_secret(request, client.principal)
    elif request.sends_secret:
        raise refused(700025)
    return client
