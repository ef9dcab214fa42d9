"""Observe: gathers the facts of one account. What cannot be read becomes Unknown, with the reason."""

import asyncio
from collections.abc import Awaitable, Iterable, Mapping
from dataclasses import replace
from datetime import datetime, timedelta

from shared.errors import DeniedError, NotFoundError, PermanentError, TemporaryError
from shared.models import (
    NOT_READ,
    Account,
    AccountFacts,
    AccountRecord,
    Fingerprints,
    GroupAnswer,
    GroupRef,
    KeyUse,
    Pointing,
    Proof,
    Unknown,
    VaultSecret,
)
from shared.resource_id import ResourceId
from shared.road import grants, rotation
from shared.road.doing.keys import marks
from shared.road.match import coverage, references
from shared.road.milestones import connected, quiet
from shared.road.pointing import markers_to, pointing, region_marker
from shared.road.policy import Policy
from shared.road.services import Now, Services
from shared.road.situation import Situation
from shared.sdk.keys import KeyAccessOffError

_READS = {
    "account": "Microsoft.CognitiveServices/accounts/read",
    "assignments": "Microsoft.Authorization/roleAssignments/read",
    "groups": "the Microsoft Graph permission GroupMember.Read.All",
    "connections": "access to its own tables",
    "logs": "Microsoft.Insights/diagnosticSettings/read and Microsoft.Insights/logs/AzureDiagnostics/read",
    "secret": "the role Unkeyed Key Publisher on the vault, or one that reads and sets secrets there",
    "keys": "Microsoft.CognitiveServices/accounts/listKeys/action",
    "roles": "Microsoft.Authorization/roleDefinitions/read",
}
# Without these a pass is for nothing: where the service asks for no more than this, the pass waits, and the posture stands
_FIRST = frozenset({"account", "assignments"})
MOMENT = timedelta(minutes=1)


async def observe(
    services: Services,
    account: ResourceId,
    policy: Policy,
    proof: Proof | None,
    record: AccountRecord,
    retry_at: datetime,
    since: datetime | None = None,
) -> AccountFacts:
    """The facts of one account: two ARM reads side by side, then all else that its rule depends on.

    `retry_at` is when to look again at what could not be read for now, unless the service named a time; `since` is
    the time of what the look is for: no answer that was kept from before it will do. Raises TemporaryError where the reads
    that everything begins with are to wait a moment.
    """
    listing = services.assignments.list_at_or_above(account.text)
    found, assignments = await _both(
        _account(services, account, retry_at), known(listing, "assignments", services.now, retry_at)
    )
    facts = AccountFacts(found, assignments, proof=proof, record=record)
    if not isinstance(found, Account):
        return facts
    rule = coverage(policy, found, services.now().date()).active_rule
    if rule is None:
        return facts
    return await _by_rule(services, Situation(found, rule, facts, services.now()), retry_at, since)


async def _both[A, B](one: Awaitable[A], other: Awaitable[B]) -> tuple[A, B]:
    """What both come to, side by side. Raises what either raised, once neither is under way any more."""
    first, second = asyncio.ensure_future(one), asyncio.ensure_future(other)
    await asyncio.gather(first, second, return_exceptions=True)
    return first.result(), second.result()


async def _by_rule(services: Services, seen: Situation, retry_at: datetime, since: datetime | None) -> AccountFacts:
    """What the rule's goal and keys depend on, side by side: nothing is read that nobody asks for."""
    groups, links, use, (secret, listed), showing = await asyncio.gather(
        _groups(services, seen, retry_at, since),
        _pointing(services, seen, retry_at),
        _use(services, seen, retry_at),
        _secret(services, seen, retry_at),
        _showing(services, seen, retry_at),
    )
    return replace(
        seen.facts,
        groups=groups,
        pointing=links,
        use=use,
        secret=secret,
        listed=listed,
        showing=showing,
        key_at_hand=seen.account.id.key in services.keys_at_hand,
    )


async def _groups(
    services: Services, seen: Situation, retry_at: datetime, since: datetime | None
) -> Mapping[GroupRef, GroupAnswer]:
    """The groups that the rule names, then those that may have left an orphan."""
    named = await find_groups(services, references(seen.rule, seen.account), retry_at, since)
    doubted = grants.in_doubt(replace(seen, facts=replace(seen.facts, groups=named)))
    return {**named, **await find_groups(services, doubted, retry_at, since)} if doubted else named


async def _showing(services: Services, seen: Situation, retry_at: datetime) -> frozenset[str] | Unknown:
    """The roles in force on the account whose holders can see its keys; of no interest where it takes none."""
    assignments = seen.facts.assignments
    if seen.account.local_auth_disabled or isinstance(assignments, Unknown):
        return NOT_READ
    roles = {each.role for each in assignments if grants.reaches(each, seen.account)} | {
        each.role for each in seen.rule.grants
    }
    reading = services.definitions.showing_keys(seen.account.id.subscription, sorted(roles))
    return await known(reading, "roles", services.now, retry_at)


async def _account(services: Services, account: ResourceId, retry_at: datetime) -> Account | Unknown | None:
    try:
        return await known(services.accounts.get(account), "account", services.now, retry_at)
    except NotFoundError:
        return None


async def _pointing(services: Services, seen: Situation, retry_at: datetime) -> Pointing | Unknown:
    if not connected.is_looked_at(seen):
        return NOT_READ
    return await known(_looked_up(services, seen.account), "connections", services.now, retry_at)


async def _looked_up(services: Services, account: Account) -> Pointing:
    found = await _look_up(services, account)
    if found.read_at is None:
        await services.owners.make_sure(account.id.subscription)
    elif not _is_younger(account, found.read_at) or not await services.owners.read_new(account):
        return found
    return await _look_up(services, account)


def _is_younger(account: Account, read_at: datetime) -> bool:
    return account.created_at is not None and account.created_at > read_at


async def _look_up(services: Services, account: Account) -> Pointing:
    """What the connection index says of an account; raises TemporaryError where its tables do not answer."""
    index = services.index
    state, links = await asyncio.gather(index.state(), asyncio.gather(*map(index.under, markers_to(account))))
    region = region_marker(account.location)
    unplaced = (each for each in state.unplaced if each.marker == region)
    return pointing([each for found in links for each in found], unplaced, state, account)


async def _use(services: Services, seen: Situation, retry_at: datetime) -> KeyUse | Unknown:
    if not quiet.is_looked_at(seen):
        return NOT_READ
    # Rows from before are those of another account that had the same name
    since = max(filter(None, (seen.now - seen.rule.quiet - quiet.BEFORE, seen.account.created_at)))
    reading = services.logs.key_use(seen.account.id, since, seen.now, seen.facts.record.key_calls, seen.rule.quiet)
    return await known(reading, "logs", services.now, retry_at)


async def _secret(
    services: Services, seen: Situation, retry_at: datetime
) -> tuple[VaultSecret | Unknown | None, Fingerprints | Unknown | None]:
    """The vault's secret, and the keys' fingerprints where it is not known that it holds a live one."""
    is_over = seen.account.local_auth_disabled and seen.facts.record.key_refused and seen.facts.record.withdrawn
    if not seen.vault or not seen.account.subdomain or is_over:
        return NOT_READ, NOT_READ
    reading = known(services.vault.get(seen.vault, seen.secret_name), "secret", services.now, retry_at)
    if not rotation.is_looked_after(seen) or not rotation.comparison_is_due(seen):
        return await reading, NOT_READ
    secret, listed = await asyncio.gather(reading, known(_fingerprints(services, seen), "keys", services.now, retry_at))
    return secret, listed


async def _fingerprints(services: Services, seen: Situation) -> Fingerprints | None:
    try:
        return marks(await services.keys.list(seen.account.id))
    except KeyAccessOffError:
        return None


async def known[T](reading: Awaitable[T], what: str, now: Now, retry_at: datetime) -> T | Unknown:
    """What was read, or Unknown with the reason; NotFoundError goes through where the caller gives it a meaning, and a wish
    to wait a moment where there is nothing to be said before."""
    try:
        return await reading
    except NotFoundError as error:
        if what == "account":
            raise
        return Unknown(str(error), error.code)
    except TemporaryError as error:
        if what in _FIRST and error.retry_after and error.retry_after <= MOMENT:
            raise
        at = now() + error.retry_after if error.retry_after else retry_at
        return Unknown(str(error), error.code, retry_at=at)
    except DeniedError as error:
        return Unknown(str(error), error.code, permission=error.action or _READS[what])
    except PermanentError as error:
        return Unknown(str(error), error.code)


async def find_groups(
    services: Services, wanted: Iterable[GroupRef], retry_at: datetime, since: datetime | None = None
) -> Mapping[GroupRef, GroupAnswer]:
    """What Microsoft Graph says to each reference, looked up side by side."""
    named = tuple(wanted)
    answers = await asyncio.gather(
        *(known(services.groups.find(each, since), "groups", services.now, retry_at) for each in named)
    )
    return dict(zip(named, answers, strict=True))
