"""Who has lost what a group gave them: those who left it, or a group in it, and get in by no other way."""

import asyncio
from collections.abc import AsyncIterator, Awaitable, Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass
from itertools import batched

from shared.models.exposures import MOST_NAMED
from shared.road.groups.membership import Picture, Question, now_in
from shared.store.group_members import COUNT, members_in, unpacked

# So many shards of a group are in memory at a time, and so many groups are read side by side
_BLOCK = 32
_ABREAST = 16

type Read = Callable[[str, int, int], Awaitable[Mapping[int, bytes]]]


@dataclass(frozen=True, slots=True)
class Loss:
    """How many have lost something, and the first of them by object id."""

    count: int = 0
    who: tuple[str, ...] = ()

    def and_also(self, members: Iterable[bytes]) -> "Loss":
        more = sorted(members)
        return Loss(self.count + len(more), (*self.who, *map(unpacked, more[: MOST_NAMED - len(self.who)])))


async def losses(read: Read, picture: Picture, questions: Sequence[Question]) -> list[Loss]:
    """The answer to each question. `read` gives a group's shards between two numbers, as they were before the moves."""
    found = [Loss() for _ in questions]
    for start in range(0, COUNT, _BLOCK):
        within = [each.within(range(start, start + _BLOCK)) for each in questions]
        if wanted := sorted(frozenset[int]().union(*within)):
            shards = _Shards(read, wanted[0], wanted[-1])
            for number, each in enumerate(questions):
                found[number] = found[number].and_also(await _lost(shards, picture, each, within[number]))
    return found


async def _lost(shards: "_Shards", picture: Picture, question: Question, within: frozenset[int]) -> set[bytes]:
    candidates = set[bytes]().union(*(question.left.get(each, ()) for each in within))
    if not within:
        return candidates
    async for _, members in shards.of(question.fallen, within):
        candidates |= members
    if candidates:
        async for group, members in shards.of(question.remain, within):
            candidates -= now_in(members, picture.moves.get(group))
            if not candidates:
                break
    return candidates


class _Shards:
    """One block of shards; each group's are read once."""

    def __init__(self, read: Read, low: int, high: int) -> None:
        self._read = read
        self._low, self._high = low, high
        self._known: dict[str, Mapping[int, bytes]] = {}

    async def of(self, groups: Iterable[str], within: frozenset[int]) -> AsyncIterator[tuple[str, set[bytes]]]:
        """Each group with its members in these shards."""
        for some in batched(sorted(groups), _ABREAST, strict=False):
            await asyncio.gather(*map(self._make_sure, some))
            for group in some:
                held = self._known[group]
                yield group, {member for each in within for member in members_in(held.get(each, b""))}

    async def _make_sure(self, group: str) -> None:
        if group not in self._known:
            self._known[group] = await self._read(group, self._low, self._high)
