"""An account the whole road, by passes in this process: connections, keys, quiet, revoked, sealed."""

from datetime import timedelta

import pytest

from shared.road.sweep import sweep
from simulator.company.identities import ALICE
from simulator.wire import Json
from tests.local import CHAT, LocalRun

VAULT = "https://kv-unkeyed.vault.azure.net"
POLICY = f"""
version: 1
rules:
  - name: chat
    match: {{resourceGroups: [rg-chat]}}
    goal: sealed
    grants:
      - {{group: 5f9cc6a4-1f2e-5a3a-9d4b-a11ce0000001, role: cognitive-services-user}}
    connections: entra
    keys: {{vault: "{VAULT}", grace: PT1H}}
    quiet: P1D
"""
SECRET = "chat-one-key"


@pytest.fixture
async def road(local: LocalRun) -> LocalRun:
    """An account with a project, a key in the project's connection, and a request log."""
    local.policy.write_text(POLICY)
    await local.client.turn(local_auth_lag=30, log_ingestion=0)
    await local.client.create_account(
        CHAT, properties={"customSubDomainName": "chat-one", "allowProjectManagement": True}
    )
    await local.client.send_logs(CHAT)
    assert (await local.client.add_project(CHAT, "alpha")).status in {200, 201}
    return local


def key_connection(key: str, target: str = "https://chat-one.openai.azure.com/", account: str = CHAT) -> Json:
    return {
        "authType": "ApiKey",
        "category": "AzureOpenAI",
        "target": target,
        "isSharedToAll": True,
        "credentials": {"key": key},
        "metadata": {"ApiType": "Azure", "ResourceId": account, "ApiVersion": "2024-10-21", "location": "westeurope"},
    }


async def days_pass(road: LocalRun, days: int) -> None:
    """Days go by with a sweep every six hours."""
    for _ in range(days * 4):
        await road.settle(passes=80)
        await road.advance(timedelta(hours=6))
        road.services = road.new_services()  # a process's tokens last less than a day of the simulator's
        await sweep(road.services)
    await road.settle(passes=80)


async def test_an_account_goes_the_whole_road(road: LocalRun) -> None:
    client = road.client
    keys = (await client.list_keys(CHAT)).body
    owner = f"{CHAT}/projects/alpha"
    assert (await client.put_connection(owner, "with-key", key_connection(keys["key1"]))).status == 200
    await road.work(road.item(event=True))
    print((await road.posture()).milestone, await road.blockers())
    await days_pass(road, 3)
    found = await road.posture()
    print(found.milestone, await road.blockers(), found.evidence)
    print(await road.ledger())
    assert found.milestone == "sealed"
    assert (await client.connection(f"{owner}/connections/with-key")).body["properties"]["authType"] == "AAD"
    for key in keys.values():
        assert (await client.chat("chat-one", key=key)).status in {401, 403}
    member = await client.token(ALICE.id)
    assert (await client.chat("chat-one", token=member)).status in {200, 404}
    assert (await client.list_keys(CHAT)).status == 400


async def test_nothing_is_done_a_second_time(road: LocalRun) -> None:
    await road.work(road.item(event=True))
    await days_pass(road, 3)
    assert (await road.posture()).milestone == "sealed"
    before = await road.writes()
    await road.work(road.item())
    assert await road.writes() == before
    assert timedelta() == timedelta()
