"""What Azure refuses for good: it is said, and takes nothing from what can be done."""

from dataclasses import replace

import pytest

from shared.resource_id import ResourceId
from shared.road.sweep import sweep
from simulator.company.identities import CONTRACTORS, PRODUCTION
from tests.local import CHAT, POLICY, LocalRun


async def test_a_left_over_that_may_not_be_removed_is_said_and_holds_nothing_up(local: LocalRun) -> None:
    await local.client.create_account(CHAT)
    local.policy.write_text(POLICY.read_text().replace("goal: proven", "goal: granted"))
    await local.work(local.item())
    grant = "{group: 5f9cc6a4-1f2e-5a3a-9d4b-a11ce0000001,"
    local.policy.write_text(POLICY.read_text().replace(grant, f"{{group: {CONTRACTORS.id},"))
    locked = {"status": 409, "code": "ScopeLocked", "message": "The scope is locked."}
    await local.client.fault(method="DELETE", path="roleAssignments", times=10, answer=locked)
    await local.work(local.item())
    found = await local.posture()
    assert found.milestone == "proven"
    assert [each["code"] for each in found.blockers] == ["step.refused"]
    assert [each["type"] for each in await local.client.outcomes()].count("Unkeyed.Blocked") == 1
    assert (await sweep(local.services)).counts[PRODUCTION].missed == 0
    await local.client.clear_faults()
    await local.settle()
    assert (await local.posture()).is_settled
    assert len(await local.client.assignments(CHAT)) == 1


async def test_what_is_refused_does_not_count_as_a_change_of_the_hour(local: LocalRun) -> None:
    two = CHAT.replace("chat-one", "chat-two")
    await local.client.create_account(CHAT)
    await local.client.create_account(two)
    local.policy.write_text(POLICY.read_text().replace("changesPerHour: 1000", "changesPerHour: 1"))
    denied = {"status": 403, "code": "AuthorizationFailed"}
    await local.client.fault(method="PUT", path="chat-one/.*roleAssignments", times=3, answer=denied)
    for _ in range(3):
        await local.work(local.item(CHAT))
    assert next(each["code"] for each in (await local.posture(CHAT)).blockers) == "identity.denied"
    await local.work(local.item(two))
    assert (await local.posture(two)).milestone == "proven"


async def test_a_group_name_is_asked_for_as_it_is_written(local: LocalRun) -> None:
    """A + is no space and an & ends nothing: another group would get the role."""
    graph = await local.client.token("0f1a7f08-0000-4000-8000-000000000010", "https://graph.microsoft.com")
    for name in ("sg R D", "sg R&D+100% 'ai'"):
        body = {"displayName": name, "mailEnabled": False, "mailNickname": "sg", "securityEnabled": True}
        headers = {"Authorization": f"Bearer {graph}"}
        made = await local.client.call("POST", "https://graph.microsoft.com/v1.0/groups", body, headers=headers)
    await local.client.create_account(CHAT)
    names = ("sg R&D+100% 'ai'", "sg R+D", "sg-{tag:nobody}")
    grants = "".join(f'\n      - {{groupName: "{name}", role: cognitive-services-user}}' for name in names)
    local.policy.write_text(f"version: 1\nrules:\n  - name: a\n    goal: granted\n    grants:{grants}\n")
    await local.work(local.item())
    (assignment,) = await local.client.assignments(CHAT)
    assert assignment["properties"]["principalId"] == made.body["id"]
    assert [each["code"] for each in (await local.posture()).blockers] == ["grant.groupMissing"] * 2


@pytest.mark.parametrize(("status", "code"), [(401, "Unauthorized"), (403, "AuthorizationFailed")])
async def test_a_topic_that_takes_no_outcomes_stops_no_account(
    local: LocalRun, status: int, code: str, caplog: pytest.LogCaptureFixture
) -> None:
    await local.client.create_account(CHAT)
    await local.client.fault(path="/api/events", times=10, answer={"status": status, "code": code})
    await local.work(local.item())
    assert (await local.posture()).is_settled
    assert await local.services.ledger.open_entries(ResourceId(CHAT)) == ()
    assert "an outcome event was refused: " in caplog.text


async def test_an_app_that_may_not_send_outcomes_goes_on_and_says_so(
    local: LocalRun, caplog: pytest.LogCaptureFixture
) -> None:
    await local.client.withhold("sender")
    await local.client.create_account(CHAT)
    await local.work(local.item())
    assert (await local.posture()).is_settled
    assert await local.client.outcomes() == []
    assert "does not have permission to send data to" in caplog.text


async def test_a_topic_that_is_out_of_reach_holds_an_account_up_for_a_quarter_of_an_hour_and_no_longer(
    local: LocalRun, caplog: pytest.LogCaptureFixture
) -> None:
    await local.client.create_account(CHAT)
    await local.client.fault(path="/api/events", times=1000, drop="before")
    await local.work(local.item())
    assert len(local.room.items) == 1
    await local.settle()
    assert (await local.posture()).is_settled
    assert await local.services.ledger.open_entries(ResourceId(CHAT)) == ()
    assert "an outcome event was refused: " in caplog.text
    await local.client.clear_faults()
    await local.services.publisher.publish("Test", CHAT, {}, event_id="heard again")
    assert "heard again" in [each["id"] for each in await local.client.outcomes()]


async def test_work_that_has_waited_for_long_is_an_error(local: LocalRun, caplog: pytest.LogCaptureFixture) -> None:
    await local.client.create_account(CHAT)
    await local.client.fault(path="/api/events", times=10, drop="before")
    await local.work(replace(local.item(), attempt=10))
    assert "work waits for long and is tried again at " in caplog.text


async def test_a_rule_of_somebody_else_s_is_not_taken_for_a_missing_right(local: LocalRun) -> None:
    await local.client.create_account(CHAT)
    forbidden = {"status": 403, "code": "RequestDisallowedByPolicy", "message": "Disallowed by policy 'no roles'."}
    await local.client.fault(method="PUT", path="roleAssignments", times=3, answer=forbidden)
    await local.work(local.item())
    assert "Disallowed by policy 'no roles'." in (await local.blockers())["step.refused"]


async def test_a_step_whose_end_the_app_may_not_see_leaves_the_rest_to_go_on(local: LocalRun) -> None:
    await local.client.create_account(CHAT)
    step = {"kind": "RevokeKey", "name": "key1", "key": "key1", "key1Was": "0" * 12}
    await local.services.ledger.intend(ResourceId(CHAT), "op-1", step, local.now())
    await local.client.withhold("Microsoft.CognitiveServices/accounts/listKeys/action")
    await local.work(local.item())
    assert (await local.posture()).milestone == "proven"
    (left,) = await local.services.ledger.open_entries(ResourceId(CHAT))
    assert left.step["kind"] == "RevokeKey"


async def test_what_should_have_passed_and_has_not_is_said_after_many_tries(local: LocalRun) -> None:
    await local.client.create_account(CHAT)
    local.services = local.new_services()
    down = {"status": 503, "code": "ServiceUnavailable", "message": "down"}
    await local.client.fault(host="graph.microsoft.com", times=1000, answer=down)
    named = '{groupName: "sg-{resourceGroup}-people",'
    local.policy.write_text(POLICY.read_text().replace("{group: 5f9cc6a4-1f2e-5a3a-9d4b-a11ce0000001,", named))

    async def told() -> list[str]:
        return [each["data"]["code"] for each in await local.client.outcomes() if each["type"] == "Unkeyed.Blocked"]

    await local.work(local.item())
    assert "groups.unreadable" in await local.blockers()
    assert await told() == []
    await local.work(replace(local.item(), attempt=10))
    assert await told() == ["groups.unreadable"]
