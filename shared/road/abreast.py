"""Things done side by side, of which none goes on once one has failed: the lease they were done under is given back then."""

import asyncio
from collections.abc import Awaitable, Callable, Iterable


async def each_of[T, R](things: Iterable[T], work: Callable[[T], Awaitable[R]], side_by_side: int) -> list[R]:
    """Does it for each of them, so many side by side; returns what each came to, in order. Raises what the first raised."""
    abreast = asyncio.Semaphore(side_by_side)

    async def one(thing: T) -> R:
        async with abreast:
            return await work(thing)

    tasks = [asyncio.ensure_future(one(thing)) for thing in things]
    try:
        return await asyncio.gather(*tasks)
    finally:
        for each in tasks:
            each.cancel()
        await asyncio.gather(*tasks, return_exceptions=True)
