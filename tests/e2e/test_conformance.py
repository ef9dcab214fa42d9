"""All traffic of this run, and every event emitted in it, against Azure's own published documents.

The checker and the documents lie beside this repository; where they do not, there is nothing to check against. This
file runs last (see tests/conftest.py): by then every other test has left its traffic in the run's folder. Left out are
calls that a test makes wrong on purpose, the calls of az, which asks in api-versions younger than the documents, and what
has no document there, as diagnostic settings (see simulator/traffic.py).
"""

import json
import os
import re
import subprocess
from collections import Counter
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from itertools import cycle
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

import pytest

from simulator.company.identities import CHAT_USERS, PRODUCTION, UNKEYED
from simulator.company.places import VAULT_URL
from tests.local import CHAT, LocalRun
from tests.traffic import FOLDER, FOUND_ENVIRONMENT

CHECKER = Path(__file__).parents[3] / "shared" / "conformance" / "validate.sh"
pytestmark = [
    pytest.mark.e2e,
    pytest.mark.skipif(not CHECKER.exists(), reason="the published documents are not there: ../shared/conformance"),
    pytest.mark.timeout(1800),  # the checker is fetched once, and a long run leaves much traffic
]
AUTHORIZATION = "providers/Microsoft.Authorization"
_WORKSPACES = f"{CHAT.partition('/providers/')[0]}/providers/Microsoft.MachineLearningServices/workspaces"
HUB, ML_PROJECT = f"{_WORKSPACES}/hub-one", f"{_WORKSPACES}/project-one"
ROAD = f"""
version: 1
rules:
  - name: chat
    match: {{accounts: [chat-one]}}
    goal: sealed
    grants: [{{group: {CHAT_USERS.id}, role: cognitive-services-user}}]
    connections: entra
    keys: {{vault: "{VAULT_URL}", grace: PT10M}}
    quiet: PT10M
"""
GRAPH_HOST = "https://graph.microsoft.com"
# Writes of a reference, counts, actions, and answers that are ids, are deleted, are found by an alternate key or are the groups
# that users and service principals are in: there is no entity at hand to hold them against
GRAPH_WITHOUT_ENTITY = re.compile(
    r"https://graph\.microsoft\.com/v1\.0/("
    r".+/\$(ref|count)|.+/(appRoleAssignedTo|appRoleAssignments)(/[^/]+)?|.+/(checkMemberGroups|getMemberGroups|reauthorize)|directory/deletedItems/.+|\w+\([^)]+\)"
    r"|(users|servicePrincipals)/[^/]+/(transitiveMemberOf|memberOf)(/microsoft\.graph\.\w+)?)",
    re.IGNORECASE,
)


async def test_a_representative_day_answers_as_expected(local: LocalRun) -> None:
    """What the rest of the run may lack when it is run in part: every operation that the app and its users need."""
    arm = local.client.arm
    await local.client.create_account(CHAT)
    await local.work(local.item(event=True))
    await local.settle()
    statuses = {
        "list": (
            await arm("GET", f"/subscriptions/{PRODUCTION}/providers/Microsoft.CognitiveServices/accounts")
        ).status,
        "keys": (await arm("POST", f"{CHAT}/listKeys")).status,
        "regenerate": (await arm("POST", f"{CHAT}/regenerateKey", {"keyName": "Key1"})).status,
        "patch": (await arm("PATCH", CHAT, {"properties": {"disableLocalAuth": True}})).status,
        "keys refused": (await arm("POST", f"{CHAT}/listKeys")).status,
        "roles": (await arm("GET", f"{CHAT}/{AUTHORIZATION}/roleDefinitions", version="2022-04-01")).status,
        "subscriptions": (await arm("GET", "/subscriptions", version="2022-12-01")).status,
        "group": (await arm("GET", CHAT.partition("/providers")[0], version="2022-09-01")).status,
    }
    await local.client.fault(path="chat-one", answer={"status": 503, "code": "ServerBusy"})
    statuses["made up"] = (await arm("GET", CHAT)).status
    await local.client.fault(host="graph.microsoft.com", answer={"status": 429, "headers": {"Retry-After": "1"}})
    token = await local.client.token("0f1a7f08-0000-4000-8000-000000000010", GRAPH_HOST)
    for name in ("made up by Graph", "members"):
        answer = await local.client.call(
            "GET",
            f"{GRAPH_HOST}/v1.0/groups/{CHAT_USERS.id}/members",
            headers={"Authorization": f"Bearer {token}"},
        )
        statuses[name] = answer.status
    statuses["delete"] = (await arm("DELETE", CHAT)).status
    assert statuses == {
        "list": 200,
        "keys": 200,
        "regenerate": 200,
        "patch": 200,
        "keys refused": 400,
        "roles": 200,
        "subscriptions": 200,
        "group": 200,
        "made up": 503,
        "made up by Graph": 429,
        "members": 200,
        "delete": 200,
    }


async def test_a_day_on_the_further_road_answers_as_expected(local: LocalRun) -> None:
    """Connections of every kind of owner, keys, the vault, the request log and the seal: all that the whole road calls."""
    client = local.client
    local.policy.write_text(ROAD)
    await client.turn(local_auth_lag=0, log_ingestion=0)
    await client.create_account(CHAT, properties={"customSubDomainName": "chat-one", "allowProjectManagement": True})
    await client.send_logs(CHAT)
    keys = (await client.list_keys(CHAT)).body
    owners = (CHAT, f"{CHAT}/projects/alpha", HUB, ML_PROJECT)
    statuses = [
        (await client.add_project(CHAT, "alpha")).status,
        (await client.add_workspace(HUB)).status,
        (await client.add_workspace(ML_PROJECT, kind="Project", hub=HUB)).status,
    ]
    for number, owner in enumerate(owners):
        statuses.append((await client.put_connection(owner, f"by-key-{number}", _by_key(keys["key1"]))).status)
    assert set(statuses) <= {200, 201, 202}
    await local.work(local.item(event=True))
    await local.settle(passes=100)
    assert (await local.posture()).milestone == "sealed"
    for number, owner in enumerate(owners):
        found = (await client.connection(f"{owner}/connections/by-key-{number}")).body["properties"]
        assert found["authType"] == "AAD", owner
    sent = {urlsplit(each["url"]).path.lower() for each in await client.traffic() if each["caller"] == UNKEYED.id}
    for path in ("/resources", "/listkeys", "/regeneratekey", "/query", "/connections", "/secrets/chat-one-key"):
        assert any(each.endswith(path) for each in sent), path


def _by_key(key: str) -> dict[str, Any]:
    return {
        "authType": "ApiKey",
        "category": "AzureOpenAI",
        "target": "https://chat-one.openai.azure.com/",
        "credentials": {"key": key},
        "metadata": {"ApiType": "Azure", "ResourceId": CHAT},
    }


def test_all_traffic_and_all_events_are_as_azure_documents_them(tmp_path: Path) -> None:
    checked = _checked(tmp_path)
    lines = "".join(each.stdout + each.stderr for each in checked).splitlines()
    said = "\n".join(each for each in lines if each not in {"", "error"})  # its library says so of what it passes over
    exchanges = list(_exchanges())
    assert not any(each.returncode for each in checked), said[:20_000]
    counts = _sums(r"(\d+) (ok|on other hosts)", said)
    assert counts["ok"] + counts["on other hosts"] == len(exchanges), said
    assert counts["ok"] > 10, said
    unknown_to_graph = [each for each in exchanges if _has_no_entity(each)]
    assert _sums(r"(\d+) (without schema)", said)["without schema"] == len(unknown_to_graph), said
    assert _sums(r"graph: (\d+) (checked), 0 failed", said)["checked"] > 0, said
    events = _sums(r"events: (\d+) (checked), 0 failed", said)
    assert events["checked"] == len(list((FOLDER / "events").glob("*.json"))) > 0, said


def _checked(folder: Path) -> list[subprocess.CompletedProcess[str]]:
    """What the checker says of the traffic, each core of its part; the first looks at the events, too."""
    tried = _run("--selftest")  # what it needs it fetches from the network, once
    assert not tried.returncode, tried.stdout + tried.stderr
    parts = [folder / str(number) for number in range(os.cpu_count() or 1)]
    for each in parts:
        each.mkdir()
    for path, part in zip(FOLDER.glob("*.json"), cycle(parts)):
        (part / path.name).symlink_to(path)
    first, *others = parts
    with ThreadPoolExecutor() as pool:
        return list(pool.map(lambda each: _run(*each), [(first, FOLDER / "events"), *((each,) for each in others)]))


def _run(*arguments: str | Path) -> subprocess.CompletedProcess[str]:
    return subprocess.run([CHECKER, *arguments], env=FOUND_ENVIRONMENT, capture_output=True, text=True, check=False)


def _sums(pattern: str, said: str) -> Counter[str]:
    """The figures that the parts name, by what they are of, added up."""
    found: Counter[str] = Counter()
    for figure, name in re.findall(pattern, said):
        found[name] += int(figure)
    return found


def _exchanges() -> Iterator[dict[str, Any]]:
    for path in FOLDER.glob("*.json"):
        yield json.loads(path.read_text())


def _has_no_entity(exchange: dict[str, Any]) -> bool:
    url = exchange["liveRequest"]["url"].partition("?")[0]
    return GRAPH_WITHOUT_ENTITY.fullmatch(url) is not None and int(exchange["liveResponse"]["statusCode"]) < 400
