"""{vault}.vault.azure.net: the secrets of every vault, with Entra ID tokens only.

In the vault's order: token → path → api-version → throttling → network → name → role → body. The first call of a client
comes without a token, and without its body, to be told by the 401 where to get one. A vault that does not exist, or is
not registered yet, has no address: the connection breaks off.
"""

import re
import uuid
from typing import TYPE_CHECKING

from simulator.key_vault import content, errors
from simulator.key_vault.operations import ROUTES, VaultRequest
from simulator.key_vault.throttle import Throttle
from simulator.key_vault.vault import DOMAIN, Vault
from simulator.routing import Route
from simulator.sign_in.tokens import Identity, TokenRefused
from simulator.wire import Call, Json, NoSuchHost, Reply, WireFault

if TYPE_CHECKING:
    from simulator.azure import Azure

_AUDIENCES = (errors.AUDIENCE, "cfa8b339-82a2-471a-a3c9-0fc0be7a4093")
_HOST = re.compile(r"[a-z0-9-]{3,24}" + re.escape(DOMAIN))
_VERSIONS = ("2016-10-01", "7.0", "7.1", "7.2", "7.3", "7.4", "7.5", "7.6", "2025-07-01", "2026-04-01")
# what a vault has and the simulator has not
_ELSEWHERE = re.compile(
    r"""/(deleted)?(keys|certificates|storage)(/.*)? | /secrets/restore | /secrets/[^/]+/backup | /rng | /settings(/.*)?
      | /(backup|restore|providers|securitydomain)(/.*)? | /keyvaultadmin(/.*)?""",
    re.VERBOSE | re.IGNORECASE,
)


class KeyVault:
    """The service of the hosts of all vaults."""

    def __init__(self, azure: "Azure") -> None:
        self.azure = azure
        self.throttle = Throttle(azure)

    def serves(self, host: str) -> bool:
        return _HOST.fullmatch(host) is not None

    def caller(self, call: Call) -> str | None:
        try:
            return self._identity(call).object_id
        except WireFault:
            return None

    async def answer(self, call: Call) -> Reply:
        vault = self.azure.vaults.find_by_host(call.host)
        if vault is None:
            raise NoSuchHost(call.host)
        try:
            reply = await self._through(call, vault)
        except WireFault as fault:
            reply = self.render(fault, call)
        reply.headers |= _headers(call, vault)
        return reply

    def render(self, fault: WireFault, call: Call) -> Reply:  # noqa: ARG002  # the envelope is the same for every call
        body: Json = {"error": {"code": fault.code, "message": fault.message, **fault.extra}}
        return Reply(fault.status, body, dict(fault.headers))

    async def _through(self, call: Call, vault: Vault) -> Reply:
        identity = self._identity(call)
        route, parts = _route(call)
        _check_version(call)
        self.throttle.take(vault.host, creates=bool(route.facts.get("creates")))
        _check_network(identity, vault)
        if "name" in parts:
            content.require_name(parts["name"])
        self._check_role(identity, vault, route, parts)
        reply: Reply = await route.handler(self.azure, VaultRequest(call, parts, vault))
        return reply

    def _identity(self, call: Call) -> Identity:
        try:
            return self.azure.tokens.identity(call.headers.get("Authorization"), _AUDIENCES)
        except TokenRefused as refused:
            raise errors.unauthorized(refused, self.azure.directory.tenant) from refused

    def _check_role(self, identity: Identity, vault: Vault, route: Route, parts: dict[str, str]) -> None:
        scope = f"{vault.id}/secrets/{parts['name']}" if "name" in parts else vault.id
        action = route.facts["action"]
        if not self.azure.authorization.allows_data(identity.object_id, action, scope):
            raise errors.forbidden_by_role(identity, action, scope, vault)


def _route(call: Call) -> tuple[Route, dict[str, str]]:
    if _ELSEWHERE.fullmatch(call.path):
        raise errors.not_implemented(call)
    found = ROUTES.find(call)
    if found:
        return found
    if methods := ROUTES.methods(call.path):
        raise WireFault(
            405,
            "MethodNotAllowed",
            f"The http method {call.method} is not allowed here.",
            headers={"Allow": ", ".join(methods)},
        )
    raise WireFault(404, "ResourceNotFound", f"There is nothing at {call.path}.")


def _check_version(call: Call) -> None:
    sent = call.query.get("api-version", "")
    if not sent:
        raise errors.bad_parameter("api-version must be specified")
    if sent not in _VERSIONS:
        raise errors.bad_parameter(f"Invalid api-version: {sent}. The supported versions are {', '.join(_VERSIONS)}")


def _check_network(identity: Identity, vault: Vault) -> None:
    if str(vault.properties.get("publicNetworkAccess", "")).lower() == "disabled":
        raise errors.forbidden_by_connection(identity, vault)
    if (vault.properties.get("networkAcls") or {}).get("defaultAction") == "Deny":
        raise errors.forbidden_by_firewall(identity, vault)


def _headers(call: Call, vault: Vault) -> dict[str, str]:
    headers = {
        "Cache-Control": "no-cache",
        "Pragma": "no-cache",
        "Expires": "-1",
        "x-ms-keyvault-region": vault.location,
        "x-ms-request-id": str(uuid.uuid4()),
        "x-ms-keyvault-service-version": "1.9.2276.1",
        "x-ms-keyvault-network-info": "conn_type=Ipv4;addr=127.0.0.1;act_addr_fam=InterNetwork;",
        "X-Content-Type-Options": "nosniff",
        "Strict-Transport-Security": "max-age=31536000;includeSubDomains",
    }
    if sent := call.headers.get("x-ms-client-request-id"):
        headers["x-ms-client-request-id"] = sent
    return headers
