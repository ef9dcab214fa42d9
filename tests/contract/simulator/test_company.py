"""The seeded company: what its app may do and hears of, and what its platform team can see through to."""

import json
from collections.abc import AsyncIterator

import pytest

from simulator.azure import Azure
from simulator.client import Answer, Client
from simulator.company.event_subscriptions import OPERATIONS
from simulator.company.identities import PLATFORM, PRODUCTION, SANDBOX, UNKEYED
from simulator.company.places import LOGS, LOGS_CUSTOMER_ID, VAULT
from simulator.company.seed import Company
from simulator.company.table import table
from simulator.event_grid.filters import MOST_VALUES
from simulator.wire import Json
from tests.local import Place

GROUP = f"/subscriptions/{PRODUCTION}/resourceGroups/rg-chat/providers"
ACCOUNT = f"{GROUP}/Microsoft.CognitiveServices/accounts/chat-one"
HUB = f"{GROUP}/Microsoft.MachineLearningServices/workspaces/hub-one"
AI, ML = "Microsoft.CognitiveServices/accounts", "Microsoft.MachineLearningServices/workspaces"
MODELS = "/openai/models?api-version=2024-10-21"


def seeded(**webhooks: str) -> Azure:
    azure = Azure()
    Company(webhooks=webhooks).seed(azure)
    return azure


@pytest.fixture
async def client(place: Place) -> AsyncIterator[Client]:
    """The platform team in the seeded company, with an account whose logs are kept and nothing that takes time."""
    async with Client(place.variables) as found:
        await found.reset()
        await found.turn(provisioning=0, role_propagation=0, log_ingestion=0, casing="keep")
        properties = {"customSubDomainName": "chat-one", "allowProjectManagement": True}
        assert (await found.create_account(ACCOUNT, properties=properties)).status == 201
        yield found
        await found.reset()


# the app


@pytest.mark.parametrize("subscription", [PRODUCTION, SANDBOX])
def test_the_app_may_do_what_it_calls_and_not_what_it_does_not(subscription: str) -> None:
    azure = seeded()
    scope = f"/subscriptions/{subscription}/resourceGroups/rg"

    def may(action: str) -> bool:
        return azure.authorization.decided(UNKEYED.id, action, scope).allowed

    watched = [each for each in table().roles if each.scope == "subscription"]
    assert all(may(action) for each in watched for action in each.actions)
    refused = (
        f"{AI}/delete", f"{AI}/projects/write", f"{AI}/projects/delete", f"{AI}/deployments/write", f"{ML}/write",
        f"{ML}/delete", f"{ML}/connections/listsecrets/action", "Microsoft.Insights/diagnosticSettings/write",
        "Microsoft.KeyVault/vaults/write", "Microsoft.OperationalInsights/workspaces/sharedKeys/action",
        "Microsoft.EventGrid/partnerTopics/activate/action", "Microsoft.Authorization/roleDefinitions/write",
    )  # fmt: skip
    assert not [each for each in refused if may(each)]


def test_each_function_of_the_app_hears_of_what_it_is_for_once_the_host_has_it() -> None:
    assert not seeded().events.subscriptions
    resources = "http://127.0.0.1:1/hook?functionName=resource_events"
    secrets = "http://127.0.0.1:1/hook?functionName=vault_events"
    both = seeded(resource_events=resources, vault_events=secrets).events
    found = {each.name: each for each in both.subscriptions.values()}
    assert set(found) == {"unkeyed-production", "unkeyed-sandbox", "unkeyed-vault"}
    assert (found["unkeyed-vault"].source, found["unkeyed-vault"].settings.destination.target) == (
        VAULT.lower(),
        secrets,
    )
    alone = seeded(resource_events=resources).events.subscriptions.values()
    assert {each.name for each in alone} == {"unkeyed-production", "unkeyed-sandbox"}


def test_the_filters_let_through_what_the_app_is_for_and_nothing_else() -> None:
    azure = seeded(resource_events="http://127.0.0.1:1/a", vault_events="http://127.0.0.1:1/b")
    found = {each.name: each for each in azure.events.subscriptions.values()}

    def wanted(name: str, kind: str, data: Json) -> bool:
        return found[name].wants({"eventType": kind, "subject": "any", "data": data}, azure.clock.now())

    kinds = {"write": "Write", "delete": "Delete", "action": "Action"}
    for operation in OPERATIONS:
        kind = f"Microsoft.Resources.Resource{kinds[operation.rpartition('/')[2]]}Success"
        assert wanted("unkeyed-sandbox", kind, {"operationName": operation.upper()})
    action = "Microsoft.Resources.ResourceActionSuccess"
    assert not wanted("unkeyed-production", action, {"operationName": f"{ML}/connections/listsecrets/action"})
    assert [wanted("unkeyed-vault", f"Microsoft.KeyVault.Secret{each}", {}) for each in ("NearExpiry", "Expired")] == [
        True,
        True,
    ]
    assert not wanted("unkeyed-vault", "Microsoft.KeyVault.SecretNewVersionCreated", {})
    assert len(OPERATIONS) == len(set(OPERATIONS)) == 16 < MOST_VALUES


# the platform team's client


async def test_projects_workspaces_connections_and_keys_are_made_and_read_by_name(client: Client) -> None:
    assert (await client.add_project(ACCOUNT, "shop")).status == 201
    assert (await client.add_workspace(HUB)).status == 200
    below = await client.add_workspace(f"{HUB}-project", kind="Project", hub=HUB)
    assert below.body["properties"]["hubResourceId"] == HUB
    key = (await client.list_keys(ACCOUNT)).body["key1"]
    properties = {
        "authType": "ApiKey",
        "category": "AIServices",
        "target": "https://chat-one.cognitiveservices.azure.com/",
        "metadata": {"ApiType": "Azure", "ResourceId": ACCOUNT},
        "credentials": {"key": key},
    }
    for owner in (ACCOUNT, f"{ACCOUNT}/projects/shop", HUB):
        assert (await client.put_connection(owner, "to-chat", properties)).status == 200
        shown = await client.connection(f"{owner}/connections/to-chat")
        assert (shown.body["properties"]["authType"], key in str(shown.body)) == ("ApiKey", False)
    held = await client.simulator("GET", "connections")
    assert [each["credentials"] for each in held] == [{"key": key}] * 3


async def test_the_seeded_vaults_secrets_are_read_with_a_role_that_an_owner_does_not_have(client: Client) -> None:
    assert (await client.vault("PUT", "/secrets/chat-one-key", {"value": "s3cret", "tags": {"a": "b"}})).status == 200
    assert (await client.secret("chat-one-key")).body["value"] == "s3cret"
    assert (await client.secret("another")).status == 404
    state = await client.simulator("GET", "state")
    assert state["workspaces"] == {"log-unkeyed": {"id": LOGS, "customerId": LOGS_CUSTOMER_ID}}
    listed = await client.arm("GET", f"/subscriptions/{PRODUCTION}/resources", version="2025-04-01")
    assert {"chat-one", "kv-unkeyed", "log-unkeyed"} <= {each["name"] for each in listed.body["value"]}


# an account's data plane, as the seal changes it


async def listed_models(client: Client, host: str, **headers: str) -> Answer:
    named = {name.replace("_", "-"): value for name, value in headers.items()}
    return await client.call("GET", f"https://chat-one.{host}{MODELS}", headers=named)


@pytest.mark.parametrize("host", ["openai.azure.com", "cognitiveservices.azure.com"])
async def test_a_call_by_key_leaves_a_row_without_a_caller_until_keys_end(client: Client, host: str) -> None:
    assert (await client.send_logs(ACCOUNT)).status == 200
    keys = (await client.list_keys(ACCOUNT)).body
    by_key = await listed_models(client, host, api_key=keys["key1"], X_Forwarded_For="203.0.113.77")
    token = await client.token(UNKEYED.id)
    by_token = await listed_models(client, host, Authorization=f"Bearer {token}")
    lacking = await listed_models(client, host, Authorization=f"Bearer {await client.token(PLATFORM.id)}")
    assert (await client.arm("POST", f"{ACCOUNT}/regenerateKey", {"keyName": "Key1"})).status == 200
    dead = await listed_models(client, host, api_key=keys["key1"])
    assert (dead.status, dead.body["error"]["code"]) == (401, "401")
    assert dead.body["error"]["message"].startswith("Access denied due to invalid subscription key or wrong API")
    assert [each.status for each in (by_key, by_token, lacking)] == [200, 200, 401]
    rows = await client.simulator("GET", "logs", workspace=LOGS_CUSTOMER_ID)
    seen = [(each["ResultSignature"], json.loads(each["properties_s"])["objectId"]) for each in rows]
    assert seen == [("200", ""), ("200", UNKEYED.id), ("401", PLATFORM.id), ("401", "")]
    assert {each["Category"] for each in rows} == {"RequestResponse"}
    assert [each["CallerIPAddress"] for each in rows] == ["203.0.113.***", *["127.0.0.***"] * 3]
    assert {each["OperationName"] for each in rows} == {"Models_List"}


@pytest.mark.parametrize("host", ["openai.azure.com", "cognitiveservices.azure.com"])
async def test_local_auth_that_is_off_ends_keys_late_at_the_host_and_at_once_at_resource_manager(
    client: Client, host: str
) -> None:
    await client.turn(local_auth_lag=600)
    key = (await client.list_keys(ACCOUNT)).body["key2"]
    sealed = await client.arm("PATCH", ACCOUNT, {"properties": {"disableLocalAuth": True}})
    assert sealed.body["properties"]["disableLocalAuth"] is True
    for verb, body in (("listKeys", None), ("regenerateKey", {"keyName": "Key2"})):
        refused = await client.arm("POST", f"{ACCOUNT}/{verb}", body)
        assert (refused.status, refused.body["error"]["code"]) == (400, "BadRequest")
        assert refused.body["error"]["message"].endswith("key. disableLocalAuth is set to be true")
    assert (await listed_models(client, host, api_key=key)).status == 200
    await client.advance(600)
    off = await listed_models(client, host, api_key=key)
    assert (off.status, off.body["error"]["code"]) == (403, "AuthenticationTypeDisabled")
    token = await client.token(UNKEYED.id)
    assert (await listed_models(client, host, Authorization=f"Bearer {token}")).status == 200
