"""Blockers that are of no one milestone. docs/runbook.md has a paragraph for each code, whichever module says it."""

from dataclasses import replace
from datetime import datetime, timedelta

from shared.errors import TemporaryError
from shared.models import Milestone, StepFailure, Unknown
from shared.road.verdict import Blocker

ROLE_ASSIGNMENT_LIMIT = 4000
# Tries after which what heals by itself should have: more than a quarter of an hour has passed
LASTING = 10
_LASTING = "This has lasted: see whether what the message names is spelt right, in this tenant, and reachable from the app's network."
_LIMIT = (
    "See in the ledger what was changed and why; raise limits.changesPerHour in the policy, or wait for the next hour."
)


def unreadable(what: str, milestone: Milestone, unknown: Unknown) -> Blocker:
    """A source (`account`, `assignments`, `groups`) that could not be read: unknown is not safe."""
    fix = (
        f"Give the app's identity {unknown.permission}."
        if unknown.permission
        else ("" if unknown.retry_at else "See the message; the app tries again at the next sweep.")
    )
    code = "identity.denied" if unknown.permission else f"{what}.unreadable"
    return Blocker(code, milestone, f"The {what} could not be read: {unknown.reason}", fix, what, unknown.retry_at)


def step_refused(failure: StepFailure) -> Blocker:
    """A step that Azure refused for good."""
    if failure.permission:
        return Blocker(
            "identity.denied",
            failure.milestone,
            f"The app's identity lacks {failure.permission}.",
            "Give the app's identity that permission (infra/ lists its roles), or let its condition allow this role.",
            "Authorization",
        )
    if failure.code == "RoleAssignmentLimitExceeded":
        return Blocker(
            "subscription.assignmentLimit",
            failure.milestone,
            f"The subscription has reached Azure's limit of {ROLE_ASSIGNMENT_LIMIT} role assignments.",
            "Remove assignments of deleted principals, or grant groups at a higher scope.",
            "Authorization",
        )
    if failure.code == "ObjectIsDeletedButRecoverable":
        return Blocker(
            "secret.deleted",
            failure.milestone,
            f"The vault's secret was deleted and holds its name: {failure.message}",
            "Recover it (az keyvault secret recover), or purge it where the vault lets you (az keyvault secret purge).",
            "Key Vault",
        )
    return Blocker(
        "step.refused", failure.milestone, f"Azure refused: {failure.message}", "See the message.", "Authorization"
    )


def interrupted(error: TemporaryError, retry_at: datetime) -> Blocker:
    """A step that could not be finished now."""
    limits = {"ChangesPerHour": "limit.changesPerHour", "Throttled": "limit.throttled"}
    code = limits.get(error.code, "step.interrupted")
    fix = _LIMIT if code == "limit.changesPerHour" else ""
    return Blocker(code, Milestone.READY, f"A step waits: {error}", fix, "Azure", retry_at)


def is_stuck(blocker: Blocker) -> bool:
    """True where something went wrong that may heal: each further try waits longer."""
    is_held = blocker.code == "limit.throttled"
    return not is_held and (blocker.code.startswith(("step.", "limit.")) or blocker.code.endswith(".unreadable"))


def lasting(blocker: Blocker, attempt: int) -> Blocker:
    """The blocker, with what to do where it should have passed by itself and has not for so many tries."""
    if attempt < LASTING or blocker.fix or not is_stuck(blocker):
        return blocker
    return replace(blocker, fix=_LASTING)


def doubled(first: timedelta, times: int, longest: timedelta) -> timedelta:
    """`first`, doubled so many times, but no more than `longest`."""
    return min(first * float(1 << min(max(times, 0), 16)), longest)
