"""A process that dies in the middle of what it does, on whichever call."""

from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

import aiohttp

from shared.road.services import Services


class Died(BaseException):
    """Stands for the end of the process: nothing in the product may catch it."""


@contextmanager
def dying_at(services: Services, call: int, *, sent: bool) -> Iterator[None]:
    """From its `call`-th call on the process inside is dead: that call is not sent, or its answer never read."""
    calls = 0

    async def started(*_: Any) -> None:
        nonlocal calls
        calls += 1
        if calls > call + sent:
            raise Died

    async def ended(*_: Any) -> None:
        if sent and calls > call:
            raise Died

    trace = aiohttp.TraceConfig()
    trace.on_request_start.append(started)
    trace.on_request_end.append(ended)
    trace.freeze()
    traces = services.session.http._trace_configs
    traces.append(trace)
    try:
        yield
    finally:
        traces.remove(trace)
