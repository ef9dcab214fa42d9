"""Proven: a token call to the account's own endpoint was accepted, not long ago."""

from datetime import datetime, timedelta

from shared.models import Account, Milestone, Proof
from shared.road.blockers import doubled
from shared.road.situation import Situation
from shared.road.steps import Probe
from shared.road.verdict import Blocker, Standing

PROOF_LASTS = timedelta(days=1)
# Kinds whose data plane lists models: a read that costs nothing, needs no deployment and one data action
PROBED_KINDS = frozenset({"openai", "aiservices"})
FIRST_PROBE_WAIT = timedelta(seconds=15)
LONGEST_PROBE_WAIT = timedelta(hours=1)


def standing(seen: Situation) -> Standing:
    account, proof = seen.account, seen.facts.proof
    if not can_be_probed(account):
        return Standing(blockers=(kind_without_probe(account),))
    if proof is None or not is_of(proof, account) or not is_fresh(proof, seen.now):
        return Standing(blockers=(probe_pending(account),))
    if not proof.accepted:
        return Standing(blockers=(probe_refused(proof, account),))
    return Standing(f"token accepted by {proof.endpoint} at {proof.at.isoformat(timespec='seconds')}")


def steps(seen: Situation, *, anew: bool = False) -> tuple[Probe, ...]:
    """A probe where the last one no longer stands, or where another call is wanted in the logs (`anew`)."""
    if not can_be_probed(seen.account):
        return ()
    proof = seen.facts.proof
    stands = proof is not None and _still_stands(proof, seen.account, seen.now)
    return (Probe(seen.account),) if anew or not stands else ()


def can_be_probed(account: Account) -> bool:
    """True where the account's data plane has a call that costs nothing and needs no deployment."""
    return account.kind.lower() in PROBED_KINDS


def is_of(proof: Proof, account: Account) -> bool:
    """True where this very account gave the proof, not one that was deleted and had its name and endpoint before."""
    return proof.endpoint == account.endpoint and (account.created_at is None or account.created_at < proof.at)


def is_fresh(proof: Proof, now: datetime) -> bool:
    """True while an accepted proof still counts, or a refusal still stands to be said."""
    return now - proof.at < PROOF_LASTS


def _still_stands(proof: Proof, account: Account, now: datetime) -> bool:
    if not is_of(proof, account) or not is_fresh(proof, now):
        return False
    return proof.accepted or now < probe_again_at(proof)


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
