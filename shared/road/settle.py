"""Settle: what a dead worker left open in the ledger is closed by what Azure shows, or handed to the plan to be finished."""

import asyncio
import logging
from dataclasses import replace
from enum import Enum, auto

from shared.errors import NotFoundError, PermanentError
from shared.models import NOT_READ, Account, AccountFacts, Entry, KeyName, RoleAssignment, Unknown, VaultSecret
from shared.road.announcing import finish
from shared.road.doing.connections import as_read
from shared.road.pointing import API_KEY, ENTRA
from shared.road.services import Services
from shared.sdk.keys import KeyAccessOffError
from shared.sdk.vault import fingerprint
from shared.store.ledger import ABANDONED

_SIGNS_IN_WITH = {"SwitchConnection": ENTRA, "RestoreConnection": API_KEY}
_log = logging.getLogger(f"unkeyed.{__name__}")


class Found(Enum):
    """What Azure shows of a step that was begun: its effect, nothing of it, a part of it, or it could not be seen."""

    DONE = auto()
    NOTHING = auto()
    HALF = auto()
    UNSEEN = auto()


async def settle(services: Services, entries: tuple[Entry, ...], facts: AccountFacts) -> AccountFacts:
    """The facts with the steps that have yet to be finished; the others are closed.

    Raises TemporaryError where Azure does not say what has become of one.
    """
    if not entries or not isinstance(facts.account, Account) or isinstance(facts.assignments, Unknown):
        return facts
    seen = await asyncio.gather(*(_found(services, each, facts) for each in entries))
    unfinished = []
    for entry, found in zip(entries, seen, strict=True):
        match found:
            case Found.DONE:
                facts = await _close(services, entry, facts)
            case Found.NOTHING:
                await services.ledger.close(entry, ABANDONED, services.now())
            case Found.HALF:
                unfinished.append(entry)
            case Found.UNSEEN:
                _log.info("cannot be settled yet: %s", entry.step["kind"])
    return replace(facts, unfinished=tuple(unfinished))


async def _close(services: Services, entry: Entry, facts: AccountFacts) -> AccountFacts:
    _log.info("found done after an interruption: %s", entry.step["kind"])
    for name in KeyName:
        if f"{name}Was" in entry.step:
            await services.records.note_regenerated(entry.account, name, entry.at)
            regenerated = {**facts.record.regenerated, name: entry.at}
            facts = replace(facts, record=replace(facts.record, regenerated=regenerated))
    if entry.step["kind"] in _SIGNS_IN_WITH:
        facts = await as_read(services, entry.step["connection"], _SIGNS_IN_WITH[entry.step["kind"]], facts)
    await finish(services, entry)
    return facts


async def _found(services: Services, entry: Entry, facts: AccountFacts) -> Found:
    """What has become of the step; UNSEEN, too, where the app may not look: what is missing the pass says by itself."""
    try:
        return await _looked_at(services, entry, facts)
    except PermanentError as error:
        _log.warning("what became of an open step cannot be seen: %s", error)
        return Found.UNSEEN


async def _looked_at(services: Services, entry: Entry, facts: AccountFacts) -> Found:
    match entry.step["kind"]:
        case "SetSubdomain":
            is_set = (
                isinstance(facts.account, Account) and (facts.account.subdomain or "").lower() == entry.step["name"]
            )
            return Found.DONE if is_set else Found.NOTHING
        case "AssignRole" | "RemoveAssignment":
            return _assignment(entry, facts.assignments)
        case "SwitchConnection" | "RestoreConnection":
            return await _connection(services, entry)
        case "PublishKey" | "RotateKey":
            return await _secret(services, entry, facts)
        case "RevokeKey":
            return await _key(services, entry)
        case "DisableLocalAuth" | "EnableLocalAuth":
            return await _local_auth(services, entry, facts.account)
        case "WithdrawKey":
            return _withdrawn(await _secret_now(services, entry, facts))
        case kind:
            _log.warning("the ledger has an open step of an unknown kind: %s", kind)
            return Found.NOTHING


def _assignment(entry: Entry, assignments: tuple[RoleAssignment, ...] | Unknown) -> Found:
    if isinstance(assignments, Unknown):
        return Found.UNSEEN
    there = any(
        each.principal_id == entry.step["principalId"]
        and each.role == entry.step["role"]
        and each.scope.lower() == entry.step["scope"].lower()
        for each in assignments
    )
    return Found.DONE if there is (entry.step["kind"] == "AssignRole") else Found.NOTHING


async def _connection(services: Services, entry: Entry) -> Found:
    try:
        found = await services.connections.get(entry.step["connection"])
    except NotFoundError:
        return Found.HALF if entry.step.get("replacing") else Found.NOTHING
    return Found.DONE if found["authType"] == _SIGNS_IN_WITH[entry.step["kind"]] else Found.NOTHING


async def _secret(services: Services, entry: Entry, facts: AccountFacts) -> Found:
    """Published by this operation: done. A rotation that may have made the key new is finished, any other begun anew.

    Where the rule keeps keys in no vault any more, or the account takes none, nothing is finished: nobody holds that key.
    """
    secret = await _secret_now(services, entry, facts)
    if isinstance(secret, Unknown):
        return Found.UNSEEN
    if secret and (secret.operation_id, secret.key) == (entry.operation_id, entry.step["key"]):
        return Found.DONE
    is_off = isinstance(facts.account, Account) and facts.account.local_auth_disabled
    is_begun = entry.step["kind"] == "RotateKey" and f"{entry.step['key']}Was" in entry.step
    if not is_begun or is_off or facts.secret is NOT_READ:
        return Found.NOTHING
    is_held = isinstance(secret, VaultSecret) and secret.key == entry.step["key"]
    return Found.NOTHING if is_held else Found.HALF


async def _secret_now(services: Services, entry: Entry, facts: AccountFacts) -> VaultSecret | Unknown | None:
    """The secret as the pass has read it, or as it is in the vault that the step was for where no vault is asked any more."""
    if facts.secret is not NOT_READ:
        return facts.secret
    try:
        return await services.vault.get(entry.step["vault"], entry.step["name"])
    except PermanentError:
        return None


async def _key(services: Services, entry: Entry) -> Found:
    was = entry.step.get(f"{entry.step['key']}Was")
    if was is None:
        return Found.NOTHING
    try:
        listed = await services.keys.list(entry.account)
    except KeyAccessOffError:
        return Found.UNSEEN
    return Found.NOTHING if fingerprint(listed[KeyName(entry.step["key"])]) == was else Found.DONE


async def _local_auth(services: Services, entry: Entry, account: Account | Unknown | None) -> Found:
    is_off = isinstance(account, Account) and account.local_auth_disabled
    if entry.step["kind"] == "DisableLocalAuth":
        return Found.DONE if is_off else Found.NOTHING
    if is_off:
        return Found.NOTHING
    if not entry.step.get("revoke"):
        return Found.DONE
    was = {name: entry.step.get(f"{name}Was") for name in KeyName}
    if None in was.values():
        return Found.HALF
    listed = await services.keys.list(entry.account)
    return Found.HALF if any(fingerprint(listed[name]) == was[name] for name in KeyName) else Found.DONE


def _withdrawn(secret: VaultSecret | Unknown | None) -> Found:
    if isinstance(secret, Unknown):
        return Found.UNSEEN
    return Found.DONE if secret and not secret.enabled else Found.NOTHING
