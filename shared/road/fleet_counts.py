"""A fleet in numbers, counted posture by posture: as much memory for five thousand accounts as for five. Pure."""

from collections import Counter, defaultdict
from collections.abc import AsyncIterator, Iterator, Mapping
from dataclasses import dataclass, field
from datetime import date, datetime, timedelta
from enum import StrEnum

from shared.models import KeyName, Milestone
from shared.road.verdict import Covered
from shared.store.postures import Code, Glance

DAYS_BACK = 90
# By which a rule counts its accounts that have reached no milestone
NO_MILESTONE = "none"


class KeyAge(StrEnum):
    """How long an account's older key has been the same, in the order in which it is shown."""

    UNDER_30 = "under 30 days"
    UNDER_90 = "30 to 89 days"
    UNDER_180 = "90 to 179 days"
    UNDER_365 = "180 to 364 days"
    OLDER = "365 days and more"
    NEVER_SEEN = "never seen to be made new"
    NO_KEY_WORKS = "no key works"


_AGES = {30: KeyAge.UNDER_30, 90: KeyAge.UNDER_90, 180: KeyAge.UNDER_180, 365: KeyAge.UNDER_365}


@dataclass(frozen=True, slots=True)
class MilestoneCount:
    """How many accounts stand at a milestone, and how many have reached it at least."""

    milestone: Milestone
    at: int
    reached: int


@dataclass(frozen=True, slots=True)
class CodeCount:
    """Of how many accounts something is said."""

    code: str
    milestone: Milestone
    accounts: int


@dataclass(frozen=True, slots=True)
class AgeCount:
    label: KeyAge
    accounts: int


@dataclass(frozen=True, slots=True)
class RuleCount:
    """The accounts under a rule, and at which milestone they stand: NO_MILESTONE is one of the names."""

    rule: str
    accounts: int
    milestones: Mapping[str, int]


@dataclass(frozen=True, slots=True)
class DayCount:
    """How many of today's accounts had reached each milestone by the end of a day, in UTC."""

    day: date
    reached: Mapping[Milestone, int]


@dataclass(frozen=True, slots=True)
class LastSweep:
    """The last sweep of all subscriptions: accounts seen and queued, changes that no event had told of."""

    at: datetime
    seen: int
    queued: int
    missed: int


@dataclass(frozen=True, slots=True)
class Summary:
    """The whole fleet in numbers. `no_milestone` are accounts on the road that have reached none; `poisoned` messages that
    were given up on, None where the queue did not answer."""

    accounts: int
    covered: Mapping[Covered, int]
    goals: Mapping[Milestone, int]
    no_milestone: int
    milestones: tuple[MilestoneCount, ...]
    blockers: tuple[CodeCount, ...]
    advice: tuple[CodeCount, ...]
    key_age: tuple[AgeCount, ...]
    rules: tuple[RuleCount, ...]
    over_time: tuple[DayCount, ...]
    as_of: datetime
    last_sweep: LastSweep | None = None
    poisoned: int | None = None


async def counted(glances: AsyncIterator[Glance], now: datetime) -> Summary:
    """The fleet in numbers, but for its sweep and its queue."""
    counts = _Counts(now)
    async for each in glances:
        counts.add(each)
    return counts.summary()


@dataclass(slots=True)
class _Counts:
    now: datetime
    covered: Counter[Covered] = field(default_factory=Counter)
    goals: Counter[Milestone] = field(default_factory=Counter)
    at: Counter[Milestone | None] = field(default_factory=Counter)
    blockers: Counter[Code] = field(default_factory=Counter)
    advice: Counter[Code] = field(default_factory=Counter)
    ages: Counter[KeyAge] = field(default_factory=Counter)
    rules: defaultdict[str, Counter[str]] = field(default_factory=lambda: defaultdict(Counter))
    days: Counter[tuple[Milestone, date]] = field(default_factory=Counter)

    def add(self, glance: Glance) -> None:
        covered = Covered(glance.covered)
        self.covered[covered] += 1
        self.blockers.update(glance.blockers)
        self.advice.update(glance.advice)
        self.ages[key_age(glance, self.now)] += 1
        if glance.rule:
            self.rules[glance.rule][glance.milestone or NO_MILESTONE] += 1
        if glance.goal:
            self.goals[Milestone(glance.goal)] += 1
        if covered is Covered.BY_RULE:
            self.at[Milestone(glance.milestone) if glance.milestone else None] += 1
            self.days.update(reached_on(glance))

    def summary(self) -> Summary:
        return Summary(
            accounts=self.covered.total(),
            covered={each: self.covered[each] for each in Covered},
            goals={each: self.goals[each] for each in Milestone},
            no_milestone=self.at[None],
            milestones=tuple(self._milestone(each) for each in Milestone),
            blockers=_codes(self.blockers),
            advice=_codes(self.advice),
            key_age=tuple(AgeCount(each, self.ages[each]) for each in KeyAge),
            rules=tuple(_rule(*each) for each in sorted(self.rules.items())),
            over_time=tuple(_over_time(self.days, self.now.date())),
            as_of=self.now,
        )

    def _milestone(self, milestone: Milestone) -> MilestoneCount:
        beyond = sum(self.at[each] for each in Milestone if each.order >= milestone.order)
        return MilestoneCount(milestone, self.at[milestone], beyond)


def key_age(glance: Glance, now: datetime) -> KeyAge:
    """How old the older of the account's keys is: of a key that was never seen to be made new nobody knows."""
    if glance.local_auth_disabled:
        return KeyAge.NO_KEY_WORKS
    if any(each not in glance.keys for each in KeyName):
        return KeyAge.NEVER_SEEN
    days = (now - min(datetime.fromisoformat(glance.keys[each]) for each in KeyName)).days
    return next((age for limit, age in _AGES.items() if days < limit), KeyAge.OLDER)


def reached_on(glance: Glance) -> Iterator[tuple[Milestone, date]]:
    """The milestones up to the account's, each with the day since when it was reached and all before it were."""
    latest = date.min
    for each in list(Milestone)[: Milestone(glance.milestone).order + 1] if glance.milestone else ():
        if each in glance.reached:
            latest = max(latest, datetime.fromisoformat(glance.reached[each]).date())
        if latest > date.min:
            yield each, latest


def _codes(counts: Counter[Code]) -> tuple[CodeCount, ...]:
    """The most frequent first, and in a stable order where they are as frequent."""
    found = (CodeCount(each.code, Milestone(each.milestone), count) for each, count in counts.items())
    return tuple(sorted(found, key=lambda each: (-each.accounts, each.milestone.order, each.code)))


def _rule(name: str, milestones: Counter[str]) -> RuleCount:
    return RuleCount(name, milestones.total(), {each: milestones[each] for each in (NO_MILESTONE, *Milestone)})


def _over_time(days: Mapping[tuple[Milestone, date], int], today: date) -> Iterator[DayCount]:
    first = min((day for _, day in days), default=today + timedelta(days=1))
    start = max(first, today - timedelta(days=DAYS_BACK - 1))
    came: defaultdict[date, Counter[Milestone]] = defaultdict(Counter)
    for (milestone, day), count in days.items():
        came[max(day, start)][milestone] += count
    had: Counter[Milestone] = Counter()
    for number in range((today - start).days + 1):
        day = start + timedelta(days=number)
        had.update(came[day])
        yield DayCount(day, {each: had[each] for each in Milestone})
