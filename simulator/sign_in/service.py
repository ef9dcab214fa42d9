"""The service of login.microsoftonline.com and its older names.

`{tenant}` in a path is the tenant's id, one of its domains, or `common`, `organizations` where Entra ID takes them.
Device code and user info are no part of it. A route says with `page` that its faults are shown to a person, and with
`cors` whose pages may read its answers: `all`, or `own`, those of the application that calls.
"""

import re
import uuid
from typing import TYPE_CHECKING

from simulator.routing import Route, Routes
from simulator.sign_in import authorize, grants, interaction, openid, origins, pages
from simulator.sign_in.clients import SHARED_TENANTS
from simulator.sign_in.errors import envelope, refused
from simulator.sign_in.token_request import token_request
from simulator.wire import Call, Json, Reply, WireFault

if TYPE_CHECKING:
    from simulator.azure import Azure

DOMAINS = frozenset({"contoso.onmicrosoft.com", "contoso.example"})
_DOMAIN_FORM = re.compile(r"[A-Za-z0-9-]+(\.[A-Za-z0-9-]+)+")
ROUTES = Routes()


class SignIn:
    """Answers for every login host of the public cloud."""

    def __init__(self, azure: "Azure") -> None:
        self.azure = azure

    def serves(self, host: str) -> bool:
        return host in openid.LOGIN_HOSTS

    def caller(self, call: Call) -> str | None:  # noqa: ARG002  # nobody is signed in yet
        return None

    async def answer(self, call: Call) -> Reply:
        found = ROUTES.find(call)
        try:
            reply = await self._through(call, found)
        except WireFault as fault:
            reply = self._shown(fault, call) if found and "page" in found[0].facts else self.render(fault, call)
        self._share(call, reply, found[0].facts.get("cors") if found else None)
        reply.headers.setdefault("x-ms-request-id", str(uuid.uuid4()))
        reply.headers.setdefault("Cache-Control", "no-store, no-cache")
        reply.headers.setdefault("Strict-Transport-Security", "max-age=31536000; includeSubDomains")
        if sent := call.headers.get("client-request-id"):
            reply.headers.setdefault("client-request-id", sent)
        return reply

    def render(self, fault: WireFault, call: Call) -> Reply:
        return Reply(fault.status, envelope(fault, call.headers, self.azure.clock.now()), dict(fault.headers))

    def _shown(self, fault: WireFault, call: Call) -> Reply:
        return pages.failed(envelope(fault, call.headers, self.azure.clock.now()), fault.status)

    def _share(self, call: Call, reply: Reply, pages_of: str | None) -> None:
        if pages_of == "all":
            origins.open_to_all(reply)
        if pages_of == "own":
            origins.open_to_its_pages(self.azure, call, reply)

    async def _through(self, call: Call, found: tuple[Route, dict[str, str]] | None) -> Reply:
        if found is None:
            raise WireFault(501, "not_implemented", f"The simulator does not implement {call.method} {call.path}.")
        route, parts = found
        if "tenant" in parts:
            require_tenant(self.azure, parts["tenant"])
        return await route.handler(self.azure, call, **parts)


def require_tenant(azure: "Azure", sent: str) -> str:
    """The id of the tenant a path names, or its shared name; raises AADSTS90002 and AADSTS900023."""
    name = sent.lower()
    if name in SHARED_TENANTS:
        return name
    if name == azure.directory.tenant or name in DOMAINS:
        return azure.directory.tenant
    if _is_guid(name) or _DOMAIN_FORM.fullmatch(name):
        raise refused(90002, tenant=sent)
    raise refused(900023, tenant=sent)


@ROUTES.get("/common/discovery/instance", cors="all")
async def instance(azure: "Azure", call: Call) -> Reply:
    """Instance discovery: which names one cloud has."""
    endpoint = call.query.get("authorization_endpoint")
    if not endpoint:
        raise refused(900144, parameter="authorization_endpoint")
    match = re.match(r"https://([^/]+)/([^/]+)/", endpoint)
    if match is None or match[1].lower() not in openid.LOGIN_HOSTS:
        raise refused(50049)
    require_tenant(azure, match[2])
    return Reply(body=openid.instances(match[2]))


@ROUTES.get("/common/userrealm/{user}")
async def user_realm(azure: "Azure", call: Call, user: str) -> Reply:  # noqa: ARG001  # one shape for handlers
    """How a user signs in; asked before a password grant."""
    return Reply(body=openid.realm(user))


@ROUTES.get("/{tenant}/v2.0/.well-known/openid-configuration", cors="all")
async def configuration_v2(azure: "Azure", call: Call, tenant: str) -> Reply:  # noqa: ARG001  # one shape for handlers
    return _configuration(azure, tenant, "v2.0")


@ROUTES.get("/{tenant}/.well-known/openid-configuration", cors="all")
async def configuration(azure: "Azure", call: Call, tenant: str) -> Reply:  # noqa: ARG001  # one shape for handlers
    return _configuration(azure, tenant, "")


@ROUTES.get("/{tenant}/discovery/v2.0/keys", cors="all")
@ROUTES.get("/{tenant}/discovery/keys", cors="all")
async def keys(azure: "Azure", call: Call, tenant: str) -> Reply:  # noqa: ARG001  # one shape for handlers
    """The public keys that tokens are checked with."""
    jwk: Json = azure.tokens.key.jwk()
    return Reply(body={"keys": [{**jwk, "issuer": f"{openid.LOGIN}/{azure.directory.tenant}/v2.0"}]})


@ROUTES.add("OPTIONS", "/{tenant}/oauth2/v2.0/token")
async def token_preflight(azure: "Azure", call: Call, tenant: str) -> Reply:  # noqa: ARG001  # one shape for handlers
    return origins.preflight(call, "POST, OPTIONS")


@ROUTES.get("/{tenant}/oauth2/v2.0/authorize", page=True)
@ROUTES.post("/{tenant}/oauth2/v2.0/authorize", page=True)
async def authorize_v2(azure: "Azure", call: Call, tenant: str) -> Reply:
    return authorize.authorize(azure, call, tenant.lower())


@ROUTES.post("/{tenant}/login", page=True)
async def login(azure: "Azure", call: Call, tenant: str) -> Reply:  # noqa: ARG001  # one shape for handlers
    return interaction.login(azure, call)


@ROUTES.post("/{tenant}/consent", page=True)
async def consent(azure: "Azure", call: Call, tenant: str) -> Reply:  # noqa: ARG001  # one shape for handlers
    return interaction.agree(azure, call)


@ROUTES.get("/{tenant}/oauth2/v2.0/logout", page=True)
@ROUTES.post("/{tenant}/oauth2/v2.0/logout", page=True)
async def logout(azure: "Azure", call: Call, tenant: str) -> Reply:  # noqa: ARG001  # one shape for handlers
    return authorize.logout(azure, call)


@ROUTES.post("/{tenant}/oauth2/v2.0/token", cors="own")
async def token_v2(azure: "Azure", call: Call, tenant: str) -> Reply:
    return Reply(body=grants.answer(azure, token_request(call, tenant, v2=True)))


@ROUTES.post("/{tenant}/oauth2/token")
async def token(azure: "Azure", call: Call, tenant: str) -> Reply:
    return Reply(body=grants.answer(azure, token_request(call, tenant, v2=False)))


def _configuration(azure: "Azure", tenant: str, version: str) -> Reply:
    known = require_tenant(azure, tenant)
    issuer = "{tenantid}" if known in SHARED_TENANTS else known
    named = tenant.lower() if known in SHARED_TENANTS else known
    return Reply(body=openid.configuration(named, issuer_tenant=issuer, version=version))


def _is_guid(text: str) -> bool:
    try:
        uuid.UUID(text)
    except ValueError:
        return False
    return True
