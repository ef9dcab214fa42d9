"""What a function is told of its queue message, as Microsoft's "Azure Queue storage trigger: message metadata" lists it."""

import uuid
from datetime import UTC, datetime, timedelta
from typing import TYPE_CHECKING

from simulator.host.data import Datum, datum

if TYPE_CHECKING:
    from azure.storage.queue import QueueMessage


def direct_metadata(text: str) -> dict[str, Datum]:
    """Metadata of a message that is given by hand and is in no queue."""
    now = datetime.now(UTC)
    return _described(str(uuid.uuid4()), "", 1, text, now, now + timedelta(days=7), now)


def metadata(text: str, message: "QueueMessage") -> dict[str, Datum]:
    """Metadata of a message that was received."""
    return _described(
        message.id,
        str(message.pop_receipt),
        message.dequeue_count or 0,
        text,
        message.inserted_on,
        message.expires_on,
        message.next_visible_on,
    )


def _described(
    message_id: str,
    receipt: str,
    dequeued: int,
    text: str,
    *times: datetime | None,
) -> dict[str, Datum]:
    names = ("InsertionTime", "ExpirationTime", "NextVisibleTime")
    return {
        "Id": datum(message_id, "string"),
        "PopReceipt": datum(receipt, "string"),
        "DequeueCount": datum(dequeued, "int"),
        "QueueTrigger": datum(text, "string"),
        **{
            name: datum(time.astimezone(UTC).isoformat(), "string")
            for name, time in zip(names, times, strict=True)
            if time
        },
    }
