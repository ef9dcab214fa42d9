"""What infra gives the app's identity, where, and for what reason, as the company reads it: its table and its parameters.

Bicep assigns the same table, so that the app is shown and tested with exactly the rights that a deployment gives it.
"""

import json
import uuid
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from typing import Any

from simulator.authorization.definitions import Permission

INFRA = Path(__file__).parents[2] / "infra"
_APP = "app"


def custom_role(key: str) -> str:
    """The id of a custom role of infra; Bicep makes it of the same key and what is the environment's."""
    return str(uuid.uuid5(uuid.NAMESPACE_OID, f"unkeyed/{key}"))


# Lets its holders call models, and not list keys: the policy may grant it, besides those of the parameter
KEYLESS_USER = custom_role("keylessUser")


@dataclass(frozen=True, slots=True)
class Role:
    """A row for the app's identity: a built-in role by its GUID, or else a custom one by its actions.

    `scope` is a kind of place (`subscription`, `vault` …), `condition` the text as it is assigned, empty for none.
    """

    key: str
    name: str
    scope: str
    why: str
    built_in: str = ""
    actions: tuple[str, ...] = ()
    data_actions: tuple[str, ...] = ()
    condition: str = ""


@dataclass(frozen=True, slots=True)
class Table:
    """`graph` are application permissions of Microsoft Graph, `grantable` the GUIDs of the roles that the app may give.

    `keyless_user` is what the role of that name allows.
    """

    roles: tuple[Role, ...]
    graph: frozenset[str]
    grantable: tuple[str, ...]
    keyless_user: Permission

    @property
    def actions(self) -> frozenset[str]:
        """Every action and data action that a custom role names."""
        return frozenset(name for each in self.roles for name in (*each.actions, *each.data_actions))

    def role(self, key: str) -> Role:
        """The row of this key; raises KeyError."""
        return {each.key: each for each in self.roles}[key]


@cache
def table() -> Table:
    """The rows for the app's identity, with the roles that it may give by the parameters that are deployed."""
    found, parameters = _read("roles.json"), _read("main.parameters.json")["parameters"]
    grantable = (*parameters["grantableRoleIds"]["value"], KEYLESS_USER)
    blanks = {
        "<roles>": ", ".join(grantable),
        "<principalTypes>": ", ".join(f"'{each}'" for each in found["principalTypes"]),
    }
    roles = tuple(_role(each, blanks) for each in found["roles"] if each["identity"] == _APP)
    keyless = {name: tuple(each) for name, each in _read("keyless-user.json").items()}
    return Table(
        roles,
        frozenset(each["permission"] for each in found["graph"]),
        grantable,
        Permission(keyless["actions"], keyless["notActions"], keyless["dataActions"], keyless["notDataActions"]),
    )


def _read(name: str) -> dict[str, Any]:
    found: dict[str, Any] = json.loads((INFRA / name).read_text())
    return found


def _role(found: dict[str, Any], blanks: dict[str, str]) -> Role:
    custom = found.get("custom", {"actions": (), "dataActions": ()})
    condition = " ".join(found.get("condition", ()))
    for blank, value in blanks.items():
        condition = condition.replace(blank, value)
    return Role(
        key=found["key"],
        name=found["name"],
        scope=found["scope"],
        why=found["why"],
        built_in=found.get("roleDefinitionId", ""),
        actions=tuple(custom["actions"]),
        data_actions=tuple(custom["dataActions"]),
        condition=condition,
    )
