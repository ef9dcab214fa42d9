"""Azure Resource Manager's front door.

In Azure's order: api-version given → subscription → token → path and method → api-version known → content →
throttling → authorization → resource group → provider. A provider registers its routes with the facts the door needs:

    @routes.put("/subscriptions/{subscription}/resourceGroups/{group}/providers/Microsoft.X/things/{name}",
                type="Microsoft.X/things", action="Microsoft.X/things/write")
    async def put_thing(azure: Azure, request: ArmRequest) -> Reply: ...

`type` selects the api-versions, `action` is what the caller must be allowed to do on `request.scope` and, for anything
but a read, the operation name of the event that is emitted when the call succeeds (not with `silent=True`). `scope` is a
template over the parts, given where it is not the path itself: lists and trailing verbs (`…/listKeys`) name their parent.
"""

import re
import uuid
from collections.abc import Mapping
from dataclasses import dataclass, replace
from datetime import datetime
from typing import TYPE_CHECKING
from urllib.parse import urlsplit, urlunsplit

from simulator.authorization.evaluate import Verdict
from simulator.resource_manager import casing, unserved, versions
from simulator.resource_manager.locations import location_key
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
_AUDIENCES_NAMED = (
    "'https://management.core.windows.net/','https://management.core.windows.net','https://management.azure.com/',"
    "'https://management.azure.com'"
)
_MOST_CONTENT = 4 * 1024 * 1024
# faults of Resource Manager itself, whichever module here words them; the others are some provider's
_GATEWAYS_CODES = frozenset(
    {
        "AuthenticationFailed", "AuthorizationFailed", "DenyAssignmentAuthorizationFailed",
        "ExpiredAuthenticationToken", "InvalidApiVersionParameter", "InvalidAuthenticationToken",
        "InvalidAuthenticationTokenAudience", "InvalidAuthenticationTokenTenant", "InvalidResourceGroupLocation",
        "InvalidResourceGroupName", "InvalidResourceLocation", "InvalidResourceNamespace", "InvalidResourceType",
        "InvalidSubscriptionId", "LinkedAuthorizationFailed", "LocationNotAvailableForResourceGroup",
        "LocationNotAvailableForResourceType", "LocationRequired", "MissingApiVersionParameter",
        "NoRegisteredProviderFound", "ParentResourceNotFound", "RequestContentTooLarge", "ResourceGroupNotFound",
        "SubscriptionNotFound", "SubscriptionRequestsThrottled", "UnsupportedMediaType",
    }
)  # fmt: skip
_GATEWAYS_NOT_FOUND = "ARMResourceNotFoundFix"  # providers have the code ResourceNotFound, too


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
            reply = await self._through(_without_doubled_slashes(call))
        except WireFault as fault:
            reply = self.render(fault, call)
        if call.method == "HEAD":
            reply = Reply(204 if reply.status == 200 else reply.status, headers=reply.headers)
        return self._dressed(call, reply)

    def render(self, fault: WireFault, call: Call) -> Reply:  # noqa: ARG002  # the envelope is the same for every call
        body: Json = {"error": {"code": fault.code, "message": fault.message, **fault.extra}}
        cause = {"x-ms-failure-cause": "gateway"} if _is_the_gateways(fault) else {}
        return Reply(fault.status, body, cause | fault.headers)

    async def _through(self, call: Call) -> Reply:
        sent_version = versions.required(call)
        self._known_subscription(call)
        identity = self._identity(call)
        route, parts = self._route(call, sent_version)
        api_version = versions.checked(sent_version, route.facts["type"], lambda: self._location(call))
        _require_json(call)
        scope = _scope(call.path, route, parts)
        throttled = self.throttle.take(call, identity, parts.get("subscription") or _subscription_in(call.path))
        request = ArmRequest(call, parts, identity, api_version, scope, self.azure.clock.now())
        verdict = Verdict()
        if action := route.facts.get("action"):
            verdict = self.azure.authorization.require(identity, action, scope, call)
        self._known_group(parts)
        reply = await self._handled(route, request, throttled)
        if route.method not in {"GET", "HEAD"} and reply.status < 300 and action and not route.facts.get("silent"):
            evidence = self.azure.authorization.evidence(verdict)
            self.azure.events.resource_event(request, action, succeeded=True, evidence=evidence)
        return reply

    async def _handled(self, route: Route, request: ArmRequest, throttled: Mapping[str, str]) -> Reply:
        """The provider's answer, be it a fault, with the headers that say how many calls are left."""
        try:
            reply: Reply = await route.handler(self.azure, request)
        except WireFault as fault:
            fault.headers.update(throttled)
            raise
        reply.headers.update(throttled)
        return reply

    def _identity(self, call: Call) -> Identity:
        try:
            return self.azure.tokens.identity(call.headers.get("Authorization"), AUDIENCES)
        except TokenRefused as refused:
            raise _unauthenticated(refused, self.azure.directory.tenant) from refused

    def _route(self, call: Call, api_version: str) -> tuple[Route, dict[str, str]]:
        """The route of a call, for a HEAD that has none the one of the GET; raises Azure's faults where there is none."""
        found = self.routes.find(call)
        if found is None and call.method == "HEAD":
            found = self.routes.find(replace(call, method="GET"))
        if found is None:
            raise unserved.fault(call, self.routes.methods(call.path), api_version)
        return found

    def _location(self, call: Call) -> str:
        """Where the resource of this path is, or would be if the call made it."""
        found = self.azure.cognitive.get(call.path)
        if found:
            return location_key(found.location)
        wanted = call.json().get("location") if call.method == "PUT" and call.content else None
        return location_key(wanted) if isinstance(wanted, str) else "null"

    def _known_subscription(self, call: Call) -> None:
        if subscription := _subscription_in(call.path):
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


def _is_the_gateways(fault: WireFault) -> bool:
    return fault.code in _GATEWAYS_CODES or _GATEWAYS_NOT_FOUND in fault.message


def _require_json(call: Call) -> None:
    """Raises Azure's faults of content that is no JSON by its type, or too much."""
    if not call.content:
        return
    media_type = call.headers.get("Content-Type", "<null>").partition(";")[0].strip()
    if media_type.lower() not in {"application/json", "text/json"}:
        raise WireFault(
            415,
            "UnsupportedMediaType",
            f"The content media type '{media_type}' is not supported. Only 'application/json' is supported.",
        )
    if len(call.content) > _MOST_CONTENT:
        raise WireFault(
            413,
            "RequestContentTooLarge",
            f"The request content size '{len(call.content)}' exceeds the maximum size of '{_MOST_CONTENT}' bytes.",
        )


def _without_doubled_slashes(call: Call) -> Call:
    """Resource Manager takes `//` for `/`, which az sends in `az resource show --resource-type`."""
    if "//" not in call.path:
        return call
    parts = urlsplit(call.url)
    return replace(call, url=urlunsplit(parts._replace(path=re.sub("/{2,}", "/", parts.path))))


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
        "audience": ("InvalidAuthenticationTokenAudience", f"The access token has been obtained for wrong audience or resource '{refused.detail}'. It should exactly match with one of the allowed audiences {_AUDIENCES_NAMED}."),
        "issuer": ("InvalidAuthenticationTokenTenant", f"The access token is from the wrong issuer '{refused.detail}'. It must match the tenant 'https://sts.windows.net/{tenant}/' associated with this subscription."),
        "signature": ("InvalidAuthenticationToken", "The access token is invalid."),
        "malformed": ("InvalidAuthenticationToken", "The access token is invalid."),
    }[refused.reason]  # fmt: skip
    challenge = (
        f'Bearer authorization_uri="https://login.microsoftonline.com/{tenant}", '
        f'error="invalid_token", error_description="{message}"'
    )
    return WireFault(401, code, message, headers={"WWW-Authenticate": challenge})
