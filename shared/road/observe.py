"""Observe: gathers the facts of one account. What cannot be read becomes Unknown, with the reason."""

import asyncio
from collections.abc import Awaitable, Iterable, Mapping
from datetime import datetime

from shared.errors import DeniedError, NotFoundError, PermanentError, TemporaryError
from shared.models import Account, AccountFacts, GroupAnswer, GroupRef, Proof, Unknown
from shared.resource_id import ResourceId
from shared.road.match import coverage, references
from shared.road.policy import Policy
from shared.road.services import Now, Services

_READS = {
    "account": "Microsoft.CognitiveServices/accounts/read",
    "assignments": "Microsoft.Authorization/roleAssignments/read",
    "groups": "the Microsoft Graph permission GroupMember.Read.All",
}


async def observe(
    services: Services, account: ResourceId, policy: Policy, proof: Proof | None, retry_at: datetime
) -> AccountFacts:
    """The facts of one account: two ARM reads side by side, then the groups its rule names.

    `retry_at` is when to look again at what could not be read for now, unless the service named a later time.
    """
    found, assignments = await asyncio.gather(
        _account(services, account, retry_at),
        known(services.assignments.list_at_or_above(account.text), "assignments", services.now, retry_at),
    )
    groups: Mapping[GroupRef, GroupAnswer] = {}
    if isinstance(found, Account) and (rule := coverage(policy, found, services.now().date()).active_rule):
        groups = await find_groups(services, references(rule, found), retry_at)
    return AccountFacts(found, assignments, groups, proof)


async def _account(services: Services, account: ResourceId, retry_at: datetime) -> Account | Unknown | None:
    try:
        return await known(services.accounts.get(account), "account", services.now, retry_at)
    except NotFoundError:
        return None


async def known[T](reading: Awaitable[T], what: str, now: Now, retry_at: datetime) -> T | Unknown:
    """What was read, or Unknown with the reason; NotFoundError goes through where the caller gives it a meaning."""
    try:
        return await reading
    except NotFoundError as error:
        if what == "account":
            raise
        return Unknown(str(error), error.code)
    except TemporaryError as error:
        at = max(retry_at, now() + error.retry_after) if error.retry_after else retry_at
        return Unknown(str(error), error.code, retry_at=at)
    except DeniedError as error:
        return Unknown(str(error), error.code, permission=error.action or _READS[what])
    except PermanentError as error:
        return Unknown(str(error), error.code)


async def find_groups(
    services: Services, wanted: Iterable[GroupRef], retry_at: datetime
) -> Mapping[GroupRef, GroupAnswer]:
    """What Microsoft Graph says to each reference, looked up side by side."""
    named = tuple(wanted)
    answers = await asyncio.gather(
        *(known(services.groups.find(each), "groups", services.now, retry_at) for each in named)
    )
    return dict(zip(named, answers, strict=True))
