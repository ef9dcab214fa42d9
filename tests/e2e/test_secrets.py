"""No key, token or secret is written anywhere: log, tables, queues, events, telemetry, recorded traffic.

The app goes through what it knows, and Azure repeats secrets to it wherever an answer has room for text. One key is
planted in every place that is searched, so that a search which finds nothing else is known to look everywhere.
"""

import asyncio
import base64
import contextlib
import json

import pytest
from azure.data.tables.aio import TableServiceClient

from shared.resource_id import ResourceId
from shared.store.postures import Posture
from shared.store.work_queue import POISON, WORK, new_operation_id
from simulator.company.identities import CHAT_USERS, PLATFORM, UNKEYED
from simulator.company.places import VAULT_URL
from simulator.company.seed import INSTRUMENTATION, TOPIC_ENDPOINT
from simulator.wire import Json
from tests.e2e.app import AppRun
from tests.e2e.leaks import every_secret, found_in, writings
from tests.e2e.portal import Portal
from tests.e2e.portal import encoded as encoded_path
from tests.fleet.walkers import BARE, PLAIN, STUBBORN, made
from tests.local import POLICY
from tests.watching import CHAT

pytestmark = pytest.mark.e2e

INGESTION = "https://westeurope-1.in.applicationinsights.azure.com"
SETTINGS = {
    "APPLICATIONINSIGHTS_CONNECTION_STRING": f"InstrumentationKey={INSTRUMENTATION};IngestionEndpoint={INGESTION}/",
    "APPLICATIONINSIGHTS_STATSBEAT_DISABLED_ALL": "True",
    "OTEL_TRACES_SAMPLER": "always_on",  # what is sampled is seen now and then only
    "OTEL_BLRP_SCHEDULE_DELAY": "200",
    "OTEL_BSP_SCHEDULE_DELAY": "200",
}
PLACES = {"log", "table", "queue", "event", "telemetry", "traffic"}
_RULE = """
  - name: %s
    match: {accounts: [%s]}
    goal: sealed
    grants: [{group: %s, role: cognitive-services-user}]
    connections: entra
    %s
    quiet: PT3S
    propagation: PT0S
"""
IN_VAULT = f'keys: {{vault: "{VAULT_URL}", grace: PT2S}}'
WITH_VAULT, WITHOUT = (
    ("with", '"road-*", "firm-*"', CHAT_USERS.id, IN_VAULT),
    ("without", '"bare-*"', CHAT_USERS.id, ""),
)
ROAD = f"version: 1\nrules:{_RULE % WITH_VAULT}{_RULE % WITHOUT}"
TRAVELLERS = (PLAIN.named("leak"), STUBBORN.named("leak"), BARE.named("leak"))


async def keys_of(app: AppRun, account: str) -> list[str]:
    answer = await app.client.arm("POST", f"{account}/listKeys")
    assert answer.status == 200
    return [answer.body["key1"], answer.body["key2"]]


async def plant(app: AppRun, secret: str) -> None:
    """Writes a secret to every place that is searched, as carelessly as an app could."""
    with (app.place.home / "app.log").open("a") as log:
        log.write(json.dumps({"level": "INFO", "message": f"the key is {secret}"}) + "\n")
    async with TableServiceClient.from_connection_string(app.storage) as service:
        table = await service.create_table("Planted")
        await table.create_entity({"PartitionKey": "a", "RowKey": "b", "note": secret})
    async with app.queue("planted") as queue:
        await queue.create_queue()
        await queue.send_message(base64.b64encode(secret.encode()).decode())
    await publish(app, secret)
    await telemetry(app, secret)


async def publish(app: AppRun, text: str) -> None:
    token = await app.client.token(UNKEYED.id, "https://eventgrid.azure.net")
    headers = {"Authorization": f"Bearer {token}", "Content-Type": "application/cloudevents-batch+json; charset=utf-8"}
    event = {"id": "1", "source": "/planted", "type": "Planted", "specversion": "1.0", "data": {"note": text}}
    answer = await app.client.call("POST", f"{TOPIC_ENDPOINT}?api-version=2018-01-01", [event], headers=headers)
    assert answer.status == 200, answer.body


async def telemetry(app: AppRun, text: str) -> None:
    data = {"baseType": "MessageData", "baseData": {"message": text}}
    item = {"name": "Message", "time": "2026-01-01T00:00:00Z", "iKey": INSTRUMENTATION, "data": data}
    headers = {"Authorization": f"Bearer {await app.client.token(UNKEYED.id, 'https://monitor.azure.com')}"}
    answer = await app.client.call("POST", f"{INGESTION}/v2.1/track", [item], headers=headers)
    assert answer.status == 200, answer.body


def repeating(text: str, status: int) -> Json:
    """An answer whose message repeats what no message should."""
    return {"status": status, "code": "Repeated", "message": text}


async def onboard_while_azure_repeats(app: AppRun, secrets: list[str]) -> None:
    """One account after another, for each another of the app's calls is answered with secrets in the text."""
    text = " ".join(secrets)
    await app.restart()
    calls: list[Json] = [
        {"path": "^/v1.0/groups", "answer": repeating(text, 403)},  # by a new process, which has to ask
        {"method": "GET", "path": "/accounts/[^/]+$", "answer": repeating(text, 403)},
        {"method": "GET", "path": "roleAssignments$", "answer": repeating(text, 500), "times": 3},
        {"method": "PUT", "path": "roleAssignments", "answer": repeating(text, 400)},
        {"method": "PUT", "path": "roleAssignments", "answer": repeating(text, 403)},
        {"path": "^/openai/models$", "answer": repeating(text, 401)},
        {"path": "^/openai/models$", "answer": repeating(text, 500), "times": 3},
        {"path": "^/api/events$", "answer": repeating(text, 403)},
        {"path": "^/api/events$", "answer": repeating(text, 503)},
    ]
    storage: list[Json] = [
        {"host": "queue.storage.local", "method": "POST", "path": "messages$", "answer": repeating(text, 403)},
        {"host": "table.storage.local", "path": "UnkeyedPosture", "answer": repeating(text, 403)},
        {"host": "table.storage.local", "path": "UnkeyedLedger", "drop": "before", "times": 3},
    ]
    unrecorded = {"caller": UNKEYED.id, "unrecorded": True}  # no Azure would have answered so
    for number, rule in enumerate([{**unrecorded, **each} for each in calls] + storage):
        account = f"{CHAT}-{number}"
        await app.client.simulator("POST", "faults", rule)
        await app.client.create_account(account)
        await app.fault_was_hit()


async def poison(app: AppRun) -> None:
    async with app.queue(WORK) as queue:
        await queue.send_message(base64.b64encode(b"this is no work item").decode())

    async def is_there() -> bool:
        return bool(await app.poisoned())

    await app.until(f"a message is in {POISON}", is_there)


async def refuse_a_policy(app: AppRun) -> None:
    policy = app.place.home / "policy.yaml"
    good = policy.read_text()
    policy.write_text(good.replace("goal: proven", "goal: shiny"))
    await app.sweep()

    async def is_refused() -> bool:
        return any(each["type"] == "Unkeyed.PolicyRefused" for each in await app.client.outcomes())

    await app.until("the policy is refused", is_refused)
    policy.write_text(good)


async def test_nothing_but_the_planted_key_is_found_and_that_everywhere(app: AppRun) -> None:
    planted, used = f"{CHAT}-planted", f"{CHAT}-used"
    for account in (planted, used):
        await app.client.create_account(account)
        await app.until_at("proven", account)
    (key, _), used_keys = await keys_of(app, planted), await keys_of(app, used)
    await app.client.deploy(used)
    assert (await app.client.chat("chat-one-used", key=used_keys[0])).status == 200
    tokens = [await app.client.token(each, "https://management.azure.com") for each in (UNKEYED.id, PLATFORM.id)]
    await onboard_while_azure_repeats(app, [*used_keys, *tokens])
    await poison(app)
    await refuse_a_policy(app)
    await app.restart()
    await app.client.create_account(f"{CHAT}-last")
    await app.until_at("proven", f"{CHAT}-last")
    await plant(app, key)

    secrets = await every_secret(app)
    assert len(secrets) > 50
    assert {key, *used_keys, *tokens} <= set(secrets)
    found = found_in(await writings(app), secrets)
    assert found.pop(key) == PLACES
    assert {f"{each[:6]}…": places for each, places in found.items()} == {}


def refusals(text: str) -> list[Json]:
    """Each call that only the further road makes is answered with secrets in the text: refused for good, or for now."""
    vault, logs = VAULT_URL.removeprefix("https://"), "api.loganalytics.io"
    denied, gone = repeating(text, 403), repeating(text, 500)
    calls: list[Json] = [
        *({"method": "POST", "path": "/listKeys$", "answer": each} for each in (denied, gone)),
        *({"method": "POST", "path": "/regenerateKey$", "answer": each} for each in (denied, gone)),
        *({"method": "PATCH", "path": "/accounts/[^/]+$", "answer": each} for each in (denied, gone)),
        *({"host": vault, "method": "PUT", "answer": each} for each in (denied, gone)),
        *({"host": vault, "method": "GET", "answer": each} for each in (denied, gone)),
        *({"host": vault, "method": "PATCH", "answer": each} for each in (denied, gone)),
        *({"host": logs, "answer": each} for each in (denied, gone)),
        *({"path": "/diagnosticSettings$", "answer": each} for each in (denied, gone)),
        *({"path": "/connections$", "answer": each} for each in (denied, gone)),
        *({"path": "/subscriptions/[^/]+/resources$", "answer": each} for each in (denied, gone)),
        *({"method": "GET", "path": "/connections/[^/]+$", "answer": each} for each in (denied, gone)),
        *({"method": "PUT", "path": "/connections/[^/]+$", "answer": each} for each in (denied, gone)),
        {"method": "DELETE", "path": "/connections/[^/]+$", "answer": gone},
    ]
    keyed: list[Json] = [{"path": "^/openai/models$", "answer": each} for each in (repeating(text, 401), gone)]
    unrecorded = {"unrecorded": True}  # no Azure would have answered so
    return [{**unrecorded, "caller": UNKEYED.id, **each} for each in calls] + [
        {**unrecorded, "caller": None, **each} for each in keyed
    ]


async def until_sealed(app: AppRun, account: str) -> None:
    """Has the account looked at again and again: what was refused for good is tried when something happens."""

    async def seen() -> Posture | None:
        return await app.postures.get(ResourceId(account))

    async def is_sealed() -> bool:
        before = await seen()
        await app.client.arm("PATCH", account, {"tags": {"nudged": new_operation_id()}})
        await app.sweep()
        # Not more often than it is looked at: a slow machine would do nothing else but sweep
        with contextlib.suppress(TimeoutError):
            async with asyncio.timeout(10):
                while await seen() == before:  # noqa: ASYNC110  # nothing outside says so
                    await asyncio.sleep(0.2)
        found = await seen()
        return found is not None and found.milestone == "sealed"

    await app.until(f"{account} is sealed", is_sealed)


async def roll_back(app: AppRun, portal: Portal, account: str) -> None:
    """Has an account taken back to where its connection holds a key, as after a leak: both keys are made new."""
    asked = {"to": "granted", "leaked": True}
    status, found, _ = await portal.call("POST", f"{encoded_path(account)}/rollback", body=asked)
    assert status == 202, found

    async def is_back() -> bool:
        kinds = [each["type"] for each in await app.client.outcomes() if each["subject"].lower() == account.lower()]
        return "Unkeyed.RolledBack" in kinds

    await app.until(f"{account} is taken back", is_back)


async def test_no_key_is_written_anywhere_on_the_way_to_the_seal_and_back(app: AppRun, portal: Portal) -> None:
    (app.place.home / "policy.yaml").write_text(ROAD)
    await app.client.turn(local_auth_lag=0, log_ingestion=0, connection_type_change_refused="*/stubborn")
    departures = [await made(app.client, each) for each in TRAVELLERS]
    keys = [key for each in departures for key in each.keys]
    asked = refusals(" ".join(keys))
    await app.client.simulator("POST", "faults", asked)
    for each in TRAVELLERS:
        await until_sealed(app, each.account)
    hits = await app.client.simulator("GET", "faults")
    assert [each["rule"] for each in hits if not each["hits"]] == []
    for each in TRAVELLERS:
        await roll_back(app, portal, each.account)
    await app.until_idle()

    secrets = await every_secret(app)
    assert set(keys) < set(secrets)
    assert {f"{each[:6]}…": places for each, places in found_in(await writings(app), secrets).items()} == {}


def told(text: str) -> list[tuple[str, str, Json, Json | None]]:
    """Requests with secrets wherever a caller can put text, and those whose answers come from what Azure says."""
    quoted = {"error": text[:400], "endpoint": f"https://x.openai.azure.com/?key={text[:100]}"}
    return [
        ("GET", "", {}, None),
        ("GET", "/access", {"principalId": UNKEYED.id}, None),
        ("GET", "/snippet", {"language": "python"}, None),
        ("GET", "/snippet", {"language": "curl", "deployment": text[:90]}, None),
        ("GET", "/diagnose", {"error": text[:400]}, None),
        ("POST", "/diagnose", {}, {**quoted, "status": 401, "client": "rest"}),
        ("POST", "/onboard", {"dryRun": "true"}, None),
        ("POST", "/onboard", {}, None),
        ("POST", "/grants", {}, {"principalId": text, "role": text}),
        ("POST", "/connections/switch", {}, {"connections": [text]}),
        ("POST", "/keys/rotate", {}, None),
        ("POST", "/keys/revoke", {}, {"despite": [text]}),
        ("POST", "/keys/revoke", {}, {}),
        ("POST", "/rollback", {"dryRun": "true"}, {"to": "ready"}),
        ("POST", "/rollback", {}, {text: text}),
        ("GET", "/ledger", {}, None),
        ("GET", f"/{text}", {}, None),
        ("GET", "/ledger", {text: text}, None),
    ]


async def test_no_key_that_a_caller_sends_or_azure_repeats_is_answered_or_written(app: AppRun, portal: Portal) -> None:
    (app.place.home / "policy.yaml").write_text(POLICY.read_text())
    account = f"{CHAT}-told"
    await app.client.create_account(account)
    await app.until_at("proven", account)
    keys = await keys_of(app, account)
    text = " ".join(keys)
    refused = [
        {"path": path, "caller": UNKEYED.id, "unrecorded": True, "answer": repeating(text, status), "times": 3}
        for path in ("/accounts/[^/]+$", "roleAssignments$", "denyAssignments", "/deployments$", "^/v1.0/")
        for status in (403, 500)
    ]
    answers: list[str] = []
    for rules in ([], refused):
        await app.client.simulator("POST", "faults", rules)
        for method, path, query, body in told(text):
            for token in (None, keys[0]):
                where = f"{encoded_path(account)}{path}"
                status, found, headers = await portal.call(method, where, query=query, body=body, token=token)
                assert status < 500 or status == 503, f"{method} {path}: {status} {found}"
                answers.append(json.dumps([found, headers]))
    await app.client.clear_faults()
    await app.until_idle()

    secrets = [*keys, *await every_secret(app)]
    written = {**await writings(app), "answer": "\n".join(answers)}
    assert {f"{each[:6]}…": places for each, places in found_in(written, secrets).items()} == {}
