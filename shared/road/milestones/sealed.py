"""Sealed: the account takes no keys, reads so, and has refused one."""

from datetime import datetime, timedelta

from shared.models import Milestone, Unknown, VaultSecret, unread
from shared.road.blockers import doubled, unreadable
from shared.road.situation import Situation
from shared.road.steps import DisableLocalAuth, TryKey, WithdrawKey
from shared.road.verdict import Blocker, Standing, Verdict

BEFORE = tuple(each for each in Milestone if each is not Milestone.SEALED)
SHORTEST_WAIT, FIRST_WAIT, LONGEST_WAIT = timedelta(seconds=1), timedelta(seconds=2), timedelta(hours=1)
# Azure's gateways follow within several hours: where no key is left to be tried, a day is taken for the evidence
GATEWAYS_FOLLOW = timedelta(days=1)


def standing(seen: Situation) -> Standing:
    record = seen.facts.record
    if not seen.account.local_auth_disabled:
        return Standing(blockers=(waits(),))
    is_old = record.sealed_seen is not None and seen.now - record.sealed_seen >= GATEWAYS_FOLLOW
    if not is_old and (unknown := unseen(seen)):
        return Standing(blockers=(unreadable("secret", Milestone.SEALED, unknown),))
    if record.key_refused:
        return Standing(f"key access is off, a key was refused at {record.key_refused.isoformat(timespec='seconds')}")
    if record.sealed_seen and is_old:
        since = record.sealed_seen.isoformat(timespec="seconds")
        return Standing(f"key access is off since {since} at the latest; no key was left to be tried")
    if _has_key(seen):
        return Standing(blockers=(lagging(max(try_again_at(seen), seen.now + SHORTEST_WAIT)),))
    return Standing(blockers=(untried((record.sealed_seen or seen.now) + GATEWAYS_FOLLOW),))


def steps(seen: Situation, verdict: Verdict) -> tuple[DisableLocalAuth | TryKey | WithdrawKey, ...]:
    if not seen.asks_for(Milestone.SEALED):
        return ()
    if not seen.account.local_auth_disabled:
        is_safe = all(verdict.has_reached(each) for each in BEFORE) and not unseen(seen)
        return (DisableLocalAuth(seen.vault),) if is_safe else ()
    secret = _given_out(seen)
    if not verdict.has_reached(Milestone.SEALED):
        return (TryKey(seen.vault, secret),) if _has_key(seen) and try_again_at(seen) <= seen.now else ()
    return (WithdrawKey(seen.vault, secret.name),) if seen.vault and secret else ()


def is_open_again(seen: Situation, verdict: Verdict) -> bool:
    """True where only the seal is missing, and was there before: the key that was withdrawn with it is not given out again."""
    is_withdrawn = isinstance(seen.facts.secret, VaultSecret) and not seen.facts.secret.enabled
    return is_withdrawn and any(isinstance(each, DisableLocalAuth) for each in steps(seen, verdict))


def unseen(seen: Situation) -> Unknown | None:
    """Why it is not known whether the vault has a key to try the seal with; None where that is known, or no vault is asked."""
    return unread(seen.facts.secret) if seen.vault and not seen.facts.key_at_hand else None


def _has_key(seen: Situation) -> bool:
    return seen.facts.key_at_hand or _given_out(seen) is not None


def _given_out(seen: Situation) -> VaultSecret | None:
    """The account's own secret, where the vault gives it out: no other holds a key whose refusal says anything."""
    secret = seen.facts.secret
    if isinstance(secret, VaultSecret) and secret.enabled and secret.account.lower() == seen.account.id.key:
        return secret
    return None


def try_again_at(seen: Situation) -> datetime:
    """When to try a key again that was still taken: soon at first, hourly in the end."""
    record = seen.facts.record
    if record.tries == 0 or record.key_tried is None:
        return seen.now
    return record.key_tried + doubled(FIRST_WAIT, record.tries - 1, LONGEST_WAIT)


def waits() -> Blocker:
    return Blocker(
        "seal.waits",
        Milestone.SEALED,
        "Key access is turned off once all that comes before is reached.",
        "",
        "Resource Manager",
    )


def lagging(retry_at: datetime) -> Blocker:
    return Blocker(
        "seal.lagging",
        Milestone.SEALED,
        "Key access is off, but no key has been refused yet; Azure's gateways follow within minutes to hours.",
        "",
        "inference endpoint",
        retry_at,
    )


def untried(retry_at: datetime) -> Blocker:
    return Blocker(
        "seal.untried",
        Milestone.SEALED,
        "Key access is off, but no key is left to see it refused: none can be listed any more, and no vault keeps one.",
        "Wait a day, by which Azure's gateways have followed; or name a vault in the rule, where a key is kept for this.",
        "inference endpoint",
        retry_at,
    )
