"""Snapshot: who is in the watched groups is read from Microsoft Graph, kept, brought up to date, and compared."""

import logging
from collections.abc import Awaitable, Callable, Iterable
from dataclasses import dataclass, field, replace
from datetime import datetime

from shared.errors import NotFoundError, PermanentError
from shared.road.abreast import each_of
from shared.road.groups.membership import Moves, Picture
from shared.sdk.group_changes import GROUP, GroupChanges
from shared.store.group_members import GroupMembers, Head, members_in, packed, shard_of

# So many groups are read side by side: each of a hundred thousand members is two MB
ABREAST = 4
_log = logging.getLogger(f"unkeyed.{__name__}")

type Keep = Callable[[], Awaitable[None]]


@dataclass(frozen=True, slots=True)
class Reading:
    """Who is in a group now: its head, and its members by shard."""

    head: Head
    shards: dict[int, bytearray] = field(default_factory=dict)

    def take(self, member: bytes) -> None:
        self.shards.setdefault(shard_of(member), bytearray()).extend(member)


@dataclass(frozen=True, slots=True)
class Snapshots:
    """Those of one reading of the feed. `keep` is awaited on each page of members."""

    changes: GroupChanges
    members: GroupMembers
    now: Callable[[], datetime]
    keep: Keep

    async def begin(self, groups: Iterable[str], known: dict[str, Head]) -> None:
        """Watches these groups and whatever is in them from now on, but for groups in them that are `known`; adds them there.

        Raises TemporaryError; what was begun until then is watched.
        """

        async def one(group: str) -> Head:
            found = await self._read(group)
            if found.head.unread and group in known:
                return known[group]
            await self.members.replace(found.head, {each: bytes(shard) for each, shard in found.shards.items()})
            return found.head

        wave = set(groups)
        while wave:
            heads = await each_of(sorted(wave), one, ABREAST)
            known |= {each.group: each for each in heads}
            wave = {child for each in heads for child in each.children} - known.keys()

    async def apply(self, picture: Picture) -> None:
        """Writes what has become of the watched groups."""
        heads = []
        for group in sorted({*picture.moves, *picture.gone} & picture.heads.keys()):
            head = picture.heads[group]
            if moves := picture.moves.get(group):
                await self._apply_members(group, moves)
                head = replace(head, children=(head.children | moves.joined) - moves.parted)
            heads.append(replace(head, gone=head.gone or group in picture.gone))
        await self.members.put_heads(each for each in heads if each != picture.heads[each.group])

    async def compare(self, head: Head) -> Moves | None:
        """What has changed in a watched group since it was looked at last, nothing where that cannot be read; None where it
        does not exist any more. Raises TemporaryError."""
        found = await self._read(head.group)
        if found.head.gone:
            return None
        if found.head.unread:
            return Moves()
        children = found.head.children
        moves = Moves(joined=set(children - head.children), parted=set(head.children - children))
        held = await self.members.shards(head.group)
        for number in held.keys() | found.shards.keys():
            before = set(members_in(held.get(number, b"")))
            now = set(members_in(bytes(found.shards.get(number, b""))))
            moves.left |= before - now
            moves.came |= dict.fromkeys(now - before, "")
        return moves

    async def mark_compared(self, groups: Iterable[str]) -> None:
        """Writes that these were compared now."""
        heads = await self.members.heads()
        await self.members.put_heads(replace(heads[each], compared=self.now()) for each in groups if each in heads)

    async def _read(self, group: str) -> Reading:
        """A group's members; one that does not exist is gone, one whose members the app may not see is unread."""
        found, children, began = Reading(Head(group)), set[str](), self.now()
        try:
            async for page in self.changes.members(group):
                children.update(each.id for each in page if each.kind == GROUP)
                for each in page:
                    if each.kind != GROUP:
                        found.take(packed(each.id))
                await self.keep()
        except NotFoundError:
            return Reading(Head(group, gone=True, compared=began))
        except PermanentError as error:
            _log.error("the members of group %s cannot be listed: %s", group, error)
            return Reading(Head(group, unread=True, compared=began))
        return replace(found, head=Head(group, frozenset(children), compared=began))

    async def _apply_members(self, group: str, moves: Moves) -> None:
        wanted = sorted({shard_of(each) for each in (*moves.came, *moves.left)})
        if not wanted:
            return
        held = await self.members.shards(group, wanted[0], wanted[-1])
        members = {number: set(members_in(held.get(number, b""))) for number in wanted}
        for each in moves.came:
            members[shard_of(each)].add(each)
        for each in moves.left:
            members[shard_of(each)].discard(each)
        now = {number: b"".join(sorted(found)) for number, found in members.items()}
        await self.members.put(group, {number: shard for number, shard in now.items() if shard or number in held})
