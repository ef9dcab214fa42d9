"""Who is in a group through others, and who is not any more. Pure.

Members are sixteen bytes each; they come shard by shard, so that no more of a large group is in memory at a time. Groups
may be in each other in circles.
"""

from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass, field

from shared.store.group_members import Head, shard_of

type ChildrenOf = Callable[[str], Iterable[str]]


@dataclass(slots=True)
class Moves:
    """What has changed in one group: members who came, with their types, and who left; groups put in and taken out."""

    came: dict[bytes, str] = field(default_factory=dict)
    left: set[bytes] = field(default_factory=set)
    joined: set[str] = field(default_factory=set)
    parted: set[str] = field(default_factory=set)

    def come(self, member: bytes, kind: str) -> None:
        self.left.discard(member)
        self.came[member] = kind

    def leave(self, member: bytes) -> None:
        self.came.pop(member, None)
        self.left.add(member)

    def join(self, group: str) -> None:
        self.parted.discard(group)
        self.joined.add(group)

    def part(self, group: str) -> None:
        self.joined.discard(group)
        self.parted.add(group)


@dataclass(frozen=True, slots=True)
class Picture:
    """The watched groups before and after some moves. `gone` are groups deleted by these; what is in one gets in nowhere."""

    heads: Mapping[str, Head]
    moves: Mapping[str, Moves] = field(default_factory=dict)
    gone: frozenset[str] = frozenset()

    def before(self, group: str) -> frozenset[str]:
        """The groups that were in a group. Whatever is said to have been taken out has been in it."""
        if not self.was_there(group):
            return frozenset()
        moves = self.moves.get(group)
        return self._held(group) | (moves.parted if moves else frozenset())

    def after(self, group: str) -> frozenset[str]:
        """The groups that are in a group now."""
        if not self.is_there(group):
            return frozenset()
        moves = self.moves.get(group)
        return (self._held(group) | moves.joined) - moves.parted if moves else self._held(group)

    def was_there(self, group: str) -> bool:
        head = self.heads.get(group)
        return head is None or not head.gone

    def is_there(self, group: str) -> bool:
        return group not in self.gone and self.was_there(group)

    def _held(self, group: str) -> frozenset[str]:
        head = self.heads.get(group)
        return head.children if head else frozenset()


def reach(roots: Iterable[str], children: ChildrenOf) -> frozenset[str]:
    """The groups that are these or in them, at any depth."""
    found = set(roots)
    wave = list(found)
    while wave:
        inner = {each for group in wave for each in children(group)} - found
        found |= inner
        wave = list(inner)
    return frozenset(found)


def upwards(known: Iterable[str], children: ChildrenOf) -> ChildrenOf:
    """The other way round: the groups that a group is in. `known` are all that may hold any."""
    outer: dict[str, set[str]] = {}
    for group in known:
        for inner in children(group):
            outer.setdefault(inner, set()).add(group)
    return lambda group: outer.get(group, ())


@dataclass(frozen=True, slots=True)
class Question:
    """Who got in through some groups and does no more: of `fallen` groups everybody, of the others those who `left`, by
    shard; but for whoever is in one of those that `remain`."""

    fallen: frozenset[str]
    remain: frozenset[str]
    left: Mapping[int, frozenset[bytes]]

    def within(self, block: range) -> frozenset[int]:
        """Those shards of a block in which somebody might be found."""
        return frozenset(block) if self.fallen else frozenset(self.left).intersection(block)


def question(roots: Iterable[str], picture: Picture) -> Question | None:
    """What is to be asked of the members of `roots`; None where nobody can have lost anything.

    Nobody can by a group that is not watched yet: whoever left it may have left before it showed anything.
    """
    before = frozenset(filter(picture.was_there, reach(roots, picture.before))) & picture.heads.keys()
    remain = frozenset(filter(picture.is_there, reach(roots, picture.after)))
    left: dict[int, set[bytes]] = {}
    for group in before & picture.moves.keys():
        for member in picture.moves[group].left:
            left.setdefault(shard_of(member), set()).add(member)
    fallen = before - remain
    if not (fallen or left):
        return None
    return Question(fallen, remain, {shard: frozenset(members) for shard, members in left.items()})


def now_in(before: Iterable[bytes], moves: Moves | None) -> frozenset[bytes]:
    """The members of a shard after the moves; those who came may be of other shards."""
    members = frozenset(before)
    return (members | moves.came.keys()) - moves.left if moves else members
