"""A value that costs something to make, made once for all who ask at the same time and for those who ask soon after."""

import asyncio
from collections.abc import Awaitable, Callable
from datetime import datetime, timedelta


class Kept[T]:
    """Belongs to one event loop. What could not be made is not kept: whoever asks next has it tried anew."""

    def __init__(self, age: timedelta) -> None:
        self._age = age
        self._began: datetime | None = None
        self._making: asyncio.Task[T] | None = None

    async def get(self, make: Callable[[], Awaitable[T]], now: datetime) -> T:
        """The value, whose making began at most `age` ago or is under way; raises what `make` raises."""
        if self._making is None or not self._is_good(self._making, now):
            self._began, self._making = now, asyncio.ensure_future(_run(make))
        # One who no longer waits must not end it for the others
        return await asyncio.shield(self._making)

    def _is_good(self, making: asyncio.Task[T], now: datetime) -> bool:
        if not making.done():
            return True
        failed = making.cancelled() or making.exception() is not None
        return not failed and self._began is not None and timedelta() <= now - self._began < self._age


async def _run[T](make: Callable[[], Awaitable[T]]) -> T:
    return await make()
