"""One pass of one account along the road: lease → observe → settle → judge → plan → apply → posture.

Events, timers and callers all end here, and give the same account the same plan.
"""

import asyncio
import logging
from collections.abc import AsyncIterator, Mapping
from contextlib import asynccontextmanager
from dataclasses import replace
from datetime import datetime, timedelta

from shared.errors import TemporaryError
from shared.models import NOT_READ, Account, AccountFacts, AccountRecord, OwnerItem, WorkItem
from shared.resource_id import ResourceId
from shared.road import rotation
from shared.road.apply import apply
from shared.road.blockers import doubled, interrupted, is_stuck
from shared.road.drift import is_setting
from shared.road.judge import judge
from shared.road.match import coverage
from shared.road.observe import observe
from shared.road.plan import Plan, plan
from shared.road.policy import Policy
from shared.road.recent import CLOCK_SKEW, put_off
from shared.road.remember import file_groups, remember
from shared.road.report import announce, posture_after
from shared.road.services import Services
from shared.road.settle import settle
from shared.road.situation import Situation
from shared.road.verdict import Verdict
from shared.store.leases import LeaseHeldError
from shared.store.ledger import ABANDONED
from shared.store.postures import Posture
from shared.telemetry import log_fields

FIRST_BACKOFF = timedelta(seconds=2)
LONGEST_BACKOFF = timedelta(minutes=15)
# Applying may make room for more steps: a connection is switched once the token is proven, and so on; but not for ever
ROUNDS = 8
# What is due later than this is left to the sweep, which finds it due: no message need wait for weeks
LEFT_TO_SWEEP = timedelta(hours=6)
_log = logging.getLogger(f"unkeyed.{__name__}")


async def walk(services: Services, item: WorkItem) -> WorkItem | None:
    """Takes the account as far as it goes now. Returns the item for the next look, due when time may have healed what
    is missing; None where there is nothing to wait for.

    Raises TemporaryError where the pass could not be finished.
    """
    started = services.now()
    with log_fields(operation_id=item.operation_id, account=item.account.text):
        if await is_own(services, item):
            return None
        item = await _noted(services, item)
        if item.event_time and _is_covered(item, services.recent.last(item.account), started):
            return None
        if services.recent.is_waited_for(item, services.now()):
            _log.info("a look that waits on the queue does for it, too: %s", item.cause)
            return None
        if item.event_time and (at := services.recent.calm_at(item, started)):
            return replace(put_off(item, at), due=at)
        return await _alone(services, item, started)


async def _alone(services: Services, item: WorkItem, started: datetime) -> WorkItem | None:
    """The pass, under the account's lease."""
    try:
        async with alone(services, item.account):
            return await _pass(services, item, started)
    except LeaseHeldError:
        # Whoever holds it may be dead: only a finished pass has covered anything
        if _is_covered(item, await services.postures.get(item.account), started):
            return None
        raise


@asynccontextmanager
async def alone(services: Services, account: ResourceId) -> AsyncIterator[None]:
    """Inside, nobody else is at the account. Raises LeaseHeldError where somebody is, TemporaryError where it takes too long."""
    length = services.settings.pass_limit
    try:
        async with services.leases.hold(account, services.now(), length), asyncio.timeout(length.total_seconds() * 0.8):
            with services.recent.passing(account):
                yield
    except TimeoutError as error:
        raise TemporaryError("the pass took too long", code="PassTimeout") from error


async def _pass(services: Services, item: WorkItem, started: datetime) -> WorkItem | None:
    policy, before, record = await asyncio.gather(
        services.policy.current(started), services.postures.get(item.account), services.records.get(item.account)
    )
    if _is_covered(item, before, started):
        return None
    proof = before.proof if before else None
    facts, open_entries = await asyncio.gather(
        observe(services, item.account, policy, proof, record, backoff(item.attempt, started), item.event_time),
        services.ledger.open_entries(item.account),
    )
    facts = await settle(services, open_entries, facts)
    if facts.account is None:
        await _forget(services, item, before, record)
        return None
    facts = await remember(services, facts, services.now())
    facts, verdict, retry_at = await _advance(services, facts, policy, item)
    await _compared(services, facts, policy, started)
    await file_groups(services, facts, policy, item.operation_id)
    after = posture_after(item, facts, verdict, before, started, services.now(), retry_at)
    await announce(services, before, after)
    await services.postures.put(after)
    services.recent.passed(after)
    _log.info(
        "pass finished: %s",
        after.milestone or after.covered,
        extra={
            "milestone": after.milestone,
            "blockers": [each["code"] for each in after.blockers],
            "cause": item.cause,
        },
    )
    return _again(item, after, verdict)


def _is_covered(item: WorkItem, before: Posture | None, now: datetime) -> bool:
    """True where a finished pass has seen all this item could show, or has asked for a later look than this one.

    The look it asked for may be lost, where its worker died before it was queued: once that is due any item does for it.
    """
    if before is None:
        return False
    if item.event_time:
        is_due = before.retry_at is not None and before.retry_at <= now
        covered = item.event_time + CLOCK_SKEW < before.pass_started and not is_due
    else:
        covered = item.due is not None and (before.retry_at is None or before.retry_at > item.due)
    if covered:
        _log.info("covered by the pass of %s", before.pass_started.isoformat())
    return covered


def _again(item: WorkItem, after: Posture, verdict: Verdict) -> WorkItem | None:
    if after.retry_at is None or after.retry_at - after.pass_finished > LEFT_TO_SWEEP:
        return None
    attempt = item.attempt + 1 if any(is_stuck(each) for each in verdict.blockers) else 0
    return replace(item, event_time=None, due=after.retry_at, attempt=attempt, act=None)


async def is_own(services: Services, item: WorkItem | OwnerItem) -> bool:
    """True where the app did it itself: it has read back what it wrote, and its keys are known to nobody by it."""
    is_so = await services.identity.is_own(item.names)
    if is_so:
        _log.info("the app's own doing, which it has read back: %s", item.cause)
    return is_so


async def _noted(services: Services, item: WorkItem) -> WorkItem:
    """The item once it is written down who did what, and who may know the keys since: a pass that begins later sees it."""
    if item.act and services.recent.is_news(item.account, item.act):
        await services.records.note_act(item.account, item.act)
    if item.exposure is None:
        return item
    await services.records.note_exposure(item.account, item.exposure)
    return replace(item, exposure=None, event_time=services.now())


async def _advance(
    services: Services, facts: AccountFacts, policy: Policy, item: WorkItem
) -> tuple[AccountFacts, Verdict, datetime | None]:
    """The facts and the verdict once nothing more can be done now, and when to look again."""
    facts, verdict, todo = await planned(services, facts, policy)
    for _ in range(ROUNDS):
        if not todo.steps or facts.failures or not isinstance(facts.account, Account):
            break
        applied = await apply(services, todo, facts, policy, item.operation_id)
        facts, verdict, todo = await planned(services, applied.facts, policy)
        if applied.interrupted:
            at = again_at(applied.interrupted, item.attempt, services.now())
            return facts, replace(verdict, general=(*verdict.general, interrupted(applied.interrupted, at))), at
    return facts, verdict, todo.retry_at


async def planned(services: Services, facts: AccountFacts, policy: Policy) -> tuple[AccountFacts, Verdict, Plan]:
    """What is to be done; where it may be a repair, the ledger is asked first how often it was one."""
    verdict = judge(facts, policy, services.now())
    todo = plan(facts, verdict, policy, services.now())
    account = facts.account
    if isinstance(account, Account) and facts.history is NOT_READ and any(map(is_setting, todo.steps)):
        history = await services.ledger.history(account.id)
        # What is older was done to another account that had its name
        own = tuple(each for each in history if account.created_at is None or each.at > account.created_at)
        facts = replace(facts, history=own)
        todo = plan(facts, verdict, policy, services.now())
    return facts, replace(verdict, general=(*verdict.general, *todo.contested)), todo


async def _compared(services: Services, facts: AccountFacts, policy: Policy, started: datetime) -> None:
    """Writes that the secret was held against the account's keys, once it holds a live one."""
    if not isinstance(facts.account, Account) or not isinstance(facts.listed, Mapping):
        return
    rule = coverage(policy, facts.account, started.date()).active_rule
    if rule and not rotation.to_publish(Situation(facts.account, rule, facts, started)):
        await services.records.note(facts.account.id, compared=started)


async def _forget(services: Services, item: WorkItem, before: Posture | None, record: AccountRecord) -> None:
    """The account is gone: its posture goes too, the ledger stays."""
    services.recent.forget(item.account)
    services.keys_at_hand.pop(item.account.key, None)
    await services.index.forget(item.account.text)
    await services.uses.file(item.account, record.groups, {})
    await services.records.delete(item.account)
    for entry in await services.ledger.open_entries(item.account):
        await services.ledger.close(entry, ABANDONED, services.now(), "the account is gone")
    if before:
        await services.publisher.publish(
            "AccountGone", item.account.text, {"operationId": item.operation_id}, event_id=f"{item.operation_id}-gone"
        )
        await services.postures.delete(item.account)
    _log.info("the account does not exist")


def backoff(attempt: int, now: datetime) -> datetime:
    """When to try again after `attempt` tries that could not be finished: 2 s, 4 s … 15 min."""
    return now + doubled(FIRST_BACKOFF, attempt, LONGEST_BACKOFF)


def again_at(error: TemporaryError, attempt: int, now: datetime) -> datetime:
    """When to try again after this error: when the service said, else once the backoff of `attempt` is over.

    A lease ends at a known time, by which whoever holds it is done or dead: there is no need to wait longer.
    """
    if isinstance(error, LeaseHeldError):
        return min(backoff(attempt, now), max(error.until, now + FIRST_BACKOFF))
    return now + max(error.retry_after, FIRST_BACKOFF) if error.retry_after else backoff(attempt, now)
