"""Routes of a simulated service: templates matched as Azure matches, without regard to case."""

import re
from collections.abc import Awaitable, Callable
from dataclasses import dataclass, field
from typing import Any

from simulator.wire import Call, Reply

type Handler = Callable[..., Awaitable[Reply]]


@dataclass(frozen=True, slots=True)
class Route:
    """`template` holds `{name}` for one path segment and `{name:path}` for several (a scope)."""

    method: str
    template: str
    handler: Handler
    facts: dict[str, Any]
    pattern: re.Pattern[str]

    def matches(self, path: str) -> bool:
        return self.pattern.fullmatch(path) is not None


def _pattern(template: str) -> re.Pattern[str]:
    pieces = re.split(r"\{(\w+)(:path)?\}", template)
    out = ""
    for text, name, deep in zip(pieces[0::3], [*pieces[1::3], None], [*pieces[2::3], None], strict=True):
        out += re.escape(text)
        if name:
            out += f"(?P<{name}>.*)" if deep else f"(?P<{name}>[^/]+)"
    return re.compile(out + "/?", re.IGNORECASE)


@dataclass(slots=True)
class Routes:
    """A table of routes, filled by decorators: `@routes.get("/subscriptions/{subscription}", action="…")`."""

    table: list[Route] = field(default_factory=list)

    def add(self, method: str, template: str, **facts: Any) -> Callable[[Handler], Handler]:
        def register(handler: Handler) -> Handler:
            self.table.append(Route(method, template, handler, facts, _pattern(template)))
            return handler

        return register

    def get(self, template: str, **facts: Any) -> Callable[[Handler], Handler]:
        return self.add("GET", template, **facts)

    def put(self, template: str, **facts: Any) -> Callable[[Handler], Handler]:
        return self.add("PUT", template, **facts)

    def patch(self, template: str, **facts: Any) -> Callable[[Handler], Handler]:
        return self.add("PATCH", template, **facts)

    def post(self, template: str, **facts: Any) -> Callable[[Handler], Handler]:
        return self.add("POST", template, **facts)

    def delete(self, template: str, **facts: Any) -> Callable[[Handler], Handler]:
        return self.add("DELETE", template, **facts)

    def head(self, template: str, **facts: Any) -> Callable[[Handler], Handler]:
        return self.add("HEAD", template, **facts)

    def find(self, call: Call) -> tuple[Route, dict[str, str]] | None:
        """The first route for this method and path, with the parts of the path; None where there is none."""
        for route in self.table:
            if route.method == call.method and (match := route.pattern.fullmatch(call.path)):
                return route, match.groupdict()
        return None

    def methods(self, path: str) -> list[str]:
        """The methods that some route accepts on this path."""
        return sorted({route.method for route in self.table if route.matches(path)})
