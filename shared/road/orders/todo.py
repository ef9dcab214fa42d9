"""What an order comes to now: steps, or why it is refused. Pure."""

from dataclasses import dataclass
from datetime import datetime

from shared.models import Entry, Milestone
from shared.models.orders import Order
from shared.road.steps import Step
from shared.road.verdict import Blocker
from shared.store.ledger import DONE


@dataclass(frozen=True, slots=True)
class Asked:
    """An order, when it was asked for, where a rollback has stopped the account, and what the operation has done so far."""

    order: Order
    at: datetime
    stopped: Milestone | None = None
    entries: tuple[Entry, ...] = ()

    @property
    def done(self) -> tuple[Entry, ...]:
        """What this operation has done, which is not done again."""
        return tuple(each for each in self.entries if each.state == DONE)

    def bears(self, blocker: Blocker) -> bool:
        """True where whoever asks takes this blocker upon themselves."""
        return blocker.code in self.order.despite


@dataclass(frozen=True, slots=True)
class Todo:
    """The steps of an order, what never comes back in words, and why it is refused; `waits` is said of what time alone heals."""

    steps: tuple[Step, ...] = ()
    refused: tuple[Blocker, ...] = ()
    cannot: tuple[str, ...] = ()
    waits: tuple[Blocker, ...] = ()

    @property
    def retry_at(self) -> datetime | None:
        """When to look again, where only time is missing; None where something else is, too."""
        times = [each.retry_at for each in (*self.refused, *self.waits)]
        known = [each for each in times if each]
        return max(known, default=None) if len(known) == len(times) else None
