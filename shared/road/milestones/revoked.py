"""Revoked: both keys were made new after the account fell quiet and after anybody else was last shown them."""

from datetime import datetime

from shared.models import KeyName, KeyUse, Milestone, Unknown
from shared.road import rotation
from shared.road.milestones.quiet import quiet_since
from shared.road.situation import Situation
from shared.road.steps import RevokeKey, RotateKey
from shared.road.verdict import Blocker, Standing, Verdict

BEFORE = (Milestone.READY, Milestone.GRANTED, Milestone.CONNECTED, Milestone.PROVEN, Milestone.QUIET)


def standing(seen: Situation) -> Standing:
    if seen.account.local_auth_disabled:
        return Standing("key access is off")
    since = copies_until(seen)
    if since is None:
        return Standing(blockers=(waits(),))
    old = stale(seen, since)
    if not old:
        return Standing(f"both keys made new after {since.isoformat(timespec='seconds')}")
    return Standing(blockers=(_in_grace(seen) or waits(),))


def copies_until(seen: Situation) -> datetime | None:
    """The last time at which a copy of a key may have been taken or used; None where that is not known."""
    use, record = seen.facts.use, seen.facts.record
    if not isinstance(use, KeyUse) or use.until is None:
        return None
    quiet = quiet_since(use, record)
    return max(quiet, record.shown_to_others or quiet)


def stale(seen: Situation, since: datetime) -> tuple[KeyName, ...]:
    """The keys of which a copy may still be alive."""
    return seen.facts.record.keys_from_before(since)


def steps(seen: Situation, verdict: Verdict) -> tuple[RevokeKey | RotateKey, ...]:
    """Both keys at once where no vault gives them out; else the one nobody holds, the other after a grace period."""
    if not seen.asks_for(Milestone.REVOKED) or not all(verdict.has_reached(each) for each in BEFORE):
        return ()
    since = copies_until(seen)
    if seen.account.local_auth_disabled or since is None:
        return ()
    old = stale(seen, since)
    if not old or not seen.vault:
        return tuple(RevokeKey(each) for each in old)
    secret = seen.facts.secret
    if secret is None or isinstance(secret, Unknown) or rotation.blockers(seen) or rotation.steps(seen):
        return ()
    return (rotation.rotate(seen, secret),) if rotation.free_at(seen, secret) <= seen.now else ()


def _in_grace(seen: Situation) -> Blocker | None:
    secret = seen.facts.secret
    if not seen.vault or secret is None or isinstance(secret, Unknown):
        return None
    free = rotation.free_at(seen, secret)
    return in_grace(free) if free > seen.now else None


def waits() -> Blocker:
    return Blocker(
        "revoke.waits",
        Milestone.REVOKED,
        "Both keys are made new once the account is connected, proven and quiet.",
        "",
        "ledger",
    )


def in_grace(free: datetime) -> Blocker:
    return Blocker(
        "revoke.grace",
        Milestone.REVOKED,
        f"Consumers may hold the key that is next to die until {free.isoformat(timespec='seconds')}.",
        "",
        "vault",
        free,
    )
