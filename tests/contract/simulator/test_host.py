"""The local Functions host over a small app of its own, as a child process, with Azurite behind the gate."""

import asyncio
import json
import subprocess
import sys
from collections.abc import AsyncIterator, Callable
from pathlib import Path
from typing import Any

import aiohttp
import pytest
import pytest_asyncio
from azure.storage.queue import TextBase64DecodePolicy, TextBase64EncodePolicy
from azure.storage.queue.aio import QueueClient, QueueServiceClient

from simulator.faults import Faults
from simulator.host.configuration import ConfigurationError, read_host_json
from simulator.host.process import HostError, HostProcess
from simulator.host.queues import Backoff
from simulator.host.route_templates import parse
from simulator.storage import Azurite, StorageGate, connection_string
from tests.patience import eventually

APP = """
import asyncio, json, logging, time, typing
import azure.functions as func

app = func.FunctionApp(http_auth_level=func.AuthLevel.ANONYMOUS)
tries = {}
ten = asyncio.Barrier(10)

@app.route("items/{id:int}/{*rest}", methods=["GET", "POST"])
async def items(req: func.HttpRequest, context: func.Context) -> func.HttpResponse:
    logging.getLogger("shop").info("seen %s", req.route_params, extra={"operation_id": "op-1", "account": "a"})
    body = {"params": dict(req.route_params), "query": dict(req.params), "body": req.get_body().decode(),
            "url": req.url, "header": req.headers.get("X-Two"), "name": context.function_name,
            "trace": context.trace_context.Traceparent}
    answer = func.HttpResponse(json.dumps(body), status_code=201, mimetype="application/json", headers={"X-Made": "by"})
    answer.headers.add("Set-Cookie", "a=1; Path=/; HttpOnly")
    answer.headers.add("Set-Cookie", "b=2")
    return answer

@app.route("items/special/{*rest}")
def special(req: func.HttpRequest) -> str:
    time.sleep(0.05)
    logging.info("in a thread")
    return "special"

@app.route("secret", auth_level=func.AuthLevel.FUNCTION)
def secret(req: func.HttpRequest) -> func.HttpResponse:
    return func.HttpResponse(b"\\x00\\xff", mimetype="application/octet-stream")

@app.route("broken")
async def broken(req: func.HttpRequest) -> func.HttpResponse:
    raise ValueError("told to break")

@app.route("slow")
async def slow(req: func.HttpRequest) -> func.HttpResponse:
    await asyncio.sleep(1)
    return func.HttpResponse("late")

@app.event_grid_trigger("event")
@app.queue_output("out", queue_name="%SEEN_QUEUE%", connection="STORE")
async def on_event(event: func.EventGridEvent, out: func.Out[typing.List[str]]) -> None:
    if event.subject == "together":
        await ten.wait()
    if event.subject == "bad":
        raise RuntimeError("a bad event")
    out.set([f"{event.event_type} {event.subject}", event.id])

@app.event_grid_trigger("event")
@app.queue_output("$return", queue_name="%SEEN_QUEUE%", connection="STORE")
async def on_cloud_event(event: func.CloudEvent) -> str:
    return f"{event.type} {event.subject}"

@app.queue_trigger("message", queue_name="work", connection="STORE")
@app.queue_output("$return", queue_name="done", connection="STORE")
async def work(message: func.QueueMessage) -> str:
    text = message.get_body().decode()
    tries[text] = tries.get(text, 0) + 1
    if text == "slow":
        await asyncio.sleep(1.5)
    if text == "poison" or (text == "twice" and tries[text] == 1):
        raise RuntimeError(text)
    times = [message.insertion_time, message.expiration_time, message.time_next_visible]
    return json.dumps([text, message.dequeue_count, bool(message.id), bool(message.pop_receipt),
                       [str(each.tzinfo) for each in times]])

@app.timer_trigger("timer", schedule="*/1 * * * * *", run_on_startup=True, use_monitor=True)
@app.queue_output("$return", queue_name="ticks", connection="STORE")
async def tick(timer: func.TimerRequest) -> str:
    return json.dumps([timer.past_due, sorted(timer.schedule_status)])

@app.timer_trigger("timer", schedule="0 0 3 1 1 *")
@app.queue_output("$return", queue_name="%SEEN_QUEUE%", connection="STORE")
def yearly(timer: func.TimerRequest) -> str:
    return "yearly by hand"

@app.route("off")
def off(req: func.HttpRequest) -> str:
    return "never"
"""
HOST_JSON = {
    "version": "2.0",
    "logging": {"logLevel": {"default": "Information", "Function.tick": "None"}},
    "extensions": {
        "queues": {"maxPollingInterval": "00:00:00.100", "visibilityTimeout": "00:00:00", "maxDequeueCount": 2}
    },
}

pytestmark = pytest.mark.asyncio(loop_scope="module")
type Json = dict[str, Any]


class Running:
    """The host with its storage, and what a test asks of them."""

    def __init__(self, host: HostProcess, azurite: Azurite, gate: StorageGate, faults: Faults) -> None:
        self.host = host
        self.azurite = azurite
        self.gate = gate
        self.faults = faults
        self.session = aiohttp.ClientSession()
        self.queues = QueueServiceClient.from_connection_string(azurite.connection_string, retry_total=0)

    def queue(self, name: str) -> QueueClient:
        return self.queues.get_queue_client(
            name,
            message_encode_policy=TextBase64EncodePolicy(),
            message_decode_policy=TextBase64DecodePolicy(),
        )

    async def call(self, method: str, path: str, **more: Any) -> tuple[int, bytes, aiohttp.ClientResponse]:
        async with self.session.request(method, self.host.url + path, **more) as answer:
            return answer.status, await answer.read(), answer

    async def taken(self, name: str) -> list[str]:
        """Takes every message out of a queue that is there."""
        found = []
        async for message in self.queue(name).receive_messages():
            await self.queue(name).delete_message(message)
            found.append(str(message.content))
        return found

    async def taken_until(self, name: str, enough: Callable[[list[str]], bool]) -> list[str]:
        found: list[str] = []

        async def look() -> bool:
            found.extend(await self.taken(name))
            return enough(found)

        await eventually(f"enough is on the queue {name}", look)
        return found

    def logged(self) -> list[Json]:
        return [json.loads(line) for line in self.host.log.read_text().splitlines()]

    async def notify(self, events: object, function: str = "on_event", kind: str | None = "Notification") -> int:
        headers = {"aeg-event-type": kind} if kind else {}
        async with self.session.post(self.host.event_grid_url(function), json=events, headers=headers) as answer:
            return answer.status


def write_app(directory: Path, source: str = APP, host_json: Json = HOST_JSON) -> Path:
    directory.mkdir(exist_ok=True)
    (directory / "function_app.py").write_text(source)
    (directory / "host.json").write_text(json.dumps(host_json))
    return directory


def event(subject: str, event_id: str = "1") -> Json:
    return {
        "id": event_id, "topic": "/subscriptions/s", "subject": subject, "eventType": "Shop.Sold",
        "eventTime": "2026-11-01T00:00:00.1234567Z", "data": {}, "dataVersion": "1", "metadataVersion": "1",
    }  # fmt: skip


@pytest_asyncio.fixture(scope="module", loop_scope="module")
async def running(tmp_path_factory: pytest.TempPathFactory) -> AsyncIterator[Running]:
    directory = tmp_path_factory.mktemp("host")
    azurite, faults = Azurite(), Faults()
    await azurite.start()
    gate = StorageGate(azurite.ports, lambda: faults)
    await gate.start()
    settings = {
        "STORE": connection_string(azurite.key, gate.ports),
        "SEEN_QUEUE": "seen",
        "AzureWebJobs.off.Disabled": "true",
    }
    host = HostProcess(write_app(directory / "app"), settings, log=directory / "log", message_visibility=2)
    gate.killer = host.kill
    await host.start()
    it = Running(host, azurite, gate, faults)
    for name in ("seen", "done", "ticks", "work-poison"):
        await it.queue(name).create_queue()
    yield it
    await it.session.close()
    await it.queues.close()
    await host.stop()
    await gate.stop()
    await azurite.stop()


async def test_an_http_function_gets_the_request_and_its_answer_comes_back_whole(running: Running) -> None:
    path = "/API/Items/7/a%2Fb/c%20d/?x=1&x=2&empty="
    headers = {"x-two": "1", "traceparent": f"00-{'a' * 32}-{'b' * 16}-01"}
    status, body, answer = await running.call("POST", path, data=b"hello", headers=headers)
    seen = json.loads(body)
    assert (status, answer.headers["X-Made"], answer.headers["Content-Type"]) == (201, "by", "application/json")
    assert answer.headers.getall("Set-Cookie") == ["a=1; HttpOnly; Path=/", "b=2"]
    assert seen.pop("trace").split("-")[1] == "a" * 32
    assert seen == {
        "params": {"id": "7", "rest": "a%2Fb/c d/"},
        "query": {"x": "1,2"},
        "body": "hello",
        "url": f"{running.host.url}{path}",
        "header": "1",
        "name": "items",
    }


async def test_routes_are_chosen_as_aspnet_chooses_them(running: Running) -> None:
    assert (await running.call("GET", "/api/items/special/x"))[:2] == (200, b"special")
    assert (await running.call("GET", "/api/items/word/x"))[:2] == (404, b"")
    assert (await running.call("DELETE", "/api/items/7/x"))[:2] == (404, b"")
    assert (await running.call("GET", "/api/off"))[0] == 404
    assert (await running.call("GET", "/secret"))[0] == 404


async def test_a_function_level_route_wants_the_key_and_gives_bytes(running: Running) -> None:
    key = running.host.key
    assert (await running.call("GET", "/api/secret"))[:2] == (401, b"")
    assert (await running.call("GET", "/api/secret?code=wrong"))[0] == 401
    assert (await running.call("GET", f"/api/secret?code={key}"))[:2] == (200, b"\x00\xff")
    assert (await running.call("GET", "/api/secret", headers={"x-functions-key": key}))[0] == 200


async def test_an_error_is_an_empty_500_and_its_traceback_is_in_the_log(running: Running) -> None:
    assert (await running.call("GET", "/api/broken"))[:2] == (500, b"")
    failed = [each for each in running.logged() if "told to break" in each.get("exception", "")]
    assert len(failed) == 1
    assert failed[0]["function"] == "broken"
    assert "Traceback" in failed[0]["exception"]


async def test_log_lines_carry_the_invocation_and_every_extra(running: Running) -> None:
    await running.call("GET", "/api/items/1/x")
    await running.call("GET", "/api/items/special/x")
    lines = running.logged()
    mine = next(each for each in lines if each["logger"] == "shop")
    assert (mine["operation_id"], mine["account"], mine["function"]) == ("op-1", "a", "items")
    assert mine["invocation"]
    assert next(each for each in lines if each["message"] == "in a thread")["function"] == "special"
    assert not [each for each in lines if each.get("function") == "tick"]


async def test_event_grid_runs_the_events_of_a_delivery_in_parallel(running: Running) -> None:
    await running.taken("seen")
    assert await running.notify([event("together", str(n)) for n in range(10)]) == 202
    seen = await running.taken_until("seen", lambda found: len(found) == 20)
    assert sorted(seen) == sorted(["Shop.Sold together"] * 10 + [str(n) for n in range(10)])


async def test_one_failed_event_fails_the_delivery(running: Running) -> None:
    assert await running.notify([event("s"), event("bad")]) == 500


async def test_event_grid_answers_by_the_event_type_header(running: Running) -> None:
    assert await running.notify([], kind="Unsubscribe") == 202
    assert await running.notify([event("s")], kind=None) == 400
    assert await running.notify([event("s")], function="nobody") == 404
    assert await running.notify(["not an event"]) == 500
    validation = [{**event(""), "data": {"validationCode": "c-1"}}]
    url = running.host.event_grid_url("on_event").replace("EventGrid", "eventgrid")
    async with running.session.post(url, json=validation, headers={"aeg-event-type": "SubscriptionValidation"}) as got:
        assert (got.status, json.loads(await got.text())) == (200, {"validationResponse": "c-1"})
    async with running.session.post(url.partition("&")[0], json=validation) as got:
        assert got.status == 401


async def test_cloud_events_shake_hands_and_arrive(running: Running) -> None:
    await running.taken("seen")
    url = running.host.event_grid_url("on_cloud_event")
    async with running.session.options(url, headers={"WebHook-Request-Origin": "eventgrid.azure.net"}) as got:
        assert (got.status, got.headers["WebHook-Allowed-Origin"]) == (200, "eventgrid.azure.net")
    cloud = {"specversion": "1.0", "id": "1", "source": "/t", "type": "Graph.GroupUpdated", "subject": "Groups/g"}
    assert await running.notify(cloud, function="on_cloud_event") == 202
    assert await running.taken_until("seen", bool) == ["Graph.GroupUpdated Groups/g"]


async def test_a_queue_message_runs_with_its_metadata(running: Running) -> None:
    await running.queue("work").send_message("hällo")
    (done,) = await running.taken_until("done", bool)
    assert json.loads(done) == ["hällo", 1, True, True, ["UTC"] * 3]


async def test_a_failed_message_is_tried_again_and_then_poisoned(running: Running) -> None:
    await running.queue("work").send_message("twice")
    await running.queue("work").send_message("poison")
    (done,) = await running.taken_until("done", bool)
    assert json.loads(done)[:2] == ["twice", 2]
    assert await running.taken_until("work-poison", bool) == ["poison"]
    assert (await running.queue("work").get_queue_properties()).approximate_message_count == 0


async def test_a_message_that_is_not_base64_is_poisoned_unseen(running: Running) -> None:
    await running.queues.get_queue_client("work").send_message("{not base64}")
    assert await running.taken_until("work-poison", bool) == ["{not base64}"]


async def test_a_message_stays_hidden_while_its_function_runs_longer_than_the_visibility(running: Running) -> None:
    await running.queue("work").send_message("slow")
    (done,) = await running.taken_until("done", bool)
    assert json.loads(done)[:2] == ["slow", 1]
    renewals = [each for each in running.gate.requests if each.method == "PUT" and "/work/messages/" in each.path]
    assert renewals


async def test_a_storage_outage_is_survived_and_logged_once(running: Running) -> None:
    running.gate.down = {"queue"}
    await asyncio.sleep(1)
    running.gate.down = set()
    await running.queue("work").send_message("after the outage")
    (done,) = await running.taken_until("done", bool)
    assert json.loads(done)[0] == "after the outage"
    told = [each["message"] for each in running.logged() if each["logger"] == "Host.Triggers.Queue"]
    assert len([each for each in told if "cannot be read" in each]) == 1
    assert len([each for each in told if "can be read again" in each]) == 1


async def test_timers_run_at_start_and_at_their_times(running: Running) -> None:
    ticks = await running.taken_until("ticks", lambda found: len(found) >= 3)
    assert set(ticks) == {json.dumps([False, ["Last", "LastUpdated", "Next"]])}


async def test_the_master_key_runs_functions_by_hand(running: Running) -> None:
    await running.taken("seen")
    headers = {"x-functions-key": running.host.key}
    assert (await running.call("POST", "/admin/functions/yearly", json={"input": ""}))[0] == 401
    for name, given in (("yearly", ""), ("on_event", json.dumps(event("by hand")))):
        path = f"/admin/functions/{name}"
        assert (await running.call("POST", path, json={"input": given}, headers=headers))[0] == 202
    assert (await running.call("POST", "/admin/functions/nobody", json={"input": ""}, headers=headers))[0] == 404
    assert (await running.call("POST", "/admin/functions/yearly", json=[], headers=headers))[0] == 400
    seen = await running.taken_until("seen", lambda found: len(found) == 3)
    assert sorted(seen) == ["1", "Shop.Sold by hand", "yearly by hand"]


async def test_the_admin_interface_lists_what_the_worker_indexed(running: Running) -> None:
    headers = {"x-functions-key": running.host.key}
    _, body, _ = await running.call("GET", "/admin/functions", headers=headers)
    listed = {each["name"]: each for each in json.loads(body)}
    assert {"items", "on_event", "work", "tick"} < set(listed)
    assert listed["off"]["isDisabled"]
    assert listed["on_event"]["config"]["bindings"][1]["queueName"] == "seen"
    _, body, _ = await running.call("GET", "/admin/host/status", headers=headers)
    assert json.loads(body)["state"] == "Running"
    assert sorted(await running.host.event_grid_functions()) == ["on_cloud_event", "on_event"]


async def test_a_killed_host_starts_again_on_its_port_and_the_message_comes_again(running: Running) -> None:
    port = running.host.port
    running.faults.add({"host": "queue.storage.local", "method": "DELETE", "path": "/work/messages/", "kill": "before"})
    await running.queue("work").send_message("survives")
    assert await running.host.wait() == -9
    await running.host.start()
    assert running.host.port == port
    runs = await running.taken_until("done", lambda found: len(found) == 2)
    assert [json.loads(each)[:2] for each in runs] == [["survives", 1], ["survives", 2]]


async def test_sigterm_lets_a_running_request_end(running: Running) -> None:
    request = asyncio.create_task(running.call("GET", "/api/slow"))
    await asyncio.sleep(0.3)
    assert await running.host.stop() == 0
    assert (await request)[:2] == (200, b"late")
    await running.host.start()


@pytest.mark.parametrize(
    ("change", "told"),
    [
        ({"SEEN_QUEUE": None}, "'%SEEN_QUEUE%' does not resolve to a value"),
        ({"STORE": None}, "the app setting STORE with a storage connection string is missing"),
        ({"STORE": None, "STORE__queueServiceUri": "https://x"}, "the connection 'STORE' is identity-based"),
    ],
)
async def test_a_missing_setting_fails_the_start_with_its_name(
    tmp_path: Path, change: dict[str, str | None], told: str
) -> None:
    settings = {"SEEN_QUEUE": "seen", "STORE": "UseDevelopmentStorage=true", **change}
    host = HostProcess(
        write_app(tmp_path / "app"), {name: each for name, each in settings.items() if each}, log=tmp_path / "log"
    )
    with pytest.raises(HostError, match=told):
        await host.start()


async def test_settings_go_before_host_json_as_names_and_values_come(tmp_path: Path) -> None:
    app = write_app(tmp_path / "app", host_json={**HOST_JSON, "functionTimeout": "00:01:00"})
    before = read_host_json(app, {})
    assert (before.queues.max_dequeue_count, before.queues.visibility_timeout, before.function_timeout) == (2, 0, 60)
    changed = {
        "AzureFunctionsJobHost__extensions__queues__visibilityTimeout": "00:00:07",
        "AZUREFUNCTIONSJOBHOST__EXTENSIONS__QUEUES__MAXDEQUEUECOUNT": "9",
        "AzureFunctionsJobHost__extensions__http__routePrefix": "v1",
        "AzureFunctionsJobHost__functionTimeout": "-1",
        "AzureFunctionsJobHost__logging__logLevel__Function.tick": "Error",
        "AzureFunctionsJobHost": "nothing",
    }
    after = read_host_json(app, changed)
    assert (after.queues.max_dequeue_count, after.queues.visibility_timeout, after.function_timeout) == (9, 7, None)
    assert (after.queues.max_polling_interval, after.route_prefix) == (0.1, "v1")
    assert after.log_levels == {"default": "Information", "function.tick": "Error"}
    with pytest.raises(ConfigurationError, match="batchSize must be a whole number"):
        read_host_json(app, {"AzureFunctionsJobHost__extensions__queues__batchSize": "many"})


async def test_index_only_counts_the_functions(tmp_path: Path) -> None:
    source = "import azure.functions as func\napp = func.FunctionApp()\n@app.route('x')\ndef x(req: func.HttpRequest) -> str: ...\n"
    app = write_app(tmp_path / "app", source)
    command = [sys.executable, "-m", "simulator.host", str(app), "--index-only"]
    done = await asyncio.to_thread(subprocess.run, command, capture_output=True, check=True)
    assert json.loads(done.stdout) == {"functions": 1}


@pytest.mark.parametrize(
    ("template", "path", "values"),
    [
        ("api/{id?}", "api", {}),
        ("api/{id?}", "api/7/", {"id": "7"}),
        ("api/{id=9}", "api", {"id": "9"}),
        ("api/{*rest}", "api", {}),
        ("api/{id:guid}", "api/not-a-guid", None),
        ("api/{n:range(1,3)}", "api/4", None),
        ("api/v{major:int}.{minor:int}", "api/v1.2", {"major": "1", "minor": "2"}),
        (r"api/{name:regex(^[a-z]{{2}}$)}", "api/abc", None),
        ("{name}", "", None),
    ],
)
async def test_route_templates_match(template: str, path: str, values: dict[str, str] | None) -> None:
    assert parse(template).match(path) == values


async def test_a_malformed_route_is_refused() -> None:
    with pytest.raises(ConfigurationError, match="no constraint 'colour'"):
        parse("x/{a:colour}")
    with pytest.raises(ConfigurationError, match="malformed"):
        parse("x/{a")


async def test_the_poll_backs_off_from_100_ms_to_the_longest() -> None:
    backoff = Backoff(2.0)
    waits = [backoff.next() for _ in range(12)]
    assert waits[0] == 0.1
    assert waits == sorted(waits)
    assert waits[-1] == 2.0
    backoff.found()
    assert backoff.next() == 0.1
