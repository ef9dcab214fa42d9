"""What each call had to be allowed, noted while it is answered, for whoever compares that with what infra gives.

The services note every right that they ask for; `noting()` is around one call.
"""

from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from contextvars import ContextVar
from typing import Literal, NamedTuple

from simulator.wire import Json

type Kind = Literal["action", "dataAction", "graph"]


class Check(NamedTuple):
    """Who needed what: one of `needs` was enough."""

    caller: str
    kind: Kind
    needs: tuple[str, ...]
    allowed: bool

    def as_json(self) -> Json:
        return self._asdict()


_noted: ContextVar[set[Check] | None] = ContextVar("unkeyed_checks", default=None)


@contextmanager
def noting() -> Iterator[set[Check]]:
    """The checks of what runs inside, as they come."""
    found: set[Check] = set()
    token = _noted.set(found)
    try:
        yield found
    finally:
        _noted.reset(token)


def note(caller: str, kind: Kind, needs: Iterable[str], *, allowed: bool) -> None:
    """Notes one check, where somebody listens."""
    found = _noted.get()
    if found is not None:
        found.add(Check(caller, kind, tuple(needs), allowed))
