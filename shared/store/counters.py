"""The blast radius: how many changes this hour has seen, over all accounts and instances."""

from datetime import datetime, timedelta

from shared.errors import TemporaryError
from shared.store.tables import Row, Tables

TABLE = "UnkeyedCounters"
_CHANGES = "changes"


class LimitReachedError(TemporaryError):
    """The policy's changesPerHour is used up; the next hour has room again."""


class Counters:
    def __init__(self, tables: Tables) -> None:
        self._tables = tables

    async def take_change(self, limit: int, now: datetime) -> None:
        """Counts one change of this hour; raises LimitReachedError where the hour has none left."""

        def taken(row: Row | None) -> Row:
            if row and row["count"] >= limit:
                raise _reached(limit, now)
            return {**(row or {}), "count": (row["count"] if row else 0) + 1}

        await self._tables.change(TABLE, _CHANGES, _hour(now), taken)

    async def give_back(self, taken: datetime) -> None:
        """Takes a change out of the count of the hour it was taken in: Azure refused it, so nothing has changed."""

        def given_back(row: Row | None) -> Row | None:
            return {**row, "count": max(row["count"] - 1, 0)} if row else None

        await self._tables.change(TABLE, _CHANGES, _hour(taken), given_back)


def _reached(limit: int, now: datetime) -> LimitReachedError:
    next_hour = now.replace(minute=0, second=0, microsecond=0) + timedelta(hours=1)
    said = f"the policy's limit of {limit} changes an hour is reached"
    return LimitReachedError(said, code="ChangesPerHour", retry_after=next_hour - now)


def _hour(now: datetime) -> str:
    return now.strftime("%Y-%m-%dT%H")
