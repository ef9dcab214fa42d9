"""Rotation: the secret that consumers read always holds a live key, and a young one where the rule says so. Pure.

The key that nobody holds is made new, tried and published; the one that consumers hold stays alive for at least the grace
period. This is no milestone: an account's keys are looked after wherever it stands.
"""

from collections.abc import Mapping
from datetime import datetime, timedelta

from shared.models import Fingerprints, KeyName, Milestone, Unknown, VaultSecret, unread
from shared.road.blockers import unreadable
from shared.road.milestones import connected, proven
from shared.road.situation import Situation
from shared.road.steps import PublishKey, RotateKey
from shared.road.verdict import Blocker

# Azure Key Vault announces the end of a secret this long before it
NEAR_EXPIRY = timedelta(days=30)
# Azure's event may come before this clock says so; a key is not made new long before it is due, however short its life
EARLY = timedelta(minutes=2)
COMPARED_LASTS = timedelta(days=1)
_ROTATE_KIND = RotateKey.__name__


def is_looked_after(seen: Situation) -> bool:
    """True where the rule keeps the account's key in a vault and the account takes keys."""
    return bool(
        seen.vault and seen.account.subdomain and seen.account.is_settled and not seen.account.local_auth_disabled
    )


def comparison_is_due(seen: Situation) -> bool:
    """True where it is not known that the secret holds a live key: keys were made new by somebody, or it was long ago."""
    record = seen.facts.record
    compared = record.compared
    if compared is None or seen.now - compared >= COMPARED_LASTS:
        return True
    return record.regenerated_by_others is not None and record.regenerated_by_others > compared


def steps(seen: Situation) -> tuple[PublishKey | RotateKey, ...]:
    """What brings the secret to where it should be."""
    secret = seen.facts.secret
    if not is_looked_after(seen) or isinstance(secret, Unknown) or not seen.vault:
        return ()
    if half_done := begun(seen):
        return (half_done,)
    if key := to_publish(seen):
        return (PublishKey(seen.vault, seen.secret_name, key, expires(seen), secret.key if secret else None),)
    return (rotate(seen, secret),) if secret and is_due(seen) and not blockers(seen) else ()


def to_publish(seen: Situation) -> KeyName | None:
    """The key to publish as it is: no secret yet, one that was withdrawn, or one that holds a dead key."""
    secret, listed = seen.facts.secret, seen.facts.listed
    if isinstance(secret, Unknown) or is_foreign(seen) or unread(listed):
        return None
    if secret is None:
        return KeyName.KEY1
    if not secret.enabled:  # withdrawn with a seal that is open again, or by a rollback that holds
        return None if seen.facts.record.no_further else secret.key or KeyName.KEY1
    if isinstance(listed, Mapping) and secret.fingerprint not in listed.values():
        return secret.key or KeyName.KEY1
    return None


def rotate(seen: Situation, secret: VaultSecret) -> RotateKey:
    """The rotation that leaves alone the key which the secret holds."""
    held = held_key(secret, seen.facts.listed)
    return RotateKey(seen.vault or "", secret.name, held.other, expires(seen))


def held_key(secret: VaultSecret, listed: Fingerprints | Unknown | None) -> KeyName:
    """Which key the secret holds: the one its value is, or else the one its tag says."""
    if isinstance(listed, Mapping):
        for name, mark in listed.items():
            if mark == secret.fingerprint:
                return name
    return secret.key or KeyName.KEY1


def begun(seen: Situation) -> RotateKey | None:
    """A rotation that a dead worker left half done, to be finished."""
    for each in seen.facts.unfinished:
        if each.step["kind"] == _ROTATE_KIND:
            return RotateKey(each.step["vault"], each.step["name"], KeyName(each.step["key"]), expires(seen), each)
    return None


def is_due(seen: Situation) -> bool:
    """True where the rule's period is over, or the secret is near its end whoever set it."""
    by_age, by_end = _due_times(seen)
    every = seen.rule.keys.rotate_every if seen.rule.keys else None
    if by_age is None or every is None:
        return False
    return by_age <= seen.now or (by_end is not None and by_end <= seen.now + min(EARLY, every / 20))


def due_at(seen: Situation) -> datetime | None:
    """When the secret's key is to be followed by the next; None where the rule does not rotate."""
    return min((each for each in _due_times(seen) if each), default=None)


def _due_times(seen: Situation) -> tuple[datetime | None, datetime | None]:
    secret, keys = seen.facts.secret, seen.rule.keys
    if not isinstance(secret, VaultSecret) or keys is None or keys.rotate_every is None or not is_looked_after(seen):
        return None, None
    return secret.created + keys.rotate_every, secret.expires - NEAR_EXPIRY if secret.expires else None


def free_at(seen: Situation, secret: VaultSecret) -> datetime:
    """When the other key may die: consumers have had the grace period to read the one that the secret holds."""
    return secret.created + (seen.rule.keys.grace if seen.rule.keys else timedelta())


def expires(seen: Situation) -> datetime | None:
    """When a version written now ends: Azure says so 30 days before, which is when the next is due."""
    keys = seen.rule.keys
    return seen.now + keys.rotate_every + NEAR_EXPIRY if keys and keys.rotate_every else None


def is_foreign(seen: Situation) -> bool:
    """True where the secret of this name is tagged as another account's, or as nobody's."""
    secret = seen.facts.secret
    return isinstance(secret, VaultSecret) and secret.account.rstrip("/").lower() != seen.account.id.key


def blockers(seen: Situation) -> tuple[Blocker, ...]:
    """What keeps the account's secret from being looked after."""
    if not is_looked_after(seen):
        return ()
    secret = seen.facts.secret
    if isinstance(secret, Unknown):
        return (unreadable("secret", Milestone.REVOKED, secret),)
    if unknown := unread(seen.facts.listed):
        return (unreadable("keys", Milestone.REVOKED, unknown),)
    if is_foreign(seen):
        return (foreign(seen),)
    return _waiting(seen, secret) if secret and is_due(seen) else ()


def _waiting(seen: Situation, secret: VaultSecret) -> tuple[Blocker, ...]:
    if not proven.can_be_probed(seen.account):
        return (kind_unsupported(seen),)
    if held := needs(seen):
        return (waits(held[0]),)
    free = free_at(seen, secret)
    return (in_grace(free),) if free > seen.now else ()


def needs(seen: Situation) -> tuple[Blocker, ...]:
    """What a new key has to wait for: a connection with a copy of the old one, or a proof that tokens are taken instead."""
    return (*connected.evidence(seen), *proven.standing(seen).blockers)


def waits(held: Blocker) -> Blocker:
    return Blocker(
        "rotation.waits",
        Milestone.REVOKED,
        f"A new key is due but would break a copy of the old one. {held.message}",
        held.fix,
        held.source,
        held.retry_at,
    )


def in_grace(free: datetime) -> Blocker:
    return Blocker(
        "rotation.grace",
        Milestone.REVOKED,
        f"A new key is due; consumers may hold the one it replaces until {free.isoformat(timespec='seconds')}.",
        "",
        "vault",
        free,
    )


def kind_unsupported(seen: Situation) -> Blocker:
    return Blocker(
        "rotation.kindUnsupported",
        Milestone.REVOKED,
        f"Accounts of kind {seen.account.kind} have no call that tries a new key without cost.",
        "Leave rotateEvery out for this kind.",
        "unkeyed",
    )


def foreign(seen: Situation) -> Blocker:
    return Blocker(
        "secret.foreign",
        Milestone.REVOKED,
        f"The secret {seen.secret_name} in {seen.vault} is not tagged as this account's.",
        f"Remove or rename it, or tag it ProviderAddress={seen.account.id} and CredentialId=key1 or key2 if it is.",
        "vault",
    )
