"""Apply: takes the plan's steps in order.

Each step: count it against the limit → write the intent → do → read back → announce → write the outcome. A crash at
any point leaves at worst an open intent, which the next pass settles against what it then observes.
"""

import logging
from dataclasses import dataclass, replace
from typing import Any

from shared.errors import DeniedError, PermanentError, TemporaryError
from shared.models import Account, AccountFacts, Entry, StepFailure, Unknown
from shared.road import drift
from shared.road import steps as road
from shared.road.announcing import finish
from shared.road.doing import connections, keys, local_auth, roles
from shared.road.doing.probe import probe
from shared.road.plan import Plan
from shared.road.policy import Policy
from shared.road.services import Services
from shared.road.words import described
from shared.store.ledger import REFUSED

_log = logging.getLogger(f"unkeyed.{__name__}")


@dataclass(frozen=True, slots=True)
class Applied:
    """The facts as they are after the steps, what Azure refused for good among them; `interrupted` is why the rest waits."""

    facts: AccountFacts
    interrupted: TemporaryError | None = None


async def apply(services: Services, todo: Plan, facts: AccountFacts, policy: Policy, operation_id: str) -> Applied:
    """Takes the steps. One that is refused, or cannot be finished now, holds up later milestones, not its sisters.

    Where a service says how long to wait, nothing more is asked of it.
    """
    waiting: list[tuple[road.Step, TemporaryError]] = []
    for step in todo.steps:
        if _is_held_up(step, facts, waiting):
            continue
        try:
            facts = await _take(services, step, facts, policy, operation_id)
        except PermanentError as error:
            _log.warning("refused: %s: %s", described(step), error)
            facts = replace(facts, failures=(*facts.failures, _failure(step, error)))
        except TemporaryError as error:
            _log.warning("interrupted: %s: %s", described(step), error)
            waiting.append((step, error))
            if error.retry_after is not None:
                break
    return Applied(facts, waiting[0][1] if waiting else None)


def _is_held_up(step: road.Step, facts: AccountFacts, waiting: list[tuple[road.Step, TemporaryError]]) -> bool:
    before = [each.milestone for each in facts.failures if each.holds_up] + [each.milestone for each, _ in waiting]
    return any(each.order < step.milestone.order for each in before)


def _failure(step: road.Step, error: PermanentError) -> StepFailure:
    permission = error.action if isinstance(error, DeniedError) else ""
    if isinstance(error, DeniedError) and not permission:
        permission = "the permission to " + described(step)
    holds_up = not isinstance(step, road.RemoveAssignment | road.WithdrawKey)
    return StepFailure(step.milestone, error.code, str(error), permission, step.target, holds_up)


async def _take(
    services: Services, step: road.Step, facts: AccountFacts, policy: Policy, operation_id: str
) -> AccountFacts:
    account = facts.account
    if not isinstance(account, Account):
        return facts
    match step:
        case road.Probe():
            return await probe(services, step, facts)
        case road.TryKey():
            return await local_auth.try_key(services, account, step, facts)
        case _:
            return await _change(services, account, step, facts, policy, operation_id)


async def _change(
    services: Services, account: Account, step: road.Change, facts: AccountFacts, policy: Policy, operation_id: str
) -> AccountFacts:
    taken = services.now()
    entry = getattr(step, "begun", None)
    if entry is None:
        await services.counters.take_change(policy.limits.changes_per_hour, taken)
        entry = await services.ledger.intend(account.id, operation_id, _intended(step, facts), services.now())
    try:
        facts = await _do(services, account, step, entry, facts)
    except PermanentError as error:
        await services.ledger.close(entry, REFUSED, services.now(), error.code)
        await services.counters.give_back(taken)
        raise
    await finish(services, entry)
    _log.info("done: %s", described(step), extra={"step": entry.step["kind"]})
    return replace(facts, unfinished=tuple(each for each in facts.unfinished if each.row != entry.row))


def _intended(step: road.Change, facts: AccountFacts) -> dict[str, Any]:
    """The step for the ledger; where it repairs what somebody undid, with what is known of that."""
    data = road.as_data(step)
    if isinstance(facts.history, Unknown) or not drift.is_setting(step):
        return data
    last = drift.undone(step, facts.history)
    if last is None:
        return data
    act = drift.cause(last, facts.record)
    return {**data, drift.REPAIRS: act.as_data() if act else {}}


async def _do(  # noqa: C901  # one line for each kind of step
    services: Services, account: Account, step: road.Change, entry: Entry, facts: AccountFacts
) -> AccountFacts:
    match step:
        case road.SetSubdomain(name):
            return replace(facts, account=await services.accounts.set_subdomain(account.id, name))
        case road.AssignRole():
            return await roles.assign(services, step, facts)
        case road.RemoveAssignment():
            return await roles.remove(services, step, facts)
        case road.SwitchConnection():
            return await connections.switch(services, account, step, entry, facts)
        case road.RestoreConnection():
            return await connections.restore(services, account, step, entry, facts)
        case road.PublishKey():
            return await keys.publish(services, account, step, entry, facts)
        case road.RotateKey():
            return await keys.rotate(services, account, step, entry, facts)
        case road.RevokeKey():
            return await keys.revoke(services, account, step, entry, facts)
        case road.DisableLocalAuth():
            return await local_auth.disable(services, account, facts)
        case road.EnableLocalAuth():
            return await local_auth.enable(services, account, step, entry, facts)
        case road.WithdrawKey():
            return await keys.withdraw(services, account, step, facts)
