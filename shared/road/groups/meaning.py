"""What a stretch of the feed means for accounts: which to look at, whose keys somebody may still hold, who is on the way."""

from collections import defaultdict
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta

from shared.models import Arrival, Exposure, ExposureKind, WorkItem
from shared.resource_id import ResourceId
from shared.road.groups.loss import Loss, Read, losses
from shared.road.groups.membership import Picture, Question, question, reach, upwards
from shared.road.groups.stretch import Stretch
from shared.sdk.group_changes import GROUP, SERVICE_PRINCIPAL, USER
from shared.store.group_members import members_in, packed, shard_of, unpacked
from shared.store.group_uses import Interest

CHANGED, DELETED, REMOVED = "group created or changed", "group deleted", "member removed"
# "Troubleshoot Azure RBAC": up to ten minutes for a user, who needs a new token; "managed identities … group membership":
# about a day for what runs as one, and a group may hold some
_TAKES = {USER: timedelta(minutes=10), SERVICE_PRINCIPAL: timedelta(hours=24), GROUP: timedelta(hours=24)}
MOST_ARRIVALS = 20


@dataclass(frozen=True, slots=True)
class Time:
    """When a stretch was read, and in which operation."""

    at: datetime
    operation_id: str


def looks(stretch: Stretch, interest: Interest, time: Time) -> Iterator[WorkItem]:
    """A look at each account that depends on a group that came, went, or is another now."""
    for cause, groups in ((CHANGED, stretch.changed), (DELETED, dict.fromkeys(stretch.gone, ()))):
        found = {use.account for group, names in groups.items() for use in interest.of(group, names)}
        for account in sorted(found, key=str):
            yield WorkItem(account, cause, time.operation_id, time.at)


async def exposures(read: Read, picture: Picture, interest: Interest, time: Time) -> list[WorkItem]:
    """A look at each account whose keys somebody could list until now by a group and can no more, with who that is."""
    shut = {group for group, moves in picture.moves.items() if moves.left or moves.parted} | picture.gone
    concerned = reach(shut, upwards(picture.heads, picture.before))
    by_roots: defaultdict[frozenset[str], list[ResourceId]] = defaultdict(list)
    showing = interest.showing()
    for account, groups in showing.items():
        if concerned & groups.keys():
            by_roots[frozenset(groups)].append(account)
    asked = [(roots, found) for roots in by_roots if (found := question(roots, picture))]
    answers = await losses(read, picture, [found for _, found in asked])
    return [
        _exposed(account, showing[account], min(roots & concerned), loss, time)
        for (roots, question_), answer in zip(asked, answers, strict=True)
        if (loss := answer if answer.count else _unseen(question_, picture)).count
        for account in sorted(by_roots[roots], key=str)
    ]


def _unseen(question: Question, picture: Picture) -> Loss:
    """Of a group whose members nobody could see somebody is taken to have been in it."""
    return Loss(int(any(picture.heads[each].unread for each in question.fallen & picture.heads.keys())))


def _exposed(
    account: ResourceId, groups: Mapping[str, tuple[str, ...]], group: str, loss: Loss, time: Time
) -> WorkItem:
    exposure = Exposure(ExposureKind.MEMBER_REMOVED, time.at, loss.who, loss.count, role=groups[group][0], group=group)
    return WorkItem(account, REMOVED, time.operation_id, time.at, exposure=exposure)


async def arrivals(read: Read, picture: Picture, interest: Interest, at: datetime) -> dict[ResourceId, list[Arrival]]:
    """Who came to a group that an account depends on, or to a group in one, the last of them, by account."""
    found: defaultdict[ResourceId, list[Arrival]] = defaultdict(list)
    outer = upwards(picture.heads, picture.after)
    for group in sorted(filter(picture.is_there, picture.moves)):
        uses = [(each, use.account) for each in sorted(reach({group}, outer)) for use in interest.of(each)]
        came = await _new(read, picture, group) if uses else []
        for root, account in uses if came else ():
            found[account] += [Arrival(who, kind, root, at, at + _TAKES[kind]) for who, kind in came]
    return found


async def _new(read: Read, picture: Picture, group: str) -> list[tuple[str, str]]:
    """The last of those who came to a group and were not in it when it was looked at, with their types."""
    moves, head = picture.moves[group], picture.heads.get(group)
    came = [(member, kind) for member, kind in moves.came.items() if kind in _TAKES][-MOST_ARRIVALS:]
    known: set[bytes] = set()
    if head:
        for shard in {shard_of(member) for member, _ in came}:
            known.update(members_in((await read(group, shard, shard)).get(shard, b"")))
        known.update(map(packed, head.children))
    inner = [(packed(each), GROUP) for each in sorted(moves.joined)]
    return [(unpacked(member), kind) for member, kind in (*inner, *came) if member not in known][-MOST_ARRIVALS:]


def still_coming(before: Iterable[Arrival], fresh: Iterable[Arrival], now: datetime) -> tuple[Arrival, ...]:
    """Those who are waited for: of each person and group the last, and no more than MOST_ARRIVALS."""
    by_who = {(each.principal, each.group): each for each in (*before, *fresh)}
    waiting = [each for each in by_who.values() if each.effective > now]
    return tuple(sorted(waiting, key=lambda each: each.joined)[-MOST_ARRIVALS:])
