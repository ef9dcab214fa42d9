"""What each sweep found: the last one of every subscription, and when it was."""

from dataclasses import asdict, dataclass
from datetime import datetime

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

    async def finish(self, subscription: str, started: datetime, count: SweepCount) -> None:
        row = {"PartitionKey": subscription, "RowKey": _LAST, "started": started, **asdict(count)}
        await self._tables.put(TABLE, row)
