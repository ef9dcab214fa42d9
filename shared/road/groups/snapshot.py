"""Snapshot: who is in the watched groups is read from Microsoft Graph, kept, brought up to date, and compared."""

import asyncio
from collections.abc import Awaitable, Callable, Iterable
from dataclasses import dataclass, field, replace

from shared.errors import NotFoundError
from shared.road.groups.membership import Moves, Picture
from shared.road.services import GroupServices
from shared.sdk.group_changes import GROUP
from shared.store.group_members import Head, members_in, packed, shard_of

# So many groups are read side by side: each of a hundred thousand members is two MB
_ABREAST = 4

type Keep = Callable[[], Awaitable[None]]


@dataclass(frozen=True, slots=True)
class Reading:
    """Who is in a group now: its head, and its members by shard."""

    head: Head
    shards: dict[int, bytearray] = field(default_factory=dict)

    def take(self, member: bytes) -> None:
        self.shards.setdefault(shard_of(member), bytearray()).extend(member)


async def read(watch: GroupServices, group: str, keep: Keep) -> Reading:
    """Reads a group's members; one that does not exist is gone. `keep` is awaited on each page.

    Raises DeniedError, TemporaryError.
    """
    found = Reading(Head(group))
    children: set[str] = set()
    try:
        async for page in watch.changes.members(group):
            children.update(each.id for each in page if each.kind == GROUP)
            for each in page:
                if each.kind != GROUP:
                    found.take(packed(each.id))
            await keep()
    except NotFoundError:
        return Reading(Head(group, gone=True))
    return replace(found, head=Head(group, frozenset(children)))


async def begin(watch: GroupServices, groups: Iterable[str], known: dict[str, Head], keep: Keep) -> None:
    """Watches these groups and whatever is in them from now on, but for groups in them that are `known`; adds them there."""
    abreast = asyncio.Semaphore(_ABREAST)

    async def one(group: str) -> Head:
        async with abreast:
            found = await read(watch, group, keep)
            await watch.members.replace(found.head, {number: bytes(shard) for number, shard in found.shards.items()})
            return found.head

    wave = set(groups)
    while wave:
        heads = await asyncio.gather(*map(one, sorted(wave)))
        known |= {each.group: each for each in heads}
        wave = {child for each in heads for child in each.children} - known.keys()


async def apply(watch: GroupServices, picture: Picture, moves: Iterable[str]) -> None:
    """Writes what has become of these groups."""
    heads = []
    for group in sorted({*moves, *picture.gone} & picture.heads.keys()):
        head = picture.heads[group]
        if found := picture.moves.get(group):
            await _apply_members(watch, group, found)
            head = replace(head, children=(head.children | found.joined) - found.parted)
        heads.append(replace(head, gone=head.gone or group in picture.gone))
    changed = [each for each in heads if each != picture.heads[each.group]]
    await watch.members.put_heads(changed)


async def _apply_members(watch: GroupServices, group: str, moves: Moves) -> None:
    wanted = sorted({shard_of(each) for each in (*moves.came, *moves.left)})
    if not wanted:
        return
    held = await watch.members.shards(group, wanted[0], wanted[-1])
    members = {number: set(members_in(held.get(number, b""))) for number in wanted}
    for each in moves.came:
        members[shard_of(each)].add(each)
    for each in moves.left:
        members[shard_of(each)].discard(each)
    now = {number: b"".join(sorted(found)) for number, found in members.items()}
    await watch.members.put(group, {number: shard for number, shard in now.items() if shard or number in held})


async def compare(watch: GroupServices, head: Head, keep: Keep) -> Moves | None:
    """What has changed in a watched group since it was looked at last; None where it does not exist any more."""
    found = await read(watch, head.group, keep)
    if found.head.gone:
        return None
    moves = Moves(joined=set(found.head.children - head.children), parted=set(head.children - found.head.children))
    held = await watch.members.shards(head.group)
    for number in held.keys() | found.shards.keys():
        before = set(members_in(held.get(number, b"")))
        now = set(members_in(bytes(found.shards.get(number, b""))))
        moves.left |= before - now
        moves.came |= dict.fromkeys(now - before, "")
    return moves
