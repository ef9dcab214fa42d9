"""Whatever call of the road fails, in whatever way: the account ends sealed, and no consumer of the vault is locked out.

One account of each sort is recorded, to see every call that the app makes to Azure for it. Then an account is made for each
of these calls and each way of failing, and all of them walk side by side. A failure at the beginning of the road and one at
its end share an account.
"""

import re
from collections import Counter
from collections.abc import AsyncIterator, Iterator, Sequence
from contextlib import asynccontextmanager
from dataclasses import dataclass, replace
from itertools import cycle, zip_longest
from pathlib import Path
from urllib.parse import urlsplit

import pytest

from shared.road.sweep import sweep
from simulator.company.identities import PLATFORM, UNKEYED
from simulator.wire import Json
from tests.fleet.roads import Roads, Walker
from tests.local import LocalRun, Place

WAYS: dict[str, Json] = {
    "409": {"answer": {"status": 409, "code": "RequestConflict", "message": "Another operation is in progress."}},
    "429": {"answer": {"status": 429, "code": "TooManyRequests", "headers": {"Retry-After": "7"}}},
    "503": {"answer": {"status": 503, "code": "ServerBusy"}},
    "lost": {"drop": "after"},
}
# As often as it is sent at once by whoever sends it: aiohttp tries again on a new connection, the SDK twice more
THROUGH_ALL_TRIES = 6
SORTS = (Walker("road-{}"), Walker("road-{}", stubborn=True), Walker("bare-{}"))
PUBLISH = "/api/events"
MOST_ROUNDS = 80
# What is no different from the first sort's is left to that
OF_ITS_OWN = {
    SORTS[0]: "",
    SORTS[1]: "/connections/stubborn|ConnectionSwitched",
    SORTS[2]: "listkeys|regeneratekey|PATCH|models|KeyRevoked|AccountSealed",
}


@dataclass(frozen=True, slots=True)
class Point:
    """One call for an account, whose name is `{name}`, in a round: `skip` calls like it come first. `caller` is none for a key."""

    sort: Walker
    round: int
    method: str
    host: str
    path: str
    caller: str | None
    body: str = ""
    skip: int = 0

    def fault(self, walker: Walker, way: str, times: int = 1) -> Json:
        """What has this call fail; what no Azure would have answered is not recorded."""
        texts = {name: getattr(self, name).replace("{name}", walker.name) for name in ("host", "path", "body")}
        return {
            **WAYS[way],
            **texts,
            "method": self.method,
            "caller": self.caller,
            "skip": self.skip,
            "times": times,
            "unrecorded": way == "409",
        }

    def is_look(self) -> bool:
        """True where the call only shows how things are; a key that is tried decides what is done next."""
        return (self.method == "GET" and self.caller is not None) or self.path.endswith("/query$")

    def said(self) -> str:
        return f"{self.method} {self.host}{self.path} {self.body} {self.skip + 1}."


@dataclass(frozen=True, slots=True)
class Failure:
    point: Point
    way: str
    times: int = 1

    def said(self) -> str:
        return f"{self.way} x {self.times} of {self.point.said()}"


@asynccontextmanager
async def tenant(place: Place, folder: Path, walkers: Sequence[Walker]) -> AsyncIterator[Roads]:
    """A tenant of its own with these accounts, each about to be walked for the first time."""
    async with LocalRun(place, folder) as local:
        roads = Roads(local, walkers)
        await roads.begin()
        await roads.client.simulator("DELETE", "traffic")
        yield roads


@pytest.fixture
def azure(place: Place, monkeypatch: pytest.MonkeyPatch) -> Place:
    """The local Azure; this process speaks to it as the app would."""
    for name, value in place.app_settings().items():
        monkeypatch.setenv(name, value)
    return place


# what there is to fail


async def recorded(azure: Place, folder: Path) -> list[Point]:
    """Every call that belongs to one account, for each sort of account."""
    walkers = [replace(each, name=each.name.format(f"seen{number}")) for number, each in enumerate(SORTS)]
    found: list[Point] = []
    told = 0
    async with tenant(azure, folder, walkers) as roads:
        await roads.start(*walkers)
        number = 0
        while await roads.round():
            number += 1
            calls = [each for each in await roads.client.traffic() if each["caller"] != PLATFORM.id]
            events = await roads.client.outcomes()
            for sort, walker in zip(SORTS, walkers, strict=True):
                found += [point for each in calls for point in _call(sort, walker, each, number)]
                found += [point for each in events[told:] for point in _event(sort, walker, each, number)]
            told = len(events)
            await roads.client.simulator("DELETE", "traffic")
    return _numbered(found)


def _call(sort: Walker, walker: Walker, exchange: Json, number: int) -> Iterator[Point]:
    url = urlsplit(exchange["url"])
    is_challenge = exchange["status"] == 401  # once for each process
    if walker.name in exchange["url"].lower() and not is_challenge:
        host, path = (text.lower().replace(walker.name, "{name}") for text in (url.netloc, url.path))
        path = re.sub("/roleassignments/.+", "/roleassignments/.+", path)
        path = re.sub("/secrets/([^/]+)/[0-9a-f]{32}", r"/secrets/\1/\\w+", path)
        yield Point(sort, number, exchange["method"], host, f"^{path}$", exchange["caller"])


def _event(sort: Walker, walker: Walker, event: Json, number: int) -> Iterator[Point]:
    if event["subject"].lower() == walker.account.lower():
        body = f'(?=.*"{event["type"]}").*/accounts/{{name}}"'
        yield Point(
            sort, number, "POST", "unkeyed-outcomes.westeurope-1.eventgrid.azure.net", f"^{PUBLISH}$", UNKEYED.id, body
        )


def _numbered(points: list[Point]) -> list[Point]:
    seen: Counter[Point] = Counter()
    found = []
    for each in points:
        like = replace(each, round=0)
        found.append(replace(each, skip=seen[like]))
        seen[like] += 1
    return found


# how it fails


def failures(points: Sequence[Point]) -> Iterator[Failure]:
    """Each call in each way; a look that was taken before in one way only, and what all sorts have in common once."""
    ways = cycle(WAYS)
    for each in points:
        if each.path.endswith("/connections$") or not re.search(OF_ITS_OWN[each.sort], each.said()):
            continue
        if each.is_look() and each.skip:
            yield Failure(each, next(ways))
            continue
        yield from (Failure(each, way) for way in WAYS)
        if each.method in ("PUT", "DELETE"):
            yield Failure(each, "lost", THROUGH_ALL_TRIES)


def sharing(found: Sequence[Failure]) -> Iterator[tuple[Failure, ...]]:
    """Each failure of a first round together with one that is told apart from all others, later on the same road."""
    for sort in SORTS:
        here = [each for each in found if each.point.sort == sort]
        early = [each for each in here if each.point.round == 1]
        late = [each for each in here if each.point.round > 1 and not each.point.skip]
        yield from (tuple(each for each in pair if each) for pair in zip_longest(early, late))
        yield from ((each,) for each in here if each.point.round > 1 and each.point.skip)


def twice(walker: Walker, way: str) -> list[Json]:
    """The faults by which every call for an account fails twice in a row."""
    rule = {**WAYS[way], "times": 2, "perCall": True, "unrecorded": way == "409"}
    return [
        {**rule, "caller": UNKEYED.id, "path": f"/accounts/{walker.name}(/|$)|/secrets/{walker.name}-key"},
        {**rule, "caller": UNKEYED.id, "path": f"^{PUBLISH}$", "body": f'/accounts/{walker.name}"'},
        {**rule, "host": f"{walker.name}.cognitiveservices.azure.com"},
    ]


@pytest.mark.timeout(300)
async def test_any_call_may_fail_in_any_way(azure: Place, tmp_path: Path) -> None:
    shared = list(sharing(list(failures(await recorded(azure, tmp_path)))))
    befell = {_named(each[0].point.sort, number): each for number, each in enumerate(shared)}
    pairs = [(_named(sort, f"{way}-{number}"), way) for number, sort in enumerate(SORTS) for way in WAYS]
    guide = _named(SORTS[0], "guide")
    async with tenant(azure, tmp_path, [guide, *befell, *(walker for walker, _ in pairs)]) as roads:
        await roads.start(guide)
        await roads.round()  # reads who owns connections, for all of them
        rules = [each.point.fault(walker, each.way, each.times) for walker, found in befell.items() for each in found]
        await roads.client.simulator("POST", "faults", rules + [rule for each in pairs for rule in twice(*each)])
        await roads.start(*befell, *(walker for walker, _ in pairs))
        await roads.walk(most=MOST_ROUNDS)
        unhit = [each["rule"] for each in await roads.client.simulator("GET", "faults") if not each["hits"]]
        assert not unhit, f"{len(unhit)} of {len(rules)} never happened: {unhit[:3]}"
        await roads.client.clear_faults()
        said = {walker.name: " and ".join(each.said() for each in found) for walker, found in befell.items()}
        await roads.assert_all_sealed(said | {walker.name: f"{way}, twice each" for walker, way in pairs})
    assert len(rules) > 200


def _named(sort: Walker, suffix: object) -> Walker:
    return replace(sort, name=sort.name.format(suffix if isinstance(suffix, str) else f"{suffix:03}"))
