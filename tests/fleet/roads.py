"""Accounts that go the whole road side by side in this process, each so prepared that three passes take it to its seal."""

import asyncio
from collections import Counter, defaultdict
from collections.abc import Awaitable, Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import timedelta

from shared.models import Item
from shared.road.services import Services
from simulator.client import Client
from simulator.company.identities import CHAT_USERS
from simulator.wire import Json
from tests.fleet.watcher import Watcher
from tests.local import CHAT, LocalRun

VAULT = "https://kv-unkeyed.vault.azure.net"
GRACE = timedelta(minutes=10)
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
    keys: {{vault: "{VAULT}", grace: PT10M}}
    quiet: PT10M
    propagation: PT0S
limits: {{changesPerHour: 100000}}
"""
_GROUP, _, _ = CHAT.rpartition("/")
_TOGETHER = timedelta(seconds=30)  # what is due within it is worked off side by side
# All of them count their changes in one row, which takes no more at a time
_ABREAST = 8
_ANNOUNCED = {
    "AssignRole": "RoleAssigned",
    "SwitchConnection": "ConnectionSwitched",
    "PublishKey": "KeyPublished",
    "RotateKey": "KeyRotated",
    "RevokeKey": "KeyRevoked",
    "DisableLocalAuth": "AccountSealed",
    "WithdrawKey": "KeyWithdrawn",
}


@dataclass(frozen=True, slots=True)
class Walker:
    """One account; the way its connection signs in cannot be changed where that is `stubborn`."""

    name: str
    stubborn: bool = False

    @property
    def account(self) -> str:
        return f"{_GROUP}/{self.name}"

    @property
    def project(self) -> str:
        return f"{self.account}/projects/alpha"

    @property
    def connection(self) -> str:
        return f"{self.project}/connections/{'stubborn' if self.stubborn else 'pliant'}"

    @property
    def secret(self) -> str:
        return "" if self.name.startswith("bare-") else f"{self.name}-key"

    def steps(self) -> dict[str, int]:
        """How often each kind of step is to be done on the whole road."""
        by_vault = {"PublishKey": 1, "RotateKey": 2, "WithdrawKey": 1}
        keys = by_vault if self.secret else {"RevokeKey": 2}
        return {"AssignRole": 1, "SwitchConnection": 1, "DisableLocalAuth": 1, **keys}

    def announced(self) -> dict[str, int]:
        """How many outcomes of each kind are to be announced, repetitions of one apart."""
        return {f"Unkeyed.{_ANNOUNCED[kind]}": count for kind, count in self.steps().items()}


class Roads:
    def __init__(self, local: LocalRun, walkers: Sequence[Walker]) -> None:
        self.local = local
        self.walkers = walkers
        self.watcher = Watcher(local.client, local.now)
        self.before: dict[str, Json] = {}
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
        await self.each(self._make)
        await self.each(self._call)
        await self.local.advance(_QUIET + timedelta(seconds=1))
        await self.each(self._call)

    def new_process(self) -> Services:
        """Services that know nothing of what those before them did, watched."""
        self.local.services = self.local.new_services()
        self.watcher.watch(self.local.services)
        return self.local.services

    async def each(self, do: Callable[[Walker], Awaitable[None]]) -> None:
        """Does it for all accounts, some at a time."""
        await asyncio.gather(*(self._in_turn(do(each)) for each in self.walkers))

    async def _in_turn[T](self, doing: Awaitable[T]) -> T:
        async with self._abreast:
            return await doing

    async def _make(self, walker: Walker) -> None:
        properties = {"customSubDomainName": walker.name, "allowProjectManagement": True}
        assert (await self.client.create_account(walker.account, properties=properties)).status == 201
        assert (await self.client.send_logs(walker.account)).status in {200, 201}
        assert (await self.client.add_project(walker.account, "alpha")).status in {200, 201}
        await self.watcher.look(walker.name)
        made = key_connection(walker, self.watcher.keys(walker.name)[0])
        answer = await self.client.put_connection(walker.project, walker.connection.rpartition("/")[2], made)
        assert answer.status == 200
        self.before[walker.name] = answer.body["properties"]

    async def _call(self, walker: Walker) -> None:
        """A call without a key, by which the request log says that it goes on."""
        token = await self.client.token(CHAT_USERS.members[0])
        await self.client.chat(walker.name, token=token)

    # the way

    async def start(self, *walkers: Walker) -> None:
        """Has an event of each of these accounts wait to be worked off."""
        for each in walkers:
            await self.local.room.put(self.local.item(each.account, event=True))

    async def walk(self, *, most: int) -> None:
        """Works off all that waits, in so many rounds at most."""
        for _ in range(most):
            if not await self.round():
                return
        raise AssertionError(f"not settled after {most} rounds: {self.local.room.items}")

    async def round(self) -> int:
        """Works off what is due next, side by side; returns how many items that were."""
        items = await self.due()
        await self.work(items)
        return len(items)

    async def due(self) -> list[Item]:
        """The items that are due next, taken out of the room, at the time when all of them are due."""
        room = self.local.room
        if not room.items:
            return []
        latest = max(min(at for at, _ in room.items), self.local.now()) + _TOGETHER
        taken = [(at, item) for at, item in room.items if at <= latest]
        room.items = [each for each in room.items if each not in taken]
        last = max(at for at, _ in taken)
        if last > self.local.now():
            await self.local.advance(last - self.local.now() + timedelta(milliseconds=10))
        return [item for _, item in taken]

    async def work(self, items: Iterable[Item]) -> None:
        await asyncio.gather(*(self._in_turn(self.local.work(each)) for each in items))

    # the end

    async def assert_all_sealed(self, said: Mapping[str, str]) -> None:
        """Every account is where its rule wants it, nothing was done twice, and nobody was locked out on the way.

        `said` is what befell the account of a name.
        """
        told = defaultdict[str, dict[str, str]](dict)
        for each in await self.client.outcomes():
            told[each["subject"].lower()][each["id"]] = each["type"]
        renewed = Counter(
            each["url"].lower().split("/accounts/")[1].partition("/")[0]
            for each in await self.client.traffic(method="POST", path="/regenerateKey$")
            if each["status"] == 200
        )
        for walker in self.walkers:
            what = f"{walker.name}: {said.get(walker.name, '')}"
            assert (await self.local.posture(walker.account)).milestone == "sealed", what
            assert not (wrongs := self.watcher.wrongs(walker.name, GRACE)), f"{what}: {wrongs}"
            assert renewed[walker.name] == 2, f"{what}: {renewed[walker.name]} keys were made new"
            await self._assert_keys_dead(walker, what)
            await self._assert_switched(walker, what)
            await self._assert_written_down(walker, what)
            kinds = Counter(told[walker.account.lower()].values())
            assert {kind: kinds[kind] for kind in walker.announced()} == walker.announced(), f"{what}: {kinds}"

    async def _assert_keys_dead(self, walker: Walker, what: str) -> None:
        """Either key was made new once; no key that the account ever had is taken, nor is one handed out any more."""
        assert sorted(self.watcher.made_new(walker.name)) == ["key1", "key2"], what
        answers = [(await self.client.chat(walker.name, key=each)).status for each in self.watcher.keys(walker.name)]
        assert sorted(answers) == [401, 401, 403, 403], f"{what}: {answers}"
        if walker.secret:
            assert (await self.client.secret(walker.secret)).status == 403, what

    async def _assert_switched(self, walker: Walker, what: str) -> None:
        after = (await self.client.connection(walker.connection)).body["properties"]
        assert after["authType"] == "AAD", what
        assert _but_credentials(after) == _but_credentials(self.before[walker.name]), what

    async def _assert_written_down(self, walker: Walker, what: str) -> None:
        """Every step that took effect is in the ledger as done, and what was begun in vain as abandoned."""
        entries = Counter(await self.local.ledger(walker.account))
        done = Counter({kind: count for (kind, state), count in entries.items() if state == "done"})
        assert done == Counter(walker.steps()), f"{what}: {entries}"
        assert {state for _, state in entries} <= {"done", "abandoned"}, f"{what}: {entries}"


def _but_credentials(properties: Json) -> Json:
    return {name: value for name, value in properties.items() if name not in ("authType", "credentials")}


def key_connection(walker: Walker, key: str) -> Json:
    return {
        "authType": "ApiKey",
        "category": "AzureOpenAI",
        "target": f"https://{walker.name}.openai.azure.com/",
        "isSharedToAll": False,
        "sharedUserList": [CHAT_USERS.members[0]],
        "credentials": {"key": key},
        "metadata": {"ApiType": "Azure", "ResourceId": walker.account, "ApiVersion": "2024-10-21", "team": "alpha"},
    }
