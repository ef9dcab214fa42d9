"""The gate in front of local storage: it passes requests on one by one, unless a fault says otherwise.

Rules are those of `simulator/faults.py`; a storage request is seen there as a call to `blob.storage.local`,
`queue.storage.local` or `table.storage.local` with the path the client sent (the account name first). `down` holds the
services that refuse everything.
"""

import asyncio
from collections import deque
from collections.abc import Callable
from dataclasses import dataclass
from functools import partial

from simulator.faults import Faults
from simulator.storage_wire import Message, made_up_answer, read_answer, read_request
from simulator.wire import Call, Json

SERVICES = ("blob", "queue", "table")
KEPT = 20_000
_LIMIT = 256 * 1024
_GONE = (OSError, asyncio.IncompleteReadError, asyncio.LimitOverrunError)

type Stream = tuple[asyncio.StreamReader, asyncio.StreamWriter]


@dataclass(frozen=True, slots=True)
class StorageRequest:
    """One request that came to the gate; `status` is None where the client got no answer."""

    service: str
    method: str
    path: str
    status: int | None


class StorageGate:
    """Forwards to the services on `targets` (service → port). `killer` ends the Functions host at once."""

    def __init__(self, targets: dict[str, int], faults: Callable[[], Faults]) -> None:
        self.targets = targets
        self.faults = faults
        self.killer: Callable[[], None] = lambda: None
        self.ports: dict[str, int] = {}
        self.requests: deque[StorageRequest] = deque(maxlen=KEPT)
        self._down: frozenset[str] = frozenset()
        self._servers: list[asyncio.Server] = []
        self._clients: dict[asyncio.StreamWriter, str] = {}

    async def start(self) -> None:
        """Listens on a free loopback port for each service; `ports` names them."""
        for service in SERVICES:
            serve = partial(self._serve, service)
            server = await asyncio.start_server(serve, "127.0.0.1", 0, limit=_LIMIT)
            self._servers.append(server)
            self.ports[service] = server.sockets[0].getsockname()[1]

    async def stop(self) -> None:
        for server in self._servers:
            server.close()
        self._abort(frozenset(SERVICES))
        for server in self._servers:
            await server.wait_closed()

    @property
    def down(self) -> frozenset[str]:
        return self._down

    @down.setter
    def down(self, services: frozenset[str] | set[str]) -> None:
        """Makes these services unreachable at once, open connections included, and the others reachable."""
        if unknown := set(services) - set(SERVICES):
            raise ValueError(f"no storage service {', '.join(sorted(unknown))}; there are {', '.join(SERVICES)}")
        self._down = frozenset(services)
        self._abort(self._down)

    def _abort(self, services: frozenset[str]) -> None:
        for writer, service in list(self._clients.items()):
            if service in services:
                writer.transport.abort()

    async def _serve(self, service: str, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        if service in self._down:
            writer.transport.abort()
            return
        self._clients[writer] = service
        upstream = _Upstream(self.targets[service])
        try:
            while await self._one(service, (reader, writer), upstream):
                pass
        except _GONE:
            writer.transport.abort()  # an end went away in the middle: the other one is told so
        finally:
            del self._clients[writer]
            upstream.close()
            writer.close()

    async def _one(self, service: str, client: Stream, upstream: "_Upstream") -> bool:
        """Brings one request there and its answer back; False where the connection ends."""
        reader, writer = client
        request = await read_request(reader)
        if request is None:
            return False
        method, target, _ = request.start.split(" ", 2)
        status: int | None = None
        try:
            answer = await self._answer(service, request, upstream)
            if answer is None:
                writer.transport.abort()
                return False
            status = int(answer.start.split(" ", 2)[1])
            writer.write(answer.raw)
            await writer.drain()
            return not (request.closes or answer.closes)
        finally:
            self.requests.append(StorageRequest(service, method, target, status))

    async def _answer(self, service: str, request: Message, upstream: "_Upstream") -> Message | None:
        """The answer after faults; None where the connection is dropped."""
        rules = self._rules(service, request)
        if delay := sum(float(rule.get("delay", 0)) for rule in rules):
            await asyncio.sleep(delay)
        if self._interrupts(rules, "before"):
            return None
        made_up = next((rule["answer"] for rule in rules if "answer" in rule), None)
        answer = made_up_answer(service, made_up) if made_up else await upstream.exchange(request)
        return None if self._interrupts(rules, "after") else answer

    def _rules(self, service: str, request: Message) -> list[Json]:
        faults = self.faults()
        if not faults.rules:
            return []
        method, target, _ = request.start.split(" ", 2)
        url = f"http://{service}.storage.local{target}"
        return faults.take(Call(method, url, request.headers, request.body), None)

    def _interrupts(self, rules: list[Json], moment: str) -> bool:
        if any(rule.get("kill") == moment for rule in rules):
            self.killer()
            return True
        return any(rule.get("drop") == moment for rule in rules)


class _Upstream:
    """A connection to the emulator, opened when needed and again where the emulator closed it while it was idle."""

    def __init__(self, port: int) -> None:
        self.port = port
        self._stream: Stream | None = None

    async def exchange(self, request: Message) -> Message:
        """The emulator's answer; raises an OSError or IncompleteReadError where it goes away."""
        if self._stream and (answer := await self._send(self._stream, request)):
            return answer
        self.close()
        self._stream = await asyncio.open_connection("127.0.0.1", self.port, limit=_LIMIT)
        answer = await self._send(self._stream, request)
        if answer is None:
            raise asyncio.IncompleteReadError(b"", None)
        return answer

    async def _send(self, stream: Stream, request: Message) -> Message | None:
        reader, writer = stream
        if reader.at_eof():
            return None
        try:
            writer.write(request.raw)
            await writer.drain()
            return await read_answer(reader, request.start.startswith("HEAD "))
        except ConnectionError:
            return None

    def close(self) -> None:
        if self._stream:
            self._stream[1].close()
            self._stream = None
