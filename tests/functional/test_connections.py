"""Connections, wherever they lie and however they name the account: switched, kept whole, or said to be beyond switching."""

from datetime import timedelta
from typing import Any

import pytest

from shared.models import OwnerItem
from shared.resource_id import ResourceId
from shared.road.sweep import sweep
from simulator.company.identities import UNKEYED
from simulator.wire import Json
from tests.functional.road import CHAT, HUB, PROJECT, Road, policy

PROVEN = policy("proven")
ELSEWHERE = CHAT.replace("rg-chat", "rg-search").replace("chat-one", "search-one")
OF_HUB = HUB.replace("hub-one", "forecast")
OPENAI = "https://chat-one.openai.azure.com/"
GATEWAY = "https://gateway.example.com/"
# Where each lies, by what it names the account, and what more it says, some of it known to nobody
HELD: dict[str, tuple[str, Json]] = {
    "by-resource-id": (CHAT, {"target": GATEWAY, "metadata": {"ApiType": "Azure", "ResourceId": CHAT, "Team": "red"}}),
    "in-capitals": (PROJECT, {"target": GATEWAY, "metadata": {"resourceId": CHAT.upper()}, "sharedUserList": ["a@b.c"]}),
    "by-openai-host": (HUB, {"target": "https://CHAT-ONE.openai.azure.com/openai", "isSharedToAll": True, "metadata": {"Odd.Name": "kept"}}),
    "by-account-host": (OF_HUB, {"target": "https://chat-one.cognitiveservices.azure.com/", "category": "CognitiveService", "isSharedToAll": False}),
    "by-models-host": (f"{ELSEWHERE}/projects/beta", {"target": "https://chat-one.services.ai.azure.com/models", "category": "AIServices", "peRequirement": "Required"}),
}  # fmt: skip


@pytest.fixture
async def owners(road: Road) -> Road:
    """An account with a project, a hub with one, and another account's project."""
    await road.begin(PROVEN, CHAT, ELSEWHERE, logs=False)
    for account, name in ((CHAT, "alpha"), (ELSEWHERE, "beta")):
        assert (await road.client.add_project(account, name)).status == 201
    assert (await road.client.add_workspace(HUB)).status == 200
    assert (await road.client.add_workspace(OF_HUB, kind="Project", hub=HUB)).status == 200
    return road


async def test_connections_of_every_owner_matched_in_every_way_lose_their_key_and_nothing_else(owners: Road) -> None:
    made = [await owners.connect(owner, name, **said) for name, (owner, said) in HELD.items()]
    before = [await owners.read(each) for each in made]
    await owners.walk()
    assert await owners.milestone() == "proven"
    assert [await owners.read(each) for each in made] == [{**each, "authType": "AAD"} for each in before]
    held = await owners.client.simulator("GET", "connections")
    assert [each["credentials"] for each in held] == [{}] * len(HELD)
    assert (await owners.local.ledger()).count(("SwitchConnection", "done")) == len(HELD)


async def test_no_connection_is_switched_while_tokens_are_refused(owners: Road) -> None:
    made = await owners.connect(PROJECT, "waiting", target=OPENAI)
    await owners.client.fault(path="/openai/models$", times=1000, answer={"status": 401, "code": "401"})
    await owners.local.work(owners.local.item())
    await owners.local.advance(timedelta(minutes=10))
    await owners.local.work(owners.local.item())
    assert (await owners.read(made))["authType"] == "ApiKey"
    await owners.client.clear_faults()
    await owners.local.settle()
    assert (await owners.read(made))["authType"] == "AAD"


async def test_what_a_hub_shares_is_switched_at_the_hub_alone(owners: Road) -> None:
    shared = await owners.connect(HUB, "for-all", target=OPENAI, isSharedToAll=True)
    seen = f"{OF_HUB}/connections/for-all"
    assert (await owners.read(seen))["createdByWorkspaceArmId"].lower() == HUB.lower()
    await owners.walk()
    assert (await owners.read(seen))["authType"] == "AAD"
    puts = await owners.calls("PUT", "/connections/")
    assert [each["url"].partition("?")[0].lower().endswith(shared.lower()) for each in puts] == [True]


async def test_an_event_of_a_connection_leads_to_its_account_though_the_worker_that_read_it_died(owners: Road) -> None:
    await owners.walk()
    await owners.forget_events()
    made = await owners.connect(PROJECT, "late", target=OPENAI)
    (event,) = [each for each in await owners.hear() if isinstance(each, OwnerItem)]
    owners.local.room.items.clear()
    await owners.local.services.owners.read_again(ResourceId(PROJECT))  # as the one did who died then
    owners.local.room.give_back(event)
    await owners.client.fault(
        method="GET", path=f"{PROJECT}/connections$", answer={"status": 503, "code": "ServerBusy"}, times=6
    )
    await owners.local.settle()
    assert (await owners.read(made))["authType"] == "AAD"


@pytest.mark.parametrize("owner", [CHAT, PROJECT, HUB], ids=["account", "project", "hub"])
async def test_one_whose_type_azure_will_not_change_is_made_anew_and_what_it_was_is_written_down_before(
    owners: Road, owner: str
) -> None:
    made = await owners.connect(owner, "stubborn", **HELD["in-capitals"][1])
    before = await owners.read(made)
    await owners.client.turn(connection_type_change_refused="*")
    await owners.client.fault(method="DELETE", path="/connections/stubborn", drop="before", times=9)
    await owners.local.work(owners.local.item())
    await owners.local.advance(timedelta(minutes=5, seconds=1))  # for the new role to arrive
    await owners.local.work(owners.local.item())
    (entry,) = await owners.local.entries.open_entries(owners.local.item().account)
    assert {**before, "authType": "ApiKey"}.items() <= entry.step["before"].items()
    assert (await owners.read(made)) == before
    await owners.client.clear_faults()
    await owners.local.settle()
    assert await owners.read(made) == {**before, "authType": "AAD"}
    assert await owners.milestone() == "proven"


@pytest.mark.parametrize(
    ("properties", "kind"),
    [
        ({"category": "CustomKeys", "authType": "CustomKeys", "credentials": {"keys": {"api-key": "a-copy"}}}, "category CustomKeys"),
        ({"category": "ApiKey"}, "category ApiKey"),
        ({"category": "AIServices", "authType": "SAS", "credentials": {"sas": "a-copy"}}, "way of signing in SAS"),
    ],
)  # fmt: skip
async def test_what_cannot_use_entra_id_is_reported_and_left_alone(owners: Road, properties: Json, kind: str) -> None:
    await owners.connect(PROJECT, "fixed", target=OPENAI, metadata={"ResourceId": CHAT}, **properties)
    before = await owners.client.simulator("GET", "connections")
    await owners.walk()
    assert await owners.client.simulator("GET", "connections") == before
    assert await owners.milestone() == "granted"
    said = (await owners.local.blockers())["connection.cannotSwitch"]
    assert f"Connection fixed of {PROJECT}".lower() in said.lower()
    assert f"its {kind} has no Microsoft Entra ID form" in said


async def test_one_that_cannot_be_switched_does_not_hold_up_its_sisters(owners: Road) -> None:
    await owners.connect(PROJECT, "fixed", target=OPENAI, category="ApiKey")
    free = await owners.connect(PROJECT, "free", target=OPENAI)
    await owners.walk()
    assert (await owners.read(free))["authType"] == "AAD"
    assert await owners.milestone() == "granted"


async def test_connections_that_hold_no_key_of_the_account_are_none_of_its_business(owners: Road) -> None:
    others: list[dict[str, Any]] = [
        {"category": "CognitiveSearch", "target": "https://chat-one.search.windows.net/"},
        {"category": "AzureOpenAI", "target": "https://chat-one-two.openai.azure.com/"},
        {"category": "AzureOpenAI", "target": OPENAI, "authType": "AAD", "credentials": None},
    ]
    for number, each in enumerate(others):
        await owners.connect(PROJECT, f"other-{number}", **each)
    before = await owners.client.simulator("GET", "connections")
    await owners.walk()
    assert await owners.milestone() == "proven"
    assert await owners.client.simulator("GET", "connections") == before


async def test_a_regional_address_that_may_mean_any_account_is_said_and_left_alone(owners: Road) -> None:
    await owners.connect(
        PROJECT, "regional", target="https://westeurope.api.cognitive.microsoft.com/", category="CognitiveService"
    )
    await owners.walk()
    assert await owners.milestone() == "granted"
    assert "connection.unplaced" in await owners.local.blockers()


async def test_the_identities_of_projects_and_of_holders_have_their_role_before_a_connection_relies_on_it(
    owners: Road,
) -> None:
    text = policy("proven", grants="- {projectIdentities: true, role: foundry-user}")
    owners.local.policy.write_text(text)
    for name in ("by-openai-host", "in-capitals"):
        await owners.connect(HELD[name][0], name, **HELD[name][1])
    await owners.walk()
    assert await owners.milestone() == "proven"
    principals = set()
    for owner, version in ((PROJECT, "2025-06-01"), (HUB, "2024-10-01")):
        principals.add((await owners.client.arm("GET", owner, version=version)).body["identity"]["principalId"])
    assert principals <= {each["properties"]["principalId"] for each in await owners.client.assignments(CHAT)}
    assigned = [each["at"] for each in await owners.calls("PUT", "roleAssignments")]
    switched = [each["at"] for each in await owners.calls("PUT", "/connections/")]
    assert (len(assigned), len(switched)) == (3, 2)
    assert max(assigned) < min(switched)


async def test_a_connection_that_appears_later_is_heard_of_and_switched(owners: Road) -> None:
    await owners.walk()
    assert await owners.milestone() == "proven"
    await owners.forget_events()
    made = await owners.connect(HUB, "late", target=OPENAI)
    await owners.hear()
    await owners.local.settle()
    assert (await owners.read(made))["authType"] == "AAD"


async def test_a_holder_that_goes_away_is_heard_of_and_holds_nothing_up_any_more(owners: Road) -> None:
    made = await owners.connect(PROJECT, "fixed", target=OPENAI, category="ApiKey")
    await owners.walk()
    assert await owners.milestone() == "granted"
    await owners.forget_events()
    assert (await owners.client.arm("DELETE", made)).status == 200
    await owners.hear()
    await owners.local.settle()
    assert await owners.milestone() == "proven"


async def test_what_no_event_told_of_is_found_by_the_sweep(owners: Road) -> None:
    await owners.walk()
    made = await owners.connect(f"{ELSEWHERE}/projects/beta", "unheard", target=OPENAI)
    await owners.local.advance(timedelta(minutes=10))
    await sweep(owners.local.services)
    await owners.local.settle()
    assert (await owners.read(made))["authType"] == "AAD"


async def test_a_rule_that_leaves_connections_alone_changes_none(owners: Road) -> None:
    owners.local.policy.write_text(policy("revoked", connections="leave"))
    await owners.connect(PROJECT, "with-key", target=OPENAI)
    before = await owners.client.simulator("GET", "connections")
    await owners.walk()
    assert await owners.client.simulator("GET", "connections") == before
    assert await owners.milestone() == "granted"
    assert next(iter(await owners.local.blockers())) == "connection.usesKey"


# what could not be read


@pytest.mark.parametrize("status", [403, 503])
async def test_with_one_hub_unreadable_no_account_is_connected(road: Road, status: int) -> None:
    accounts = [CHAT.replace("chat-one", f"chat-{name}") for name in ("one", "two", "three")]
    await road.begin(PROVEN, *accounts, logs=False)
    await road.client.add_workspace(HUB)
    answer = {"status": status, "code": "AuthorizationFailed" if status == 403 else "ServerBusy"}
    await road.client.fault(method="GET", path="workspaces/hub-one/connections", times=1000, answer=answer)
    for each in accounts:
        await road.local.work(road.local.item(each))
    for each in accounts:
        assert await road.milestone(each) == "granted"
        said = (await road.local.blockers(each))["connections.unreadable"]
        assert HUB.lower() in said.lower()
        assert str(status) in said
    await road.client.clear_faults()
    await sweep(road.local.services)
    await road.local.settle()
    assert [await road.milestone(each) for each in accounts] == ["proven"] * 3


async def test_with_one_subscription_unreadable_no_account_is_connected(road: Road) -> None:
    await road.begin(PROVEN, logs=False)
    sandbox = "/subscriptions/22222222-2222-4222-8222-222222222222"
    denied = {"status": 403, "code": "AuthorizationFailed"}
    await road.client.fault(method="GET", path=f"^{sandbox}/resources$", times=1000, answer=denied)
    await road.local.work(road.local.item())
    assert await road.milestone() == "granted"
    assert sandbox in (await road.local.blockers())["connections.unreadable"]


async def test_an_account_under_way_goes_no_further_once_a_hub_cannot_be_read(road: Road) -> None:
    await road.begin(policy("sealed"))
    await road.client.add_workspace(HUB)
    await road.local.work(road.local.item())
    assert await road.milestone() == "proven"
    await road.client.fault(method="GET", path="hub-one/connections", times=1000, answer={"status": 403, "code": "No"})
    await sweep(road.local.services)
    await road.local.settle()
    await road.walk()
    assert await road.milestone() == "granted"
    assert await road.calls("POST", "regenerateKey") == []


async def test_while_the_reading_of_a_hub_is_to_wait_no_account_is_held_up_and_then_it_is_read(road: Road) -> None:
    await road.begin(policy("connected"))
    await road.client.add_workspace(HUB)
    await road.walk()
    assert await road.milestone() == "connected"
    await road.forget_events()
    connection = await road.connect(HUB, "with-key", target="https://chat-one.openai.azure.com/")
    busy = {"status": 429, "code": "TooManyRequests", "headers": {"Retry-After": "20"}}
    await road.client.fault(method="GET", path="hub-one/connections$", caller=UNKEYED.id, times=1, answer=busy)
    await road.hear()
    _, item = road.local.room.items.pop()
    await road.local.work(item)
    await road.local.advance(timedelta(seconds=1))
    assert (await road.local.services.index.state()).unread == {}
    await road.local.settle(passes=120)
    assert await road.milestone() == "connected"
    assert (await road.read(connection))["authType"] == "AAD"


async def test_what_an_account_younger_than_the_index_owns_is_read_without_any_event(road: Road) -> None:
    await road.begin(policy("connected"))
    await road.walk()
    young = f"{CHAT}-young"
    await road.begin(policy("connected"), young)
    await road.client.add_project(young, "beta")
    target = "https://chat-one-young.cognitiveservices.azure.com/"
    connection = await road.connect(f"{young}/projects/beta", "with-key", target=target)
    await road.forget_events()
    await road.local.work(road.local.item(young))
    assert await road.milestone(young) == "granted"
    await road.local.settle(passes=120)
    assert await road.milestone(young) == "connected"
    assert (await road.read(connection))["authType"] == "AAD"
