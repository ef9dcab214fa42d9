"""One at a time for each account, and for the feed of groups: a lease in a table row, which ends by itself where its holder
died."""

import asyncio
import logging
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from datetime import datetime, timedelta

from shared.errors import TemporaryError
from shared.resource_id import ResourceId
from shared.store.tables import Row, Tables, key

TABLE = "UnkeyedLeases"
_OF_NONE = "tenant"
_log = logging.getLogger(f"unkeyed.{__name__}")


class LeaseHeldError(TemporaryError):
    """Somebody else is at this account or thing, until `until` at the latest."""

    def __init__(self, what: object, until: datetime) -> None:
        super().__init__(f"{what} is being worked on", code="LeaseHeld")
        self.until = until


class Lease:
    """A lease that is held: its row, and the version of the row that is the holder's."""

    def __init__(self, tables: Tables, row: Row, etag: str) -> None:
        self._tables = tables
        self._row, self._etag = row, etag
        self._extending = asyncio.Lock()

    async def extend(self, now: datetime) -> None:
        """Holds it for as long again; raises LeaseHeldError where it has ended and somebody else has it."""
        async with self._extending:
            await self._extend(now)

    async def _extend(self, now: datetime) -> None:
        row = {**self._row, "started": now, "until": now + (self._row["until"] - self._row["started"])}
        etag = await self._tables.replace(TABLE, row, self._etag)
        if etag is None:
            raise LeaseHeldError(row["RowKey"], now)
        self._row, self._etag = row, etag

    async def keep(self, now: datetime) -> None:
        """Extends it where a third of it is over: cheap enough to be called on every step of something long."""
        async with self._extending:
            if now - self._row["started"] > (self._row["until"] - self._row["started"]) / 3:
                await self._extend(now)

    async def give_back(self) -> None:
        """The version is the holder's: a lease that ended and was taken by somebody else stays theirs."""
        try:
            await self._tables.delete(TABLE, self._row["PartitionKey"], self._row["RowKey"], self._etag)
        except TemporaryError as error:
            _log.warning("a lease could not be given back and ends by itself: %s", error)


class Leases:
    def __init__(self, tables: Tables) -> None:
        self._tables = tables

    @asynccontextmanager
    async def hold(self, what: ResourceId | str, now: datetime, length: timedelta) -> AsyncIterator[Lease]:
        """Holds the lease of an account, or of a thing by its name, inside; raises LeaseHeldError where somebody else has it."""
        row = {**_keys(what), "started": now, "until": now + length}
        lease = Lease(self._tables, row, await self._take(what, row, now))
        try:
            yield lease
        finally:
            await lease.give_back()

    async def _take(self, what: ResourceId | str, row: Row, now: datetime) -> str:
        if etag := await self._tables.insert(TABLE, row):
            return etag
        found = await self._tables.get(TABLE, row["PartitionKey"], row["RowKey"])
        if found is None:
            raise LeaseHeldError(what, now)
        current, current_etag = found
        taken = await self._tables.replace(TABLE, row, current_etag) if current["until"] <= now else None
        if taken is None:
            raise LeaseHeldError(what, max(now, current["until"]))
        return taken


def _keys(what: ResourceId | str) -> Row:
    if isinstance(what, ResourceId):
        return {"PartitionKey": what.subscription, "RowKey": key(what.text)}
    return {"PartitionKey": _OF_NONE, "RowKey": key(what)}
