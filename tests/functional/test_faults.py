"""What Azure does on a bad day: every case ends in the right state, with nothing lost and nothing done twice."""

import asyncio
from collections.abc import Mapping
from datetime import datetime, timedelta
from typing import Any

import pytest

from shared.road.sweep import sweep
from shared.roles import assignment_name
from simulator.client import ARM, AUTHORIZATION_VERSION
from simulator.company.identities import CHAT_USERS, PRODUCTION, UNKEYED
from simulator.company.roles import ACCESS_ADMINISTRATOR, CONDITION, OPERATOR
from tests.fleet.tenant import Tenant
from tests.local import CHAT, USER_ROLE, LocalRun

SHARED_NAME = assignment_name(CHAT, CHAT_USERS.id, USER_ROLE)
SUBSCRIPTION = f"/subscriptions/{PRODUCTION}"
READER = "acdd72a7-3385-48ef-bd42-f606fba81ae7"
TABLES = "table.storage.local"
MADE = f"{ARM}{CHAT}/providers/Microsoft.Authorization/roleAssignments/{SHARED_NAME}".lower()
READ_BACK = ("GET", MADE)  # what the next pass finds in the list need not be read again
ASSIGN: Mapping[str, Any] = {"host": "management.azure.com", "method": "PUT", "path": "roleAssignments"}


async def assert_proven_by_one_assignment(local: LocalRun) -> None:
    """The account stands where it should, by one assignment, and the ledger and the outcomes say so."""
    found = await local.posture()
    assert (found.milestone, found.blockers, found.retry_at) == ("proven", (), None)
    (made,) = await local.client.assignments(CHAT)
    assert (made["properties"]["principalId"], made["properties"]["principalType"]) == (CHAT_USERS.id, "Group")
    ledger, announced = await local.ledger(), await local.announced()
    assert (
        ledger.count(("AssignRole", "done"))
        == announced.count("Unkeyed.RoleAssigned")
        == int(made["name"] == SHARED_NAME)
    ), (ledger, announced)
    assert not [kind for kind, state in ledger if state == "intent"]
    assert "Unkeyed.MilestoneReached" in announced


async def calls_of_the_app(local: LocalRun) -> dict[tuple[str, str], list[tuple[datetime, int]]]:
    """Time and status of each call the app has sent to Azure, by method and path."""
    found: dict[tuple[str, str], list[tuple[datetime, int]]] = {}
    for each in await local.client.traffic():
        if each["caller"] == UNKEYED.id:
            call = (each["method"], each["url"].partition("?")[0].lower())
            found.setdefault(call, []).append((datetime.fromisoformat(each["at"]), each["status"]))
    return found


async def take_role_from_the_app(local: LocalRun, role: str) -> None:
    for each in await local.client.assignments(SUBSCRIPTION):
        if each["properties"]["principalId"] == UNKEYED.id and each["properties"]["roleDefinitionId"].endswith(role):
            gone = await local.client.arm("DELETE", each["id"], version=AUTHORIZATION_VERSION)
            assert gone.status == 200


async def give_role_to_the_app(local: LocalRun, role: str, **more: str) -> None:
    await local.assign_by_hand(SUBSCRIPTION, UNKEYED.id, role, principalType="ServicePrincipal", **more)


async def test_429_on_every_call_once_is_waited_out_as_long_as_azure_says(local: LocalRun) -> None:
    await local.client.create_account(CHAT)
    answer = {"status": 429, "code": "TooManyRequests", "headers": {"Retry-After": "7"}}
    await local.client.fault(caller=UNKEYED.id, times=1, perCall=True, answer=answer)
    await local.client.simulator("DELETE", "traffic")
    await local.work(local.item())
    await local.settle()
    await assert_proven_by_one_assignment(local)
    calls = await calls_of_the_app(local)
    assert len(calls) >= 6
    for call, ((first, refused), *more) in calls.items():
        assert refused == 429
        assert more or call == READ_BACK, f"{call} was not tried again"
        assert not more or more[0][0] - first >= timedelta(seconds=7), f"{call} was tried again too soon"


async def test_503_on_every_call_twice_is_got_over(local: LocalRun) -> None:
    await local.client.create_account(CHAT)
    busy = {"status": 503, "code": "ServerBusy"}
    await local.client.fault(caller=UNKEYED.id, times=2, perCall=True, answer=busy)
    await local.client.fault(host=TABLES, times=2, perCall=True, answer=busy)
    await local.work(local.item())
    await local.settle()
    await assert_proven_by_one_assignment(local)
    tried = await calls_of_the_app(local)
    assert all([status for _, status in tries[:2]] == [503, 503] for tries in tried.values())


@pytest.mark.parametrize("times", [1, 3], ids=["once", "through all tries of the SDK"])
async def test_a_connection_dropped_after_the_assignment_was_written_makes_no_second(
    local: LocalRun, times: int
) -> None:
    await local.client.create_account(CHAT)
    await local.client.fault(**ASSIGN, drop="after", times=times)
    await local.work(local.item())
    assert len(await local.client.assignments(CHAT)) == 1
    await local.settle()
    await assert_proven_by_one_assignment(local)
    assert await local.ledger() == [("AssignRole", "done")]


async def test_a_principal_that_is_not_found_three_times_is_assigned_once_it_is_there(local: LocalRun) -> None:
    await local.client.create_account(CHAT)
    unknown = {"status": 400, "code": "PrincipalNotFound", "message": "Principal x does not exist in the directory y."}
    await local.client.fault(**ASSIGN, times=3, answer=unknown)
    await local.work(local.item())
    assert set(await local.blockers()) >= {"step.interrupted"}
    assert await local.settle() == 3
    await assert_proven_by_one_assignment(local)


async def test_nothing_is_assigned_while_azure_is_still_making_the_account(local: LocalRun) -> None:
    await local.client.turn(provisioning=20)
    await local.client.create_account(CHAT)
    began = local.now()
    await local.work(local.item(event=True))
    assert "account.provisioning" in await local.blockers()
    assert await local.writes() == []
    await local.settle()
    assert local.now() - began >= timedelta(seconds=20)
    await assert_proven_by_one_assignment(local)


async def test_an_equal_assignment_under_another_name_counts_as_done(local: LocalRun) -> None:
    await local.client.create_account(CHAT)
    by_hand = await local.assign_by_hand()
    await local.work(local.item())
    await assert_proven_by_one_assignment(local)
    assert [each["id"].lower() for each in await local.client.assignments(CHAT)] == [by_hand.lower()]
    assert await local.ledger() == []
    assert not [each for each in await local.writes() if "roleAssignments" in each]


async def test_an_equal_assignment_made_while_the_app_makes_its_own_counts_as_done(local: LocalRun) -> None:
    await local.client.create_account(CHAT)
    await local.client.fault(**ASSIGN, caller=UNKEYED.id, delay=1.0)
    passing = asyncio.create_task(local.work(local.item()))
    await local.fault_was_hit()
    by_hand = await local.assign_by_hand()
    await passing
    assert local.room.items == []
    assert (await local.posture()).milestone == "proven"
    assert [each["id"].lower() for each in await local.client.assignments(CHAT)] == [by_hand.lower()]
    assert [status for _, status in (await calls_of_the_app(local))["PUT", MADE]] == [409]
    assert await local.ledger() == [("AssignRole", "done")]


async def test_an_equal_assignment_that_no_list_shows_yet_is_looked_for_again(local: LocalRun) -> None:
    await local.client.create_account(CHAT)
    exists = {"status": 409, "code": "RoleAssignmentExists", "message": "The role assignment already exists."}
    await local.client.fault(**ASSIGN, answer=exists)
    await local.work(local.item())
    assert list(await local.blockers()) == ["step.interrupted", "grant.pending", "probe.pending"]
    by_hand = await local.assign_by_hand()
    await local.settle()
    assert (await local.posture()).milestone == "proven"
    assert [each["id"].lower() for each in await local.client.assignments(CHAT)] == [by_hand.lower()]
    assert await local.ledger() == [("AssignRole", "done")]


async def test_a_full_subscription_is_a_blocker_that_says_the_figure_and_is_left_alone(local: LocalRun) -> None:
    await local.client.create_account(CHAT)
    await local.client.turn(role_assignments=1)
    await local.work(local.item(event=True))
    told = (await local.blockers())["subscription.assignmentLimit"]
    assert "4000" in told
    assert local.room.items == []
    assert await local.ledger() == [("AssignRole", "refused")]
    blocked = [each for each in await local.client.outcomes() if each["type"] == "Unkeyed.Blocked"]
    assert ["4000" in each["data"]["message"] for each in blocked] == [True]
    await local.client.turn(role_assignments=4000)
    await sweep(local.services)
    await local.settle()
    await assert_proven_by_one_assignment(local)


@pytest.mark.parametrize(
    ("left", "lacks"),
    [(None, "Microsoft.CognitiveServices/accounts/read"), (READER, "Microsoft.Authorization/roleAssignments/write")],
    ids=["no role at all", "a reader's"],
)
async def test_what_the_apps_identity_may_not_do_is_a_blocker_that_names_the_permission(
    local: LocalRun, left: str | None, lacks: str
) -> None:
    await local.client.create_account(CHAT)
    for role in (ACCESS_ADMINISTRATOR, OPERATOR):
        await take_role_from_the_app(local, role)
    if left:
        await give_role_to_the_app(local, left)
    await local.work(local.item())
    assert lacks in (await local.blockers())["identity.denied"]
    assert (await local.announced()).count("Unkeyed.Blocked") == 1
    assert await local.client.assignments(CHAT) == []
    await give_role_to_the_app(local, ACCESS_ADMINISTRATOR, condition=CONDITION, conditionVersion="2.0")
    await sweep(local.services)
    await local.settle()
    await assert_proven_by_one_assignment(local)


async def test_a_refusal_by_graph_is_a_blocker_that_names_the_permission(local: LocalRun) -> None:
    await local.client.create_account(CHAT)
    denied = {"status": 403, "code": "Authorization_RequestDenied", "message": "Insufficient privileges."}
    await local.client.fault(host="graph.microsoft.com", answer=denied)
    await local.work(local.item())
    assert "GroupMember.Read.All" in (await local.blockers())["identity.denied"]
    assert await local.client.assignments(CHAT) == []
    await sweep(local.services)
    await local.settle()
    await assert_proven_by_one_assignment(local)


async def test_a_role_outside_the_condition_of_the_apps_own_role_is_refused_and_said(local: LocalRun) -> None:
    local.policy.write_text(
        local.policy.read_text().replace("cognitive-services-user", "cognitive-services-openai-user")
    )
    await local.client.create_account(CHAT)
    await local.work(local.item())
    told = (await local.blockers())["identity.denied"]
    assert "Microsoft.Authorization/roleAssignments/write" in told
    assert "condition" in told
    assert await local.client.assignments(CHAT) == []
    assert await local.ledger() == [("AssignRole", "refused")]
    assert local.room.items == []


async def test_a_group_that_is_not_security_enabled_is_a_blocker_until_it_is(local: LocalRun) -> None:
    search = CHAT.replace("rg-chat", "rg-search").replace("chat-one", "search-one")
    tenant = Tenant(local.client)
    await tenant.sign_in()
    named = {"displayName": "sg-rg-search-users", "mailNickname": "search", "mailEnabled": False}
    group = await tenant.graph("POST", "groups", {**named, "securityEnabled": False})
    assert group.status == 201, group.body
    await local.client.create_account(search, tags={"env": "prod"})
    await local.work(local.item(search))
    assert "grant.groupNotSecurity" in await local.blockers(search)
    assert await local.client.assignments(search) == []
    changed = await tenant.graph("PATCH", f"groups/{group.body['id']}", {"securityEnabled": True})
    assert changed.status == 204, changed.body
    await local.advance(timedelta(minutes=2))
    await sweep(local.services)
    await local.settle()
    assert (await local.posture(search)).milestone == "proven"


async def test_storage_that_is_away_for_a_while_costs_time_and_nothing_else(local: LocalRun) -> None:
    await local.client.create_account(CHAT)
    await local.client.simulator("PATCH", "storage", {"down": ["table"]})
    await local.work(local.item())
    await local.client.simulator("PATCH", "storage", {"down": []})
    assert await local.writes() == []
    assert len(local.room.items) == 1
    await local.settle()
    await assert_proven_by_one_assignment(local)


@pytest.mark.parametrize(
    ("method", "path"),
    [
        ("POST", "UnkeyedLeases"),
        ("PUT", "UnkeyedLedger"),
        ("PATCH", "UnkeyedLedger"),
        ("PUT", "UnkeyedPosture"),
        ("DELETE", "UnkeyedLeases"),
    ],
)
async def test_storage_that_goes_away_in_the_middle_of_a_pass_leaves_nothing_open(
    local: LocalRun, method: str, path: str
) -> None:
    await local.client.create_account(CHAT)
    await local.client.fault(host=TABLES, method=method, path=path, drop="after", times=3)
    await local.work(local.item())
    await local.settle()
    await assert_proven_by_one_assignment(local)
    await local.work(local.item())
    assert local.room.items == []
