"""Keys: made new, tried, published. A key stays in the variables of these functions and in the vault.

`regenerateKey` cannot be repeated: after a lost answer nobody knows whether the key is new. So the old key's fingerprint
stands in the ledger first; whoever comes next lists the keys, and makes the key new only if it is still the old one.
"""

from collections.abc import Mapping
from dataclasses import replace
from datetime import datetime

from shared.errors import PermanentError, TemporaryError
from shared.models import Account, AccountFacts, Entry, KeyName, VaultSecret
from shared.road.milestones.proven import can_be_probed
from shared.road.services import Services
from shared.road.steps import PublishKey, RevokeKey, RotateKey, WithdrawKey
from shared.sdk.inference import KeyAnswer
from shared.sdk.vault import fingerprint

type Listed = Mapping[KeyName, str]


async def rotate(
    services: Services, account: Account, step: RotateKey, entry: Entry, facts: AccountFacts
) -> AccountFacts:
    """Makes the key that nobody holds new, tries it, and publishes it."""
    listed = await services.keys.list(account.id)
    if isinstance(facts.secret, VaultSecret) and facts.secret.fingerprint == fingerprint(listed[step.key]):
        raise PermanentError(f"{step.key} is the key that consumers hold", code="KeyIsHeld")
    entry, listed = await made_new(services, account, step.key, entry, listed)
    facts = _made_new(facts, step.key, entry.at, listed)
    return await _publish(services, account, step, listed, entry, facts)


async def revoke(
    services: Services, account: Account, step: RevokeKey, entry: Entry, facts: AccountFacts
) -> AccountFacts:
    """Makes a key new and tells nobody."""
    entry, listed = await made_new(services, account, step.key, entry, await services.keys.list(account.id))
    return _made_new(facts, step.key, entry.at, listed)


async def publish(
    services: Services, account: Account, step: PublishKey, entry: Entry, facts: AccountFacts
) -> AccountFacts:
    """Writes a key as it is to the secret."""
    listed = await services.keys.list(account.id)
    facts = replace(facts, listed=marks(listed))
    return await _publish(services, account, step, listed, entry, facts)


async def withdraw(services: Services, account: Account, step: WithdrawKey, facts: AccountFacts) -> AccountFacts:
    """Disables the secret's current version."""
    secret = await services.vault.get(step.vault, step.secret)
    if secret and secret.enabled:
        await services.vault.enable(step.vault, secret, enabled=False)
    now = services.now()
    await services.records.note(account.id, withdrawn=now)
    record = replace(facts.record, withdrawn=now)
    return replace(facts, secret=replace(secret, enabled=False) if secret else None, record=record)


async def made_new(
    services: Services, account: Account, name: KeyName, entry: Entry, listed: Listed
) -> tuple[Entry, Listed]:
    """The keys once the one of this name is another than when the step began; the entry with what it was."""
    column = f"{name}Was"
    was = entry.step.get(column)
    if was is None:
        was = fingerprint(listed[name])
        entry = await services.ledger.amend(entry, **{column: was})
    if fingerprint(listed[name]) == was:
        listed = await services.keys.regenerate(account.id, name)
    if fingerprint(listed[name]) == was:
        raise TemporaryError(f"{name} of {account.id} was made new but reads as before", code="NotAsWritten")
    await services.records.note_regenerated(account.id, name, entry.at)
    return entry, listed


def marks(listed: Listed) -> Mapping[KeyName, str]:
    return {name: fingerprint(key) for name, key in listed.items()}


def _made_new(facts: AccountFacts, name: KeyName, at: datetime, listed: Listed) -> AccountFacts:
    record = replace(facts.record, regenerated={**facts.record.regenerated, name: at})
    return replace(facts, record=record, listed=marks(listed))


async def _publish(
    services: Services,
    account: Account,
    step: PublishKey | RotateKey,
    listed: Listed,
    entry: Entry,
    facts: AccountFacts,
) -> AccountFacts:
    key = listed[step.key]
    await _is_taken(services, account, key)
    secret = await services.vault.publish(
        step.vault,
        step.secret,
        key,
        key_name=step.key,
        account=account.id,
        operation_id=entry.operation_id,
        expires=step.expires,
        now=services.now(),
    )
    if secret.fingerprint != fingerprint(key):
        raise TemporaryError(f"secret {step.secret} was written but reads as another", code="NotAsWritten")
    return replace(facts, secret=secret)


async def tried(services: Services, account: Account, key: str) -> KeyAnswer:
    """What the account's endpoint says to the key; that the app asks is written first, or it would be taken for use."""
    await services.records.note_key_call(account.id, services.now())
    return await services.inference.try_key(account, key)


async def _is_taken(services: Services, account: Account, key: str) -> None:
    """Raises TemporaryError where the account's endpoint does not take the key; kinds without a call to try it pass."""
    if not can_be_probed(account):
        return
    answer = await tried(services, account, key)
    if not answer.accepted:
        raise TemporaryError(f"{account.endpoint} does not take the key yet: {answer.detail}", code="KeyNotTaken")
