"""Plan: the steps that may be taken now, in order, as frozen values. Pure. A dry run shows it, apply runs it."""

from dataclasses import dataclass
from datetime import datetime
from typing import Any

from shared.models import Account, AccountFacts, Milestone, Proof, RoleAssignment, RoleGrant, Unknown
from shared.road.blockers import probe_again_at
from shared.road.grants import left_over, missing, wanted
from shared.road.judge import PROBED_KINDS, is_fresh, is_of
from shared.road.match import coverage
from shared.road.policy import Policy, Rule
from shared.road.verdict import Verdict
from shared.roles import role_name


@dataclass(frozen=True, slots=True)
class AssignRole:
    """Gives a principal a role on the account. Inverse: RemoveAssignment."""

    grant: RoleGrant
    group_name: str

    milestone = Milestone.GRANTED

    @property
    def target(self) -> str:
        return self.grant.name


@dataclass(frozen=True, slots=True)
class RemoveAssignment:
    """Takes back an assignment the app made that the policy no longer asks for. Inverse: AssignRole."""

    assignment: RoleAssignment

    milestone = Milestone.GRANTED

    @property
    def target(self) -> str:
        return self.assignment.name


@dataclass(frozen=True, slots=True)
class Probe:
    """Asks the account's own endpoint with a token. Changes nothing."""

    account: Account

    milestone = Milestone.PROVEN

    @property
    def target(self) -> str:
        return self.account.endpoint or ""


type Step = AssignRole | RemoveAssignment | Probe


@dataclass(frozen=True, slots=True)
class Plan:
    """What to do now, and when to look again where only time is missing."""

    steps: tuple[Step, ...] = ()
    retry_at: datetime | None = None


def plan(facts: AccountFacts, verdict: Verdict, policy: Policy, now: datetime) -> Plan:
    """The steps that may be taken now towards the verdict's goal."""
    waits = [each.retry_at for each in verdict.blockers if each.retry_at]
    retry_at = min(waits, default=None)
    account = facts.account
    if account is None or isinstance(account, Unknown):
        return Plan(retry_at=retry_at)
    rule = coverage(policy, account, now.date()).active_rule
    if rule is None or not verdict.has_reached(Milestone.READY):
        return Plan(retry_at=retry_at)
    return Plan((*_grants(facts, account, rule, verdict), *_probe(facts, account, rule, now)), retry_at)


def _grants(facts: AccountFacts, account: Account, rule: Rule, verdict: Verdict) -> tuple[Step, ...]:
    if isinstance(facts.assignments, Unknown) or rule.goal.order < Milestone.GRANTED.order:
        return ()
    asked = wanted(rule, account, facts.groups)
    names = {each.assignment: each.group_name for each in asked if each.assignment}
    makes = tuple(AssignRole(each, names[each]) for each in missing(asked, account, facts.assignments))
    # What is wanted stands before what is left over goes: access is never broken before its replacement is there
    if not verdict.has_reached(Milestone.GRANTED):
        return makes
    return tuple(RemoveAssignment(each) for each in left_over(asked, account, facts.assignments))


def _probe(facts: AccountFacts, account: Account, rule: Rule, now: datetime) -> tuple[Step, ...]:
    if rule.goal.order < Milestone.PROVEN.order or account.kind.lower() not in PROBED_KINDS:
        return ()
    return () if facts.proof and _still_stands(facts.proof, account, now) else (Probe(account),)


def _still_stands(proof: Proof, account: Account, now: datetime) -> bool:
    if not is_of(proof, account) or not is_fresh(proof, now):
        return False
    return proof.accepted or now < probe_again_at(proof)


def described(step: Step) -> str:
    """The step in words, for a dry run or a ledger."""
    match step:
        case AssignRole(grant, group_name):
            return f"assign {role_name(grant.role)} to group '{group_name}' ({grant.principal_id}) on the account"
        case RemoveAssignment(assignment):
            return (
                f"remove {role_name(assignment.role)} from {assignment.principal_id}, which the policy no longer grants"
            )
        case Probe(account):
            return f"call {account.endpoint} with a token"


def as_data(step: Step) -> dict[str, Any]:
    """The step as data, for the ledger: all that its inverse needs."""
    match step:
        case AssignRole(grant, group_name):
            return {
                "kind": "AssignRole",
                "scope": grant.scope,
                "name": grant.name,
                "principalId": grant.principal_id,
                "principalType": grant.principal_type,
                "role": grant.role,
                "group": group_name,
                "description": grant.description,
            }
        case RemoveAssignment(assignment):
            return {
                "kind": "RemoveAssignment",
                "scope": assignment.scope,
                "name": assignment.name,
                "principalId": assignment.principal_id,
                "principalType": assignment.principal_type,
                "role": assignment.role,
                "description": assignment.description,
            }
        case Probe(account):
            return {"kind": "Probe", "endpoint": account.endpoint}
