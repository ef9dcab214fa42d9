"""From the domain's values to the answers' bodies."""

from collections.abc import Iterable
from typing import Any

from functions.portal.bodies.account import (
    AccountDetail,
    AssignmentBody,
    ConnectionBody,
    FactsBody,
    LedgerEntry,
    PlanBody,
    RoadStep,
)
from functions.portal.bodies.common import BlockerBody, KeyDates, StepBody, Who
from functions.portal.bodies.fleet import AccountSummary
from functions.portal.bodies.orders import OperationBody, OperationFault, OperationStep, OrderBody, PreviewBody
from shared.models import Account as AzureAccount
from shared.models import (
    AccountFacts,
    Connection,
    Entry,
    KeyName,
    KeyUse,
    Milestone,
    RoleAssignment,
    Unknown,
    VaultSecret,
)
from shared.models.operations import Operation
from shared.models.orders import Order
from shared.road import pointing
from shared.road.looking import Look
from shared.road.orders.progress import Progress
from shared.road.orders.show import Preview
from shared.road.plan import Plan
from shared.road.steps import MILESTONES, Step
from shared.road.verdict import Blocker
from shared.road.words import described, told, undoing
from shared.roles import role_name
from shared.store.ledger import DONE
from shared.store.postures import Posture


def summary(posture: Posture) -> AccountSummary:
    """One account of the fleet, as its last pass left it."""
    return AccountSummary(
        id=posture.account.text,
        name=posture.account.name,
        subscription=posture.account.subscription,
        resource_group=posture.account.resource_group,
        kind=posture.kind,
        location=posture.location,
        covered=posture.covered,
        rule=posture.rule,
        goal=posture.goal,
        milestone=posture.milestone,
        settled=posture.is_settled,
        local_auth_disabled=posture.local_auth_disabled,
        keys=KeyDates.model_validate(dict(posture.keys)),
        blockers=[BlockerBody(**each) for each in posture.blockers],
        advice=[BlockerBody(**each) for each in posture.advice],
        reached=posture.reached,
        note=posture.note,
        looked_at=posture.pass_finished,
        next_look=posture.retry_at,
    )


def detail(look: Look) -> AccountDetail:
    """One account as it is now."""
    account, verdict, regenerated = look.account, look.verdict, look.facts.record.regenerated
    return AccountDetail(
        id=account.id.text,
        name=account.id.name,
        subscription=account.id.subscription,
        resource_group=account.id.resource_group,
        kind=account.kind,
        location=account.location,
        covered=verdict.covered,
        rule=verdict.rule,
        goal=verdict.goal,
        milestone=verdict.milestone,
        settled=verdict.is_settled,
        local_auth_disabled=account.local_auth_disabled,
        keys=KeyDates(key1=regenerated.get(KeyName.KEY1), key2=regenerated.get(KeyName.KEY2)),
        note=verdict.note,
        stopped_at=look.facts.record.no_further,
        facts=_facts(account, look.facts),
        road=[_milestone(each, look) for each in Milestone],
        blockers=[blocker(each) for each in verdict.blockers],
        advice=[blocker(each) for each in verdict.advice],
        plan=_plan(look.plan),
        observed_at=look.at,
    )


def blocker(said: Blocker) -> BlockerBody:
    return BlockerBody.model_validate(said)


def _milestone(milestone: Milestone, look: Look) -> RoadStep:
    standing = look.verdict.standings.get(milestone)
    since = look.posture.reached.get(milestone) if look.posture else None
    reached = standing is not None and standing.reached
    return RoadStep(
        milestone=milestone,
        asked=standing is not None,
        reached=reached,
        since=since if reached else None,
        evidence=standing.evidence if standing else "",
        blockers=[blocker(each) for each in standing.blockers] if standing else [],
    )


def _plan(todo: Plan) -> PlanBody:
    return PlanBody(steps=steps(todo.steps), retry_at=todo.retry_at)


def steps(planned: Iterable[Step]) -> list[StepBody]:
    """Steps in words and as data."""
    return [_step(each) for each in planned]


def _step(planned: Step) -> StepBody:
    undo = undoing(type(planned).__name__)
    return StepBody(
        kind=type(planned).__name__,
        milestone=planned.milestone,
        target=planned.target,
        text=described(planned),
        undo=undo.how,
        undo_why=undo.why,
    )


def _facts(account: AzureAccount, facts: AccountFacts) -> FactsBody:
    named: dict[str, Any] = {
        "assignments": facts.assignments,
        "connections": facts.pointing,
        "logs": facts.use,
        "secret": facts.secret,
        "keys": facts.listed,
        "roles": facts.showing,
    }
    links = None if isinstance(facts.pointing, Unknown) else facts.pointing.connections
    return FactsBody(
        provisioning_state=account.provisioning_state,
        endpoint=account.endpoint,
        subdomain=account.subdomain,
        tags=dict(account.tags),
        assignments=None
        if isinstance(facts.assignments, Unknown)
        else [_assignment(each, account) for each in facts.assignments],
        connections=None if links is None else [_connection(each) for each in links],
        last_key_use=facts.use.last if isinstance(facts.use, KeyUse) else None,
        secret=facts.secret.name if isinstance(facts.secret, VaultSecret) else None,
        unknown={name: each.reason for name, each in named.items() if isinstance(each, Unknown)},
    )


def _assignment(found: RoleAssignment, account: AzureAccount) -> AssignmentBody:
    return AssignmentBody(
        principal_id=found.principal_id,
        principal_type=found.principal_type,
        role=found.role,
        role_name=role_name(found.role),
        scope=found.scope,
        inherited=found.scope.lower() != account.id.key,
    )


def _connection(found: Connection) -> ConnectionBody:
    return ConnectionBody(
        id=found.id, category=found.category, auth_type=found.auth_type, holds_key=pointing.uses_key(found)
    )


def order(asked: Order) -> OrderBody:
    return OrderBody(
        kind=asked.kind,
        principal=asked.principal or None,
        role=asked.role or None,
        connections=list(asked.connections),
        to=asked.to,
        undo=asked.undo or None,
        despite=list(asked.despite),
    )


def preview(shown: Preview, asked: Order) -> PreviewBody:
    """What an order would do."""
    return PreviewBody(
        account=shown.account.id.text,
        order=order(asked),
        steps=steps(shown.steps),
        cannot=list(shown.cannot),
        refused=[blocker(each) for each in shown.refused],
        retry_at=shown.retry_at,
    )


def operation(found: Progress) -> OperationBody:
    """How far an order has come."""
    asked, seen = found.operation, found.steps
    error = OperationFault(code=asked.error_code, message=asked.error_message) if asked.error_code else None
    return OperationBody(
        id=asked.id,
        account=asked.account.text,
        order=order(asked.order),
        state=asked.state,
        asked_by=who(asked),
        asked_at=asked.asked_at,
        started_at=asked.started_at,
        ended_at=asked.ended_at,
        done=sum(each.state == "done" for each in seen),
        total=len(seen),
        steps=[OperationStep.model_validate(each) for each in seen],
        milestone=asked.milestone,
        blockers=[BlockerBody(**each) for each in asked.blockers],
        retry_at=asked.retry_at,
        error=error,
        sequence=found.sequence,
    )


def who(asked: Operation) -> Who:
    return Who.model_validate(asked.asker)


def entry(found: Entry, asked: Operation | None, undoable: frozenset[str]) -> LedgerEntry:
    """One change of the ledger; `undoable` are the rows that are still in effect."""
    kind = str(found.step["kind"])
    return LedgerEntry(
        id=found.row,
        at=found.at,
        operation_id=found.operation_id,
        kind=kind,
        milestone=MILESTONES.get(kind),
        text=told(found.step),
        state=found.state,
        detail=found.detail,
        asked_by=who(asked) if asked else None,
        undoable=found.state == DONE and found.row in undoable and undoing(kind).how != "never",
        undo=undoing(kind).how,
    )
