"""What the app's own writes lead to: each raises an event, which reaches the app as any other does, and must end there.

Counted from both sides: the writes and their events from what the local Azure saw, and what came of them from the app's log.
"""

import json
from collections import Counter, defaultdict
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from pathlib import Path

from simulator.company.identities import UNKEYED
from simulator.traffic import Exchange
from simulator.wire import Json

_ARM = "management.azure.com"
_OBJECT_ID = "http://schemas.microsoft.com/identity/claims/objectidentifier"
_CALL_ID = "x-ms-client-request-id"
MOST_PASSES = 1


@dataclass(frozen=True, slots=True)
class Echo:
    """One write of the app's that Resource Manager carried out, and how often its event was heard.

    `operation` is Azure's name for the write. `answered` of the events are done with; `passes` followed, in which `changes`
    were made.
    """

    operation: str
    path: str
    heard: int
    answered: int
    passes: int
    changes: int

    @property
    def is_over(self) -> bool:
        return 0 < self.heard <= self.answered


def own_writes(exchanges: Iterable[Exchange]) -> list[Exchange]:
    """Whatever the app had Resource Manager do, being shown keys included: all but reading."""
    return [each for each in exchanges if _is_own_write(each)]


def _is_own_write(exchange: Exchange) -> bool:
    call, is_done = exchange.call, exchange.reply.status < 300
    return exchange.caller == UNKEYED.id and call.host == _ARM and call.method not in {"GET", "HEAD"} and is_done


def echoes(exchanges: Iterable[Exchange], emitted: Iterable[Json], log: Sequence[Json]) -> list[Echo]:
    """What each write of the app's led to, in the order of the writes."""
    events = _own_events(emitted)
    queued: defaultdict[str, list[str]] = defaultdict(list)
    ends: dict[str, Counter[str]] = defaultdict(Counter)
    for each in log:
        if each.get("event_id") and each["message"].startswith("queued: "):
            queued[each["event_id"]].append(each["operation_id"])
        elif what := _end(each):
            ends[each.get("operation_id", "")][what] += 1
    return [_echo(each, events[_marks(each)], queued, ends) for each in own_writes(exchanges)]


def _echo(write: Exchange, events: list[Json], queued: dict[str, list[str]], ends: dict[str, Counter[str]]) -> Echo:
    operations = [operation for event in events for operation in queued.get(event["id"], ())]
    found = Counter[str]()
    for each in operations:
        found += ends.get(each, Counter())
    answered = sum(1 for each in operations if ends.get(each))
    operation = str(events[0]["data"]["operationName"]) if events else write.call.method
    return Echo(operation, write.call.path, len(operations), answered, found["pass"], found["change"])


def _own_events(emitted: Iterable[Json]) -> defaultdict[tuple[str, str], list[Json]]:
    """The events that name the app as their caller, by the marks of the call that raised them."""
    found: defaultdict[tuple[str, str], list[Json]] = defaultdict(list)
    for each in emitted:
        data = each.get("data", {})
        if data.get("claims", {}).get(_OBJECT_ID) == UNKEYED.id:
            request = data["httpRequest"]
            found[request["method"], request["clientRequestId"]].append(each)
    return found


def _marks(write: Exchange) -> tuple[str, str]:
    return write.call.method, write.call.headers.get(_CALL_ID, "")


def _end(record: Json) -> str:
    """What a line of the app's log says of an item: that it ended, a pass, a change made in one; empty for all else."""
    logger, message = str(record.get("logger", "")), str(record.get("message", ""))
    if message.startswith("pass finished: "):
        return "pass"
    if logger.endswith(".road.apply") and message.startswith("done: "):
        return "change"
    is_answer = message.startswith(("the app's own doing", "covered by the pass", "connections of "))
    return "answer" if is_answer else ""


def read_log(path: Path) -> list[Json]:
    """The records of the app's log so far; what is no whole line of JSON is left out."""
    found = []
    for line in path.read_text().splitlines():
        try:
            found.append(json.loads(line))
        except ValueError:
            continue
    return [each for each in found if isinstance(each, dict)]


def in_words(found: Sequence[Echo]) -> str:
    """The count for the audience."""
    heard, passes = sum(each.heard for each in found), sum(each.passes for each in found)
    return (
        f"unkeyed's own writes: {len(found)} to Resource Manager, {heard} events of them came back, "
        f"{passes} passes followed (allowed: {MOST_PASSES} each)"
    )


def most_passes(found: Sequence[Echo]) -> int:
    return max((each.passes for each in found), default=0)
