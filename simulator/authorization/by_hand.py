"""Role and deny assignments that no call to Azure here can make: above subscriptions, and those Azure makes itself."""

import uuid
from typing import TYPE_CHECKING

from simulator.authorization.assignments import EVERYONE, DenyAssignment
from simulator.authorization.definitions import Permission
from simulator.wire import Json

if TYPE_CHECKING:
    from simulator.azure import Azure


def grant(azure: "Azure", asked: Json) -> str:
    """Assigns a role at any scope, without a check; returns the assignment's id."""
    condition = asked.get("condition")
    made = azure.authorization.grant(str(asked["scope"]), asked["principal"], asked["role"], condition=condition)
    return made.id


def deny(azure: "Azure", asked: Json) -> str:
    """Makes a deny assignment for the principals, of all types, that are named, or for everybody; returns its id."""
    directory = azure.directory

    def pairs(ids: list[str]) -> tuple[tuple[str, str], ...]:
        return tuple((each.lower(), directory.principal_type(each) or "SystemDefined") for each in ids)

    made = DenyAssignment(
        id=str(uuid.uuid4()),
        name=str(asked["name"]),
        scope=str(asked["scope"]),
        permissions=(Permission(tuple(asked.get("actions", ())), (), tuple(asked.get("dataActions", ()))),),
        created=azure.clock.now(),
        principals=pairs(asked.get("principals", [EVERYONE])),
        excluded=pairs(asked.get("excluded", [])),
        spares_children=bool(asked.get("sparesChildren", False)),
    )
    return str(azure.authorization.deny(made).wire()["id"])
