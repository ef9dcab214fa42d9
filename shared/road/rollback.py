"""The way back: what undoes is shown, or taken like any other step.

The account then goes no further than where it was taken back to, or the next pass would do it all again, until it is let
go on.
"""

import logging
from collections.abc import Sequence
from dataclasses import replace

from shared.errors import PermanentError
from shared.models import Account, AccountFacts, Entry, Milestone, RollbackItem, WorkItem
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


async def show(services: Services, item: RollbackItem) -> Rollback:
    """What a rollback would do, without doing any of it."""
    facts = await _facts(services, item, await services.policy.current(services.now()))
    return inverse(
        await services.ledger.history(item.account), facts, to=item.to, operation=item.undo, leaked=item.leaked
    )


async def roll_back(services: Services, item: RollbackItem) -> tuple[WorkItem, ...]:
    """Undoes; returns the look that is to follow. Every part can be done again, as after a crash.

    Raises TemporaryError where something cannot be undone now, PermanentError where the account does not exist.
    """
    now = services.now()
    async with services.leases.hold(item.account, now, services.settings.pass_limit):
        await undo(services, item, await services.policy.current(now))
    return (WorkItem(item.account, "rolled back", item.operation_id),)


async def undo(services: Services, item: RollbackItem, policy: Policy) -> AccountFacts:
    """Undoes, for whoever holds the account's lease; the facts as they are then, what Azure refused among them. Raises as
    `roll_back`."""
    facts = await settle(
        services, await services.ledger.open_entries(item.account), await _facts(services, item, policy)
    )
    if not isinstance(facts.account, Account):
        raise PermanentError(f"{item.account} cannot be read, nothing was undone", code="AccountUnread")
    history = await services.ledger.history(item.account)
    todo = inverse(history, facts, to=item.to, operation=item.undo, leaked=item.leaked)
    todo = replace(todo, no_further=_holds(item, todo, history, facts))
    await services.records.note(item.account, no_further=todo.no_further.value, rolled_back=services.now())
    half = tuple(_half_done(each) for each in facts.unfinished)
    steps = (*(each for each in half if each), *todo.steps)
    applied = await apply(services, Plan(tuple(steps)), facts, policy, item.operation_id)
    if applied.interrupted:
        raise applied.interrupted
    for entry in facts.unfinished:
        await services.ledger.close(entry, ABANDONED, services.now(), "rolled back")
    await _announce(services, item, todo, applied.facts)
    return applied.facts


def _holds(item: RollbackItem, todo: Rollback, history: Sequence[Entry], facts: AccountFacts) -> Milestone:
    """How far the account goes then: what was undone before a crash is undone no more, and must not be done again."""
    before = facts.record.no_further
    if before and any(each.operation_id == item.operation_id for each in history):
        return min(before, todo.no_further, key=lambda each: each.order)
    return todo.no_further


def _half_done(entry: Entry) -> road.Change | None:
    """What undoes a step that a dead worker left half done, or finishes one that undid."""
    if entry.step["kind"] == "SwitchConnection":
        return road.RestoreConnection(entry.step["connection"], entry.step["before"])
    return road.way_back(entry)


async def _announce(services: Services, item: RollbackItem, todo: Rollback, facts: AccountFacts) -> None:
    refused = [each.message for each in facts.failures]
    _log.info("rolled back to %s: %d steps, %d refused", todo.no_further, len(todo.steps), len(refused))
    data = {
        "operationId": item.operation_id,
        "noFurther": todo.no_further,
        "steps": list(todo.described()),
        "cannot": list(todo.cannot),
        "refused": refused,
    }
    await services.publisher.publish("RolledBack", item.account.text, data, event_id=f"{item.operation_id}-rolledback")


async def _facts(services: Services, item: RollbackItem, policy: Policy) -> AccountFacts:
    """As a pass observes them; the secret, too, where a withdrawn one is no longer looked at."""
    record = replace(await services.records.get(item.account), withdrawn=None)
    return await observe(services, item.account, policy, None, record, backoff(item.attempt, services.now()))
