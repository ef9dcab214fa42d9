"""Azure Resource Manager's front door.

In Azure's order: token → api-version → subscription → throttling → authorization → resource group → provider. A
provider registers its routes with the facts the door needs:

    @routes.put("/subscriptions/{subscription}/resourceGroups/{group}/providers/Microsoft.X/things/{name}",
                type="Microsoft.X/things", action="Microsoft.X/things/write")
    async def put_thing(azure: Azure, request: ArmRequest) -> Reply: ...

`type` selects the api-versions, `action` is what the caller must be allowed to do on `request.scope` and, for anything
but a read, the operation name of the event that is emitted when the call succeeds (not with `silent=True`). `scope` is a
template over the parts, given where it is not the path itself: lists and trailing verbs (`…/listKeys`) name their parent.
"""

import uuid
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import TYPE_CHECKING

from simulator.resource_manager import casing, versions
from simulator.resource_manager.throttle import Throttle
from simulator.routing import Route, Routes
from simulator.sign_in.tokens import Identity, TokenRefused
from simulator.wire import Call, Json, Reply, WireFault

if TYPE_CHECKING:
    from simulator.azure import Azure

HOST = "management.azure.com"
AUDIENCES = (
    "https://management.azure.com",
    "https://management.core.windows.net",
    "https://management.azure.com/.default",
    "797f4846-ba00-4fd7-ba43-dac1f8f63013",
)


@dataclass(frozen=True, slots=True)
class ArmRequest:
    """A call that has passed the door: who makes it, on what (`scope`, as sent), with which parts of the path."""

    call: Call
    parts: Mapping[str, str]
    identity: Identity
    api_version: str
    scope: str
    now: datetime

    def __getitem__(self, part: str) -> str:
        return self.parts[part]

    def json(self) -> Json:
        return self.call.json()


class Front:
    """The service of management.azure.com."""

    def __init__(self, azure: "Azure", routes: list[Routes]) -> None:
        self.azure = azure
        self.routes = Routes([route for each in routes for route in each.table])
        self.throttle = Throttle(azure)

    def serves(self, host: str) -> bool:
        return host == HOST

    def caller(self, call: Call) -> str | None:
        try:
            return self._identity(call).object_id
        except WireFault:
            return None

    async def answer(self, call: Call) -> Reply:
        try:
            reply = await self._through(call)
        except WireFault as fault:
            reply = self.render(fault, call)
        return self._dressed(call, reply)

    def render(self, fault: WireFault, call: Call) -> Reply:  # noqa: ARG002  # the envelope is the same for every call
        body: Json = {"error": {"code": fault.code, "message": fault.message, **fault.extra}}
        return Reply(fault.status, body, dict(fault.headers))

    async def _through(self, call: Call) -> Reply:
        identity = self._identity(call)
        route, parts = self._route(call)
        api_version = versions.checked(call, route.facts["type"])
        scope = _scope(call.path, route, parts)
        self._known_subscription(call, parts)
        throttled = self.throttle.take(call, identity, parts.get("subscription") or _subscription_in(call.path))
        request = ArmRequest(call, parts, identity, api_version, scope, self.azure.clock.now())
        if action := route.facts.get("action"):
            self.azure.authorization.require(identity, action, scope, call)
        self._known_group(parts)
        reply: Reply = await route.handler(self.azure, request)
        reply.headers.update(throttled)
        if call.method != "GET" and reply.status < 300 and action and not route.facts.get("silent"):
            self.azure.events.resource_event(request, action, succeeded=True)
        return reply

    def _identity(self, call: Call) -> Identity:
        try:
            return self.azure.tokens.identity(call.headers.get("Authorization"), AUDIENCES)
        except TokenRefused as refused:
            raise _unauthenticated(refused, self.azure.directory.tenant) from refused

    def _route(self, call: Call) -> tuple[Route, dict[str, str]]:
        found = self.routes.find(call)
        if found:
            return found
        if methods := self.routes.methods(call.path):
            raise WireFault(
                405,
                "MethodNotAllowed",
                f"The http method '{call.method}' is not supported for a resource at this path.",
                headers={"Allow": ", ".join(methods)},
            )
        raise WireFault(501, "NotImplemented", f"The simulator does not implement {call.method} {call.path}.")

    def _known_subscription(self, call: Call, parts: Mapping[str, str]) -> None:
        subscription = parts.get("subscription") or _subscription_in(call.path)
        if subscription:
            self.azure.resources.require_subscription(subscription)

    def _known_group(self, parts: Mapping[str, str]) -> None:
        if "group" in parts and "subscription" in parts:
            self.azure.resources.require_group(parts["subscription"], parts["group"])

    def _dressed(self, call: Call, reply: Reply) -> Reply:
        correlation = call.headers.get("x-ms-correlation-request-id", str(uuid.uuid4()))
        now = self.azure.clock.now()
        reply.headers.setdefault("x-ms-request-id", str(uuid.uuid4()))
        reply.headers.setdefault("x-ms-correlation-request-id", correlation)
        reply.headers.setdefault("x-ms-routing-request-id", f"WESTEUROPE:{now:%Y%m%dT%H%M%SZ}:{correlation}")
        reply.headers.setdefault("Cache-Control", "no-cache")
        reply.headers.setdefault("Pragma", "no-cache")
        reply.headers.setdefault("Expires", "-1")
        reply.headers.setdefault("Strict-Transport-Security", "max-age=31536000; includeSubDomains")
        reply.headers.setdefault("X-Content-Type-Options", "nosniff")
        if call.headers.get("x-ms-return-client-request-id", "").lower() == "true" and (
            sent := call.headers.get("x-ms-client-request-id")
        ):
            reply.headers.setdefault("x-ms-client-request-id", sent)
        if self.azure.knobs.casing == "vary" and reply.status < 300 and reply.body is not None:
            reply.body = casing.varied(reply.body)
        return reply


def _scope(path: str, route: Route, parts: Mapping[str, str]) -> str:
    """What the action is checked on: the route's `scope` template, or else the path itself."""
    template = route.facts.get("scope")
    text = template.format(**parts) if template else path
    return "/" + text.strip("/")


def _subscription_in(path: str) -> str | None:
    pieces = path.strip("/").split("/")
    return pieces[1] if len(pieces) > 1 and pieces[0].lower() == "subscriptions" else None


def _unauthenticated(refused: TokenRefused, tenant: str) -> WireFault:
    code, message = {
        "missing": ("AuthenticationFailed", "Authentication failed. The 'Authorization' header is missing."),
        "expired": ("ExpiredAuthenticationToken", f"The access token expiry UTC time '{refused.detail}' is earlier than current UTC time."),
        "audience": ("InvalidAuthenticationTokenAudience", f"The access token has been obtained for wrong audience or resource '{refused.detail}'. It should exactly match with one of the allowed audiences '{','.join(AUDIENCES[:2])}/'."),
        "issuer": ("InvalidAuthenticationTokenTenant", f"The access token is from the wrong issuer '{refused.detail}'. It must match the tenant 'https://sts.windows.net/{tenant}/' associated with this subscription."),
        "signature": ("InvalidAuthenticationToken", "The access token is invalid."),
        "malformed": ("InvalidAuthenticationToken", "The access token is invalid."),
    }[refused.reason]  # fmt: skip
    challenge = (
        f'Bearer authorization_uri="https://login.microsoftonline.com/{tenant}", '
        f'error="invalid_token", error_description="{message}"'
    )
    return WireFault(401, code, message, headers={"WWW-Authenticate": challenge})
