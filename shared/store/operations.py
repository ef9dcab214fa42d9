"""The operations: one row for each order, found by the operation's id alone."""

import json
from collections.abc import Callable
from dataclasses import asdict, replace
from typing import Any

from shared.models import Milestone
from shared.models.operations import Operation, OperationState
from shared.models.orders import Asker, Order, OrderKind
from shared.resource_id import ResourceId
from shared.store.tables import NEVER, Row, Tables, key, time_in

TABLE = "UnkeyedOperations"
_ROW = "operation"
# A property takes 32,768 characters: what is longer is told of from the front
_LONGEST = 30_000

type Change = Callable[[Operation], Operation]


class Operations:
    def __init__(self, tables: Tables) -> None:
        self._tables = tables

    async def get(self, operation_id: str) -> Operation | None:
        """The operation, None where nobody has asked for one of this id."""
        found = await self._tables.get(TABLE, key(operation_id), _ROW)
        return _operation(found[0]) if found else None

    async def add(self, operation: Operation) -> bool:
        """Writes a new operation; False where one of this id is there already."""
        return await self._tables.insert(TABLE, {**_keys(operation.id), **_columns(operation)}) is not None

    async def change(self, operation_id: str, change: Change) -> Operation | None:
        """Changes an operation as it is by now, and returns it; one that has ended, or is none, stays as it is."""
        changed: list[Operation] = []

        def columns(row: Row | None) -> Row | None:
            changed.clear()
            before = _operation(row) if row else None
            if before is None or before.state.is_end:
                return None
            changed.append(replace(change(before), version=before.version + 1))
            return _columns(changed[0])

        await self._tables.change(TABLE, key(operation_id), _ROW, columns)
        return changed[0] if changed else None


def _keys(operation_id: str) -> Row:
    return {"PartitionKey": key(operation_id), "RowKey": _ROW}


def _columns(operation: Operation) -> Row:
    return {
        "id": operation.id,
        "account": operation.account.text,
        "order": json.dumps(asdict(operation.order)),
        "asker": json.dumps(asdict(operation.asker)),
        "askedAt": operation.asked_at,
        "fingerprint": operation.fingerprint,
        "state": operation.state.value,
        "startedAt": operation.started_at or NEVER,
        "endedAt": operation.ended_at or NEVER,
        "planned": _some(operation.planned),
        "milestone": operation.milestone or "",
        "blockers": _some(operation.blockers),
        "retryAt": operation.retry_at or NEVER,
        "errorCode": operation.error_code,
        "errorMessage": operation.error_message[:2000],
        "version": operation.version,
    }


def _some(found: tuple[Any, ...]) -> str:
    """As many of them as one property takes."""
    text = json.dumps(found)
    while len(text) > _LONGEST:
        found = found[: len(found) * 3 // 4]
        text = json.dumps(found)
    return text


def _operation(row: Row) -> Operation:
    return Operation(
        id=row["id"],
        account=ResourceId(row["account"]),
        order=_order(json.loads(row["order"])),
        asker=Asker(**json.loads(row["asker"])),
        asked_at=row["askedAt"],
        fingerprint=row["fingerprint"],
        state=OperationState(row["state"]),
        started_at=time_in(row, "startedAt"),
        ended_at=time_in(row, "endedAt"),
        planned=tuple(json.loads(row["planned"])),
        milestone=Milestone(row["milestone"]) if row["milestone"] else None,
        blockers=tuple(json.loads(row["blockers"])),
        retry_at=time_in(row, "retryAt"),
        error_code=row["errorCode"],
        error_message=row["errorMessage"],
        version=row["version"],
    )


def _order(found: dict[str, Any]) -> Order:
    typed = {
        "kind": OrderKind(found["kind"]),
        "connections": tuple(found["connections"]),
        "despite": tuple(found["despite"]),
        "to": Milestone(found["to"]) if found["to"] else None,
    }
    return Order(**{**found, **typed})
