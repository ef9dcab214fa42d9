"""Judge: from observed facts and the policy to the milestone reached and what blocks the next. Pure.

A milestone is reached only on evidence; what could not be read blocks it. Each milestone's own module says which evidence.
"""

from collections.abc import Callable, Mapping
from dataclasses import replace
from datetime import datetime

from shared.models import AccountFacts, Milestone, Unknown
from shared.road import rotation
from shared.road.blockers import step_refused, unreadable
from shared.road.exposure import advice
from shared.road.match import coverage
from shared.road.milestones import connected, granted, proven, quiet, ready, revoked, sealed
from shared.road.policy import Policy
from shared.road.situation import Situation
from shared.road.verdict import Covered, Standing, Verdict

_ROAD: Mapping[Milestone, Callable[[Situation], Standing]] = {
    Milestone.READY: ready.standing,
    Milestone.GRANTED: granted.standing,
    Milestone.CONNECTED: connected.standing,
    Milestone.PROVEN: proven.standing,
    Milestone.QUIET: quiet.standing,
    Milestone.REVOKED: revoked.standing,
    Milestone.SEALED: sealed.standing,
}


def judge(facts: AccountFacts, policy: Policy, now: datetime) -> Verdict:
    """Where the account stands and why not further."""
    account = facts.account
    if account is None:
        return Verdict(Covered.GONE)
    if isinstance(account, Unknown):
        return Verdict(Covered.UNKNOWN, general=(unreadable("account", Milestone.READY, account),))
    found = coverage(policy, account, now.date())
    if found.exemption:
        note = f"exempt until {found.exemption.until.isoformat()}: {found.exemption.reason}"
        return Verdict(Covered.EXEMPT, rule=found.rule.name if found.rule else None, note=note)
    if not found.rule:
        return Verdict(Covered.BY_NONE, note="no rule of the policy matches this account")
    return _on_the_road(Situation(account, found.rule, facts, now))


def _on_the_road(seen: Situation) -> Verdict:
    standings = {each: _standing(seen, each) for each in Milestone if seen.asks_for(each)}
    # Of a milestone that nobody asks for, too: keys are published and revoked wherever the goal is
    left = (each for each in seen.facts.failures if not each.holds_up or each.milestone not in standings)
    return Verdict(
        Covered.BY_RULE,
        seen.rule.name,
        seen.goal,
        standings,
        note=_note(seen),
        general=(*map(step_refused, left), *rotation.blockers(seen), *revoked.exposed(seen)),
        advice=advice(seen),
    )


def _standing(seen: Situation, milestone: Milestone) -> Standing:
    found = _ROAD[milestone](seen)
    if milestone is Milestone.GRANTED:  # says of each assignment by itself that it was refused
        return found
    refused = tuple(step_refused(each) for each in seen.facts.failures if each.holds_up and each.milestone is milestone)
    return replace(found, blockers=(*refused, *found.blockers))


def _note(seen: Situation) -> str:
    if seen.goal is seen.rule.goal:
        return ""
    at = seen.facts.record.rolled_back
    when = f" on {at.date().isoformat()}" if at else ""
    return f"rolled back{when}: goes no further than {seen.goal} until it is let go on"
