"""Accounts, keys, deployments and soft delete, as Azure's own documents and recordings show them."""

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path

import pytest
from aiohttp import web
from azure.core.credentials import AccessToken
from azure.core.exceptions import HttpResponseError, ResourceNotFoundError
from azure.mgmt.cognitiveservices.aio import CognitiveServicesManagementClient
from azure.mgmt.cognitiveservices.models import (
    Account,
    AccountProperties,
    Deployment,
    DeploymentModel,
    DeploymentProperties,
    Identity,
    Sku,
)

from simulator import certificates
from simulator.proxy import Proxy
from simulator.wire import Json
from tests.contract.simulator.arm import ACCOUNTS, GROUP, READER, SUBSCRIPTION, Arm

FOUNDRY: Json = {
    "location": "westeurope",
    "kind": "AIServices",
    "sku": {"name": "S0"},
    "identity": {"type": "SystemAssigned"},
    "properties": {"customSubDomainName": "acme-ai", "allowProjectManagement": True},
}
GPT: Json = {
    "sku": {"name": "GlobalStandard", "capacity": 10},
    "properties": {"model": {"format": "OpenAI", "name": "gpt-4o", "version": "2024-11-20"}},
}


@pytest.fixture
def arm() -> Arm:
    return Arm()


def definition(kind: str = "TextAnalytics", sku: str = "S", **properties: object) -> Json:
    return {"location": "westeurope", "kind": kind, "sku": {"name": sku}, "properties": properties}


async def settled(arm: Arm, name: str = "acme-ai", body: Json = FOUNDRY) -> str:
    answer = await arm.call("PUT", f"{ACCOUNTS}/{name}", body)
    assert answer.status == 201, answer.body
    arm.settle()
    return f"{ACCOUNTS}/{name}"


async def test_a_new_account_is_creating_from_the_start_and_then_succeeded(arm: Arm) -> None:
    made = await arm.call("PUT", f"{ACCOUNTS}/acme-ai", FOUNDRY)
    states = [made.body["properties"]["provisioningState"]]
    operation = await arm.call("GET", made.headers["Azure-AsyncOperation"])
    assert operation.body["status"] == "Creating"
    assert "endTime" not in operation.body
    for _ in range(2):
        arm.azure.clock.advance(arm.azure.knobs.provisioning / 2)
        states.append((await arm.call("GET", f"{ACCOUNTS}/acme-ai")).body["properties"]["provisioningState"])
    assert states == ["Creating", "Creating", "Succeeded"]
    operation = await arm.call("GET", made.headers["Azure-AsyncOperation"])
    assert (operation.body["status"], "endTime" in operation.body) == ("Succeeded", True)


async def test_a_foundry_account_shows_its_own_hosts_and_a_new_service_principal(arm: Arm) -> None:
    account = (await arm.call("GET", await settled(arm))).body
    endpoints = account["properties"]["endpoints"]
    assert account["properties"]["endpoint"] == "https://acme-ai.cognitiveservices.azure.com/"
    assert endpoints["AI Foundry API"] == "https://acme-ai.services.ai.azure.com/"
    assert endpoints["OpenAI Language Model Instance API"] == "https://acme-ai.openai.azure.com/"
    principal = arm.azure.directory.service_principals[account["identity"]["principalId"]]
    assert principal.resource_id == account["id"]


async def test_an_account_without_a_subdomain_has_the_regional_endpoint_and_no_host_of_its_own(arm: Arm) -> None:
    account = (await arm.call("GET", await settled(arm, body=definition("OpenAI", "S0")))).body
    regional = "westeurope.api.cognitive.microsoft.com"
    assert set(account["properties"]["endpoints"].values()) == {f"https://{regional}/"}
    assert arm.azure.cognitive.find_by_host(regional) is None


async def test_a_foundry_account_without_a_subdomain_is_regional_but_for_the_foundry_api(arm: Arm) -> None:
    shown = (await arm.call("GET", await settled(arm, body=definition("AIServices", "S0")))).body["properties"]
    endpoints = shown["endpoints"]
    assert endpoints.pop("AI Foundry API") == "https://acme-ai.services.ai.azure.com/"
    assert {shown["endpoint"], *endpoints.values()} == {"https://westeurope.api.cognitive.microsoft.com/"}


async def test_hosts_lead_to_the_account_once_it_has_settled(arm: Arm) -> None:
    await arm.call("PUT", f"{ACCOUNTS}/acme-ai", FOUNDRY)
    assert arm.azure.cognitive.find_by_host("acme-ai.openai.azure.com") is None
    arm.settle()
    found = [
        arm.azure.cognitive.find_by_host(f"ACME-ai.{suffix}")
        for suffix in ("cognitiveservices.azure.com", "openai.azure.com", "services.ai.azure.com")
    ]
    assert [each and each.name for each in found] == ["acme-ai"] * 3


@pytest.mark.parametrize(
    ("name", "body", "status", "code"),
    [
        ("a", FOUNDRY, 400, "InvalidResourceName"),
        ("acme", definition() | {"location": None}, 400, "LocationRequired"),
        ("acme", definition() | {"location": "atlantis"}, 400, "LocationNotAvailableForResourceType"),
        ("acme", definition("Emotion"), 400, "InvalidApiSetId"),
        ("acme", definition("AIServices", "F0"), 400, "InvalidSkuId"),
        ("acme", definition() | {"sku": None}, 400, "BadRequest"),
        ("acme", definition(customSubDomainName="ends-"), 400, "InvalidResourceProperties"),
        ("acme", definition(disableLocalAuth="true"), 400, "InvalidRequestContent"),
        ("acme", definition(publicNetworkAccess="Sometimes"), 400, "InvalidRequestContent"),
        ("acme", definition("AIServices", "S0", allowProjectManagement=True), 400, "BadRequest"),
        ("acme", definition(networkAcls={"ipRules": [{"value": "10.0.0.1"}]}), 400, "BadRequest"),
        ("acme", definition() | {"properties": {"restore": True}}, 404, "CanNotRestoreANonExistentResource"),
    ],
)
async def test_a_definition_that_azure_would_refuse_is_refused(
    arm: Arm, name: str, body: Json, status: int, code: str
) -> None:
    answer = await arm.call("PUT", f"{ACCOUNTS}/{name}", body, wrong=True)
    assert (answer.status, answer.code) == (status, code)
    assert not arm.azure.cognitive.accounts


async def test_a_missing_account_is_answered_in_resource_managers_words(arm: Arm) -> None:
    answer = await arm.call("GET", f"{ACCOUNTS}/nobody")
    assert (answer.status, answer.code) == (404, "ResourceNotFound")
    assert answer.message == (
        "The Resource 'Microsoft.CognitiveServices/accounts/nobody' under resource group 'rg-ai' was not found. "
        "For more details please go to https://aka.ms/ARMResourceNotFoundFix"
    )
    assert (await arm.call("DELETE", f"{ACCOUNTS}/nobody")).status == 204


async def test_an_update_changes_only_what_it_names_and_a_put_resets_the_rest(arm: Arm) -> None:
    path = await settled(arm)
    await arm.call("PATCH", path, {"tags": {"env": "prod"}})
    patched = await arm.call("PATCH", path, {"properties": {"disableLocalAuth": True}})
    assert (patched.status, patched.body["tags"]) == (200, {"env": "prod"})
    assert patched.body["properties"]["disableLocalAuth"] is True
    assert patched.body["properties"]["allowProjectManagement"] is True
    put = await arm.call("PUT", path, definition("AIServices", "S0"))
    assert put.status == 200
    assert "disableLocalAuth" not in put.body["properties"]
    assert put.body["properties"]["customSubDomainName"] == "acme-ai"


async def test_an_identity_that_is_taken_away_is_shown_as_none_and_counts_as_none(arm: Arm) -> None:
    plain = {"identity": {"type": "SystemAssigned"}, **definition("AIServices", "S0", customSubDomainName="acme-ai")}
    path = await settled(arm, body=plain)
    for method, body in (("PATCH", {}), ("PUT", plain)):
        given = await arm.call("PATCH", path, {"identity": {"type": "SystemAssigned"}})
        principal = given.body["identity"]["principalId"]
        changed = await arm.call(method, path, body | {"identity": {"type": "None"}})
        assert (changed.status, changed.body["identity"]) == (200, {"type": "None"})
        assert principal not in arm.azure.directory.service_principals
    assert (await arm.call("GET", path)).body["identity"] == {"type": "None"}
    hosting = await arm.call("PATCH", path, {"properties": {"allowProjectManagement": True}})
    assert (hosting.status, hosting.code) == (400, "BadRequest")
    await arm.call("DELETE", path)
    back = await arm.call("PUT", path, definition("AIServices", "S0", restore=True))
    assert (back.status, back.body["identity"]) == (201, {"type": "None"})
    never = await settled(arm, "never", definition())
    assert "identity" not in (await arm.call("GET", never)).body


async def test_an_old_api_version_neither_sets_nor_shows_disable_local_auth(arm: Arm) -> None:
    path = await settled(arm)
    change: Json = {"properties": {"disableLocalAuth": True}}
    old = await arm.call("PATCH", path, change, version="2017-04-18", wrong=True)
    assert old.status == 200
    assert "disableLocalAuth" not in (await arm.call("GET", path)).body["properties"]
    await arm.call("PATCH", path, change)
    shown = (await arm.call("GET", path, version="2017-04-18", wrong=True)).body["properties"]
    assert "disableLocalAuth" not in shown


async def test_a_subdomain_belongs_to_one_account_and_stays_with_it(arm: Arm) -> None:
    path = await settled(arm)
    taken = await arm.call("PUT", f"{ACCOUNTS}/other", definition(customSubDomainName="ACME-ai"))
    assert (taken.status, taken.code) == (409, "CustomDomainInUse")
    changed = await arm.call("PATCH", path, {"properties": {"customSubDomainName": "new-name"}})
    assert (changed.status, changed.code) == (400, "InvalidResourceProperties")
    checked = await arm.call(
        "POST",
        f"/subscriptions/{SUBSCRIPTION}/providers/Microsoft.CognitiveServices/checkDomainAvailability",
        {"subdomainName": "acme-ai", "type": "Microsoft.CognitiveServices/accounts"},
    )
    assert checked.body["isSubdomainAvailable"] is False


async def test_an_account_that_has_not_settled_takes_no_change(arm: Arm) -> None:
    await arm.call("PUT", f"{ACCOUNTS}/acme-ai", FOUNDRY)
    for method, path, body in (
        ("PATCH", "", {"tags": {}}),
        ("PUT", "", FOUNDRY),
        ("DELETE", "", None),
        ("POST", "/regenerateKey", {"keyName": "Key1"}),
    ):
        answer = await arm.call(method, f"{ACCOUNTS}/acme-ai{path}", body)
        assert (answer.status, answer.code) == (409, "AccountProvisioningStateInvalid")


async def test_deployments_of_one_account_are_made_one_after_the_other(arm: Arm) -> None:
    path = await settled(arm)
    first = await arm.call("PUT", f"{path}/deployments/chat", GPT)
    assert (first.status, first.body["properties"]["provisioningState"]) == (201, "Accepted")
    for method, where, body in (("PUT", "/deployments/next", GPT), ("PATCH", "", {"tags": {"a": "b"}})):
        answer = await arm.call(method, path + where, body)
        assert (answer.status, answer.code) == (409, "RequestConflict")
        assert answer.message == (
            f"Another operation is being performed on the parent resource '{path}'. Please try again later."
        )
    arm.settle()
    assert (await arm.call("PUT", f"{path}/deployments/next", GPT)).status == 201
    arm.settle()
    refused = await arm.call("DELETE", path)
    assert (refused.status, refused.code) == (409, "CannotDeleteResource")


async def test_keys_are_listed_until_local_auth_is_off(arm: Arm) -> None:
    path = await settled(arm)
    keys = (await arm.call("POST", f"{path}/listKeys")).body
    assert [len(keys["key1"]), len(keys["key2"])] == [84, 84]
    await arm.call("PATCH", path, {"properties": {"disableLocalAuth": True}})
    refused = await arm.call("POST", f"{path}/listKeys")
    assert (refused.status, refused.code) == (400, "BadRequest")
    assert refused.message == "Failed to list key. disableLocalAuth is set to be true"
    classic = await settled(arm, "words", definition())
    assert len((await arm.call("POST", f"{classic}/listKeys")).body["key1"]) == 32


async def test_regenerating_a_key_twice_changes_it_twice_and_stops_the_old_one_at_once(arm: Arm) -> None:
    path = await settled(arm)
    account = arm.azure.cognitive.require(path)
    before = (await arm.call("POST", f"{path}/listKeys")).body
    first = (await arm.call("POST", f"{path}/regenerateKey", {"keyName": "Key1"})).body
    second = (await arm.call("POST", f"{path}/regenerateKey", {"keyName": "Key1"})).body
    assert first["key2"] == second["key2"] == before["key2"]
    assert len({before["key1"], first["key1"], second["key1"]}) == 3
    accepted = [arm.azure.cognitive.key_accepted(account, each["key1"]) for each in (before, first, second)]
    assert accepted == [False, False, True]
    assert {before["key1"], first["key1"], second["key1"]} <= set(arm.azure.cognitive.every_key())
    bad = await arm.call("POST", f"{path}/regenerateKey", {"keyName": "Key3"}, wrong=True)
    assert bad.status == 400


async def test_the_data_plane_learns_of_disabled_local_auth_later_and_of_enabled_too(arm: Arm) -> None:
    path = await settled(arm)
    account, lag = arm.azure.cognitive.require(path), arm.azure.knobs.local_auth_lag
    seen = []
    for disabled in (True, False):
        await arm.call("PATCH", path, {"properties": {"disableLocalAuth": disabled}})
        seen.append(arm.azure.cognitive.key_auth_disabled(account))
        arm.azure.clock.advance(lag)
        seen.append(arm.azure.cognitive.key_auth_disabled(account))
    assert seen == [False, True, True, False]


async def test_a_deleted_account_keeps_name_and_subdomain_until_it_is_restored_or_purged(arm: Arm) -> None:
    path = await settled(arm)
    principal = (await arm.call("GET", path)).body["identity"]["principalId"]
    arm.azure.authorization.grant(path, arm.owner.id, READER)
    assert (await arm.call("DELETE", path)).status == 200
    assert principal not in arm.azure.directory.service_principals
    assert not [each for each in arm.azure.authorization.assignments.values() if each.scope == path]
    again = await arm.call("PUT", path, FOUNDRY)
    assert (again.status, again.code) == (409, "FlagMustBeSetForRestore")
    assert again.message.startswith(f"An existing resource with ID '{path}' has been soft-deleted. To restore")
    other = await arm.call("PUT", f"{ACCOUNTS}/other", FOUNDRY)
    assert other.code == "CustomDomainInUse"
    restored = await arm.call("PUT", path, {"location": "westeurope", "properties": {"restore": True}})
    assert (restored.status, restored.body["properties"]["provisioningState"]) == (201, "Succeeded")
    await arm.call("DELETE", path)
    deleted = f"/subscriptions/{SUBSCRIPTION}/providers/Microsoft.CognitiveServices/deletedAccounts"
    listed = (await arm.call("GET", deleted)).body["value"]
    assert listed[0]["type"] == "Microsoft.CognitiveServices/deletedAccounts"
    purged = await arm.call("DELETE", listed[0]["id"])
    assert purged.status == 202
    assert (await arm.call("GET", purged.headers["Location"])).status == 202
    arm.settle()
    assert (await arm.call("GET", purged.headers["Location"])).status == 204
    assert (await arm.call("PUT", path, FOUNDRY)).status == 201


async def test_a_list_shows_what_its_caller_may_read_page_by_page(arm: Arm) -> None:
    arm.azure.knobs = arm.azure.knobs.turned({"page_size": 2})
    for number in range(5):
        arm.azure.cognitive.add(SUBSCRIPTION, "rg-ai", f"acme-{number}")
    reader, stranger = arm.user("Reader"), arm.user("Stranger")
    for number in (1, 2, 4):
        arm.azure.authorization.grant(f"{ACCOUNTS}/acme-{number}", reader.id, READER)
    whole = f"/subscriptions/{SUBSCRIPTION}/providers/Microsoft.CognitiveServices/accounts"
    first = await arm.call("GET", whole, by=reader)
    second = await arm.call("GET", first.body["nextLink"], by=reader)
    names = [each["name"] for each in first.body["value"] + second.body["value"]]
    assert names == ["acme-1", "acme-2", "acme-4"]
    assert "nextLink" not in second.body
    assert (await arm.call("GET", whole, by=stranger)).code == "AuthorizationFailed"


async def test_what_is_not_there_is_answered_501_with_the_name_of_the_call(arm: Arm) -> None:
    answer = await arm.call("GET", f"{ACCOUNTS}/acme-ai/raiPolicies")
    assert (answer.status, answer.code) == (501, "NotImplemented")
    assert "GET" in answer.message
    assert "raiPolicies" in answer.message


async def test_every_change_and_every_look_at_the_keys_raises_its_event_and_a_question_raises_none(arm: Arm) -> None:
    path = await settled(arm)
    await arm.call("POST", f"{path}/listKeys")
    await arm.call("POST", f"{path}/regenerateKey", {"keyName": "Key2"})
    provider = f"/subscriptions/{SUBSCRIPTION}/providers/Microsoft.CognitiveServices"
    await arm.call("POST", f"{provider}/checkDomainAvailability", {"subdomainName": "free", "type": "accounts"})
    await arm.call("DELETE", path)
    names = [
        each["data"]["operationName"].removeprefix("Microsoft.CognitiveServices/") for each in arm.azure.events.emitted
    ]
    assert names == ["accounts/write", "accounts/listKeys/action", "accounts/regenerateKey/action", "accounts/delete"]


class Credential:
    def __init__(self, token: str) -> None:
        self.token = token

    async def get_token(self, *_: str, **__: object) -> AccessToken:
        return AccessToken(self.token, 2**31)

    async def close(self) -> None: ...

    async def __aenter__(self) -> "Credential":
        return self

    async def __aexit__(self, *_: object) -> None: ...


@asynccontextmanager
async def client_of(arm: Arm, folder: Path) -> AsyncIterator[CognitiveServicesManagementClient]:
    """Microsoft's client, which reaches the simulator by the public host name."""
    runner = web.AppRunner(arm.server.application())
    await runner.setup()
    site = web.TCPSite(runner, "127.0.0.1", 0, ssl_context=certificates.server_context(certificates.authority(folder)))
    await site.start()
    proxy = await Proxy(runner.addresses[0][1]).start()
    port = proxy.sockets[0].getsockname()[1]
    client = CognitiveServicesManagementClient(
        Credential(arm.azure.tokens.issue(arm.owner, "https://management.azure.com")),
        SUBSCRIPTION,
        proxies={"https": f"http://127.0.0.1:{port}"},
        connection_verify=str(folder / certificates.AUTHORITY),
        polling_interval=0,
        retry_total=0,
    )
    try:
        async with client:
            yield client
    finally:
        proxy.close()
        await proxy.wait_closed()
        await runner.cleanup()


async def test_microsofts_client_sees_every_operation_through(arm: Arm, tmp_path: Path) -> None:
    arm.azure.knobs = arm.azure.knobs.turned({"provisioning": 0.2, "page_size": 1})
    account = Account(
        location="westeurope",
        kind="AIServices",
        sku=Sku(name="S0"),
        identity=Identity(type="SystemAssigned"),
        properties=AccountProperties(custom_sub_domain_name="acme-ai"),
    )
    model = DeploymentModel(format="OpenAI", name="gpt-4o", version="2024-11-20")
    deployment = Deployment(sku=Sku(name="Standard", capacity=5), properties=DeploymentProperties(model=model))
    async with client_of(arm, tmp_path) as client:
        made = await (await client.accounts.begin_create("rg-ai", "acme-ai", account, polling_interval=0.05)).result()
        assert made.as_dict(keep_readonly=True)["properties"]["provisioning_state"] == "Succeeded"
        poller = await client.deployments.begin_create_or_update(
            "rg-ai", "acme-ai", "chat", deployment, polling_interval=0.05
        )
        assert (await poller.result()).as_dict(keep_readonly=True)["properties"]["provisioning_state"] == "Succeeded"
        update = Account(properties=AccountProperties(disable_local_auth=True))
        changed = await (await client.accounts.begin_update("rg-ai", "acme-ai", update)).result()
        assert changed.as_dict()["properties"]["disable_local_auth"] is True
        with pytest.raises(HttpResponseError, match="Failed to list key"):
            await client.accounts.list_keys("rg-ai", "acme-ai")
        await (
            await client.accounts.begin_update(
                "rg-ai", "acme-ai", Account(properties=AccountProperties(disable_local_auth=False))
            )
        ).result()
        keys = await client.accounts.regenerate_key("rg-ai", "acme-ai", "Key2")
        assert keys.key1
        assert keys.key2
        arm.azure.cognitive.add(SUBSCRIPTION, "rg-ai", "second")
        assert [each.name async for each in client.accounts.list()] == ["acme-ai", "second"]
        await (await client.deployments.begin_delete("rg-ai", "acme-ai", "chat")).result()
        await (await client.accounts.begin_delete("rg-ai", "acme-ai")).result()
        with pytest.raises(ResourceNotFoundError):
            await client.accounts.get("rg-ai", "acme-ai")
        await (
            await client.deleted_accounts.begin_purge("westeurope", "rg-ai", "acme-ai", polling_interval=0.05)
        ).result()
        assert [each.name async for each in client.deleted_accounts.list()] == []


async def test_deleting_the_group_soft_deletes_its_accounts(arm: Arm) -> None:
    path = await settled(arm)
    assert (await arm.call("DELETE", GROUP, version="2024-03-01")).status == 202
    assert not arm.azure.cognitive.exists(path)
    assert [each.name for each in arm.azure.cognitive.deleted_in(SUBSCRIPTION)] == ["acme-ai"]
