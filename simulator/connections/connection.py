"""A connection and what holds it."""

from collections.abc import Sequence
from dataclasses import dataclass, field

from simulator.cognitive_services.account import Trace
from simulator.connections.shapes import SECRETS
from simulator.wire import Json, WireFault


@dataclass(slots=True)
class Connection:
    """`properties` are those a caller set, the credentials apart: a connection keeps a copy of a key, and hides it."""

    owner_id: str
    name: str
    auth_type: str
    category: str
    properties: Json
    credentials: Json = field(repr=False)
    trace: Trace

    @property
    def id(self) -> str:
        return f"{self.owner_id}/connections/{self.name}"

    def secrets(self) -> list[str]:
        """The values among the credentials that nobody may see."""
        own = [str(value) for name, value in self.credentials.items() if name in SECRETS]
        return own + [str(value) for value in (self.credentials.get("keys") or {}).values()]


@dataclass(frozen=True, slots=True)
class Owner:
    """What holds connections, as far as its connections need to know.

    `busy` is the fault that a change meets while the owner has not settled; `lent` are connections of others that are
    seen through this owner, as a hub's shared ones through its projects.
    """

    id: str
    type: str
    workspace: bool  # of machine learning, whose documents know fewer properties
    shared_by_default: bool
    busy: WireFault | None = None
    lent: Sequence[Connection] = ()
