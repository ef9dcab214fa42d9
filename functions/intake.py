"""How every Event Grid function ends: what follows from an event is queued, and said."""

import logging
from datetime import UTC, datetime
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from shared.models import Item

_log = logging.getLogger(f"unkeyed.{__name__}")


async def take(item: "Item | None", *, event_id: str, event_type: str) -> None:
    """Queues what an event names; one of no concern is dropped. Raises TemporaryError to have it delivered again."""
    if item is None:
        _log.info("event of no concern", extra={"event_id": event_id, "event_type": event_type})
        return
    from shared.road.services import services

    await services().queue.put(item)
    said(item.cause, item.operation_id, event_id)


def said(cause: str, operation_id: str, event_id: str) -> None:
    """Says that an event has become work: its id and the operation's are found together in the log."""
    _log.info("queued: %s", cause, extra={"operation_id": operation_id, "event_id": event_id})


def aware(time: datetime | None) -> datetime | None:
    """An event's time; one that names no zone is UTC."""
    return time.replace(tzinfo=time.tzinfo or UTC) if time else None
