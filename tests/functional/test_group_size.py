"""Groups of a hundred thousand members, and five thousand events in a minute: bounded memory, and few readings."""

import time
import tracemalloc
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import timedelta

import pytest

from shared.models import GroupItem, WorkItem
from shared.road.groups.follow import LAG, READ_AGAIN
from shared.road.groups.hearing import Ear
from shared.road.groups.missed import LATE
from shared.store.leases import LeaseHeldError
from shared.store.work_queue import new_operation_id
from simulator.company.identities import UNKEYED
from tests.functional.groups import ALICE_ID, BOB_ID, Groups, exposures
from tests.local import CHAT, LocalRun

MANY = 100_000
MEGABYTE = 1_000_000


@pytest.fixture
async def groups(local: LocalRun) -> Groups:
    await local.client.turn(token_buckets=False)
    return Groups(local)


@contextmanager
def measured(what: str, most: float) -> Iterator[None]:
    """Prints how long it takes and how much memory it needs at most, in megabytes; fails where that is more than `most`."""
    tracemalloc.start()
    started = time.perf_counter()
    yield
    took, (_, peak) = time.perf_counter() - started, tracemalloc.get_traced_memory()
    tracemalloc.stop()
    print(f"{what}: {took:.1f} s, {peak / MEGABYTE:.1f} MB")
    assert peak < most * MEGABYTE


async def test_a_hundred_thousand_members_need_few_megabytes(groups: Groups) -> None:
    large = await groups.client.add_group("sg-large", MANY)
    outer = await groups.client.add_group("sg-outer", [large, ALICE_ID])
    with measured("watched from now on", most=20):
        await groups.shows_keys(outer)
    members = sorted(await groups.members(large))
    await groups.change(groups.client.remove_member(large, members[0]))
    with measured("one of them leaves", most=10):
        assert exposures(await groups.read())["chat-one"].who == (members[0],)
    await groups.change(groups.client.remove_member(outer, large))
    with measured("the group is taken out of the other", most=20):
        assert exposures(await groups.read())["chat-one"].count == MANY - 1
    await groups.change(groups.client.add_member(outer, large))
    with measured("and put in again", most=20):
        assert exposures(await groups.read()) == {}
    await groups.tables.delete("UnkeyedGroups", "feed", "reading")
    with measured("all compared", most=20):
        assert exposures(await groups.read()) == {}


# events


async def readings(groups: Groups) -> int:
    """How often the app has read the feed."""
    calls = await groups.client.traffic(host="graph.microsoft.com", path="/groups/delta")
    return sum(each["caller"] == UNKEYED.id for each in calls)


async def test_an_event_is_covered_by_a_reading_that_began_after_it_and_read_for_once_more_a_minute_later(
    groups: Groups,
) -> None:
    group = await groups.client.add_group("sg-group", [ALICE_ID])
    await groups.read()
    began, now = await readings(groups), groups.local.now()
    await groups.worked(GroupItem(group, "group updated", new_operation_id(), now))
    assert await readings(groups) == began + 1
    await groups.local.advance(timedelta(seconds=10))
    await groups.worked(GroupItem(group, "group updated", new_operation_id(), now - timedelta(seconds=10)))
    assert await readings(groups) == began + 1
    ((due, again),) = groups.local.room.items
    assert (again.cause, again.group) == (READ_AGAIN, "")
    assert LAG - timedelta(seconds=1) <= due - now <= LAG + timedelta(seconds=5)
    await groups.local.settle()
    assert await readings(groups) == began + 2


async def test_while_somebody_reads_the_feed_an_event_waits_for_the_end(groups: Groups) -> None:
    group = await groups.client.add_group("sg-group", [ALICE_ID, BOB_ID])
    await groups.shows_keys(group)
    await groups.change(groups.client.remove_member(group, BOB_ID))
    async with groups.services.leases.hold("groups", groups.local.now(), timedelta(seconds=90)):
        await groups.local.work(GroupItem(group, "group updated", new_operation_id(), groups.local.now()))
        assert exposures(groups.taken()) == {}
    while exposures(found := groups.taken()) == {}:
        waiting = groups.local.room.take()
        assert waiting, "it waits no more"
        await groups.local.work(waiting[1])
    assert exposures(found)["chat-one"].who == (BOB_ID,)


async def test_a_reading_that_lasts_longer_than_its_lease_keeps_it_unless_another_has_come(groups: Groups) -> None:
    leases, length = groups.services.leases, timedelta(seconds=90)
    async with leases.hold("groups", groups.local.now(), length) as lease:
        await groups.local.advance(timedelta(seconds=40))
        await lease.keep(groups.local.now())
        await groups.local.advance(timedelta(seconds=60))
        with pytest.raises(LeaseHeldError):
            await leases.hold("groups", groups.local.now(), length).__aenter__()
        await groups.local.advance(timedelta(seconds=60))
        async with leases.hold("groups", groups.local.now(), length):
            with pytest.raises(LeaseHeldError):
                await lease.extend(groups.local.now())


async def test_a_burst_of_events_needs_few_readings_and_loses_nothing(groups: Groups) -> None:
    """A thousand groups are made and named within a minute; an event tells of each."""
    await groups.read()
    count, began = 1000, groups.local.now()
    made = [await groups.client.add_group(f"sg-{number}") for number in range(count)]
    for number in range(0, count, 100):
        await groups.use("", name=f"sg-{number}", account=f"{CHAT}-{number}")
    clock = [began]
    ear = Ear(None, None, lambda: clock[0])  # type: ignore[arg-type]  # only asked when
    for number, group in enumerate(made):
        clock[0] = began + number * timedelta(minutes=1) / count
        item = GroupItem(group, "group updated", new_operation_id(), clock[0])
        await groups.local.room.put(item, visible_at=ear.visible_at() or clock[0])
    before, started = await readings(groups), time.perf_counter()
    seen = set()
    while taken := groups.local.room.take():
        due, item = taken
        if isinstance(item, WorkItem):
            seen.add(item.account.name)
        else:
            await groups.local.advance(max(due - groups.local.now(), timedelta()))
            await groups.local.work(item)
    pages = await readings(groups) - before
    print(f"{count} events, {pages} pages of the feed read, {time.perf_counter() - started:.1f} s")
    assert seen == {f"chat-one-{number}" for number in range(0, count, 100)}
    assert pages <= count / 50 + 40  # what there is to read, and the readings
    await groups.local.advance(LATE + timedelta(minutes=1))
    await groups.look_after()
    assert await groups.services.watch.feed.news() == ()
