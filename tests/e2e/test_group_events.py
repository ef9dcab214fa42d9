"""Events of Microsoft Graph through the app in its host: true ones hasten what follows, all others change nothing."""

import time
import uuid
from datetime import UTC, datetime
from typing import Any

import pytest

from shared.resource_id import ResourceId
from shared.road.groups.hearing import Dropped
from shared.road.services import build
from shared.settings import Settings
from simulator.company.identities import CHAT_USERS, PRODUCTION, UNKEYED
from simulator.wire import Json
from tests.e2e.app import AppRun
from tests.e2e.leaks import found_in, writings

pytestmark = pytest.mark.e2e

SEARCH = (
    f"/subscriptions/{PRODUCTION}/resourceGroups/rg-search/providers/Microsoft.CognitiveServices/accounts/search-one"
)
OWN = "unkeyed-groups"
OF_READINGS = ("link", "finished", "due", "wanted")


@pytest.fixture
async def hearing(app: AppRun) -> AppRun:
    """The app, once it hears of groups: it has subscribed, and the operators have activated the topic."""
    await app.run_timer("watch_groups")

    async def is_subscribed() -> bool:
        states = (await app.client.simulator("GET", "events"))["subscriptions"]
        return bool(states.get(OWN) == "Succeeded")

    await app.until("the app is subscribed to groups", is_subscribed)
    await app.until_idle()
    return app


async def calls(app: AppRun, method: str, path: str) -> int:
    found = await app.client.traffic(host="graph.microsoft.com", method=method, path=path)
    return sum(each["caller"] == UNKEYED.id and each["status"] < 400 for each in found)


async def true_event(app: AppRun) -> Json:
    """An event that Microsoft Graph raised for the app, and that it has heard and followed."""
    subject, began = f"Groups/{CHAT_USERS.id}", datetime.now(UTC)
    answer = await app.client.graph("PATCH", f"/groups/{CHAT_USERS.id}", {"description": str(uuid.uuid4())})
    assert answer.status == 204

    async def is_told() -> bool:
        rows = [each for each in await app.rows() if each["RowKey"] == CHAT_USERS.id]
        return any(each.get("told", began) > began for each in rows)

    await app.until("the event is heard", is_told)
    await app.until_idle()
    emitted = (await app.client.simulator("GET", "events"))["emitted"]
    found: Json = [each for each in emitted if each.get("subject") == subject][-1]
    return found


def forged(event: Json, data: Any = None, **changes: Any) -> Json:
    """A true event under another id, with some of it changed; what is `...` is left out."""
    made = {**event, "id": str(uuid.uuid4()), "data": {**event["data"], **(data or {})}, **changes}
    if isinstance(made["data"], dict):
        made["data"] = {name: value for name, value in made["data"].items() if value is not ...}
    return {name: value for name, value in made.items() if value is not ...}


async def brought(app: AppRun, event: Json) -> int:
    """Brings an event to the function as Event Grid does, whatever it is; returns how that is answered."""
    host, key = app.place.variables["UNKEYED_HOST"], app.place.variables["UNKEYED_HOST_KEY"]
    url = f"{host}/runtime/webhooks/EventGrid?functionName=group_events&code={key}"
    async with app.client.session.post(url, json=event, headers={"aeg-event-type": "Notification"}) as response:
        return response.status


async def test_a_group_that_a_rule_waits_for_has_its_account_granted_within_seconds(hearing: AppRun) -> None:
    await hearing.client.create_account(SEARCH, tags={"env": "prod"})

    async def waits() -> bool:
        found = await hearing.postures.get(ResourceId.account(SEARCH))
        return found is not None and "grant.groupMissing" in {each["code"] for each in found.blockers}

    await hearing.until("the account waits for its group", waits)
    await hearing.until_idle()
    body = {"displayName": "sg-rg-search-users", "mailEnabled": False, "mailNickname": "s", "securityEnabled": True}
    started = time.perf_counter()
    assert (await hearing.client.graph("POST", "/groups", body)).status == 201
    await hearing.until_at("proven", SEARCH)
    print(f"from the group's creation to its grant's proof: {time.perf_counter() - started:.1f} s")


async def test_events_that_are_not_the_apps_own_are_dropped_and_counted_and_change_nothing(hearing: AppRun) -> None:
    event = await true_event(hearing)
    other = str(uuid.uuid4())
    wrong: list[tuple[Dropped, Json]] = [
        (Dropped.STATE, forged(event, {"clientState": "another"})),
        (Dropped.STATE, forged(event, {"clientState": ...})),
        (Dropped.TENANT, forged(event, {"tenantId": other})),
        (Dropped.SUBSCRIPTION, forged(event, {"subscriptionId": other})),
        (Dropped.SUBSCRIPTION, forged(event, {"subscriptionId": other}, type="Microsoft.Graph.SubscriptionReauthorizationRequired")),
        (Dropped.TYPE, forged(event, type="Microsoft.Graph.UserUpdated")),
        (Dropped.TYPE, forged(event, type=...)),
        (Dropped.MALFORMED, forged(event, {"resource": "Groups/nonsense"}, subject="Groups/nonsense")),
        (Dropped.MALFORMED, {**forged(event), "data": "text"}),
        (Dropped.MALFORMED, {**forged(event), "data": [1, 2]}),
        (Dropped.MALFORMED, forged(event) | {"data": None}),
        (Dropped.SCHEMA, forged(event, specversion=..., eventType=event["type"], eventTime=event["time"])),
        (Dropped.SCHEMA, {"id": str(uuid.uuid4()), "no": "event"}),
    ]  # fmt: skip
    before = await state(hearing)
    assert [await brought(hearing, each) for _, each in wrong] == [202] * len(wrong)
    await hearing.until_idle()
    assert await state(hearing) == before
    assert await calls(hearing, "PATCH", "/subscriptions/") == 0
    expected = {reason: sum(each is reason for each, _ in wrong) for reason in Dropped}
    assert await dropped(hearing) == expected
    assert [each for each in hearing.errors() if "groups.topicNotActivated" not in each["message"]] == []
    await true_event(hearing)


async def test_an_event_that_the_worker_cannot_read_reaches_no_function_and_ends_nothing(hearing: AppRun) -> None:
    event = await true_event(hearing)
    before = await state(hearing)
    assert await brought(hearing, forged(event, time="yesterday")) == 500
    assert await state(hearing) == before
    assert await brought(hearing, forged(event)) == 202


async def test_a_subscription_that_is_to_be_reauthorized_is_at_once_and_its_client_state_is_nowhere(
    hearing: AppRun,
) -> None:
    await hearing.client.turn(reauthorization_ahead=29.0 * 86_400)

    async def is_extended() -> bool:
        return await calls(hearing, "PATCH", "/subscriptions/") > 0

    await hearing.until("the subscription is extended", is_extended)
    await hearing.client.turn(reauthorization_ahead=10_800.0)
    await true_event(hearing)
    await hearing.until_idle()
    found = (await hearing.client.simulator("GET", "secrets"))["clientStates"]
    assert found
    assert found_in(await writings(hearing), found) == {}


async def state(app: AppRun) -> list[Json]:
    """All that the app remembers, but for what it has dropped and when it read what."""
    rows = [each for each in await app.rows() if each["table"] != "UnkeyedCounters"]
    return sorted(({**each, **dict.fromkeys(OF_READINGS)} for each in rows), key=str)


async def dropped(app: AppRun) -> dict[str, int]:
    settings = Settings.read({"UNKEYED_POLICY": "policy.yaml", "AzureWebJobsStorage": app.storage})
    services = build(settings)
    try:
        return dict(await services.watch.dropped.on(services.now().date()))
    finally:
        await services.close()
