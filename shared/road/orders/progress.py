"""How far an order has come: its operation's row, and what the ledger has of it."""

import asyncio
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from time import monotonic

from shared.models import Entry
from shared.models.operations import Operation
from shared.road.services import Services
from shared.road.words import told
from shared.store.ledger import INTENT

FIRST_POLL, LONGEST_POLL = 0.3, 1.0  # seconds
PLANNED, RUNNING = "planned", "running"


@dataclass(frozen=True, slots=True)
class StepProgress:
    """One change: planned, running, or as the ledger has it: done, refused, abandoned."""

    kind: str
    text: str
    state: str
    at: datetime | None = None
    ended_at: datetime | None = None
    detail: str = ""


@dataclass(frozen=True, slots=True)
class Progress:
    """An operation with its steps; `sequence` grows with all that is new."""

    operation: Operation
    steps: tuple[StepProgress, ...]
    sequence: int


async def progress(services: Services, operation_id: str) -> Progress | None:
    """How far an operation has come, None where there is none of this id. Raises TemporaryError where tables do not answer."""
    operation = await services.operations.get(operation_id)
    if operation is None:
        return None
    entries = await services.ledger.of_operation(operation.account, operation.id)
    return Progress(operation, steps_of(operation, entries), operation.version + sum(map(_news, entries)))


async def wait_for_news(services: Services, operation_id: str, *, after: int, seconds: float) -> Progress | None:
    """As `progress`, as soon as its sequence is beyond `after`, or once so many seconds are over."""
    ends, poll = monotonic() + seconds, FIRST_POLL
    found = await progress(services, operation_id)
    while found and found.sequence <= after and not found.operation.state.is_end and monotonic() < ends:
        await asyncio.sleep(min(poll, max(ends - monotonic(), 0)))
        poll = min(poll * 1.5, LONGEST_POLL)
        found = await progress(services, operation_id)
    return found


def _news(entry: Entry) -> int:
    """An entry is news twice: when its step is begun, and when it has ended."""
    return 1 if entry.state == INTENT else 2


def steps_of(operation: Operation, entries: Sequence[Entry]) -> tuple[StepProgress, ...]:
    """What was done in its order, then what was planned and has yet to be begun."""
    taken = [_taken(each) for each in entries]
    if operation.state.is_end:
        return tuple(taken)
    begun = [each.text for each in taken if each.state != "abandoned"]
    for each in operation.planned:
        if (text := told(each)) in begun:
            begun.remove(text)
        else:
            taken.append(StepProgress(each["kind"], text, PLANNED))
    return tuple(taken)


def _taken(entry: Entry) -> StepProgress:
    state = RUNNING if entry.state == INTENT else entry.state
    return StepProgress(entry.step["kind"], told(entry.step), state, entry.at, entry.ended, entry.detail)
