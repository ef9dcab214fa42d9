"""Connections: switched to Microsoft Entra ID and back, by GET, rebuild, PUT, GET.

Where Azure refuses another way of signing in, the connection is deleted and made anew under its name. What it was stands in
the ledger before: a crash in between leaves an open entry, from which the next pass makes it.
"""

from collections.abc import Awaitable, Callable
from dataclasses import replace
from typing import Any

from shared.errors import DeniedError, NotFoundError, PermanentError, TemporaryError
from shared.models import Account, AccountFacts, Connection, Entry, KeyName, Pointing, VaultSecret
from shared.resource_id import owner_above
from shared.road.pointing import API_KEY, ENTRA, can_switch, entra_form, key_form, leads_to, markers_of
from shared.road.services import Services
from shared.road.steps import RestoreConnection, SwitchConnection

type Form = dict[str, Any]

_WHAT_IT_IS = ("category", "target")


async def switch(
    services: Services, account: Account, step: SwitchConnection, entry: Entry, facts: AccountFacts
) -> AccountFacts:
    """Has the connection sign in with Microsoft Entra ID; one that is gone or does so already is left alone."""
    found = await _found(services, step.connection)
    before = _shown(found) if found else entry.step.get("before")
    if before is None or (found is None and not entry.step.get("replacing")):
        return await _gone(services, step.connection, facts)
    if before["authType"] != ENTRA:
        if found is not None:
            await _is_meant(services, account, step.connection, found)
        entry = entry if found is None else await services.ledger.amend(entry, before=before)

        async def as_before() -> Form:
            return key_form(before, await _key(services, account, facts))

        await _write(services, step.connection, entra_form(before), as_before, entry, is_there=found is not None)
    return await as_read(services, step.connection, ENTRA, facts)


async def _is_meant(services: Services, account: Account, connection: str, found: Form) -> None:
    """Raises TemporaryError where the connection leads elsewhere by now, or cannot do without a key: the index is behind."""
    described = services.connections.described(connection, found)
    if can_switch(described) and leads_to(described, account):
        return
    if owner := owner_above(connection):
        await services.owners.read_again(owner)
    raise TemporaryError(f"connection {connection} is another than when it was last read", code="ConnectionChanged")


async def restore(
    services: Services, account: Account, step: RestoreConnection, entry: Entry, facts: AccountFacts
) -> AccountFacts:
    """Has the connection sign in with the key that the account's consumers have, all else as it was before.

    Raises PermanentError where somebody has made another of it since.
    """
    found = await _found(services, step.connection)
    if found and any(str(found.get(each)).lower() != str(step.before.get(each)).lower() for each in _WHAT_IT_IS):
        raise PermanentError(f"connection {step.connection} was made into another since", code="ConnectionChanged")
    entry = await services.ledger.amend(entry, before=dict(step.before))
    wanted = key_form(step.before, await _key(services, account, facts))

    async def as_now() -> Form:
        return entra_form(step.before)

    await _write(services, step.connection, wanted, as_now, entry, is_there=found is not None)
    return await as_read(services, step.connection, API_KEY, facts)


async def _write(
    services: Services,
    connection: str,
    wanted: Form,
    otherwise: Callable[[], Awaitable[Form]],
    entry: Entry,
    *,
    is_there: bool,
) -> None:
    """Writes the connection; where Azure will not change it, it is made anew, and where not even that, it is put back."""
    if is_there:
        try:
            return await services.connections.put(connection, wanted)
        except (DeniedError, NotFoundError):
            raise
        except PermanentError:
            await services.ledger.amend(entry, replacing=True)
            await services.connections.remove(connection)
    try:
        await services.connections.put(connection, wanted)
    except PermanentError:
        await services.connections.put(connection, await otherwise())
        raise


async def _found(services: Services, connection: str) -> Form | None:
    try:
        return await services.connections.get(connection)
    except NotFoundError:
        return None


def _shown(found: Form) -> Form:
    return {name: value for name, value in found.items() if name != "credentials"}


async def _key(services: Services, account: Account, facts: AccountFacts) -> str:
    secret = facts.secret
    name = secret.key if isinstance(secret, VaultSecret) and secret.key else KeyName.KEY1
    return (await services.keys.list(account.id))[name]


async def as_read(services: Services, connection: str, expected: str, facts: AccountFacts) -> AccountFacts:
    """The facts with the connection as it reads now; raises TemporaryError where it does not sign in as it should."""
    found = services.connections.described(connection, await services.connections.get(connection))
    if found.auth_type != expected:
        raise TemporaryError(f"connection {connection} was written but reads {found.auth_type}", code="NotAsWritten")
    await services.index.update(found, markers_of(found))
    return _with(facts, connection, found)


async def _gone(services: Services, connection: str, facts: AccountFacts) -> AccountFacts:
    if isinstance(facts.pointing, Pointing):
        for each in facts.pointing.connections:
            if each.id.lower() == connection.lower():
                await services.index.drop(each, markers_of(each))
    return _with(facts, connection, None)


def _with(facts: AccountFacts, connection: str, found: Connection | None) -> AccountFacts:
    if not isinstance(facts.pointing, Pointing):
        return facts
    others = tuple(each for each in facts.pointing.connections if each.id.lower() != connection.lower())
    return replace(facts, pointing=replace(facts.pointing, connections=(*others, found) if found else others))
