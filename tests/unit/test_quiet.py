"""Quiet: what the logs show, what they do not, and since when."""

from datetime import timedelta
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from shared.models import AccountFacts, Milestone, Unknown
from shared.road.judge import judge
from shared.road.milestones.quiet import quiet_since
from shared.road.steps import Probe
from shared.sdk.request_logs import Day, key_use
from tests.unit.builders import (
    NOW,
    ROAD,
    account,
    codes,
    policy,
    proof,
    record,
    road_facts,
    steps,
    use,
)

DAY, HOUR = timedelta(days=1), timedelta(hours=1)
QUIET = ROAD.replace("goal: sealed", "goal: quiet")


def is_quiet(**changes: Any) -> bool:
    return judge(road_facts(**changes), policy(QUIET), NOW).has_reached(Milestone.QUIET)


def day(ago: int, **changes: Any) -> Day:
    """A day's calls by token, `ago` days before now, between two and three hours before this time of day."""
    made = {"keyed": False, "own": False, "calls": 3, "address": "10.0.0.***"}
    first = NOW - ago * DAY - 3 * HOUR
    return Day(**{**made, "first": first, "last": first + HOUR, **changes})


# what the milestone makes of it


def test_a_period_of_rows_without_a_key_is_quiet() -> None:
    assert is_quiet(use=use(since=NOW - DAY))
    assert not is_quiet(use=use(since=NOW - DAY + timedelta(seconds=1)))


@pytest.mark.parametrize(
    ("found", "code"),
    [
        (use(has_setting=False), "logs.noSetting"),
        (use(since=None, until=None), "logs.noRows"),
        (Unknown("503", "Busy", NOW), "logs.unreadable"),
        (Unknown("not whole", "PartialError", NOW), "logs.unreadable"),
        (Unknown("403", "No", permission="x/read"), "identity.denied"),
        (use(last=NOW - HOUR, address="10.0.0.***", calls=7), "quiet.keyUsed"),
        (use(since=NOW - HOUR), "quiet.waiting"),
        (use(until=NOW - DAY - HOUR), "quiet.waiting"),
    ],
)
def test_nothing_else_is_and_each_is_said(found: object, code: str) -> None:
    assert not is_quiet(use=found)
    (blocker,) = judge(road_facts(use=found), policy(QUIET), NOW).blockers
    assert (blocker.code, bool(blocker.fix or blocker.retry_at)) == (code, True)


def test_the_blockers_say_who_called_and_how_to_switch_the_logs_on() -> None:
    called = judge(road_facts(use=use(last=NOW - HOUR, address="10.0.0.***", calls=7)), policy(QUIET), NOW)
    assert "10.0.0.***; 7 such calls" in called.blockers[0].message
    silent = judge(road_facts(use=use(has_setting=False)), policy(QUIET), NOW)
    assert f"az monitor diagnostic-settings create --name unkeyed --resource {account().id}" in silent.blockers[0].fix


def test_a_key_used_before_the_period_holds_nothing_up() -> None:
    assert is_quiet(use=use(since=NOW - 3 * DAY, last=NOW - DAY))


def test_an_account_that_takes_no_keys_is_quiet_whatever_the_logs_say() -> None:
    assert is_quiet(account=account(local_auth_disabled=True), use=Unknown("503", "Busy", NOW))


def test_rows_that_stopped_coming_are_no_silence() -> None:
    stopped = road_facts(use=use(since=NOW - 20 * DAY, until=NOW - 2 * DAY))
    assert codes(stopped, QUIET) == ["logs.noRows"]


def test_quiet_goes_on_from_what_earlier_passes_saw_where_no_gap_is_between() -> None:
    seen = record(quiet_since=NOW - 30 * DAY, quiet_until=NOW - 2 * DAY)
    assert quiet_since(use(since=NOW - 2 * DAY), seen) == NOW - 30 * DAY
    assert quiet_since(use(since=NOW - DAY, last=NOW - HOUR), seen) == NOW - HOUR
    unseen = NOW - 11 * HOUR  # whatever was called by key before it, no row tells
    assert quiet_since(use(since=unseen), seen) == unseen


def test_a_call_of_its_own_is_made_where_the_period_is_over_but_the_logs_lag_behind() -> None:
    lagging: AccountFacts = road_facts(
        use=use(since=NOW - 2 * DAY, until=NOW - 2 * DAY), proof=proof(at=NOW - 2 * DAY + HOUR)
    )
    assert [type(each) for each in steps(lagging, QUIET)] == [Probe]
    tried = road_facts(use=use(since=NOW - DAY - HOUR, until=NOW - DAY), proof=proof(at=NOW - timedelta(minutes=1)))
    assert steps(tried, QUIET) == ()
    assert codes(tried, QUIET) == ["quiet.waiting"]


# what the rows make


def test_days_make_one_statement_of_how_far_the_rows_reach_and_who_last_used_a_key() -> None:
    by_key = day(1, keyed=True, calls=4, address="192.0.2.***")
    found = key_use([day(0), by_key, day(2)], NOW, own=())
    assert (found.since, found.until) == (day(2).first, day(0).last)
    assert (found.last, found.address, found.calls) == (by_key.last, "192.0.2.***", 4)


def test_no_rows_at_all_reach_nowhere() -> None:
    assert key_use([], NOW, own=()) == use(since=None, until=None)


def test_rows_before_a_day_without_any_do_not_count() -> None:
    assert key_use([day(5), day(4), day(1), day(0)], NOW, own=()).since == day(1).first
    assert key_use([day(2), day(1), day(0)], NOW, own=()).since == day(2).first


def test_a_day_is_24_hours_wherever_midnight_falls() -> None:
    evening, after = NOW - timedelta(hours=36, minutes=5), NOW - timedelta(hours=11, minutes=30)
    daily = [day(0, first=at, last=at) for at in (evening, after)]
    assert key_use(daily, NOW, own=()).since == evening
    morning, night = NOW - timedelta(hours=35, minutes=50), NOW + timedelta(hours=11, minutes=50)
    assert key_use([day(0, first=at, last=at) for at in (morning, night)], NOW, own=()).since == night


def test_the_app_s_own_calls_are_nobody_s_use_and_any_other_beside_them_is() -> None:
    at = NOW - HOUR
    mine, other = (
        day(0, keyed=True, own=True, calls=1, first=each, last=each) for each in (at, at + timedelta(seconds=2))
    )
    assert key_use([day(1), mine], NOW, own=[at]).last is None
    found = key_use([day(1), mine, other], NOW, own=[at])
    assert (found.last, found.calls) == (other.last, 1)
    assert key_use([day(1), other], NOW, own=[at]).calls == 0
    assert key_use([day(1), mine], NOW, own=[at - HOUR]).calls == 1


days = st.builds(
    lambda ago, keyed, own, calls: day(ago, keyed=keyed, own=own, calls=calls),
    st.integers(0, 9),
    st.booleans(),
    st.booleans(),
    st.integers(1, 5),
)


@given(st.lists(days, max_size=12), st.lists(st.integers(0, 9), max_size=3), st.randoms(use_true_random=False))
def test_however_the_rows_are_ordered_a_key_s_last_use_is_never_before_it_and_a_gap_never_bridged(
    found: list[Day], ago: list[int], chance: Any
) -> None:
    own = [day(each).last for each in ago]
    one = key_use(found, NOW, own=own)
    chance.shuffle(found)
    other = key_use(found, NOW, own=own)
    assert (one.since, one.until, one.last, one.calls) == (other.since, other.until, other.last, other.calls)
    used = [each.last for each in found if each.keyed and not each.own]
    assert not used or (one.last is not None and one.last >= max(used))
    if one.since and one.until:
        dates = {each.first.date() for each in found if each.first >= one.since}
        assert all(each + DAY in dates or each == max(dates) for each in dates)
