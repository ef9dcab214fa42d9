"""The sweep: looks at every account of every subscription by lists alone, and queues those that differ or are due.

One paged list of accounts and one of role assignments per subscription feed the same judge and plan as a pass, together
with everything that may hold connections where the policy depends on it, read side by side. What they would do nothing for
is not queued. What differs though no event told of it is counted: events are being lost.
"""

import asyncio
import logging
from collections import defaultdict
from collections.abc import AsyncIterator, Awaitable, Callable, Iterable, Mapping, Sequence
from dataclasses import astuple, dataclass, replace
from datetime import datetime, timedelta
from itertools import batched

from shared.errors import PermanentError, TemporaryError
from shared.models import (
    NOT_READ,
    Account,
    AccountFacts,
    AccountRecord,
    GroupAnswer,
    GroupRef,
    Milestone,
    Pointing,
    RoleAssignment,
    Unknown,
    WorkItem,
)
from shared.resource_id import ResourceId
from shared.road.exposure import groups
from shared.road.judge import judge
from shared.road.match import coverage, references
from shared.road.milestones import connected, granted
from shared.road.milestones.granted import above_subscriptions
from shared.road.observe import find_groups, known
from shared.road.plan import plan
from shared.road.policy import Policy
from shared.road.services import Services
from shared.road.situation import Situation
from shared.road.steps import AssignRole, Probe, RemoveAssignment, SwitchConnection
from shared.road.verdict import Verdict
from shared.road.walk import LEFT_TO_SWEEP
from shared.store.postures import Posture
from shared.store.sweeps import SweepCount
from shared.store.work_queue import POISON, new_operation_id
from shared.telemetry import log_fields

# How late a planned look may be before the sweep takes it for lost
OVERDUE = timedelta(minutes=5)
# How old a change must be before an event for it should have come
EVENT_LATENCY = timedelta(minutes=2)
SUBSCRIPTIONS_ABREAST = 4
# What lists show of an account; the rest is seen by passes only
_SHOWN = (Milestone.READY, Milestone.GRANTED, Milestone.CONNECTED, Milestone.PROVEN)
_UNREAD = frozenset({"identity.denied", "account.unreadable", "assignments.unreadable", "groups.unreadable"})
_SHOWN_BY_LISTS = AssignRole | RemoveAssignment | SwitchConnection | Probe
# How many items are put on the queue at a time
ABREAST = 20
_log = logging.getLogger(f"unkeyed.{__name__}")

type LookUp = Callable[[Account], Pointing | Unknown]


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
        abreast = asyncio.Semaphore(SUBSCRIPTIONS_ABREAST)
        pointing = asyncio.create_task(_pointing(services, policy, subscriptions))

        async def swept(subscription: str) -> SweepCount | str:
            async with abreast:
                try:
                    return await _sweep(services, subscription, policy, now, operation_id, pointing)
                except (PermanentError, TemporaryError) as error:
                    _log.error("a subscription could not be swept: %s", error)  # the reason says it all
                    return str(error)

        found = dict(zip(subscriptions, await asyncio.gather(*map(swept, subscriptions)), strict=True))
        await _say_poisoned(services, operation_id)
        counts = {each: count for each, count in found.items() if isinstance(count, SweepCount)}
        return Swept(counts, {each: reason for each, reason in found.items() if isinstance(reason, str)})


async def _pointing(services: Services, policy: Policy, subscriptions: Sequence[str]) -> LookUp:
    """What points at any account, where a rule of the policy depends on it."""
    if not any(connected.depends_on_connections(rule) for rule in policy.rules):
        return lambda _: NOT_READ
    return (await services.owners.read_everything(subscriptions)).look()


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
    look = _Look(
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
    look = replace(look, groups={**named, **await find_groups(services, look.in_doubt(accounts), now, now)})
    found = [_judged(look, account, left.get(account.id.key)) for account in accounts]
    gone = [each for each in postures if each.account.key not in {account.id.key for account in accounts}]
    items = [item for _, item in found if item] + [look.item(each.account, "sweep: gone") for each in gone]
    await _queue(services, items, now)
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


@dataclass(frozen=True, slots=True)
class _Look:
    """What the judgement of each account of one subscription needs."""

    policy: Policy
    now: datetime
    operation_id: str
    assignments: Mapping[str, tuple[RoleAssignment, ...]]  # by scope, "" for all above subscriptions
    groups: Mapping[GroupRef, GroupAnswer]
    pointing: LookUp
    records: Mapping[str, AccountRecord]
    showing: frozenset[str] | Unknown
    swept_before: bool

    def in_doubt(self, accounts: Iterable[Account]) -> tuple[GroupRef, ...]:
        """Groups that no rule names and that may have left an orphan."""
        found = (self.seen(each, self.facts(each, None)) for each in accounts)
        return tuple(dict.fromkeys(ref for seen in found if seen for ref in granted.in_doubt(seen)))

    def seen(self, account: Account, facts: AccountFacts) -> Situation | None:
        rule = coverage(self.policy, account, self.now.date()).active_rule
        return Situation(account, rule, facts, self.now) if rule else None

    def facts(self, account: Account, posture: Posture | None) -> AccountFacts:
        return AccountFacts(
            account,
            self.in_force_at(account.id),
            self.groups,
            posture.proof if posture else None,
            showing=NOT_READ if account.local_auth_disabled else self.showing,
            pointing=self.pointing(account),
            record=self.records.get(account.id.key, AccountRecord()),
        )

    def item(self, account: ResourceId, cause: str) -> WorkItem:
        """What was seen has the sweep's time: a pass that begins later has seen it too, however many sweeps came before."""
        return WorkItem(account, cause, self.operation_id, event_time=self.now)

    def in_force_at(self, account: ResourceId) -> tuple[RoleAssignment, ...]:
        subscription = f"/subscriptions/{account.subscription}"
        group = f"{subscription}/resourcegroups/{account.resource_group.lower()}"
        scopes = ("", subscription, group, account.key)
        return tuple(each for scope in scopes for each in self.assignments.get(scope, ()))


def _judged(look: _Look, account: Account, posture: Posture | None) -> tuple[SweepCount, WorkItem | None]:
    """What one account adds to the count, and the item to queue where the account differs or is due."""
    if posture is None:
        missed = look.swept_before and account.created_at and account.created_at < look.now - EVENT_LATENCY
        return SweepCount(new=1, missed=int(bool(missed))), look.item(account.id, "sweep: new")
    if posture.retry_at and look.now >= posture.retry_at + _lateness(posture):
        return SweepCount(due=1), look.item(account.id, "sweep: due")
    if posture.retry_at and posture.retry_at - look.now <= _lateness(posture):
        return SweepCount(), None
    facts = look.facts(account, posture)
    verdict = judge(facts, look.policy, look.now)
    todo = [each for each in plan(facts, verdict, look.policy, look.now).steps if isinstance(each, _SHOWN_BY_LISTS)]
    if todo and all(isinstance(each, Probe) for each in todo):
        return SweepCount(due=1), look.item(account.id, "sweep: proof is due")
    seen = look.seen(account, facts)
    if seen and not todo and groups(seen) not in (None, facts.record.groups):
        return SweepCount(differing=1), look.item(account.id, "sweep: other groups")
    if todo or _differs(verdict, posture) or _is_open_or_shut(account, posture, verdict):
        return SweepCount(differing=1, missed=int(posture.is_settled)), look.item(account.id, "sweep: differs")
    return SweepCount(), None


def _lateness(posture: Posture) -> timedelta:
    """How late the next look may be: a message brings it, unless it was so far off that it was left to the sweep."""
    is_left = posture.retry_at is not None and posture.retry_at - posture.pass_finished > LEFT_TO_SWEEP
    return timedelta() if is_left else OVERDUE


def _differs(verdict: Verdict, posture: Posture) -> bool:
    """True where the lists show the account elsewhere than its posture says; not where they could not be read."""
    shown = [each for each in verdict.blockers if each.milestone in _SHOWN]
    if any(each.code in _UNREAD for each in shown):
        return False
    now = (verdict.covered, verdict.rule, verdict.goal)
    if now != (posture.covered, posture.rule, posture.goal):
        return True
    lasting = (each for each in posture.blockers if not each["code"].startswith(("step.", "limit.")))
    said = {(each["code"], each["message"].lower()) for each in lasting if each["milestone"] in _SHOWN}
    return {(each.code, each.message.lower()) for each in shown} != said


def _is_open_or_shut(account: Account, posture: Posture, verdict: Verdict) -> bool:
    """True where key access is another than when the account was last walked to its seal."""
    if verdict.goal is not Milestone.SEALED:
        return False
    was_shut = Milestone.SEALED in posture.reached or any(
        each["code"] in ("seal.lagging", "seal.untried") for each in posture.blockers
    )
    return was_shut is not account.local_auth_disabled


def _total(counts: Iterable[SweepCount]) -> SweepCount:
    rows = [astuple(each) for each in counts]
    return SweepCount(*(sum(column) for column in zip(*rows, strict=True))) if rows else SweepCount()


async def _queue(services: Services, items: Iterable[WorkItem], now: datetime) -> None:
    for batch in batched(items, ABREAST, strict=False):
        await asyncio.gather(*(services.queue.put(each, now=now) for each in batch))
