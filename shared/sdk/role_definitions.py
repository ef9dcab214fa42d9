"""Role definitions, by azure-mgmt-authorization: what roles allow, and which of them let their holders see an account's keys."""

import asyncio
from collections.abc import Callable, Iterable, Mapping
from datetime import datetime, timedelta
from typing import TYPE_CHECKING

from shared.errors import NotFoundError, azure_errors
from shared.models import Permission, RoleDefinition

if TYPE_CHECKING:
    from azure.mgmt.authorization.v2022_04_01.models import DenyAssignmentPermission
    from azure.mgmt.authorization.v2022_04_01.models import Permission as SdkPermission
    from azure.mgmt.authorization.v2022_04_01.models import RoleDefinition as SdkDefinition

    from shared.sdk.role_assignments import RoleAssignments

# Whoever makes a key new is answered with both
SHOWS_KEYS = (
    "Microsoft.CognitiveServices/accounts/listKeys/action",
    "Microsoft.CognitiveServices/accounts/regenerateKey/action",
)
KEPT = timedelta(hours=1)


class RoleDefinitions:
    def __init__(self, assignments: "RoleAssignments", now: Callable[[], datetime]) -> None:
        self._assignments = assignments
        self._now = now
        self._kept: dict[str, tuple[datetime, RoleDefinition]] = {}

    async def showing_keys(self, subscription: str, roles: Iterable[str]) -> frozenset[str]:
        """Those of the roles, by GUID, whose holders can see keys; each answer is kept for KEPT.

        Raises DeniedError, TemporaryError (REST: Role Definitions - Get; "Azure built-in roles").
        """
        found = await self.named(subscription, roles)
        return frozenset(role for role, each in found.items() if any(map(shows_keys, each.permissions)))

    async def named(self, subscription: str, roles: Iterable[str]) -> Mapping[str, RoleDefinition]:
        """The definitions of these roles, by GUID, read side by side; each is kept for KEPT.

        One that was removed is left out: no assignment of it lets anybody do anything. Raises DeniedError, TemporaryError
        (REST: Role Definitions - Get).
        """
        wanted = tuple(dict.fromkeys(roles))
        found = await asyncio.gather(*(self._find(subscription, each) for each in wanted))
        return {role: each for role, each in zip(wanted, found, strict=True) if each}

    async def _find(self, subscription: str, role: str) -> RoleDefinition | None:
        kept = self._kept.get(role)
        if kept and self._now() - kept[0] < KEPT:
            return kept[1]
        try:
            with azure_errors("read role definition", role):
                found = await self._assignments.client.role_definitions.get(f"subscriptions/{subscription}", role)
        except NotFoundError:
            return None
        made = _definition(role, found)
        self._kept[role] = (self._now(), made)
        return made


def shows_keys(permission: Permission) -> bool:
    """True where the actions, but for those taken out again, hold one that is answered with keys."""
    return any(map(permission.covers, SHOWS_KEYS))


def permission_of(found: "SdkPermission | DenyAssignmentPermission") -> Permission:
    """A permission as the domain has it; for this package."""
    return Permission(
        tuple(found.actions or ()),
        tuple(found.not_actions or ()),
        tuple(found.data_actions or ()),
        tuple(found.not_data_actions or ()),
    )


def _definition(role: str, found: "SdkDefinition") -> RoleDefinition:
    return RoleDefinition(role, found.role_name or role, tuple(map(permission_of, found.permissions or ())))
