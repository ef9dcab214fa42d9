"""Exposure: who has seen the keys, or could until now, is known; and where the rule says so, no copy of theirs lives on."""

from dataclasses import replace
from datetime import timedelta

import pytest

from shared.models import AccountRecord, Exposure, ExposureKind
from simulator.company.identities import ALICE, CHAT_USERS, PLATFORM
from simulator.company.places import VAULT_URL
from tests.functional.road import CHAT, PROJECT, Road, policy
from tests.functional.test_whole_road import days_pass
from tests.watching import USER_ROLE

OWNER = "8e3af657-a8ff-443c-a75c-2fe8c4bcb635"
REVOKES = "revokeOn: [memberRemoved, keysListed]"
IN_VAULT = f'keys: {{vault: "{VAULT_URL}", grace: PT10M, {REVOKES}}}'
NO_VAULT = f"keys: {{{REVOKES}}}"
PROVEN, BARE = policy("proven", IN_VAULT), policy("proven", NO_VAULT)
KINDS = (ExposureKind.MEMBER_REMOVED, ExposureKind.LISTED)


async def record(road: Road) -> AccountRecord:
    return await road.local.services.records.get(road.local.item().account)


async def expose(road: Road, kind: ExposureKind) -> None:
    """Somebody lists the keys, or leaves the group by whose role they could."""
    if kind is ExposureKind.LISTED:
        assert (await road.client.list_keys(CHAT)).status == 200
        await road.hear()
        return
    left = Exposure(kind, road.local.now(), (ALICE.id,), role=USER_ROLE, group=CHAT_USERS.id)
    await road.local.room.put(replace(road.local.item(cause="member removed", event=True), exposure=left))


async def one_pass(road: Road) -> None:
    """Works off the item that is due first."""
    waiting = road.local.room.take()
    assert waiting
    await road.local.work(waiting[1])


async def begin(road: Road, text: str) -> dict[str, str]:
    """An account at the end of its road, which waits for nothing; its keys."""
    await road.begin(text)
    await road.walk()
    keys = await road.keys()
    await road.local.advance(timedelta(hours=1))
    await road.forget_events()
    road.local.room.items.clear()
    return {str(name): str(key) for name, key in keys.items()}


async def test_whoever_lists_the_keys_is_known_with_time_application_and_role(road: Road) -> None:
    await begin(road, policy("proven", ""))
    await expose(road, ExposureKind.LISTED)
    before = await road.local.writes()
    await road.local.settle()
    (found,) = (await record(road)).exposures.values()
    assert (found.who, found.application, found.role) == ((PLATFORM.id,), PLATFORM.app_id, OWNER)
    assert abs(found.at - road.local.now()) < timedelta(minutes=1)
    assert await road.local.writes() == before  # the rule does not ask for anything
    assert await road.local.blockers() == {}


@pytest.mark.parametrize("kind", KINDS)
async def test_both_keys_die_by_the_vault_one_after_the_other(road: Road, kind: ExposureKind) -> None:
    old = await begin(road, PROVEN)
    await expose(road, kind)
    await one_pass(road)
    assert "keys.exposed" in await road.local.blockers()
    for _ in range(20):
        assert await road.takes((await road.secret())["value"])
        if not (waiting := road.local.room.take()):
            break
        await road.local.advance(max(waiting[0] - road.local.now(), timedelta()))
        await road.local.work(waiting[1])
    assert [await road.takes(each) for each in old.values()] == [False, False]
    assert await road.takes((await road.secret())["value"])
    assert (await road.milestone(), await road.local.blockers()) == ("proven", {})
    assert [kind for kind, _ in await road.local.ledger()].count("RotateKey") == 2


@pytest.mark.parametrize("kind", KINDS)
async def test_without_a_vault_both_die_once_nobody_uses_any(road: Road, kind: ExposureKind) -> None:
    old = await begin(road, BARE)
    await road.client.chat("chat-one", key=old["key1"])
    await expose(road, kind)
    await one_pass(road)
    blockers = await road.local.blockers()
    assert "keys.exposed" in blockers
    assert "A key was used" in blockers["keys.exposed"]
    assert await road.takes(old["key2"])
    road.local.services = road.local.new_services()
    await road.local.settle(passes=120)
    assert [await road.takes(each) for each in old.values()] == [False, False]
    assert (await road.milestone(), await road.local.blockers()) == ("proven", {})


@pytest.mark.parametrize("kind", KINDS)
async def test_a_connection_that_cannot_do_without_a_key_holds_them_up_and_is_named(
    road: Road, kind: ExposureKind
) -> None:
    await road.begin(PROVEN)
    assert (await road.client.add_project(CHAT, "alpha")).status == 201
    await road.connect(
        PROJECT,
        "custom",
        category="CustomKeys",
        authType="CustomKeys",
        target="https://chat-one.openai.azure.com/",
        metadata={"ResourceId": CHAT},
        credentials={"keys": {"key": (await road.keys())["key1"]}},
    )
    await road.walk()
    old = await road.keys()
    await road.forget_events()
    await expose(road, kind)
    await road.local.settle(passes=60)
    blockers = await road.local.blockers()
    assert {"connection.cannotSwitch", "keys.exposed"} <= blockers.keys()
    assert "custom" in blockers["keys.exposed"]
    assert await road.keys() == old


async def test_a_sealed_account_is_left_as_it_is(road: Road) -> None:
    await begin_sealed(road)
    writes = await road.local.writes()
    await expose(road, ExposureKind.MEMBER_REMOVED)
    await road.local.settle()
    assert await road.local.writes() == writes
    assert (await road.milestone(), await road.local.blockers()) == ("sealed", {})


async def begin_sealed(road: Road) -> None:
    await road.begin(policy("sealed", IN_VAULT))
    await road.walk()
    assert await road.milestone() == "sealed"
    await road.forget_events()


async def test_an_account_that_was_revoked_is_so_again_only_after_both_keys_died_once_more(road: Road) -> None:
    await road.begin(policy("revoked", f'keys: {{vault: "{VAULT_URL}", grace: PT10M}}'))
    await road.walk()
    assert await road.milestone() == "revoked"
    old = await road.keys()
    await road.forget_events()
    await road.local.advance(timedelta(hours=1))
    await expose(road, ExposureKind.MEMBER_REMOVED)
    await one_pass(road)
    assert await road.milestone() == "quiet"
    await days_pass(road, 1)
    assert await road.milestone() == "revoked"
    assert [await road.takes(each) for each in old.values()] == [False, False]


async def test_a_role_that_shows_the_keys_is_pointed_at_until_no_key_can_be_listed(road: Road) -> None:
    await begin(road, policy("proven", ""))
    (advice,) = (await road.local.posture()).advice
    assert advice["code"] == "role.showsKeys"
    assert "Cognitive Services User" in advice["message"]
    assert "Cognitive Services OpenAI User" in advice["fix"]
    road.local.policy.write_text(
        policy("proven", "").replace("cognitive-services-user", "cognitive-services-openai-user")
    )
    await road.walk()
    assert (await road.local.posture()).advice == ()


async def test_the_groups_that_can_see_keys_are_filed_and_those_of_a_sealed_account_are_not(road: Road) -> None:
    await begin(road, policy("proven", ""))
    assert (await record(road)).groups == {f"id:{CHAT_USERS.id}": (USER_ROLE,)}
    assert [each.group for each in road.local.room.watches] == [CHAT_USERS.id]
    await begin_sealed_from(road)
    assert (await record(road)).groups == {f"id:{CHAT_USERS.id}": ()}


async def begin_sealed_from(road: Road) -> None:
    road.local.policy.write_text(policy("sealed", IN_VAULT))
    await road.walk()
    assert await road.milestone() == "sealed"
