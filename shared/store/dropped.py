"""How many events were dropped, by day and reason. Each process has rows of its own, so that many do not wait for each other."""

import asyncio
import uuid
from collections import Counter, defaultdict
from collections.abc import Mapping
from datetime import date

from shared.store.tables import Tables, key

TABLE = "UnkeyedCounters"
_PARTITION = "eventsDropped"


class DroppedEvents:
    def __init__(self, tables: Tables) -> None:
        self._tables = tables
        self._process = uuid.uuid4().hex
        self._counts: Counter[str] = Counter()
        self._written: Counter[str] = Counter()
        self._writing: defaultdict[str, asyncio.Lock] = defaultdict(asyncio.Lock)

    async def count(self, reason: str, day: date) -> None:
        """Counts one; it is written by the time this returns. Raises TemporaryError, and has counted it all the same."""
        row = key(f"{day.isoformat()}|{reason}|{self._process}")
        self._counts[row] += 1
        mine = self._counts[row]
        async with self._writing[row]:
            if self._written[row] < mine:  # unless one who waited here with this one has written for both
                total = self._counts[row]
                await self._tables.put(TABLE, {"PartitionKey": _PARTITION, "RowKey": row, "count": total}, merge=True)
                self._written[row] = total

    async def on(self, day: date) -> Mapping[str, int]:
        """How many were dropped that day, by reason, over all processes."""
        filter_ = "PartitionKey eq @partition and RowKey ge @start and RowKey lt @end"
        start = key(f"{day.isoformat()}|")
        found: Counter[str] = Counter()
        async for row in self._tables.query(TABLE, filter_, partition=_PARTITION, start=start, end=start + "~"):
            found[row["RowKey"].split("|")[1]] += row["count"]
        return found
