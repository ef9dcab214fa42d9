"""What a burst has left behind in the app: postures, records, the queue, the log of its functions."""

import re
import statistics
from collections import Counter
from collections.abc import AsyncIterator, Iterable
from contextlib import asynccontextmanager
from dataclasses import dataclass

from shared.road.services import Services, build
from shared.settings import Settings
from shared.store.postures import Posture
from simulator.client import Answer
from simulator.wire import Json
from tests.e2e.app import AppRun

_RUN = re.compile(r"Executed 'Functions\.(\w+)' \((\w+), Id=[^,]*, Duration=(\d+)ms\)")
_BECAME = {
    "pass finished": "passes finished",
    "covered by the pass": "covered by a pass",
    "a look that waits on the queue": "left to one that waits",
    "a reading that waits on the queue": "left to one that waits",
    "the app's own doing": "the app's own doing",
    "covered by the reading": "covered by a reading",
    "changes of groups read": "stretches of the feed",
    "to be tried again at": "put off",
}


@asynccontextmanager
async def tables_of(app: AppRun) -> AsyncIterator[Services]:
    """The app's tables and queue, to look at."""
    services = build(Settings.read({"UNKEYED_POLICY": "policy.yaml", "AzureWebJobsStorage": app.storage}))
    try:
        yield services
    finally:
        await services.close()


async def postures(services: Services, subscription: str) -> dict[str, Posture]:
    """Every account's posture by the account's id in lower case."""
    return {each.account.key: each async for each in services.postures.list_in(subscription)}


@dataclass(frozen=True, slots=True)
class Runs:
    """How often a function was run, how often it failed, and how long it took in milliseconds."""

    count: int
    failed: int
    median: float
    longest: float


def runs(log: Iterable[Json]) -> dict[str, Runs]:
    """The runs of each function that a log tells of."""
    found: dict[str, list[tuple[str, float]]] = {}
    for line in log:
        if run := _RUN.match(line["message"]):
            found.setdefault(run[1], []).append((run[2], float(run[3])))
    return {name: _runs(each) for name, each in found.items()}


def _runs(found: list[tuple[str, float]]) -> Runs:
    times = [took for _, took in found]
    failed = sum(verdict != "Succeeded" for verdict, _ in found)
    return Runs(len(found), failed, statistics.median(times), max(times))


def became(log: Iterable[Json]) -> Counter[str]:
    """What became of the items that were worked on."""
    return Counter(said for line in log for start, said in _BECAME.items() if str(line["message"]).startswith(start))


def made(answer: Answer) -> Answer:
    """The answer to a call of the burst's own, which is to succeed."""
    if answer.status >= 300:
        raise AssertionError(f"a call of the burst's own failed: {answer.status} {answer.body}")
    return answer
