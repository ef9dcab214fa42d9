"""The worker dies after any call of the road that changes something; the next one comes to the right end.

To die before a call leaves all as it was after the change before it: each state that there is to be found is found once. The
calls of each stage are recorded for each sort of account; then each account dies once in each stage, each after another call.
"""

import re
from collections import defaultdict
from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import timedelta
from itertools import chain
from pathlib import Path

import pytest

from shared.models import Item, WorkItem
from shared.road.sweep import sweep
from tests.fleet.lives import Call, Life, lived, make_mortal
from tests.fleet.roads import STAGES, Roads, on_their_way
from tests.fleet.walkers import BARE, PLAIN, STUBBORN, Walker
from tests.local import Place

# With which of its changes an account of this sort begins to do what no other has done
BEGINS = {PLAIN: 1, STUBBORN: 3, BARE: 3}
INTENT = "PUT /UnkeyedLedger"
# The count of changes is one row for all accounts: how often it is written depends on who else writes
NO_CHANGE = re.compile("^(GET|HEAD) |/listKeys$|/query$|/UnkeyedCounters$", re.IGNORECASE)
# The lease of a worker that died has ended by then, and its message is seen again
FOUND_AGAIN = timedelta(seconds=100)
# By then a look is overdue; and where the only copy of a key died with its worker, the seal is taken for true
A_DAY = timedelta(days=1, minutes=6)

type Calls = dict[Walker, dict[int, list[Call]]]


@dataclass
class Mortals:
    """Walks accounts of which each dies once in each stage, after a given call; all calls of each first pass are kept."""

    roads: Roads
    deaths: dict[str, dict[int, Call]] = field(default_factory=dict)
    stage: int = 0
    calls: dict[str, dict[int, list[Call]]] = field(default_factory=lambda: defaultdict(dict))
    died: dict[str, dict[int, Call]] = field(default_factory=lambda: defaultdict(dict))

    async def walk(self) -> None:
        for self.stage in STAGES:
            await self.roads.stage(self._work)

    async def _work(self, items: list[Item]) -> None:
        make_mortal(self.roads.new_process())
        await self.roads.each(items, self._pass)

    async def _pass(self, item: Item) -> None:
        assert isinstance(item, WorkItem)
        name, local = item.account.name, self.roads.local
        is_first = self.stage not in self.calls[name]
        life = Life(self.deaths.get(name, {}).get(self.stage) if is_first else None)
        if await lived(local.work(item), life):
            self.calls[name].setdefault(self.stage, life.calls)
            return
        self.calls[name][self.stage] = life.calls
        assert life.last
        self.died[name][self.stage] = life.last
        local.room.give_back(item, FOUND_AGAIN)


async def recorded(place: Place, folder: Path) -> Calls:
    """The calls of each sort's road by which it changes something, from where it is another's no longer."""
    walkers = {sort: sort.named("seen") for sort in BEGINS}
    async with on_their_way(place, folder, list(walkers.values())) as roads:
        mortals = Mortals(roads)
        await mortals.walk()
    found = {sort: mortals.calls[walker.name] for sort, walker in walkers.items()}
    return {
        sort: {stage: _changes(calls, BEGINS[sort] if stage == 1 else 1) for stage, calls in stages.items()}
        for sort, stages in found.items()
    }


def _changes(calls: Sequence[Call], begins: int) -> list[Call]:
    first = calls.index(Call(INTENT, begins))
    return [each for each in calls[first:] if not NO_CHANGE.search(each.kind)]


def planned(calls: Calls) -> dict[Walker, dict[int, Call]]:
    """An account for each change of its sort's first stage. The later stages are alike for the two with a vault, and shared."""
    found: dict[Walker, dict[int, Call]] = {}
    for sort, stages in calls.items():
        for number, call in enumerate(stages[1]):
            found[sort.named(f"{number:02}")] = {1: call}
    for stage in STAGES[1:]:
        able = [walker for walker, deaths in found.items() if walker.secret]
        assert len(calls[PLAIN][stage]) <= len(able)
        for walker, call in zip(able, calls[PLAIN][stage], strict=False):
            found[walker][stage] = call
    return found


@pytest.mark.timeout(1800)
async def test_the_worker_may_die_after_any_change_of_the_road(
    place: Place, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    for name, value in place.app_settings().items():
        monkeypatch.setenv(name, value)
    deaths = planned(await recorded(place, tmp_path))
    async with on_their_way(place, tmp_path, list(deaths)) as roads:
        mortals = Mortals(roads, {walker.name: found for walker, found in deaths.items()})
        await mortals.walk()
        wanted = {walker.name: found for walker, found in deaths.items()}
        assert dict(mortals.died) == wanted
        for _ in STAGES:
            await roads.local.advance(A_DAY)
            await sweep(roads.new_process())
            await roads.stage()
        await roads.assert_all_sealed({name: f"died after {list(found.values())}" for name, found in wanted.items()})
    count = sum(len(found) for found in deaths.values())
    kinds = {call.kind for call in chain.from_iterable(found.values() for found in deaths.values())}
    assert count > 80, f"only {count} changes were recorded: {kinds}"
