"""HTTP triggers: finds the function for a request, turns requests into what the worker wants, and its answer back.

Behaviour of azure-functions-host: header names reach the function in lower case, repeated ones joined with commas, empty
query values are left out; a method that no route takes is 404; a failed run is 500 without a body. An empty route is the
function's name. `/` is answered with a page of the host's own, whatever the method, unless a function takes it or the app
setting AzureWebJobsDisableHomepage is true: then with 204. What begins with `admin` or `runtime` is for no function.
"""

from collections.abc import Callable, Iterable
from dataclasses import dataclass
from http.cookies import SimpleCookie

from aiohttp import web
from multidict import CIMultiDict

from simulator.host.configuration import ConfigurationError
from simulator.host.data import Datum, datum
from simulator.host.route_templates import Template, parse
from simulator.host.worker import Function, Outcome, Worker

RESERVED = ("admin", "runtime")
SET_BY_SERVER = {"content-length", "transfer-encoding", "connection", "keep-alive", "date"}
LEVELS = ("anonymous", "function", "admin")
HOMEPAGE = (
    "<!DOCTYPE html><html><head><title>Your Functions app is up and running</title></head>"
    "<body><h1>Your Functions app is up and running</h1></body></html>"
)

type Authorized = Callable[[web.Request], bool]


@dataclass(frozen=True, slots=True)
class HttpRoute:
    function: Function
    template: Template
    methods: frozenset[str]
    level: str

    def takes(self, method: str) -> bool:
        return not self.methods or method in self.methods


class HttpTriggers:
    def __init__(
        self, functions: Iterable[Function], prefix: str, worker: Worker, authorized: Authorized, *, homepage: bool
    ) -> None:
        self.worker = worker
        self.homepage = homepage
        self.authorized = authorized
        routes = [_route(each, prefix) for each in functions if each.trigger.type == "httpTrigger"]
        self.routes = sorted(routes, key=lambda each: each.template.rank)

    def find(self, method: str, raw_path: str) -> tuple[HttpRoute, dict[str, str]] | None:
        """The first route that takes this method and path, with the path's parameters."""
        path = raw_path.partition("?")[0].removeprefix("/")
        if path.partition("/")[0].lower() in RESERVED:
            return None
        for route in self.routes:
            if route.takes(method) and (values := route.template.match(path)) is not None:
                return route, values
        return None

    async def handle(self, request: web.Request) -> web.Response:
        """The function's answer; 404 where there is none, 401 without the key it asks for."""
        found = self.find(request.method, request.raw_path)
        if found is None or found[0].function.disabled:
            return self._unserved(request)
        route, parameters = found
        if route.level != "anonymous" and not self.authorized(request):
            return web.Response(status=401)
        outcome = await self.worker.invoke(
            route.function,
            await _datum(request, parameters),
            reason="This function was programmatically called via the host APIs.",
            trace_parent=request.headers.get("traceparent"),
        )
        return _response(outcome)

    def _unserved(self, request: web.Request) -> web.Response:
        if request.path != "/":
            return web.Response(status=404)
        return web.Response(text=HOMEPAGE, content_type="text/html") if self.homepage else web.Response(status=204)


def _route(function: Function, prefix: str) -> HttpRoute:
    trigger = function.trigger
    path = str(trigger.values.get("route") or function.name)
    text = f"{prefix}/{path}" if prefix else path
    if text.lower().split("/")[0] in RESERVED:
        raise ConfigurationError(
            f"function {function.name}: The specified route conflicts with one or more built in routes."
        )
    level = (trigger.text("authLevel") or "function").lower()
    if level not in LEVELS:
        raise ConfigurationError(f"function {function.name}: no authLevel '{level}', only {', '.join(LEVELS)}")
    methods = frozenset(str(each).upper() for each in trigger.values.get("methods") or ())
    return HttpRoute(function, parse(text), methods, level)


async def _datum(request: web.Request, parameters: dict[str, str]) -> Datum:
    headers: dict[str, str] = {}
    for name, value in request.headers.items():
        key = name.lower()
        headers[key] = f"{headers[key]},{value}" if key in headers else value
    query: dict[str, str] = {}
    for name, value in request.query.items():
        if value:
            query[name] = f"{query[name]},{value}" if name in query else value
    return datum(
        {
            "method": datum(request.method, "string"),
            "url": datum(f"{request.scheme}://{request.host}{request.raw_path}", "string"),
            "headers": _strings(headers),
            "query": _strings(query),
            "params": _strings(parameters),
            "body": datum(await request.read(), "bytes"),
        },
        "http",
    )


def _strings(values: dict[str, str]) -> dict[str, Datum]:
    return {name: datum(value, "string") for name, value in values.items()}


def _response(outcome: Outcome) -> web.Response:
    if not outcome.succeeded:
        return web.Response(status=500)
    answer = outcome.response
    if answer is None or answer.type is None:
        return web.Response(status=204)
    if answer.type != "http":
        return web.Response(text=str(answer.value))
    value = answer.value
    headers: CIMultiDict[str] = CIMultiDict()
    for name, each in value["headers"].items():
        if name.lower() not in SET_BY_SERVER:
            headers.add(name, each.value)
    for cookie in value.get("cookies") or ():
        _add_cookies(headers, cookie)
    return web.Response(status=int(value["status_code"].value), headers=headers, body=value["body"].value)


def _add_cookies(headers: CIMultiDict[str], cookie: SimpleCookie) -> None:
    for morsel in cookie.values():
        headers.add("Set-Cookie", morsel.OutputString())
