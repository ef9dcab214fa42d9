"""What the Azure CLI asks for and no SDK does, each in its own form; tests/e2e/test_az.py has the CLI itself."""

from pathlib import Path
from typing import Any
from urllib.parse import urlencode

import jwt
import pytest

from simulator.azure import Azure
from simulator.company.seed import Company
from simulator.directory.graph import Graph
from simulator.directory.graph_objects import application_id
from simulator.directory.state import ServicePrincipal
from simulator.sign_in.service import SignIn
from simulator.up import forget_sign_ins
from tests.contract.simulator.arm import ACCOUNTS, SUBSCRIPTION, Arm
from tests.contract.simulator.calling import Answer, Client

AZ = "04b07795-8ddb-461a-bbee-02f9e1bf7b46"
ARM_SCOPE = "https://management.core.windows.net//.default"
VAULT_SCOPE = "https://vault.azure.net/.default"
OPENID = "offline_access openid profile"
IN_REGION = f"/subscriptions/{SUBSCRIPTION}/providers/Microsoft.CognitiveServices/locations/westeurope"


@pytest.fixture
def azure() -> Azure:
    return Azure()


@pytest.fixture
def arm() -> Arm:
    return Arm()


async def token(azure: Azure, **form: str) -> Answer:
    client = Client(azure, SignIn(azure), "login.microsoftonline.com")
    return await client.post("/organizations/oauth2/v2.0/token", urlencode({"client_id": AZ, **form}).encode())


async def test_a_signed_in_person_trades_a_refresh_token_for_other_audiences(azure: Azure) -> None:
    ada = azure.directory.add_user("Ada", azure.clock.now(), password="correct horse")
    name = {"username": ada.user_principal_name, "password": ada.password}
    first = (await token(azure, grant_type="password", scope=f"{ARM_SCOPE} {OPENID}", **name)).body
    assert ARM_SCOPE in first["scope"].split()
    again: dict[str, Any] = {"grant_type": "refresh_token", "refresh_token": first["refresh_token"]}
    second = (await token(azure, scope=f"{VAULT_SCOPE} {OPENID}", **again)).body
    claims = jwt.decode(second["access_token"], options={"verify_signature": False})
    assert (claims["aud"], claims["oid"]) == ("https://vault.azure.net", ada.id)
    assert first["refresh_token"] in azure.tokens.issued


async def test_a_refresh_token_is_worth_nothing_to_another_application_or_when_made_up(azure: Azure) -> None:
    ada = azure.directory.add_user("Ada", azure.clock.now())
    powershell = "1950a258-227b-4e31-a9cf-717495945fc2"
    stolen = azure.tokens.refresh_token(ada, powershell)
    for each in (stolen, "1.made-up"):
        answer = await token(azure, grant_type="refresh_token", refresh_token=each, scope=VAULT_SCOPE)
        assert (answer.status, answer.body["error"], answer.body["error_codes"]) == (400, "invalid_grant", [9002313])


async def test_a_capacity_sent_as_text_counts_in_the_quota_of_its_region_alone(arm: Arm) -> None:
    arm.azure.cognitive.add(SUBSCRIPTION, "rg-ai", "acme-ai")
    model = {"format": "OpenAI", "name": "gpt-4o", "version": "2024-11-20"}
    body = {"sku": {"name": "Standard", "capacity": "7"}, "properties": {"model": model}}
    made = await arm.call("PUT", f"{ACCOUNTS}/acme-ai/deployments/gpt", body, wrong=True)
    assert (made.status, made.body["sku"]["capacity"]) == (201, 7)
    for region, expected in (("westeurope", 7), ("eastus", 0)):
        usages = await arm.call("GET", f"{IN_REGION.replace('westeurope', region)}/usages")
        taken = {each["name"]["value"]: each["currentValue"] for each in usages.body["value"]}
        assert taken["OpenAI.Standard.gpt-4o"] == expected
    body["sku"] = {"name": "Standard", "capacity": "seven"}
    refused = await arm.call("PUT", f"{ACCOUNTS}/acme-ai/deployments/gpt", body, wrong=True)
    assert (refused.status, refused.code) == (400, "InvalidRequestContent")


async def test_a_running_operation_says_when_to_ask_again(arm: Arm) -> None:
    arm.azure.knobs = arm.azure.knobs.turned({"provisioning": 7})
    body = {"location": "westeurope", "kind": "TextAnalytics", "sku": {"name": "S"}, "properties": {}}
    made = await arm.call("PUT", f"{ACCOUNTS}/acme-ai", body)
    running = await arm.call("GET", made.headers["Azure-AsyncOperation"], wrong=True)
    arm.settle()
    done = await arm.call("GET", made.headers["Azure-AsyncOperation"], wrong=True)
    waits = [each.headers.get("Retry-After") for each in (made, running, done)]
    assert waits == ["7", "7", None]


async def test_a_doubled_slash_in_a_path_counts_once(arm: Arm) -> None:
    arm.azure.cognitive.add(SUBSCRIPTION, "rg-ai", "acme-ai")
    doubled = f"{ACCOUNTS}/acme-ai".replace("/accounts", "//accounts")
    assert (await arm.call("GET", doubled, wrong=True)).body["name"] == "acme-ai"


async def test_resources_are_listed_by_tag(arm: Arm) -> None:
    arm.azure.cognitive.add(SUBSCRIPTION, "rg-ai", "tagged", tags={"env": "prod"})
    arm.azure.cognitive.add(SUBSCRIPTION, "rg-ai", "plain")
    path = f"/subscriptions/{SUBSCRIPTION}/resources?$filter=tagName eq 'ENV'"
    for also, expected in (("", ["tagged"]), (" and tagValue eq 'prod'", ["tagged"]), (" and tagValue eq 'test'", [])):
        found = await arm.call("GET", f"{path}{also}", version="2021-04-01")
        assert [each["name"] for each in found.body["value"]] == expected


async def test_what_azure_has_and_the_simulator_has_not_is_a_501_that_names_it(arm: Arm) -> None:
    subscription = f"/subscriptions/{SUBSCRIPTION}"
    provider = await arm.call("GET", f"{subscription}/providers/Microsoft.Storage", version="2021-04-01", wrong=True)
    write = await arm.call("DELETE", subscription, version="2021-04-01", wrong=True)
    collection = await arm.call("PUT", ACCOUNTS, {}, wrong=True)
    assert [(each.status, each.code) for each in (provider, write, collection)] == [
        (501, "NotImplemented"),
        (501, "NotImplemented"),
        (405, "MethodNotAllowed"),
    ]
    assert "'Microsoft.Storage'" in provider.message
    assert f"DELETE {subscription}" in write.message


async def test_an_application_is_found_by_its_object_id_and_a_group_has_no_owner(azure: Azure) -> None:
    now = azure.clock.now()
    app = azure.directory.add_service_principal(ServicePrincipal("0" * 8, "a" * 8, "app", now))
    group = azure.directory.add_group("sg", now)
    reader = Client(azure, Graph(azure), "graph.microsoft.com").as_(
        app, "https://graph.microsoft.com", roles=["Directory.Read.All"]
    )
    found = await reader.get(f"/v1.0/applications/{application_id(app.app_id)}")
    assert (found.body["appId"], found.body["displayName"]) == (app.app_id, "app")
    assert (await reader.get(f"/v1.0/applications/{group.id}")).status == 404
    assert (await reader.get(f"/v1.0/groups/{group.id}/owners")).body["value"] == []


def test_no_secret_of_the_platform_team_looks_like_an_option() -> None:
    assert {Company().platform_secret[0] for _ in range(500)} == {"l"}


def test_a_new_start_forgets_sign_ins_and_keeps_the_settings_of_az(tmp_path: Path) -> None:
    for name in ("config", "azureProfile.json", "msal_token_cache.json", "service_principal_entries.json"):
        (tmp_path / name).write_text("{}")
    forget_sign_ins(tmp_path)
    assert [each.name for each in tmp_path.iterdir()] == ["config"]
