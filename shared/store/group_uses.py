"""Which accounts depend on which groups: by a group's object id, or by the name under which a rule looks it up.

Written by an account's pass where something is new; read whole where groups have changed, for a page of the feed names many.
"""

from collections import defaultdict
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass

from shared.models import GroupRef
from shared.resource_id import ResourceId
from shared.store.tables import Row, Tables, key

TABLE = "UnkeyedGroupUses"


@dataclass(frozen=True, slots=True)
class Use:
    """One account that depends on a group; `roles` are those of the group that show the account's keys."""

    account: ResourceId
    roles: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Interest:
    """Every account's interest in every group, by the key of a reference to the group."""

    by_key: dict[str, list[Use]]

    def of(self, group: str, names: Iterable[str] = ()) -> Iterator[Use]:
        """The accounts that depend on a group by its object id, or by one of these names."""
        yield from self.by_key.get(GroupRef(id=group).key, ())
        for name in names:
            yield from self.by_key.get(key(GroupRef(name=name).key), ())

    def showing(self) -> dict[ResourceId, dict[str, tuple[str, ...]]]:
        """Of each account the groups that show its keys, with the roles by which they do."""
        found: defaultdict[ResourceId, dict[str, tuple[str, ...]]] = defaultdict(dict)
        for name, uses in self.by_key.items():
            group = GroupRef.id_in(name)
            for use in uses:
                if group and use.roles:
                    found[use.account][group] = use.roles
        return found

    def roots(self) -> frozenset[str]:
        """The groups that show anybody's keys."""
        return frozenset(group for groups in self.showing().values() for group in groups)


class GroupUses:
    def __init__(self, tables: Tables) -> None:
        self._tables = tables

    async def all(self) -> Interest:
        found: defaultdict[str, list[Use]] = defaultdict(list)
        async for row in self._tables.query(TABLE, "PartitionKey ge @start", start=""):
            found[row["PartitionKey"]].append(Use(ResourceId(row["account"]), tuple(row["roles"].split())))
        return Interest(found)

    async def file(
        self, account: ResourceId, before: Mapping[str, Sequence[str]], now: Mapping[str, Sequence[str]]
    ) -> None:
        """Files what has changed; both are by a reference's key and say which roles of the group show the keys."""
        for name in before.keys() - now.keys():
            await self._tables.delete(TABLE, key(name), key(account.text))
        for name, roles in now.items():
            if before.get(name) != roles:
                row: Row = {"account": account.text, "roles": " ".join(roles)}
                await self._tables.put(TABLE, {"PartitionKey": key(name), "RowKey": key(account.text), **row})
