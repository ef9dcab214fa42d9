"""Revoked: both keys were made new after the account fell quiet and after anybody else was last shown them, or could see them.

Where the rule says so they die of an exposure by itself, wherever the account's goal is: by the vault from which consumers
read the next one, or at once where nobody uses any.
"""

from datetime import datetime

from shared.models import Exposure, KeyName, KeyUse, Milestone, Unknown, unread
from shared.road import rotation
from shared.road.blockers import unreadable
from shared.road.exposure import open_exposure, said
from shared.road.milestones import proven, quiet
from shared.road.milestones.quiet import quiet_since
from shared.road.situation import Situation
from shared.road.steps import RevokeKey, RotateKey
from shared.road.verdict import Blocker, Standing, Verdict

BEFORE = (Milestone.READY, Milestone.GRANTED, Milestone.CONNECTED, Milestone.PROVEN, Milestone.QUIET)


def standing(seen: Situation) -> Standing:
    if seen.account.local_auth_disabled:
        return Standing("key access is off")
    if unknown := unread(seen.facts.showing):
        return Standing(blockers=(unreadable("roles", Milestone.REVOKED, unknown),))
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
    since = _die_since(seen, verdict)
    if seen.account.local_auth_disabled or since is None:
        return ()
    old = stale(seen, since)
    if not old or not seen.vault:
        return tuple(RevokeKey(each) for each in old)
    secret = seen.facts.secret
    if secret is None or isinstance(secret, Unknown) or rotation.blockers(seen) or rotation.steps(seen):
        return ()
    return (rotation.rotate(seen, secret),) if rotation.free_at(seen, secret) <= seen.now else ()


def _die_since(seen: Situation, verdict: Verdict) -> datetime | None:
    """Since when a key may have been seen or used that is to die now; None where none is to."""
    if seen.asks_for(Milestone.REVOKED) and all(verdict.has_reached(each) for each in BEFORE):
        return copies_until(seen)
    exposure = open_exposure(seen)
    return exposure.at if exposure and not _held_up(seen) else None


def exposed(seen: Situation) -> tuple[Blocker, ...]:
    """Who may hold copies of the keys, for as long as one is alive, and what keeps both from dying."""
    exposure = open_exposure(seen)
    if exposure is None:
        return ()
    held = _held_up(seen)
    return (keys_exposed(exposure, held[0] if held else _in_grace(seen)),)


def _held_up(seen: Situation) -> tuple[Blocker, ...]:
    """Why the keys cannot die: whatever holds a copy of one, and consumers who read no vault, would be cut off."""
    if not seen.vault:
        return (*rotation.needs(seen), *quiet.standing(seen).blockers)
    if not proven.can_be_probed(seen.account):
        return (rotation.kind_unsupported(seen),)
    return rotation.needs(seen)


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


def keys_exposed(exposure: Exposure, held: Blocker | None) -> Blocker:
    waits = f" Both keys die once this does not hold them up: {held.message}" if held else ""
    return Blocker(
        "keys.exposed",
        Milestone.REVOKED,
        f"Copies of the keys may be about: {said(exposure)}.{waits}",
        held.fix if held else "",
        held.source if held else "ledger",
        held.retry_at if held else None,
    )
