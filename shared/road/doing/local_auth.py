"""Key access: turned off and seen to be off, and turned on again."""

import logging
from dataclasses import replace

from shared.errors import PermanentError, TemporaryError
from shared.models import OPEN, Account, AccountFacts, Entry, KeyName, VaultSecret
from shared.road.doing.keys import made_new, marks, tried
from shared.road.services import Services
from shared.road.steps import EnableLocalAuth, TryKey

_log = logging.getLogger(f"unkeyed.{__name__}")


async def disable(services: Services, account: Account, facts: AccountFacts) -> AccountFacts:
    """Turns key access off; a key is kept in memory to be seen refused where no vault gives one out."""
    services.keys_at_hand.pop(account.id.key, None)  # of a seal before this one, which somebody else opened
    if not (isinstance(facts.secret, VaultSecret) and facts.secret.enabled):
        services.keys_at_hand[account.id.key] = (await services.keys.list(account.id))[KeyName.KEY1]
    now = services.now()
    sealed = {**OPEN, "sealed_seen": now}
    await services.records.note(account.id, **sealed)
    record = replace(facts.record, **sealed)
    changed = await services.keys.set_access(account.id, enabled=False)
    if not changed.local_auth_disabled:
        raise TemporaryError(f"key access of {account.id} was turned off but reads on", code="NotAsWritten")
    return replace(facts, account=changed, record=record, key_at_hand=account.id.key in services.keys_at_hand)


async def enable(
    services: Services, account: Account, step: EnableLocalAuth, entry: Entry, facts: AccountFacts
) -> AccountFacts:
    """Turns key access on, and before anything else makes both keys new where copies of them may be about."""
    changed = await services.keys.set_access(account.id, enabled=True)
    if changed.local_auth_disabled:
        raise TemporaryError(f"key access of {account.id} was turned on but reads off", code="NotAsWritten")
    await services.records.note(account.id, **OPEN)
    services.keys_at_hand.pop(account.id.key, None)
    facts = replace(facts, account=changed, record=replace(facts.record, **OPEN))
    if not step.revoke:
        return facts
    listed = await services.keys.list(account.id)
    for name in KeyName:
        entry, listed = await made_new(services, account, name, entry, listed)
    regenerated = {**facts.record.regenerated, **dict.fromkeys(KeyName, entry.at)}
    return replace(facts, listed=marks(listed), record=replace(facts.record, regenerated=regenerated))


async def try_key(services: Services, account: Account, step: TryKey, facts: AccountFacts) -> AccountFacts:
    """Calls the account with a key, and remembers that it was refused, or when to try again."""
    key = await _key(services, account, step)
    is_refused = key is not None and await _is_refused(services, account, key)
    now = services.now()
    if is_refused:
        await services.records.note(account.id, key_refused=now)
        services.keys_at_hand.pop(account.id.key, None)
        return replace(facts, record=replace(facts.record, key_refused=now))
    tries = facts.record.tries + 1
    await services.records.note(account.id, key_tried=now, tries=tries)
    return replace(facts, record=replace(facts.record, key_tried=now, tries=tries))


async def _is_refused(services: Services, account: Account, key: str) -> bool:
    answer = await tried(services, account, key)
    _log.info("a key was %s", "refused" if answer.refused else "not refused", extra={"step": "TryKey"})
    return answer.refused


async def _key(services: Services, account: Account, step: TryKey) -> str | None:
    held = services.keys_at_hand.get(account.id.key)
    if held or not (step.vault and step.secret and step.secret.enabled):
        return held
    try:
        return await services.vault.key_of(step.vault, step.secret)
    except PermanentError:
        _log.warning("the key to try the seal with could not be read from the vault")
        return None
