"""A process that dies in the middle of what it does, on whichever call."""

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from typing import Any

import aiohttp

from shared.road.services import Services


class Died(BaseException):
    """Stands for the end of the process: nothing in the product may catch it."""


@asynccontextmanager
async def dying_at(services: Services, call: int, *, sent: bool) -> AsyncIterator[None]:
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
    except Died:
        others = asyncio.all_tasks() - {asyncio.current_task()}
        for each in others:
            each.cancel()
        await asyncio.gather(*others, return_exceptions=True)
        raise
    finally:
        traces.remove(trace)
