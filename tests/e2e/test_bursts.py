"""Bursts of events in small, through the app in its host: nothing is lost, few passes do for many events, and whoever asks to
be left alone is. `make bench-burst` has them in full."""

import pytest

from tests.bursts.asked import at_best, calls_of_app, early
from tests.bursts.imports import Import
from tests.bursts.seen import became, tables_of
from tests.bursts.template import EVENTS_EACH, Deployment
from tests.e2e.app import AppRun

pytestmark = pytest.mark.e2e

# A pass that waits before a bucket takes longer than the other modules let it
SETTINGS = {"UNKEYED_PASS_SECONDS": "60"}
# So small that a slow machine, too, asks faster than they fill
ACCOUNTS, SCALE = 24, 0.2
WAITING, HELD, GROUP_EVENTS = 12, 6, 300


async def test_a_template_over_many_accounts_ends_as_the_policy_says_through_buckets_that_are_too_small(
    app: AppRun,
) -> None:
    async with tables_of(app) as tables:
        fleet = Deployment(app, tables, ACCOUNTS)

        async def is_settled() -> bool:
            return await fleet.settled() == ACCOUNTS

        await fleet.begin()
        await app.until("the fleet has arrived", is_settled)
        await app.until_idle()
        before = len(app.log())
        await app.client.simulator("DELETE", "traffic")
        await app.client.turn(token_buckets=True, bucket_scale=SCALE)
        await fleet.deploy(seconds=3)
        await app.until("all is worked off", app.is_idle)
        traffic = await app.client.traffic()
        await app.client.turn(token_buckets=False)
        assert await fleet.right() == fleet.accounts
        assert await fleet.settled() == ACCOUNTS
    calls, passes = calls_of_app(traffic), became(app.log()[before:])["passes finished"]
    refused = [each for each in calls if each.is_refused]
    print(f"{len(calls)} calls, {len(refused)} refused, {passes} passes; at best {at_best(calls, SCALE):.0f} s")
    assert refused, "the buckets were too large to say much"
    assert early(calls) == []
    assert passes < ACCOUNTS * EVENTS_EACH / 3
    assert await app.poisoned() == []
    assert app.errors() == []


async def test_an_import_of_groups_has_the_accounts_it_concerns_granted_and_exposed_and_no_event_missed(
    app: AppRun,
) -> None:
    async with tables_of(app) as tables:
        groups = Import(app, tables, GROUP_EVENTS, WAITING, HELD)
        await groups.begin()
        await app.until("the app hears of groups", groups.is_ready)
        await app.until_idle()
        before = len(app.log())
        await app.client.simulator("DELETE", "traffic")
        await app.client.turn(token_buckets=True)
        await groups.run(seconds=3)
        await app.until("all is worked off", app.is_idle)
        traffic = await app.client.traffic()
        assert await groups.right() == [*groups.holders, *groups.waiters]
        assert await groups.missed() == []
    calls, seen = calls_of_app(traffic), became(app.log()[before:])
    assert seen["passes finished"] <= 2 * (WAITING + HELD)
    assert seen["stretches of the feed"] < GROUP_EVENTS / 10
    assert early(calls) == []
    assert await app.poisoned() == []
