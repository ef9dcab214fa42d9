"""Who has lost what a group gave them, held against a model that looks at everything at once."""

import asyncio
from collections.abc import Mapping
from dataclasses import dataclass, field

from hypothesis import given
from hypothesis import strategies as st

from shared.models.exposures import MOST_NAMED
from shared.road.groups.loss import Loss, losses
from shared.road.groups.membership import Moves, Picture, question, reach, upwards
from shared.store.group_members import Head, members_in, packed, shard_of, unpacked

GROUPS = [f"{number:08x}-0000-4000-8000-00000000900f" for number in range(6)]
PEOPLE = [packed(f"{number:08x}-0000-4000-8000-0000000face0") for number in range(12)]
some_groups = st.frozensets(st.sampled_from(GROUPS), max_size=4)
some_people = st.frozensets(st.sampled_from(PEOPLE), max_size=6)


@dataclass
class World:
    """Groups as they are: who and which groups are in each; one that is gone lets nobody in."""

    people: dict[str, frozenset[bytes]] = field(default_factory=dict)
    inner: dict[str, frozenset[str]] = field(default_factory=dict)
    gone: frozenset[str] = frozenset()

    def inside(self, roots: frozenset[str]) -> set[bytes]:
        found: set[bytes] = set()
        seen: set[str] = set()

        def enter(group: str) -> None:
            if group in seen or group in self.gone:
                return
            seen.add(group)
            found.update(self.people.get(group, ()))
            for each in self.inner.get(group, ()):
                enter(each)

        for root in roots:
            enter(root)
        return found


@st.composite
def worlds(draw: st.DrawFn) -> World:
    people = {group: draw(some_people) for group in GROUPS}
    inner = {group: draw(some_groups) for group in GROUPS}
    return World(people, inner, draw(st.frozensets(st.sampled_from(GROUPS), max_size=1)))


def moves_between(before: World, after: World) -> dict[str, Moves]:
    return {
        group: Moves(
            came=dict.fromkeys(after.people[group] - before.people[group], "user"),
            left=set(before.people[group] - after.people[group]),
            joined=set(after.inner[group] - before.inner[group]),
            parted=set(before.inner[group] - after.inner[group]),
        )
        for group in GROUPS
    }


def stored(world: World) -> Mapping[str, dict[int, bytes]]:
    found: dict[str, dict[int, bytes]] = {group: {} for group in GROUPS}
    for group, people in world.people.items():
        for each in sorted(people):
            found[group][shard_of(each)] = found[group].get(shard_of(each), b"") + each
    return found


def lost(before: World, picture: Picture, roots: frozenset[str]) -> Loss:
    held = stored(before)

    async def read(group: str, low: int, high: int) -> Mapping[int, bytes]:
        return {shard: data for shard, data in held[group].items() if low <= shard <= high}

    asked = question(roots, picture)
    return asyncio.run(losses(read, picture, [asked]))[0] if asked else Loss()


@given(worlds(), worlds(), some_groups)
def test_whoever_was_in_and_is_not_any_more_has_lost_it(before: World, after: World, roots: frozenset[str]) -> None:
    after.gone |= before.gone
    heads = {group: Head(group, before.inner[group], group in before.gone) for group in GROUPS}
    picture = Picture(heads, moves_between(before, after), after.gone - before.gone)
    expected = before.inside(roots) - after.inside(roots)
    found = lost(before, picture, roots)
    assert found.count == len(expected)
    assert set(found.who) <= {unpacked(each) for each in expected}
    assert len(found.who) == min(MOST_NAMED, len(expected))


@given(worlds(), some_groups)
def test_a_page_that_is_read_again_loses_nobody_who_is_still_in(world: World, roots: frozenset[str]) -> None:
    heads = {group: Head(group, world.inner[group], group in world.gone) for group in GROUPS}
    again = {
        group: Moves(came=dict.fromkeys(world.people[group], "user"), joined=set(world.inner[group]))
        for group in GROUPS
    }
    assert lost(world, Picture(heads, again), roots) == Loss()


def test_whom_the_feed_calls_removed_has_lost_it_though_no_snapshot_shows_them() -> None:
    group, child = GROUPS[:2]
    world = World({group: frozenset(), child: frozenset(PEOPLE[1:3])})
    heads = {each: Head(each) for each in (group, child)}
    picture = Picture(heads, {group: Moves(left={PEOPLE[0]}, parted={child})})
    found = lost(world, picture, frozenset({group}))
    assert (found.count, {*found.who}) == (3, {*map(unpacked, PEOPLE[:3])})


@given(worlds(), some_groups)
def test_a_group_is_above_those_that_it_reaches(world: World, groups: frozenset[str]) -> None:
    found = reach(groups, upwards(GROUPS, world.inner.__getitem__))
    assert found == {each for each in GROUPS if reach({each}, world.inner.__getitem__) & groups}


def test_members_come_out_of_a_shard_as_they_went_in() -> None:
    assert list(members_in(b"".join(PEOPLE))) == PEOPLE
    assert len({shard_of(packed(f"{number:08x}-0000-4000-8000-0000000face0")) for number in range(100_000)}) == 256
