"""What became of an order: one row, from when it was asked for until it has ended."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum
from typing import Any

from shared.models.knowledge import Milestone
from shared.models.orders import Asker, Order
from shared.resource_id import ResourceId


class OperationState(StrEnum):
    """Where an operation stands. WAITING is for a time that is known; the last three are the end."""

    QUEUED = "queued"
    RUNNING = "running"
    WAITING = "waiting"
    SUCCEEDED = "succeeded"
    BLOCKED = "blocked"
    FAILED = "failed"

    @property
    def is_end(self) -> bool:
        return self in {OperationState.SUCCEEDED, OperationState.BLOCKED, OperationState.FAILED}


@dataclass(frozen=True, slots=True)
class Operation:
    """An order on its way. `planned` are the changes it was to make when it began, as the ledger keeps steps.

    `fingerprint` is of the request it came by. `milestone`, `blockers` and `retry_at` say where it has left the account;
    `version` grows with each time that it is written.
    """

    id: str
    account: ResourceId
    order: Order
    asker: Asker
    asked_at: datetime
    fingerprint: str = ""
    state: OperationState = OperationState.QUEUED
    started_at: datetime | None = None
    ended_at: datetime | None = None
    planned: tuple[Mapping[str, Any], ...] = ()
    milestone: Milestone | None = None
    blockers: tuple[Mapping[str, Any], ...] = ()
    retry_at: datetime | None = None
    error_code: str = ""
    error_message: str = ""
    version: int = 1
