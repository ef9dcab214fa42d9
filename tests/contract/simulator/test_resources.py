"""Resource Manager's lists of resources of every type: what is in them, filters, pages, what can be added."""

import re
from urllib.parse import quote

import pytest

from simulator.wire import Json
from tests.contract.simulator.arm import ACCOUNTS, GROUP, READER, SUBSCRIPTION, Answer, Arm

WHOLE = f"/subscriptions/{SUBSCRIPTION}"
VERSION = "2025-04-01"
ACCOUNT_TYPE = "Microsoft.CognitiveServices/accounts"
PROJECT_TYPE = f"{ACCOUNT_TYPE}/projects"
ML_TYPE = "Microsoft.MachineLearningServices/workspaces"
LOGS_TYPE = "Microsoft.OperationalInsights/workspaces"
VAULT_TYPE = "Microsoft.KeyVault/vaults"
FOUNDRY = {"customSubDomainName": "acme", "allowProjectManagement": True}
OF_AI = f"resourceType eq '{ACCOUNT_TYPE}' or resourceType eq '{PROJECT_TYPE.upper()}' OR resourceType eq '{ML_TYPE}'"


@pytest.fixture
def arm() -> Arm:
    """A tenant with one resource of each type that a list shows, and one in another group."""
    made = Arm()
    azure = made.azure
    azure.cognitive.add(SUBSCRIPTION, "rg-ai", "acme", properties=FOUNDRY, tags={"env": "prod"})
    azure.cognitive.add_project(f"{ACCOUNTS}/acme", "shop")
    azure.vaults.add("kv", f"{GROUP}/providers/{VAULT_TYPE}/kv")
    azure.machine_learning.add_workspace(SUBSCRIPTION, "rg-ai", "hub", kind="Hub", tags={"env": "test"})
    azure.monitor.add_workspace(SUBSCRIPTION, "rg-ai", "log")
    azure.resources.add_group(SUBSCRIPTION, "rg-other")
    azure.cognitive.add(SUBSCRIPTION, "rg-other", "other", kind="OpenAI")
    return made


def path(scope: str, query: dict[str, str]) -> str:
    asked = "&".join(f"${name}={quote(value)}" for name, value in query.items())
    return f"{scope}/resources?{asked}"


async def listed(arm: Arm, scope: str = WHOLE, **query: str) -> Answer:
    return await arm.call("GET", path(scope, query), version=VERSION)


async def names(arm: Arm, scope: str = WHOLE, **query: str) -> list[str]:
    return [each["name"] for each in (await listed(arm, scope, **query)).body["value"]]


async def test_a_list_shows_every_tracked_resource_and_the_projects_below_their_account(arm: Arm) -> None:
    assert await names(arm) == ["acme", "acme/shop", "other", "kv", "hub", "log"]
    assert await names(arm, GROUP.upper().replace("/SUBSCRIPTIONS", "/subscriptions")) == [
        "acme",
        "acme/shop",
        "kv",
        "hub",
        "log",
    ]
    account, project, vault, hub, log = (await listed(arm, GROUP)).body["value"]
    assert [each["type"] for each in (account, project, vault, hub, log)] == [
        ACCOUNT_TYPE,
        PROJECT_TYPE,
        VAULT_TYPE,
        ML_TYPE,
        LOGS_TYPE,
    ]
    assert project["id"] == f"{ACCOUNTS}/acme/projects/shop"
    assert (project["kind"], project["location"], "sku" in project) == ("AIServices", "westeurope", False)
    assert (hub["kind"], hub["sku"], hub["tags"]) == ("Hub", {"name": "Basic", "tier": "Basic"}, {"env": "test"})
    principals = {each["identity"]["principalId"] for each in (account, project, hub)}
    assert len(principals) == 3
    assert principals <= arm.azure.directory.service_principals.keys()


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        (OF_AI, ["acme", "acme/shop", "other", "hub"]),
        (f"({OF_AI}) and location eq 'WestEurope' and resourceGroup eq 'RG-OTHER'", ["other"]),
        (f"tagName eq 'ENV' and ({OF_AI})", ["acme", "hub"]),
        (f"resourceType eq '{PROJECT_TYPE}' and name eq 'acme/shop'", ["acme/shop"]),
        (f"resourceType eq '{ACCOUNT_TYPE}'", ["acme", "other"]),
        ("name eq 'this and that or ''those'''", []),
    ],
)
async def test_a_filter_takes_one_of_several_types_beside_what_else_has_to_hold(
    arm: Arm, text: str, expected: list[str]
) -> None:
    assert await names(arm, filter=text) == expected


@pytest.mark.parametrize(
    ("query", "status", "code"),
    [
        ({"filter": "resourceType = 'a'"}, 400, "InvalidFilterInQueryString"),
        ({"filter": f"(resourceType eq '{ML_TYPE}'"}, 400, "InvalidFilterInQueryString"),
        ({"filter": f"resourceType eq '{ML_TYPE}' or"}, 400, "InvalidFilterInQueryString"),
        ({"filter": "resourceType ne 'a'"}, 501, "NotImplemented"),
        ({"filter": "substringof('demo', name)"}, 501, "NotImplemented"),
        ({"filter": "identity/principalId eq 'a'"}, 501, "NotImplemented"),
        ({"filter": "name eq 'a' or name eq 'b'"}, 501, "NotImplemented"),
        ({"filter": f"{OF_AI} and name eq 'a'"}, 501, "NotImplemented"),
        ({"filter": "name eq 'a' and name eq 'b'"}, 501, "NotImplemented"),
        ({"top": "0"}, 400, "InvalidTopInQueryString"),
        ({"top": "1001"}, 400, "InvalidTopInQueryString"),
        ({"top": "many"}, 400, "InvalidTopInQueryString"),
        ({"expand": "createdTime,properties"}, 400, "InvalidExpandInQueryString"),
    ],
)
async def test_what_is_not_understood_is_refused_and_never_passed_over(
    arm: Arm, query: dict[str, str], status: int, code: str
) -> None:
    answer = await arm.call("GET", path(WHOLE, query), version=VERSION, wrong=True)
    assert (answer.status, answer.code) == (status, code)


async def test_top_is_the_length_of_a_page_and_the_links_lead_to_the_end(arm: Arm) -> None:
    first = await listed(arm, top="4", filter=OF_AI.replace(f" OR resourceType eq '{ML_TYPE}'", ""))
    assert "nextLink" not in first.body
    answer, found = await listed(arm, top="4"), list[str]()
    while True:
        found += [each["name"] for each in answer.body["value"]]
        if "nextLink" not in answer.body:
            break
        answer = await arm.call("GET", answer.body["nextLink"])
    assert (len(found), len(set(found))) == (6, 6)


async def test_times_and_state_are_added_where_they_are_asked_for_and_not_beside_a_filter_by_tag(arm: Arm) -> None:
    more = {"createdTime", "changedTime", "provisioningState"}
    plain = (await listed(arm)).body["value"]
    assert not any(more & each.keys() for each in plain)
    expanded = (await listed(arm, expand="createdTime, changedtime,provisioningState")).body["value"]
    assert all(more <= each.keys() for each in expanded)
    assert {each["provisioningState"] for each in expanded} == {"Succeeded"}
    assert all(re.fullmatch(r"\d{4}-\d\d-\d\dT[\d:.]{16}Z", each["createdTime"]) for each in expanded)
    by_name = (await listed(arm, expand="createdTime", filter="tagName eq 'env'")).body["value"]
    by_value = (await listed(arm, expand="createdTime", filter="tagName eq 'env' and tagValue eq 'prod'")).body["value"]
    assert [("createdTime" in each, "tags" in each) for each in by_name] == [(False, True)] * 2
    assert [(each["name"], "createdTime" in each, "tags" in each) for each in by_value] == [("acme", False, False)]


async def test_a_new_hub_is_listed_as_creating_until_it_has_settled(arm: Arm) -> None:
    hub: Json = {
        "location": "westeurope",
        "kind": "Hub",
        "identity": {"type": "SystemAssigned"},
        "properties": {
            "keyVault": f"{GROUP}/providers/{VAULT_TYPE}/kv",
            "storageAccount": f"{GROUP}/providers/Microsoft.Storage/storageAccounts/st",
        },
    }
    await arm.call("PUT", f"{GROUP}/providers/{ML_TYPE}/new", hub, version="2024-10-01")
    asked = {"filter": "name eq 'new'", "expand": "provisioningState"}
    states = [(await listed(arm, **asked)).body["value"][0]["provisioningState"]]
    arm.settle()
    states.append((await listed(arm, **asked)).body["value"][0]["provisioningState"])
    assert states == ["Creating", "Succeeded"]


async def test_what_event_grid_has_in_a_group_is_listed_with_its_tags_and_times(arm: Arm) -> None:
    grid, events = f"{GROUP}/providers/Microsoft.EventGrid", arm.azure.events
    events.add_system_topic("changes", f"{grid}/systemTopics/changes", WHOLE).tags = {"env": "prod"}
    events.add_topic("outcomes", "westeurope", f"{grid}/topics/outcomes")
    events.partners.add_topic(f"{grid}/partnerTopics/groups", source="graph", location="westeurope")
    events.partners.authorize(GROUP)
    shown = (await listed(arm, GROUP, expand="createdTime,changedTime,provisioningState")).body["value"]
    found = [each for each in shown if each["type"].startswith("Microsoft.EventGrid/")]
    assert [each["id"].removeprefix(f"{grid}/") for each in found] == [
        "systemTopics/changes",
        "topics/outcomes",
        "partnerTopics/groups",
        "partnerConfigurations/default",
    ]
    assert [each["location"] for each in found] == ["global", "westeurope", "westeurope", "global"]
    assert all({"createdTime", "changedTime"} <= each.keys() for each in found)
    assert {each["provisioningState"] for each in found} == {"Succeeded"}
    assert await names(arm, filter="tagName eq 'env' and tagValue eq 'prod'") == ["acme", "changes"]
    ann = arm.user("Ann")
    arm.azure.authorization.grant(f"{grid}/topics/outcomes", ann.id, READER)
    seen = await arm.call("GET", f"{WHOLE}/resources", by=ann, version=VERSION)
    assert [each["name"] for each in seen.body["value"]] == ["outcomes"]


async def test_each_resource_is_shown_to_those_alone_who_may_read_it(arm: Arm) -> None:
    ann = arm.user("Ann")
    for each in (f"{ACCOUNTS}/acme/projects/shop", f"{GROUP}/providers/{LOGS_TYPE}/log"):
        arm.azure.authorization.grant(each, ann.id, READER)
    seen = await arm.call("GET", f"{WHOLE}/resources", by=ann, version=VERSION)
    assert [each["name"] for each in seen.body["value"]] == ["acme/shop", "log"]
    stranger = await arm.call("GET", f"{GROUP}/resources", by=arm.user("Stranger"), version=VERSION)
    assert (stranger.status, stranger.code) == (403, "AuthorizationFailed")
