"""Role definitions, by azure-mgmt-authorization: which of them let their holders see an account's keys."""

import asyncio
import re
from collections.abc import Callable, Iterable
from datetime import datetime, timedelta
from typing import TYPE_CHECKING

from shared.errors import NotFoundError, azure_errors

if TYPE_CHECKING:
    from azure.mgmt.authorization.v2022_04_01.models import Permission

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
        self._kept: dict[str, tuple[datetime, bool]] = {}

    async def showing_keys(self, subscription: str, roles: Iterable[str]) -> frozenset[str]:
        """Those of the roles, by GUID, whose holders can see keys; each answer is kept for KEPT.

        Raises DeniedError, TemporaryError (REST: Role Definitions - Get; "Azure built-in roles").
        """
        named = tuple(dict.fromkeys(roles))
        shown = await asyncio.gather(*(self._shows(subscription, each) for each in named))
        return frozenset(role for role, is_shown in zip(named, shown, strict=True) if is_shown)

    async def _shows(self, subscription: str, role: str) -> bool:
        kept = self._kept.get(role)
        if kept and self._now() - kept[0] < KEPT:
            return kept[1]
        try:
            with azure_errors("read role definition", role):
                found = await self._assignments.client.role_definitions.get(f"subscriptions/{subscription}", role)
        except NotFoundError:  # removed: no assignment of it lets anybody do anything
            return False
        shown = any(map(shows_keys, found.permissions or ()))
        self._kept[role] = (self._now(), shown)
        return shown


def shows_keys(permission: "Permission") -> bool:
    """True where the actions, but for those taken out again, hold one that is answered with keys."""
    return any(
        _holds(permission.actions or (), each) and not _holds(permission.not_actions or (), each) for each in SHOWS_KEYS
    )


def _holds(patterns: Iterable[str], action: str) -> bool:
    return any(
        re.fullmatch(re.escape(each).replace(r"\*", ".*"), action, re.IGNORECASE) is not None for each in patterns
    )
