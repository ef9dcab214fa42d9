"""What the story is told with: the local Azure, the app's postures, people's calls, and waiting until something holds."""

import asyncio
import contextlib
import time
from collections.abc import AsyncIterator, Callable
from datetime import datetime
from pathlib import Path

from shared.resource_id import ResourceId
from shared.store.account_records import AccountRecords
from shared.store.postures import Posture, Postures
from shared.store.tables import Tables
from simulator.client import Client
from simulator.company.estate import CONNECTIONS
from simulator.company.places import GROUP_TOPIC
from simulator.demo.board import Board
from simulator.demo.calls import Calls, Consumer, call
from simulator.demo.cast import EVERYBODY, Part
from simulator.demo.outcome import Noted, Undone
from simulator.local import AppOptions, LocalAzure
from simulator.wire import Json

PATIENCE = 45.0
TICK = 0.1
_OUTCOMES = "unkeyed-outcomes"


class DemoFailedError(Exception):
    """Something did not happen that should have; the text says what."""


class Stage:
    """The app runs beside it and knows nothing of it."""

    def __init__(self, local: LocalAzure, client: Client, tables: Tables, board: Board, options: AppOptions) -> None:
        self.local = local
        self.client = client
        self.postures = Postures(tables)
        self.records = AccountRecords(tables)
        self.board = board
        self.options = options
        self.calls = {part.name: Calls() for part in EVERYBODY}
        self.connections_before: dict[str, str] = {}
        self.connections_after = {each.id: "not read" for each in CONNECTIONS}
        self.consumers: list[Consumer] = []
        self.present: list[Part] = []
        self.left_at: datetime | None = None
        self.noted: list[Noted] = []
        self.undone: list[Undone] = []
        self.copies: dict[str, str] = {}
        self._heard = 0
        self._subscribed = False
        self._tasks: list[asyncio.Task[None]] = []

    # what is seen

    @contextlib.asynccontextmanager
    async def watched(self) -> AsyncIterator[None]:
        """The board is kept up to date, and consumers call, as long as this lasts."""
        self._tasks.append(asyncio.create_task(self._watch()))
        try:
            yield
        finally:
            for each in self._tasks:
                each.cancel()
            await asyncio.gather(*self._tasks, return_exceptions=True)
        await self._look()

    async def _watch(self) -> None:
        while True:
            await self._look()
            await asyncio.sleep(TICK)

    @property
    def outcomes(self) -> list[Json]:
        """What the app has announced so far."""
        return self.local.azure.events.received[_OUTCOMES]

    @property
    def heard(self) -> list[Json]:
        """What of it the board has told."""
        return self.outcomes[: self._heard]

    async def _look(self) -> None:
        new, self._heard = self.outcomes[self._heard :], len(self.outcomes)
        for event in new:
            self.board.announced(event)
        self._look_for_operators()
        for part in self.present:
            posture = await self.postures.get(ResourceId.account(part.account.id))
            if posture and posture != self.board.postures.get(part.name):
                self.board.update(part, posture)

    @property
    def app_log(self) -> Path:
        return self.local.home / "app.log"

    @property
    def hears_of_groups(self) -> bool:
        """True once operators have activated the partner topic that the app's Graph subscription made, and subscribed it."""
        found = self.local.azure.events.subscriptions.values()
        return any(each.source == GROUP_TOPIC.lower() and each.state == "Succeeded" for each in found)

    def _look_for_operators(self) -> None:
        if self.hears_of_groups and not self._subscribed:
            self._subscribed = True
            self.board.say("platform team", "activates the partner topic and subscribes unkeyed to it")

    def posture(self, part: Part) -> Posture | None:
        return self.board.postures.get(part.name)

    def stands_at(self, part: Part, milestone: str) -> bool:
        found = self.posture(part)
        return bool(found and found.milestone == milestone)

    def is_blocked(self, part: Part, code: str) -> bool:
        found = self.posture(part)
        return bool(found and any(each["code"] == code for each in found.blockers))

    def versions(self, part: Part) -> int:
        """How many versions the account's secret has by now, from the simulator's state."""
        vault = self.local.azure.vaults.live()[0]
        found = vault.secrets.get(part.secret)
        return len(found.versions) if found else 0

    def has_ended(self, part: Part) -> bool:
        """True where the account is where it is meant to end."""
        found = self.posture(part)
        if found is None or found.milestone != part.ends_at:
            return False
        return not part.blocked_by or self.is_blocked(part, part.blocked_by)

    async def until(self, what: str, holds: Callable[[], bool]) -> None:
        """Returns when it holds; raises DemoFailedError where it does not for too long, and what ended a background task."""
        deadline = time.monotonic() + PATIENCE
        while not holds():
            for each in self._tasks:
                if each.done():
                    each.result()
            if time.monotonic() > deadline:
                raise DemoFailedError(f"after {PATIENCE:.0f} s it still is not true that {what}")
            await asyncio.sleep(TICK)

    # what people do

    def enter(self, *parts: Part) -> None:
        """These accounts are there from now on."""
        self.present += parts
        self.board.show(parts)

    def start(self, consumer: Consumer) -> None:
        """Has a program call an account from now on."""
        self.consumers.append(consumer)
        self._tasks.append(asyncio.create_task(consumer.run()))

    async def call_before(self, part: Part) -> tuple[int, int]:
        """What a token and a key get before the road; the key is remembered as a copy that somebody kept."""
        answer = await self.client.list_keys(part.account.id)
        self.copies[part.name] = answer.body["key1"]
        token, key = await self.token_call(part), await call(self.client, part, key=self.copies[part.name])
        self.calls[part.name] = Calls(token_before=token, key_before=key)
        return token, key

    async def token_call(self, part: Part) -> int:
        return await call(self.client, part, token=await self.client.token(part.caller.id))

    async def gets_in(self, part: Part) -> None:
        """Returns when the part's caller is let in with a token: a role takes its time to spread."""
        deadline = time.monotonic() + PATIENCE
        while await self.token_call(part) != 200:
            if time.monotonic() > deadline:
                raise DemoFailedError(f"after {PATIENCE:.0f} s {part.caller.name} still cannot call {part.name}")
            await asyncio.sleep(TICK)
