"""Survey: one look at every account of a subscription, by what lists show of it: the same judge and plan as a pass."""

from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass, replace
from datetime import datetime, timedelta

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
from shared.road import grants
from shared.road.exposure import groups
from shared.road.judge import judge
from shared.road.match import coverage, references
from shared.road.plan import plan
from shared.road.policy import Policy
from shared.road.situation import Situation
from shared.road.steps import AssignRole, Probe, RemoveAssignment, SwitchConnection
from shared.road.verdict import Verdict
from shared.road.walk import LEFT_TO_SWEEP
from shared.store.postures import Posture
from shared.store.sweeps import SweepCount

# How late a planned look may be before the sweep takes it for lost
OVERDUE = timedelta(minutes=5)
# How old a change must be before an event for it should have come
EVENT_LATENCY = timedelta(minutes=2)
# What lists show of an account; the rest is seen by passes only
_SHOWN = (Milestone.READY, Milestone.GRANTED, Milestone.CONNECTED, Milestone.PROVEN)
_UNREAD = frozenset({"identity.denied", "account.unreadable", "assignments.unreadable", "groups.unreadable"})
_SHOWN_BY_LISTS = AssignRole | RemoveAssignment | SwitchConnection | Probe

type LookUp = Callable[[Account], Pointing | Unknown]


@dataclass(frozen=True, slots=True)
class Survey:
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
        found = (self._named(each, AccountFacts(each, self.in_force_at(each.id))) for each in accounts)
        return tuple(dict.fromkeys(ref for seen in found if seen for ref in grants.in_doubt(seen)))

    def seen(self, account: Account, facts: AccountFacts) -> Situation | None:
        rule = coverage(self.policy, account, self.now.date()).active_rule
        return Situation(account, rule, facts, self.now) if rule else None

    def judged(self, account: Account, posture: Posture | None) -> tuple[SweepCount, WorkItem | None]:
        """What an account adds to the count, and the item to queue where it differs or is due."""
        if posture is None:
            missed = self.swept_before and account.created_at and account.created_at < self.now - EVENT_LATENCY
            return SweepCount(new=1, missed=int(bool(missed))), self.item(account.id, "sweep: new")
        if posture.retry_at and self.now >= posture.retry_at + _lateness(posture):
            return SweepCount(due=1), self.item(account.id, "sweep: due")
        if posture.retry_at and posture.retry_at - self.now <= _lateness(posture):
            return SweepCount(), None
        facts = self.facts(account, posture)
        verdict = judge(facts, self.policy, self.now)
        todo = [each for each in plan(facts, verdict, self.policy, self.now).steps if isinstance(each, _SHOWN_BY_LISTS)]
        if todo and all(isinstance(each, Probe) for each in todo):
            return SweepCount(due=1), self.item(account.id, "sweep: proof is due")
        if todo or _differs(verdict, posture) or _is_open_or_shut(account, posture, verdict):
            return SweepCount(differing=1, missed=int(posture.is_settled)), self.item(account.id, "sweep: differs")
        seen = self.seen(account, facts)
        if seen and groups(seen) not in (None, facts.record.groups):
            return SweepCount(differing=1), self.item(account.id, "sweep: other groups")
        return SweepCount(), None

    def facts(self, account: Account, posture: Posture) -> AccountFacts:
        """What the lists show of an account, as far as its rule depends on it."""
        facts = AccountFacts(
            account,
            self.in_force_at(account.id),
            proof=posture.proof,
            showing=NOT_READ if account.local_auth_disabled else self.showing,
            pointing=self.pointing(account),
            record=self.records.get(account.id.key, AccountRecord()),
        )
        if seen := self._named(account, facts):
            return replace(seen.facts, groups={**seen.facts.groups, **self._of(grants.in_doubt(seen))})
        return facts

    def _named(self, account: Account, facts: AccountFacts) -> Situation | None:
        """What is seen of an account with the groups that its rule names."""
        seen = self.seen(account, facts)
        named = self._of(references(seen.rule, account)) if seen else {}
        return replace(seen, facts=replace(facts, groups=named)) if seen else None

    def _of(self, wanted: Iterable[GroupRef]) -> Mapping[GroupRef, GroupAnswer]:
        return {each: self.groups[each] for each in wanted if each in self.groups}

    def item(self, account: ResourceId, cause: str) -> WorkItem:
        """What was seen has the sweep's time: a pass that begins later has seen it too, however many sweeps came before."""
        return WorkItem(account, cause, self.operation_id, event_time=self.now)

    def in_force_at(self, account: ResourceId) -> tuple[RoleAssignment, ...]:
        subscription = f"/subscriptions/{account.subscription}"
        group = f"{subscription}/resourcegroups/{account.resource_group.lower()}"
        scopes = ("", subscription, group, account.key)
        return tuple(each for scope in scopes for each in self.assignments.get(scope, ()))


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
    lasting = (each for each in posture.blockers if not each["code"].startswith(("step.", "limit.", "drift.")))
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
