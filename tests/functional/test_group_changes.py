"""What changes in groups comes out of one feed: who lost a way to an account's keys, and which accounts to look at."""

from datetime import timedelta
from itertools import pairwise

import pytest

from shared.errors import TemporaryError
from shared.models import ExposureKind
from shared.resource_id import ResourceId
from shared.road.groups.meaning import CHANGED, DELETED, MOST_ARRIVALS, REMOVED
from shared.store.group_feed import TABLE
from simulator.company.identities import UNKEYED, WORKSTATION
from tests.functional.groups import ALICE_ID, BOB_ID, CAROL_ID, OTHER, Groups, causes, exposures
from tests.local import CHAT, USER_ROLE, LocalRun

SEARCH_ROLE = "7ca78c08-252a-4471-8644-bb5ff32d4ba0"
LONG = timedelta(days=8)


@pytest.fixture
async def groups(local: LocalRun) -> Groups:
    return Groups(local)


async def test_who_leaves_a_group_in_a_group_loses_what_the_outer_one_shows(groups: Groups) -> None:
    inner = await groups.client.add_group("sg-inner", [ALICE_ID, BOB_ID])
    middle = await groups.client.add_group("sg-middle", [inner])
    outer = await groups.client.add_group("sg-outer", [middle, CAROL_ID])
    await groups.shows_keys(outer)
    assert await groups.snapshot(inner) == {ALICE_ID, BOB_ID}
    assert await groups.read() == []
    await groups.change(groups.client.remove_member(inner, BOB_ID))
    found = exposures(await groups.read())["chat-one"]
    assert (found.kind, found.who, found.count) == (ExposureKind.MEMBER_REMOVED, (BOB_ID,), 1)
    assert (found.role, found.group) == (USER_ROLE, outer)
    assert await groups.snapshot(inner) == {ALICE_ID}
    assert await groups.read() == []


async def test_a_group_taken_out_of_a_group_takes_everybody_with_it_who_is_in_by_no_other_way(groups: Groups) -> None:
    deep = await groups.client.add_group("sg-deep", 300)
    inner = await groups.client.add_group("sg-inner", [deep, ALICE_ID, BOB_ID])
    beside = await groups.client.add_group("sg-beside", [BOB_ID])
    outer = await groups.client.add_group("sg-outer", [inner, beside])
    await groups.shows_keys(outer)
    await groups.change(groups.client.remove_member(outer, inner))
    found = exposures(await groups.read())["chat-one"]
    assert (found.count, len(found.who), found.group) == (301, 5, outer)
    assert BOB_ID not in found.who
    assert await groups.snapshot(outer) == {beside}


async def test_who_may_still_list_the_keys_by_another_group_has_lost_nothing(groups: Groups) -> None:
    one, other = [await groups.client.add_group(name, [ALICE_ID, BOB_ID]) for name in ("sg-one", "sg-other")]
    await groups.shows_keys(one, CHAT, OTHER)
    await groups.shows_keys(other, CHAT)
    await groups.change(groups.client.remove_member(one, BOB_ID))
    found = exposures(await groups.read())
    assert {name: each.who for name, each in found.items()} == {"chat-two": (BOB_ID,)}
    await groups.change(groups.client.remove_member(other, BOB_ID))
    found = exposures(await groups.read())
    assert {name: (each.who, each.group) for name, each in found.items()} == {"chat-one": ((BOB_ID,), other)}


async def test_who_was_moved_to_another_group_has_lost_nothing_whatever_page_tells_it(groups: Groups) -> None:
    inner = [await groups.client.add_group(f"sg-{number}", [ALICE_ID] if number == 0 else []) for number in range(4)]
    outer = await groups.client.add_group("sg-outer", inner)
    await groups.shows_keys(outer)
    await groups.client.turn(page_size=1, delta_members=1)
    for left, entered in pairwise(inner):
        await groups.change(groups.client.remove_member(left, ALICE_ID))
        await groups.change(groups.client.add_member(entered, ALICE_ID))
    assert exposures(await groups.read()) == {}
    assert [await groups.snapshot(each) for each in inner] == [set(), set(), set(), {ALICE_ID}]


async def test_a_group_that_was_put_in_is_read_at_once_and_whoever_is_in_it_is_in(groups: Groups) -> None:
    outer = await groups.client.add_group("sg-outer", [ALICE_ID, BOB_ID])
    await groups.shows_keys(outer)
    deep = await groups.client.add_group("sg-deep", [BOB_ID])
    inner = await groups.client.add_group("sg-inner", [deep])
    await groups.change(groups.client.add_member(deep, outer))  # a circle
    await groups.change(groups.client.add_member(outer, inner))
    await groups.change(groups.client.remove_member(outer, BOB_ID))
    await groups.change(groups.client.remove_member(outer, ALICE_ID))
    found = exposures(await groups.read())["chat-one"]
    assert (found.who, found.count) == ((ALICE_ID,), 1)
    assert await groups.snapshot(deep) == {BOB_ID, outer}


async def test_changes_on_more_pages_than_are_put_together_are_all_found(groups: Groups) -> None:
    outer = await groups.client.add_group("sg-outer", 70)
    await groups.shows_keys(outer)
    members = sorted(await groups.snapshot(outer) or set())
    await groups.client.turn(page_size=1, delta_members=1)
    for each in members[:50]:
        await groups.change(groups.client.remove_member(outer, each))
    found = [each.exposure for each in await groups.read()]
    assert [each.count for each in found if each] == [20, 20, 10]
    assert await groups.snapshot(outer) == set(members[50:])


async def test_an_account_whose_keys_nobody_can_list_is_exposed_by_nobody(groups: Groups) -> None:
    sealed = await groups.client.add_group("sg-sealed", [ALICE_ID, BOB_ID])
    await groups.read()
    await groups.use(sealed)
    await groups.change(groups.client.remove_member(sealed, BOB_ID))
    assert await groups.read() == []
    assert await groups.snapshot(sealed) is None


# which accounts to look at


async def test_a_group_that_is_made_named_anew_or_no_more_secure_concerns_whoever_waits_for_it(groups: Groups) -> None:
    await groups.read()
    await groups.use("", name="sg-Awaited", account=OTHER)
    made = await groups.client.add_group("SG-awaited")
    assert causes(await groups.read()) == {("chat-two", CHANGED)}
    await groups.use(made)
    await groups.change(groups.client.rename_group(made, "sg-away"))
    assert causes(await groups.read()) == {("chat-one", CHANGED)}
    await groups.change(groups.client.rename_group(made, "sg-awaited"))
    assert causes(await groups.read()) == {("chat-one", CHANGED), ("chat-two", CHANGED)}
    await groups.change(groups.client.graph("PATCH", f"/groups/{made}", {"securityEnabled": False}))
    assert causes(await groups.read()) == {("chat-one", CHANGED)}
    await groups.change(groups.client.graph("PATCH", f"/groups/{made}", {"description": "of no concern"}))
    await groups.change(groups.client.add_member(made, ALICE_ID))
    assert await groups.read() == []


async def test_a_deleted_group_shuts_its_members_out_and_lets_them_in_again_when_it_is_restored(groups: Groups) -> None:
    inner = await groups.client.add_group("sg-inner", [BOB_ID])
    outer = await groups.client.add_group("sg-outer", [inner, ALICE_ID])
    await groups.shows_keys(outer)
    await groups.change(groups.client.delete_group(outer))
    items = await groups.read()
    assert causes(items) == {("chat-one", DELETED), ("chat-one", REMOVED)}
    assert set(exposures(items)["chat-one"].who) == {ALICE_ID, BOB_ID}
    await groups.change(groups.client.restore_group(outer))
    assert causes(await groups.read()) == {("chat-one", CHANGED)}
    assert await groups.snapshot(outer) == {inner, ALICE_ID}
    await groups.change(groups.client.delete_group(inner))
    assert exposures(await groups.read())["chat-one"].who == (BOB_ID,)
    await groups.change(groups.client.purge_group(inner))
    assert await groups.read() == []
    assert await groups.snapshot(outer) == {ALICE_ID}
    await groups.change(groups.client.delete_group(outer))
    await groups.change(groups.client.purge_group(outer))
    assert exposures(await groups.read())["chat-one"].who == (ALICE_ID,)


async def test_who_left_a_group_that_was_deleted_and_restored_meanwhile_is_found(groups: Groups) -> None:
    outer = await groups.client.add_group("sg-outer", [ALICE_ID, BOB_ID])
    await groups.shows_keys(outer)
    await groups.change(groups.client.delete_group(outer))
    await groups.change(groups.client.restore_group(outer))
    await groups.change(groups.client.remove_member(outer, BOB_ID))
    assert exposures(await groups.read())["chat-one"].who == (BOB_ID,)
    assert await groups.snapshot(outer) == {ALICE_ID}


# who is on the way


async def test_who_comes_to_a_group_is_on_the_way_as_long_as_documents_say(groups: Groups) -> None:
    inner = await groups.client.add_group("sg-inner", [BOB_ID])
    outer = await groups.client.add_group("sg-outer", [inner, CAROL_ID])
    plain = await groups.client.add_group("sg-plain")
    await groups.shows_keys(outer)
    await groups.use(plain, account=OTHER)
    await groups.change(groups.client.add_member(inner, ALICE_ID))
    await groups.change(groups.client.add_member(outer, WORKSTATION.id))
    await groups.change(groups.client.add_member(plain, inner))
    now = groups.local.now()
    assert await groups.read() == []
    record = await groups.services.records.get(ResourceId.account(CHAT))
    found = {(each.principal, each.kind, each.group): each.effective - each.joined for each in record.arriving}
    assert found == {
        (ALICE_ID, "user", outer): timedelta(minutes=10),
        (WORKSTATION.id, "servicePrincipal", outer): timedelta(hours=24),
    }
    assert all(timedelta() <= each.joined - now < timedelta(seconds=30) for each in record.arriving)
    other = (await groups.services.records.get(ResourceId.account(OTHER))).arriving
    assert [(each.principal, each.kind, each.group) for each in other] == [(inner, "group", plain)]


async def test_those_on_the_way_are_the_last_few_and_go_when_they_have_arrived(groups: Groups) -> None:
    outer = await groups.client.add_group("sg-outer", [])
    people = await groups.client.add_group("sg-people", 30)
    await groups.shows_keys(outer)
    members = sorted(await groups.members(people))
    await groups.change(groups.client.add_member(outer, WORKSTATION.id))
    await groups.read()
    for each in members:
        await groups.change(groups.client.add_member(outer, each))
    await groups.read()
    account = ResourceId.account(CHAT)
    arriving = (await groups.services.records.get(account)).arriving
    assert len(arriving) == MOST_ARRIVALS
    await groups.local.advance(timedelta(minutes=11))
    await groups.change(groups.client.add_member(outer, ALICE_ID))
    await groups.read()
    assert [each.principal for each in (await groups.services.records.get(account)).arriving] == [ALICE_ID]


# where the feed does not go back far enough


@pytest.mark.parametrize("status", [410, 400])
async def test_where_the_link_is_too_old_every_watched_group_is_compared(groups: Groups, status: int) -> None:
    deep = await groups.client.add_group("sg-deep", [BOB_ID, CAROL_ID])
    inner = await groups.client.add_group("sg-inner", [deep, ALICE_ID])
    outer = await groups.client.add_group("sg-outer", [inner])
    other = await groups.client.add_group("sg-other", [CAROL_ID])
    await groups.shows_keys(outer)
    await groups.shows_keys(other, OTHER)
    await groups.client.turn(delta_token_refusal=status)
    await groups.change(groups.client.remove_member(deep, BOB_ID))
    await groups.change(groups.client.remove_member(inner, ALICE_ID))
    await groups.change(groups.client.add_member(outer, ALICE_ID))
    await groups.change(groups.client.delete_group(other))
    await groups.advance(LONG)
    with pytest.raises(TemporaryError, match="begins anew"):
        await groups.read()
    await groups.change(groups.client.remove_member(deep, CAROL_ID))  # after the new link, before the comparison
    items = await groups.read()
    # the comparison tells of it first, and then the feed once more
    found = [(each.account.name, set(each.exposure.who)) for each in items if each.exposure]
    assert sorted(found[:2]) == [("chat-one", {BOB_ID, CAROL_ID}), ("chat-two", {CAROL_ID})]
    assert found[2:] == [("chat-one", {CAROL_ID})]
    assert ("chat-two", DELETED) in causes(items)
    assert await groups.snapshot(deep) == set()
    await groups.change(groups.client.remove_member(outer, ALICE_ID))
    assert exposures(await groups.read())["chat-one"].who == (ALICE_ID,)


async def test_a_lost_link_is_like_one_that_is_too_old(groups: Groups) -> None:
    outer = await groups.client.add_group("sg-outer", [ALICE_ID, BOB_ID])
    await groups.shows_keys(outer)
    await groups.change(groups.client.remove_member(outer, BOB_ID))
    await groups.tables.delete(TABLE, "feed", "reading")
    assert exposures(await groups.read())["chat-one"].who == (BOB_ID,)
    assert await groups.snapshot(outer) == {ALICE_ID}


# what is watched, and what is forgotten


async def test_a_group_is_watched_from_when_it_shows_keys_and_changes_before_are_nobodys_loss(groups: Groups) -> None:
    outer = await groups.client.add_group("sg-outer", [ALICE_ID, BOB_ID])
    await groups.read()
    await groups.change(groups.client.remove_member(outer, BOB_ID))
    await groups.shows_keys(outer)
    assert exposures(groups.taken() + await groups.read()) == {}
    assert await groups.snapshot(outer) == {ALICE_ID}


async def test_a_group_that_nobody_uses_any_more_is_forgotten_with_what_is_in_it(groups: Groups) -> None:
    shared = await groups.client.add_group("sg-shared", [ALICE_ID])
    one = await groups.client.add_group("sg-one", [shared, BOB_ID])
    other = await groups.client.add_group("sg-other", [shared])
    await groups.shows_keys(one)
    await groups.shows_keys(other, OTHER)
    await groups.services.uses.file(ResourceId.account(CHAT), {f"id:{one}": (USER_ROLE,)}, {f"id:{one}": ()})
    await groups.look_after()
    assert await groups.snapshot(one) is None
    assert await groups.services.watch.members.shards(one) == {}
    assert await groups.snapshot(shared) == {ALICE_ID}


async def test_a_group_that_does_not_exist_is_watched_till_it_does(groups: Groups) -> None:
    outer = await groups.client.add_group("sg-outer", [ALICE_ID])
    await groups.change(groups.client.delete_group(outer))
    await groups.shows_keys(outer)
    assert await groups.snapshot(outer) == set()
    await groups.change(groups.client.restore_group(outer))
    await groups.read()
    assert await groups.snapshot(outer) == {ALICE_ID}


async def test_roles_of_several_accounts_are_told_apart(groups: Groups) -> None:
    outer = await groups.client.add_group("sg-outer", [ALICE_ID])
    await groups.shows_keys(outer)
    await groups.use(outer, SEARCH_ROLE, account=OTHER)
    await groups.change(groups.client.remove_member(outer, ALICE_ID))
    found = exposures(await groups.read())
    assert {name: each.role for name, each in found.items()} == {"chat-one": USER_ROLE, "chat-two": SEARCH_ROLE}


async def test_a_group_whose_members_are_hidden_holds_nobody_up_and_its_end_is_somebodys_loss(groups: Groups) -> None:
    hidden = await groups.client.add_group("sg-hidden", [ALICE_ID, BOB_ID])
    other = await groups.client.add_group("sg-other", [ALICE_ID])
    answer = {"status": 403, "code": "Authorization_RequestDenied"}
    await groups.client.fault(
        method="GET", path=f"/groups/{hidden}/members", times=20, answer=answer, caller=UNKEYED.id
    )
    await groups.shows_keys(hidden)
    await groups.shows_keys(other, OTHER)
    assert list((await groups.services.watch.feed.state()).blockers) == ["groups.membersDenied"]
    await groups.change(groups.client.remove_member(hidden, BOB_ID))
    await groups.change(groups.client.remove_member(other, ALICE_ID))
    found = {name: each.who for name, each in exposures(await groups.read()).items()}
    assert found == {"chat-one": (BOB_ID,), "chat-two": (ALICE_ID,)}
    await groups.change(groups.client.delete_group(hidden))
    end = exposures(await groups.read())["chat-one"]
    assert (end.who, end.count, end.group) == ((), 1, hidden)
    await groups.client.clear_faults()
    await groups.change(groups.client.restore_group(hidden))
    await groups.read()
    assert await groups.snapshot(hidden) == {ALICE_ID}
    await groups.read()
    assert (await groups.services.watch.feed.state()).blockers == {}


async def test_a_comparison_that_cannot_be_finished_goes_on_where_it_ended(groups: Groups) -> None:
    names = [await groups.client.add_group(f"sg-{number}", [ALICE_ID, BOB_ID]) for number in range(3)]
    for number, each in enumerate(names):
        await groups.shows_keys(each, f"{CHAT}-{number}")
    for each in names:
        await groups.change(groups.client.remove_member(each, BOB_ID))
    await groups.tables.delete(TABLE, "feed", "reading")
    answer = {"status": 503, "headers": {"Retry-After": "20"}}
    await groups.client.fault(method="GET", path=f"/groups/{names[0]}/members", times=1, answer=answer)
    with pytest.raises(TemporaryError, match="503"):
        await groups.read()
    assert set(exposures(groups.taken())) == {"chat-one-1", "chat-one-2"}
    await groups.advance(timedelta(seconds=21))
    assert set(exposures(await groups.read())) == {"chat-one-0"}


async def test_the_app_asks_with_the_right_to_read_members_only(groups: Groups) -> None:
    outer = await groups.client.add_group("sg-outer", 1500)
    await groups.shows_keys(outer)
    calls = [each for each in await groups.client.traffic(host="graph.microsoft.com") if each["caller"] == UNKEYED.id]
    assert {each["status"] for each in calls} == {200}
    assert len([each for each in calls if "/members" in each["url"]]) == 2
