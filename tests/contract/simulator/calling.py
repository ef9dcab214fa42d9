"""One call to one simulated host, through the server's log and faults, without a network."""

import json
from dataclasses import dataclass
from typing import Any

from multidict import CIMultiDict, CIMultiDictProxy

from simulator.azure import Azure
from simulator.directory.state import ServicePrincipal, User
from simulator.server import Server, Service
from simulator.wire import Call, Reply


@dataclass(frozen=True, slots=True)
class Answer:
    status: int
    content: bytes
    headers: dict[str, str]

    @property
    def body(self) -> Any:
        return json.loads(self.content)

    @property
    def error(self) -> Any:
        return self.body["error"]


class Client:
    """A caller of `service`; `token` is sent with every call until another is given."""

    def __init__(self, azure: Azure, service: Service, host: str, headers: dict[str, str] | None = None) -> None:
        self.azure = azure
        self.server = Server(azure, [service])
        self.host = host
        self.headers = headers or {}

    def as_(self, principal: User | ServicePrincipal, audience: str, **claims: Any) -> "Client":
        """The same client with a token of this principal."""
        token = self.azure.tokens.issue(principal, audience, **claims)
        return self.with_(Authorization=f"Bearer {token}")

    def with_(self, **headers: str) -> "Client":
        named = {name.replace("_", "-"): value for name, value in headers.items()}
        return Client(self.azure, self.server.services[0], self.host, {**self.headers, **named})

    async def call(self, method: str, target: str, body: Any = None, **headers: str) -> Answer:
        """`target` is a path with its query, or a whole address; a body of dict or list goes out as JSON."""
        content = body if isinstance(body, bytes) else b"" if body is None else json.dumps(body).encode()
        named = {name.replace("_", "-"): value for name, value in headers.items()}
        url = target if target.startswith("https://") else f"https://{self.host}{target}"
        call = Call(method, url, CIMultiDictProxy(CIMultiDict({**self.headers, **named})), content)
        reply: Reply | None = await self.server.exchange(call)
        assert reply is not None
        return Answer(reply.status, reply.content(), reply.headers)

    async def get(self, target: str, **headers: str) -> Answer:
        return await self.call("GET", target, **headers)

    async def post(self, target: str, body: Any, **headers: str) -> Answer:
        return await self.call("POST", target, body, **headers)
