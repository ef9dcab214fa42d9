"""What a person or an application may ask for, and who it is that asks."""

from dataclasses import dataclass
from enum import StrEnum

from shared.models.knowledge import Milestone


class OrderKind(StrEnum):
    """The kinds of things that can be asked for, by the names that the HTTP API gives them."""

    ONBOARD = "onboard"
    RESUME = "resume"
    GRANT = "grant"
    REMOVE_GRANT = "removeGrant"
    SWITCH = "switchConnections"
    ROTATE = "rotateKeys"
    REVOKE = "revokeKeys"
    SEAL = "disableLocalAuth"
    UNSEAL = "enableLocalAuth"
    ROLL_BACK = "rollback"


@dataclass(frozen=True, slots=True)
class Order:
    """One thing that is asked for on one account.

    `principal` is a group's object id and `group_name` its display name, of which one is given; `role` is an alias or a
    GUID. `connections` are ids or names, all that are in the way where there are none. `to` is a milestone to take the
    account back to, `undo` an operation to undo on it; `leaked` says that copies of its keys may be about, or not, None leaves
    that to what is remembered. `despite` are the codes of blockers that whoever asks takes upon themselves.
    """

    kind: OrderKind
    principal: str = ""
    group_name: str = ""
    role: str = ""
    connections: tuple[str, ...] = ()
    to: Milestone | None = None
    undo: str = ""
    leaked: bool | None = None
    despite: tuple[str, ...] = ()

    @property
    def back_to(self) -> Milestone | None:
        """The milestone to take the account back to, if any: key access is turned on by going back to `revoked`."""
        return Milestone.REVOKED if self.kind is OrderKind.UNSEAL else self.to


@dataclass(frozen=True, slots=True)
class Asker:
    """Who asks: object id and display name of a person or an application, and the client id it came by."""

    id: str
    name: str
    client: str = ""
