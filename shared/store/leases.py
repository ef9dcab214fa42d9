"""One pass at a time for each account: a lease in a table row, which ends by itself where its holder died."""

import logging
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from datetime import datetime, timedelta

from shared.errors import TemporaryError
from shared.resource_id import ResourceId
from shared.store.tables import Row, Tables, key

TABLE = "UnkeyedLeases"
_log = logging.getLogger(f"unkeyed.{__name__}")


class LeaseHeldError(TemporaryError):
    """Somebody else is at this account, until `until` at the latest."""

    def __init__(self, account: ResourceId, until: datetime) -> None:
        super().__init__(f"{account} is being worked on", code="LeaseHeld")
        self.until = until


class Leases:
    def __init__(self, tables: Tables) -> None:
        self._tables = tables

    @asynccontextmanager
    async def hold(self, account: ResourceId, now: datetime, length: timedelta) -> AsyncIterator[None]:
        """Holds the account's lease inside; raises LeaseHeldError where somebody else has it."""
        row = {"PartitionKey": account.subscription, "RowKey": key(account.text), "started": now, "until": now + length}
        etag = await self._take(account, row, now)
        try:
            yield
        finally:
            await self._give_back(row, etag)

    async def _take(self, account: ResourceId, row: Row, now: datetime) -> str:
        if etag := await self._tables.insert(TABLE, row):
            return etag
        found = await self._tables.get(TABLE, row["PartitionKey"], row["RowKey"])
        if found is None:
            raise LeaseHeldError(account, now)
        current, current_etag = found
        taken = await self._tables.replace(TABLE, row, current_etag) if current["until"] <= now else None
        if taken is None:
            raise LeaseHeldError(account, max(now, current["until"]))
        return taken

    async def _give_back(self, row: Row, etag: str) -> None:
        """The etag is the holder's: a lease that ended and was taken by somebody else stays theirs."""
        try:
            await self._tables.delete(TABLE, row["PartitionKey"], row["RowKey"], etag)
        except TemporaryError as error:
            _log.warning("a lease could not be given back and ends by itself: %s", error)
