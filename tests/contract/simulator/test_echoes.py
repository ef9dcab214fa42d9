"""What the demo counts: the app's own writes, the events of these that came back to it, and the passes that followed."""

import json
from collections.abc import Mapping
from pathlib import Path

from multidict import CIMultiDict, CIMultiDictProxy

from simulator.company.identities import PLATFORM, UNKEYED
from simulator.demo.echoes import Echo, echoes, in_words, most_passes, own_writes, read_log
from simulator.demo.outcome import Outcome
from simulator.demo.verdict import faults
from simulator.traffic import Exchange
from simulator.wire import Call, Json, Reply
from tests.local import CHAT

ARM = "https://management.azure.com"
OBJECT_ID = "http://schemas.microsoft.com/identity/claims/objectidentifier"
WALK, APPLY = "unkeyed.shared.road.walk", "unkeyed.shared.road.apply"


def exchange(number: int, *, method: str = "PATCH", status: int = 200, caller: str = UNKEYED.id) -> Exchange:
    headers = CIMultiDictProxy(CIMultiDict({"x-ms-client-request-id": f"call-{number}"}))
    return Exchange("now", caller, Call(method, ARM + CHAT, headers), Reply(status), on_purpose=False, seconds=0.0)


def event(number: int, *, caller: str = UNKEYED.id) -> Json:
    request = {"method": "PATCH", "clientRequestId": f"call-{number}"}
    operation = "Microsoft.CognitiveServices/accounts/write"
    return {
        "id": f"event-{number}",
        "data": {"claims": {OBJECT_ID: caller}, "httpRequest": request, "operationName": operation},
    }


def queued(number: int, operation: str) -> Json:
    return {
        "logger": "f",
        "message": "queued: account written",
        "event_id": f"event-{number}",
        "operation_id": operation,
    }


def said(operation: str, message: str, logger: str = WALK) -> Json:
    return {"logger": logger, "message": message, "operation_id": operation}


def own(operation: str) -> Json:
    return said(operation, "the app's own doing, which it has read back: account written")


def test_only_what_the_app_had_done_counts_as_its_writes() -> None:
    others = (
        exchange(1, caller=PLATFORM.id),
        exchange(2, method="GET"),
        exchange(3, status=429),
    )
    assert own_writes([*others, exchange(4), exchange(5, method="POST")]) == [exchange(4), exchange(5, method="POST")]


def test_an_event_that_is_known_as_the_apps_own_leads_to_no_pass() -> None:
    (found,) = echoes([exchange(1)], [event(1)], [queued(1, "a"), own("a")])
    assert (found.heard, found.answered, found.passes, found.changes, found.is_over) == (1, 1, 0, 0, True)
    assert found.operation == "Microsoft.CognitiveServices/accounts/write"


def test_passes_and_changes_count_for_the_write_that_led_to_them() -> None:
    log = [
        *(queued(1, "a"), said("a", "pass finished: sealed")),
        *(queued(2, "b"), said("b", "done: turn key access off", APPLY), said("b", "pass finished: sealed")),
        said("c", "pass finished: sealed"),  # of no write
    ]
    found = echoes([exchange(1), exchange(2)], [event(1), event(2)], log)
    assert [(each.passes, each.changes) for each in found] == [(1, 0), (1, 1)]


def test_an_event_that_came_twice_counts_both_times() -> None:
    log = [queued(1, "a"), said("a", "pass finished: sealed"), queued(1, "b"), said("b", "pass finished: sealed")]
    found = echoes([exchange(1)], [event(1)], log)
    assert most_passes(found) == 2
    assert "2 events of them came back, 2 passes followed" in in_words(found)


def test_it_is_not_over_as_long_as_an_event_is_on_its_way_or_waits_to_be_answered() -> None:
    on_its_way: list[Mapping[str, str]] = []
    for log in (on_its_way, [queued(1, "a")], [queued(1, "a"), own("a"), queued(1, "b")]):
        (found,) = echoes([exchange(1)], [event(1)], [dict(each) for each in log])
        assert not found.is_over


def test_an_event_of_somebody_else_is_none_of_the_apps_writes() -> None:
    (found,) = echoes([exchange(1)], [event(1, caller=PLATFORM.id)], [queued(1, "a"), own("a")])
    assert found.heard == 0


def test_the_demo_fails_where_a_write_leads_to_two_passes_or_to_a_change_or_to_silence() -> None:
    def judged(heard: int, passes: int, changes: int) -> list[str]:
        echo = Echo("accounts/write", CHAT, heard, heard, passes, changes)
        return faults(Outcome([], [], [], None, [], [], [echo]))

    assert judged(1, 0, 0) == judged(1, 1, 0) == []
    assert all(judged(*each) for each in ((1, 2, 0), (1, 1, 1), (0, 0, 0)))


def test_of_the_log_what_is_not_a_whole_record_is_left_out(tmp_path: Path) -> None:
    path = tmp_path / "app.log"
    path.write_text(f'{json.dumps(own("a"))}\nplain text\n[1]\n{{"message": "cut o')
    assert read_log(path) == [own("a")]
