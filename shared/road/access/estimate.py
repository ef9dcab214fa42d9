"""From when a role assignment is in force on the data plane: an estimate, and what it rests on. Pure.

Azure tells when an assignment was made, never when its services have learnt of it. The times are those of the documents;
the longest one that fits is taken.
"""

from dataclasses import dataclass
from datetime import datetime, timedelta

from shared.models import Arrival, PrincipalKind, RoleAssignment
from shared.resource_id import ResourceId
from shared.road.grants import above_subscriptions

# "Configure Microsoft Entra ID for inference": a role given on the resource itself
ON_THE_ACCOUNT = timedelta(minutes=5)
# "Troubleshoot Azure RBAC": any other assignment; and where a management group's role has data actions, "several hours"
INHERITED = timedelta(minutes=10)
FROM_ABOVE = timedelta(hours=6)
# "Managed identities for Azure resources FAQ": their tokens, with the groups in them, are kept for about a day
MANAGED_IDENTITY_IN_GROUP = timedelta(hours=24)
_IDENTITIES = (PrincipalKind.MANAGED_IDENTITY, PrincipalKind.UNKNOWN)


@dataclass(frozen=True, slots=True)
class Held:
    """An assignment as somebody holds it: by a group or not, with what is known of when they came to the group."""

    assignment: RoleAssignment
    account: ResourceId
    kind: PrincipalKind
    by_group: bool
    has_data_actions: bool
    arrival: Arrival | None = None


def effective_from(held: Held) -> tuple[datetime | None, str]:
    """From when, and of what that is an estimate; None where Azure does not tell when the assignment was made."""
    wait, why = _spread(held)
    created = held.assignment.created_at
    known = created + wait if created else None
    if not held.by_group:
        return known, why
    return _by_group(held, known, why)


def _spread(held: Held) -> tuple[timedelta, str]:
    scope = held.assignment.scope
    if above_subscriptions(scope) and held.has_data_actions:
        return FROM_ABOVE, "data actions given above the subscription reach the data plane after several hours"
    if scope.rstrip("/").lower() == held.account.key:
        return ON_THE_ACCOUNT, "a role given on the account is known within five minutes"
    return INHERITED, "a role given above the account is known within ten minutes"


def _by_group(held: Held, known: datetime | None, why: str) -> tuple[datetime | None, str]:
    """As `known`, but not before the membership counts."""
    joined = held.arrival.joined if held.arrival else None
    if held.kind in _IDENTITIES:
        counts = joined + MANAGED_IDENTITY_IN_GROUP if joined else None
        since = "" if joined else "; when it joined is not known, so count a day from then"
        why = f"{why}; a managed identity's groups are renewed about once a day, and nothing makes it sooner{since}"
    else:
        counts = max(held.arrival.effective, held.arrival.joined) if held.arrival else None
        why = f"{why}; a membership counts from the first token issued after joining: sign out and in to renew it"
    return (max(known, counts) if known and counts else known), why
