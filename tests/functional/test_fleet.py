"""The postures of a whole fleet in tables: page after page, counted, and reported."""

import csv
import io
import json
from collections import Counter
from collections.abc import Iterable
from datetime import timedelta

import pytest

from shared.models import KeyName, Milestone
from shared.resource_id import ResourceId
from shared.road.fleet import summary
from shared.road.fleet_counts import counted
from shared.road.fleet_report import report
from shared.road.services import FLEET_KEPT
from shared.store.posture_rows import TABLE, row_of
from shared.store.postures import Posture, PostureFilter
from shared.store.sweeps import SweepCount
from shared.store.tables import Row, Tables
from tests.functional.road import Road, policy
from tests.local import LocalRun
from tests.postures import SUBSCRIPTIONS, account_id, fleet, posture

COUNT = 300
NEW_COLUMNS = {"codes", "adviceCodes", "kind", "location", "localAuthDisabled", "createdAt", "keys"}
FILTERS = [
    PostureFilter(),
    PostureFilter(milestone="granted"),
    PostureFilter(covered="uncovered"),
    PostureFilter(rule="everything else", goal="sealed"),
    PostureFilter(subscription=SUBSCRIPTIONS[1].upper(), kind="OpenAI"),
    PostureFilter(blocker="connection.usesKey"),
    PostureFilter(name="FLEET-0001"),
    PostureFilter(subscription=SUBSCRIPTIONS[2], milestone="quiet", blocker="revoke.waits", name="1"),
    PostureFilter(milestone="none"),
    PostureFilter(milestone="none", kind="OpenAI", name="1"),
    PostureFilter(blocker="there.isNone"),
    PostureFilter(subscription="99999999-1111-4111-8111-111111111111"),
]


async def write(local: LocalRun, rows: Iterable[Row]) -> None:
    """Writes rows by batch, as many at a time as Tables take."""
    tables = Tables(local.services.session, local.services.settings.storage)
    found = list(rows)
    for partition in sorted({each["PartitionKey"] for each in found}):
        await tables.batch(TABLE, [("upsert", each) for each in found if each["PartitionKey"] == partition])


@pytest.fixture
async def written(local: LocalRun) -> list[Posture]:
    """A fleet in its table, in the order of its pages."""
    postures = sorted(fleet(COUNT), key=lambda each: (each.account.subscription, row_of(each)["RowKey"]))
    await write(local, map(row_of, postures))
    return postures


async def pages(local: LocalRun, wanted: PostureFilter, size: int) -> list[tuple[Posture, ...]]:
    found, after = [], None
    while True:
        page = await local.postures.page(wanted, size=size, after=after)
        found.append(page.postures)
        if page.next is None:
            return found
        assert len(page.postures) == size
        after = page.next


def is_wanted(wanted: PostureFilter, each: Posture) -> bool:
    """The question asked of one posture, as anybody would."""
    stands = (each.milestone or "none") if each.covered == "covered" else each.milestone
    return (
        wanted.milestone in ("", stands)
        and all(getattr(wanted, name) in ("", getattr(each, name)) for name in ("covered", "rule", "goal", "kind"))
        and wanted.subscription.lower() in ("", each.account.subscription)
        and wanted.name.lower() in each.account.name
        and (not wanted.blocker or wanted.blocker in [said["code"] for said in each.blockers])
    )


async def test_pages_hold_what_is_wanted_in_one_order_whatever_their_size(
    local: LocalRun, written: list[Posture]
) -> None:
    for wanted in FILTERS:
        expected = [each for each in written if is_wanted(wanted, each)]
        for size in (7, 50, 1000):
            found = await pages(local, wanted, size)
            assert [each for page in found for each in page] == expected, (wanted, size)
            assert len(found) == max(1, -(-len(expected) // size))
    assert sum(any(is_wanted(each, one) for one in written) for each in FILTERS) == len(FILTERS) - 2


async def test_no_account_comes_twice_and_none_is_missed_while_others_come_and_go(
    local: LocalRun, written: list[Posture]
) -> None:
    seen: Counter[str] = Counter()
    after, number = None, 0
    while number == 0 or after:
        page = await local.postures.page(PostureFilter(), size=40, after=after)
        seen.update(each.account.key for each in page.postures)
        after, number = page.next, number + 1
        for subscription in SUBSCRIPTIONS:
            await local.postures.put(posture(account_id(5000 + number, subscription)))
        await local.postures.delete(page.postures[-1].account)
    assert max(seen.values()) == 1
    assert {each.account.key for each in written} <= set(seen)


@pytest.mark.parametrize(
    "word", ["'", "x' or 'a' eq 'a", "\x00", "Überall ☃", "%27", "a\nb", "\ud800", "guid'1'", "@rule"]
)
async def test_words_that_are_no_rules_find_nothing_and_break_nothing(local: LocalRun, word: str) -> None:
    await local.postures.put(posture())
    for wanted in (PostureFilter(rule=word), PostureFilter(kind=word), PostureFilter(name=word)):
        assert await local.postures.page(wanted, size=5) == await local.postures.page(PostureFilter(rule="-"), size=5)


async def test_rows_of_before_are_counted_and_listed_as_well(local: LocalRun, written: list[Posture]) -> None:
    before = await counted(local.postures.glances(), local.now())
    old = written[::10]
    await write(
        local, ({name: value for name, value in row_of(each).items() if name not in NEW_COLUMNS} for each in old)
    )
    after = await counted(local.postures.glances(), before.as_of)
    assert (after.blockers, after.advice, after.milestones) == (before.blockers, before.advice, before.milestones)
    wanted = PostureFilter(blocker="connection.usesKey")
    assert sum(map(len, await pages(local, wanted, 50))) == sum(is_wanted(wanted, each) for each in written)


async def test_the_numbers_are_kept_for_a_while_and_then_read_anew(local: LocalRun, written: list[Posture]) -> None:
    services = local.services
    found = await summary(services)
    assert (found.accounts, found.last_sweep, found.poisoned) == (COUNT, None, 0)
    started = local.now()
    await services.sweeps.finish(SUBSCRIPTIONS[0], started, SweepCount(seen=2, missed=1))
    await services.sweeps.finish(SUBSCRIPTIONS[1], started, SweepCount(seen=3, queued=2, missed=2))
    await services.sweeps.finish(SUBSCRIPTIONS[2], started - timedelta(hours=1), SweepCount(seen=50, missed=7))
    await local.postures.delete(written[0].account)
    assert await summary(services) is found
    local.now.ahead += FLEET_KEPT
    later = await summary(services)
    assert later.accounts == COUNT - 1
    assert later.last_sweep is not None
    assert (later.last_sweep.at, later.last_sweep.seen, later.last_sweep.queued, later.last_sweep.missed) == (
        started,
        5,
        2,
        3,
    )


async def test_every_account_is_in_each_form_of_the_report_once(local: LocalRun, written: list[Posture]) -> None:
    texts = {form: "".join([each async for each in report(local.services, form)]) for form in ("json", "csv", "md")}
    ids = [each.account.text for each in written]
    assert [each["id"] for each in json.loads(texts["json"])["accounts"]] == ids
    assert [each["id"] for each in csv.DictReader(io.StringIO(texts["csv"], newline=""))] == ids
    assert all(texts["md"].count(f"/{each.account.name} ") == 1 for each in written)
    assert texts == {form: "".join([each async for each in report(local.services, form)]) for form in texts}


async def test_a_pass_keeps_what_the_account_is_and_when_its_keys_were_made_new(road: Road) -> None:
    await road.begin(policy("granted"))
    await road.walk()
    found = await road.local.posture()
    assert (found.kind, found.local_auth_disabled, found.keys) == ("AIServices", False, {})
    assert found.location
    assert found.created_at
    started = road.local.now()
    road.local.policy.write_text(policy("sealed"))
    await road.walk()
    found = await road.local.posture()
    assert (found.milestone, found.local_auth_disabled) == (Milestone.SEALED, True)
    assert set(found.keys) == set(KeyName)
    assert min(found.keys.values()) > started.isoformat()
    assert found == await road.local.postures.get(ResourceId(found.account.text.upper()))
