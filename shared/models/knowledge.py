"""Milestones, how far something is known, and what was done about it."""

from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum
from typing import Any

from shared.resource_id import ResourceId


class Milestone(StrEnum):
    """Where an account stands on the road, in the road's order."""

    READY = "ready"
    GRANTED = "granted"
    CONNECTED = "connected"
    PROVEN = "proven"
    QUIET = "quiet"
    REVOKED = "revoked"
    SEALED = "sealed"

    @property
    def order(self) -> int:
        return list(Milestone).index(self)


@dataclass(frozen=True, slots=True)
class Unknown:
    """A fact that could not be read. Never counted as good news.

    `code` is what stood in the way; `retry_at` is set where waiting may help; `permission` names what the app lacks.
    """

    reason: str
    code: str
    retry_at: datetime | None = None
    permission: str = ""


NOT_READ = Unknown("was not read", "NotRead")


def unread(fact: object) -> Unknown | None:
    """Why a fact that was to be read could not be; None where it was read, or nobody asked for it."""
    return fact if isinstance(fact, Unknown) and fact != NOT_READ else None


@dataclass(frozen=True, slots=True)
class Entry:
    """One step of one operation, as the ledger has it. `step` is all its inverse needs; it holds no secret."""

    account: ResourceId
    row: str
    operation_id: str
    step: dict[str, Any]
    state: str
    at: datetime
    detail: str = ""
    ended: datetime | None = None


@dataclass(frozen=True, slots=True)
class StepFailure:
    """A step that was tried and refused for good, kept so that the verdict can say so.

    `holds_up` is False where the milestone stands all the same: something left over could not be removed.
    """

    milestone: Milestone
    code: str
    message: str
    permission: str = ""
    target: str = ""
    holds_up: bool = True
