"""One page of change tracking of groups: which groups changed, in which properties, and who came and went.

Microsoft Graph: "Get incremental changes for groups". A group with more members than a page holds comes again on the
next page, with the same properties and further members.
"""

from bisect import bisect_right
from collections.abc import Iterator
from dataclasses import dataclass, replace

from simulator.directory import graph_objects as objects
from simulator.directory.delta_cursor import Cursor
from simulator.directory.graph_objects import GROUP, USER
from simulator.directory.graph_query import shown
from simulator.directory.groups import Group
from simulator.directory.state import Directory
from simulator.wire import Json


@dataclass(frozen=True, slots=True)
class Room:
    """What a page holds at most; `minimal` leaves out what did not change."""

    groups: int
    members: int
    minimal: bool


def page(directory: Directory, cursor: Cursor, room: Room) -> tuple[list[Json], Cursor | None]:
    """The entries of a page, and the cursor of the next one, None where this was the last."""
    out: list[Json] = []
    left = room.members
    for key in _ids(directory, cursor):
        if len(out) == room.groups or left <= 0:
            return out, cursor
        entry, members, member = _entry(directory, cursor, key, left)
        if entry is not None:
            out.append(_minimal(directory, cursor, key, entry) if room.minimal else entry)
        if members:
            out[-1]["members@delta"] = members
            left -= len(members)
        cursor = replace(cursor, group=key, member=member)
        if member:
            return out, cursor
    return out, None


def _ids(directory: Directory, cursor: Cursor) -> Iterator[str]:
    """Groups in the order of their ids, from where the cursor stands, gone ones too where a round is of changes."""
    held = directory.groups
    known = sorted({*held, *(held.purged if cursor.since else ())} if cursor.ids is None else set(cursor.ids))
    for key in known:
        if key > cursor.group or (key == cursor.group and cursor.member):
            yield key


def _entry(directory: Directory, cursor: Cursor, key: str, room: int) -> tuple[Json | None, list[Json], str]:
    """A group's entry, None where it has not changed; those of its members that fit; the last one where more are left."""
    group = directory.groups.get(key)
    if group is None or group.deleted:
        return _removed(directory, cursor, key), [], ""
    members, member = _members(directory, cursor, group, room) if cursor.members else ([], "")
    if not (members or member) and _changed(cursor, group) is None:
        return None, [], ""
    selected = None if cursor.select is None else [*cursor.select]
    return {**shown(objects.group(group), GROUP, selected), "id": key}, members, member


def _removed(directory: Directory, cursor: Cursor, key: str) -> Json | None:
    """`changed` for a group that can be restored, `deleted` for one that cannot."""
    group = directory.groups.get(key)
    number = group.hidden if group else directory.groups.purged.get(key, 0)
    if not cursor.since or number <= cursor.since:
        return None
    return {"id": key, "@removed": {"reason": "changed" if group else "deleted"}}


def _changed(cursor: Cursor, group: Group) -> list[str] | None:
    """The tracked properties that changed; None where nothing did. Of a group that is new, every one."""
    tracked = objects.NAMES[GROUP.name].values() if cursor.select is None else cursor.select
    if group.appeared > cursor.since:
        return [*tracked]
    return [name for name in tracked if group.touched.get(name, 0) > cursor.since] or None


def _minimal(directory: Directory, cursor: Cursor, key: str, entry: Json) -> Json:
    group = directory.groups.get(key)
    if group is None or group.deleted:
        return entry
    changed = _changed(cursor, group) or []
    return {name: value for name, value in entry.items() if name in changed or name == "id"}


def _members(directory: Directory, cursor: Cursor, group: Group, room: int) -> tuple[list[Json], str]:
    """Every member of a group that is new, else those who came or went; with the last one where more are left."""
    after = cursor.member if cursor.group == group.id else ""
    ids = group.members.ordered if group.appeared > cursor.since else group.members_changed(cursor.since)
    start = bisect_right(ids, after)
    part = ids[start : start + room]
    more = part[-1] if start + room < len(ids) else ""
    return [entry for each in part if (entry := _member(directory, group, each))], more


def _member(directory: Directory, group: Group, member: str) -> Json | None:
    held = directory.groups.get(member)
    known = GROUP if held or member in directory.groups.purged else objects.kind_of(directory, member)
    if member not in group.members:
        return {"@odata.type": (known or USER).odata_type, "id": member, "@removed": {"reason": "deleted"}}
    return {"@odata.type": known.odata_type, "id": member} if known else None
