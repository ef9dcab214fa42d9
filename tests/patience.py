"""How a test waits for what has to come: only what does not come at all fails, on a machine of any speed."""

import asyncio
from collections.abc import Awaitable, Callable

PATIENCE = 300.0
TICK = 0.05


async def eventually(what: str, holds: Callable[[], Awaitable[bool]], patience: float = PATIENCE) -> None:
    """Waits until it holds; fails with `what` where that takes too long."""
    try:
        async with asyncio.timeout(patience) as waiting:
            while not await holds():  # noqa: ASYNC110  # nothing outside says so
                await asyncio.sleep(TICK)
    except TimeoutError as error:
        if not waiting.expired():
            raise
        raise AssertionError(f"after {patience} s it still is not true that {what}") from error
