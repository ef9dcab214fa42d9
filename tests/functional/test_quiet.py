"""Quiet by the request logs: who called, and what is not known is not quiet."""

from datetime import timedelta

import pytest

from shared.road.sweep import sweep
from simulator.client import DIAGNOSTICS_VERSION
from simulator.company.places import LOGS
from simulator.wire import Json
from tests.functional.road import CHAT, Road, policy

QUIET = policy("quiet", "")
QUERIES, SETTINGS = "/query$", "/providers/Microsoft.Insights/diagnosticSettings$"
ACCOUNTS = [CHAT.replace("chat-one", f"chat-{name}") for name in ("one", "two", "three")]
PERIOD = timedelta(minutes=30)


async def set_logs(road: Road, account: str, *logs: Json) -> None:
    """Another diagnostic setting in place of the one that there is."""
    path = f"{account}/providers/Microsoft.Insights/diagnosticSettings/logs"
    body = {"properties": {"workspaceId": LOGS, "logs": list(logs)}}
    made = await road.client.arm("PUT", path, body, version=DIAGNOSTICS_VERSION, on_purpose=True)
    assert made.status == 200, made.body


async def periods_pass(road: Road, count: int = 3) -> None:
    """Time goes by, with a sweep in each quiet period and every look that is due."""
    for _ in range(count):
        await road.local.advance(PERIOD)
        await sweep(road.local.services)
        due = [each for each in road.local.room.items if each[0] <= road.local.now()]
        road.local.room.items = [each for each in road.local.room.items if each not in due]
        for _, item in due:
            await road.local.work(item)


async def test_an_account_whose_logs_show_no_key_for_the_period_is_quiet(road: Road) -> None:
    await road.begin(QUIET, *ACCOUNTS)
    began = road.local.now()
    await road.walk(*ACCOUNTS)
    assert [await road.milestone(each) for each in ACCOUNTS] == ["quiet"] * 3
    assert road.local.now() - began >= PERIOD


@pytest.mark.parametrize(
    ("fault", "says"),
    [
        ({"path": QUERIES, "answer": {"status": 503, "code": "ServiceUnavailable"}}, "503"),
        ({"path": QUERIES, "answer": {"status": 403, "code": "InsufficientAccessError"}}, "diagnosticSettings/read"),
        ({"path": QUERIES, "drop": "before"}, "no answer"),
        ({"path": SETTINGS, "answer": {"status": 503, "code": "ServiceUnavailable"}}, "503"),
        ({"path": SETTINGS, "answer": {"status": 403, "code": "AuthorizationFailed"}}, "diagnosticSettings/read"),
    ],
    ids=["query 503", "query 403", "query dropped", "settings 503", "settings 403"],
)
async def test_while_the_logs_cannot_be_read_no_account_is_quiet(road: Road, fault: Json, says: str) -> None:
    await road.begin(QUIET, *ACCOUNTS)
    await road.client.fault(**fault, times=10_000)
    for each in ACCOUNTS:
        await road.local.work(road.local.item(each))
    await periods_pass(road, 1)
    for each in ACCOUNTS:
        assert await road.milestone(each) == "proven"
        (said,) = (await road.local.blockers(each)).values()
        assert says in said
    await road.client.clear_faults()
    await road.walk(*ACCOUNTS)
    assert [await road.milestone(each) for each in ACCOUNTS] == ["quiet"] * 3


async def test_an_answer_that_is_not_whole_is_no_answer(road: Road) -> None:
    await road.begin(QUIET)
    await road.client.turn(log_query_rows=0)
    await road.local.work(road.local.item())
    await periods_pass(road)
    assert await road.milestone() == "proven"
    assert "not whole" in (await road.local.blockers())["logs.unreadable"]


async def test_a_log_without_any_row_is_not_silence(road: Road) -> None:
    await road.begin(QUIET, *ACCOUNTS)
    await road.client.turn(log_ingestion=10**6)
    for each in ACCOUNTS:
        await road.local.work(road.local.item(each))
    await periods_pass(road)
    assert [await road.milestone(each) for each in ACCOUNTS] == ["proven"] * 3
    assert "look at the diagnostic setting" in (await road.local.blockers())["logs.noRows"]


async def test_without_a_setting_that_sends_requests_to_a_workspace_the_blocker_says_how(road: Road) -> None:
    await road.begin(QUIET, *ACCOUNTS, logs=False)
    await set_logs(road, ACCOUNTS[1], {"category": "Audit", "enabled": True})
    await set_logs(
        road, ACCOUNTS[2], {"category": "RequestResponse", "enabled": False}, {"category": "Audit", "enabled": True}
    )
    for each in ACCOUNTS:
        await road.local.work(road.local.item(each))
    await periods_pass(road)
    for each in ACCOUNTS:
        assert await road.milestone(each) == "proven"
        said = (await road.local.blockers(each))["logs.noSetting"]
        assert f"az monitor diagnostic-settings create --name unkeyed --resource {each}".lower() in said.lower()
    await set_logs(road, CHAT, {"categoryGroup": "allLogs", "enabled": True})
    await road.walk()
    assert await road.milestone() == "quiet"


async def test_a_setting_that_is_removed_later_takes_the_quiet_away(road: Road) -> None:
    await road.begin(QUIET)
    await road.walk()
    path = f"{CHAT}/providers/Microsoft.Insights/diagnosticSettings/logs"
    await road.client.arm("DELETE", path, version=DIAGNOSTICS_VERSION, on_purpose=True)
    await road.local.work(road.local.item())
    assert await road.milestone() == "proven"


@pytest.mark.parametrize("name", ["objectId", "objectid", "callerObjectId"])
async def test_callers_with_tokens_are_known_by_whatever_name_the_log_has_for_them(road: Road, name: str) -> None:
    await road.begin(QUIET)
    await road.client.turn(log_object_id=name)
    await road.walk()
    assert await road.milestone() == "quiet"


async def test_whoever_calls_with_a_key_is_named_and_starts_the_period_anew(road: Road) -> None:
    await road.begin(QUIET)
    key = (await road.keys())["key2"]
    await road.local.work(road.local.item())
    await road.local.advance(timedelta(minutes=20))
    used = road.local.now()
    assert await road.takes(key)
    await road.local.work(road.local.item())
    assert "from 127.0.0." in (await road.local.blockers())["quiet.keyUsed"]
    await road.local.settle(passes=80)
    assert await road.milestone() == "quiet"
    assert road.local.now() - used >= PERIOD


async def test_a_call_that_is_refused_is_nobody_s_use_of_a_key(road: Road) -> None:
    await road.begin(QUIET)
    await road.local.work(road.local.item())
    assert not await road.takes("f" * 32)
    await road.local.work(road.local.item())
    assert list(await road.local.blockers()) == ["quiet.waiting"]


async def test_the_app_s_own_trials_of_keys_are_nobody_s_use(road: Road) -> None:
    await road.begin(policy("quiet"))
    await road.local.work(road.local.item())
    assert ("PublishKey", "done") in await road.local.ledger()
    await road.local.work(road.local.item())
    assert list(await road.local.blockers()) == ["quiet.waiting"]
