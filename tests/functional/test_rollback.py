"""The way back: every kind of step is undone from the ledger, as a separate client reads it."""

from datetime import timedelta
from typing import Any

import pytest

from shared.models import Milestone
from shared.models.orders import OrderKind
from shared.resource_id import ResourceId
from shared.road.sweep import sweep
from tests.functional.ordering import Ordering
from tests.functional.road import CHAT, PROJECT, VAULT_URL
from tests.local import LocalRun

CONNECTION = f"{PROJECT}/connections/with-key"
POLICY = """
version: 1
rules:
  - name: chat
    match: {{resourceGroups: [rg-chat]}}
    goal: {goal}
    grants:
      - {{group: 5f9cc6a4-1f2e-5a3a-9d4b-a11ce0000001, role: cognitive-services-user}}
    connections: entra
    keys: {keys}
    quiet: PT3H
"""
WITH_VAULT = f'{{vault: "{VAULT_URL}", grace: PT1H}}'
ROTATING = f'{{vault: "{VAULT_URL}", grace: PT1H, rotateEvery: PT2H}}'
NO_VAULT = "{grace: PT1H}"


class WayBack(Ordering):
    """One account with a project's connection that holds its first key."""

    async def start(self, goal: str, keys: str = WITH_VAULT) -> None:
        await self.begin(POLICY.format(goal=goal, keys=keys))
        await self.client.add_project(CHAT, "alpha")
        self.first = await self.keys()
        metadata = {"ApiType": "Azure", "ResourceId": CHAT, "ApiVersion": "2024-10-21", "Team": "alpha"}
        target = "https://chat-one.openai.azure.com/"
        await self.connect(PROJECT, "with-key", target=target, isSharedToAll=True, metadata=metadata)

    async def walk_for(self, hours: int = 8) -> None:
        await self.local.work(self.local.item(event=True))
        for _ in range(hours):
            await self.local.settle(passes=80)
            await self.local.advance(timedelta(hours=1))
            await sweep(self.local.services)
        await self.local.settle(passes=80)

    async def back(self, to: Milestone | None, **more: Any) -> None:
        await self.carried_out(OrderKind.ROLL_BACK, to=to, **more)

    async def given_out(self) -> str | None:
        """The key that the vault gives out, None where it gives none."""
        answer = await self.client.secret("chat-one-key")
        return str(answer.body["value"]) if answer.status == 200 else None

    async def takes_what_is_given_out(self) -> bool:
        return await self.takes(await self.given_out() or "none")

    async def operation_of(self, kind: str) -> str:
        history = await self.local.entries.history(ResourceId(CHAT))
        return next(each.operation_id for each in reversed(history) if each.step["kind"] == kind)


@pytest.fixture
async def road(local: LocalRun) -> WayBack:
    return WayBack(local)


async def test_an_unsealed_account_takes_the_keys_of_the_vault_again(road: WayBack) -> None:
    await road.start("sealed")
    await road.walk_for()
    assert (await road.local.posture()).milestone == "sealed"
    assert await road.given_out() is None
    await road.back(Milestone.REVOKED)
    assert await road.takes_what_is_given_out()
    assert (await road.local.posture()).milestone == "revoked"
    assert "rolled back" in (await road.local.posture()).note
    await sweep(road.local.services)
    await road.local.settle()
    assert await road.takes_what_is_given_out(), "the next sweep sealed it again"


async def test_keys_that_may_have_leaked_are_dead_before_an_account_is_open_again(road: WayBack) -> None:
    await road.start("sealed")
    await road.walk_for()
    await road.back(Milestone.REVOKED, leaked=True)
    await road.client.simulator("DELETE", "traffic")
    keys = await road.keys()
    history = [kind for kind, _ in await road.local.ledger()]
    assert history[-2:] == ["EnableLocalAuth", "PublishKey"]
    assert await road.given_out() in keys.values()
    assert not await road.takes(road.first["key1"])


async def test_everything_is_undone_down_to_ready(road: WayBack) -> None:
    before = None
    await road.start("sealed")
    before = await road.read(CONNECTION)
    await road.walk_for()
    assert (await road.read(CONNECTION))["authType"] == "AAD"
    shown = await road.show(OrderKind.ROLL_BACK, to=Milestone.READY)
    assert [type(each).__name__ for each in shown.steps] == [
        "EnableLocalAuth",
        "PublishKey",
        "RestoreConnection",
        "RemoveAssignment",
    ]
    assert (await road.read(CONNECTION))["authType"] == "AAD", "showing the way back changed something"
    await road.back(Milestone.READY)
    assert await road.read(CONNECTION) == before
    assert await road.client.assignments(CHAT) == []
    assert await road.takes_what_is_given_out()
    state = await road.client.simulator("GET", "connections")
    assert str(await road.given_out()) in str(state), "the connection does not hold the account's current key"


async def test_going_back_twice_changes_nothing_more(road: WayBack) -> None:
    await road.start("proven")
    await road.walk_for(1)
    await road.back(Milestone.GRANTED)
    writes = await road.local.writes()
    await road.back(Milestone.GRANTED)
    assert await road.local.writes() == writes


async def test_an_account_that_is_let_go_on_goes_on(road: WayBack) -> None:
    await road.start("proven")
    await road.walk_for(1)
    await road.back(Milestone.GRANTED)
    assert (await road.read(CONNECTION))["authType"] == "ApiKey"
    await road.carried_out(OrderKind.RESUME)
    await road.local.settle(passes=20)
    assert (await road.read(CONNECTION))["authType"] == "AAD"
    assert (await road.local.posture()).milestone == "proven"


async def test_an_undone_rotation_gives_out_the_key_from_before_it(road: WayBack) -> None:
    await road.start("proven", ROTATING)
    await road.local.work(road.local.item())
    await road.local.advance(timedelta(minutes=6))
    await road.local.work(road.local.item())
    before = await road.given_out()
    await road.local.advance(timedelta(hours=2))
    await road.local.work(road.local.item())
    road.local.room.items.clear()
    assert await road.given_out() != before
    await road.back(None, undo=await road.operation_of("RotateKey"))
    assert await road.given_out() == before
    assert await road.takes(str(before))


async def test_an_undone_publication_is_withdrawn(road: WayBack) -> None:
    await road.start("proven")
    await road.walk_for(0)
    assert await road.takes_what_is_given_out()
    await road.back(None, undo=await road.operation_of("PublishKey"))
    assert await road.given_out() is None
    await road.local.work(road.local.item())
    assert await road.given_out() is None


async def test_a_key_made_new_is_said_never_to_come_back(road: WayBack) -> None:
    await road.start("revoked", NO_VAULT)
    await road.walk_for()
    assert (await road.local.posture()).milestone == "revoked"
    assert not await road.takes(road.first["key1"])
    shown = await road.show(OrderKind.ROLL_BACK, to=Milestone.QUIET)
    assert shown.steps == ()
    assert len(shown.cannot) == 2
    assert all("never comes back" in each for each in shown.cannot)


async def test_a_removed_assignment_is_made_again(road: WayBack) -> None:
    await road.start("proven")
    await road.walk_for(0)
    text = road.local.policy.read_text()
    road.local.policy.write_text(text.replace("a11ce0000001", "a11ce0000002"))
    await road.local.work(road.local.item())
    await road.local.settle()
    assert ("RemoveAssignment", "done") in await road.local.ledger()
    await road.back(None, undo=await road.operation_of("RemoveAssignment"))
    held = {each["properties"]["principalId"] for each in await road.client.assignments(CHAT)}
    assert "5f9cc6a4-1f2e-5a3a-9d4b-a11ce0000001" in held


async def test_a_connection_that_azure_will_not_change_is_made_anew_on_the_way_back_too(road: WayBack) -> None:
    await road.start("proven")
    before = await road.read(CONNECTION)
    await road.client.turn(connection_type_change_refused="*")
    await road.walk_for(1)
    assert (await road.read(CONNECTION))["authType"] == "AAD"
    await road.back(Milestone.GRANTED)
    assert await road.read(CONNECTION) == before


async def test_a_connection_that_somebody_has_made_into_another_is_left_alone_on_the_way_back(road: WayBack) -> None:
    await road.start("proven")
    await road.walk_for(1)
    another = {**await road.read(CONNECTION), "target": "https://another.openai.azure.com/"}
    await road.client.put_connection(PROJECT, "with-key", another)
    await road.back(Milestone.GRANTED)
    assert (await road.read(CONNECTION))["authType"] == "AAD"
    assert ("RestoreConnection", "refused") in await road.local.ledger()
