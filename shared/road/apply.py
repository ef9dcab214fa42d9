"""Apply: takes the plan's steps in order.

Each step: count it against the limit → write the intent → do → read back → announce → write the outcome. A crash at
any point leaves at worst an open intent, which the next pass settles against what it then observes.
"""

import logging
from dataclasses import dataclass, replace

from shared.errors import DeniedError, PermanentError, TemporaryError
from shared.models import Account, AccountFacts, Proof, RoleAssignment, StepFailure, Unknown
from shared.road.plan import AssignRole, Plan, Probe, RemoveAssignment, Step, as_data, described
from shared.road.policy import Policy
from shared.road.services import Services
from shared.store.ledger import ABANDONED, DONE, REFUSED, Entry

_log = logging.getLogger(f"unkeyed.{__name__}")


@dataclass(frozen=True, slots=True)
class Applied:
    """The facts as they are after the steps, what Azure refused for good among them; `interrupted` is why the rest waits."""

    facts: AccountFacts
    interrupted: TemporaryError | None = None


async def apply(
    services: Services, account: Account, todo: Plan, facts: AccountFacts, policy: Policy, operation_id: str
) -> Applied:
    """Takes the steps until one cannot be finished now. One refused for good holds up only later milestones."""
    for step in todo.steps:
        if any(each.holds_up and each.milestone.order < step.milestone.order for each in facts.failures):
            continue
        try:
            facts = await _take(services, account, step, facts, policy, operation_id)
        except PermanentError as error:
            _log.warning("refused: %s: %s", described(step), error)
            facts = replace(facts, failures=(*facts.failures, _failure(step, error)))
        except TemporaryError as error:
            _log.warning("interrupted: %s: %s", described(step), error)
            return Applied(facts, error)
    return Applied(facts)


def _failure(step: Step, error: PermanentError) -> StepFailure:
    permission = error.action if isinstance(error, DeniedError) else ""
    if isinstance(error, DeniedError) and not permission:
        permission = "the permission to " + described(step)
    holds_up = not isinstance(step, RemoveAssignment)
    return StepFailure(step.milestone, error.code, str(error), permission, step.target, holds_up)


async def _take(
    services: Services, account: Account, step: Step, facts: AccountFacts, policy: Policy, operation_id: str
) -> AccountFacts:
    match step:
        case Probe():
            return replace(facts, proof=await _probe(services, step, facts.proof))
        case AssignRole() | RemoveAssignment():
            taken = services.now()
            await services.counters.take_change(policy.limits.changes_per_hour, taken)
            entry = await services.ledger.intend(account.id, operation_id, as_data(step), services.now())
            try:
                changed = await _change(services, step)
            except PermanentError as error:
                await services.ledger.close(entry, REFUSED, services.now(), error.code)
                await services.counters.give_back(taken)
                raise
            await _finish(services, entry)
            _log.info("done: %s", described(step), extra={"step": entry.step["kind"]})
            return _with_assignment(facts, step, changed)


async def _change(services: Services, step: AssignRole | RemoveAssignment) -> RoleAssignment:
    match step:
        case AssignRole(grant):
            return await services.assignments.ensure(grant)
        case RemoveAssignment(assignment):
            await services.assignments.remove(assignment)
            return assignment


def _with_assignment(facts: AccountFacts, step: Step, changed: RoleAssignment) -> AccountFacts:
    if isinstance(facts.assignments, Unknown):
        return facts
    others = tuple(each for each in facts.assignments if each.name != changed.name)
    return replace(facts, assignments=others if isinstance(step, RemoveAssignment) else (*others, changed))


async def _probe(services: Services, step: Probe, before: Proof | None) -> Proof:
    answer = await services.inference.probe(step.account)
    refusals = 0 if answer.accepted else (before.refusals if before and not before.accepted else 0) + 1
    _log.info("probe: %s", answer.code, extra={"step": "Probe", "accepted": answer.accepted})
    return Proof(services.now(), step.account.endpoint or "", answer.accepted, answer.code, answer.detail, refusals)


_ANNOUNCED = {"AssignRole": "RoleAssigned", "RemoveAssignment": "RoleRemoved"}


async def _finish(services: Services, entry: Entry) -> None:
    """Announces a step that took effect, then closes it: a crash between the two announces it twice, never not at all."""
    data = {"operationId": entry.operation_id, **entry.step}
    await services.publisher.publish(_ANNOUNCED[entry.step["kind"]], entry.account.text, data, event_id=entry.row)
    await services.ledger.close(entry, DONE, services.now())


async def settle(services: Services, entries: tuple[Entry, ...], facts: AccountFacts) -> None:
    """Closes what a dead worker left open: done where the facts show its effect, abandoned where they do not."""
    account = facts.account
    if not isinstance(account, Account) or isinstance(facts.assignments, Unknown):
        return
    for entry in entries:
        if _took_effect(entry, facts.assignments):
            _log.info("found done after an interruption: %s", entry.step["kind"])
            await _finish(services, entry)
        else:
            await services.ledger.close(entry, ABANDONED, services.now())


def _took_effect(entry: Entry, assignments: tuple[RoleAssignment, ...]) -> bool:
    there = any(
        each.principal_id == entry.step["principalId"]
        and each.role == entry.step["role"]
        and each.scope.lower() == entry.step["scope"].lower()
        for each in assignments
    )
    return there if entry.step["kind"] == "AssignRole" else not there
