"""No key, token or secret is written anywhere: log, tables, queues, events, telemetry, recorded traffic.

The app goes through what it knows, and Azure repeats secrets to it wherever an answer has room for text. One key is
planted in every place that is searched, so that a search which finds nothing else is known to look everywhere.
"""

import base64
import json
from collections import defaultdict
from collections.abc import Iterator

import pytest
from azure.data.tables.aio import TableServiceClient

from shared.store.work_queue import POISON, WORK
from simulator.company.identities import PLATFORM, UNKEYED
from simulator.company.seed import INSTRUMENTATION, TOPIC_ENDPOINT
from simulator.wire import Json
from tests.e2e.app import AppRun
from tests.traffic import FOLDER
from tests.watching import CHAT

pytestmark = pytest.mark.e2e

INGESTION = "https://westeurope-1.in.applicationinsights.azure.com"
SETTINGS = {
    "APPLICATIONINSIGHTS_CONNECTION_STRING": f"InstrumentationKey={INSTRUMENTATION};IngestionEndpoint={INGESTION}/",
    "APPLICATIONINSIGHTS_STATSBEAT_DISABLED_ALL": "True",
    "OTEL_BLRP_SCHEDULE_DELAY": "200",
    "OTEL_BSP_SCHEDULE_DELAY": "200",
}
PLACES = {"log", "table", "queue", "event", "telemetry", "traffic"}
WRITTEN = 16  # characters of a secret's beginning or end that give it away


def traces(secret: str) -> Iterator[str]:
    """What shows that a secret was written, cut or not: its beginning and its end; of a token what makes it one."""
    *_, last = secret.split(".")
    yield last[:WRITTEN]
    yield last[-WRITTEN:]
    if secret.startswith("eyJ"):
        yield secret[: 2 * WRITTEN]


async def every_secret(app: AppRun) -> list[str]:
    """All that was handed out so far, and the keys of the storage and of the host."""
    found = await app.client.simulator("GET", "secrets")
    storage = dict(each.partition("=")[::2] for each in app.storage.split(";"))["AccountKey"]
    own = [storage, app.place.variables["UNKEYED_HOST_KEY"]]
    return [*found["keys"], *found["tokens"], *found["secrets"], *own]


async def keys_of(app: AppRun, account: str) -> list[str]:
    answer = await app.client.arm("POST", f"{account}/listKeys")
    assert answer.status == 200
    return [answer.body["key1"], answer.body["key2"]]


async def writings(app: AppRun) -> dict[str, str]:
    """Everything that was written anywhere, by place; messages as they are and decoded."""
    events = await app.client.simulator("GET", "events")
    messages = [text for name in await app.queues() for text in await app.queued(name)]
    return {
        "log": (app.place.home / "app.log").read_text(),
        "table": json.dumps(await app.rows(), default=str),
        "queue": "\n".join(messages),
        "event": json.dumps([events["emitted"], events["received"], events["deadLetters"]]),
        "telemetry": json.dumps(await app.client.simulator("GET", "telemetry")),
        "traffic": "\n".join(path.read_text() for path in FOLDER.rglob("*.json")),
    }


def found_in(written: dict[str, str], secrets: list[str]) -> dict[str, set[str]]:
    """The places where each secret left a trace; those that left none are not there."""
    found: defaultdict[str, set[str]] = defaultdict(set)
    for secret in secrets:
        for place, text in written.items():
            if any(trace in text for trace in traces(secret)):
                found[secret].add(place)
    return dict(found)


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
    answer = await app.client.call("POST", f"{INGESTION}/v2.1/track", [item])
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
