"""How an operation begins, waits and ends: what is written in its row. Pure."""

from collections.abc import Iterable, Mapping
from dataclasses import replace
from datetime import datetime
from typing import Any

from shared.errors import TemporaryError, UnkeyedError
from shared.models import Milestone, StepFailure
from shared.models.operations import Operation, OperationState
from shared.road import steps as road
from shared.road.blockers import step_refused
from shared.road.orders.todo import Todo
from shared.road.report import as_data
from shared.road.verdict import Blocker, Verdict
from shared.store.operations import Change
from shared.store.postures import Posture


def begun(now: datetime, todo: Todo) -> Change:
    """It has begun, with these changes planned."""
    planned = tuple(road.as_data(each) for each in todo.steps if not isinstance(each, road.Probe | road.TryKey))
    return lambda before: replace(before, state=OperationState.RUNNING, started_at=now, planned=planned)


def tried_again(at: datetime, error: TemporaryError) -> Change:
    """It could not be finished now, and is tried again then."""
    return _changed(state=OperationState.WAITING, retry_at=at, error_code=error.code, error_message=str(error))


def waits(verdict: Verdict, todo: Todo) -> Change:
    """It goes on at a time that is near."""
    return _left(OperationState.WAITING, verdict.milestone, _data(todo.waits), todo.retry_at)


def blocked(now: datetime, verdict: Verdict, todo: Todo) -> Change:
    """It was refused."""
    return _left(OperationState.BLOCKED, verdict.milestone, _data(todo.refused), todo.retry_at, now)


def done(now: datetime, verdict: Verdict, todo: Todo) -> Change:
    """All that was asked for is done; what time alone has yet to show is said."""
    return _left(OperationState.SUCCEEDED, verdict.milestone, _data(todo.waits), todo.retry_at, now)


def failed(now: datetime, error: UnkeyedError) -> Change:
    """It has ended by an error that trying again does not heal."""
    code = getattr(error, "code", type(error).__name__)
    return _changed(state=OperationState.FAILED, ended_at=now, retry_at=None, error_code=code, error_message=str(error))


def refused(now: datetime, verdict: Verdict, failures: tuple[StepFailure, ...]) -> Change:
    """Azure refused a step for good."""
    return _changed(
        state=OperationState.FAILED,
        ended_at=now,
        milestone=verdict.milestone,
        blockers=_data(map(step_refused, failures)),
        retry_at=None,
        error_code=failures[0].code,
        error_message=failures[0].message,
    )


def passed(now: datetime, posture: Posture, *, follows: bool) -> Change:
    """A pass has left the account like this; another follows soon, or it is the end."""
    milestone = Milestone(posture.milestone) if posture.milestone else None
    if follows:
        return _left(OperationState.WAITING, milestone, posture.blockers, posture.retry_at)
    is_held = any(each["fix"] for each in posture.blockers)
    state = OperationState.BLOCKED if is_held else OperationState.SUCCEEDED
    return _left(state, milestone, posture.blockers, posture.retry_at, now)


def _left(
    state: OperationState,
    milestone: Milestone | None,
    blockers: tuple[Mapping[str, Any], ...],
    retry_at: datetime | None,
    ended_at: datetime | None = None,
) -> Change:
    return _changed(
        state=state,
        milestone=milestone,
        blockers=blockers,
        retry_at=retry_at,
        ended_at=ended_at,
        error_code="",
        error_message="",
    )


def _changed(**fields: Any) -> Change:
    def change(before: Operation) -> Operation:
        return replace(before, **fields)

    return change


def _data(blockers: Iterable[Blocker]) -> tuple[Mapping[str, Any], ...]:
    return tuple(
        {**as_data(each), "retry_at": each.retry_at.isoformat() if each.retry_at else None} for each in blockers
    )
