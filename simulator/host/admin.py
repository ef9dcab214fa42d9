"""The host's own interface under `/admin`, all of it behind the master key in `x-functions-key` (or `code`).

Microsoft's "Manually run a non HTTP-triggered function" and the Admin API of azure-functions-host.
"""

import asyncio
import json
import logging
import time
from datetime import UTC, datetime

from aiohttp import web

from simulator.host import event_grid, queue_messages
from simulator.host.configuration import Json
from simulator.host.data import Datum, datum
from simulator.host.http_trigger import Authorized
from simulator.host.timers import Timer
from simulator.host.worker import Function, Worker

VERSION = "4.0.0-local"
_log = logging.getLogger("Host.Admin")


class Admin:
    def __init__(self, functions: list[Function], worker: Worker, authorized: Authorized, key: str) -> None:
        self.functions = {each.name.lower(): each for each in functions}
        self.worker = worker
        self.authorized = authorized
        self.key = key
        self.started = time.monotonic()
        self.runs: set[asyncio.Task[object]] = set()

    async def handle(self, request: web.Request) -> web.Response:
        """The answer to a call under /admin; 401 without the master key, 404 for what this host has not."""
        if not self.authorized(request):
            return web.Response(status=401)
        match request.method, *request.path.lower().strip("/").split("/"):
            case "GET", "admin", "host", "status":
                return web.json_response(self._status())
            case "GET", "admin", "host", "systemkeys", "eventgrid_extension":
                return web.json_response({"name": "eventgrid_extension", "value": self.key})
            case "GET", "admin", "functions":
                return web.json_response([_described(each) for each in self.functions.values()])
            case "GET", "admin", "functions", name if name in self.functions:
                return web.json_response(_described(self.functions[name]))
            case "POST", "admin", "functions", name if name in self.functions:
                return await self._run(request, self.functions[name])
        return web.Response(status=404)

    def _status(self) -> Json:
        uptime = round((time.monotonic() - self.started) * 1000)
        return {"id": "local", "state": "Running", "version": VERSION, "processUptime": uptime, "errors": []}

    async def _run(self, request: web.Request, function: Function) -> web.Response:
        try:
            given = (await request.json())["input"]
            value, metadata = self._input(function, given if isinstance(given, str) else json.dumps(given))
        except (ValueError, LookupError, TypeError) as error:
            return web.Response(status=400, text=str(error))
        reason = "This function was programmatically called via the host APIs."
        task = asyncio.create_task(self.worker.invoke(function, value, metadata, reason=reason))
        self.runs.add(task)
        task.add_done_callback(self.runs.discard)
        return web.Response(status=202)

    def _input(self, function: Function, text: str) -> tuple[Datum, dict[str, Datum]]:
        match function.trigger.type:
            case "timerTrigger":
                timer = Timer(function, self.worker)
                return datum(json.dumps(timer.described(datetime.now(UTC))), "json"), {}
            case "queueTrigger":
                return datum(text, "string"), queue_messages.direct_metadata(text)
            case "eventGridTrigger":
                return event_grid.direct_input(text), {}
        raise ValueError(f"function {function.name} has an HTTP trigger: call its route")


def _described(function: Function) -> Json:
    bindings = [{**each.values, "type": each.type} for each in (function.trigger, *function.outputs)]
    return {
        "name": function.name,
        "language": "python",
        "isDisabled": function.disabled,
        "config": {"name": function.name, "bindings": bindings},
    }
