"""Azure Tables as the store uses them: created on first use, one client per table, errors across one bridge."""

import re
from collections.abc import AsyncGenerator, Callable, Iterable, Mapping, Sequence
from datetime import datetime
from itertools import batched
from typing import TYPE_CHECKING, Any

from shared.errors import TemporaryError, azure_errors
from shared.settings import StorageSettings

if TYPE_CHECKING:
    from azure.data.tables.aio import TableClient, TableServiceClient

    from shared.session import Session

type Row = dict[str, Any]

# Tables keep no empty values: a time before all others stands for one
NEVER = datetime.fromisoformat("1970-01-01T00:00:00+00:00")
# So often is a row changed anew that somebody else has changed meanwhile
_TRIES = 20
# An entity group transaction takes no more
_MOST_AT_ONCE = 100
_NOT_FOUND = 404
_FORBIDDEN = re.compile(r"[/\\#?\x00-\x1f\x7f-\x9f]")


def key(text: str) -> str:
    """`text` as a partition or row key: lower case, with the characters Tables forbids replaced by |."""
    return _FORBIDDEN.sub("|", text.lower())


def time_in(row: Row, column: str) -> datetime | None:
    """The time in a column, None where there is none or NEVER."""
    found: datetime = row.get(column, NEVER)
    return None if found == NEVER else found


def chunks[T: (str, bytes)](name: str, value: T, size: int) -> dict[str, T]:
    """A value that is too long for one property as several: name0, name1 …"""
    return {f"{name}{number}": value[start : start + size] for number, start in enumerate(range(0, len(value), size))}


class Tables:
    def __init__(self, session: "Session", storage: StorageSettings) -> None:
        self._session = session
        self._storage = storage
        self._service: TableServiceClient | None = None
        self._known: dict[str, TableClient] = {}

    async def get(self, table: str, partition: str, row: str) -> tuple[Row, str] | None:
        """A row and its etag, or None."""
        from azure.core.exceptions import ResourceNotFoundError

        client = await self._client(table)
        with azure_errors("read", table):
            try:
                found = await client.get_entity(partition, row)
            except ResourceNotFoundError:
                return None
        return dict(found), str(found.metadata["etag"])

    async def insert(self, table: str, row: Row) -> str | None:
        """Adds a row; its etag, or None where one of these keys is there already."""
        from azure.core.exceptions import ResourceExistsError

        client = await self._client(table)
        with azure_errors("write", table):
            try:
                return str((await client.create_entity(row))["etag"])
            except ResourceExistsError:
                return None

    async def replace(self, table: str, row: Row, etag: str) -> str | None:
        """Writes a row over the version of `etag`; the new etag, or None where somebody else was quicker."""
        from azure.core import MatchConditions
        from azure.core.exceptions import ResourceModifiedError, ResourceNotFoundError
        from azure.data.tables import UpdateMode

        client = await self._client(table)
        with azure_errors("write", table):
            try:
                written = await client.update_entity(
                    row, mode=UpdateMode.REPLACE, etag=etag, match_condition=MatchConditions.IfNotModified
                )
            except (ResourceModifiedError, ResourceNotFoundError):
                return None
        return str(written["etag"])

    async def change(self, table: str, partition: str, row: str, change: Callable[[Row | None], Row | None]) -> None:
        """Changes a row by what it holds, or makes it where `change` is given None; nothing where it comes to None.

        Whoever else changes it at the same time is not undone. Raises TemporaryError where too many do, and what `change` raises.
        """
        for _ in range(_TRIES):
            found = await self.get(table, partition, row)
            columns = change(found[0] if found else None)
            if columns is None:
                return
            changed = {"PartitionKey": partition, "RowKey": row, **columns}
            if await (self.replace(table, changed, found[1]) if found else self.insert(table, changed)):
                return
        raise TemporaryError(f"too many change a row of {table} at once", code="RowBusy")

    async def put(self, table: str, row: Row, *, merge: bool = False) -> None:
        """Writes a row whether or not it was there; with `merge` keeps the properties it does not name."""
        from azure.data.tables import UpdateMode

        client = await self._client(table)
        with azure_errors("write", table):
            await client.upsert_entity(row, mode=UpdateMode.MERGE if merge else UpdateMode.REPLACE)

    async def delete(self, table: str, partition: str, row: str, etag: str | None = None) -> None:
        """Removes a row; succeeds where it is gone, or where `etag` is no longer its version."""
        from azure.core import MatchConditions
        from azure.core.exceptions import ResourceModifiedError

        client = await self._client(table)
        condition = MatchConditions.IfNotModified if etag else None
        with azure_errors("write", table):
            try:
                await client.delete_entity(partition, row, etag=etag, match_condition=condition)
            except ResourceModifiedError:
                return

    async def batch(self, table: str, changes: Sequence[tuple[str, Row]], *, merge: bool = False) -> None:
        """Writes or removes rows of one partition, a hundred at a time: ("upsert" | "delete", row)."""
        from azure.data.tables import TableTransactionError, UpdateMode

        mode = UpdateMode.MERGE if merge else UpdateMode.REPLACE
        client = await self._client(table)
        for part in batched(changes, _MOST_AT_ONCE, strict=False):
            operations = [(kind, row, {"mode": mode} if kind == "upsert" else {}) for kind, row in part]
            with azure_errors("write", table):
                try:
                    await client.submit_transaction(operations)
                except TableTransactionError as error:
                    if error.status_code != _NOT_FOUND:
                        raise
                    await self._one_by_one(table, part, merge=merge)

    async def _one_by_one(self, table: str, changes: Iterable[tuple[str, Row]], *, merge: bool) -> None:
        """What a transaction would do, but for its failing where somebody else has just removed one of the rows."""
        for kind, row in changes:
            if kind == "delete":
                await self.delete(table, row["PartitionKey"], row["RowKey"])
            else:
                await self.put(table, row, merge=merge)

    async def query(
        self,
        table: str,
        filter_: str,
        *,
        columns: Sequence[str] | None = None,
        at_once: int | None = None,
        **parameters: object,
    ) -> AsyncGenerator[Row]:
        """Every row the filter selects, page after page of `at_once` rows, with these columns only where some are named.

        Of a column that a row does not have Azure Tables say then that it is null (Query Entities, $select).
        """
        client = await self._client(table)
        select = list(columns) if columns else None
        with azure_errors("read", table):
            async for each in client.query_entities(
                filter_, select=select, results_per_page=at_once, parameters=parameters
            ):
                yield dict(each)

    async def _client(self, table: str) -> "TableClient":
        if table not in self._known:
            client = self._connected().get_table_client(table)
            await self._created(client)
            self._known[table] = client
        return self._known[table]

    @staticmethod
    async def _created(client: "TableClient") -> None:
        from azure.core.exceptions import ResourceExistsError

        with azure_errors("create table", client.table_name):
            try:
                await client.create_table()
            except ResourceExistsError:
                return

    def _connected(self) -> "TableServiceClient":
        if self._service is None:
            from azure.data.tables.aio import TableServiceClient

            options: Mapping[str, Any] = {
                "transport": self._session.transport(),
                "retry_total": 2,
                "retry_backoff_factor": 0.2,
            }
            if self._storage.connection_string:
                self._service = TableServiceClient.from_connection_string(self._storage.connection_string, **options)
            else:
                self._service = TableServiceClient(
                    self._storage.table_endpoint, credential=self._session.credential, **options
                )
        return self._service
