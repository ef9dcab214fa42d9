"""Role definitions and the permissions in them. Azure: Understand Azure role definitions."""

import re
from dataclasses import dataclass
from datetime import datetime
from functools import lru_cache
from typing import Literal

from simulator.authorization import scopes
from simulator.wire import Json

TYPE = "Microsoft.Authorization/roleDefinitions"
CONDITIONS_SHOWN_SINCE = "2022-05-01"


@lru_cache(maxsize=4096)
def _pattern(text: str) -> re.Pattern[str]:
    return re.compile(re.escape(text).replace(r"\*", ".*"), re.IGNORECASE)


def matches(action: str, pattern: str) -> bool:
    """True where an action fits a pattern with wildcards, whatever its case."""
    return _pattern(pattern).fullmatch(action) is not None


def _any(action: str, patterns: tuple[str, ...]) -> bool:
    return any(matches(action, each) for each in patterns)


@dataclass(frozen=True, slots=True)
class Permission:
    """What one entry of a role (or deny assignment) covers; `condition` is set in a few built-in roles only."""

    actions: tuple[str, ...] = ()
    not_actions: tuple[str, ...] = ()
    data_actions: tuple[str, ...] = ()
    not_data_actions: tuple[str, ...] = ()
    condition: str | None = None

    def covers(self, action: str, *, data: bool) -> bool:
        """True where the action is among these, and not among those taken out again."""
        inside, outside = (self.data_actions, self.not_data_actions) if data else (self.actions, self.not_actions)
        return _any(action, inside) and not _any(action, outside)

    def wire(self, api_version: str = "") -> Json:
        shown: Json = {
            "actions": list(self.actions),
            "notActions": list(self.not_actions),
            "dataActions": list(self.data_actions),
            "notDataActions": list(self.not_data_actions),
        }
        if self.condition and api_version >= CONDITIONS_SHOWN_SINCE:
            shown |= {"condition": self.condition, "conditionVersion": "2.0"}
        return shown


@dataclass(frozen=True, slots=True)
class RoleDefinition:
    """A role. `assignable` says since when an assignment may use it, None: always."""

    id: str
    name: str
    permissions: tuple[Permission, ...]
    description: str = ""
    kind: Literal["BuiltInRole", "CustomRole"] = "CustomRole"
    assignable_scopes: tuple[str, ...] = ("/",)
    created: datetime | None = None
    updated: datetime | None = None
    created_by: str | None = None
    updated_by: str | None = None
    assignable: datetime | None = None

    def assignable_at(self, scope: str) -> bool:
        """True where one of the assignable scopes is at or above `scope`."""
        return any(scopes.at_or_below(scope, each) for each in self.assignable_scopes)

    def wire(self, scope: str, api_version: str) -> Json:
        """The definition as seen from a scope (Azure REST: Role Definitions - Get)."""
        return {
            "properties": {
                "roleName": self.name,
                "type": self.kind,
                "description": self.description,
                "assignableScopes": list(self.assignable_scopes),
                "permissions": [each.wire(api_version) for each in self.permissions],
                "createdOn": timestamp(self.created or _BUILT_IN_SINCE),
                "updatedOn": timestamp(self.updated or _BUILT_IN_SINCE),
                "createdBy": self.created_by,
                "updatedBy": self.updated_by,
            },
            "id": definition_id(self.id, scope),
            "type": TYPE,
            "name": self.id,
        }


_BUILT_IN_SINCE = datetime.fromisoformat("2015-02-02T21:55:09.880642+00:00")


def definition_id(role: str, scope: str) -> str:
    """A role's id as Azure writes it: in the subscription that the scope lies in, tenant-wide above subscriptions."""
    subscription = scopes.subscription_of(scope)
    return f"{f'/subscriptions/{subscription}' if subscription else ''}/providers/{TYPE}/{role}"


def timestamp(moment: datetime) -> str:
    """A time with seven decimals, as Authorization writes it."""
    return f"{moment:%Y-%m-%dT%H:%M:%S.%f}0Z"
