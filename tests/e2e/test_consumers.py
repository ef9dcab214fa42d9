"""Two programs that call an account all the time while the app takes it the whole road: neither ever sees a call fail.

One reads the key in the vault again and again, through rotations and the switch of a connection, until it moves to tokens;
the other has called by token from the day it could. Once no key is used any more, the keys die and the account is sealed.
"""

import asyncio
import time
from collections import Counter
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import asynccontextmanager
from dataclasses import dataclass, field

import pytest

from simulator.client import Client
from simulator.company.identities import ALICE, CHAT_USERS
from simulator.company.places import VAULT_URL
from tests.e2e.app import AppRun
from tests.fleet.walkers import Walker, key_connection

pytestmark = pytest.mark.e2e

POLICY = f"""
version: 1
rules:
  - name: chat
    match: {{resourceGroups: [rg-chat]}}
    goal: sealed
    grants: [{{group: {CHAT_USERS.id}, role: cognitive-services-user}}]
    connections: entra
    keys: {{vault: "{VAULT_URL}", rotateEvery: PT8S, grace: PT3S}}
    quiet: PT5S
    propagation: PT1S
"""
EVERY, READ_AGAIN = 0.1, 0.5
ROAD = Walker("consumed")


@dataclass
class Consumer:
    """Calls chat completions ten times a second: by token where `token` is set, otherwise with what the vault says."""

    client: Client
    token: str = ""
    keys: list[str] = field(default_factory=list, repr=False)
    answers: Counter[tuple[str, int]] = field(default_factory=Counter)
    failed: list[str] = field(default_factory=list)
    _read: float = 0.0

    async def run(self) -> None:
        """Calls until it is cancelled."""
        began = time.monotonic()
        while True:
            due = time.monotonic() + EVERY
            by = "token" if self.token else "key"
            status = (await self.client.chat(ROAD.name, **{by: self.token or await self._key()})).status
            self.answers[by, status] += 1
            if status != 200:
                self.failed.append(f"{status} by {by} after {time.monotonic() - began:.1f} s")
            await asyncio.sleep(max(0.0, due - time.monotonic()))

    async def _key(self) -> str:
        if not self.keys or time.monotonic() - self._read >= READ_AGAIN:
            self._read = time.monotonic()
            value = (await self.client.secret(ROAD.secret)).body["value"]
            if value not in self.keys[-1:]:
                self.keys.append(value)
        return self.keys[-1]

    def __str__(self) -> str:
        made = ", ".join(f"{count} by {by} answered {status}" for (by, status), count in sorted(self.answers.items()))
        return f"{made}; {len(self.keys)} keys read; failed: {self.failed[:5]}"


@asynccontextmanager
async def running(*consumers: Consumer) -> AsyncIterator[None]:
    """The consumers call as long as this lasts; one that cannot go on ends it."""
    async with asyncio.TaskGroup() as group:
        tasks = [group.create_task(each.run()) for each in consumers]
        yield
        for each in tasks:
            each.cancel()


async def made(app: AppRun) -> list[str]:
    """The account with a model, a project and its request log sent; its two keys."""
    properties = {"customSubDomainName": ROAD.name, "allowProjectManagement": True}
    assert (await app.client.create_account(ROAD.account, properties=properties)).status == 201
    assert (await app.client.deploy(ROAD.account)).status in {200, 201}
    assert (await app.client.send_logs(ROAD.account)).status in {200, 201}
    assert (await app.client.add_project(ROAD.account, "alpha")).status in {200, 201}
    keys = (await app.client.list_keys(ROAD.account)).body
    return [keys["key1"], keys["key2"]]


def has_happened(app: AppRun, kind: str, times: int = 1) -> Callable[[], Awaitable[bool]]:
    async def has() -> bool:
        return (await app.announced(ROAD.account)).count(f"Unkeyed.{kind}") >= times

    return has


async def test_no_call_fails_by_key_before_the_seal_and_none_by_token_at_any_time(app: AppRun) -> None:
    policy = app.place.home / "policy.yaml"
    before = policy.read_text()
    policy.write_text(POLICY)
    await app.client.turn(local_auth_lag=1, log_ingestion=0.2)
    keys = await made(app)
    await app.until("a key is in the vault", has_happened(app, "KeyPublished"))
    by_key = Consumer(app.client)
    by_token = Consumer(app.client, await app.client.token(ALICE.id))
    async with running(by_key, by_token):
        await app.until("a second key is there", has_happened(app, "KeyRotated"))
        copied = key_connection(ROAD, by_key.keys[-1])  # by somebody who has read the vault
        assert (await app.client.put_connection(ROAD.project, "pliant", copied)).status == 200
        await app.until("the connection is switched", has_happened(app, "ConnectionSwitched"))
        await app.until("a third key is there", has_happened(app, "KeyRotated", 2))
        await asyncio.sleep(4)
        assert "quiet" not in (await app.posture(ROAD.account)).reached, f"keys are in use: {by_key}"
        by_key.token = by_token.token
        rotated = (await app.announced(ROAD.account)).count("Unkeyed.KeyRotated")
        await app.until("the account is sealed", has_happened(app, "KeyWithdrawn"))
        await asyncio.sleep(1)
    policy.write_text(before)
    after_the_last = (await app.announced(ROAD.account)).count("Unkeyed.KeyRotated") - rotated
    assert after_the_last >= 2, f"{after_the_last} keys were made new once none was used any more"
    said = f"with keys at first: {by_key}; with tokens only: {by_token}"
    assert not by_key.failed, said
    assert not by_token.failed, said
    assert by_key.answers["key", 200] > 100, said
    assert by_key.answers["token", 200] > 50, said
    assert by_token.answers["token", 200] > 200, said
    assert len(by_key.keys) >= 3, said
    await _nothing_takes_keys(app, [*keys, *by_key.keys])


async def _nothing_takes_keys(app: AppRun, keys: list[str]) -> None:
    assert (await app.posture(ROAD.account)).milestone == "sealed"
    assert (await app.client.connection(ROAD.connection)).body["properties"]["authType"] == "AAD"
    assert {(await app.client.chat(ROAD.name, key=each)).status for each in keys} <= {401, 403}
    assert (await app.client.list_keys(ROAD.account)).status == 400
    assert (await app.client.secret(ROAD.secret)).status == 403
    kinds = [kind for kind, state in await app.ledger(ROAD.account) if state == "done"]
    assert kinds[-1] == "WithdrawKey", kinds
    assert app.errors() == []
    assert await app.poisoned() == []
