"""Judge: from observed facts and the policy to the milestone reached and what blocks the next. Pure.

A milestone is reached only on evidence; what could not be read blocks it. The road beyond what this version walks is
said to be so, never taken as reached.
"""

from datetime import datetime, timedelta

from shared.models import Account, AccountFacts, Milestone, Proof, StepFailure, Unknown
from shared.road import blockers
from shared.road.grants import missing, wanted
from shared.road.match import coverage
from shared.road.policy import Policy, Rule
from shared.road.verdict import Blocker, Covered, Standing, Verdict

PROOF_LASTS = timedelta(days=1)
PROBED_KINDS = frozenset({"openai", "aiservices"})


def judge(facts: AccountFacts, policy: Policy, now: datetime) -> Verdict:
    """Where the account stands and why not further."""
    account = facts.account
    if account is None:
        return Verdict(Covered.GONE)
    if isinstance(account, Unknown):
        return Verdict(Covered.UNKNOWN, general=(blockers.unreadable("account", Milestone.READY, account),))
    found = coverage(policy, account, now.date())
    if found.exemption:
        note = f"exempt until {found.exemption.until.isoformat()}: {found.exemption.reason}"
        return Verdict(Covered.EXEMPT, rule=found.rule.name if found.rule else None, note=note)
    if not found.rule:
        return Verdict(Covered.BY_NONE, note="no rule of the policy matches this account")
    return _on_the_road(facts, account, found.rule, now)


def _on_the_road(facts: AccountFacts, account: Account, rule: Rule, now: datetime) -> Verdict:
    judged = {
        Milestone.READY: _ready(account, now),
        Milestone.GRANTED: _granted(facts, account, rule),
        Milestone.CONNECTED: _connected(rule),
        Milestone.PROVEN: _proven(facts.proof, account, now),
    }
    asked = [each for each in Milestone if each.order <= rule.goal.order]
    standings = {each: judged.get(each) or Standing(blockers=(blockers.unwalked(each),)) for each in asked}
    left = tuple(blockers.step_refused(each) for each in facts.failures if not each.holds_up)
    return Verdict(Covered.BY_RULE, rule.name, rule.goal, standings, general=left)


def _ready(account: Account, now: datetime) -> Standing:
    if not account.is_settled:
        return Standing(blockers=(blockers.provisioning(account, now),))
    if account.provisioning_state != "Succeeded":
        return Standing(blockers=(blockers.provisioning_failed(account),))
    if not account.subdomain:
        return Standing(blockers=(blockers.no_subdomain(account),))
    return Standing(f"provisioned, subdomain {account.subdomain}")


def _granted(facts: AccountFacts, account: Account, rule: Rule) -> Standing:
    if isinstance(facts.assignments, Unknown):
        return Standing(blockers=(blockers.unreadable("assignments", Milestone.GRANTED, facts.assignments),))
    asked = wanted(rule, account, facts.groups)
    unnamed = tuple(blockers.grant_problem(each) for each in asked if each.problem)
    absent = missing(asked, account, facts.assignments)
    refused = {failure.target: failure for failure in facts.failures}
    unmade = tuple(_unmade(each.name, each.principal_id, refused.get(each.name)) for each in absent)
    return Standing(f"{len(asked)} of {len(asked)} grants in place", unnamed + unmade)


def _unmade(name: str, principal: str, failure: StepFailure | None) -> Blocker:
    return blockers.step_refused(failure) if failure else blockers.grant_pending(name, principal)


def _connected(rule: Rule) -> Standing:
    if rule.connections == "leave":
        return Standing("the rule leaves connections alone")
    return Standing(blockers=(blockers.unwalked(Milestone.CONNECTED),))


def _proven(proof: Proof | None, account: Account, now: datetime) -> Standing:
    if account.kind.lower() not in PROBED_KINDS:
        return Standing(blockers=(blockers.kind_without_probe(account),))
    if proof is None or not is_of(proof, account) or not is_fresh(proof, now):
        return Standing(blockers=(blockers.probe_pending(account),))
    if not proof.accepted:
        return Standing(blockers=(blockers.probe_refused(proof, account),))
    return Standing(f"token accepted by {proof.endpoint} at {proof.at.isoformat(timespec='seconds')}")


def is_of(proof: Proof, account: Account) -> bool:
    """True where this very account gave the proof, not one that was deleted and had its name and endpoint before."""
    return proof.endpoint == account.endpoint and (account.created_at is None or account.created_at < proof.at)


def is_fresh(proof: Proof, now: datetime) -> bool:
    """True while an accepted proof still counts, or a refusal still stands to be said."""
    return now - proof.at < PROOF_LASTS
