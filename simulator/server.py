"""Brings a request for a public host name to the service that answers for it: faults, latency and the log included."""

import asyncio
import time
from collections.abc import Callable
from typing import Protocol

from aiohttp import web
from multidict import CIMultiDictProxy

from simulator.azure import Azure
from simulator.checks import Check, noting
from simulator.traffic import WRONG_ON_PURPOSE, Exchange
from simulator.wire import Call, Json, NoSuchHost, Reply, WireFault

MAX_BODY = 64 * 1024 * 1024


class Service(Protocol):
    """One family of hosts with one error envelope."""

    def serves(self, host: str) -> bool:
        """True where this service answers for the (lower-case) host name."""

    def caller(self, call: Call) -> str | None:
        """The object id the call's credential speaks for, None where it has none that counts."""

    async def answer(self, call: Call) -> Reply:
        """The answer, errors included, rendered; raises NoSuchHost."""

    def render(self, fault: WireFault, call: Call) -> Reply:
        """A fault in this service's envelope."""


class Server:
    """The TLS front of all public hosts. `killer` ends the Functions host at once; set by whoever started it."""

    def __init__(self, azure: Azure, services: list[Service]) -> None:
        self.azure = azure
        self.services = services
        self.killer: Callable[[], None] = lambda: None

    def application(self) -> web.Application:
        app = web.Application(client_max_size=MAX_BODY)
        app.router.add_route("*", "/{tail:(?s:.*)}", self.handle)
        return app

    async def handle(self, request: web.Request) -> web.StreamResponse:
        """One request in, one response out; a dropped connection is an abrupt close."""
        reply = await self.exchange(await call_of(request, "https"))
        if reply is None:
            if request.transport:
                request.transport.abort()
            return web.Response(status=500)
        return response_of(reply)

    async def exchange(self, call: Call) -> Reply | None:
        """The answer to a call after faults and latency; None where the connection is dropped."""
        started = time.perf_counter()
        service = next((each for each in self.services if each.serves(call.host)), None)
        if service is None:
            return Reply(
                501, {"error": {"code": "NotImplemented", "message": f"The simulator has no host '{call.host}'."}}
            )
        caller = service.caller(call)
        directory = self.azure.directory
        rules = self.azure.faults.take(call, caller)
        await asyncio.sleep(self.azure.knobs.latency + sum(float(rule.get("delay", 0)) for rule in rules))
        is_reset = directory is not self.azure.directory  # a call of the tenant before must not change the new one
        if is_reset or self._interrupts(rules, "before"):
            return None
        reply = next((_made_up(service, rule["answer"], call) for rule in rules if "answer" in rule), None)
        checks: set[Check] = set()
        if reply is None:
            try:
                with noting() as checks:
                    reply = await service.answer(call)
            except NoSuchHost:
                return None
        seconds = time.perf_counter() - started
        now = self.azure.clock.now().isoformat()
        unrecorded = WRONG_ON_PURPOSE in call.headers or any(rule.get("unrecorded") for rule in rules)
        self.azure.traffic.record(Exchange(now, caller, call, reply, unrecorded, seconds, checks))
        return None if self._interrupts(rules, "after") else reply

    def _interrupts(self, rules: list[Json], moment: str) -> bool:
        if any(rule.get("kill") == moment for rule in rules):
            self.killer()
            return True
        return any(rule.get("drop") == moment for rule in rules)


async def call_of(request: web.Request, scheme: str) -> Call:
    """The request as a service gets it."""
    return Call(
        method=request.method,
        url=f"{scheme}://{request.host.removesuffix(':443')}{request.raw_path}",
        headers=CIMultiDictProxy(request.headers.copy()),
        content=await request.read(),
    )


def response_of(reply: Reply) -> web.Response:
    """A service's reply as it goes out."""
    response = web.Response(status=reply.status, body=reply.content())
    for name, value in reply.headers.items():
        response.headers[name] = value
    if reply.body is not None:
        response.headers["Content-Type"] = reply.content_type()
    else:
        response.headers.popall("Content-Type", None)
    return response


def _made_up(service: Service, answer: Json, call: Call) -> Reply:
    fault = WireFault(
        int(answer["status"]),
        str(answer.get("code", "ServiceUnavailable")),
        str(answer.get("message", "A fault was asked for through /_sim/faults.")),
        headers=answer.get("headers"),
    )
    return service.render(fault, call)
