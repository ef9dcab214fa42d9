"""What costs something to make is made once for all who ask."""

import asyncio
from datetime import timedelta

import pytest

from shared.errors import TemporaryError
from shared.road.kept import Kept
from tests.unit.builders import NOW

SECOND = timedelta(seconds=1)


class Making:
    """Counts how often it was asked, and answers once it may."""

    def __init__(self) -> None:
        self.times = 0
        self.may = asyncio.Event()
        self.fails = False

    async def __call__(self) -> int:
        self.times += 1
        await self.may.wait()
        if self.fails:
            raise TemporaryError("not now")
        return self.times


async def test_those_who_ask_while_it_is_made_and_soon_after_share_one() -> None:
    kept, making = Kept[int](10 * SECOND), Making()
    waiting = [asyncio.ensure_future(kept.get(making, NOW + each * 20 * SECOND)) for each in range(3)]
    await asyncio.sleep(0)
    making.may.set()
    assert await asyncio.gather(*waiting) == [1, 1, 1]
    assert await kept.get(making, NOW + 9 * SECOND) == 1
    assert await kept.get(making, NOW + 10 * SECOND) == 2


async def test_it_is_made_anew_where_a_clock_was_set_back() -> None:
    kept, making = Kept[int](10 * SECOND), Making()
    making.may.set()
    assert [await kept.get(making, NOW), await kept.get(making, NOW - SECOND)] == [1, 2]


async def test_what_failed_is_told_to_all_who_waited_and_is_tried_anew_for_the_next() -> None:
    kept, making = Kept[int](10 * SECOND), Making()
    making.fails = True
    waiting = [asyncio.ensure_future(kept.get(making, NOW)) for _ in range(2)]
    await asyncio.sleep(0)
    making.may.set()
    found = await asyncio.gather(*waiting, return_exceptions=True)
    assert [type(each) for each in found] == [TemporaryError] * 2
    making.fails = False
    assert await kept.get(making, NOW) == 2


async def test_one_who_no_longer_waits_does_not_end_it_for_the_others() -> None:
    kept, making = Kept[int](10 * SECOND), Making()
    first, second = (asyncio.ensure_future(kept.get(making, NOW)) for _ in range(2))
    await asyncio.sleep(0)
    first.cancel()
    await asyncio.sleep(0)
    making.may.set()
    assert await second == 1
    with pytest.raises(asyncio.CancelledError):
        await first
