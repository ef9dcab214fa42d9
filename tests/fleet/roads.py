"""Accounts that go the whole road side by side in this process, so prepared that it has three stages of one pass each.

In the first the key is published and the connection switched; a grace period later, one key is made new; after another the
other one, and the account is sealed. An account without a vault is sealed in the first.
"""

import asyncio
from collections.abc import AsyncIterator, Awaitable, Callable, Iterable, Mapping, Sequence
from contextlib import asynccontextmanager
from datetime import timedelta
from pathlib import Path

from shared.models import Item
from shared.road.services import Services
from simulator.client import Client
from simulator.company.identities import CHAT_USERS
from tests.fleet.key_watch import KeyWatch
from tests.fleet.walkers import Departure, Walker, assert_arrived, made
from tests.local import LocalRun, Place

VAULT = "https://kv-unkeyed.vault.azure.net"
GRACE = timedelta(hours=1)
_QUIET = timedelta(minutes=10)
# `bare` accounts have no vault: their keys are revoked, not rotated
POLICY = f"""
version: 1
rules:
  - name: bare
    match: {{resourceGroups: [rg-chat], accounts: ["bare-*"]}}
    goal: sealed
    grants: [&users {{group: {CHAT_USERS.id}, role: cognitive-services-user}}]
    connections: entra
    quiet: PT10M
    propagation: PT0S
  - name: chat
    match: {{resourceGroups: [rg-chat]}}
    goal: sealed
    grants: [*users]
    connections: entra
    keys: {{vault: "{VAULT}", grace: PT1H}}
    quiet: PT10M
    propagation: PT0S
limits: {{changesPerHour: 100000}}
"""
STAGES = (1, 2, 3)
_TOGETHER = timedelta(seconds=30)  # what is due within it is worked off side by side
_SOON = timedelta(minutes=20)  # what is due within it belongs to the same stage
# All of them count their changes in one row, which takes no more at a time
_ABREAST = 8
_MOST_ROUNDS = 100


class Roads:
    def __init__(self, local: LocalRun, walkers: Sequence[Walker]) -> None:
        self.local = local
        self.walkers = walkers
        self.watch = KeyWatch(local.client, local.now)
        self.departures: dict[Walker, Departure] = {}
        self._abreast = asyncio.Semaphore(_ABREAST)

    @property
    def client(self) -> Client:
        return self.local.client

    # the beginning

    async def begin(self) -> None:
        """Every account is there and has been quiet."""
        self.local.policy.write_text(POLICY)
        self.new_process()
        await self.client.turn(
            local_auth_lag=0, log_ingestion=0, token_buckets=False, connection_type_change_refused="*/stubborn"
        )
        await self.each(self.walkers, self._make)
        await self.each(self.walkers, self._call)
        await self.local.advance(_QUIET + timedelta(seconds=1))
        await self.each(self.walkers, self._call)

    def new_process(self) -> Services:
        """Services that know nothing of what those before them did, watched."""
        self.local.services = self.local.new_services()
        self.watch.watch(self.local.services)
        return self.local.services

    async def each[T](self, things: Iterable[T], do: Callable[[T], Awaitable[None]]) -> None:
        """Does it for all of them, some at a time."""

        async def in_turn(thing: T) -> None:
            async with self._abreast:
                await do(thing)

        await asyncio.gather(*map(in_turn, things))

    async def _make(self, walker: Walker) -> None:
        self.departures[walker] = await made(self.client, walker)
        await self.watch.look(walker.name)

    async def _call(self, walker: Walker) -> None:
        """A call without a key, by which the request log says that it goes on."""
        token = await self.client.token(CHAT_USERS.members[0])
        await self.client.chat(walker.name, token=token)

    # the way

    async def start(self, *walkers: Walker) -> None:
        """Has an event of each of these accounts wait to be worked off."""
        for each in walkers:
            await self.local.room.put(self.local.item(each.account, event=True))

    async def stage(self, work: Callable[[list[Item]], Awaitable[None]] | None = None) -> None:
        """Works off what is due next and all that soon follows from it, by `work` where that is given."""
        items = await self._due(within=None)
        for _ in range(_MOST_ROUNDS):
            if not items:
                return
            await (work or self.work)(items)
            items = await self._due(within=_SOON)
        raise AssertionError(f"not settled after {_MOST_ROUNDS} rounds: {items}")

    async def _due(self, *, within: timedelta | None) -> list[Item]:
        """The items that are due next, taken out of the room, at the time when all of them are due."""
        room, now = self.local.room, self.local.now()
        first = min((at for at, _ in room.items), default=None)
        if first is None or (within is not None and first > now + within):
            return []
        latest = max(first, now) + _TOGETHER
        taken = [(at, item) for at, item in room.items if at <= latest]
        room.items = [each for each in room.items if each not in taken]
        last = max(at for at, _ in taken)
        if last > now:
            await self.local.advance(last - now + timedelta(milliseconds=10))
        return [item for _, item in taken]

    async def work(self, items: Iterable[Item]) -> None:
        """A pass of each, some at a time."""
        await self.each(items, self.local.work)

    # the end

    async def assert_all_sealed(self, said: Mapping[str, str]) -> None:
        """Every account has arrived, and on the way nobody was locked out who reads the vault; `said` as in `assert_arrived`."""
        for walker in self.walkers:
            what = f"{walker.name}: {said.get(walker.name, '')}"
            assert not (wrongs := self.watch.wrongs(walker.name, GRACE)), f"{what}: {wrongs}"
            assert sorted(self.watch.made_new(walker.name)) == ["key1", "key2"], what
            last = [(await self.client.chat(walker.name, key=each)).status for each in self.watch.keys(walker.name)[2:]]
            assert last == [403, 403], f"{what}: {last}"
        await assert_arrived(self.local, self.departures, said)


@asynccontextmanager
async def tenant(place: Place, folder: Path, walkers: Sequence[Walker]) -> AsyncIterator[Roads]:
    """A tenant of its own with these accounts."""
    async with LocalRun(place, folder) as local:
        roads = Roads(local, walkers)
        await roads.begin()
        await roads.client.simulator("DELETE", "traffic")
        yield roads


@asynccontextmanager
async def on_their_way(place: Place, folder: Path, walkers: Sequence[Walker]) -> AsyncIterator[Roads]:
    """Accounts about to be walked, in a tenant whose connections have been read by the pass of another account."""
    guide = Walker("guide")
    async with tenant(place, folder, [guide, *walkers]) as roads:
        await roads.start(guide)
        await roads.stage()
        await roads.start(*walkers)
        yield roads
