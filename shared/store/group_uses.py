"""Which accounts depend on a group: by its object id, or by the name under which a rule looks it up.

Written by an account's pass where something is new, asked where a group changes.
"""

from collections.abc import Mapping, Sequence
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


class GroupUses:
    def __init__(self, tables: Tables) -> None:
        self._tables = tables

    async def of(self, group: GroupRef) -> tuple[Use, ...]:
        """The accounts that depend on the group, named as here."""
        rows = self._tables.query(TABLE, "PartitionKey eq @group", group=key(group.key))
        return tuple([Use(ResourceId(row["account"]), tuple(row["roles"].split())) async for row in rows])

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
