"""Machine-learning hubs, their projects and connections, as Azure's own documents show them."""

from typing import Any

import pytest

from simulator.wire import Json
from tests.contract.simulator.arm import GROUP, READER, SUBSCRIPTION, Arm

WORKSPACES = f"{GROUP}/providers/Microsoft.MachineLearningServices/workspaces"
VERSION = "2024-10-01"
KEY = "k" * 84
HUB: Json = {
    "location": "westeurope",
    "kind": "Hub",
    "identity": {"type": "SystemAssigned"},
    "properties": {
        "friendlyName": "Hub",
        "keyVault": f"{GROUP}/providers/Microsoft.KeyVault/vaults/kv",
        "storageAccount": f"{GROUP}/providers/Microsoft.Storage/storageAccounts/st",
    },
}
OPENAI: Json = {
    "properties": {
        "authType": "ApiKey",
        "category": "AzureOpenAI",
        "target": "https://acme.openai.azure.com/",
        "isSharedToAll": True,
        "metadata": {"ApiVersion": "2024-10-21", "ApiType": "azure", "ResourceId": "/subscriptions/x"},
        "credentials": {"key": KEY},
    }
}


@pytest.fixture
def arm() -> Arm:
    return Arm()


async def call(arm: Arm, method: str, path: str, body: Json | None = None, **more: Any) -> Any:
    return await arm.call(method, path, body, **{"version": VERSION, **more})


async def hub_and_project(arm: Arm) -> tuple[str, str]:
    hub = arm.azure.machine_learning.add_workspace(SUBSCRIPTION, "rg-ai", "hub", kind="Hub")
    project = arm.azure.machine_learning.add_workspace(SUBSCRIPTION, "rg-ai", "shop", kind="project", hub=hub)
    return hub.id, project.id


async def test_a_new_hub_is_accepted_without_a_body_and_followed_until_it_is_there(arm: Arm) -> None:
    made = await call(arm, "PUT", f"{WORKSPACES}/hub", HUB)
    assert (made.status, made.body) == (202, None)
    assert (await call(arm, "GET", f"{WORKSPACES}/hub")).body["properties"]["provisioningState"] == "Creating"
    held = await call(arm, "PUT", f"{WORKSPACES}/hub/connections/other", OPENAI)
    assert (held.status, held.code) == (409, "RequestConflict")
    assert (await arm.call("GET", made.headers["Azure-AsyncOperation"])).body["status"] == "InProgress"
    assert (await arm.call("GET", made.headers["Location"])).status == 202
    arm.settle()
    assert (await arm.call("GET", made.headers["Azure-AsyncOperation"])).body["status"] == "Succeeded"
    shown = (await call(arm, "GET", f"{WORKSPACES}/hub")).body
    assert (shown["kind"], shown["properties"]["associatedWorkspaces"]) == ("Hub", [])
    assert shown["identity"]["principalId"] in arm.azure.directory.service_principals


async def test_a_project_shows_its_hub_and_what_it_lends_and_keeps_it_from_being_deleted(arm: Arm) -> None:
    hub, project = await hub_and_project(arm)
    shown = (await call(arm, "GET", project)).body
    assert (shown["kind"], shown["properties"]["hubResourceId"]) == ("project", hub)
    assert shown["properties"]["keyVault"].endswith("/vaults/kvhub")
    assert (await call(arm, "GET", hub)).body["properties"]["associatedWorkspaces"] == [project]
    refused = await call(arm, "DELETE", hub)
    assert (refused.status, refused.code) == (409, "Conflict")
    assert [(await call(arm, "DELETE", each)).status for each in (project, hub, hub)] == [200, 200, 204]


@pytest.mark.parametrize(
    "changed",
    [
        {"kind": "Teapot"},
        {"location": None},
        {"location": "atlantis"},
        {"kind": "Project"},
        {"kind": "Project", "properties": {"hubResourceId": f"{WORKSPACES}/nobody"}},
        {"kind": "Default", "properties": {}},
        {"properties": {"hbiWorkspace": "no"}},
        {"colour": "red"},
    ],
)
async def test_a_workspace_that_azure_would_refuse_is_refused(arm: Arm, changed: Json) -> None:
    answer = await call(arm, "PUT", f"{WORKSPACES}/hub", HUB | changed, wrong=True)
    assert answer.status == 400
    assert not arm.azure.machine_learning.workspaces


async def test_an_update_keeps_what_it_does_not_name(arm: Arm) -> None:
    hub, _ = await hub_and_project(arm)
    changed = await call(arm, "PATCH", hub, {"tags": {"env": "prod"}, "properties": {"description": "Ours"}})
    assert (changed.status, changed.body["tags"], changed.body["properties"]["description"]) == (
        200,
        {"env": "prod"},
        "Ours",
    )
    assert changed.body["properties"]["storageAccount"].endswith("/storageAccounts/sthub")


async def test_lists_come_page_by_page_and_show_what_the_caller_may_read(arm: Arm) -> None:
    hub, project = await hub_and_project(arm)
    arm.azure.knobs = arm.azure.knobs.turned({"page_size": 1})
    first = (await call(arm, "GET", WORKSPACES)).body
    assert [each["id"] for each in first["value"]] == [hub]
    assert [each["id"] for each in (await call(arm, "GET", first["nextLink"])).body["value"]] == [project]
    ann = arm.user("Ann")
    arm.azure.authorization.grant(project, ann.id, READER)
    whole = f"/subscriptions/{SUBSCRIPTION}/providers/Microsoft.MachineLearningServices/workspaces"
    assert [each["id"] for each in (await call(arm, "GET", whole, by=ann)).body["value"]] == [project]


async def test_a_key_is_shown_by_listsecrets_alone_and_to_those_who_may_list_it(arm: Arm) -> None:
    hub, _ = await hub_and_project(arm)
    path = f"{hub}/connections/openai"
    made = await call(arm, "PUT", path, OPENAI)
    listed = await call(arm, "GET", f"{hub}/connections")
    assert (made.status, KEY in str(made.body), KEY in str(listed.body)) == (200, False, False)
    assert made.body["properties"]["createdByWorkspaceArmId"] == hub
    assert made.body["properties"]["metadata"] == OPENAI["properties"]["metadata"]
    secret = await call(arm, "POST", f"{path}/listsecrets")
    assert secret.body["properties"]["credentials"] == {"key": KEY}
    ann = arm.user("Ann")
    arm.azure.authorization.grant(hub, ann.id, READER)
    refused = await call(arm, "POST", f"{path}/listsecrets", by=ann)
    assert (refused.status, "connections/listsecrets/action" in refused.message) == (403, True)
    written = [each["data"]["operationName"] for each in arm.azure.events.described()["emitted"]]
    assert [each.removeprefix("Microsoft.MachineLearningServices/workspaces/") for each in written] == [
        "connections/write",
        "connections/listsecrets/action",
    ]


async def test_a_shared_connection_of_a_hub_is_seen_in_its_projects_and_changed_in_the_hub_only(arm: Arm) -> None:
    hub, project = await hub_and_project(arm)
    add = arm.azure.machine_learning.add_connection
    add(hub, "shared", category="AzureOpenAI", key=KEY, shared=True)
    add(hub, "private", category="AzureOpenAI", key=KEY, shared=False)
    add(project, "own", key=KEY)
    found = (await call(arm, "GET", f"{project}/connections")).body["value"]
    assert [(each["name"], each["properties"]["createdByWorkspaceArmId"]) for each in found] == [
        ("own", project),
        ("shared", hub),
    ]
    assert (await call(arm, "GET", f"{project}/connections/shared")).body["id"] == f"{hub}/connections/shared"
    assert (await call(arm, "DELETE", f"{project}/connections/shared")).status == 204
    assert arm.azure.machine_learning.connection_key(f"{hub}/connections/shared") == KEY
    unkeyed = {"properties": {"authType": "AAD", "category": "AzureOpenAI", "target": "https://acme.openai.azure.com/"}}
    assert (await call(arm, "PUT", f"{hub}/connections/shared", unkeyed)).status == 200
    seen = (await call(arm, "GET", f"{project}/connections/shared")).body["properties"]
    assert (seen["authType"], "credentials" in seen) == ("AAD", False)


async def test_a_workspace_refuses_members_beside_properties_and_a_patch_before_there_was_one(arm: Arm) -> None:
    hub, _ = await hub_and_project(arm)
    path = f"{hub}/connections/openai"
    refused = await call(arm, "PUT", path, OPENAI | {"tags": None}, wrong=True)
    assert (refused.status, refused.code) == (400, "InvalidRequestContent")
    await call(arm, "PUT", path, OPENAI)
    change = {"properties": {"authType": "AAD"}}
    assert (await arm.call("PATCH", path, change, version="2024-04-01", wrong=True)).status == 405
    patched = await arm.call("PATCH", path, change, version="2025-06-01", wrong=True)
    assert (patched.status, patched.body["properties"]["authType"]) == (200, "AAD")
    assert arm.azure.machine_learning.connection_key(path) is None
