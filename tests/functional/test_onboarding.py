"""An account from its first event to proven, by passes in this process: the real SDKs against the local Azure."""

from datetime import timedelta

from shared.road.sweep import sweep
from shared.roles import ALIASES, assignment_name
from simulator.company.identities import ALICE, CHAT_USERS
from tests.local import CHAT, LocalRun

USER_ROLE = ALIASES["cognitive-services-user"]


async def test_a_new_account_is_granted_and_proven_in_one_pass(local: LocalRun) -> None:
    await local.client.create_account(CHAT)
    await local.work(local.item(event=True))
    found = await local.posture()
    assert (found.rule, found.milestone, found.blockers, found.retry_at) == ("chat", "proven", (), None)
    (made,) = await local.client.assignments(CHAT)
    assert made["name"] == assignment_name(CHAT, CHAT_USERS.id, USER_ROLE)
    assert made["properties"]["principalType"] == "Group"
    assert made["properties"]["scope"].lower() == CHAT.lower()
    member = await local.client.token(ALICE.id)
    assert (await local.client.chat("chat-one", token=member)).status in {200, 404}
    assert [each["type"] for each in await local.client.outcomes()] == [
        "Unkeyed.RoleAssigned",
        "Unkeyed.MilestoneReached",
    ]


async def test_a_settled_account_costs_two_reads_and_no_write(local: LocalRun) -> None:
    await local.client.create_account(CHAT)
    await local.work(local.item())
    await local.client.simulator("DELETE", "traffic")
    await local.work(local.item())
    traffic = await local.client.traffic()
    assert sorted(each["method"] for each in traffic) == ["GET", "GET"]
    assert await local.writes() == []


async def test_an_account_still_being_made_is_waited_for(local: LocalRun) -> None:
    await local.client.turn(provisioning=20)
    await local.client.create_account(CHAT)
    await local.work(local.item())
    assert next(each["code"] for each in (await local.posture()).blockers) == "account.provisioning"
    passes = await local.settle()
    assert (await local.posture()).milestone == "proven"
    assert passes <= 5


async def test_the_missing_group_is_a_blocker_until_a_sweep_finds_it(local: LocalRun) -> None:
    search = CHAT.replace("rg-chat", "rg-search").replace("chat-one", "search-one")
    await local.client.create_account(search, tags={"env": "prod"})
    await local.work(local.item(search))
    blocked = await local.posture(search)
    assert [each["code"] for each in blocked.blockers] == ["grant.groupMissing"]
    assert (await sweep(local.services)).counts[blocked.account.subscription].queued == 0
    graph = {
        "displayName": "sg-rg-search-users",
        "mailEnabled": False,
        "mailNickname": "sgsearch",
        "securityEnabled": True,
    }
    token = await local.client.token("0f1a7f08-0000-4000-8000-000000000010", "https://graph.microsoft.com")
    made = await local.client.call(
        "POST", "https://graph.microsoft.com/v1.0/groups", graph, headers={"Authorization": f"Bearer {token}"}
    )
    assert made.status == 201
    count = (await sweep(local.services)).counts[blocked.account.subscription]
    assert (count.differing, count.missed, count.queued) == (1, 0, 1)
    await local.settle()
    assert (await local.posture(search)).milestone == "proven"


async def test_what_no_event_told_of_is_found_and_counted(local: LocalRun) -> None:
    await local.client.create_account(CHAT)
    await local.work(local.item())
    await sweep(local.services)
    (made,) = await local.client.assignments(CHAT)
    await local.client.arm("DELETE", made["id"], version="2022-04-01")
    await local.client.create_account(CHAT.replace("chat-one", "chat-two"))
    await local.advance(timedelta(minutes=5))
    count = (await sweep(local.services)).counts["11111111-1111-4111-8111-111111111111"]
    assert (count.seen, count.new, count.differing, count.missed) == (2, 1, 1, 2)
    await local.settle()
    assert len(await local.client.assignments(CHAT)) == 1
    count = (await sweep(local.services)).counts["11111111-1111-4111-8111-111111111111"]
    assert (count.missed, count.queued) == (0, 0)
