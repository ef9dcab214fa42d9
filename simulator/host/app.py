"""The host: the app's functions, the listeners of their triggers, and the HTTP server over them."""

import asyncio
import hmac
import logging
import socket
from collections.abc import Coroutine

from aiohttp import web

from simulator.host.admin import Admin
from simulator.host.configuration import AppSettings, HostConfiguration
from simulator.host.event_grid import PATH as EVENT_GRID_PATH
from simulator.host.event_grid import EventGridTriggers
from simulator.host.http_trigger import HttpTriggers
from simulator.host.queues import INVISIBLE_WHILE_RUNNING, Listener
from simulator.host.storage_queues import Queues
from simulator.host.timers import Timer
from simulator.host.worker import Function, Worker

MAX_BODY = 100 * 1024 * 1024
DRAIN_SECONDS = 5.0
_log = logging.getLogger("Host.Startup")


class Host:
    """One function app, served. `key` is the master, host and Event Grid system key alike."""

    def __init__(
        self,
        functions: list[Function],
        worker: Worker,
        configuration: HostConfiguration,
        settings: AppSettings,
        *,
        key: str,
        invisible: int = INVISIBLE_WHILE_RUNNING,
    ) -> None:
        self.key = key
        self.worker = worker
        self.queues = Queues(settings, base64_encoded=configuration.queues.base64)
        worker.send = self.queues.send
        self.http = HttpTriggers(
            functions,
            configuration.route_prefix,
            worker,
            self.authorized,
            homepage=not settings.homepage_disabled,
        )
        self.event_grid = EventGridTriggers(functions, worker, self.authorized)
        self.admin = Admin(functions, worker, self.authorized, key)
        for binding in (each for function in functions for each in (function.trigger, *function.outputs)):
            if binding.type in ("queueTrigger", "queue"):
                self.queues.check(binding)
        self.timers = [Timer(each, worker) for each in _enabled(functions, "timerTrigger")]
        self.listeners = [
            Listener(each, worker, self.queues, configuration.queues, invisible=invisible)
            for each in _enabled(functions, "queueTrigger")
        ]
        self.queues.added = self._added
        self._runner: web.AppRunner | None = None
        self._timer_tasks: list[asyncio.Task[None]] = []
        self._listener_tasks: list[asyncio.Task[None]] = []

    def authorized(self, request: web.Request) -> bool:
        """True where the request brings the key, as `x-functions-key` or as `code`."""
        codes = [value for name, value in request.query.items() if name.lower() == "code"]
        given = [request.headers.get("x-functions-key", ""), *codes]
        return any(hmac.compare_digest(each.encode(), self.key.encode()) for each in given)

    def _added(self, queue: str) -> None:
        for listener in self.listeners:
            listener.notify(queue)

    async def handle(self, request: web.Request) -> web.Response:
        """Brings a request to the webhook, the admin interface or an HTTP trigger."""
        path = request.path.lower().rstrip("/")
        if path == EVENT_GRID_PATH:
            return await self.event_grid.handle(request)
        if path.startswith("/admin/"):
            return await self.admin.handle(request)
        return await self.http.handle(request)

    async def start(self, port: int) -> int:
        """Listens on the loopback port (0 for any free one) and starts the other triggers; returns the port."""
        application = web.Application(client_max_size=MAX_BODY)
        application.router.add_route("*", "/{tail:(?s:.*)}", self.handle)
        self._runner = web.AppRunner(application, access_log=None, shutdown_timeout=1)
        await self._runner.setup()
        listening = socket.create_server(("127.0.0.1", port))
        await web.SockSite(self._runner, listening).start()
        self._timer_tasks = [_watched(each.run(), each.function.name) for each in self.timers]
        self._listener_tasks = [_watched(each.run(), each.function.name) for each in self.listeners]
        bound: int = listening.getsockname()[1]
        return bound

    async def stop(self) -> bool:
        """Stops the triggers, lets what runs end for a few seconds; True where everything ended."""
        for task in self._timer_tasks:
            task.cancel()
        for listener in self.listeners:
            listener.stop()
        for site in list(self._runner.sites) if self._runner else []:
            await site.stop()
        if self._listener_tasks:
            await asyncio.wait(self._listener_tasks, timeout=DRAIN_SECONDS)
        ended = await self.worker.drain(DRAIN_SECONDS)
        if settling := {task for each in self.listeners for task in each.processing}:
            await asyncio.wait(settling, timeout=1)
        if self._runner:
            await self._runner.cleanup()
        await self.queues.close()
        return ended


def _enabled(functions: list[Function], trigger: str) -> list[Function]:
    return [each for each in functions if each.trigger.type == trigger and not each.disabled]


def _watched(listening: Coroutine[object, object, None], function: str) -> asyncio.Task[None]:
    """A task whose end by an error is logged, not lost."""
    task = asyncio.create_task(listening)

    def ended(done: asyncio.Task[None]) -> None:
        if not done.cancelled() and (error := done.exception()):
            _log.error("The listener of function %s broke", function, exc_info=error)

    task.add_done_callback(ended)
    return task
