"""What the story is told with: the local Azure, the app's postures, people's calls, and waiting until something holds."""

import asyncio
import contextlib
import time
from collections.abc import AsyncIterator, Callable
from dataclasses import replace
from datetime import datetime

from shared.resource_id import ResourceId
from shared.store.postures import Posture, Postures
from simulator.client import Client
from simulator.company.estate import CONNECTIONS
from simulator.demo.board import Board
from simulator.demo.calls import Calls, Consumer, call, keys_in_vault
from simulator.demo.cast import EVERYBODY, Part
from simulator.demo.connections import auth_types
from simulator.demo.record import Ending
from simulator.local import AppOptions, LocalAzure
from simulator.wire import Json

PATIENCE = 45.0
TICK = 0.1
_OUTCOMES = "unkeyed-outcomes"


class DemoFailedError(Exception):
    """Something did not happen that should have; the text says what."""


class Stage:
    """The app runs beside it and knows nothing of it."""

    def __init__(
        self, local: LocalAzure, client: Client, postures: Postures, board: Board, options: AppOptions
    ) -> None:
        self.local = local
        self.client = client
        self.postures = postures
        self.board = board
        self.options = options
        self.calls = {part.name: Calls() for part in EVERYBODY}
        self.connections_before: dict[str, str] = {}
        self.connections_after = {each.id: "not read" for each in CONNECTIONS}
        self.consumers: list[Consumer] = []
        self.present: list[Part] = []
        self._copies: dict[str, str] = {}
        self._heard = 0
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

    async def _look(self) -> None:
        received = self.local.azure.events.received[_OUTCOMES]
        new, self._heard = received[self._heard :], len(received)
        for event in new:
            self.board.announced(event)
        for part in self.present:
            posture = await self.postures.get(ResourceId.account(part.account.id))
            if posture and posture != self.board.postures.get(part.name):
                self.board.update(part, posture)

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
        self._copies[part.name] = answer.body["key1"]
        token, key = await self.token_call(part), await call(self.client, part, key=self._copies[part.name])
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

    async def call_after(self, part: Part) -> None:
        """What a token, the old copy of a key, and the account's present key get at the end.

        The present key is taken from the simulator's state: nobody can list it any more where key access is off.
        """
        copy = self._copies.get(part.name)
        present = self.local.azure.cognitive.require(part.account.id).keys["Key1"]
        token, key = await asyncio.gather(self.token_call(part), call(self.client, part, key=present))
        old = await call(self.client, part, key=copy) if copy else 0
        self.calls[part.name] = replace(self.calls[part.name], token_after=token, key_after=key, copy_after=old)

    # how it ended

    async def look_back(self) -> None:
        """Calls every account again, and reads every connection again."""
        await asyncio.gather(*(self.call_after(each) for each in self.present))
        self.connections_after = await auth_types(self.client)

    async def endings(self) -> list[Ending]:
        """How each account ended."""
        return list(await asyncio.gather(*(self._ending(each) for each in self.present)))

    async def _ending(self, part: Part) -> Ending:
        made = await self.client.assignments(part.account.id)
        versions = await keys_in_vault(self.client, part)
        return Ending(part, self.posture(part), self.calls[part.name], versions, len(made), self._took(part, made))

    def _took(self, part: Part, made: list[Json]) -> float | None:
        """Seconds from the event of the account's creation to its first role assignment, by the simulator's clock."""
        told = [each["eventTime"] for each in self.local.azure.events.emitted if _is_creation(each, part)]
        if not made or not told:
            return None
        return round(min(_seconds(each["properties"]["createdOn"]) for each in made) - _seconds(told[0]), 2)


def _is_creation(event: Json, part: Part) -> bool:
    named = str(event["subject"]).lower() == part.account.id.lower()
    is_write = event["data"].get("operationName") == "Microsoft.CognitiveServices/accounts/write"
    return named and is_write and event["data"]["httpRequest"]["method"] == "PUT"


def _seconds(time_text: object) -> float:
    return datetime.fromisoformat(str(time_text)).timestamp()
