"""The fleet in numbers is what anybody would count by hand."""

from collections import Counter
from collections.abc import AsyncIterator, Iterable
from datetime import timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from shared.models import KeyName, Milestone
from shared.road.fleet_counts import DAYS_BACK, KeyAge, Summary, counted, key_age
from shared.road.verdict import Covered
from shared.store.posture_rows import glance_of, row_of
from shared.store.postures import Glance, Posture
from tests.postures import NOW, fleet, posture, said

FLEETS = st.tuples(st.integers(0, 60), st.integers(0, 1000)).map(lambda each: list(fleet(each[0], seed=each[1])))


async def glances(postures: Iterable[Posture]) -> AsyncIterator[Glance]:
    for each in postures:
        yield glance_of(row_of(each))


async def summary_of(*postures: Posture) -> Summary:
    return await counted(glances(postures), NOW)


@given(FLEETS)
async def test_every_account_is_counted_once_in_each_way_of_counting(postures: list[Posture]) -> None:
    found = await summary_of(*postures)
    assert (
        found.accounts == len(postures) == sum(found.covered.values()) == sum(each.accounts for each in found.key_age)
    )
    on_the_road = found.covered[Covered.BY_RULE]
    assert found.no_milestone + sum(each.at for each in found.milestones) == on_the_road == sum(found.goals.values())
    assert found.milestones[0].reached == on_the_road - found.no_milestone
    assert sum(each.accounts for each in found.rules) == sum(each.rule is not None for each in postures)
    for rule in found.rules:
        assert rule.accounts == sum(rule.milestones.values())


@given(FLEETS)
async def test_blockers_and_milestones_are_counted_as_by_hand(postures: list[Posture]) -> None:
    found = await summary_of(*postures)
    codes = Counter((each["code"], each["milestone"]) for one in postures for each in one.blockers)
    assert {(each.code, each.milestone): each.accounts for each in found.blockers} == codes
    assert [each.accounts for each in found.blockers] == sorted(codes.values(), reverse=True)
    at = Counter(each.milestone for each in postures)
    assert {each.milestone: each.at for each in found.milestones} == {each: at[each] for each in Milestone}


@given(FLEETS)
async def test_the_last_day_says_what_is_reached_today_and_no_day_less_than_the_one_before(
    postures: list[Posture],
) -> None:
    found = await summary_of(*postures)
    assert len(found.over_time) <= DAYS_BACK
    if found.over_time:
        last = found.over_time[-1]
        assert last.day == NOW.date()
        assert last.reached == {each.milestone: each.reached for each in found.milestones}
    for day, following in zip(found.over_time, found.over_time[1:], strict=False):
        assert following.day - day.day == timedelta(days=1)
        assert all(day.reached[each] <= following.reached[each] for each in Milestone)


async def test_a_blocker_that_is_said_twice_of_an_account_is_one_account() -> None:
    twice = (said("connection.usesKey", Milestone.CONNECTED),) * 2
    found = await summary_of(posture(blockers=twice))
    assert [(each.code, each.milestone, each.accounts) for each in found.blockers] == [
        ("connection.usesKey", Milestone.CONNECTED, 1)
    ]


async def test_over_time_begins_with_the_first_day_and_says_nothing_of_a_fleet_that_has_reached_nothing() -> None:
    assert (await summary_of(posture())).over_time == ()
    days = {Milestone.READY: NOW - timedelta(days=3), Milestone.GRANTED: NOW - timedelta(days=1)}
    reached = {each: at.isoformat() for each, at in days.items()}
    found = await summary_of(posture(milestone=Milestone.GRANTED, reached=reached))
    assert [(each.reached[Milestone.READY], each.reached[Milestone.GRANTED]) for each in found.over_time] == [
        (1, 0),
        (1, 0),
        (1, 1),
        (1, 1),
    ]


async def test_a_milestone_counts_from_when_all_before_it_were_reached_too() -> None:
    days = {Milestone.READY: NOW, Milestone.GRANTED: NOW - timedelta(days=5)}
    reached = {each: at.isoformat() for each, at in days.items()}
    found = await summary_of(posture(milestone=Milestone.GRANTED, reached=reached))
    assert [each.day for each in found.over_time] == [NOW.date()]


@pytest.mark.parametrize(
    ("days", "label"),
    [
        ((0, 29), KeyAge.UNDER_30),
        ((0, 30), KeyAge.UNDER_90),
        ((90, 1), KeyAge.UNDER_180),
        ((364, 364), KeyAge.UNDER_365),
        ((365, 0), KeyAge.OLDER),
        ((10,), KeyAge.NEVER_SEEN),
        ((), KeyAge.NEVER_SEEN),
    ],
)
def test_the_older_key_says_how_old_an_accounts_keys_are(days: tuple[int, ...], label: KeyAge) -> None:
    keys = {str(name): (NOW - timedelta(days=each)).isoformat() for name, each in zip(KeyName, days, strict=False)}
    assert key_age(glance_of(row_of(posture(keys=keys))), NOW) is label
    assert key_age(glance_of(row_of(posture(keys=keys, local_auth_disabled=True))), NOW) is KeyAge.NO_KEY_WORKS
