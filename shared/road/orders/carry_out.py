"""Carrying out: a worker does what was asked for, under the account's lease, and writes how it ended.

Whatever may be done twice is: the message may come again, and the worker may die after any call. What must not be is looked
up in the ledger first. That an order is blocked or refused is its end, not a fault of the worker.
"""

import logging
from collections.abc import Sequence
from dataclasses import replace
from datetime import datetime, timedelta

from shared.errors import NotFoundError, PermanentError, TemporaryError, UnkeyedError
from shared.models import Entry, OrderItem, StepFailure, WorkItem
from shared.models.operations import Operation
from shared.models.orders import OrderKind
from shared.road import rollback
from shared.road.orders import ends
from shared.road.orders.comes_to import comes_to
from shared.road.orders.looking import Sight, look
from shared.road.orders.taking import settled, taken
from shared.road.orders.todo import Asked, Todo
from shared.road.services import Services
from shared.road.walk import again_at, alone, walk
from shared.store.leases import LeaseHeldError
from shared.store.operations import Change
from shared.store.work_queue import new_operation_id

type Further = tuple[WorkItem | OrderItem, ...]

_PASSES = frozenset({OrderKind.ONBOARD, OrderKind.RESUME})
_BACK = frozenset({OrderKind.UNSEAL, OrderKind.ROLL_BACK})
# What waits for longer, or has been followed for longer, goes on by itself: whoever asked need not look on for days
FOLLOWED, LONGEST_FOLLOWED = timedelta(minutes=15), timedelta(hours=1)
ROUNDS = 8
_log = logging.getLogger(f"unkeyed.{__name__}")


async def carry_out(services: Services, item: OrderItem) -> Further:
    """Does what the operation's order asks for; returns the look that is to follow. Raises TemporaryError where it is to be
    tried again."""
    operation = await services.operations.get(item.operation_id)
    if operation is None:
        return ()
    try:
        return await _once(services, item, operation)
    except LeaseHeldError:
        raise
    except TemporaryError as error:
        at = again_at(error, item.attempt, services.now())
        await services.operations.change(operation.id, ends.tried_again(at, error))
        raise
    except UnkeyedError as error:
        _log.warning("an order failed: %s", error)
        await services.operations.change(operation.id, ends.failed(services.now(), error))
        return ()


async def given_up(services: Services, item: OrderItem) -> None:
    """Ends the operation of a message that has failed too often for a reason nobody has foreseen."""
    message = "The worker failed each time for a reason nobody has foreseen; the log has it under this operation's id."
    await services.operations.change(
        item.operation_id, ends.failed(services.now(), PermanentError(message, code="GivenUp"))
    )


async def _once(services: Services, item: OrderItem, operation: Operation) -> Further:
    if operation.state.is_end:  # its worker may have died before it asked for the look
        return (_look(item),)
    if operation.order.kind in _PASSES:
        return await _passed(services, item, operation)
    async with alone(services, item.account):
        operation = await services.operations.get(operation.id) or operation
        if not operation.state.is_end:
            do = _undone if operation.order.kind in _BACK else _stepped
            waits = await do(services, item, operation)
            if waits:
                return (replace(item, due=waits, attempt=0),)
    return (_look(item),)


def _look(item: OrderItem) -> WorkItem:
    """Under an operation of its own: what a pass does beyond the order is not undone with it."""
    return WorkItem(item.account, item.cause, new_operation_id())


async def _passed(services: Services, item: OrderItem, operation: Operation) -> Further:
    """One pass, and those that follow soon."""
    if operation.started_at is None:
        sight, todo = await _first_look(services, item, operation)
        if todo.refused:
            await services.operations.change(operation.id, _refused(services.now(), sight, todo))
            return ()
        operation = await services.operations.change(operation.id, ends.begun(services.now(), todo)) or operation
    if operation.order.kind is OrderKind.RESUME:
        async with alone(services, item.account):
            await _let_go_on(services, operation)
    again = await walk(services, WorkItem(item.account, item.cause, item.operation_id, attempt=item.attempt))
    posture = await services.postures.get(item.account)
    if posture is None:
        raise NotFoundError(f"There is no account {item.account} any more.", code="AccountNotFound")
    at = again.due if again else None
    follows = _is_followed(operation, at, services.now())
    await services.operations.change(operation.id, ends.passed(services.now(), posture, follows=follows))
    if again is None:
        return ()
    return (replace(item, due=at, attempt=again.attempt),) if follows else (again,)


def _is_followed(operation: Operation, at: datetime | None, now: datetime) -> bool:
    """True where a later look at that time still belongs to the operation."""
    return at is not None and at <= min(now + FOLLOWED, (operation.started_at or now) + LONGEST_FOLLOWED)


async def _let_go_on(services: Services, operation: Operation) -> None:
    """Lets the account go on, unless it was rolled back once more since that was asked for."""
    record = await services.records.get(operation.account)
    if record.no_further and (record.rolled_back is None or record.rolled_back <= operation.asked_at):
        await services.records.note(operation.account, no_further="")


async def _first_look(services: Services, item: OrderItem, operation: Operation) -> tuple[Sight, Todo]:
    """What the order comes to before anything is done."""
    sight = await _seen(services, item, operation)
    history = await services.ledger.history(item.account)
    return sight, comes_to(sight, _asked(sight, operation, ()), history, services.now())


async def _seen(services: Services, item: OrderItem, operation: Operation) -> Sight:
    posture = await services.postures.get(item.account)
    proof = posture.proof if posture else None
    return await look(services, item.account, operation.order, proof=proof, attempt=item.attempt)


def _asked(sight: Sight, operation: Operation, entries: Sequence[Entry]) -> Asked:
    return Asked(operation.order, operation.asked_at, sight.stopped, tuple(entries))


async def _undone(services: Services, item: OrderItem, operation: Operation) -> datetime | None:
    """The way back."""
    sight, todo = await _first_look(services, item, operation)
    if operation.started_at is None:
        if todo.refused:
            await services.operations.change(operation.id, _refused(services.now(), sight, todo))
            return None
        await services.operations.change(operation.id, ends.begun(services.now(), todo))
    facts = await rollback.undo(services, operation, sight.policy, attempt=item.attempt)
    record = await services.records.get(item.account)
    sight = replace(sight, facts=facts, stopped=record.no_further)
    await services.operations.change(operation.id, _end(services.now(), sight, facts.failures, Todo()))
    return None


async def _stepped(services: Services, item: OrderItem, operation: Operation) -> datetime | None:
    """Takes the order's steps until none is left; when to go on, where the rest waits for a time that is near."""
    sight, todo = await settled(services, await _seen(services, item, operation), operation), Todo()
    for _ in range(ROUNDS):
        if sight.facts.failures:
            break
        entries = await services.ledger.of_operation(item.account, operation.id)
        todo = comes_to(sight, _asked(sight, operation, entries), (), services.now())
        if todo.refused:
            await services.operations.change(operation.id, _refused(services.now(), sight, todo))
            return None
        if operation.started_at is None:
            operation = await services.operations.change(operation.id, ends.begun(services.now(), todo)) or operation
        if not todo.steps:
            break
        sight = await taken(services, sight, todo.steps, operation)
    waits = todo.retry_at if _is_followed(operation, todo.retry_at, services.now()) else None
    if waits and not sight.facts.failures:
        await services.operations.change(operation.id, ends.waits(sight.verdict(services.now()), todo))
        return waits
    await services.operations.change(operation.id, _end(services.now(), sight, sight.facts.failures, todo))
    return None


def _end(now: datetime, sight: Sight, failures: tuple[StepFailure, ...], todo: Todo) -> Change:
    if failures:
        return ends.refused(now, sight.verdict(now), failures)
    return ends.done(now, sight.verdict(now), todo)


def _refused(now: datetime, sight: Sight, todo: Todo) -> Change:
    return ends.blocked(now, sight.verdict(now), todo)
