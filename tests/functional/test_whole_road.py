"""An account the whole road, over days, by passes and sweeps in this process."""

from datetime import timedelta

import pytest

from shared.road.sweep import sweep
from simulator.client import INFERENCE
from simulator.company.identities import ALICE
from tests.functional.road import CHAT, PROJECT, Road, policy

OPENAI = "https://chat-one.openai.azure.com/"
ROAD = policy().replace("PT30M", "P1D")
STEPS = [
    "AssignRole",
    "PublishKey",
    "SwitchConnection",
    "RotateKey",
    "RotateKey",
    "DisableLocalAuth",
    "WithdrawKey",
]


async def days_pass(road: Road, days: int) -> None:
    """Days go by with a sweep every six hours."""
    for _ in range(days * 4):
        await road.local.settle(passes=80)
        await road.local.advance(timedelta(hours=6))
        road.local.services = road.local.new_services()  # a process's tokens last less than a day of the simulator's
        await sweep(road.local.services)
    await road.local.settle(passes=80)


@pytest.fixture
async def walked(road: Road) -> Road:
    """An account with a project, a key in the project's connection and a request log, after three days."""
    await road.begin(ROAD)
    assert (await road.client.add_project(CHAT, "alpha")).status == 201
    await road.connect(PROJECT, "with-key", target=OPENAI, metadata={"ResourceId": CHAT})
    await road.local.work(road.local.item(event=True))
    await days_pass(road, 3)
    return road


async def test_an_account_goes_the_whole_road_one_step_after_the_other(walked: Road) -> None:
    assert (await walked.milestone(), await walked.local.blockers()) == ("sealed", {})
    assert await walked.local.ledger() == [(each, "done") for each in STEPS]
    assert (await walked.read(f"{PROJECT}/connections/with-key"))["authType"] == "AAD"
    assert (await walked.client.list_keys(CHAT)).status == 400
    assert (await walked.client.secret("chat-one-key")).status == 403
    member = await walked.client.token(ALICE.id, INFERENCE)
    assert (await walked.client.chat("chat-one", token=member)).status in {200, 404}
    reached = (await walked.local.posture()).reached
    assert list(reached) == ["ready", "granted", "connected", "proven", "quiet", "revoked", "sealed"]


async def test_nothing_is_done_a_second_time(walked: Road) -> None:
    before = await walked.local.writes()
    await walked.local.work(walked.local.item())
    await days_pass(walked, 1)
    assert await walked.local.writes() == before
    assert len(await walked.local.ledger()) == len(STEPS)
