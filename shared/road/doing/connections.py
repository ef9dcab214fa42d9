"""Connections: switched to Microsoft Entra ID and back, by GET, rebuild, PUT, GET.

Where Azure refuses another way of signing in, the connection is deleted and made anew under its name. What it was stands in
the ledger before: a crash in between leaves an open entry, from which the next pass makes it.
"""

from collections.abc import Mapping
from dataclasses import replace
from typing import Any

from shared.errors import DeniedError, NotFoundError, PermanentError, TemporaryError
from shared.models import Account, AccountFacts, Connection, Entry, KeyName, Pointing, VaultSecret
from shared.road.pointing import API_KEY, ENTRA, entra_form, key_form, markers_of
from shared.road.services import Services
from shared.road.steps import RestoreConnection, SwitchConnection


async def switch(
    services: Services, account: Account, step: SwitchConnection, entry: Entry, facts: AccountFacts
) -> AccountFacts:
    """Has the connection sign in with Microsoft Entra ID; one that is gone or does so already is left alone."""
    try:
        found = await services.connections.get(step.connection)
    except NotFoundError:
        if not entry.step.get("replacing"):
            return await _gone(services, step.connection, facts)
        await _create(services, account, step.connection, entry.step["before"], facts)
    else:
        if found["authType"] != ENTRA:
            await _switch(services, account, step.connection, found, entry, facts)
    return await _as_read(services, step.connection, ENTRA, facts)


async def _switch(
    services: Services, account: Account, connection: str, found: Mapping[str, Any], entry: Entry, facts: AccountFacts
) -> None:
    before = {name: value for name, value in found.items() if name != "credentials"}
    entry = await services.ledger.amend(entry, before=before)
    try:
        await services.connections.put(connection, entra_form(before))
    except (DeniedError, NotFoundError):
        raise
    except PermanentError:
        await services.ledger.amend(entry, replacing=True)
        await services.connections.remove(connection)
        await _create(services, account, connection, before, facts)


async def _create(
    services: Services, account: Account, connection: str, before: Mapping[str, Any], facts: AccountFacts
) -> None:
    """Makes a connection that was deleted for it anew; where Azure will not have it so, as it was."""
    try:
        await services.connections.put(connection, entra_form(before))
    except PermanentError:
        await services.connections.put(connection, key_form(before, await _key(services, account, facts)))
        raise


async def restore(services: Services, account: Account, step: RestoreConnection, facts: AccountFacts) -> AccountFacts:
    """Has the connection sign in with the key that the account's consumers have, all else as it was before."""
    key = await _key(services, account, facts)
    await services.connections.put(step.connection, key_form(step.before, key))
    return await _as_read(services, step.connection, API_KEY, facts)


async def _key(services: Services, account: Account, facts: AccountFacts) -> str:
    secret = facts.secret
    name = secret.key if isinstance(secret, VaultSecret) and secret.key else KeyName.KEY1
    return (await services.keys.list(account.id))[name]


async def _as_read(services: Services, connection: str, expected: str, facts: AccountFacts) -> AccountFacts:
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
