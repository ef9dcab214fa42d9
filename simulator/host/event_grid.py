"""The webhook of Event Grid triggers, `/runtime/webhooks/EventGrid?functionName=…&code=…`.

Behaviour of the WebJobs Event Grid extension: the header `aeg-event-type` decides; one run for each event of a delivery,
in parallel; 202 where all succeed, 500 where any fails, so that Event Grid sends the whole delivery again. The
CloudEvents handshake is Microsoft's "End-point validation with CloudEvents schema".
"""

import asyncio
import json
import logging
from collections.abc import Iterable

from aiohttp import web

from simulator.host.configuration import Json
from simulator.host.data import Datum, datum
from simulator.host.http_trigger import Authorized
from simulator.host.worker import Function, Worker

PATH = "/runtime/webhooks/eventgrid"
_log = logging.getLogger("Host.Triggers.EventGrid")


class EventGridTriggers:
    def __init__(self, functions: Iterable[Function], worker: Worker, authorized: Authorized) -> None:
        self.worker = worker
        self.authorized = authorized
        self.functions = {
            each.name: each for each in functions if each.trigger.type == "eventGridTrigger" and not each.disabled
        }

    async def handle(self, request: web.Request) -> web.Response:
        """The answer to a delivery or a handshake; 401 without the system key, 404 for an unknown function."""
        if not self.authorized(request):
            return web.Response(status=401)
        query = {name.lower(): value for name, value in request.query.items()}
        name = query.get("functionname", "")
        function = self.functions.get(name)
        if function is None:
            return web.Response(status=404, text=f"cannot find function: '{name}'")
        if request.method == "OPTIONS":
            return _consent(request)
        return await self._event_type(request, function)

    async def _event_type(self, request: web.Request, function: Function) -> web.Response:
        try:
            match request.headers.get("aeg-event-type", "").lower():
                case "subscriptionvalidation":
                    return web.Response(text=json.dumps({"validationResponse": _validation_code(await request.json())}))
                case "notification":
                    return await self._deliver(function, _events(await request.json()))
                case "unsubscribe":
                    return web.Response(status=202)
                case _:
                    return web.Response(status=400)
        except (ValueError, LookupError, TypeError):
            _log.exception("A request for function %s has no body that Event Grid would send", function.name)
            return web.Response(status=500)

    async def _deliver(self, function: Function, events: list[Json]) -> web.Response:
        outcomes = await asyncio.gather(
            *(
                self.worker.invoke(
                    function,
                    datum(json.dumps(event), "json"),
                    _metadata(event),
                    reason=f"EventGrid trigger fired at {event.get('eventTime') or event.get('time')}",
                )
                for event in events
            )
        )
        if all(each.succeeded for each in outcomes):
            return web.Response(status=202)
        return web.Response(status=500, text=f"Exception while executing function: Functions.{function.name}")


def direct_input(text: str) -> Datum:
    """An event given by hand as JSON text; raises ValueError where it is none."""
    return datum(json.dumps(json.loads(text)), "json")


def _consent(request: web.Request) -> web.Response:
    origin = request.headers.get("WebHook-Request-Origin")
    if not origin:
        return web.Response(status=400)
    consent = {"WebHook-Allowed-Origin": origin, "WebHook-Allowed-Rate": "*", "Allow": "POST, OPTIONS"}
    return web.Response(status=200, headers=consent)


def _validation_code(body: list[Json] | Json) -> str:
    if isinstance(body, list):
        return str(body[0]["data"]["validationCode"])
    data = body["data"]  # a CloudEvent of Event Grid's own carries its data as JSON text
    return str((json.loads(data) if isinstance(data, str) else data)["validationCode"])


def _events(body: object) -> list[Json]:
    given = body if isinstance(body, list) else [body]
    events = [each for each in given if isinstance(each, dict)]
    if len(events) < len(given):
        raise TypeError("a delivery is one event or an array of events")
    return events


def _metadata(event: Json) -> dict[str, Datum]:
    return {"data": datum(json.dumps(event.get("data")), "json")}
