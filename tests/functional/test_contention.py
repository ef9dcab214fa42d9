"""Several passes want the same account, and many accounts want to be changed in the same hour."""

import asyncio
from collections import Counter
from datetime import datetime, timedelta

import pytest

from functions.work import pass_over
from shared.road.recent import CALM
from shared.road.walk import walk
from shared.store.connection_index import TABLE as CONNECTIONS
from shared.store.leases import LeaseHeldError
from shared.store.tables import Tables
from simulator.company.identities import UNKEYED
from tests.local import CHAT, POLICY, LocalRun

LEASE = timedelta(seconds=90)


async def calls(local: LocalRun) -> int:
    """How many calls the app has sent to Azure."""
    return sum(each["caller"] == UNKEYED.id for each in await local.client.traffic())


async def test_a_pass_waits_for_the_one_under_way(local: LocalRun) -> None:
    await local.client.create_account(CHAT)
    item = local.item()
    async with local.services.leases.hold(item.account, local.now(), LEASE):
        await local.work(item)
        assert await calls(local) == 0
        assert [each.account for _, each in local.room.items] == [item.account]
    await local.settle()
    assert (await local.posture()).milestone == "proven"


async def test_the_lease_of_a_pass_that_died_ends_by_itself(local: LocalRun) -> None:
    await local.client.create_account(CHAT)
    item = local.item()
    held = local.services.leases.hold(item.account, local.now(), LEASE)
    await held.__aenter__()
    began = local.now()
    await local.work(item)
    await local.settle()
    assert (await local.posture()).milestone == "proven"
    assert local.now() - began >= LEASE
    await held.__aexit__(None, None, None)


async def test_an_event_from_before_the_pass_under_way_is_kept_since_that_pass_may_be_dead(local: LocalRun) -> None:
    await local.client.create_account(CHAT)
    item = local.item(event=True)
    await local.advance(timedelta(seconds=10))
    async with local.services.leases.hold(item.account, local.now(), LEASE):
        await local.work(item)
        assert [each.account for _, each in local.room.items] == [item.account]
    await local.settle()
    assert (await local.posture()).milestone == "proven"


async def test_an_event_that_a_finished_pass_has_covered_waits_for_no_lease(local: LocalRun) -> None:
    await local.client.create_account(CHAT)
    late = local.item(event=True)
    await local.advance(timedelta(seconds=10))
    await local.work(local.item())
    async with local.services.leases.hold(late.account, local.now(), LEASE):
        assert await walk(local.services, late) is None


async def test_an_event_from_before_the_last_pass_is_covered_by_it(local: LocalRun) -> None:
    await local.client.create_account(CHAT)
    late = local.item(event=True)
    await local.advance(timedelta(seconds=10))
    await local.work(local.item(event=True))
    before = await calls(local)
    await local.work(late)
    assert await calls(local) == before
    assert local.room.items == []
    await local.advance(timedelta(seconds=10))
    await local.work(local.item(event=True))
    assert await calls(local) > before


async def test_two_processes_at_one_account_make_one_assignment(local: LocalRun) -> None:
    await local.client.create_account(CHAT)
    other = local.new_services()
    await asyncio.gather(pass_over(local.services, local.item()), pass_over(other, local.item()))
    await local.settle()
    assert (await local.posture()).milestone == "proven"
    assert len(await local.client.assignments(CHAT)) == 1
    assert await local.ledger() == [("AssignRole", "done")]
    assert (await local.announced()).count("Unkeyed.RoleAssigned") == 1


async def stuck_while_assigning(local: LocalRun) -> asyncio.Task[None]:
    """A pass whose assignment takes a second and a half to be answered, at the moment when it is sent."""
    await local.client.fault(method="PUT", path="roleAssignments", caller=UNKEYED.id, delay=1.5)
    passing = asyncio.create_task(local.work(local.item()))
    await local.fault_was_hit()
    return passing


async def test_a_pass_that_was_overtaken_leaves_the_lease_to_the_one_that_overtook(local: LocalRun) -> None:
    await local.client.create_account(CHAT)
    overtaken = await stuck_while_assigning(local)
    await local.advance(LEASE)
    item = local.item()
    async with local.services.leases.hold(item.account, local.now(), LEASE):
        await overtaken
        with pytest.raises(LeaseHeldError):
            await walk(local.services, item)


async def test_a_pass_that_was_overtaken_changes_nothing_that_the_other_has_done(local: LocalRun) -> None:
    await local.client.create_account(CHAT)
    overtaken = await stuck_while_assigning(local)
    await local.advance(LEASE)
    await local.work(local.item())
    await overtaken
    await local.settle()
    assert (await local.posture()).milestone == "proven"
    assert len(await local.client.assignments(CHAT)) == 1
    assert {state for _, state in await local.ledger()} <= {"done", "abandoned"}
    await local.client.simulator("DELETE", "traffic")
    await local.work(local.item())
    assert await local.writes() == []


async def test_a_pass_that_takes_too_long_ends_before_its_lease_and_is_tried_again(local: LocalRun) -> None:
    await local.client.create_account(CHAT)
    hurried = local.new_services(UNKEYED_PASS_SECONDS="5")
    await local.client.fault(method="PUT", path="roleAssignments", caller=UNKEYED.id, delay=6)
    began = local.now()
    await pass_over(hurried, local.item())
    assert timedelta(seconds=4) <= local.now() - began < timedelta(seconds=5)
    await local.settle()
    assert (await local.posture()).milestone == "proven"
    assert len(await local.client.assignments(CHAT)) == 1


async def test_no_hour_sees_more_changes_than_the_policy_allows(local: LocalRun) -> None:
    accounts = [f"{CHAT}-{number}" for number in range(5)]
    local.policy.write_text(POLICY.read_text().replace("changesPerHour: 1000", "changesPerHour: 2"))
    now = local.now()
    await local.advance(now.replace(minute=1) + timedelta(hours=1) - now)
    for each in accounts:
        await local.client.create_account(each)
        await local.work(local.item(each))
    stopped = [each for each in accounts if "limit.changesPerHour" in await local.blockers(each)]
    assert len(stopped) == 3
    assert {(await local.posture(each)).retry_at for each in stopped} <= {item.due for _, item in local.room.items}
    assert await local.settle() <= 9
    made = [assignment for each in accounts for assignment in await local.client.assignments(each)]
    hours = Counter(datetime.fromisoformat(each["properties"]["createdOn"]).hour for each in made)
    assert sorted(hours.values()) == [1, 2, 2]
    assert {(await local.posture(each)).milestone for each in accounts} == {"proven"}


async def test_a_batch_is_written_though_somebody_else_has_just_removed_one_of_its_rows(local: LocalRun) -> None:
    tables = Tables(local.services.session, local.services.settings.storage)
    gone, new = ({"PartitionKey": "links", "RowKey": name} for name in ("gone", "new"))
    await tables.batch(CONNECTIONS, [("delete", gone), ("upsert", new)])
    assert [row["RowKey"] async for row in tables.query(CONNECTIONS, "PartitionKey eq @part", part="links")] == ["new"]


async def test_of_many_events_at_a_time_the_first_is_looked_at_at_once_and_one_does_for_the_rest(
    local: LocalRun,
) -> None:
    await local.client.create_account(CHAT)
    passing = await stuck_while_assigning(local)
    for _ in range(9):
        await local.work(local.item(event=True))
    assert len(local.room.items) == 1, "one waits, and does for those that come after it"
    await passing
    await local.client.arm("PATCH", CHAT, {"tags": {"told-by": "the last"}})
    await local.work(local.item(event=True))
    before = (await local.posture()).pass_started
    assert await local.settle() <= 2
    assert (await local.posture()).pass_started > before + timedelta(seconds=2)


async def test_what_waits_for_a_burst_is_not_covered_by_a_look_of_another_process_from_before_its_time(
    local: LocalRun,
) -> None:
    await local.client.create_account(CHAT)
    first, second = local.item(event=True), local.item(event=True)
    await local.work(first)
    await local.work(second)
    other, began = local.new_services(), (await local.posture()).pass_started
    await local.advance(began + timedelta(seconds=2.6) - local.now())
    await pass_over(other, local.item())
    before = (await local.posture()).pass_started
    assert before < began + CALM, "the machine was too slow"
    await local.work(local.item(event=True))
    (_, waiting), *others = local.room.items
    assert others == []
    await local.advance(timedelta(seconds=1))
    await pass_over(local.new_services(), waiting)
    assert (await local.posture()).pass_started > before


async def test_a_pass_that_is_asked_to_wait_before_it_has_read_anything_leaves_what_was_said(local: LocalRun) -> None:
    await local.client.create_account(CHAT)
    await local.work(local.item())
    before, announced = await local.posture(), await local.announced()
    await local.advance(timedelta(seconds=10))
    for path in ("chat-one$", "roleAssignments$"):
        answer = {"status": 429, "code": "TooManyRequests", "headers": {"Retry-After": "20"}}
        await local.client.fault(method="GET", path=path, caller=UNKEYED.id, times=1, answer=answer)
        await local.work(local.item(event=True))
        assert await local.posture() == before
        await local.settle()
        before = await local.posture()
        assert before.milestone == "proven"
        await local.advance(timedelta(seconds=10))
    assert await local.announced() == announced
