"""The sweep: what it queues, and that sweeping again and again piles nothing up."""

from datetime import timedelta

import pytest

from shared.models import WorkItem
from shared.road.sweep import sweep
from shared.store.sweeps import SweepCount
from simulator.company.identities import PLATFORM
from tests.functional.road import Road, policy
from tests.local import CHAT, POLICY, LocalRun

GRAPH = "https://graph.microsoft.com"


async def test_a_blocker_that_has_become_another_is_found_though_the_milestone_is_the_same(local: LocalRun) -> None:
    named = '{groupName: "sg-{resourceGroup}-people",'
    local.policy.write_text(POLICY.read_text().replace("{group: 5f9cc6a4-1f2e-5a3a-9d4b-a11ce0000001,", named))
    await local.client.create_account(CHAT)
    await local.work(local.item())
    assert [each["code"] for each in (await local.posture()).blockers] == ["grant.groupMissing"]
    headers = {"Authorization": f"Bearer {await local.client.token(PLATFORM.id, GRAPH)}"}
    for _ in range(2):
        body = {"displayName": "sg-rg-chat-people", "mailEnabled": False, "mailNickname": "p", "securityEnabled": True}
        assert (await local.client.call("POST", f"{GRAPH}/v1.0/groups", body, headers=headers)).status == 201
    await sweep(local.services)
    await local.settle()
    assert [each["code"] for each in (await local.posture()).blockers] == ["grant.groupAmbiguous"]


async def test_sweeps_that_find_the_same_account_again_cost_one_look_at_it(local: LocalRun) -> None:
    await local.client.create_account(CHAT)
    for _ in range(5):
        await sweep(local.services)
        await local.advance(timedelta(hours=1))
    assert len(local.room.items) == 5
    await local.client.simulator("DELETE", "traffic")
    await local.settle()
    assert len(await local.client.traffic(method="GET", path="/accounts/chat-one$")) == 1


async def test_a_look_that_was_asked_for_and_lost_is_made_up_for_by_the_next_message(local: LocalRun) -> None:
    await local.client.turn(provisioning=20)
    await local.client.create_account(CHAT)
    await local.advance(timedelta(seconds=5))
    item = local.item(event=True)
    await local.advance(timedelta(seconds=5))
    await local.work(item)
    local.room.items.clear()
    await local.advance(timedelta(minutes=10))
    await local.work(item)
    assert (await local.posture()).milestone == "proven"


async def test_a_message_that_comes_back_is_looked_at_anew_however_fresh_the_last_pass(road: Road) -> None:
    """Its worker may have died between its posture and its queueing, long before the look it would have asked for is due."""
    local = road.local
    await road.begin(policy("sealed"))
    died = local.item(event=True)
    await local.advance(timedelta(seconds=5))
    await local.work(died)
    for _ in range(2):  # of an event first, then of a look that was asked for
        local.room.items.clear()
        local.services = local.new_services()
        await local.work(died)
        assert local.room.items == []
        local.room.give_back(died)
        async with local.services.leases.hold(died.account, local.now(), timedelta(seconds=60)):
            await _work_next(local)
        await _work_next(local)
        died = await _work_next(local)
    await local.settle(passes=120)
    assert (await local.posture()).milestone == "sealed"


async def _work_next(local: LocalRun) -> WorkItem:
    """Works off the one item that waits, when it is due."""
    [(due, item)] = local.room.items
    local.room.items.clear()
    await local.advance(max(timedelta(), due - local.now()) + timedelta(seconds=1))
    await local.work(item)
    assert isinstance(item, WorkItem)
    return item


async def test_a_subscription_that_was_swept_and_is_seen_no_more_is_said_for_a_week(
    local: LocalRun, caplog: pytest.LogCaptureFixture
) -> None:
    gone = "33333333-3333-4333-8333-333333333333"
    await local.services.sweeps.finish(gone, local.now(), SweepCount())
    await sweep(local.services)
    assert f"a subscription could not be swept: the app does not see {gone} any more" in caplog.text
    caplog.clear()
    await local.advance(timedelta(days=8))
    local.services = local.new_services()
    await sweep(local.services)
    assert gone not in caplog.text
