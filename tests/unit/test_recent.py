"""Of the events of a burst one look does for many, and it is never one that began before any of them."""

from dataclasses import replace
from datetime import datetime, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from shared.models import Act, Caller, GroupItem, Item, OwnerItem, WorkItem
from shared.resource_id import ResourceId
from shared.road.recent import CALM, CLOCK_SKEW, LONGEST_CALM, LONGEST_LINE, SOON, TURN, Recent, put_off
from shared.store.postures import Posture
from tests.unit.builders import ACCOUNT_ID, NOW

ACCOUNT = ResourceId(ACCOUNT_ID)
SECOND = timedelta(seconds=1)
EVENT = WorkItem(ACCOUNT, "account written", "operation", NOW)
OWNER = OwnerItem(ACCOUNT, "connection written", "operation", NOW)


def passed(at: datetime, account: ResourceId = ACCOUNT) -> Posture:
    return Posture(
        account=account,
        covered="covered",
        rule=None,
        goal=None,
        milestone=None,
        note="",
        blockers=(),
        reached={},
        proof=None,
        pass_started=at,
        pass_finished=at,
        operation_id="operation",
        cause="test",
    )


@pytest.fixture
def recent() -> Recent:
    return Recent()


def test_the_first_event_is_looked_at_at_once_and_so_is_one_after_some_quiet(recent: Recent) -> None:
    assert recent.calm_at(EVENT, NOW) is None
    recent.passed(passed(NOW))
    assert recent.calm_at(EVENT, NOW + CALM) is None
    assert recent.calm_at(EVENT, NOW - SECOND) is None  # a clock was set back


def test_an_event_soon_after_a_pass_waits_and_longer_where_others_go_on_coming_but_not_for_ever(recent: Recent) -> None:
    recent.passed(passed(NOW))
    assert recent.calm_at(EVENT, NOW + SECOND) == NOW + CALM
    recent.waits(EVENT, NOW + CALM)
    assert recent.is_waited_for(EVENT, NOW + 2 * SECOND)
    assert recent.calm_at(EVENT, NOW + CALM) == NOW + 2 * SECOND + CALM
    recent.waits(EVENT, NOW + LONGEST_CALM)
    assert recent.is_waited_for(EVENT, NOW + LONGEST_CALM - SECOND)
    assert recent.calm_at(EVENT, NOW + LONGEST_CALM) is None


def test_an_event_while_a_pass_is_under_way_waits_for_another(recent: Recent) -> None:
    with recent.passing(ACCOUNT):
        assert recent.calm_at(EVENT, NOW) == NOW + CALM
    assert recent.calm_at(EVENT, NOW) is None


@given(st.integers(-200, 200), st.integers(-200, 200))
def test_what_waits_does_for_whatever_comes_before_its_time_and_for_nothing_after(due: int, comes: int) -> None:
    recent, at, now = Recent(), NOW + due * SECOND, NOW + comes * SECOND
    recent.waits(EVENT, at)
    assert recent.is_waited_for(EVENT, now) == (now <= at <= now + SOON)


@pytest.mark.parametrize(
    "waiting",
    [replace(EVENT, event_time=None), GroupItem("group", "cause", "operation", NOW), OWNER],
    ids=["a look that a pass asked for", "a group", "a reading of an owner"],
)
def test_what_another_look_may_take_the_place_of_does_for_no_event(recent: Recent, waiting: Item) -> None:
    recent.waits(waiting, NOW + SECOND)
    assert not recent.is_waited_for(EVENT, NOW)


def test_what_asks_for_no_time_is_never_left_to_another(recent: Recent) -> None:
    recent.waits(EVENT, NOW + SECOND)
    assert not recent.is_waited_for(replace(EVENT, event_time=None), NOW)
    assert not recent.is_waited_for(replace(EVENT, account=ResourceId(f"{ACCOUNT_ID}-two")), NOW)


def test_readings_of_an_owner_are_one_only_where_the_same_person_asks_for_them(recent: Recent) -> None:
    alice, bob = (Act("connection written", "", NOW, Caller(each)) for each in ("alice", "bob"))
    recent.waits(replace(OWNER, act=alice), NOW + SECOND)
    assert recent.is_waited_for(replace(OWNER, act=alice), NOW)
    assert not recent.is_waited_for(replace(OWNER, act=bob), NOW)


def test_what_is_put_off_is_covered_only_by_a_look_that_begins_after_its_time() -> None:
    later = put_off(EVENT, NOW + 10 * SECOND)
    assert later.event_time is not None
    assert later.event_time + CLOCK_SKEW == NOW + 10 * SECOND
    assert put_off(EVENT, NOW) == EVENT
    assert put_off(replace(EVENT, event_time=None), NOW + SECOND) == replace(EVENT, event_time=None)


def test_those_who_are_to_wait_for_a_service_come_one_after_the_other(recent: Recent) -> None:
    at = NOW + SECOND
    assert [recent.turn(EVENT, at) for _ in range(3)] == [at, at + TURN, at + 2 * TURN]
    assert recent.turn(EVENT, at + SECOND) == at + SECOND
    elsewhere = replace(EVENT, account=ResourceId(ACCOUNT_ID.replace("1", "2")))
    assert recent.turn(elsewhere, at) == at


def test_a_line_that_begins_much_later_is_another(recent: Recent) -> None:
    recent.turn(EVENT, NOW + LONGEST_LINE + SECOND)
    assert recent.turn(EVENT, NOW) == NOW
    assert recent.turn(GroupItem("group", "cause", "operation", NOW), NOW) == NOW
