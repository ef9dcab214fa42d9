"""Event Grid as a subscriber and a publisher meet it: a receiver on the loopback, calls through Resource Manager's door."""

import asyncio
import json
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager
from datetime import UTC, datetime
from typing import Any

import pytest
from aiohttp import web
from multidict import CIMultiDict, CIMultiDictProxy

from simulator.azure import Azure
from simulator.directory.state import ServicePrincipal
from simulator.event_grid import events, filters
from simulator.event_grid.routes import ROUTES
from simulator.event_grid.topic_hosts import TopicHosts
from simulator.resource_manager.front import Front
from simulator.resource_manager.routes import ROUTES as RESOURCES
from simulator.routing import Routes
from simulator.server import Server
from simulator.wire import Call, Json, Reply, WireFault
from tests.patience import eventually
from tests.traffic import FOLDER

SUBSCRIPTION = "11111111-1111-1111-1111-111111111111"
GROUP = f"/subscriptions/{SUBSCRIPTION}/resourceGroups/rg-ai"
ACCOUNT = f"{GROUP}/providers/Microsoft.CognitiveServices/accounts/acme-ai"
TOPIC = f"{GROUP}/providers/Microsoft.EventGrid/topics/outcomes"
OWNER = "8e3af657-a8ff-443c-a75c-2fe8c4bcb635"
DATA_SENDER = "d5a91429-5739-47e2-a06b-3470a27159e7"
LIST_KEYS = "Microsoft.CognitiveServices/accounts/listKeys/action"


class Receiver:
    """A subscriber: agrees to handshakes, keeps what it gets, answers notifications with `statuses` in turn, then 200."""

    def __init__(self) -> None:
        self.statuses: list[int] = []
        self.handshake_status = 200
        self.origin: str | None = "eventgrid.azure.net"
        self.handshakes = 0
        self.got: list[tuple[dict[str, str], Any]] = []
        self.url = ""

    async def handle(self, request: web.Request) -> web.Response:
        if request.method == "OPTIONS":
            self.handshakes += 1
            assert request.headers["WebHook-Request-Origin"] == "eventgrid.azure.net"
            return web.Response(headers={"WebHook-Allowed-Origin": self.origin} if self.origin else {})
        body = json.loads(await request.read())
        if request.headers["aeg-event-type"] == "SubscriptionValidation":
            self.handshakes += 1
            code = body[0]["data"]["validationCode"]
            return web.json_response({"validationResponse": code}, status=self.handshake_status)
        self.got.append(({name.lower(): value for name, value in request.headers.items()}, body))
        return web.Response(status=self.statuses.pop(0) if self.statuses else 200)


class Door:
    """Resource Manager's door with Event Grid's routes and one route that stands for another provider's."""

    def __init__(self, azure: Azure, caller: ServicePrincipal) -> None:
        others = Routes()
        account = ACCOUNT.replace(SUBSCRIPTION, "{subscription}").replace("rg-ai", "{group}")

        @others.post(
            account + "/listKeys", type="Microsoft.CognitiveServices/accounts", action=LIST_KEYS, scope=account
        )
        async def keys(_: Azure, __: object) -> Reply:
            return Reply(200, {})

        self.server = Server(azure, [Front(azure, [ROUTES, RESOURCES, others])])
        self.token = azure.tokens.issue(caller, "https://management.azure.com")

    async def __call__(self, method: str, path: str, body: Json | None = None, version: str = "2022-06-15") -> Reply:
        url = f"https://management.azure.com{path}{'&' if '?' in path else '?'}api-version={version}"
        content = b"" if body is None else json.dumps(body).encode()
        headers = CIMultiDict({"Authorization": f"Bearer {self.token}"})
        if content:
            headers["Content-Type"] = "application/json"
        reply = await self.server.exchange(Call(method, url, CIMultiDictProxy(headers), content))
        assert reply is not None
        return reply

    async def list_keys(self) -> None:
        assert (await self("POST", f"{ACCOUNT}/listKeys", version="2025-06-01")).status == 200


@pytest.fixture
async def azure() -> AsyncIterator[Azure]:
    made = Azure(FOLDER)
    made.knobs = made.knobs.turned({"event_retry_scale": 0.001})
    made.resources.add_subscription("test", SUBSCRIPTION)
    made.resources.add_group(SUBSCRIPTION, "rg-ai")
    yield made
    await made.events.aclose()


@pytest.fixture
def caller(azure: Azure) -> ServicePrincipal:
    found = azure.directory.add_service_principal(
        ServicePrincipal(
            "22222222-2222-2222-2222-222222222222", "33333333-3333-3333-3333-333333333333", "app", azure.clock.now()
        )
    )
    azure.authorization.grant(f"/subscriptions/{SUBSCRIPTION}", found.id, OWNER)
    return found


@pytest.fixture
def door(azure: Azure, caller: ServicePrincipal) -> Door:
    return Door(azure, caller)


@asynccontextmanager
async def listening(query: str = "") -> AsyncIterator[Receiver]:
    """A subscriber on the loopback."""
    made = Receiver()
    app = web.Application()
    app.router.add_route("*", "/hook", made.handle)
    runner = web.AppRunner(app)
    await runner.setup()
    await web.TCPSite(runner, "127.0.0.1", 0).start()
    made.url = f"http://127.0.0.1:{runner.addresses[0][1]}/hook{query}"
    yield made
    await runner.cleanup()


@pytest.fixture
async def receiver() -> AsyncIterator[Receiver]:
    async with listening("?code=secret") as made:
        yield made


async def until(holds: Callable[[], object]) -> None:
    async def happened() -> bool:
        return bool(holds())

    await eventually("it has happened", happened)


async def test_an_action_reaches_the_subscriber_as_an_array_of_one(
    azure: Azure, door: Door, receiver: Receiver
) -> None:
    azure.events.subscribe("Unkeyed-All", source=f"/subscriptions/{SUBSCRIPTION}", endpoint=receiver.url)
    await door.list_keys()
    await until(lambda: receiver.got)
    headers, [event] = receiver.got[0]
    assert headers["aeg-event-type"] == "Notification"
    assert headers["aeg-subscription-name"] == "UNKEYED-ALL"
    assert headers["aeg-delivery-count"] == "0"
    assert (headers["aeg-data-version"], headers["aeg-metadata-version"]) == ("2", "1")
    assert event["eventType"] == "Microsoft.Resources.ResourceActionSuccess"
    assert event["topic"] == f"/subscriptions/{SUBSCRIPTION}"
    assert event["subject"].lower() == event["data"]["resourceUri"].lower() == ACCOUNT.lower()
    assert event["data"]["operationName"] == LIST_KEYS
    assert event["data"]["claims"]["appid"] == "33333333-3333-3333-3333-333333333333"
    assert event["data"]["authorization"]["evidence"]["role"] == "Owner"
    assert event["data"]["httpRequest"]["method"] == "POST"


async def test_a_read_raises_nothing_and_a_resource_group_topic_raises_its_own_copy(azure: Azure, door: Door) -> None:
    await door("GET", f"{GROUP}/providers/Microsoft.EventGrid/systemTopics")
    assert azure.events.emitted == []
    await door.list_keys()
    assert [each["topic"] for each in azure.events.emitted] == [f"/subscriptions/{SUBSCRIPTION}"]
    azure.events.add_system_topic("st-rg", f"{GROUP}/providers/Microsoft.EventGrid/systemTopics/st-rg", GROUP)
    await door.list_keys()
    assert [each["topic"] for each in azure.events.emitted[1:]] == [f"/subscriptions/{SUBSCRIPTION}", GROUP]


async def test_cloud_events_come_one_by_one_after_an_options_handshake(
    azure: Azure, door: Door, receiver: Receiver
) -> None:
    azure.events.subscribe(
        "cloud", source=f"/subscriptions/{SUBSCRIPTION}", endpoint=receiver.url, schema="CloudEventSchemaV1_0"
    )
    await door.list_keys()
    await until(lambda: receiver.got)
    headers, event = receiver.got[0]
    assert headers["content-type"] == "application/cloudevents+json; charset=utf-8"
    assert event["specversion"] == "1.0"
    assert event["type"] == "Microsoft.Resources.ResourceActionSuccess"
    assert event["source"] == f"/subscriptions/{SUBSCRIPTION}"
    assert "eventType" not in event


async def test_delivery_is_retried_until_a_success_and_counted(azure: Azure, door: Door, receiver: Receiver) -> None:
    receiver.statuses = [500, 302, 503]
    azure.events.subscribe("retry", source=f"/subscriptions/{SUBSCRIPTION}", endpoint=receiver.url)
    await door.list_keys()
    await until(lambda: len(receiver.got) == 4)
    assert [headers["aeg-delivery-count"] for headers, _ in receiver.got] == ["0", "1", "2", "3"]
    assert len({body[0]["id"] for _, body in receiver.got}) == 1
    await until(lambda: len(azure.events.described()["deliveries"]) == 4)
    assert [each["status"] for each in azure.events.described()["deliveries"]] == [500, 302, 503, 200]


@pytest.mark.parametrize(
    ("statuses", "attempts", "reason", "outcome"),
    [
        ([400], 1, "UndeliverableDueToHttpBadRequest", "BadRequest"),
        ([401], 1, "UndeliverableDueToHttpUnauthorized", "Unauthorized"),
        ([500, 500], 2, "MaxDeliveryAttemptsExceeded", "GenericError"),
    ],
)
async def test_what_cannot_be_delivered_becomes_a_dead_letter(
    azure: Azure, door: Door, receiver: Receiver, statuses: list[int], attempts: int, reason: str, outcome: str
) -> None:
    receiver.statuses = list(statuses)
    azure.events.subscribe(
        "My-Dead",
        source=f"/subscriptions/{SUBSCRIPTION}",
        endpoint=receiver.url,
        retry={"maxDeliveryAttempts": 2},
        dead_letter=("stdead.blob.core.windows.net", "dead"),
    )
    await door.list_keys()
    await until(lambda: any(each["blob"] for each in azure.events.described()["deadLetters"]))
    [letter] = azure.events.described()["deadLetters"]
    now = azure.clock.now()
    assert letter["blob"].startswith(f"MY-DEAD/{now.year}/{now.month}/{now.day}/")
    stored = azure.blobs.get("stdead.blob.core.windows.net", "dead", letter["blob"])
    [event] = json.loads(stored or b"[]")
    assert (event["deadLetterReason"], event["deliveryAttempts"]) == (reason, attempts)
    assert event["lastDeliveryOutcome"] == outcome
    assert event["publishTime"] <= event["lastDeliveryAttemptTime"]
    assert event["data"]["operationName"] == LIST_KEYS
    assert len(receiver.got) == attempts


async def test_time_to_live_is_looked_at_before_the_next_attempt(azure: Azure, door: Door, receiver: Receiver) -> None:
    azure.knobs = azure.knobs.turned({"event_retry_scale": 1.0})
    receiver.statuses = [500] * 5
    azure.events.subscribe(
        "ttl", source=f"/subscriptions/{SUBSCRIPTION}", endpoint=receiver.url, retry={"eventTimeToLiveInMinutes": 1}
    )
    await door.list_keys()
    await until(lambda: receiver.got)
    azure.clock.advance(61)
    await until(lambda: azure.events.described()["dropped"])
    assert azure.events.described()["dropped"][0]["reason"] == "TimeToLiveExceeded"
    assert len(receiver.got) == 1


async def test_a_batch_holds_no_more_events_than_allowed(azure: Azure, door: Door, receiver: Receiver) -> None:
    made = azure.events.subscribe("batch", source=f"/subscriptions/{SUBSCRIPTION}", endpoint=receiver.url, batch=3)
    await until(lambda: made.state == "Succeeded")
    made.ready.clear()
    for _ in range(7):
        await door.list_keys()
    await asyncio.sleep(0.1)
    made.ready.set()
    await until(lambda: sum(len(body) for _, body in receiver.got) == 7)
    assert sorted(len(body) for _, body in receiver.got) == [1, 3, 3]


async def test_delivery_waits_for_a_host_that_starts_late(azure: Azure, door: Door, receiver: Receiver) -> None:
    receiver.handshake_status = 202
    made = azure.events.subscribe("late", source=f"/subscriptions/{SUBSCRIPTION}", endpoint=receiver.url)
    await door.list_keys()
    await until(lambda: receiver.handshakes)
    assert made.state == "Creating"
    receiver.handshake_status = 200
    await until(lambda: receiver.got)


async def test_a_reset_ends_all_delivery(azure: Azure, door: Door, receiver: Receiver) -> None:
    receiver.statuses = [500] * 100
    azure.events.subscribe("gone", source=f"/subscriptions/{SUBSCRIPTION}", endpoint=receiver.url)
    await door.list_keys()
    await until(lambda: receiver.got)
    old = azure.events
    azure.reset()
    await old.aclose()
    count = len(receiver.got)
    await asyncio.sleep(0.1)
    assert (len(receiver.got), azure.events.described()["deliveries"]) == (count, [])


def put_body(url: str, **properties: Any) -> Json:
    return {
        "properties": {"destination": {"endpointType": "WebHook", "properties": {"endpointUrl": url}}, **properties}
    }


async def test_an_event_subscription_lives_through_resource_manager(
    azure: Azure, door: Door, receiver: Receiver
) -> None:
    path = f"/subscriptions/{SUBSCRIPTION}/providers/Microsoft.EventGrid/eventSubscriptions/mine"
    made = await door("PUT", path, put_body(receiver.url, filter={"subjectBeginsWith": GROUP.upper()}))
    assert (made.status, made.body["properties"]["provisioningState"]) == (201, "Creating")
    polled = await door(
        "GET", made.headers["Azure-AsyncOperation"].removeprefix("https://management.azure.com").partition("?")[0]
    )
    assert polled.body["status"] == "Succeeded"
    shown = (await door("GET", path)).body["properties"]
    assert shown["provisioningState"] == "Succeeded"
    assert shown["destination"]["properties"]["endpointBaseUrl"] == receiver.url.partition("?")[0]
    assert "endpointUrl" not in shown["destination"]["properties"]
    assert "Microsoft.Resources.ResourceDeleteCancel" in shown["filter"]["includedEventTypes"]
    full = await door("POST", f"{path}/getFullUrl")
    assert full.body == {"endpointUrl": receiver.url}
    changed = await door("PATCH", path, {"retryPolicy": {"maxDeliveryAttempts": 5}})
    assert changed.body["properties"]["retryPolicy"]["maxDeliveryAttempts"] == 5
    listed = await door("GET", f"/subscriptions/{SUBSCRIPTION}/providers/Microsoft.EventGrid/eventSubscriptions")
    assert [each["name"] for each in listed.body["value"]] == ["mine"]
    await door.list_keys()
    await until(lambda: any(body[0]["data"]["operationName"] == LIST_KEYS for _, body in receiver.got))
    assert [(await door("DELETE", path)).status for _ in range(2)] == [200, 204]
    assert (await door("GET", path)).status == 404


async def test_a_system_topic_and_its_event_subscription(azure: Azure, door: Door, receiver: Receiver) -> None:
    path = f"{GROUP}/providers/Microsoft.EventGrid/systemTopics/st-sub"
    properties = {"source": f"/subscriptions/{SUBSCRIPTION}", "topicType": "microsoft.resources.subscriptions"}
    made = await door("PUT", path, {"location": "global", "properties": properties})
    assert (made.status, made.body["properties"]["topicType"]) == (201, "Microsoft.Resources.Subscriptions")
    second = await door("PUT", path + "2", {"location": "global", "properties": properties})
    assert (second.status, second.body["error"]["code"]) == (400, "InvalidRequest")
    inner = await door("PUT", f"{path}/eventSubscriptions/inner", put_body(receiver.url))
    assert inner.body["type"] == "Microsoft.EventGrid/systemTopics/eventSubscriptions"
    await door.list_keys()
    await until(lambda: any(body[0]["data"]["operationName"] == LIST_KEYS for _, body in receiver.got))
    assert (await door("DELETE", path)).status == 200
    assert azure.events.subscriptions == {}


async def test_a_deleted_group_takes_its_topics_and_their_event_subscriptions_along(
    azure: Azure, door: Door, receiver: Receiver
) -> None:
    azure.resources.add_group(SUBSCRIPTION, "rg-ai-2")
    grid, kept = f"{GROUP}/providers/Microsoft.EventGrid", f"{GROUP}-2/providers/Microsoft.EventGrid/topics/kept"
    properties = {"source": f"/subscriptions/{SUBSCRIPTION}", "topicType": "Microsoft.Resources.Subscriptions"}
    system_topic = f"{grid}/systemTopics/st-sub"
    await door("PUT", system_topic, {"location": "global", "properties": properties})
    azure.events.add_topic("outcomes", "westeurope", TOPIC)
    azure.events.add_topic("kept", "westeurope", kept)
    azure.events.partners.add_topic(f"{grid}/partnerTopics/groups", source="graph", location="westeurope")
    azure.events.partners.authorize(GROUP)
    extension = "providers/Microsoft.EventGrid"
    for topic in (system_topic, f"{TOPIC}/{extension}", f"{GROUP}/{extension}", f"{kept}/{extension}"):
        made = await door("PUT", f"{topic}/eventSubscriptions/one", put_body(receiver.url))
        assert made.status == 201
    inside = [each for each in azure.events.subscriptions.values() if "/rg-ai/" in each.id]
    deleted = await door("DELETE", GROUP.replace("rg-ai", "RG-AI"), version="2021-04-01")
    assert (deleted.status, len(inside)) == (202, 3)
    assert [each.id for each in azure.events.resources()] == [kept]
    assert [each.topic for each in azure.events.subscriptions.values()] == [kept]
    assert {each.state for each in inside} == {"Deleting"}


@pytest.mark.parametrize("schema", ["EventGridSchema", "CloudEventSchemaV1_0"])
async def test_a_failed_handshake_is_the_answer(azure: Azure, door: Door, receiver: Receiver, schema: str) -> None:
    receiver.handshake_status, receiver.origin = 202, None
    path = f"{GROUP}/providers/Microsoft.EventGrid/eventSubscriptions/mine"
    refused = await door("PUT", path, put_body(receiver.url, eventDeliverySchema=schema))
    assert (refused.status, refused.body["error"]["code"]) == (400, "Url validation")
    assert refused.body["error"]["message"].startswith("Webhook validation handshake failed for http://127.0.0.1")
    assert "secret" not in refused.body["error"]["message"]
    elsewhere = await door("PUT", path, put_body("https://example.com/hook", eventDeliverySchema=schema))
    assert elsewhere.body["error"]["code"] == "Url validation"
    assert azure.events.subscriptions == {}


async def test_a_function_is_reached_through_its_registered_url(azure: Azure, door: Door, receiver: Receiver) -> None:
    function = f"{GROUP}/providers/Microsoft.Web/sites/app/functions/on_resource_event"
    body = {"properties": {"destination": {"endpointType": "AzureFunction", "properties": {"resourceId": function}}}}
    path = f"/subscriptions/{SUBSCRIPTION}/providers/Microsoft.EventGrid/eventSubscriptions/fn-sub"
    assert (await door("PUT", path, body)).body["error"]["code"] == "Endpoint validation"
    azure.events.functions[function.lower()] = receiver.url
    assert (await door("PUT", path, body)).status == 201
    await door.list_keys()
    await until(lambda: receiver.got)


GRID_EVENT = events.grid_event(
    topic="/t",
    subject="/Subscriptions/X/resourcegroups/rg",
    kind="Microsoft.Resources.ResourceWriteSuccess",
    data={"operationName": "Microsoft.CognitiveServices/accounts/write", "n": 5, "ok": True, "list": ["a", "b"], "a": {"b": None},
          "claims": {"http://schemas.microsoft.com/x": "1"}},
    now=datetime(2026, 11, 2, tzinfo=UTC),
    data_version="2",
)  # fmt: skip


@pytest.mark.parametrize(
    ("wanted", "passes"),
    [
        ({"includedEventTypes": ["Microsoft.Resources.ResourceDeleteSuccess"]}, False),
        ({"includedEventTypes": ["All"]}, True),
        ({"subjectBeginsWith": "/subscriptions/x", "subjectEndsWith": "/RG"}, True),
        ({"subjectBeginsWith": "/subscriptions/x", "isSubjectCaseSensitive": True}, False),
        ([("StringIn", "data.operationName", ["x", "microsoft.cognitiveservices/ACCOUNTS/write"])], True),
        ([("StringBeginsWith", "data.operationName", ["Microsoft.Storage"])], False),
        ([("StringNotContains", "data.operationName", ["listKeys"]), ("StringEndsWith", "Subject", ["rg"])], True),
        ([("StringNotIn", "data.missing", ["x"])], True),
        ([("StringContains", "EventType", ["resourcewrite"])], True),
        ([("NumberIn", "data.n", [4, 5])], True),
        ([("NumberNotInRange", "data.n", [[1, 4], [6, 9]])], True),
        ([("NumberInRange", "data.n", [[1, 4]])], False),
        ([("NumberLessThanOrEquals", "data.n", 5)], True),
        ([("NumberGreaterThan", "data.n", 5)], False),
        ([("BoolEquals", "data.ok", True)], True),
        ([("BoolEquals", "data.n", True)], False),
        ([("IsNullOrUndefined", "data.a.b", None)], True),
        ([("IsNotNull", "data.a.b", None)], False),
        ([("StringIn", "data.list", ["a"])], False),
        ([("IsNotNull", "data.claims.http://schemas.microsoft.com/x", None)], False),
    ],
)
def test_filters(wanted: Any, passes: bool) -> None:
    assert filters.parsed(filter_body(wanted)).matches(GRID_EVENT) is passes


def test_arrays_count_once_filtering_on_them_is_enabled() -> None:
    body = filter_body([("StringIn", "data.list", ["B"])]) | {"enableAdvancedFilteringOnArrays": True}
    assert filters.parsed(body).matches(GRID_EVENT)
    negated = filter_body([("StringNotIn", "data.list", ["B"])]) | {"enableAdvancedFilteringOnArrays": True}
    assert not filters.parsed(negated).matches(GRID_EVENT)


@pytest.mark.parametrize(
    "wanted",
    [
        [("StringIn", "data.a", ["x"])] * 26,
        [("StringIn", "data.a", ["x"] * 13)] * 2,
        [("StringIn", "data.a", ["x" * 513])],
        [("StringLike", "data.a", ["x"])],
        [("NumberIn", "data.a", ["1"])],
        [("NumberLessThan", "data.a", None)],
    ],
)
def test_filters_beyond_the_limits_are_refused(wanted: Any) -> None:
    with pytest.raises(WireFault, match="400 InvalidRequest"):
        filters.parsed(filter_body(wanted))


def filter_body(wanted: Any) -> Json:
    if isinstance(wanted, dict):
        return wanted
    return {
        "advancedFilters": [
            {
                "operatorType": operator,
                "key": key,
                **({"values": values} if isinstance(values, list) else {"value": values}),
            }
            for operator, key, values in wanted
        ]
    }


async def publish(azure: Azure, body: Any, headers: dict[str, str]) -> Reply:
    url = "https://outcomes.westeurope-1.eventgrid.azure.net/api/events?api-version=2018-01-01"
    return await TopicHosts(azure).answer(
        Call("POST", url, CIMultiDictProxy(CIMultiDict(headers)), json.dumps(body).encode())
    )


CLOUD = {"id": "1", "source": "unkeyed", "type": "Unkeyed.Blocked", "specversion": "1.0", "data": {"why": "x"}}


async def test_outcomes_are_published_with_a_token_and_a_role(
    azure: Azure, caller: ServicePrincipal, receiver: Receiver
) -> None:
    azure.events.add_topic("outcomes", "westeurope", TOPIC, schema="CloudEventSchemaV1_0")
    azure.events.subscribe("portal", source=TOPIC, endpoint=receiver.url, schema="CloudEventSchemaV1_0")
    headers = {
        "Content-Type": "application/cloudevents-batch+json; charset=utf-8",
        "Authorization": f"Bearer {azure.tokens.issue(caller, 'https://eventgrid.azure.net')}",
    }
    refused = await publish(azure, [CLOUD], headers)  # Owner holds no data action
    assert (refused.status, refused.body["error"]["code"]) == (401, "Unauthorized")
    assert "does not have permission to send data to" in refused.body["error"]["message"]
    azure.authorization.grant(TOPIC, caller.id, DATA_SENDER)
    assert (await publish(azure, [CLOUD], headers)).status == 200
    assert azure.events.described()["received"] == {"outcomes": [CLOUD]}
    await until(lambda: receiver.got)
    assert receiver.got[0][1] == CLOUD
    single = await publish(azure, [CLOUD], headers | {"Content-Type": "application/json"})
    assert single.body["error"]["details"][0]["code"] == "InputJsonInvalid"
    assert (await publish(azure, [CLOUD | {"data": "x" * 1048576}], headers)).status == 413


async def test_a_topic_takes_keys_only_where_local_auth_is_on(azure: Azure) -> None:
    topic = azure.events.add_topic("outcomes", "westeurope", TOPIC)
    event = {name: GRID_EVENT[name] for name in ("id", "subject", "eventType", "eventTime", "dataVersion", "data")}
    headers = {"aeg-sas-key": topic.keys["key1"], "Content-Type": "application/json"}
    assert (await publish(azure, [event], headers)).status == 401
    assert (await publish(azure, [event], {})).status == 401
    topic.local_auth = True
    assert (await publish(azure, [event], headers)).status == 200
    assert azure.events.received["outcomes"][0]["topic"] == TOPIC
    wrong = await publish(azure, [CLOUD], headers)
    assert "Received unexpected property 'source'" in wrong.body["error"]["message"]


async def test_duplicates_and_forged_events_can_be_delivered(azure: Azure, door: Door, receiver: Receiver) -> None:
    azure.events.subscribe("dup", source=f"/subscriptions/{SUBSCRIPTION}", endpoint=receiver.url)
    await door.list_keys()
    await until(lambda: receiver.got)
    assert azure.events.redeliver(azure.events.emitted[0]) == 1
    forged = azure.events.emitted[0] | {"topic": "/subscriptions/other", "id": "forged"}
    assert azure.events.deliver_raw([forged]) == 1
    await until(lambda: len(receiver.got) == 3)
    assert {body[0]["id"] for _, body in receiver.got} == {azure.events.emitted[0]["id"], "forged"}
