"""Every blocker: its code, what it means and how to fix it. docs/runbook.md has a paragraph for each code."""

from datetime import datetime, timedelta

from shared.errors import TemporaryError
from shared.models import Account, Milestone, Proof, StepFailure, Unknown
from shared.road.grants import Wanted
from shared.road.verdict import Blocker
from shared.roles import role_name

PROVISIONING_POLL = timedelta(seconds=5)
FIRST_PROBE_WAIT = timedelta(seconds=15)
LONGEST_PROBE_WAIT = timedelta(hours=1)
ROLE_ASSIGNMENT_LIMIT = 4000


def unreadable(what: str, milestone: Milestone, unknown: Unknown) -> Blocker:
    """A source (`account`, `assignments`, `groups`) that could not be read: unknown is not safe."""
    fix = (
        f"Give the app's identity {unknown.permission}."
        if unknown.permission
        else ("" if unknown.retry_at else "See the message; the app tries again at the next sweep.")
    )
    code = "identity.denied" if unknown.permission else f"{what}.unreadable"
    return Blocker(code, milestone, f"The {what} could not be read: {unknown.reason}", fix, what, unknown.retry_at)


def unwalked(milestone: Milestone) -> Blocker:
    return Blocker(
        "road.unwalked",
        milestone,
        f"This version does not yet observe whether the account is {milestone}.",
        "Set the rule's goal to what this version walks to, or wait for the version that goes further.",
        "unkeyed",
    )


def provisioning(account: Account, now: datetime) -> Blocker:
    return Blocker(
        "account.provisioning",
        Milestone.READY,
        f"Azure is still making the account ({account.provisioning_state}).",
        "",
        "Resource Manager",
        now + PROVISIONING_POLL,
    )


def provisioning_failed(account: Account) -> Blocker:
    return Blocker(
        "account.failed",
        Milestone.READY,
        f"Provisioning of the account ended in {account.provisioning_state}.",
        "Repair or delete the account; the app looks again when it changes.",
        "Resource Manager",
    )


def no_subdomain(account: Account) -> Blocker:
    command = (
        f"az cognitiveservices account update --subscription {account.id.subscription} "
        f"--resource-group {account.id.resource_group} --name {account.id.name} --custom-domain <unique name>"
    )
    return Blocker(
        "account.noSubdomain",
        Milestone.READY,
        "The account has no custom subdomain; regional endpoints never take Entra ID tokens.",
        f"Give it one, which cannot be changed afterwards: {command}",
        "Resource Manager",
    )


def grant_problem(asked: Wanted) -> Blocker:
    """Why a grant of the rule cannot be turned into an assignment."""
    role = role_name(asked.grant.role)
    if asked.unknown:
        return unreadable("groups", Milestone.GRANTED, asked.unknown)
    message, fix = {
        "groupMissing": (
            f"The {asked.reference} that should hold {role} does not exist.",
            "Create the group, or correct the policy; the next sweep grants it.",
        ),
        "groupAmbiguous": (
            f"Several groups have the name of {asked.reference}; the app does not choose who gets {role}.",
            "Name the group by its object id in the policy.",
        ),
        "groupNotSecurity": (
            f"The {asked.reference} is not security-enabled and so cannot hold {role}.",
            "Use a security group.",
        ),
        "projectIdentities": (
            f"This version does not yet grant {role} to project identities.",
            "Assign the role to the projects' identities by hand, or wait for the version that does it.",
        ),
    }[asked.problem]
    return Blocker(f"grant.{asked.problem}", Milestone.GRANTED, message, fix, "Microsoft Graph")


def grant_pending(name: str, principal: str) -> Blocker:
    return Blocker(
        "grant.pending",
        Milestone.GRANTED,
        f"Role assignment {name} for principal {principal} is not there yet.",
        "",
        "Authorization",
    )


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
    return Blocker(
        "step.refused", failure.milestone, f"Azure refused: {failure.message}", "See the message.", "Authorization"
    )


def interrupted(error: TemporaryError, retry_at: datetime) -> Blocker:
    """A step that could not be finished now."""
    code = "limit.changesPerHour" if error.code == "ChangesPerHour" else "step.interrupted"
    return Blocker(code, Milestone.READY, f"A step waits: {error}", "", "Azure", retry_at)


def kind_without_probe(account: Account) -> Blocker:
    return Blocker(
        "probe.kindUnsupported",
        Milestone.PROVEN,
        f"Accounts of kind {account.kind} have no call that proves Entra ID without cost.",
        "Set the rule's goal to granted for this kind.",
        "unkeyed",
    )


def probe_pending(account: Account) -> Blocker:
    return Blocker(
        "probe.pending",
        Milestone.PROVEN,
        f"No token call to {account.endpoint} has been tried lately.",
        "",
        "inference endpoint",
    )


def probe_refused(proof: Proof, account: Account) -> Blocker:
    """What the endpoint's refusal of a token means."""
    message, fix = {
        "role": (
            "took the token but its caller may not list models.",
            "Give the app's identity its inference-only role over this account; if it has it, Azure is still "
            "spreading it (up to five minutes).",
        ),
        "network": (
            "refuses the app by its network rules.",
            "Let the app in (private endpoint, or a rule for its outbound addresses).",
        ),
        "token": (
            "refused the token.",
            "Check that the account's endpoint is its custom subdomain and that local policy allows Entra ID.",
        ),
        "endpoint": ("gave no model list.", "Check the account's endpoint and kind."),
    }[proof.code]
    return Blocker(
        f"probe.{proof.code}",
        Milestone.PROVEN,
        f"{account.endpoint} {message} It said: {proof.detail}",
        fix,
        "inference endpoint",
        probe_again_at(proof),
    )


def probe_again_at(proof: Proof) -> datetime:
    """When to try a refused probe again: soon at first, hourly in the end."""
    return proof.at + doubled(FIRST_PROBE_WAIT, proof.refusals - 1, LONGEST_PROBE_WAIT)


def doubled(first: timedelta, times: int, longest: timedelta) -> timedelta:
    """`first`, doubled so many times, but no more than `longest`."""
    return min(first * float(1 << min(max(times, 0), 16)), longest)
