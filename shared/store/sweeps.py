"""What each sweep found: the last one of every subscription, and when it was."""

from collections.abc import AsyncIterator
from dataclasses import asdict, dataclass, fields
from datetime import datetime
from typing import Any

from shared.store.tables import Tables

TABLE = "UnkeyedSweeps"
_LAST = "last"


@dataclass(frozen=True, slots=True)
class SweepCount:
    """Accounts seen in one subscription, and why some were queued. `missed` are changes no event told of."""

    seen: int = 0
    differing: int = 0
    due: int = 0
    new: int = 0
    gone: int = 0
    missed: int = 0
    queued: int = 0


class Sweeps:
    def __init__(self, tables: Tables) -> None:
        self._tables = tables

    async def last(self, subscription: str) -> datetime | None:
        """When the last finished sweep of this subscription began."""
        found = await self._tables.get(TABLE, subscription, _LAST)
        return found[0]["started"] if found else None

    async def subscriptions(self) -> AsyncIterator[tuple[str, datetime]]:
        """Every subscription that was ever swept, and when the last finished sweep of it began."""
        async for row in self._lasts():
            yield row["PartitionKey"], row["started"]

    async def list(self) -> AsyncIterator[tuple[datetime, SweepCount]]:
        """Of each subscription the last finished sweep: when it began, and what it found."""
        async for row in self._lasts():
            yield row["started"], SweepCount(**{each.name: row[each.name] for each in fields(SweepCount)})

    async def finish(self, subscription: str, started: datetime, count: SweepCount) -> None:
        row = {"PartitionKey": subscription, "RowKey": _LAST, "started": started, **asdict(count)}
        await self._tables.put(TABLE, row)

    def _lasts(self) -> AsyncIterator[dict[str, Any]]:
        return self._tables.query(TABLE, "RowKey eq @last", last=_LAST)
