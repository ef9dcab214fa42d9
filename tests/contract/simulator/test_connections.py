"""Foundry projects, and the connections of accounts and projects, as Azure's own documents and recordings show them."""

from pathlib import Path

import pytest
from azure.mgmt.cognitiveservices.models import (
    AADAuthTypeConnectionProperties,
    ApiKeyAuthConnectionProperties,
    ConnectionApiKey,
    ConnectionPropertiesV2BasicResource,
    ConnectionUpdateContent,
    Identity,
    Project,
    ProjectProperties,
)

from simulator.authorization import assigning
from simulator.client import Client
from simulator.company.identities import PRODUCTION
from simulator.wire import Json, WireFault
from tests.contract.simulator.arm import ACCOUNTS, READER, Arm
from tests.contract.simulator.test_cognitive_services import FOUNDRY, GPT, client_of, settled
from tests.local import Place

PROJECT: Json = {
    "location": "westeurope",
    "identity": {"type": "SystemAssigned"},
    "properties": {"displayName": "Shop"},
}
KEY = "k" * 84


@pytest.fixture
def arm() -> Arm:
    return Arm()


def connection(auth_type: str = "ApiKey", **more: object) -> Json:
    sent: Json = {
        "authType": auth_type,
        "category": "AIServices",
        "target": "https://other.cognitiveservices.azure.com/",
        "metadata": {"ApiType": "Azure", "resourceId": f"{ACCOUNTS}/other", "location": "westeurope"},
    }
    if auth_type == "ApiKey":
        sent["credentials"] = {"key": KEY}
    return {"properties": sent | more}


async def project_of(arm: Arm, name: str = "shop") -> str:
    path = f"{await settled(arm)}/projects/{name}"
    assert (await arm.call("PUT", path, PROJECT)).status == 201
    arm.settle()
    return path


# projects


async def test_a_new_project_settles_as_the_default_with_an_identity_and_an_endpoint_of_its_own(arm: Arm) -> None:
    account = await settled(arm)
    made = await arm.call("PUT", f"{account}/projects/shop", PROJECT)
    assert (made.status, made.body["properties"]["provisioningState"]) == (201, "Accepted")
    sibling = await arm.call("PUT", f"{account}/projects/lab", PROJECT)
    assert (sibling.status, sibling.code) == (409, "RequestConflict")
    held = await arm.call("PUT", f"{account}/connections/other", connection())
    assert (held.status, held.code) == (409, "RequestConflict")
    arm.settle()
    assert (await arm.call("GET", made.headers["Azure-AsyncOperation"])).body["status"] == "Succeeded"
    shown = (await arm.call("GET", f"{account}/projects/SHOP")).body
    assert (shown["name"], shown["properties"]["isDefault"]) == ("acme-ai/shop", True)
    assert shown["properties"]["endpoints"] == {
        "AI Foundry API": "https://acme-ai.services.ai.azure.com/api/projects/shop"
    }
    principal = arm.azure.directory.service_principals[shown["identity"]["principalId"]]
    assert (principal.display_name, principal.resource_id) == ("acme-ai/projects/shop", shown["id"])
    assert (await arm.call("PUT", f"{account}/projects/lab", PROJECT)).body["properties"]["isDefault"] is False
    seen = (await arm.call("GET", account)).body["properties"]
    assert (seen["defaultProject"], seen["associatedProjects"]) == ("shop", ["shop", "lab"])


@pytest.mark.parametrize(
    "changed",
    [
        {"properties": {"customSubDomainName": "acme-ai"}},
        {"properties": {"allowProjectManagement": True}},
        {"kind": "TextAnalytics", "sku": {"name": "S"}, "properties": {"customSubDomainName": "acme-ai"}},
    ],
)
async def test_an_account_takes_projects_only_when_it_is_a_foundry_account(arm: Arm, changed: Json) -> None:
    account = await settled(arm, body=FOUNDRY | changed)
    answer = await arm.call("PUT", f"{account}/projects/shop", PROJECT)
    assert (answer.status, answer.code) == (400, "BadRequest")


async def test_an_account_with_projects_is_not_deleted_and_its_group_takes_all_with_it(arm: Arm) -> None:
    project = await project_of(arm)
    account = project.partition("/projects/")[0]
    await arm.call("PUT", f"{project}/connections/other", connection())
    principal = (await arm.call("GET", project)).body["identity"]["principalId"]
    refused = await arm.call("DELETE", account)
    assert (refused.status, refused.code) == (409, "CannotDeleteResource")
    assert "'Microsoft.CognitiveServices/accounts/acme-ai/projects/shop'" in refused.message
    arm.azure.authorization.grant(project, arm.user("Ann").id, READER)
    assert (await arm.call("DELETE", account.partition("/providers/")[0], version="2021-04-01")).status == 202
    assert principal not in arm.azure.directory.service_principals
    assert not arm.azure.connections.all()
    assert not [each for each in arm.azure.authorization.assignments.values() if "projects" in each.scope]


async def test_a_role_is_assigned_at_a_project_or_connection_that_exists_and_at_no_other(arm: Arm) -> None:
    project = await project_of(arm)
    await arm.call("PUT", f"{project}/connections/other", connection())
    for scope in (project.upper(), f"{project}/connections/other"):
        assigning.require_scope(arm.azure, scope)
    for scope in (
        f"{project}x",
        f"{project}/connections/another",
        f"{project.partition('/projects')[0]}/connections/x",
    ):
        with pytest.raises(WireFault) as refused:
            assigning.require_scope(arm.azure, scope)
        assert refused.value.status == 404


# connections


async def test_a_connection_keeps_a_key_that_nobody_sees_and_is_replaced_as_a_whole(arm: Arm) -> None:
    project = await project_of(arm)
    path = f"{project}/connections/other"
    made = await arm.call("PUT", path, connection(isSharedToAll=True))
    assert made.status == 200
    for shown in (made.body, (await arm.call("GET", path)).body):
        properties = shown["properties"]
        assert KEY not in str(shown)
        assert (properties["credentials"], properties["group"], properties["isSharedToAll"]) == (None, "AzureAI", True)
        assert set(properties["metadata"]) == {"ApiType", "resourceId", "location"}
    assert arm.azure.cognitive.connection_key(path) == KEY
    assert arm.azure.connections.every_secret() == [KEY]
    unkeyed = await arm.call("PUT", path, connection("AAD"))
    assert (unkeyed.body["properties"]["authType"], unkeyed.body["properties"]["isSharedToAll"]) == ("AAD", False)
    assert "credentials" not in unkeyed.body["properties"]
    assert arm.azure.cognitive.connection_key(path) is None


async def test_a_patch_keeps_the_key_with_its_type_and_drops_it_with_another(arm: Arm) -> None:
    path = f"{await settled(arm)}/connections/other"
    await arm.call("PUT", path, connection())
    patched = await arm.call("PATCH", path, {"properties": {"authType": "ApiKey", "metadata": {"Kept": "no"}}})
    assert (patched.status, patched.body["properties"]["metadata"]) == (200, {"Kept": "no"})
    assert patched.body["properties"]["target"] == "https://other.cognitiveservices.azure.com/"
    assert arm.azure.cognitive.connection_key(path) == KEY
    assert (await arm.call("PATCH", path, {"properties": {"authType": "AAD"}})).status == 200
    assert arm.azure.cognitive.connection_key(path) is None
    back = await arm.call("PATCH", path, {"properties": {"authType": "ApiKey"}})
    assert (back.status, back.code) == (400, "ValidationError")


@pytest.mark.parametrize(
    ("name", "body"),
    [
        ("ab", connection()),
        ("has.a.dot", connection()),
        ("n" * 34, connection()),
        ("other", {}),
        ("other", connection(authType=None)),
        ("other", connection("Kerberos")),
        ("other", connection(category=None)),
        ("other", connection(category="Teapot")),
        ("other", connection(metadata={"ApiVersion": 1})),
        ("other", connection(isSharedToAll="yes")),
        ("other", connection(expiryTime="tomorrow")),
        ("other", connection(credentials=None)),
        ("other", connection(credentials={"key": ""})),
        ("other", connection("CustomKeys", credentials={"keys": {}})),
        ("other", connection("AccessKey", credentials={"accessKeyId": "id"})),
        ("other", connection("AAD", credentials={"key": KEY})),
    ],
)
async def test_a_connection_that_azure_would_refuse_is_refused(arm: Arm, name: str, body: Json) -> None:
    answer = await arm.call("PUT", f"{await settled(arm)}/connections/{name}", body, wrong=True)
    assert (answer.status, answer.code in {"ValidationError", "InvalidRequestContent"}) == (400, True)
    assert not arm.azure.connections.all()


@pytest.mark.parametrize("extra", [{}, {"credentials": None}, {"credentials": {}}, {"Credentials": {}}])
async def test_entra_id_takes_no_credentials_in_any_of_the_forms_samples_send(arm: Arm, extra: Json) -> None:
    path = f"{await settled(arm)}/connections/other"
    assert (await arm.call("PUT", path, connection("AAD", **extra), wrong=True)).status == 200


async def test_a_change_of_type_is_refused_where_the_knob_says_so(arm: Arm) -> None:
    account = await settled(arm)
    for name in ("old-one", "new-one"):
        await arm.call("PUT", f"{account}/connections/{name}", connection())
    arm.azure.knobs = arm.azure.knobs.turned({"connection_type_change_refused": "*/connections/OLD-*"})
    for method in ("PUT", "PATCH"):
        refused = await arm.call(method, f"{account}/connections/old-one", connection("AAD"))
        assert (refused.status, refused.code) == (400, "ValidationError")
        assert (await arm.call(method, f"{account}/connections/new-one", connection("AAD"))).status == 200
    assert (await arm.call("PUT", f"{account}/connections/old-one", connection())).status == 200
    assert (await arm.call("DELETE", f"{account}/connections/old-one")).status == 200
    assert (await arm.call("DELETE", f"{account}/connections/old-one")).status == 204
    assert (await arm.call("PUT", f"{account}/connections/old-one", connection("AAD"))).status == 200


async def test_a_list_is_filtered_paged_and_hides_data_connections(arm: Arm) -> None:
    account = await settled(arm)
    for name, category, target in (("one", "AIServices", "https://a"), ("two", "AzureOpenAI", "https://b")):
        arm.azure.cognitive.add_connection(account, name, category=category, target=target, key=KEY)
    blob = {"accountName": "st", "containerName": "c"}
    arm.azure.cognitive.add_connection(account, "blob", category="AzureBlob", auth_type="AAD", metadata=blob)
    arm.azure.knobs = arm.azure.knobs.turned({"page_size": 1})

    async def names(query: str = "") -> list[str]:
        link, found = f"{account}/connections?{query}", []
        while link:
            body = (await arm.call("GET", link)).body
            found += [each["name"] for each in body["value"]]
            link = body.get("nextLink", "")
        return found

    assert await names() == ["one", "two"]
    assert await names("includeAll=true") == ["one", "two", "blob"]
    assert await names("category=azureopenai") == ["two"]
    assert await names("target=https://a") == ["one"]


async def test_each_connection_call_needs_its_own_permission_and_raises_its_own_event(arm: Arm) -> None:
    project = await project_of(arm)
    path = f"{project}/connections/other"
    ann = arm.user("Ann")
    arm.azure.authorization.grant(project, ann.id, READER)
    refused = await arm.call("PUT", path, connection(), by=ann)
    assert "Microsoft.CognitiveServices/accounts/projects/connections/write" in refused.message
    await arm.call("PUT", path, connection())
    assert (await arm.call("GET", path, by=ann)).status == 200
    await arm.call("DELETE", path)
    written = [each["data"]["operationName"] for each in arm.azure.events.described()["emitted"]]
    assert [each.removeprefix("Microsoft.CognitiveServices/accounts/") for each in written] == [
        "write",
        "projects/write",
        "projects/connections/write",
        "projects/connections/delete",
    ]


async def test_microsofts_own_client_makes_projects_and_switches_connections(arm: Arm, tmp_path: Path) -> None:
    arm.azure.knobs = arm.azure.knobs.turned({"provisioning": 0, "casing": "vary"})
    account = await settled(arm)
    await arm.call("PUT", f"{account}/deployments/gpt", GPT)
    async with client_of(arm, tmp_path) as client:
        place = ("rg-ai", "acme-ai")
        poller = await client.projects.begin_create(
            *place,
            "shop",
            Project(
                location="westeurope",
                identity=Identity(type="SystemAssigned"),
                properties=ProjectProperties(display_name="Shop"),
            ),
        )
        made = await poller.result()
        assert made.properties is not None
        assert made.properties.is_default
        keyed = ApiKeyAuthConnectionProperties(
            category="AIServices",
            target="https://other/",
            metadata={"ResourceId": account},
            credentials=ConnectionApiKey(key=KEY),
        )
        created = await client.project_connections.create(
            *place, "shop", "other", ConnectionPropertiesV2BasicResource(properties=keyed)
        )
        assert created.properties.auth_type == "ApiKey"
        await client.project_connections.update(
            *place, "shop", "other", ConnectionUpdateContent(properties=AADAuthTypeConnectionProperties())
        )
        listed = [each async for each in client.project_connections.list(*place, "shop", include_all=True)]
        assert [(each.name, each.properties.auth_type) for each in listed] == [("other", "AAD")]
        await (await client.projects.begin_delete(*place, "shop")).result()
    assert not arm.azure.connections.all()


async def test_the_simulators_own_interface_tells_what_a_connection_holds(place: Place) -> None:
    account = f"/subscriptions/{PRODUCTION}/resourceGroups/rg-chat/providers/Microsoft.CognitiveServices/accounts/held"
    async with Client(place.variables) as client:
        await client.reset()
        await client.turn(provisioning=0)
        await client.create_account(account)
        own_keys: Json = {"authType": "CustomKeys", "credentials": {"keys": {"x-key": f"{KEY}-custom"}}}
        answer = await client.arm("PUT", f"{account}/connections/other", connection(**own_keys))
        held = await client.simulator("GET", "connections")
        leaks = await client.simulator("GET", "secrets")
    assert answer.status == 200, answer.body
    assert [(each["authType"], each["credentials"]["keys"]) for each in held] == [
        ("CustomKeys", {"x-key": f"{KEY}-custom"})
    ]
    assert f"{KEY}-custom" in leaks["keys"]
