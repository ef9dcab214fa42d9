"""One pass at a time for each account: a lease in a table row, which ends by itself where its holder died."""

import logging
import uuid
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from datetime import datetime, timedelta

from shared.errors import TemporaryError
from shared.resource_id import ResourceId
from shared.store.tables import Row, Tables, key

TABLE = "UnkeyedLeases"
_log = logging.getLogger(f"unkeyed.{__name__}")


class LeaseHeldError(TemporaryError):
    """Somebody else is at this account; `started` is when they began."""

    def __init__(self, account: ResourceId, started: datetime) -> None:
        super().__init__(f"{account} is being worked on", code="LeaseHeld")
        self.started = started


class Leases:
    def __init__(self, tables: Tables) -> None:
        self._tables = tables

    @asynccontextmanager
    async def hold(self, account: ResourceId, now: datetime, length: timedelta) -> AsyncIterator[None]:
        """Holds the account's lease inside; raises LeaseHeldError where somebody else has it."""
        partition, row, owner = account.subscription, key(account.text), uuid.uuid4().hex
        lease = {"PartitionKey": partition, "RowKey": row, "owner": owner, "started": now, "until": now + length}
        await self._take(account, lease, now)
        try:
            yield
        finally:
            await self._give_back(partition, row, owner)

    async def _take(self, account: ResourceId, lease: Row, now: datetime) -> None:
        if await self._tables.insert(TABLE, lease):
            return
        found = await self._tables.get(TABLE, lease["PartitionKey"], lease["RowKey"])
        if found is None:
            raise LeaseHeldError(account, now)
        current, etag = found
        if current["until"] > now or not await self._tables.replace(TABLE, lease, etag):
            raise LeaseHeldError(account, current["started"])

    async def _give_back(self, partition: str, row: str, owner: str) -> None:
        try:
            found = await self._tables.get(TABLE, partition, row)
            if found and found[0]["owner"] == owner:
                await self._tables.delete(TABLE, partition, row, found[1])
        except TemporaryError as error:
            _log.warning("a lease could not be given back and ends by itself: %s", error)
