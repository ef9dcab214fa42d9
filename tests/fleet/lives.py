"""Workers that die after one of their calls, each by itself, while others beside it live on.

What a worker has in memory is lost only with its process: whoever lets one die goes on with new services.
"""

import asyncio
import re
from collections import Counter
from collections.abc import Awaitable
from contextvars import ContextVar
from types import SimpleNamespace
from typing import Any, NamedTuple
from urllib.parse import unquote

import aiohttp

from shared.road.services import Services
from tests.fleet.dying import Died

# Ids, rows and versions, by which calls of the same kind differ
_NAMES = re.compile(
    r"\(.*\)|/subscriptions/.*(?=/accounts)|(?<=/accounts)/[^/]+|(?<=/roleassignments)/.*|(?<=/secrets)/.*|/unkeyedlocal",
    re.IGNORECASE,
)
# Once for each process, whatever it does
_OF_PROCESS = re.compile("/Tables$")


class Call(NamedTuple):
    """The `number`-th call of its kind that a worker makes, counted from 1."""

    kind: str
    number: int


class Life:
    """One worker's calls so far; it is dead once it has had the answer to `last`."""

    def __init__(self, last: Call | None = None) -> None:
        self.last = last
        self.calls: list[Call] = []
        self.is_dead = False
        self._counts: Counter[str] = Counter()

    def begin(self, kind: str) -> Call:
        self._counts[kind] += 1
        self.calls.append(Call(kind, self._counts[kind]))
        return self.calls[-1]


_life: ContextVar[Life | None] = ContextVar("life", default=None)


def make_mortal(services: Services) -> None:
    """Has every call that is made over these services be one of the life that it is made in."""
    trace = aiohttp.TraceConfig()
    trace.on_request_start.append(_started)
    trace.on_request_end.append(_ended)
    trace.freeze()
    services.session.http._trace_configs.append(trace)


async def lived(work: Awaitable[None], life: Life) -> bool:
    """Works as this life, to the end of the work; False where it died before."""
    task = asyncio.ensure_future(_as(life, work))
    try:
        await task
    except Died:
        others = [each for each in asyncio.all_tasks() if each.get_context().get(_life) is life]
        for each in others:
            each.cancel()
        await asyncio.gather(*others, return_exceptions=True)
        return False
    return True


async def _as(life: Life, work: Awaitable[None]) -> None:
    _life.set(life)
    await work


async def _started(_session: Any, context: SimpleNamespace, call: Any) -> None:
    life, kind = _life.get(), kind_of(call.method, call.url.path)
    if life is None or _OF_PROCESS.search(kind):
        return
    if life.is_dead:
        raise Died
    context.call = life.begin(kind)


async def _ended(_session: Any, context: SimpleNamespace, _call: Any) -> None:
    life, call = _life.get(), getattr(context, "call", None)
    if life and (life.is_dead or (call is not None and call == life.last)):
        life.is_dead = True
        raise Died


def kind_of(method: str, path: str) -> str:
    """A call without the names of what it is about."""
    return f"{method} {_NAMES.sub('', unquote(path))}"
