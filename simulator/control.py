"""The simulator's own interface, on a plain loopback port: `/_sim/…` and the managed identity endpoint.

Every other path is the sign-in's, for browsers that know neither the proxy nor the authority.

| call | does |
| --- | --- |
| `POST /_sim/reset` | rebuilds the seeded tenant |
| `GET`, `PATCH /_sim/knobs` | reads, turns times and habits |
| `GET /_sim/clock`, `POST /_sim/clock {"advance": seconds}` | reads the simulated time, moves it ahead |
| `GET`, `POST`, `DELETE /_sim/faults` | lists, adds (an object or a list), clears counted faults |
| `GET`, `DELETE /_sim/traffic` | the exchanges in memory (`?host=&method=&path=` filter), forgets them |
| `GET /_sim/secrets` | every key, token, secret and client state so far, for tests that search for leaks |
| `GET /_sim/events` | events emitted, deliveries tried, dead letters, outcomes received on custom topics |
| `POST /_sim/events {"events": […]}` | delivers events as they are: duplicate, late, forged; to one `subscription` if named |
| `POST /_sim/groups {"displayName", "members"}` | adds a group at once; members are ids, or how many people to make up |
| `POST /_sim/grants {"scope", "principal", "role"}` | assigns a role at any scope, above subscriptions too; `condition` optional |
| `POST /_sim/roles {"without": […]}` | gives the app what infra/roles.json gives it, but for these roles, actions, Graph permissions |
| `POST /_sim/denials {"scope", "name", "dataActions"}` | makes a deny assignment; `actions`, `principals` (else all), `excluded`, `sparesChildren` optional |
| `GET`, `PATCH /_sim/storage {"down": ["queue"]}` | the storage requests seen, makes blob, queue or table unreachable |
| `GET`, `PATCH /_sim/app {"down": true}` | how often the app was started; ends it and keeps it down, starts it again |
| `GET /_sim/connections` | every connection with the credentials it holds now, which no call to Azure shows |
| `GET /_sim/telemetry` | what Application Insights was sent |
| `GET /_sim/logs?workspace=` | the rows of a workspace (resource id or customer id) that queries find by now |
| `GET /_sim/state` | the seeded names and ids |
| `POST /_sim/tokens {"principal", "audience"}` | a signed token for any principal; `lifetime` in seconds, `client` and `claims` (what they are to say instead) optional |
"""

import json
import re
from collections.abc import Awaitable, Callable
from datetime import timedelta
from typing import Any, Protocol

from aiohttp import web

from simulator.authorization import by_hand
from simulator.azure import Azure
from simulator.company import roles
from simulator.directory.state import ServicePrincipal
from simulator.server import call_of, response_of
from simulator.sign_in import managed_identity
from simulator.sign_in.app_tokens import Client, access_token, registered
from simulator.sign_in.clients import AZURE_CLI
from simulator.sign_in.service import SignIn
from simulator.storage_gate import StorageGate
from simulator.wire import Json

type Handler = Callable[[web.Request], Awaitable[web.Response]]


class HostedApp(Protocol):
    """The app in its host, as far as it is steered from here."""

    host_starts: int
    app_down: bool


class Control:
    """Handlers over one Azure. `seed` fills a tenant that was just reset; `state` describes it."""

    def __init__(self, azure: Azure, seed: Callable[[Azure], Json]) -> None:
        self.azure = azure
        self.seed = seed
        self.state = seed(azure)
        self.gate: StorageGate | None = None
        self.app: HostedApp | None = None

    def application(self) -> web.Application:
        app = web.Application(client_max_size=64 * 1024 * 1024, middlewares=[_tells_what_was_wrong])
        app.add_routes(
            [
                web.get("/msi/token", self.identity_token),
                web.post("/_sim/reset", self.reset),
                web.get("/_sim/knobs", self.knobs),
                web.patch("/_sim/knobs", self.knobs),
                web.get("/_sim/clock", self.clock),
                web.post("/_sim/clock", self.clock),
                web.get("/_sim/faults", self.faults),
                web.post("/_sim/faults", self.faults),
                web.delete("/_sim/faults", self.faults),
                web.get("/_sim/traffic", self.traffic),
                web.delete("/_sim/traffic", self.traffic),
                web.get("/_sim/secrets", self.secrets),
                web.get("/_sim/events", self.events),
                web.post("/_sim/events", self.events),
                web.post("/_sim/groups", self.groups),
                web.post("/_sim/grants", self.grants),
                web.post("/_sim/roles", self.roles),
                web.post("/_sim/denials", self.denials),
                web.get("/_sim/storage", self.storage),
                web.patch("/_sim/storage", self.storage),
                web.get("/_sim/app", self.hosted_app),
                web.patch("/_sim/app", self.hosted_app),
                web.get("/_sim/connections", self.connections),
                web.get("/_sim/telemetry", self.telemetry),
                web.get("/_sim/logs", self.logs),
                web.get("/_sim/state", self.described),
                web.post("/_sim/tokens", self.tokens),
                web.route("*", "/{tail:(?s:.*)}", self.sign_in),
            ]
        )
        return app

    async def identity_token(self, request: web.Request) -> web.Response:
        return managed_identity.answer(self.azure, request)

    async def sign_in(self, request: web.Request) -> web.Response:
        if request.path.startswith(("/_sim/", "/msi/")):
            return web.json_response({"error": f"there is no {request.method} {request.path}"}, status=404)
        return response_of(await SignIn(self.azure).answer(await call_of(request, "http")))

    async def reset(self, _: web.Request) -> web.Response:
        self.azure.reset()
        self.state = self.seed(self.azure)
        return web.json_response(self.state)

    async def knobs(self, request: web.Request) -> web.Response:
        if request.method == "PATCH":
            try:
                self.azure.knobs = self.azure.knobs.turned(await request.json())
            except ValueError as error:
                return _refused(error)
        return web.json_response(self.azure.knobs.as_dict())

    async def clock(self, request: web.Request) -> web.Response:
        if request.method == "POST":
            self.azure.clock.advance(float((await request.json())["advance"]))
        return web.json_response({"now": self.azure.clock.now().isoformat()})

    async def faults(self, request: web.Request) -> web.Response:
        if request.method == "DELETE":
            self.azure.faults.rules.clear()
        if request.method == "POST":
            asked = await request.json()
            try:
                for rule in asked if isinstance(asked, list) else [asked]:
                    self.azure.faults.add(rule)
            except (ValueError, re.error) as error:
                return _refused(error)
        return web.json_response(self.azure.faults.as_list())

    async def traffic(self, request: web.Request) -> web.Response:
        if request.method == "DELETE":
            self.azure.traffic.clear()
        wanted = request.query
        return web.json_response(
            [
                each.summary()
                for each in self.azure.traffic.exchanges
                if wanted.get("host", each.call.host) == each.call.host
                and wanted.get("method", each.call.method) == each.call.method
                and re.search(wanted.get("path", ""), each.call.path, re.IGNORECASE)
            ]
        )

    async def secrets(self, _: web.Request) -> web.Response:
        directory = self.azure.directory
        return web.json_response(
            {
                "keys": list(
                    dict.fromkeys([*self.azure.cognitive.every_key(), *self.azure.connections.every_secret()])
                ),
                "vaults": self.azure.vaults.every_value(),
                "clientStates": self.azure.events.graph.client_states,
                "tokens": self.azure.tokens.issued,
                "secrets": [each.secret for each in directory.service_principals.values() if each.secret]
                + [each.identity_header for each in directory.service_principals.values() if each.identity_header],
            }
        )

    async def events(self, request: web.Request) -> web.Response:
        if request.method == "POST":
            asked = await request.json()
            count = sum(self.azure.events.redeliver(each, asked.get("subscription")) for each in asked["events"])
            return web.json_response({"deliveries": count})
        return web.json_response(self.azure.events.described())

    async def groups(self, request: web.Request) -> web.Response:
        asked = await request.json()
        sent, now = asked.get("members", []), self.azure.clock.now()
        members = range(sent) if isinstance(sent, int) else sent
        made = self.azure.directory.add_group(str(asked["displayName"]), now, members=members)
        return web.json_response({"id": made.id})

    async def grants(self, request: web.Request) -> web.Response:
        return web.json_response({"id": by_hand.grant(self.azure, await request.json())})

    async def roles(self, request: web.Request) -> web.Response:
        try:
            roles.give(self.azure, (await request.json())["without"])
        except ValueError as error:
            return _refused(error)
        return web.json_response({})

    async def denials(self, request: web.Request) -> web.Response:
        return web.json_response({"id": by_hand.deny(self.azure, await request.json())})

    async def storage(self, request: web.Request) -> web.Response:
        if self.gate is None:
            return _refused(ValueError("this simulator runs without storage"))
        if request.method == "PATCH":
            try:
                self.gate.down = frozenset((await request.json())["down"])
            except ValueError as error:
                return _refused(error)
        requests = [{"service": each.service, "method": each.method, "path": each.path} for each in self.gate.requests]
        return web.json_response({"down": sorted(self.gate.down), "requests": requests})

    async def hosted_app(self, request: web.Request) -> web.Response:
        if self.app is None:
            return _refused(ValueError("this simulator hosts no app"))
        if request.method == "PATCH":
            self.app.app_down = bool((await request.json())["down"])
        return web.json_response({"down": self.app.app_down, "starts": self.app.host_starts})

    async def connections(self, _: web.Request) -> web.Response:
        return web.json_response(
            [
                {
                    "id": each.id,
                    "authType": each.auth_type,
                    "category": each.category,
                    "target": each.properties.get("target"),
                    "metadata": each.properties.get("metadata", {}),
                    "credentials": each.credentials,
                }
                for each in self.azure.connections.all()
            ]
        )

    async def telemetry(self, _: web.Request) -> web.Response:
        return web.json_response(self.azure.telemetry.envelopes)

    async def logs(self, request: web.Request) -> web.Response:
        workspace = request.query.get("workspace", "")
        if self.azure.monitor.find(workspace) is None:
            return _refused(ValueError(f"there is no workspace '{workspace}'"))
        rows = self.azure.monitor.rows(workspace)
        return web.json_response([{**each, "TimeGenerated": each["TimeGenerated"].isoformat()} for each in rows])

    async def described(self, _: web.Request) -> web.Response:
        return web.json_response(self.state)

    async def tokens(self, request: web.Request) -> web.Response:
        asked = await request.json()
        directory = self.azure.directory
        key = str(asked["principal"]).lower()
        principal = directory.service_principals.get(key) or directory.users.get(key)
        if principal is None:
            return _refused(ValueError(f"no user or service principal has the object id '{key}'"))
        audience, lifetime = str(asked["audience"]), timedelta(seconds=float(asked.get("lifetime", 4500)))
        claims: Json = dict(asked.get("claims", {}))
        if registered(directory, audience):
            client = None if isinstance(principal, ServicePrincipal) else Client(str(asked.get("client", AZURE_CLI)))
            token = access_token(self.azure, principal, audience, client=client, lifetime=lifetime, **claims)
        else:
            roles: Json = {"roles": sorted(principal.graph_roles)} if isinstance(principal, ServicePrincipal) else {}
            token = self.azure.tokens.issue(principal, audience, lifetime=lifetime, **{**roles, **claims})
        return web.json_response({"access_token": token})


@web.middleware
async def _tells_what_was_wrong(request: web.Request, handler: Callable[..., Awaitable[Any]]) -> web.StreamResponse:
    """A body that is no JSON, or lacks what it must have, is answered 400."""
    try:
        answer: web.StreamResponse = await handler(request)
        return answer
    except json.JSONDecodeError as error:
        return _refused(error)
    except KeyError as error:
        if request.method not in {"POST", "PATCH"}:
            raise
        return _refused(ValueError(f"{error} is missing"))


def _refused(error: Exception) -> web.Response:
    return web.json_response({"error": str(error)}, status=400)
