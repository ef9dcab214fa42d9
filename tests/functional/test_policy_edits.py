"""The policy is edited while the app runs: good versions are taken up, bad ones never replace a good one."""

from datetime import timedelta

import pytest

from shared.road.services import Services
from shared.road.sweep import sweep
from shared.roles import ALIASES
from simulator.client import Answer
from simulator.company.identities import CHAT_USERS, CONTRACTORS, PLATFORM
from simulator.company.seed import POLICY_URL
from tests.local import CHAT, POLICY, LocalRun

FOUNDRY_USER = ALIASES["foundry-user"]
GOOD = POLICY.read_text()
BAD = GOOD.replace("goal: proven", "goal: shiny")
OTHER = GOOD.replace(CHAT_USERS.id, CONTRACTORS.id)


async def rule_names(services: Services) -> list[str]:
    return [each.name for each in (await services.policy.current(services.now())).rules]


async def refusals(local: LocalRun) -> int:
    return sum(each["type"] == "Unkeyed.PolicyRefused" for each in await local.client.outcomes())


async def upload(local: LocalRun, text: str) -> Answer:
    """Writes the policy blob as the platform team does."""
    token = await local.client.token(PLATFORM.id, "https://storage.azure.com")
    headers = {"Authorization": f"Bearer {token}", "x-ms-version": "2023-11-03", "x-ms-blob-type": "BlockBlob"}
    proxy = local.client.variables["HTTPS_PROXY"]
    async with local.client.session.put(POLICY_URL, data=text, headers=headers, proxy=proxy) as response:
        return Answer(response.status, await response.text(), {})


async def test_a_bad_version_is_reported_once_and_changes_nothing(local: LocalRun) -> None:
    await local.client.create_account(CHAT)
    await local.work(local.item())
    local.policy.write_text(BAD)
    for _ in range(3):
        await local.work(local.item())
        await sweep(local.services)
    assert (await local.posture()).milestone == "proven"
    assert local.room.items == []
    assert await refusals(local) == 1
    assert len(await local.client.assignments(CHAT)) == 1


async def test_a_good_version_after_a_bad_one_is_taken_up(local: LocalRun) -> None:
    for text, name in (
        (GOOD, "chat"),
        (BAD, "chat"),
        (GOOD, "chat"),
        (GOOD.replace("name: chat", "name: talk"), "talk"),
    ):
        local.policy.write_text(text)
        assert (await rule_names(local.services))[0] == name


async def test_a_new_process_that_finds_a_bad_version_goes_on_with_the_last_good_one(local: LocalRun) -> None:
    assert (await rule_names(local.services))[0] == "chat"
    local.policy.write_text(BAD)
    fresh = local.new_services()
    assert (await rule_names(fresh))[0] == "chat"
    assert await refusals(local) == 1


@pytest.mark.parametrize("settings", [{}, {"UNKEYED_POLICY": POLICY_URL}], ids=["file", "blob"])
async def test_a_bad_version_that_cannot_be_announced_yet_holds_nothing_up_and_is_announced_later(
    local: LocalRun, settings: dict[str, str]
) -> None:
    assert (await rule_names(local.new_services(**settings)))[0] == "chat"
    local.policy.write_text(BAD)
    await upload(local, BAD)
    await local.client.fault(path="/api/events", times=100, answer={"status": 503, "code": "ServerBusy"})
    fresh = local.new_services(**settings)
    for _ in range(2):
        assert (await rule_names(fresh))[0] == "chat"
    await local.client.clear_faults()
    await local.advance(timedelta(seconds=16))
    for _ in range(2):
        assert (await rule_names(fresh))[0] == "chat"
    assert await refusals(local) == 1


@pytest.mark.parametrize("broken", [BAD, "rules: [", ""], ids=["wrong value", "not YAML", "empty"])
async def test_a_policy_in_a_blob_is_followed_and_a_bad_version_never_replaces_a_good_one(
    local: LocalRun, broken: str
) -> None:
    running = local.new_services(UNKEYED_POLICY=POLICY_URL)
    assert (await rule_names(running))[0] == "chat"
    assert (await upload(local, GOOD.replace("name: chat", "name: talk"))).status == 201
    assert (await rule_names(running))[0] == "chat"  # it looks again after a while
    await local.advance(timedelta(seconds=16))
    assert (await rule_names(running))[0] == "talk"
    assert (await upload(local, broken)).status == 201
    await local.advance(timedelta(seconds=16))
    fresh = local.new_services(UNKEYED_POLICY=POLICY_URL)
    for each in (running, fresh):
        assert (await rule_names(each))[0] == "talk"
    assert await refusals(local) == 1


async def test_a_policy_blob_out_of_reach_leaves_the_last_good_version_in_force(local: LocalRun) -> None:
    running = local.new_services(UNKEYED_POLICY=POLICY_URL)
    assert (await rule_names(running))[0] == "chat"
    await local.client.fault(host="stunkeyed.blob.core.windows.net", times=100, drop="before")
    await local.advance(timedelta(seconds=16))
    fresh = local.new_services(UNKEYED_POLICY=POLICY_URL)
    for each in (running, fresh):
        assert (await rule_names(each))[0] == "chat"


async def test_what_an_edit_no_longer_grants_goes_after_what_it_grants_is_there(local: LocalRun) -> None:
    await local.client.create_account(CHAT)
    await local.work(local.item())
    await local.client.simulator("DELETE", "traffic")
    local.policy.write_text(OTHER)
    await sweep(local.services)
    await local.settle()
    (made,) = await local.client.assignments(CHAT)
    assert made["properties"]["principalId"] == CONTRACTORS.id
    changes = [each.split()[0] for each in await local.writes() if "roleAssignments" in each]
    assert changes == ["PUT", "DELETE"]
    assert await local.ledger() == [("AssignRole", "done"), ("AssignRole", "done"), ("RemoveAssignment", "done")]
    assert (await local.announced()).count("Unkeyed.RoleRemoved") == 1


async def test_an_edit_leaves_assignments_alone_that_somebody_else_made(local: LocalRun) -> None:
    await local.client.create_account(CHAT)
    by_hand = await local.assign_by_hand(role=FOUNDRY_USER)
    await local.work(local.item())
    local.policy.write_text(OTHER)
    await sweep(local.services)
    await local.settle()
    left = {each["properties"]["principalId"]: each["id"].lower() for each in await local.client.assignments(CHAT)}
    assert left.keys() == {CHAT_USERS.id, CONTRACTORS.id}
    assert left[CHAT_USERS.id] == by_hand.lower()
