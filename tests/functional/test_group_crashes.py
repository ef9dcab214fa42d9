"""The worker dies after any call of a reading of the feed, or of looking after the subscription: nothing is lost or left over.

The calls of a life that goes on are recorded first; then one dies after each of them, and another comes when its lease is over.
"""

import re
from collections.abc import Awaitable, Callable
from dataclasses import dataclass, field
from datetime import timedelta
from pathlib import Path

import pytest

from shared.models import GroupItem
from shared.resource_id import ResourceId
from shared.road.groups.follow import LOOK_AFTER
from shared.road.groups.states import hash_of
from tests.fleet.lives import Call, Life, lived, make_mortal
from tests.functional.groups import ALICE_ID, BOB_ID, CAROL_ID, OTHER, Groups
from tests.local import CHAT, LocalRun, Place

LEASE_IS_OVER = timedelta(seconds=100)
LINK_IS_TOO_OLD = timedelta(days=8)
# To die after one of these leaves all as it was
READS = re.compile(r"^(GET|HEAD) ")

type Prepare = Callable[[Groups], Awaitable[dict[str, str]]]


@dataclass
class Outcome:
    """What came of a reading in however many lives: whose loss was told of which account, who is on the way, what is remembered."""

    lost: dict[str, set[str]] = field(default_factory=dict)
    looked: set[tuple[str, str]] = field(default_factory=set)
    arriving: set[str] = field(default_factory=set)
    snapshots: dict[str, set[str] | None] = field(default_factory=dict)
    subscribed: bool = False  # by exactly one subscription, whose client state is known by its hash


async def prepared(groups: Groups) -> dict[str, str]:
    """Groups by name, watched, in which somebody left, a group was taken out and one put in, and one was deleted."""
    client = groups.client
    named = {"leaver": await client.add_group("sg-leaver", [ALICE_ID, BOB_ID])}
    named["fallen"] = await client.add_group("sg-fallen", [CAROL_ID])
    named["outer"] = await client.add_group("sg-outer", [named["leaver"], named["fallen"]])
    named["deleted"] = await client.add_group("sg-deleted", [CAROL_ID])
    await groups.shows_keys(named["outer"])
    await groups.shows_keys(named["deleted"], OTHER)
    named["entered"] = await client.add_group("sg-entered", [ALICE_ID])
    await groups.change(client.remove_member(named["leaver"], BOB_ID))
    await groups.change(client.remove_member(named["leaver"], ALICE_ID))
    await groups.change(client.remove_member(named["outer"], named["fallen"]))
    await groups.change(client.add_member(named["outer"], named["entered"]))
    await groups.change(client.add_member(named["entered"], named["fallen"]))
    await groups.change(client.remove_member(named["fallen"], CAROL_ID))
    await groups.change(client.delete_group(named["deleted"]))
    return named


async def prepared_with_an_old_link(groups: Groups) -> dict[str, str]:
    named = await prepared(groups)
    await groups.advance(LINK_IS_TOO_OLD)
    return named


async def outcome(place: Place, folder: Path, prepare: Prepare, last: Call | None) -> tuple[Outcome, Life]:
    """What comes of looking after the groups where the first worker dies after that call; with its life."""
    item = GroupItem("", LOOK_AFTER, "operation")
    async with LocalRun(place, folder) as local:
        groups = Groups(local)
        named = await prepare(groups)
        groups.taken()
        life = Life(last)
        make_mortal(groups.services)
        if last is None:
            await lived(groups.finished(item), life)
        else:
            assert not await lived(groups.finished(item), life), last
            await groups.advance(LEASE_IS_OVER)
            await groups.finished(item)
        return await seen(groups, named), life


async def seen(groups: Groups, named: dict[str, str]) -> Outcome:
    found = Outcome()
    for each in groups.taken():
        found.looked.add((each.account.name, each.cause))
        if each.exposure:
            found.lost.setdefault(each.account.name, set()).update(each.exposure.who)
    arriving = (await groups.services.records.get(ResourceId.account(CHAT))).arriving
    found.arriving = {name for name, group in named.items() for each in arriving if each.principal == group}
    found.snapshots = {name: await groups.snapshot(group) for name, group in named.items()}
    names = {group: name for name, group in named.items()}
    found.snapshots = {name: who and {names.get(each, each) for each in who} for name, who in found.snapshots.items()}
    found.subscribed = await is_subscribed(groups)
    return found


async def is_subscribed(groups: Groups) -> bool:
    watch = groups.services.watch
    held, there = await watch.feed.subscription(), await watch.subscriptions.list()
    states = (await groups.client.simulator("GET", "secrets"))["clientStates"]
    return [each.id for each in there] == [held.id] and held.state_hash in map(hash_of, states) and not held.pending


@pytest.mark.timeout(1800)
@pytest.mark.parametrize("prepare", [prepared, prepared_with_an_old_link], ids=["the feed", "a comparison"])
async def test_whatever_call_is_a_workers_last_nobodys_loss_is_lost(
    place: Place, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, prepare: Prepare
) -> None:
    for name, value in place.app_settings().items():
        monkeypatch.setenv(name, value)
    expected, life = await outcome(place, tmp_path, prepare, None)
    assert expected.subscribed
    assert expected.lost == {"chat-one": {BOB_ID, CAROL_ID}, "chat-two": {CAROL_ID}}
    changes = [each for each in life.calls if not READS.search(each.kind)]
    for last in changes:
        found, _ = await outcome(place, tmp_path, prepare, last)
        assert found == expected, last
    print(f"{len(changes)} deaths among {len(life.calls)} calls")
    assert len(changes) > 15
