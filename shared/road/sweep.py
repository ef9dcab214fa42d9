"""The sweep: looks at every account of every subscription by lists alone, and queues those that differ or are due.

One paged list of accounts and one of role assignments per subscription feed the same judge and plan as a pass, together
with everything that may hold connections where the policy depends on it, read side by side. What they would do nothing for
is not queued. What differs though no event told of it is counted: events are being lost.
"""

import asyncio
import logging
from collections import defaultdict
from collections.abc import AsyncIterator, Awaitable, Iterable, Mapping, Sequence
from dataclasses import astuple, dataclass, replace
from datetime import datetime, timedelta

from shared.errors import PermanentError, TemporaryError
from shared.models import (
    NOT_READ,
    Account,
    GroupRef,
    RoleAssignment,
    Unknown,
)
from shared.road.abreast import each_of
from shared.road.grants import above_subscriptions
from shared.road.match import coverage, references
from shared.road.milestones import connected
from shared.road.observe import find_groups, known
from shared.road.policy import Policy
from shared.road.services import Services
from shared.road.survey import LookUp, Survey
from shared.store.sweeps import SweepCount
from shared.store.work_queue import POISON, new_operation_id
from shared.telemetry import log_fields

SUBSCRIPTIONS_ABREAST = 4
# How long a subscription that is not seen any more is asked after
OUT_OF_SIGHT = timedelta(days=7)
# How many items are put on the queue at a time
ABREAST = 20
_log = logging.getLogger(f"unkeyed.{__name__}")


@dataclass(frozen=True, slots=True)
class Swept:
    """The counts of one sweep, and the subscriptions that could not be swept with the reason."""

    counts: Mapping[str, SweepCount]
    failed: Mapping[str, str]


async def sweep(services: Services) -> Swept:
    """Sweeps every subscription the identity can see; raises TemporaryError where they cannot be listed."""
    now = services.now()
    operation_id = new_operation_id()
    with log_fields(operation_id=operation_id):
        policy, subscriptions = await asyncio.gather(services.policy.current(now), services.subscriptions.list())
        pointing = asyncio.create_task(_pointing(services, policy, subscriptions))

        async def swept(subscription: str) -> SweepCount | str:
            try:
                return await _sweep(services, subscription, policy, now, operation_id, pointing)
            except (PermanentError, TemporaryError) as error:
                _log.error("a subscription could not be swept: %s", error)  # the reason says it all
                return str(error)

        found = dict(zip(subscriptions, await each_of(subscriptions, swept, SUBSCRIPTIONS_ABREAST), strict=True))
        await _say_poisoned(services, operation_id)
        await _say_out_of_sight(services, subscriptions, now)
        counts = {each: count for each, count in found.items() if isinstance(count, SweepCount)}
        return Swept(counts, {each: reason for each, reason in found.items() if isinstance(reason, str)})


async def _pointing(services: Services, policy: Policy, subscriptions: Sequence[str]) -> LookUp:
    """What points at any account, where a rule of the policy depends on it."""
    if not any(connected.depends_on_connections(rule) for rule in policy.rules):
        return lambda _: NOT_READ
    return (await services.owners.read_everything(subscriptions)).look()


async def _say_out_of_sight(services: Services, subscriptions: Sequence[str], now: datetime) -> None:
    """Tells of subscriptions that were swept until lately and are seen no more: a role was lost, or they are gone."""
    async for subscription, swept in services.sweeps.subscriptions():
        if subscription not in subscriptions and now - swept < OUT_OF_SIGHT:
            _log.error("a subscription could not be swept: the app does not see %s any more", subscription)


async def _say_poisoned(services: Services, operation_id: str) -> None:
    """Tells of messages given up on, those too whose worker died each time and so could not tell itself."""
    if count := await services.queue.poisoned():
        _log.error("%d work items were given up on and wait in the poison queue", count, extra={"poisoned": count})
        data = {"operationId": operation_id, "queue": POISON, "waiting": count}
        await services.publisher.publish("WorkPoisoned", POISON, data, event_id=f"{operation_id}-poisoned")


async def _sweep(
    services: Services,
    subscription: str,
    policy: Policy,
    now: datetime,
    operation_id: str,
    pointing: Awaitable[LookUp],
) -> SweepCount:
    accounts, assignments, postures, records, last, look_up = await asyncio.gather(
        _collected(services.accounts.list_in(subscription)),
        _collected(services.assignments.list_in(subscription)),
        _collected(services.postures.list_in(subscription)),
        _collected(services.records.list_in(subscription)),
        services.sweeps.last(subscription),
        pointing,
    )
    left = {each.account.key: each for each in postures}
    named, showing = await asyncio.gather(
        find_groups(services, _named(accounts, policy, now), now, now),
        _showing(services, subscription, assignments, policy, now),
    )
    survey = Survey(
        policy,
        now,
        operation_id,
        _by_scope(assignments),
        named,
        look_up,
        dict(records),
        showing,
        swept_before=last is not None,
    )
    survey = replace(survey, groups={**named, **await find_groups(services, survey.in_doubt(accounts), now, now)})
    found = [survey.judged(account, left.get(account.id.key)) for account in accounts]
    there = {each.id.key for each in accounts}
    gone = [each for each in postures if each.account.key not in there]
    items = [item for _, item in found if item] + [survey.item(each.account, "sweep: gone") for each in gone]
    await each_of(items, services.queue.put, ABREAST)
    count = replace(_total(each for each, _ in found), seen=len(accounts), gone=len(gone), queued=len(items))
    await services.sweeps.finish(subscription, now, count)
    _log.info("swept subscription %s", subscription, extra={"swept": repr(count), "missed": count.missed})
    return count


async def _showing(
    services: Services, subscription: str, assignments: Iterable[RoleAssignment], policy: Policy, now: datetime
) -> frozenset[str] | Unknown:
    """The roles in force anywhere in the subscription whose holders can see keys."""
    granted_roles = {each.role for rule in policy.rules for each in rule.grants}
    roles = sorted({each.role for each in assignments} | granted_roles)
    return await known(services.definitions.showing_keys(subscription, roles), "roles", services.now, now)


async def _collected[T](items: AsyncIterator[T]) -> list[T]:
    return [each async for each in items]


def _named(accounts: Iterable[Account], policy: Policy, now: datetime) -> tuple[GroupRef, ...]:
    """Every group that any of the accounts' rules names, each once."""
    rules = ((each, coverage(policy, each, now.date()).active_rule) for each in accounts)
    return tuple(dict.fromkeys(ref for account, rule in rules if rule for ref in references(rule, account)))


def _by_scope(assignments: Iterable[RoleAssignment]) -> Mapping[str, tuple[RoleAssignment, ...]]:
    found: dict[str, list[RoleAssignment]] = defaultdict(list)
    for each in assignments:
        found["" if above_subscriptions(each.scope) else each.scope.rstrip("/").lower()].append(each)
    return {scope: tuple(each) for scope, each in found.items()}


def _total(counts: Iterable[SweepCount]) -> SweepCount:
    rows = [astuple(each) for each in counts]
    return SweepCount(*(sum(column) for column in zip(*rows, strict=True))) if rows else SweepCount()
