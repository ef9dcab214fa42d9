"""From an event to a group that gets in, through the app in its host: duplicates, forgeries, outages, poison."""

import base64
import uuid
from datetime import UTC, datetime, timedelta

import pytest

from shared.road.survey import OVERDUE
from shared.roles import assignment_name
from shared.store.work_queue import POISON, WORK
from simulator.client import Answer
from simulator.company.identities import ALICE, BOB, CAROL, CHAT_USERS, PRODUCTION, UNKEYED
from simulator.company.seed import BLOB_HOST
from simulator.wire import Json
from tests.e2e.app import AppRun
from tests.watching import CHAT, USER_ROLE

pytestmark = pytest.mark.e2e

SUBSCRIPTION = f"/subscriptions/{PRODUCTION}"
WRITE = "Microsoft.CognitiveServices/accounts/write"
OUT_OF_REACH = 600.0


def named(name: str, group: str = "rg-chat") -> str:
    return f"{SUBSCRIPTION}/resourceGroups/{group}/providers/Microsoft.CognitiveServices/accounts/{name}"


async def chat_status(app: AppRun, name: str, person: str) -> int:
    answer: Answer = await app.client.chat(name, token=await app.client.token(person))
    return answer.status


async def assert_assigned_once(app: AppRun, account: str) -> None:
    """The group has its role by one assignment, which the app has made, written down and announced once."""
    (made,) = await app.client.assignments(account)
    assert made["name"] == assignment_name(account, CHAT_USERS.id, USER_ROLE)
    assert await app.ledger(account) == [("AssignRole", "done")]
    assert (await app.announced(account)).count("Unkeyed.RoleAssigned") == 1
    assert (
        sum(f"PUT https://management.azure.com{account}/".lower() in each.lower() for each in await app.writes()) == 1
    )


async def held_back_events(app: AppRun, *accounts: str) -> list[list[Json]]:
    """Creates accounts and changes each once more; the events are not delivered, but returned."""
    await app.client.turn(event_delay=OUT_OF_REACH)
    for account in accounts:
        await app.client.create_account(account)
        await app.client.arm("PATCH", account, {"tags": {"changed": "yes"}})
    await app.client.turn(event_delay=0)
    return [await app.emitted(each) for each in accounts]


def forged(resource: str, data: object = None, **more: object) -> Json:
    """An event that nothing stands behind, in the form of Azure's own."""
    return {
        "id": str(uuid.uuid4()),
        "subject": resource,
        "eventType": "Microsoft.Resources.ResourceWriteSuccess",
        "eventTime": datetime.now(UTC).isoformat(),
        "topic": SUBSCRIPTION,
        "data": {"operationName": WRITE, "resourceUri": resource} if data is None else data,
        "dataVersion": "2",
        "metadataVersion": "1",
        **more,
    }


async def test_a_group_members_token_is_refused_before_and_accepted_after(app: AppRun) -> None:
    await app.client.turn(event_delay=1.5)
    await app.client.create_account(CHAT)
    await app.client.deploy(CHAT)
    people = (ALICE.id, BOB.id, CAROL.id)  # a member, a member of a group in the group, a stranger
    assert [await chat_status(app, "chat-one", each) for each in people] == [401, 401, 401]
    await app.until_at("proven")
    assert [await chat_status(app, "chat-one", each) for each in people] == [200, 200, 401]
    (made,) = await app.client.assignments(CHAT)
    facts = made["properties"]
    assert made["name"] == assignment_name(CHAT, CHAT_USERS.id, USER_ROLE)
    assert facts["scope"].lower() == CHAT.lower()
    assert (facts["principalId"], facts["principalType"]) == (CHAT_USERS.id, "Group")
    assert facts["roleDefinitionId"].endswith(USER_ROLE)


async def test_events_delivered_three_times_interleaved_and_out_of_order_make_one_assignment_each(app: AppRun) -> None:
    one, two = named("mixed-one"), named("mixed-two")
    (created, changed), (made, touched) = await held_back_events(app, one, two)
    await app.deliver(changed, touched, made, created, touched, created, changed, made, created, changed, touched, made)
    for account in (one, two):
        await app.until_at("proven", account)
        await assert_assigned_once(app, account)
    assert app.errors() == []
    assert await app.poisoned() == []


async def test_events_in_the_cloud_events_schema_do_the_same(app: AppRun) -> None:
    place = f"{SUBSCRIPTION}/providers/Microsoft.EventGrid/eventSubscriptions"
    host, key = app.place.variables["UNKEYED_HOST"], app.place.variables["UNKEYED_HOST_KEY"]
    url = f"{host}/runtime/webhooks/EventGrid?functionName=resource_events&code={key}"
    wanted = {
        "destination": {"endpointType": "WebHook", "properties": {"endpointUrl": url}},
        "eventDeliverySchema": "CloudEventSchemaV1_0",
    }
    gone = await app.client.arm("DELETE", f"{place}/unkeyed-production", version="2022-06-15")
    assert gone.status in {200, 202, 204}
    made = await app.client.arm("PUT", f"{place}/cloud", {"properties": wanted}, version="2022-06-15")
    assert made.status in {200, 201}, made.body
    account = named("cloud-one")
    await app.client.create_account(account)
    await app.until_at("proven", account)
    await assert_assigned_once(app, account)
    assert {each["subscription"] for each in await app.attempts(*await app.emitted(account))} == {"cloud"}
    assert app.errors() == []


async def test_forged_events_change_nothing(app: AppRun) -> None:
    uncovered, exempt, covered = named("plain", "rg-unkeyed"), named("contoso-voice"), named("true-one")
    for account in (uncovered, exempt, covered):
        await app.client.create_account(account)
    await app.until_at("proven", covered)
    await app.client.simulator("DELETE", "traffic")
    deletion = {"operationName": "Microsoft.CognitiveServices/accounts/delete", "resourceUri": covered}
    events = [
        forged(named("never-made")),
        forged(named("never-made").replace(PRODUCTION, str(uuid.uuid4()))),
        forged(uncovered),
        forged(exempt),
        forged(covered, deletion, eventType="Microsoft.Resources.ResourceDeleteSuccess"),
        forged(f"{SUBSCRIPTION}/resourceGroups/rg-chat/providers/Microsoft.Storage/storageAccounts/{'x' * 300}"),
        forged("../../etc/passwd"),
        forged(f"{covered}/../../../x?y=%2e%2e#z"),
        forged(covered, "no object"),
        forged(covered, []),
        forged(covered, {"operationName": {"a": 1}, "resourceUri": [covered]}),
        forged(covered, {}, eventType="Made.Up.Type"),
    ]
    await app.deliver(*events)
    await app.until_idle()
    assert len(await app.attempts(*events)) == len(events), "something was delivered again"
    assert await app.writes() == []
    assert await app.client.assignments(uncovered) == await app.client.assignments(exempt) == []
    assert len(await app.client.assignments(covered)) == 1
    assert ((await app.posture(uncovered)).covered, (await app.posture(exempt)).covered) == ("uncovered", "exempt")
    assert app.errors() == []
    assert await app.poisoned() == []


async def test_a_poisoned_item_is_kept_logged_and_announced(app: AppRun) -> None:
    garbage = "this is no work item"
    async with app.queue(WORK) as queue:
        sent = await queue.send_message(base64.b64encode(garbage.encode()).decode())

    async def is_kept() -> bool:
        return garbage in await app.poisoned()

    await app.until("the message is in the poison queue", is_kept)
    told = [each for each in app.errors() if "given up on" in each["message"]]
    assert [each["message_id"] for each in told] == [sent.id]
    (event,) = [each for each in await app.client.outcomes() if each["type"] == "Unkeyed.WorkPoisoned"]
    assert (event["data"]["messageId"], event["data"]["queue"]) == (sent.id, POISON)
    await app.sweep()

    async def is_said_again() -> bool:
        return any("wait in the poison queue" in each["message"] for each in app.errors())

    await app.until("the sweep says what waits in the poison queue", is_said_again)
    async with app.queue(POISON) as queue:
        await queue.clear_messages()


async def test_events_that_come_while_storage_is_away_are_delivered_again_and_lost_by_nobody(app: AppRun) -> None:
    one, two = named("away-one"), named("away-two")
    await app.client.simulator("PATCH", "storage", {"down": ["queue", "table"]})
    await app.client.create_account(one)
    await app.client.create_account(two)

    async def was_refused() -> bool:
        tried = await app.attempts(*await app.emitted(one), *await app.emitted(two))
        return len({each["eventId"] for each in tried if each["status"] == 500}) == 2

    await app.until("the app has refused both events", was_refused)
    await app.client.simulator("PATCH", "storage", {"down": []})
    for account in (one, two):
        await app.until_at("proven", account)
        await assert_assigned_once(app, account)
    assert await app.poisoned() == []


async def test_an_event_given_up_on_is_kept_as_a_dead_letter_and_the_sweep_heals_the_account(app: AppRun) -> None:
    account = named("dead-letter")
    await app.keep_down(True)
    await app.client.turn(event_retry_scale=0.000001)
    await app.client.create_account(account)
    (event,) = await app.emitted(account)

    async def is_a_dead_letter() -> bool:
        letters = (await app.client.simulator("GET", "events"))["deadLetters"]
        return any(each["eventId"] == event["id"] and each["blob"] for each in letters)

    await app.until("the event is a dead letter", is_a_dead_letter)
    (letter,) = (await app.client.simulator("GET", "events"))["deadLetters"]
    assert (letter["reason"], letter["attempts"]) == ("MaxDeliveryAttemptsExceeded", 30)
    token = await app.client.token(UNKEYED.id, "https://storage.azure.com")
    headers = {"Authorization": f"Bearer {token}", "x-ms-version": "2023-11-03"}
    blob = await app.client.call("GET", f"https://{BLOB_HOST}/dead-letters/{letter['blob']}", headers=headers)
    assert event["id"] in str(blob.body)
    await app.keep_down(False)
    await app.client.advance((OVERDUE + timedelta(minutes=1)).total_seconds())
    await app.sweep()
    await app.until_at("proven", account)
    await assert_assigned_once(app, account)
