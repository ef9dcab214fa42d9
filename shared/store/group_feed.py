"""How far Microsoft Graph's feed of group changes was read, the subscription that hastens its reading, and what that missed.

The rows that every event has to look at are one partition: one query brings them all.
"""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any

from shared.store.tables import NEVER, Row, Tables, time_in

TABLE = "UnkeyedGroups"
_FEED, _NEWS = "feed", "news"
_READING, _AGAIN, _SUBSCRIPTION, _BLOCKER = "reading", "again", "subscription", "blocker:"


@dataclass(frozen=True, slots=True)
class HeldSubscription:
    """The app's subscription to changes of groups. Of its client state only hashes are kept.

    `id` is empty where there is none. `pending` is the hash of one that is being made; `asked` is set where it has to be
    reauthorized.
    """

    id: str = ""
    state_hash: str = ""
    pending: str = ""
    expires: datetime | None = None
    asked: bool = False


@dataclass(frozen=True, slots=True)
class FeedState:
    """`link` leads to what has not been read yet, empty where nothing was read so far. `behind` is set to when that was made,
    as long as changes before it can only be found by comparing. `finished` is when the last reading that came to the end
    began, `again` when the one is due that waits on the queue, and `wanted` when a further one is, if that is later.
    `blockers` are the texts of those that were announced, by code."""

    link: str = ""
    behind: datetime | None = None
    finished: datetime | None = None
    again: datetime | None = None
    wanted: datetime | None = None
    subscription: HeldSubscription = field(default_factory=HeldSubscription)
    blockers: Mapping[str, str] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class News:
    """One group that an event told of, or that a reading found changed, each at a time or never."""

    group: str
    told: datetime | None
    found: datetime | None


class GroupFeed:
    def __init__(self, tables: Tables) -> None:
        self._tables = tables

    async def state(self) -> FeedState:
        query = self._tables.query(TABLE, "PartitionKey eq @feed", feed=_FEED)
        rows = {row["RowKey"]: row async for row in query}
        reading, again = rows.get(_READING, {}), rows.get(_AGAIN, {})
        return FeedState(
            link=reading.get("link", ""),
            behind=time_in(reading, "behind"),
            finished=reading.get("finished"),
            again=again.get("due"),
            wanted=again.get("wanted"),
            subscription=_held(rows.get(_SUBSCRIPTION, {})),
            blockers={
                name.removeprefix(_BLOCKER): row["message"] for name, row in rows.items() if name.startswith(_BLOCKER)
            },
        )

    async def note(self, **fields: Any) -> None:
        """Writes these of a reading's own: link, behind, finished."""
        stored = {name: NEVER if value is None else value for name, value in fields.items()}
        await self._put(_READING, stored, merge=True)

    async def note_again(self, due: datetime) -> None:
        """Writes that a further reading waits on the queue."""
        await self._put(_AGAIN, {"due": due, "wanted": due})

    async def want_again(self, at: datetime) -> None:
        """Writes that one more is to follow the one that waits."""
        await self._put(_AGAIN, {"wanted": at}, merge=True)

    async def subscription(self) -> HeldSubscription:
        found = await self._tables.get(TABLE, _FEED, _SUBSCRIPTION)
        return _held(found[0]) if found else HeldSubscription()

    async def hold(self, subscription: HeldSubscription) -> None:
        fields = {
            "id": subscription.id,
            "stateHash": subscription.state_hash,
            "pending": subscription.pending,
            "expires": subscription.expires or NEVER,
            "asked": subscription.asked,
        }
        await self._put(_SUBSCRIPTION, fields)

    async def ask_for_reauthorization(self) -> None:
        await self._put(_SUBSCRIPTION, {"asked": True}, merge=True)

    async def note_blocker(self, code: str, message: str, fix: str, since: datetime) -> None:
        await self._put(_BLOCKER + code, {"message": message, "fix": fix, "since": since})

    async def drop_blocker(self, code: str) -> None:
        await self._tables.delete(TABLE, _FEED, _BLOCKER + code)

    async def _put(self, row: str, fields: Row, *, merge: bool = False) -> None:
        await self._tables.put(TABLE, {"PartitionKey": _FEED, "RowKey": row, **fields}, merge=merge)

    async def note_told(self, group: str, at: datetime) -> None:
        """Writes that an event told of a group."""
        await self._tables.put(TABLE, {**_news(group), "told": at}, merge=True)

    async def note_found(self, groups: Iterable[str], at: datetime) -> None:
        """Writes which groups a reading found changed."""
        rows = [("upsert", {**_news(each), "found": at}) for each in groups]
        await self._tables.batch(TABLE, rows, merge=True)

    async def news(self) -> tuple[News, ...]:
        rows = self._tables.query(TABLE, "PartitionKey eq @news", news=_NEWS)
        return tuple([News(row["RowKey"], row.get("told"), row.get("found")) async for row in rows])

    async def forget_news(self, groups: Sequence[str]) -> None:
        await self._tables.batch(TABLE, [("delete", _news(each)) for each in groups])


def _held(row: Row) -> HeldSubscription:
    return HeldSubscription(
        id=row.get("id", ""),
        state_hash=row.get("stateHash", ""),
        pending=row.get("pending", ""),
        expires=time_in(row, "expires"),
        asked=row.get("asked", False),
    )


def _news(group: str) -> Row:
    return {"PartitionKey": _NEWS, "RowKey": group}
