"""What an order would do, or why it would be refused: nothing is changed by it."""

import asyncio
from dataclasses import dataclass
from datetime import datetime

from shared.models import Account
from shared.models.orders import Order
from shared.resource_id import ResourceId
from shared.road.orders.comes_to import comes_to
from shared.road.orders.looking import look
from shared.road.orders.todo import Asked
from shared.road.services import Services
from shared.road.steps import Step
from shared.road.verdict import Blocker, Verdict


@dataclass(frozen=True, slots=True)
class Preview:
    """The steps of an order, what never comes back, and why it is refused; `verdict` is where the account stands.

    `retry_at` is from when it would be done, where only time is missing.
    """

    steps: tuple[Step, ...]
    cannot: tuple[str, ...]
    refused: tuple[Blocker, ...]
    verdict: Verdict
    retry_at: datetime | None
    account: Account


async def show(services: Services, account: ResourceId, order: Order) -> Preview:
    """What the order would do now.

    Raises NotFoundError where the account does not exist, TemporaryError where it could not be read, PermanentError where
    an order to undo names nothing.
    """
    posture, history = await asyncio.gather(services.postures.get(account), services.ledger.history(account))
    sight = await look(services, account, order, proof=posture.proof if posture else None)
    now = services.now()
    todo = comes_to(sight, Asked(order, now, sight.stopped), history, now)
    return Preview(todo.steps, todo.cannot, todo.refused, sight.verdict(now), todo.retry_at, sight.account)
