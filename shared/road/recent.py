"""What this process has just done, and put off: of the events of a burst, most are answered without asking any table.

An event that is taken from the queue told of what happened before that. So whatever waits on the queue for a look at the
same account later on does for it, too, as long as no look from before then can take its place.
"""

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import replace
from datetime import datetime, timedelta

from shared.models import Act, Item, OwnerItem, WorkItem
from shared.resource_id import ResourceId
from shared.store.postures import Posture

# An event is covered by a pass that began this much after it: the two clocks need not agree to the second
CLOCK_SKEW = timedelta(seconds=2)
# One change by hand or template raises many events: a pass that follows another so soon waits, and does for all of them
CALM = timedelta(seconds=3)
# While they go on coming it waits for as long again, but no longer than this after the pass before
LONGEST_CALM = timedelta(seconds=15)
# A look that is further off is not waited for: the event may tell that all is well again
SOON = timedelta(minutes=1)
# Resource Manager gives 25 reads a second to whoever has used up what was saved, and a pass begins with two
TURN = timedelta(seconds=2 / 25)
LONGEST_LINE = timedelta(minutes=5)
MOST = 5000
NOTED_FOR = timedelta(minutes=1)


class Recent:
    def __init__(self) -> None:
        self._passes: dict[str, Posture] = {}
        self._noted: dict[tuple[str, str, frozenset[str]], datetime] = {}
        self._under_way: set[str] = set()
        self._waiting: dict[str, datetime] = {}
        self._heard: dict[str, datetime] = {}
        self._turns: dict[str, datetime] = {}

    def passed(self, posture: Posture) -> None:
        """Remembers a finished pass; the oldest is forgotten where there are too many."""
        self._passes.pop(posture.account.key, None)
        self._passes[posture.account.key] = posture
        if len(self._passes) > MOST:
            del self._passes[next(iter(self._passes))]

    def last(self, account: ResourceId) -> Posture | None:
        """What this process's last pass of the account left; other processes may have been there since."""
        return self._passes.get(account.key)

    def forget(self, account: ResourceId) -> None:
        self._passes.pop(account.key, None)

    @contextmanager
    def passing(self, account: ResourceId) -> Iterator[None]:
        """Says that a pass of the account is under way here; for whoever holds its lease."""
        self._under_way.add(account.key)
        try:
            yield
        finally:
            self._under_way.discard(account.key)

    def calm_at(self, item: WorkItem, now: datetime) -> datetime | None:
        """When an event is to be looked at that comes with others, or while a pass is under way; None where it is at once."""
        if item.account.key in self._under_way:
            return now + CALM
        last = self._passes.get(item.account.key)
        if last is None or now < last.pass_started:
            return None
        heard = max(last.pass_started, self._heard.get(item.account.key, last.pass_started))
        at = min(heard + CALM, last.pass_started + LONGEST_CALM)
        return at if now < at else None

    def waits(self, item: Item, at: datetime) -> None:
        """Remembers that an item, as `put_off` made it, is on the queue until then."""
        if isinstance(item, WorkItem | OwnerItem) and item.event_time:
            if len(self._waiting) > MOST:
                self._waiting.clear()
                self._heard.clear()
            self._waiting[_key(item)] = at

    def is_waited_for(self, item: WorkItem | OwnerItem, now: datetime) -> bool:
        """True where an item waits on the queue that will soon be looked at, and does for this event."""
        at = self._waiting.get(_key(item))
        if item.event_time is None or at is None or not now <= at <= now + SOON:
            return False
        self._heard[_key(item)] = now
        return True

    def turn(self, item: Item, at: datetime) -> datetime:
        """When it is this item's turn, of all that are to wait for a service until then: side by side they would wait again."""
        if not isinstance(item, WorkItem | OwnerItem):
            return at
        place = (item.account if isinstance(item, WorkItem) else item.owner).subscription
        after = self._turns[place] + TURN if place in self._turns else at
        self._turns[place] = after if at <= after < at + LONGEST_LINE else at
        return self._turns[place]

    def is_news(self, account: ResourceId, act: Act) -> bool:
        """False where this process has just written that the same caller does the same to the account."""
        key = (account.key, act.operation, act.caller.names)
        if (at := self._noted.get(key)) and abs(act.at - at) < NOTED_FOR:
            return False
        if len(self._noted) > MOST:
            self._noted.clear()
        self._noted[key] = act.at
        return True


def put_off[T: Item](item: T, at: datetime) -> T:
    """The item for a later look, which no look that begins before then covers."""
    if item.event_time is None or not isinstance(item, WorkItem | OwnerItem):
        return item
    return replace(item, event_time=max(item.event_time, at - CLOCK_SKEW))


def _key(item: WorkItem | OwnerItem) -> str:
    """Events of an owner are told apart by who did it, which its reading passes on; an account has that noted before."""
    if isinstance(item, WorkItem):
        return item.account.key
    return " ".join(("owner", item.owner.key, *sorted(item.act.caller.names if item.act else ())))
