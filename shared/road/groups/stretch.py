"""A stretch of the feed: some pages of it, put together. Pure.

What the pages of a round say in any order belongs together: whoever was moved from one group to another has lost nothing.
"""

from collections.abc import Iterable
from dataclasses import dataclass, field

from shared.road.groups.membership import Moves
from shared.sdk.group_changes import GROUP, GroupChange
from shared.store.group_members import packed


@dataclass(slots=True)
class Stretch:
    """What has become of groups: who came and left, by group; those deleted, and those that are there, new or again; those
    whose name or kind has changed, with the names they have now."""

    moves: dict[str, Moves] = field(default_factory=dict)
    gone: set[str] = field(default_factory=set)
    there: set[str] = field(default_factory=set)
    changed: dict[str, set[str]] = field(default_factory=dict)

    @property
    def groups(self) -> set[str]:
        """Every group that something is said of."""
        return self.gone | self.there

    def take(self, changes: Iterable[GroupChange]) -> None:
        for each in changes:
            if each.removed:
                self._take_removed(each.group)
            else:
                self._take_change(each)

    def differs(self, group: str, moves: Moves | None, *, was_there: bool) -> None:
        """Takes what a comparison has found: what has changed, or that the group is not there."""
        if moves is None:
            self.gone |= {group} if was_there else set()
        elif not was_there or moves != Moves():
            self.there.add(group)
            self.moves[group] = moves
            self.changed |= {} if was_there else {group: set()}

    def _take_removed(self, group: str) -> None:
        self.gone.add(group)
        self.there.discard(group)
        self.changed.pop(group, None)

    def _take_change(self, change: GroupChange) -> None:
        self.there.add(change.group)
        self.gone.discard(change.group)
        if change.name is not None or change.security_enabled is not None:
            self.changed.setdefault(change.group, set()).update([change.name] if change.name else [])
        if not (change.came or change.left):
            return
        moves = self.moves.setdefault(change.group, Moves())
        for each in change.came:
            if each.kind == GROUP:
                moves.join(each.id)
            else:
                moves.come(packed(each.id), each.kind)
        for each in change.left:
            if each.kind == GROUP:
                moves.part(each.id)
            else:
                moves.leave(packed(each.id))
