"""Groups, and what changed in them: every change gets a number, by which change tracking and notifications go."""

import uuid
from bisect import bisect_left, bisect_right, insort
from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import Literal

type Change = Literal["properties", "members", "purged"]
type Watcher = Callable[[Group, Change], None]

KEPT_AFTER_DELETE = timedelta(days=30)


class Members:
    """Object ids in order, so that a page of many costs no more than what it shows."""

    def __init__(self, ids: Iterable[str] = ()) -> None:
        self._known = set(ids)
        self.ordered = sorted(self._known)

    def __contains__(self, member: object) -> bool:
        return member in self._known

    def __iter__(self) -> Iterator[str]:
        return iter(self.ordered)

    def __len__(self) -> int:
        return len(self.ordered)

    def add(self, member: str) -> bool:
        """False where it is one already."""
        if member in self._known:
            return False
        self._known.add(member)
        insort(self.ordered, member)
        return True

    def remove(self, member: str) -> bool:
        """False where it is none."""
        if member not in self._known:
            return False
        self._known.remove(member)
        del self.ordered[bisect_left(self.ordered, member)]
        return True


@dataclass(slots=True, eq=False)
class Group:
    """The last four are numbers of changes: when it came (or came back), when it was softly deleted, by property, by member."""

    id: str
    display_name: str
    created: datetime
    members: Members = field(default_factory=Members)
    security_enabled: bool = True
    mail_nickname: str = ""
    description: str | None = None
    deleted: datetime | None = None  # soft-deleted since
    appeared: int = 0
    hidden: int = 0
    touched: dict[str, int] = field(default_factory=dict)
    member_changes: list[tuple[int, str]] = field(default_factory=list)
    _changed: tuple[int, int, list[str]] = (0, 0, [])  # what `members_changed` said last, and of what

    def members_changed(self, since: int) -> list[str]:
        """Those who came or went after change number `since`, in order; asked for by one page after another."""
        held, known = len(self.member_changes), self._changed
        if known[:2] != (since, held):
            start = bisect_right(self.member_changes, since, key=lambda change: change[0])
            known = self._changed = since, held, sorted({member for _, member in self.member_changes[start:]})
        return known[2]


# attribute by the property of Microsoft Graph
_PROPERTIES = {
    "displayName": "display_name",
    "description": "description",
    "mailNickname": "mail_nickname",
    "securityEnabled": "security_enabled",
}


class Groups(dict[str, Group]):
    """The groups of a tenant by id, softly deleted ones too. Whoever changes one does it here."""

    def __init__(self) -> None:
        super().__init__()
        self.epoch = uuid.uuid4().hex[:8]  # numbers of another tenant's changes mean nothing here
        self.number = 0
        self.purged: dict[str, int] = {}  # by id, the number of the change
        self.watchers: list[Watcher] = []
        self._flat: dict[str, list[str]] = {}
        self._flat_at = 0  # the number it holds good for

    def add(self, group: Group) -> None:
        self[group.id] = group
        group.appeared = self._next()
        self._tell(group, "properties")

    def change(self, group: Group, properties: dict[str, object]) -> None:
        """Sets those properties, by their names in Microsoft Graph, that have another value; others are no change."""
        changed = [name for name, value in properties.items() if getattr(group, _PROPERTIES[name]) != value]
        if not changed:
            return
        number = self._next()
        for name in changed:
            setattr(group, _PROPERTIES[name], properties[name])
            group.touched[name] = number
        self._tell(group, "properties")

    def add_member(self, group: Group, member: str) -> bool:
        """False where it is one already."""
        return group.members.add(member) and self._member_changed(group, member)

    def remove_member(self, group: Group, member: str) -> bool:
        """False where it is none."""
        return group.members.remove(member) and self._member_changed(group, member)

    def delete(self, group: Group, now: datetime) -> None:
        """Deletes softly: the group keeps its id and members, but is found nowhere."""
        group.deleted = now
        group.hidden = self._next()
        self._tell(group, "properties")

    def restore(self, group: Group) -> None:
        group.deleted = None
        group.appeared = self._next()
        self._tell(group, "properties")

    def purge(self, group: Group) -> None:
        """Deletes for good, out of the groups it is in too."""
        del self[group.id]
        self.purged[group.id] = self._next()
        self._tell(group, "purged")
        for outer in [each for each in self.values() if group.id in each.members]:
            self.remove_member(outer, group.id)

    def purge_old(self, now: datetime) -> None:
        """Purges what was softly deleted thirty days ago."""
        for group in [each for each in self.values() if each.deleted and each.deleted + KEPT_AFTER_DELETE <= now]:
            self.purge(group)

    def flat(self, group: Group) -> list[str]:
        """Ids of all members in order, those of nested groups too; remembered until the next change."""
        if self._flat_at != self.number:
            self._flat.clear()
            self._flat_at = self.number
        if group.id not in self._flat:
            self._flat[group.id] = sorted(self._reach(group))
        return self._flat[group.id]

    def of(self, member: str) -> set[str]:
        """Ids of the groups this member is in, through nested groups too."""
        found: set[str] = set()
        wave = {member}
        while wave:
            wave = {
                group.id
                for group in self.values()
                if not group.deleted and group.id not in found and any(each in group.members for each in wave)
            }
            found |= wave
        return found

    def _reach(self, group: Group) -> set[str]:
        found: set[str] = set()
        wave = set(group.members)
        while wave:
            found |= wave
            inner = [self[each] for each in wave if each in self]
            wave = {member for each in inner if not each.deleted for member in each.members} - found
        return found - {group.id}

    def _member_changed(self, group: Group, member: str) -> bool:
        group.member_changes.append((self._next(), member))
        self._tell(group, "members")
        return True

    def _next(self) -> int:
        self.number += 1
        return self.number

    def _tell(self, group: Group, change: Change) -> None:
        for watcher in self.watchers:
            watcher(group, change)
