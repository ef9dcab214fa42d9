"""Plan: the steps that may be taken now, in order, as frozen values. Pure. A dry run shows it, apply runs it."""

from dataclasses import dataclass
from datetime import datetime, timedelta

from shared.models import AccountFacts, Milestone, Unknown
from shared.road import rotation
from shared.road.drift import contested, is_setting
from shared.road.exposure import open_exposure
from shared.road.match import coverage
from shared.road.milestones import connected, granted, proven, quiet, ready, revoked, sealed
from shared.road.policy import Policy
from shared.road.situation import Situation
from shared.road.steps import Step, way_back
from shared.road.verdict import Blocker, Verdict

DAILY = timedelta(days=1)


@dataclass(frozen=True, slots=True)
class Plan:
    """What to do now, and when to look again where only time is missing; `contested` says what is not done any more."""

    steps: tuple[Step, ...] = ()
    retry_at: datetime | None = None
    contested: tuple[Blocker, ...] = ()


def plan(facts: AccountFacts, verdict: Verdict, policy: Policy, now: datetime) -> Plan:
    """The steps that may be taken now towards the verdict's goal."""
    waits = [each.retry_at for each in verdict.blockers if each.retry_at]
    account = facts.account
    if account is None or isinstance(account, Unknown):
        return Plan(retry_at=min(waits, default=None))
    rule = coverage(policy, account, now.date()).active_rule
    if rule is None:
        return Plan(connected.begun(facts), min(waits, default=None))
    seen = Situation(account, rule, facts, now)
    if not verdict.has_reached(Milestone.READY):
        return Plan(ready.steps(seen), min(waits, default=None))
    steps, fought = _uncontested(_steps(seen, verdict), seen, policy.limits.repairs_per_day)
    again = [each.retry_at for each in fought if each.retry_at]
    return Plan(steps, min([*waits, *again, *_looks(seen, verdict)], default=None), fought)


def _uncontested(steps: tuple[Step, ...], seen: Situation, limit: int) -> tuple[tuple[Step, ...], tuple[Blocker, ...]]:
    """The steps without those that were undone too often today, and what is said of these."""
    history, record = seen.facts.history, seen.facts.record
    if isinstance(history, Unknown):
        return steps, ()
    judged = [(each, contested(each, history, record, limit, seen.now) if is_setting(each) else None) for each in steps]
    fought = tuple(blocker for _, blocker in judged if blocker)
    return tuple(step for step, blocker in judged if not blocker), fought


def _looks(seen: Situation, verdict: Verdict) -> list[datetime]:
    """When to look again though nothing blocks: a key comes of age, and logs and vault say new things every day."""
    due = rotation.due_at(seen)
    found = [due] if due and due > seen.now else []
    is_watched = verdict.has_reached(Milestone.QUIET) and not seen.account.local_auth_disabled
    return [*found, seen.now + DAILY] if is_watched or rotation.is_looked_after(seen) else found


def _steps(seen: Situation, verdict: Verdict) -> tuple[Step, ...]:
    """In the road's order, but that a token is proven to work before any connection relies on it."""
    return (
        *_begun(seen),
        *granted.steps(seen, is_granted=verdict.has_reached(Milestone.GRANTED)),
        *_probes(seen),
        *connected.steps(seen, verdict),
        *(() if sealed.is_open_again(seen, verdict) else rotation.steps(seen)),
        *revoked.steps(seen, verdict),
        *sealed.steps(seen, verdict),
    )


def _begun(seen: Situation) -> tuple[Step, ...]:
    """A way back that was left half done: keys that have yet to die, a connection that has yet to be made again."""
    return tuple(step for each in seen.facts.unfinished if (step := way_back(each)))


def _probes(seen: Situation) -> tuple[Step, ...]:
    switches = seen.rule.connections == "entra" and seen.asks_for(Milestone.CONNECTED)
    rotates = rotation.is_looked_after(seen) and seen.rule.keys and seen.rule.keys.rotate_every
    dies = open_exposure(seen) is not None
    wanted = seen.asks_for(Milestone.PROVEN) or rotates or dies or (switches and connected.evidence(seen))
    return (proven.steps(seen) or quiet.steps(seen)) if wanted else ()
