"""Keeps the connection index: reads everything that may hold connections, side by side, or the one owner an event names."""

import asyncio
import logging
from collections import defaultdict
from collections.abc import Awaitable, Callable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta

from shared.errors import NotFoundError, PermanentError, TemporaryError
from shared.models import Account, Connection, Pointing
from shared.resource_id import ResourceId
from shared.road.pointing import links_of, markers_to, pointing, region_marker
from shared.sdk.connections import Connections, Owner
from shared.sdk.subscriptions import Subscriptions
from shared.store.connection_index import ConnectionIndex, Link, Reading, State

# How many owners are read at a time, within what one HTTP session holds
ABREAST = 64
# Resource Manager's buckets may ask a reader of hundreds of owners to wait, more than once
TRIES = 6
LONGEST_WAIT = timedelta(seconds=60)
TRY_AGAIN = timedelta(minutes=1)
_log = logging.getLogger(f"unkeyed.{__name__}")


def has_projects(account: Account) -> bool:
    """True for the one kind of account that may hold Foundry projects."""
    return account.kind.lower() == "aiservices"


@dataclass(frozen=True, slots=True)
class Everything:
    """All that could be read at one time: each owner's links, and why a subscription's owners could not be listed.

    `left` are links that stay as they were, of owners that could not be read.
    """

    started: datetime
    readings: tuple[Reading, ...]
    listed: Mapping[str, str]
    left: tuple[Link, ...] = ()

    def state(self) -> State:
        unread = {each.owner: each.unread for each in self.readings if each.unread}
        unread |= {f"/subscriptions/{name}": reason for name, reason in self.listed.items() if reason}
        return State({name: self.started for name, reason in self.listed.items() if not reason}, unread)

    def look(self) -> Callable[[Account], Pointing]:
        """What points at any account, without asking the index for each."""
        by_marker: dict[str, list[Link]] = defaultdict(list)
        for link in (*self.left, *(each for reading in self.readings for each in reading.links)):
            by_marker[link.marker.lower()].append(link)
        state = self.state()

        def look_up(account: Account) -> Pointing:
            found = [link for marker in markers_to(account) for link in by_marker[marker]]
            return pointing(found, by_marker[region_marker(account.location)], state, account)

        return look_up


class Owners:
    def __init__(
        self,
        connections: Connections,
        subscriptions: Subscriptions,
        index: ConnectionIndex,
        now: Callable[[], datetime],
        sleep: Callable[[float], Awaitable[None]] = asyncio.sleep,
    ) -> None:
        self._connections = connections
        self._subscriptions = subscriptions
        self._index = index
        self._now = now
        self._sleep = sleep
        self._building = asyncio.Lock()
        # Accounts younger than the index that were read, until it is rebuilt
        self._new: dict[str, datetime | None] = {}
        self._tried: datetime | None = None

    async def read_everything(self, subscriptions: Sequence[str]) -> Everything:
        """Reads every owner of these subscriptions and files what it finds; what cannot be read is filed as unread.

        Raises TemporaryError where the index's tables do not answer.
        """
        started = self._now()
        abreast = asyncio.Semaphore(ABREAST)
        parts = await asyncio.gather(*(self._read_all_in(each, abreast) for each in subscriptions))
        readings = tuple(each for _, found in parts for each in found)
        listed = {name: unread for name, (unread, _) in zip(subscriptions, parts, strict=True)}
        rebuilt = await self._index.rebuild(readings, listed, started)
        self._new.clear()
        _log.info("connections read", extra={"owners": len(readings), "changed": rebuilt.changed})
        return Everything(started, readings, listed, rebuilt.left)

    async def make_sure(self, subscription: str) -> None:
        """Reads everything where that was never done: the first pass that depends on the index has it built."""
        async with self._building:
            if self._tried and self._now() - self._tried < TRY_AGAIN:
                return
            if subscription not in (await self._index.state()).built:
                self._tried = self._now()
                subscriptions = await self._subscriptions.list()
                if subscription in subscriptions:  # one out of sight would never be built, and is said by the sweep
                    await self.read_everything(subscriptions)

    async def read_new(self, account: Account) -> bool:
        """Reads what an account itself owns, where it is younger than the last reading of everything and was not read yet.

        True where it was read just now; raises TemporaryError where it cannot be.
        """
        if self._new.get(account.id.key) == account.created_at:
            return False
        seen = await self._index.seen(account.id.text)
        is_read = seen is not None and account.created_at is not None and seen > account.created_at
        if not is_read:
            await self._read_own(account)
        self._new[account.id.key] = account.created_at
        return not is_read

    async def _read_own(self, account: Account) -> None:
        projects = await self._connections.projects_of(account.id.text) if has_projects(account) else ()
        await asyncio.gather(*(self.read_again(ResourceId(each.id)) for each in projects))
        await self.read_again(account.id)

    async def read_again(self, owner: ResourceId) -> tuple[Link, ...]:
        """Reads one owner anew; returns the links that came or went.

        Raises TemporaryError where it cannot be read now; until it can be, it is filed as unread, unless the service has
        only asked to wait: as long as that takes, what was known of it stands, as it did until the event came.
        """
        started = self._now()
        try:
            found, connections = await asyncio.gather(
                self._connections.owner(owner.text), self._connections.list_of(owner.text)
            )
        except NotFoundError:
            return await self._index.forget(owner.text)
        except (PermanentError, TemporaryError) as error:
            is_asked_to_wait = isinstance(error, TemporaryError) and error.retry_after is not None
            if not is_asked_to_wait:
                await self._index.take(Reading(owner.text, started, unread=str(error)))
            if isinstance(error, TemporaryError):
                raise
            return ()
        return await self._index.take(Reading(owner.text, started, links_of(owner.text, found.principals, connections)))

    async def _read_all_in(self, subscription: str, abreast: asyncio.Semaphore) -> tuple[str, tuple[Reading, ...]]:
        """Why the subscription's owners could not be listed, and what was read of those that were."""
        try:
            owners = [each async for each in self._connections.owners_in(subscription)]
        except (PermanentError, TemporaryError) as error:
            return str(error), ()
        found = await asyncio.gather(*(self._read(each, abreast) for each in owners))
        return "", tuple(each for each in found if each)

    async def _read(self, owner: Owner, abreast: asyncio.Semaphore) -> Reading | None:
        """One owner's links; None where it is gone by now."""
        started = self._now()
        try:
            connections = await self._patiently(owner.id, abreast)
        except NotFoundError:
            return None
        except (PermanentError, TemporaryError) as error:
            return Reading(owner.id, started, unread=str(error))
        return Reading(owner.id, started, links_of(owner.id, owner.principals, connections))

    async def _patiently(self, owner: str, abreast: asyncio.Semaphore, tries: int = TRIES) -> tuple[Connection, ...]:
        try:
            async with abreast:
                return await self._connections.list_of(owner)
        except TemporaryError as error:
            if tries <= 1 or error.retry_after is None or error.retry_after > LONGEST_WAIT:
                raise
            await self._sleep(error.retry_after.total_seconds())
        return await self._patiently(owner, abreast, tries - 1)
