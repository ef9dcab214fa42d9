"""Who was in each watched group when it was last looked at: what a member's leaving is found by.

A member is the sixteen bytes of its object id. The members of a group lie in shards, each a row; a shard is known by the
member, so that asking for a few members of a hundred thousand reads a few rows. Groups in a group are in its head.
"""

import asyncio
import uuid
import zlib
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from datetime import datetime

from shared.store.tables import Row, Tables, chunks

HEADS, SHARDS = "UnkeyedGroupHeads", "UnkeyedGroupMembers"
_HEADS = "heads"
WIDTH = 16
COUNT = 256
# A binary property takes 64 KiB, a row a MiB
_CHUNK = 4096 * WIDTH
_CHUNKS = 15
# A transaction takes 4 MiB, and bytes are a third longer on the way there
_MOST_BYTES = 2 * 1024 * 1024


@dataclass(frozen=True, slots=True)
class Head:
    """A watched group: the groups directly in it, and when it was last read as a whole.

    One that is `gone` lets nobody in, but may come back; of one that is `unread` the app may not see who is in it.
    """

    group: str
    children: frozenset[str] = frozenset()
    gone: bool = False
    unread: bool = False
    compared: datetime | None = None


def packed(object_id: str) -> bytes:
    return uuid.UUID(object_id).bytes


def unpacked(member: bytes) -> str:
    return str(uuid.UUID(bytes=member))


def shard_of(member: bytes) -> int:
    """By checksum: object ids need not be random in any of their parts."""
    return zlib.crc32(member) % COUNT


def members_in(shard: bytes) -> Iterator[bytes]:
    return (shard[at : at + WIDTH] for at in range(0, len(shard), WIDTH))


class GroupMembers:
    def __init__(self, tables: Tables) -> None:
        self._tables = tables

    async def heads(self) -> dict[str, Head]:
        """Every watched group."""
        rows = self._tables.query(HEADS, "PartitionKey eq @heads", heads=_HEADS)
        return {row["RowKey"]: _head(row) async for row in rows}

    async def is_watched(self, group: str) -> bool:
        return await self._tables.get(HEADS, _HEADS, group) is not None

    async def put_heads(self, heads: Iterable[Head]) -> None:
        await self._tables.batch(HEADS, [("upsert", _head_row(each)) for each in heads])

    async def shards(self, group: str, low: int = 0, high: int = COUNT - 1) -> dict[int, bytes]:
        """The group's shards from `low` to `high`, those that hold anybody."""
        filter_ = "PartitionKey eq @group and RowKey ge @low and RowKey le @high"
        rows = self._tables.query(SHARDS, filter_, group=group, low=_name(low), high=_name(high))
        return {int(row["RowKey"], 16): _joined(row) async for row in rows}

    async def put(self, group: str, shards: Mapping[int, bytes]) -> None:
        """Writes these shards of a group and leaves the others; an empty one goes."""
        await asyncio.gather(*(self._tables.batch(SHARDS, part) for part in _parts(group, shards)))

    async def replace(self, head: Head, shards: Mapping[int, bytes]) -> None:
        """Writes who is in the group now; the head is last, so that a group that has one is whole."""
        before = dict.fromkeys(await self.shards(head.group), b"")
        await self.put(head.group, {**before, **shards})
        await self.put_heads([head])

    async def forget(self, group: str) -> None:
        """Takes out a group that is watched no more; the head first, so that a group that has one is whole."""
        await self._tables.delete(HEADS, _HEADS, group)
        await self.put(group, dict.fromkeys(await self.shards(group), b""))


def _parts(group: str, shards: Mapping[int, bytes]) -> Iterator[list[tuple[str, Row]]]:
    """The changes of rows in parts that one transaction takes each."""
    part: list[tuple[str, Row]] = []
    size = 0
    for number, shard in shards.items():
        if part and size + len(shard) > _MOST_BYTES:
            yield part
            part, size = [], 0
        row = {"PartitionKey": group, "RowKey": _name(number)}
        part.append(("upsert", {**row, **chunks("ids", shard, _CHUNK)}) if shard else ("delete", row))
        size += len(shard)
    if part:
        yield part


def _joined(row: Row) -> bytes:
    return b"".join(row.get(f"ids{number}", b"") for number in range(_CHUNKS))


def _name(shard: int) -> str:
    return f"{shard:02x}"


def _head(row: Row) -> Head:
    children = frozenset(map(unpacked, members_in(_joined(row))))
    return Head(row["RowKey"], children, row["gone"], row["unread"], row.get("compared"))


def _head_row(head: Head) -> Row:
    children = b"".join(map(packed, sorted(head.children)))
    compared = {"compared": head.compared} if head.compared else {}
    about = {"gone": head.gone, "unread": head.unread, **compared}
    return {"PartitionKey": _HEADS, "RowKey": head.group, **about, **chunks("ids", children, _CHUNK)}
