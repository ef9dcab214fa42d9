"""The way back: what undoes is taken like any other step.

The account then goes no further than where it was taken back to, or the next pass would do it all again, until it is let
go on.
"""

import logging
from collections.abc import Sequence
from dataclasses import replace

from shared.errors import PermanentError
from shared.models import Account, AccountFacts, Entry, Milestone
from shared.models.operations import Operation
from shared.resource_id import ResourceId
from shared.road import steps as road
from shared.road.apply import apply
from shared.road.inverse import Rollback, inverse
from shared.road.observe import observe
from shared.road.plan import Plan
from shared.road.policy import Policy
from shared.road.services import Services
from shared.road.settle import settle
from shared.road.walk import backoff
from shared.store.ledger import ABANDONED

_log = logging.getLogger(f"unkeyed.{__name__}")


async def undo(services: Services, operation: Operation, policy: Policy, *, attempt: int) -> AccountFacts:
    """Undoes what the operation's order says, for whoever holds the account's lease; the facts as they are then, what Azure
    refused among them. Every part can be done again, as after a crash.

    Raises TemporaryError where something cannot be undone now, PermanentError where the account cannot be read.
    """
    account, order = operation.account, operation.order
    facts = await settle(
        services, await services.ledger.open_entries(account), await _facts(services, account, policy, attempt=attempt)
    )
    if not isinstance(facts.account, Account):
        raise PermanentError(f"{account} cannot be read, nothing was undone", code="AccountUnread")
    history = await services.ledger.history(account)
    todo = inverse(history, facts, to=order.back_to, operation=order.undo, leaked=order.leaked)
    todo = replace(todo, no_further=_holds(operation, todo, history, facts))
    await services.records.note(account, no_further=todo.no_further.value, rolled_back=services.now())
    half = tuple(_half_done(each) for each in facts.unfinished)
    steps = (*(each for each in half if each), *todo.steps)
    applied = await apply(services, Plan(tuple(steps)), facts, policy, operation.id)
    if applied.interrupted:
        raise applied.interrupted
    for entry in facts.unfinished:
        await services.ledger.close(entry, ABANDONED, services.now(), "rolled back")
    await _announce(services, operation, todo, applied.facts)
    return applied.facts


def _holds(operation: Operation, todo: Rollback, history: Sequence[Entry], facts: AccountFacts) -> Milestone:
    """How far the account goes then: what was undone before a crash is undone no more, and must not be done again."""
    before = facts.record.no_further
    if before and any(each.operation_id == operation.id for each in history):
        return min(before, todo.no_further, key=lambda each: each.order)
    return todo.no_further


def _half_done(entry: Entry) -> road.Change | None:
    """What undoes a step that a dead worker left half done, or finishes one that undid."""
    if entry.step["kind"] == "SwitchConnection":
        return road.RestoreConnection(entry.step["connection"], entry.step["before"])
    return road.way_back(entry)


async def _announce(services: Services, operation: Operation, todo: Rollback, facts: AccountFacts) -> None:
    refused = [each.message for each in facts.failures]
    _log.info("rolled back to %s: %d steps, %d refused", todo.no_further, len(todo.steps), len(refused))
    data = {
        "operationId": operation.id,
        "noFurther": todo.no_further,
        "steps": list(todo.described()),
        "cannot": list(todo.cannot),
        "refused": refused,
    }
    await services.publisher.publish("RolledBack", operation.account.text, data, event_id=f"{operation.id}-rolledback")


async def _facts(services: Services, account: ResourceId, policy: Policy, *, attempt: int) -> AccountFacts:
    """As a pass observes them; the secret, too, where a withdrawn one is no longer looked at."""
    record = replace(await services.records.get(account), withdrawn=None)
    return await observe(services, account, policy, None, record, backoff(attempt, services.now()))
