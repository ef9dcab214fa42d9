"""The blast radius: how many changes this hour has seen, over all accounts and instances."""

from datetime import datetime, timedelta

from shared.errors import TemporaryError
from shared.store.tables import Tables

TABLE = "UnkeyedCounters"
_CHANGES = "changes"
_TRIES = 20


class LimitReachedError(TemporaryError):
    """The policy's changesPerHour is used up; the next hour has room again."""


class Counters:
    def __init__(self, tables: Tables) -> None:
        self._tables = tables

    async def take_change(self, limit: int, now: datetime) -> None:
        """Counts one change of this hour; raises LimitReachedError where the hour has none left."""
        for _ in range(_TRIES):
            if await self._counted(_hour(now), limit, now):
                return
        raise TemporaryError("too many instances count changes at once", code="CounterBusy")

    async def give_back(self, taken: datetime) -> None:
        """Takes a change out of the count of the hour it was taken in: Azure refused it, so nothing has changed."""
        for _ in range(_TRIES):
            found = await self._tables.get(TABLE, _CHANGES, _hour(taken))
            if found is None:
                return
            row, etag = found
            if await self._tables.replace(TABLE, {**row, "count": max(row["count"] - 1, 0)}, etag):
                return
        raise TemporaryError("too many instances count changes at once", code="CounterBusy")

    async def _counted(self, hour: str, limit: int, now: datetime) -> bool:
        found = await self._tables.get(TABLE, _CHANGES, hour)
        if found is None:
            return await self._tables.insert(TABLE, {"PartitionKey": _CHANGES, "RowKey": hour, "count": 1}) is not None
        row, etag = found
        if row["count"] >= limit:
            next_hour = now.replace(minute=0, second=0, microsecond=0) + timedelta(hours=1)
            raise LimitReachedError(
                f"the policy's limit of {limit} changes an hour is reached",
                code="ChangesPerHour",
                retry_after=next_hour - now,
            )
        return await self._tables.replace(TABLE, {**row, "count": row["count"] + 1}, etag) is not None


def _hour(now: datetime) -> str:
    return now.strftime("%Y-%m-%dT%H")
