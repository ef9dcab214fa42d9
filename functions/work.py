"""The work queue: one message, one account, one pass along the road."""

import logging
from typing import TYPE_CHECKING

import azure.functions as func

if TYPE_CHECKING:
    from shared.models import Item
    from shared.road.services import Services

blueprint = func.Blueprint()
_log = logging.getLogger(f"unkeyed.{__name__}")

QUEUE = "unkeyed-work"
# host.json's maxDequeueCount: after this many tries the host moves a message to the poison queue
LAST_TRY = 5


@blueprint.queue_trigger(arg_name="message", queue_name=QUEUE, connection="AzureWebJobsStorage")
async def work(message: func.QueueMessage) -> None:
    """Does what the message asks for; what cannot be finished now is queued again for later."""
    text = message.get_body().decode()
    try:
        await _do(text, is_back=(message.dequeue_count or 1) > 1)
    except Exception as error:
        if (message.dequeue_count or 0) >= LAST_TRY:
            await _end_operation(text)
            await _announce_poisoned(str(message.id), error)
        raise


async def _do(text: str, *, is_back: bool) -> None:
    from shared.road.services import services
    from shared.store.work_queue import decoded

    await pass_over(services(), decoded(text), is_back=is_back)


async def pass_over(here: "Services", item: "Item", *, is_back: bool = False) -> None:
    """One pass of one account, or what an item means for accounts; queues what is to be done later.

    `is_back` says that the item was taken before, by a worker that may have died.
    """
    from shared.errors import TemporaryError
    from shared.road.blockers import LASTING
    from shared.road.follow import anew, follow, queue, try_again

    if is_back:
        item = anew(item, here.now())
    try:
        further = await follow(here, item)
    except TemporaryError as error:
        at = await try_again(here, item, error)
        fields = {"operation_id": item.operation_id, "cause": item.cause}
        if item.attempt >= LASTING and error.retry_after is None:  # else somebody has said when, and that may be soon
            _log.error(
                "work waits for long and is tried again at %s: %s",
                at.isoformat(timespec="seconds"),
                error,
                extra=fields,
            )
        else:
            _log.warning("to be tried again at %s: %s", at.isoformat(timespec="seconds"), error, extra=fields)
        return
    for each in further:
        await queue(here, each, each.due)


async def _announce_poisoned(message_id: str, error: Exception) -> None:
    from shared.road.services import services

    reason = f"{type(error).__name__}: {error}"[:400]
    _log.error("a work item is given up on and kept in the poison queue: %s", reason, extra={"message_id": message_id})
    data = {"messageId": message_id, "queue": f"{QUEUE}-poison", "reason": reason}
    await services().publisher.publish("WorkPoisoned", message_id, data, event_id=f"poisoned-{message_id}")


async def _end_operation(text: str) -> None:
    """Whoever asked for it need not wait: nobody tries again."""
    from shared.errors import PermanentError
    from shared.models import OrderItem
    from shared.road.orders.carry_out import given_up
    from shared.road.services import services
    from shared.store.work_queue import decoded

    try:
        item = decoded(text)
    except PermanentError:
        return  # no work item at all, which the announcement says
    if isinstance(item, OrderItem):
        await given_up(services(), item)
