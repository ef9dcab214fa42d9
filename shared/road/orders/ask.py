"""Asking: an order is written down as an operation, then queued for whichever worker comes first."""

from shared.errors import PermanentError
from shared.models import OrderItem
from shared.models.operations import Operation
from shared.models.orders import Asker, Order
from shared.resource_id import ResourceId
from shared.road.services import Services


async def ask(
    services: Services, account: ResourceId, order: Order, asker: Asker, *, operation_id: str, fingerprint: str
) -> Operation:
    """The operation of this id, written and queued where there was none; one that never began is queued once more.

    Raises PermanentError `IdempotencyKeyReused` where the id is another request's, TemporaryError where storage does not answer.
    """
    asked = Operation(operation_id, account, order, asker, services.now(), fingerprint)
    if not await services.operations.add(asked):
        asked = await services.operations.get(operation_id) or asked
        if asked.fingerprint != fingerprint:
            raise PermanentError(
                f"Operation {operation_id} was asked for with another request; use another key for this one.",
                code="IdempotencyKeyReused",
            )
    if asked.started_at is None and not asked.state.is_end:
        await services.queue.put(OrderItem(account, cause(asked), operation_id))
    return asked


def cause(operation: Operation) -> str:
    """Why a pass that follows an order is made, for the account's posture."""
    return f"asked for by {operation.asker.name}"
