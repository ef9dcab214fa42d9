"""Drift: what somebody undoes is set again by the same road, with who it was; after so often a day it is contested."""

from collections.abc import Awaitable, Callable
from datetime import timedelta

import pytest

from shared.road.sweep import sweep
from simulator.client import AUTHORIZATION_VERSION
from simulator.company.identities import PLATFORM
from simulator.wire import Json
from tests.functional.road import CHAT, IN_VAULT, PROJECT, Road, policy

OPENAI = "https://chat-one.openai.azure.com/"
HOUR = timedelta(hours=1)
ROAD = policy("sealed", IN_VAULT) + "limits: {repairsPerDay: 2}\n"

type Undo = Callable[[Road], Awaitable[None]]


async def removes_the_role(road: Road) -> None:
    listed = await road.client.assignments(CHAT)
    ours = [each for each in listed if (each["properties"].get("description") or "").startswith("unkeyed:")]
    assert ours
    for each in ours:
        gone = await road.client.arm("DELETE", each["id"], version=AUTHORIZATION_VERSION)
        assert gone.status == 200, gone.body


async def gives_the_connection_a_key(road: Road) -> None:
    path = f"{PROJECT}/connections/with-key"
    found = (await road.client.connection(path)).body["properties"]
    key = {"authType": "ApiKey", "credentials": {"key": "somebody-elses"}}
    kept = {name: found[name] for name in ("category", "target", "metadata", "isSharedToAll") if name in found}
    assert (await road.client.put_connection(PROJECT, "with-key", {**kept, **key})).status == 200


async def turns_key_access_on(road: Road) -> None:
    answer = await road.client.arm("PATCH", CHAT, {"properties": {"disableLocalAuth": False}})
    assert answer.status == 200, answer.body


UNDONE: dict[str, tuple[Undo, str]] = {
    "role assignment": (removes_the_role, "AssignRole"),
    "connection": (gives_the_connection_a_key, "SwitchConnection"),
    "key access": (turns_key_access_on, "DisableLocalAuth"),
}
each_kind = pytest.mark.parametrize(("undo", "kind"), UNDONE.values(), ids=UNDONE)


@pytest.fixture
async def sealed(road: Road) -> Road:
    await road.begin(ROAD)
    assert (await road.client.add_project(CHAT, "alpha")).status == 201
    await road.connect(PROJECT, "with-key", target=OPENAI, metadata={"ResourceId": CHAT})
    await road.walk()
    assert (await road.milestone(), await road.local.blockers()) == ("sealed", {})
    await hours_pass(road, HOUR)
    return road


async def hours_pass(road: Road, time: timedelta) -> None:
    await road.local.advance(time)
    await road.forget_events()
    road.local.room.items.clear()


async def hear_and_settle(road: Road) -> None:
    await road.hear()
    await road.local.settle(passes=120)


async def repairs(road: Road, kind: str) -> list[Json]:
    history = await road.local.entries.history(road.local.item().account)
    return [each.step["repairs"] for each in history if each.step["kind"] == kind and "repairs" in each.step]


@each_kind
async def test_what_somebody_undoes_is_set_again_and_they_are_named(sealed: Road, undo: Undo, kind: str) -> None:
    await undo(sealed)
    await hear_and_settle(sealed)
    assert (await sealed.milestone(), await sealed.local.blockers()) == ("sealed", {})
    assert [(each["caller"], each["application"]) for each in await repairs(sealed, kind)] == [
        (PLATFORM.id, PLATFORM.app_id)
    ]
    told = [each["data"] for each in await sealed.client.outcomes() if "repairs" in each["data"]]
    assert [each["repairs"]["caller"] for each in told if each["kind"] == kind] == [PLATFORM.id]


@each_kind
async def test_a_sweep_repairs_what_no_event_told_of(sealed: Road, undo: Undo, kind: str) -> None:
    await undo(sealed)
    await sealed.forget_events()
    await sweep(sealed.local.services)
    await sealed.local.settle(passes=120)
    assert (await sealed.milestone(), await sealed.local.blockers()) == ("sealed", {})
    assert await repairs(sealed, kind) == [{}]


@each_kind
async def test_a_setting_that_is_undone_each_time_is_contested_for_a_day(sealed: Road, undo: Undo, kind: str) -> None:
    for _ in range(2):
        await undo(sealed)
        await hear_and_settle(sealed)
        await hours_pass(sealed, HOUR)
    await undo(sealed)
    await sealed.hear()
    waiting = sealed.local.room.take()
    while waiting and waiting[0] <= sealed.local.now() + timedelta(minutes=5):
        await sealed.local.advance(max(waiting[0] - sealed.local.now(), timedelta()))
        await sealed.local.work(waiting[1])
        waiting = sealed.local.room.take()
    blockers = await sealed.local.blockers()
    assert "drift.contested" in blockers
    assert PLATFORM.id in blockers["drift.contested"]
    assert "template" in blockers["drift.contested"]
    assert len(await repairs(sealed, kind)) == 2
    blocked = [each["data"]["code"] for each in await sealed.client.outcomes() if each["type"] == "Unkeyed.Blocked"]
    assert blocked.count("drift.contested") == 1
    await sealed.local.advance(timedelta(hours=25))
    sealed.local.services = sealed.local.new_services()
    await sweep(sealed.local.services)
    await sealed.local.settle(passes=120)
    assert (await sealed.milestone(), await sealed.local.blockers()) == ("sealed", {})
    assert len(await repairs(sealed, kind)) == 3


async def test_what_the_app_itself_took_back_is_no_drift(sealed: Road) -> None:
    text = sealed.local.policy.read_text()
    for each in (text.replace("role: cognitive-services-user", "role: foundry-user"), text):
        sealed.local.policy.write_text(each)
        await sealed.local.work(sealed.local.item())
        await sealed.local.settle(passes=120)
    assert (await sealed.milestone(), await sealed.local.blockers()) == ("sealed", {})
    assert await repairs(sealed, "AssignRole") == []


async def test_key_access_that_is_on_again_is_off_at_once_and_no_key_is_given_out_meanwhile(sealed: Road) -> None:
    await sealed.client.turn(local_auth_lag=3600)
    before = await sealed.local.ledger()
    await turns_key_access_on(sealed)
    (item,) = await sealed.hear()
    sealed.local.room.items.clear()
    await sealed.local.work(item)
    assert (await sealed.client.arm("GET", CHAT)).body["properties"]["disableLocalAuth"] is True
    assert [kind for kind, _ in (await sealed.local.ledger())[len(before) :]] == ["DisableLocalAuth"]
    assert (await sealed.client.secret("chat-one-key")).status == 403
    await sealed.client.turn(local_auth_lag=0)
    await sealed.local.settle(passes=60)
    assert (await sealed.milestone(), await sealed.local.blockers()) == ("sealed", {})
