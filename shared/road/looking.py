"""A look at one account, as a pass would see it, for whoever asks: nothing is changed by it."""

import asyncio
from dataclasses import dataclass
from datetime import datetime

from shared.errors import DeniedError, NotFoundError, TemporaryError
from shared.models import Account, AccountFacts, Unknown
from shared.resource_id import ResourceId
from shared.road.observe import observe
from shared.road.plan import Plan
from shared.road.services import Services
from shared.road.verdict import Verdict
from shared.road.walk import backoff, planned
from shared.store.postures import Posture


@dataclass(frozen=True, slots=True)
class Look:
    """What a pass would find and do now. `posture` is what the last one left, None where there was none."""

    account: Account
    facts: AccountFacts
    verdict: Verdict
    plan: Plan
    posture: Posture | None
    at: datetime


async def look(services: Services, account: ResourceId) -> Look:
    """The account as it is now, judged and planned. Two Resource Manager reads, then what its rule depends on, side by side.

    Raises NotFoundError where it does not exist or the app may not see it, TemporaryError where it could not be read now.
    """
    now = services.now()
    policy, posture, record = await asyncio.gather(
        services.policy.current(now), services.postures.get(account), services.records.get(account)
    )
    proof = posture.proof if posture else None
    facts = await observe(services, account, policy, proof, record, backoff(0, now), now)
    found = seen(account, facts)
    facts, verdict, todo = await planned(services, facts, policy)
    return Look(found, facts, verdict, todo, posture, now)


def seen(account: ResourceId, facts: AccountFacts) -> Account:
    """The account among the facts; raises as `look` does where it is not there."""
    found = facts.account
    if found is None:
        raise NotFoundError(f"There is no account {account}.", code="AccountNotFound")
    if not isinstance(found, Unknown):
        return found
    if found.permission:
        message = f"There is no account {account}, or the app's identity may not read it: it lacks {found.permission}."
        raise NotFoundError(message, code="AccountNotFound") from DeniedError(found.reason, code=found.code)
    raise TemporaryError(f"{account} could not be read: {found.reason}", code=found.code)
