"""How it ended: what the summary shows, the record keeps and the verdict judges."""

from dataclasses import dataclass, field
from datetime import datetime

from shared.models import Exposure
from shared.store.postures import Posture
from simulator.company.identities import Identity, Person
from simulator.demo.calls import Calls, Consumer
from simulator.demo.cast import Part
from simulator.demo.connections import Change
from simulator.demo.echoes import Echo
from simulator.wire import Json


@dataclass(frozen=True, slots=True)
class Ending:
    """One account at the end: its posture, the calls before and after, which key each version of its secret held, how
    many role assignments lie at it, and the seconds from the event of its creation to the first, where it was made here."""

    part: Part
    posture: Posture | None
    calls: Calls
    versions: list[str]
    roles: int
    seconds_to_granted: float | None = None

    @property
    def milestone(self) -> str | None:
        return self.posture.milestone if self.posture else None

    @property
    def blockers(self) -> list[Json]:
        """What stops it, where anything does: what is meant to, else what a person has to act on, else whatever there is."""
        found = list(self.posture.blockers) if self.posture else []
        meant = [each for each in found if each["code"] == self.part.blocked_by]
        return meant or [each for each in found if each["fix"]] or found


@dataclass(frozen=True, slots=True)
class Noted:
    """An account as somebody sees it who then leaves: the answer to listing its keys, the keys, and the statuses of a call
    with each of them and with a token, before and after; and the status of a token of somebody who stays.

    Beside that what the app says of it: who may hold copies, and what holds the keys up. `touched` is True where the app
    has changed anything about the account since.
    """

    part: Part
    asked: int
    keys: tuple[str, ...] = field(default=(), repr=False)
    before: tuple[int, ...] = ()
    after: tuple[int, ...] = ()
    token_before: int = 0
    token_after: int = 0
    staying: int = 0
    exposure: Exposure | None = None
    blocker: Json | None = None
    touched: bool = False


@dataclass(frozen=True, slots=True)
class Undone:
    """What somebody undid, when, and the app's announcement that it is set again."""

    part: Part
    what: str
    who: Person | Identity
    at: datetime
    announced: Json | None = None

    @property
    def repairs(self) -> Json:
        """What the app says of who it was: object id, application, the operation and its time; empty where it says nothing."""
        return dict(self.announced["data"].get("repairs") or {}) if self.announced else {}

    @property
    def seconds(self) -> float | None:
        """From the deed to its repair."""
        if self.announced is None:
            return None
        return round((datetime.fromisoformat(self.announced["time"]) - self.at).total_seconds(), 1)


@dataclass(frozen=True, slots=True)
class Outcome:
    """All of it: every account, connection and consumer, who left, what was undone, and what the app's writes led to."""

    endings: list[Ending]
    changes: list[Change]
    consumers: list[Consumer]
    left_at: datetime | None
    noted: list[Noted]
    undone: list[Undone]
    echoes: list[Echo]
