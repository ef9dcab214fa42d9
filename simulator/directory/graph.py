"""graph.microsoft.com, version 1.0: tokens, application permissions, throttling, then the routes.

A route says who may call it: `needs` names application permissions of which one must be in the token. A user's token is
not asked for scopes: a member of a tenant may read the directory and, holding no directory role, may change nothing.
"""

import re
import uuid
from typing import TYPE_CHECKING

from simulator.checks import note
from simulator.directory import (
    graph_app_roles,
    graph_deleted,
    graph_delta,
    graph_groups,
    graph_objects_routes,
    graph_people,
    graph_subscriptions,
)
from simulator.directory.graph_errors import bad_query, denied, envelope, not_implemented, unauthenticated
from simulator.directory.graph_query import check_options
from simulator.directory.graph_request import GraphRequest
from simulator.directory.graph_throttle import Throttle
from simulator.directory.state import GRAPH_APP_ID
from simulator.routing import Route, Routes
from simulator.sign_in.tokens import Identity, TokenRefused
from simulator.wire import Call, Reply, WireFault

if TYPE_CHECKING:
    from simulator.azure import Azure

HOST = "graph.microsoft.com"
# change tracking first, whose name would do for an id
_MODULES = (
    graph_delta,
    graph_groups,
    graph_deleted,
    graph_people,
    graph_objects_routes,
    graph_app_roles,
    graph_subscriptions,
)
AUDIENCES = ("https://graph.microsoft.com", GRAPH_APP_ID)
_CONTENT_TYPE = "application/json;odata.metadata=minimal;odata.streaming=true;IEEE754Compatible=false;charset=utf-8"
_VERSION = re.compile(r"/+([^/]+)")


class Graph:
    """The service of graph.microsoft.com."""

    def __init__(self, azure: "Azure") -> None:
        self.azure = azure
        self.routes = Routes([route for each in _MODULES for route in each.ROUTES.table])
        self.throttle = Throttle(azure)

    def serves(self, host: str) -> bool:
        return host == HOST

    def caller(self, call: Call) -> str | None:
        try:
            return self._identity(call).object_id
        except WireFault:
            return None

    async def answer(self, call: Call) -> Reply:
        request_id = str(uuid.uuid4())
        try:
            reply = await self._through(call)
        except WireFault as fault:
            reply = self._rendered(fault, call, request_id)
        return self._dressed(reply, call, request_id)

    def render(self, fault: WireFault, call: Call) -> Reply:
        return self._rendered(fault, call, str(uuid.uuid4()))

    def _rendered(self, fault: WireFault, call: Call, request_id: str) -> Reply:
        body = envelope(fault, call.headers, self.azure.clock.now(), request_id)
        return Reply(fault.status, body, {"Content-Type": "application/json", **fault.headers})

    async def _through(self, call: Call) -> Reply:
        _check_version(call)
        identity = self._identity(call)
        found = self.routes.find(call)
        if found is None:
            raise not_implemented(f"{call.method} {call.path}")
        route, parts = found
        headers = self.throttle.take(call, identity, route.facts)
        check_options(call, route.facts.get("options"))
        _permit(route, identity)
        request = GraphRequest(call, parts, identity, self.azure.clock.now())
        self.azure.directory.groups.purge_old(request.now)
        reply = await route.handler(self.azure, request)
        reply.headers.update(headers)
        return reply

    def _identity(self, call: Call) -> Identity:
        try:
            return self.azure.tokens.identity(call.headers.get("Authorization"), AUDIENCES)
        except TokenRefused as refused:
            raise unauthenticated(refused) from refused

    def _dressed(self, reply: Reply, call: Call, request_id: str) -> Reply:
        reply.headers.setdefault("request-id", request_id)
        reply.headers.setdefault("client-request-id", call.headers.get("client-request-id") or request_id)
        reply.headers.setdefault("Cache-Control", "no-cache")
        reply.headers.setdefault("Strict-Transport-Security", "max-age=31536000")
        reply.headers.setdefault(
            "x-ms-ags-diagnostic",
            '{"ServerInfo":{"DataCenter":"West Europe","Slice":"E","Ring":"5","ScaleUnit":"001","RoleInstance":"LOCAL"}}',
        )
        if reply.status < 300 and reply.body is not None:
            reply.headers.setdefault("OData-Version", "4.0")
            reply.headers.setdefault("Content-Type", _CONTENT_TYPE)
        return reply


def _check_version(call: Call) -> None:
    match = _VERSION.match(call.path)
    version = match[1].lower() if match else ""
    if version == "beta":
        raise not_implemented(f"version beta of {call.method} {call.path}")
    if version != "v1.0":
        raise WireFault(400, "BadRequest", f"Invalid version: {version}")


def _permit(route: Route, identity: Identity) -> None:
    if identity.is_user:
        if route.facts.get("writes"):
            raise denied()
        return
    if route.facts.get("delegated"):
        raise bad_query("/me request is only valid with delegated authentication flow.")
    needs = route.facts["needs"]
    allowed = bool(identity.roles & needs)
    note(identity.object_id, "graph", sorted(needs), allowed=allowed)
    if not allowed:
        raise denied()
