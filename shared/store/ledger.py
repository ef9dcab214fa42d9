"""The ledger: every change intended, and what became of it, with the value it replaced. Rows are never removed."""

import json
from collections.abc import AsyncIterator
from dataclasses import replace
from datetime import datetime
from typing import Any

from shared.models import Entry
from shared.resource_id import ResourceId
from shared.store.tables import Row, Tables, key

TABLE = "UnkeyedLedger"
INTENT, DONE, REFUSED, ABANDONED = "intent", "done", "refused", "abandoned"


class Ledger:
    def __init__(self, tables: Tables) -> None:
        self._tables = tables

    async def intend(self, account: ResourceId, operation_id: str, step: dict[str, Any], now: datetime) -> Entry:
        """Writes that a step is about to be taken."""
        row = f"{now:%Y%m%dT%H%M%S.%f}-{operation_id}-{step['name']}"
        entry = Entry(account, key(row), operation_id, step, INTENT, now)
        await self._tables.put(TABLE, _row(entry))
        return entry

    async def amend(self, entry: Entry, **more: Any) -> Entry:
        """Adds to what an open entry says of its step, before the next part of it is done."""
        amended = replace(entry, step={**entry.step, **more})
        change: Row = {"PartitionKey": key(entry.account.text), "RowKey": entry.row, "step": json.dumps(amended.step)}
        await self._tables.put(TABLE, change, merge=True)
        return amended

    async def close(self, entry: Entry, state: str, now: datetime, detail: str = "") -> None:
        """Writes what became of a step: done, refused, or abandoned before it took effect."""
        change: Row = {
            "PartitionKey": key(entry.account.text),
            "RowKey": entry.row,
            "state": state,
            "ended": now,
            "detail": detail,
        }
        await self._tables.put(TABLE, change, merge=True)

    async def open_entries(self, account: ResourceId) -> tuple[Entry, ...]:
        """Steps that were intended and never closed: their worker died."""
        return tuple([each async for each in self._select(account, INTENT)])

    async def history(self, account: ResourceId) -> tuple[Entry, ...]:
        """Every entry of an account, oldest first."""
        rows = self._tables.query(TABLE, "PartitionKey eq @partition", partition=key(account.text))
        return tuple([_entry(each) async for each in rows])

    async def of_operation(self, account: ResourceId, operation_id: str) -> tuple[Entry, ...]:
        """Every entry that one operation has left on an account, oldest first."""
        filter_ = "PartitionKey eq @partition and operationId eq @operation"
        rows = self._tables.query(TABLE, filter_, partition=key(account.text), operation=operation_id)
        return tuple([_entry(each) async for each in rows])

    async def _select(self, account: ResourceId, state: str) -> AsyncIterator[Entry]:
        filter_ = "PartitionKey eq @partition and state eq @state"
        async for each in self._tables.query(TABLE, filter_, partition=key(account.text), state=state):
            yield _entry(each)


def _row(entry: Entry) -> Row:
    return {
        "PartitionKey": key(entry.account.text),
        "RowKey": entry.row,
        "account": entry.account.text,
        "operationId": entry.operation_id,
        "step": json.dumps(entry.step),
        "state": entry.state,
        "at": entry.at,
    }


def _entry(row: Row) -> Entry:
    return Entry(
        account=ResourceId(row["account"]),
        row=row["RowKey"],
        operation_id=row["operationId"],
        step=json.loads(row["step"]),
        state=row["state"],
        at=row["at"],
        detail=row.get("detail", ""),
        ended=row.get("ended"),
    )
