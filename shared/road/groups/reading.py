"""A reading of the feed, stretch by stretch to its end: what it means is queued, then remembered, then the feed goes on.

A worker that dies anywhere leaves the stretch to be read again, and what it has queued already is queued twice: nothing is
lost. Where the feed does not go back far enough every watched group is read anew and compared.
"""

import asyncio
import logging
from collections.abc import Iterable
from dataclasses import dataclass, replace
from datetime import datetime, timedelta

from shared.errors import TemporaryError
from shared.models import Arrival, WorkItem
from shared.resource_id import ResourceId
from shared.road.abreast import each_of
from shared.road.groups import meaning, snapshot
from shared.road.groups.meaning import Time
from shared.road.groups.membership import Moves, Picture
from shared.road.groups.snapshot import Snapshots
from shared.road.groups.stretch import Stretch
from shared.road.services import GroupServices, Services
from shared.sdk.group_changes import LinkRefusedError
from shared.store.group_feed import FeedState, GroupFeed
from shared.store.group_members import Head, packed
from shared.store.group_uses import Interest
from shared.store.leases import Lease

# So many pages are put together at the most: each may have a thousand members
PAGES = 20
# Comparing ends after so long, and what it has found is seen to: the next reading goes on with it
COMPARING = timedelta(minutes=4)
_ABREAST = 16
_log = logging.getLogger(f"unkeyed.{__name__}")


@dataclass(frozen=True, slots=True)
class Reader:
    """One reading, by one operation, under the lease of the feed."""

    services: Services
    lease: Lease
    operation_id: str

    async def read(self, state: FeedState) -> tuple[str, ...]:
        """Reads from where the last reading ended to the end of the feed, and begins to watch what is to be watched; returns
        the watched groups whose members the app may not see.

        Raises DeniedError, TemporaryError; what it has done until then stands.
        """
        started = self.services.now()
        state = await self._begun(state)
        if state.behind:
            await self._catch_up(state.behind)
        link, is_last = state.link, False
        while not is_last:
            try:
                stretch, link, is_last = await self._stretch(link)
            except LinkRefusedError as error:
                await self._begun(replace(state, link=""))
                raise TemporaryError(f"the feed begins anew: {error}", code=error.code) from error
            await self._settle(stretch)
            await self.lease.extend(self.services.now())
            await self._feed.note(link=link, **({"finished": started} if is_last else {}))
        return await self._watch_new()

    async def _begun(self, state: FeedState) -> FeedState:
        """Where there is no link, one to what changes from now on; all else is to be found by comparing."""
        if state.link:
            return state
        now, link = self.services.now(), await self._watch.changes.latest()
        await self._feed.note(link=link, behind=now)
        return replace(state, link=link, behind=now)

    async def _stretch(self, link: str) -> tuple[Stretch, str, bool]:
        stretch = Stretch()
        for _ in range(PAGES):
            page = await self._watch.changes.page(link)
            await self._keep()
            stretch.take(page.changes)
            link = page.link
            if page.is_last:
                return stretch, link, True
        return stretch, link, False

    async def _catch_up(self, since: datetime) -> None:
        """Compares every watched group that was not read since; what differs is what the feed would have told.

        Raises TemporaryError where some are left for the next time.
        """
        heads = (await self._watch.members.heads()).values()
        left = [each for each in heads if each.compared is None or each.compared < since]
        stretch, compared, failure = await self._compared(left)
        await self._settle(stretch)
        await self._snapshots.mark_compared(compared)
        if len(compared) < len(left):
            said = f"{len(left) - len(compared)} groups are still to be compared"
            raise failure or TemporaryError(said, code="ComparisonLeft")
        await self.lease.extend(self.services.now())
        await self._feed.note(behind=None)

    async def _compared(self, heads: Iterable[Head]) -> tuple[Stretch, list[str], TemporaryError | None]:
        """What differs in those of these groups that could be read in time, which they are, and why others could not."""
        stretch, compared, until = Stretch(), list[str](), self.services.now() + COMPARING
        failures: list[TemporaryError] = []

        async def one(head: Head) -> None:
            if self.services.now() >= until:
                return
            try:
                stretch.differs(head.group, await self._snapshots.compare(head), was_there=not head.gone)
            except TemporaryError as error:
                failures.append(error)
            else:
                compared.append(head.group)

        await each_of(heads, one, snapshot.ABREAST)
        return stretch, compared, next(iter(failures), None)

    async def _settle(self, stretch: Stretch) -> None:
        """Does what a stretch asks for: work first, then what is remembered of it."""
        if not stretch.groups:
            return
        heads, interest = await asyncio.gather(self._watch.members.heads(), self.services.uses.all())
        await self._make_sure(stretch, heads)
        picture = Picture(
            heads, stretch.moves, frozenset(each for each in stretch.gone & heads.keys() if not heads[each].gone)
        )
        time = Time(self.services.now(), self.operation_id)
        shown = await meaning.exposures(self._watch.members.shards, picture, interest, time)
        await self._keep()
        await self._queue([*shown, *meaning.looks(stretch, interest, time)])
        await self._note_arrivals(picture, interest, time.at)
        await self._keep()
        await self._snapshots.apply(picture)
        if self.services.settings.group_topic:
            await self._feed.note_found(sorted(stretch.groups), time.at)
        _log.info("changes of groups read", extra={"groups": len(stretch.groups), "exposures": len(shown)})

    async def _make_sure(self, stretch: Stretch, heads: dict[str, Head]) -> None:
        """Reads the groups that came back, are named anew, or were put into watched ones; adds them to `heads`."""
        back = {group for group in stretch.there & heads.keys() if heads[group].gone}
        for group in back:
            stretch.moves.pop(group, None)
        # Of one that was deleted and restored meanwhile the feed shows who is in it, and not who has left
        for group in (stretch.changed.keys() & heads.keys()) - back:
            moves = await self._snapshots.compare(heads[group]) or Moves()
            told = stretch.moves.get(group, Moves()).came
            moves.came = {each: told.get(each, "") for each in moves.came}
            stretch.moves[group] = moves
        for group in stretch.moves.keys() & heads.keys():
            _straighten(stretch.moves[group], heads[group])
        joined = {child for group in stretch.moves.keys() & heads.keys() for child in stretch.moves[group].joined}
        await self._snapshots.begin(back | (joined - heads.keys()), heads)

    async def _note_arrivals(self, picture: Picture, interest: Interest, at: datetime) -> None:
        async def one(account: ResourceId, fresh: Iterable[Arrival]) -> None:
            before = (await self.services.records.get(account)).arriving
            coming = meaning.still_coming(before, fresh, at)
            await self.services.records.note_arriving(account, coming)
            await self.services.postures.note_arriving(account, coming)

        found = await meaning.arrivals(self._watch.members.shards, picture, interest, at)
        await each_of(found.items(), lambda each: one(*each), _ABREAST)

    async def _queue(self, items: Iterable[WorkItem]) -> None:
        await each_of(items, self.services.queue.put, _ABREAST)

    async def _watch_new(self) -> tuple[str, ...]:
        """Begins to watch the groups that show keys, and those in them, that are not watched yet or could not be read; returns
        those that still cannot."""
        heads, interest = await asyncio.gather(self._watch.members.heads(), self.services.uses.all())
        inner = {child for head in heads.values() for child in head.children}
        known = {group for group, head in heads.items() if not head.unread}
        await self._snapshots.begin((interest.roots() | inner) - known, heads)
        return tuple(sorted(group for group, head in heads.items() if head.unread))

    async def _keep(self) -> None:
        await self.lease.keep(self.services.now())

    @property
    def _snapshots(self) -> Snapshots:
        return Snapshots(self._watch.changes, self._watch.members, self.services.now, self._keep)

    @property
    def _watch(self) -> GroupServices:
        return self.services.watch

    @property
    def _feed(self) -> GroupFeed:
        return self.services.watch.feed


def _straighten(moves: Moves, head: Head) -> None:
    """Of what is no more the feed may not tell the type: a group that was in this one is known."""
    for child in head.children:
        if packed(child) in moves.left:
            moves.left.discard(packed(child))
            moves.part(child)
