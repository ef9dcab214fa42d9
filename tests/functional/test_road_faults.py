"""Whatever call of the road fails, in whatever way: the account ends sealed, and no consumer of the vault is locked out.

One account of each sort is recorded, to see every call that the app makes to Azure for it. Then each of these calls fails in
each way, for an account that walks side by side with many others: it takes a few of each stage on it.
"""

import re
from collections import Counter
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from itertools import cycle
from pathlib import Path
from urllib.parse import urlsplit

import pytest

from shared.road.sweep import sweep
from simulator.company.identities import PLATFORM, UNKEYED
from simulator.wire import Json
from tests.fleet.roads import STAGES, Roads, on_their_way, tenant
from tests.fleet.walkers import BARE, PLAIN, STUBBORN, Walker
from tests.local import Place

WAYS: dict[str, Json] = {
    "409": {"answer": {"status": 409, "code": "RequestConflict", "message": "Another operation is in progress."}},
    "429": {"answer": {"status": 429, "code": "TooManyRequests", "headers": {"Retry-After": "7"}}},
    "503": {"answer": {"status": 503, "code": "ServerBusy"}},
    "lost": {"drop": "after"},
}
# As often as it is sent at once by whoever sends it: aiohttp tries again on a new connection, the SDK twice more
THROUGH_ALL_TRIES = 6
OUTCOMES = "unkeyed-outcomes.westeurope-1.eventgrid.azure.net"
# Read by the first pass of all, for all; a challenge comes once for each process; roles are the matter of test_faults.py
NOT_HERE = re.compile(r"/connections\$|/roleassignments/")
# What an account of this sort does as the first sort does it is left to that
OF_ITS_OWN = {
    PLAIN: re.compile(""),
    STUBBORN: re.compile("/connections/stubborn|ConnectionSwitched"),
    BARE: re.compile("listkeys|regeneratekey|PATCH|models|KeyRevoked|AccountSealed"),
}


@dataclass(frozen=True, slots=True)
class Point:
    """One call for an account, whose name is `{name}`; `skip` calls like it come first in its stage. With a key it has no caller."""

    stage: int
    method: str
    host: str
    path: str
    caller: str | None
    body: str = ""
    skip: int = 0

    def is_look(self) -> bool:
        """True where the call only shows how things are; a key that is tried decides what is done next."""
        return (self.method == "GET" and self.caller is not None) or self.path.endswith("/query$")

    def __str__(self) -> str:
        return f"{self.method} {self.host} {self.path} {self.body} {self.skip + 1} of stage {self.stage}"


@dataclass(frozen=True, slots=True)
class Failure:
    point: Point
    way: str
    times: int = 1

    def fault(self, walker: Walker) -> Json:
        """The rule for an account; what no Azure would have answered is not recorded."""
        point = self.point
        texts = {name: getattr(point, name).replace("{name}", walker.name) for name in ("host", "path", "body")}
        which = {"method": point.method, "caller": point.caller, "skip": point.skip, "times": self.times}
        return {**WAYS[self.way], **texts, **which, "unrecorded": self.way == "409"}

    def __str__(self) -> str:
        return f"{self.way} x {self.times}: {self.point}"


type Plan = dict[Walker, list[Failure]]


@pytest.fixture
def azure(place: Place, monkeypatch: pytest.MonkeyPatch) -> Place:
    """The local Azure; this process speaks to it as the app would."""
    for name, value in place.app_settings().items():
        monkeypatch.setenv(name, value)
    return place


# what there is to fail


async def recorded(azure: Place, folder: Path) -> dict[Walker, list[Point]]:
    """Every call to Azure that belongs to one account, for each sort of account."""
    walkers = {sort: sort.named("seen") for sort in (PLAIN, STUBBORN, BARE)}
    found: dict[Walker, list[Point]] = {sort: [] for sort in walkers}
    heard = 0
    async with tenant(azure, folder, list(walkers.values())) as roads:
        await roads.start(*walkers.values())
        for stage in STAGES:
            await roads.stage()
            calls = [each for each in await roads.client.traffic() if each["caller"] != PLATFORM.id]
            events = await roads.client.outcomes()
            for sort, walker in walkers.items():
                found[sort] += _numbered([*_calls(walker, calls, stage), *_events(walker, events[heard:], stage)])
            heard = len(events)
            await roads.client.simulator("DELETE", "traffic")
        assert not roads.local.room.items
    return found


def _calls(walker: Walker, exchanges: Sequence[Json], stage: int) -> Iterator[Point]:
    for each in exchanges:
        url = urlsplit(each["url"].lower())
        if walker.name in each["url"].lower() and each["status"] != 401:
            host, path = (text.replace(walker.name, "{name}") for text in (url.netloc, url.path))
            path = re.sub("(/secrets/[^/]+)/[0-9a-f]{32}$", r"\1/\\w+", path)
            yield Point(stage, each["method"], host, f"^{path}$", each["caller"])


def _events(walker: Walker, events: Sequence[Json], stage: int) -> Iterator[Point]:
    for each in events:
        if each["subject"].lower() == walker.account.lower():
            body = f'(?=.*"{each["type"]}").*/accounts/{{name}}"'
            yield Point(stage, "POST", OUTCOMES, "^/api/events$", UNKEYED.id, body)


def _numbered(points: Sequence[Point]) -> list[Point]:
    seen: Counter[Point] = Counter()
    found = []
    for each in points:
        found.append(replace(each, skip=seen[each]))
        seen[each] += 1
    return found


# how it fails


def failures(points: Sequence[Point], own: re.Pattern[str]) -> Iterator[Failure]:
    """Each call in each way; a look that was taken in a stage before, in one way only."""
    ways, looked = cycle(WAYS), set[str]()
    for each in points:
        if NOT_HERE.search(each.path) or not own.search(str(each)):
            continue
        known = each.is_look() and each.path in looked
        looked.add(each.path)
        yield from (Failure(each, way) for way in ((next(ways),) if known else WAYS))
        if each.method in ("PUT", "DELETE"):
            yield Failure(each, "lost", THROUGH_ALL_TRIES)


def planned(sort: Walker, found: Sequence[Failure]) -> Plan:
    """Each failure for some account: of looks and of other calls two in each stage at the most, never of the same call."""
    accounts: list[list[Failure]] = []
    for each in found:
        fitting = next((failures for failures in accounts if _fits(each, failures)), None)
        if fitting is None:
            accounts.append([each])
        else:
            fitting.append(each)
    return {sort.named(f"{number:03}"): each for number, each in enumerate(accounts)}


def _fits(failure: Failure, others: Sequence[Failure]) -> bool:
    point = failure.point
    beside = [
        each.point for each in others if each.point.stage == point.stage and each.point.is_look() == point.is_look()
    ]
    return len(beside) < 2 and all(replace(each, skip=point.skip) != point for each in beside)


@pytest.mark.timeout(1800)
async def test_any_call_may_fail_in_any_way(azure: Place, tmp_path: Path) -> None:
    points = await recorded(azure, tmp_path)
    plan: Plan = {}
    for sort, own in OF_ITS_OWN.items():
        plan |= planned(sort, list(failures(points[sort], own)))
    count = sum(len(each) for each in plan.values())
    assert count > 200, f"only {count} failures were found in {points}"
    async with on_their_way(azure, tmp_path, list(plan)) as roads:
        for stage in STAGES:
            await _fail(roads, plan, stage)
        assert not roads.local.room.items
        await roads.assert_all_sealed({each.name: "; ".join(map(str, found)) for each, found in plan.items()})


async def _fail(roads: Roads, plan: Plan, stage: int) -> None:
    """Goes through a stage with its failures, each of which has to happen."""
    failing = [(each, walker) for walker, found in plan.items() for each in found if each.point.stage == stage]
    await roads.client.simulator("POST", "faults", [each.fault(walker) for each, walker in failing])
    await roads.stage()
    rules = await roads.client.simulator("GET", "faults")
    missed = [f"{walker.name}: {each}" for (each, walker), rule in zip(failing, rules, strict=True) if not rule["hits"]]
    assert not missed, f"{len(missed)} of {len(rules)} failures of stage {stage} never happened: {missed}"
    await roads.client.clear_faults()


# all at once


@pytest.mark.parametrize("sort", [STUBBORN, BARE], ids=["with a vault", "without"])
async def test_every_call_may_fail_twice_in_a_row(azure: Place, tmp_path: Path, sort: Walker) -> None:
    walkers = {sort.named(way): way for way in WAYS}
    async with on_their_way(azure, tmp_path, list(walkers)) as roads:
        rules = [rule for walker, way in walkers.items() for rule in _twice(walker, way)]
        await roads.client.simulator("POST", "faults", rules)
        for _ in STAGES:
            await roads.stage()
        assert not roads.local.room.items
        assert all(each["hits"] >= 2 for each in await roads.client.simulator("GET", "faults"))
        await roads.client.clear_faults()
        await roads.assert_all_sealed({walker.name: f"{way} twice each" for walker, way in walkers.items()})


def _twice(walker: Walker, way: str) -> list[Json]:
    """The faults by which every call for an account fails twice."""
    rule = {**WAYS[way], "times": 2, "perCall": True, "unrecorded": way == "409"}
    return [
        {**rule, "caller": UNKEYED.id, "path": f"/accounts/{walker.name}(/|$)|/secrets/{walker.name}-key"},
        {**rule, "caller": UNKEYED.id, "path": "^/api/events$", "body": f'/accounts/{walker.name}"'},
        {**rule, "host": f"{walker.name}.cognitiveservices.azure.com"},
    ]


@pytest.mark.parametrize("way", WAYS)
async def test_what_fails_while_connections_are_looked_for_is_made_good_by_a_sweep(
    azure: Place, tmp_path: Path, way: str
) -> None:
    walker = PLAIN.named("alone")
    async with tenant(azure, tmp_path, [walker]) as roads:
        rule = {**WAYS[way], "caller": UNKEYED.id, "method": "GET", "perCall": True, "unrecorded": way == "409"}
        if way == "429":
            rule["answer"] = {**WAYS[way]["answer"], "headers": {"Retry-After": "1"}}  # it is waited for in truth
        await roads.client.fault(**rule, path="/connections$|/resources$|^/subscriptions$")
        await roads.start(walker)
        for _ in range(6):
            await roads.stage()
            if (await roads.local.posture(walker.account)).milestone == "sealed":
                break
            roads.new_process()
            await sweep(roads.local.services)
        rules = await roads.client.simulator("GET", "faults")
        assert rules[0]["hits"] >= 4
        await roads.client.clear_faults()
        await roads.assert_all_sealed({walker.name: way})
