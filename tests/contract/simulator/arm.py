"""A tenant with one subscription and one resource group, and a caller of its Resource Manager that needs no network."""

import json
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from multidict import CIMultiDict, CIMultiDictProxy

from simulator.authorization import routes as authorization
from simulator.azure import Azure
from simulator.cognitive_services import routes as cognitive_services
from simulator.directory.state import ServicePrincipal, User
from simulator.machine_learning import routes as machine_learning
from simulator.resource_manager import routes as resource_manager
from simulator.resource_manager.front import Front
from simulator.server import Server
from simulator.traffic import WRONG_ON_PURPOSE
from simulator.wire import Call, Json
from tests.traffic import FOLDER

OWNER = "8e3af657-a8ff-443c-a75c-2fe8c4bcb635"
READER = "acdd72a7-3385-48ef-bd42-f606fba81ae7"
SUBSCRIPTION = "11111111-1111-4111-8111-111111111111"
GROUP = f"/subscriptions/{SUBSCRIPTION}/resourceGroups/rg-ai"
ADDRESS = "203.0.113.7"  # that all calls come from
ACCOUNTS = f"{GROUP}/providers/Microsoft.CognitiveServices/accounts"


@dataclass(frozen=True, slots=True)
class Answer:
    status: int
    body: Any
    headers: dict[str, str]

    @property
    def code(self) -> str:
        return str(self.body["error"]["code"])

    @property
    def message(self) -> str:
        return str(self.body["error"]["message"])


class Arm:
    """Calls through the whole server: log, door, authorization, provider."""

    def __init__(self, traffic: Path = FOLDER) -> None:
        self.azure = Azure(traffic)
        self.azure.knobs = self.azure.knobs.turned({"casing": "keep"})
        self.azure.resources.add_subscription("Production", SUBSCRIPTION)
        self.azure.resources.add_group(SUBSCRIPTION, "rg-ai")
        services = (resource_manager, cognitive_services, machine_learning, authorization)
        routes = [each.ROUTES for each in services]
        self.server = Server(self.azure, [Front(self.azure, routes)])
        self.owner = self.user("Owner")
        self.azure.authorization.grant(f"/subscriptions/{SUBSCRIPTION}", self.owner.id, OWNER)

    def user(self, name: str) -> User:
        return self.azure.directory.add_user(name, self.azure.clock.now())

    async def call(
        self,
        method: str,
        path: str,
        body: Json | None = None,
        *,
        by: User | ServicePrincipal | None = None,
        version: str = "2025-06-01",
        wrong: bool = False,
    ) -> Answer:
        """`path` may be a whole link; `wrong` keeps the call out of the recorded traffic.

        It is wrong on purpose, or of a form that no published document describes.
        """
        url = path if path.startswith("https:") else f"https://management.azure.com{path}"
        if "api-version=" not in url:
            url += f"{'&' if '?' in url else '?'}api-version={version}"
        token = self.azure.tokens.issue(by or self.owner, "https://management.azure.com/")
        headers = CIMultiDict({"Authorization": f"Bearer {token}", "X-Forwarded-For": ADDRESS})
        if body is not None:
            headers["Content-Type"] = "application/json"
        if wrong:
            headers[WRONG_ON_PURPOSE] = "1"
        content = b"" if body is None else json.dumps(body).encode()
        reply = await self.server.exchange(Call(method, url, CIMultiDictProxy(headers), content))
        assert reply is not None
        sent = reply.content()
        return Answer(reply.status, json.loads(sent) if sent else None, reply.headers)

    def settle(self) -> None:
        """Lets everything finish that is under way."""
        self.azure.clock.advance(self.azure.knobs.provisioning + 0.1)
