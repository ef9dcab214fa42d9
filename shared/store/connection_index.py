"""The reverse index of connections: which of them, anywhere, lead to an account.

Azure can only be asked forwards, owner by owner; an account's passes need the answer backwards, at the cost of a query or
two. Events keep it, the sweep reads everything anew. A link is filed under a marker: an account's resource id, the subdomain
of the address a connection calls, or the region of an address that names no account. Each owner has a row that says when
it was read, and why it could not be.
"""

import hashlib
import json
from collections.abc import AsyncIterator, Callable, Iterable, Mapping, Sequence
from dataclasses import asdict, dataclass, field
from datetime import datetime, timedelta
from typing import Any

from shared.models import Connection
from shared.store.tables import Row, Tables, key

TABLE = "UnkeyedConnections"
_LINKS, _OWNERS, _BUILDS = "links", "owners", "builds"
# Begins the marker of a connection that may lead to any account of a region
UNPLACED = "region:"
KEPT = timedelta(seconds=10)
# Sorts after every hexadecimal digit, and marks where a marker ends
_MARK, _AFTER = "~", "~g"


@dataclass(frozen=True, slots=True)
class Link:
    """One thing that leads to what its marker names: a connection, or a project that belongs to an account.

    `principals` are the identities of the owner.
    """

    marker: str
    owner: str
    connection: Connection | None = None
    principals: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Reading:
    """An owner as it was read: its links, or why it could not be read."""

    owner: str
    started: datetime
    links: tuple[Link, ...] = ()
    unread: str = ""


@dataclass(frozen=True, slots=True)
class State:
    """How far the index can be relied on: when each subscription was read whole, what could not be read, and which
    connections name no account but a region."""

    built: Mapping[str, datetime] = field(default_factory=dict)
    unread: Mapping[str, str] = field(default_factory=dict)
    unplaced: tuple[Link, ...] = ()


@dataclass(frozen=True, slots=True)
class Rebuilt:
    """How many rows a rebuilding has changed, and the links that stay filed though their owner was not read now."""

    changed: int
    left: tuple[Link, ...]


class ConnectionIndex:
    def __init__(self, tables: Tables, now: Callable[[], datetime]) -> None:
        self._tables = tables
        self._now = now
        self._kept: tuple[datetime, State] | None = None

    async def under(self, marker: str) -> tuple[Link, ...]:
        """Every link filed under a marker."""
        start = key(marker)
        return tuple([_link(row) async for row in self._between(start + _MARK, start + _AFTER)])

    async def of(self, owner: str) -> tuple[Link, ...]:
        """Every link filed of an owner."""
        return tuple([_link(row) async for row in self._of(owner)])

    async def seen(self, owner: str) -> datetime | None:
        """When an owner was last read by itself, or first by a rebuilding; None where it is not known."""
        found = await self._tables.get(TABLE, _OWNERS, key(owner))
        return found[0]["seen"] if found else None

    async def read(self, owner: str) -> datetime | None:
        """When the owner was last read and could be; None where it never was, or not the last time."""
        found = await self._tables.get(TABLE, _OWNERS, key(owner))
        return found[0]["seen"] if found and not found[0]["unread"] else None

    async def state(self) -> State:
        """How far the index can be relied on, as it was at most KEPT ago: every pass asks."""
        if self._kept is None or not timedelta() <= self._now() - self._kept[0] < KEPT:
            self._kept = (self._now(), await self._state())
        return self._kept[1]

    async def _state(self) -> State:
        unplaced = [row async for row in self._between(UNPLACED, UNPLACED + _MARK)]
        built: dict[str, datetime] = {}
        unread: dict[str, str] = {}
        filter_ = "PartitionKey eq @builds or PartitionKey eq @owners and unread ne @nothing"
        async for row in self._tables.query(TABLE, filter_, builds=_BUILDS, owners=_OWNERS, nothing=""):
            if "built" in row:
                built[row["RowKey"]] = row["built"]
            if row.get("unread"):
                unread[row["owner"]] = row["unread"]
        return State(built, unread, tuple(_link(row) for row in unplaced))

    def _between(self, start: str, end: str) -> AsyncIterator[Row]:
        filter_ = "PartitionKey eq @links and RowKey ge @start and RowKey lt @end"
        return self._tables.query(TABLE, filter_, links=_LINKS, start=start, end=end)

    async def take(self, reading: Reading) -> tuple[Link, ...]:
        """Files what one owner has, takes out what it has no longer; returns the links that came or went."""
        before = [row async for row in self._of(reading.owner)]
        self._kept = None
        return await self._write([reading], before, {})

    async def update(self, connection: Connection, markers: Iterable[str]) -> None:
        """Files what has become of one connection, between two readings of its owner."""
        for marker in markers:
            row = _row(Link(marker, connection.owner, connection))
            del row["principals"]
            if await self._tables.get(TABLE, _LINKS, row["RowKey"]):
                await self._tables.put(TABLE, row, merge=True)

    async def drop(self, connection: Connection, markers: Iterable[str]) -> None:
        """Takes out one connection that is gone."""
        for marker in markers:
            await self._tables.delete(TABLE, _LINKS, _row(Link(marker, connection.owner, connection))["RowKey"])

    async def forget(self, owner: str) -> tuple[Link, ...]:
        """Takes out an owner that no longer exists, with all that was filed of it; returns that."""
        before = [row async for row in self._of(owner)]
        await self._tables.batch(TABLE, [("delete", _named(row)) for row in before])
        await self._tables.delete(TABLE, _OWNERS, key(owner))
        self._kept = None
        return tuple(_link(row) for row in before)

    async def rebuild(self, readings: Sequence[Reading], listed: Mapping[str, str], started: datetime) -> Rebuilt:
        """Files what all owners of all subscriptions have, and forgets owners that are gone.

        `listed` says of each subscription why its owners could not be listed, empty where they could: only there anything
        is forgotten. Of a subscription that is not listed any more all that was filed stays, but nobody waits for it.
        """
        links = [row async for row in self._tables.query(TABLE, "PartitionKey eq @links", links=_LINKS)]
        owners = [row async for row in self._tables.query(TABLE, "PartitionKey eq @owners", owners=_OWNERS)]
        known = {row["RowKey"]: row for row in owners}
        fresh = [each for each in readings if not _is_newer(known.get(key(each.owner)), each)]
        changed = await self._write(fresh, links, known)
        there = {key(each.owner) for each in readings}
        inside = tuple(key(f"/subscriptions/{each}/") for each, unread in listed.items() if not unread)
        unlisted = (row for name, row in known.items() if name not in there and row["seen"] < started)
        gone = [row for row in unlisted if row["RowKey"].startswith(inside)]
        dropped = await self._drop(gone, links)
        await self._tables.batch(TABLE, [("upsert", _build_row(*each, started)) for each in listed.items()], merge=True)
        await self._drop_builds(listed)
        self._kept = None
        read = {key(each.owner) for each in readings if not each.unread} | {row["RowKey"] for row in gone}
        left = tuple(_link(row) for row in links if row["ownerKey"] not in read)
        return Rebuilt(len(changed) + dropped + len(listed), left)

    async def _drop_builds(self, listed: Mapping[str, str]) -> None:
        builds = [row async for row in self._tables.query(TABLE, "PartitionKey eq @builds", builds=_BUILDS)]
        unseen = [row for row in builds if row["RowKey"] not in listed]
        await self._tables.batch(TABLE, [("delete", _named(row)) for row in unseen])

    async def _drop(self, owners: Sequence[Row], links: Iterable[Row]) -> int:
        names = {row["RowKey"] for row in owners}
        left = [row for row in links if row["ownerKey"] in names]
        await self._tables.batch(TABLE, [("delete", _named(row)) for row in left])
        await self._tables.batch(TABLE, [("delete", _named(row)) for row in owners])
        return len(left) + len(owners)

    async def _write(
        self, readings: Iterable[Reading], before: Iterable[Row], known: Mapping[str, Row]
    ) -> tuple[Link, ...]:
        readable = [each for each in readings if not each.unread]
        new = {row["RowKey"]: row for each in readable for row in map(_row, each.links)}
        owners = {key(each.owner) for each in readable}
        old = {row["RowKey"]: row for row in before if row["ownerKey"] in owners}
        fresh = [row for name, row in new.items() if name not in old or not _equal(row, old[name])]
        stale = [row for name, row in old.items() if name not in new]
        await self._tables.batch(
            TABLE, [*(("upsert", row) for row in fresh), *(("delete", _named(row)) for row in stale)]
        )
        await self._tables.batch(TABLE, [("upsert", row) for each in readings if (row := _owner_row(each, known))])
        return tuple(_link(row) for row in (*fresh, *stale))

    def _of(self, owner: str) -> AsyncIterator[Row]:
        filter_ = "PartitionKey eq @links and ownerKey eq @owner"
        return self._tables.query(TABLE, filter_, links=_LINKS, owner=key(owner))


def _named(row: Row) -> Row:
    return {"PartitionKey": row["PartitionKey"], "RowKey": row["RowKey"]}


def _is_newer(known: Row | None, reading: Reading) -> bool:
    """True where an event had the owner read after this reading began."""
    return known is not None and known["seen"] > reading.started


def _build_row(subscription: str, unread: str, started: datetime) -> Row:
    """That a subscription was read whole; where its owners could not be listed the time of the last whole reading stays."""
    row: Row = {"PartitionKey": _BUILDS, "RowKey": subscription, "owner": f"/subscriptions/{subscription}"}
    return {**row, "unread": unread} if unread else {**row, "unread": "", "built": started}


def _row(link: Link) -> Row:
    what = link.connection.id if link.connection else link.owner
    return {
        "PartitionKey": _LINKS,
        "RowKey": key(link.marker) + _MARK + hashlib.sha256(what.lower().encode()).hexdigest()[:32],
        "marker": link.marker,
        "owner": link.owner,
        "ownerKey": key(link.owner),
        "connection": json.dumps(asdict(link.connection)) if link.connection else "",
        "principals": " ".join(link.principals),
    }


def _link(row: Row) -> Link:
    found: dict[str, Any] | None = json.loads(row["connection"]) if row["connection"] else None
    return Link(
        marker=row["marker"],
        owner=row["owner"],
        connection=Connection(**found) if found else None,
        principals=tuple(row["principals"].split()),
    )


def _equal(one: Row, other: Row) -> bool:
    """Ids come back in other casings each time; that alone is no change."""
    return all(str(other.get(name)).lower() == str(value).lower() for name, value in one.items())


def _owner_row(reading: Reading, known: Mapping[str, Row]) -> Row | None:
    """What is to be written of an owner; None where its row says so already and so need not be touched."""
    before = known.get(key(reading.owner))
    if before and before["unread"] == reading.unread:
        return None
    return {
        "PartitionKey": _OWNERS,
        "RowKey": key(reading.owner),
        "owner": reading.owner,
        "seen": reading.started,
        "unread": reading.unread,
    }
