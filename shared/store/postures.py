"""The posture of each account: where the last pass found it, what it waits for, and the proof that must be kept."""

import asyncio
from collections.abc import AsyncGenerator, AsyncIterator, Iterable, Sequence
from contextlib import aclosing

from shared.models import Arrival
from shared.resource_id import ResourceId
from shared.store.posture_pages import MOST_ROWS, Page, PostureFilter, cursor, ranges
from shared.store.posture_rows import (
    GLANCED,
    TABLE,
    TELLING,
    Code,
    Glance,
    Posture,
    arriving_in_row,
    glance_of,
    has_codes,
    posture_of,
    row_of,
    with_codes,
)
from shared.store.tables import Row, Tables, key

__all__ = ["TABLE", "Code", "Glance", "Page", "Posture", "PostureFilter", "Postures"]


class Postures:
    def __init__(self, tables: Tables) -> None:
        self._tables = tables

    async def get(self, account: ResourceId) -> Posture | None:
        """The account's posture, None where no pass has finished."""
        found = await self._tables.get(TABLE, account.subscription, key(account.text))
        return posture_of(found[0]) if found else None

    async def put(self, posture: Posture) -> None:
        await self._tables.put(TABLE, row_of(posture))

    async def note_arriving(self, account: ResourceId, arriving: Sequence[Arrival]) -> None:
        """Says who has come to the account's groups, without waiting for its next pass; a pass that is under way says so itself."""
        found = await self._tables.get(TABLE, account.subscription, key(account.text))
        if found:
            row, etag = found
            await self._tables.replace(TABLE, {**row, "arriving": arriving_in_row(arriving)}, etag)

    async def delete(self, account: ResourceId) -> None:
        await self._tables.delete(TABLE, account.subscription, key(account.text))

    async def list_in(self, subscription: str) -> AsyncIterator[Posture]:
        """The postures of a subscription's accounts."""
        async for row in self._tables.query(TABLE, "PartitionKey eq @subscription", subscription=subscription):
            yield posture_of(row)

    async def list_all(self) -> AsyncIterator[Posture]:
        """Every posture, by subscription and then by id in lower case; as many are held at a time as Tables give at once."""
        async for row in self._rows(PostureFilter(), None, at_once=MOST_ROWS):
            yield posture_of(row)

    async def page(self, wanted: PostureFilter, *, size: int, after: str | None = None) -> Page:
        """The first `size` postures that are wanted of those after the cursor, by subscription and then by id in lower case.

        No posture comes twice and none is left out while others come and go. Where Tables cannot tell which are wanted, a small
        part of each row is read and looked at, a thousand at a time, until the page is full, and then the rows of the page side
        by side. Raises PermanentError with code CursorInvalid.
        """
        if not wanted.can_match:
            return Page((), None)
        if wanted.is_left_to_us:
            rows = self._parts(wanted, after, TELLING)
        else:
            rows = self._rows(wanted, after, at_once=min(size + 1, MOST_ROWS))
        found = await _first(rows, wanted, size + 1)
        following = cursor(found[size - 1]) if len(found) > size else None
        shown = await self._wholes(found[:size]) if wanted.is_left_to_us else found[:size]
        return Page(tuple(map(posture_of, shown)), following)

    async def glances(self) -> AsyncIterator[Glance]:
        """Every posture at a glance."""
        async for row in self._parts(PostureFilter(), None, GLANCED):
            yield glance_of(row)

    async def _parts(self, wanted: PostureFilter, after: str | None, columns: Sequence[str]) -> AsyncGenerator[Row]:
        """These columns of each row; one of before its codes had a column is read whole, by one more call."""
        async with aclosing(self._rows(wanted, after, columns=columns, at_once=MOST_ROWS)) as rows:
            async for row in rows:
                if has_codes(row):
                    yield row
                elif whole := await self._whole(row):
                    yield with_codes(whole)

    async def _rows(
        self, wanted: PostureFilter, after: str | None, *, columns: Sequence[str] | None = None, at_once: int
    ) -> AsyncGenerator[Row]:
        for filter_, values in ranges(wanted, after):
            async with aclosing(self._tables.query(TABLE, filter_, columns=columns, at_once=at_once, **values)) as rows:
                async for row in rows:
                    yield row

    async def _wholes(self, parts: Iterable[Row]) -> list[Row]:
        """The rows of which parts are known, side by side, but for those that are gone meanwhile."""
        return [each for each in await asyncio.gather(*map(self._whole, parts)) if each]

    async def _whole(self, row: Row) -> Row | None:
        """The row of which a part is known; None where it is gone meanwhile."""
        found = await self._tables.get(TABLE, row["PartitionKey"], row["RowKey"])
        return found[0] if found else None


async def _first(rows: AsyncGenerator[Row], wanted: PostureFilter, count: int) -> list[Row]:
    """As many of the rows that are wanted, or all of them where there are fewer; no more is read than that takes."""
    found: list[Row] = []
    async with aclosing(rows):
        async for row in rows:
            if wanted.takes(row):
                found.append(row)
            if len(found) == count:
                break
    return found
