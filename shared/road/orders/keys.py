"""Keys that are asked to be made new: one that nobody holds, or both by an admin's word. Pure."""

from shared.models import KeyName, Milestone, Unknown, VaultSecret, unread
from shared.road import rotation
from shared.road.blockers import unreadable
from shared.road.milestones import proven, quiet, ready, revoked
from shared.road.orders.todo import Asked, Todo
from shared.road.situation import Situation
from shared.road.steps import PublishKey, RevokeKey, RotateKey, Step
from shared.road.verdict import Blocker

_MADE_NEW = frozenset({RotateKey.__name__, RevokeKey.__name__})


def rotate(seen: Situation, asked: Asked) -> Todo:
    """A rotation though none is due; never of the key that consumers may hold."""
    if any(each.step["kind"] == RotateKey.__name__ for each in asked.done):
        return Todo()
    secret = seen.facts.secret
    refused = _closed(seen) or _no_rotation(seen)
    if refused or not isinstance(secret, VaultSecret):
        return Todo(refused=refused)
    return Todo((rotation.rotate(seen, secret),))


def _no_rotation(seen: Situation) -> tuple[Blocker, ...]:
    secret = seen.facts.secret
    if not seen.vault:
        return (no_vault(seen.rule.name),)
    if not seen.account.subdomain:
        return (ready.no_subdomain(seen.account),)
    if unknown := _unread(seen):
        return unknown
    if rotation.is_foreign(seen):
        return (rotation.foreign(seen),)
    if not isinstance(secret, VaultSecret) or rotation.to_publish(seen) or not secret.enabled:
        return (no_secret(seen),)
    if not proven.can_be_probed(seen.account):
        return (rotation.kind_unsupported(seen),)
    free = rotation.free_at(seen, secret)
    return (*rotation.needs(seen), *((revoked.in_grace(free),) if free > seen.now else ()))


def revoke(seen: Situation, asked: Asked) -> Todo:
    """Both keys made new, whoever holds a copy: what that breaks is refused unless it is taken upon oneself.

    The account's vault is given a new key before the one dies that it gave out.
    """
    left = _left(seen, asked)
    if not left:
        return Todo()
    closed = _closed(seen) or _unread(seen)
    cut_off = () if asked.done else tuple(each for each in _cut_off(seen) if not asked.bears(each))
    if closed or cut_off:
        return Todo(refused=(*closed, *cut_off))
    return Todo(
        _revocation(seen, left), cannot=tuple(f"{each}: a key that was made new never comes back" for each in left)
    )


def _left(seen: Situation, asked: Asked) -> tuple[KeyName, ...]:
    """The keys that have yet to die: neither this operation nor anything of the app has made them new since it was asked for."""
    done = {each.step["key"] for each in asked.done if each.step["kind"] in _MADE_NEW}
    return tuple(each for each in seen.facts.record.keys_from_before(asked.at) if each not in done)


def _revocation(seen: Situation, left: tuple[KeyName, ...]) -> tuple[Step, ...]:
    secret = _given_out(seen)
    held = rotation.held_key(secret, seen.facts.listed) if secret else None
    if secret is None or held not in left:
        return tuple(map(RevokeKey, left))
    if held.other in left:
        return (rotation.rotate(seen, secret), RevokeKey(held))
    return (PublishKey(seen.vault or "", secret.name, held.other, rotation.expires(seen), held), RevokeKey(held))


def _cut_off(seen: Situation) -> tuple[Blocker, ...]:
    """Who would be cut off: by a copy in a connection, by a call that the logs show, by the vault."""
    return (*rotation.needs(seen), *quiet.standing(seen).blockers, *_of_vault(seen))


def _of_vault(seen: Situation) -> tuple[Blocker, ...]:
    if seen.vault and rotation.is_foreign(seen):
        return (rotation.foreign(seen),)
    secret = _given_out(seen)
    if secret is None:
        return ()
    free = rotation.free_at(seen, secret)
    untried = () if proven.can_be_probed(seen.account) else (rotation.kind_unsupported(seen),)
    return (vault_consumers(secret), *((revoked.in_grace(free),) if free > seen.now else ()), *untried)


def _given_out(seen: Situation) -> VaultSecret | None:
    """The account's own secret, where consumers can read a key in it."""
    secret = seen.facts.secret
    return secret if isinstance(secret, VaultSecret) and secret.enabled and not rotation.is_foreign(seen) else None


def _unread(seen: Situation) -> tuple[Blocker, ...]:
    """What could not be read of secret and keys: what is done to a key must be known to the vault."""
    if not seen.vault or not seen.account.subdomain:
        return ()
    secret, listed = seen.facts.secret, seen.facts.listed
    if isinstance(secret, Unknown):
        return (unreadable("secret", Milestone.REVOKED, secret),)
    unknown = unread(listed)
    return (unreadable("keys", Milestone.REVOKED, unknown),) if unknown else ()


def _closed(seen: Situation) -> tuple[Blocker, ...]:
    """What no word overrides: an account that is still being made, or that takes no keys."""
    if not seen.account.is_settled:
        return (ready.provisioning(seen.account, seen.now),)
    return (takes_no_keys(),) if seen.account.local_auth_disabled else ()


def takes_no_keys() -> Blocker:
    return Blocker(
        "keys.off",
        Milestone.SEALED,
        "Key access is off: no key opens the account, and none can be made new.",
        "There is nothing to do. Once key access is turned on again, both keys can be made new at once.",
        "Resource Manager",
    )


def no_vault(rule: str) -> Blocker:
    return Blocker(
        "rotation.noVault",
        Milestone.REVOKED,
        f"Rule {rule} names no vault, so nobody would learn of a new key.",
        "Name a vault in the rule's keys; or have both keys made new, which an admin may ask for.",
        "policy",
    )


def no_secret(seen: Situation) -> Blocker:
    return Blocker(
        "rotation.noSecret",
        Milestone.REVOKED,
        f"The secret {seen.secret_name} in {seen.vault} does not give out a live key, so nobody could go on with the old one.",
        "Onboard the account: a pass writes the secret as soon as it can.",
        "vault",
    )


def vault_consumers(secret: VaultSecret) -> Blocker:
    return Blocker(
        "revoke.vaultConsumers",
        Milestone.REVOKED,
        f"Whoever reads secret {secret.name} is cut off until they read it again, which then holds a new key.",
        "Rotate the keys twice, a grace period apart, which cuts off nobody; or accept it where a copy must die at once.",
        "vault",
    )
