"""Every account's interest in every group, at once: what a page of many changed groups is held against."""

from collections import defaultdict
from collections.abc import Iterable, Iterator
from dataclasses import dataclass

from shared.models import GroupRef
from shared.resource_id import ResourceId
from shared.store.group_uses import TABLE, Use
from shared.store.tables import Tables, key

_BY_ID = "id:"


@dataclass(frozen=True, slots=True)
class Interest:
    """The uses of groups, by the key of a reference to the group."""

    by_key: dict[str, list[Use]]

    def of(self, group: str, names: Iterable[str] = ()) -> Iterator[Use]:
        """The accounts that depend on a group by its object id, or by one of these names."""
        yield from self.by_key.get(_BY_ID + group, ())
        for name in names:
            yield from self.by_key.get(key(GroupRef(name=name).key), ())

    def showing(self) -> dict[ResourceId, dict[str, tuple[str, ...]]]:
        """Of each account the groups that show its keys, with the roles by which they do."""
        found: defaultdict[ResourceId, dict[str, tuple[str, ...]]] = defaultdict(dict)
        for name, uses in self.by_key.items():
            for use in uses:
                if name.startswith(_BY_ID) and use.roles:
                    found[use.account][name.removeprefix(_BY_ID)] = use.roles
        return found

    def roots(self) -> frozenset[str]:
        """The groups that show anybody's keys."""
        return frozenset(group for groups in self.showing().values() for group in groups)


class GroupInterest:
    def __init__(self, tables: Tables) -> None:
        self._tables = tables

    async def all(self) -> Interest:
        found: defaultdict[str, list[Use]] = defaultdict(list)
        async for row in self._tables.query(TABLE, "PartitionKey ge @start", start=""):
            found[row["PartitionKey"]].append(Use(ResourceId(row["account"]), tuple(row["roles"].split())))
        return Interest(found)
