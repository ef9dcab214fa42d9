"""Event Grid: what Resource Manager says has happened to an account becomes work.

An event is a hint: it only names a resource, which the pass then reads itself. Event Grid schema and CloudEvents are
both taken; the worker tells them apart by payload. Source: Azure Event Grid, "Azure subscription as an Event Grid source".
"""

import logging
from collections.abc import Callable
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any

import azure.functions as func

blueprint = func.Blueprint()
_log = logging.getLogger(f"unkeyed.{__name__}")

# The operations that concern an account, and what each is called as the cause of a pass; infra/ filters by the same names
CAUSES = {
    "microsoft.cognitiveservices/accounts/write": "account written",
    "microsoft.cognitiveservices/accounts/delete": "account deleted",
    "microsoft.authorization/roleassignments/delete": "role assignment deleted",
}
_SUCCEEDED = ("resourcewritesuccess", "resourcedeletesuccess", "resourceactionsuccess")


@dataclass(frozen=True, slots=True)
class Notice:
    """What an event says, whichever schema it came in."""

    id: str
    type: str
    operation: str
    resource: str
    time: datetime | None


@blueprint.event_grid_trigger(arg_name="event")
async def resource_events(event: func.EventGridEvent) -> None:
    """Queues the account an event names; one of no concern is dropped. Raises TemporaryError to have it delivered again."""
    notice = _notice(event)
    cause = cause_of(notice)
    if cause is None:
        _log.info("event of no concern", extra={"event_id": notice.id, "event_type": notice.type})
        return
    from shared.models import WorkItem
    from shared.resource_id import account_above
    from shared.road.services import services
    from shared.store.work_queue import new_operation_id

    account = account_above(notice.resource)
    if account is None:
        _log.info("event names no account", extra={"event_id": notice.id, "cause": cause})
        return
    item = WorkItem(account, cause, new_operation_id(), notice.time)
    await services().queue.put(item)
    _log.info(
        "queued: %s", cause, extra={"operation_id": item.operation_id, "account": account.text, "event_id": notice.id}
    )


def cause_of(notice: Notice) -> str | None:
    """Why a pass is due after this event; None where it is of no concern."""
    if notice.type.lower().rpartition(".")[2] not in _SUCCEEDED:
        return None
    return CAUSES.get(notice.operation.lower())


def _notice(event: func.EventGridEvent | func.CloudEvent) -> Notice:
    if isinstance(event, func.CloudEvent):
        return _made(event.id, event.type, event.subject, event.time, event.get_json)
    return _made(event.id, event.event_type, event.subject, event.event_time, event.get_json)


def _made(id_: object, type_: object, subject: object, time: datetime | None, body: Callable[[], Any]) -> Notice:
    data = body()
    fields = data if isinstance(data, dict) else {}
    return Notice(
        id=str(id_ or ""),
        type=str(type_ or ""),
        operation=str(fields.get("operationName") or ""),
        resource=str(fields.get("resourceUri") or subject or ""),
        time=time.replace(tzinfo=time.tzinfo or UTC) if time else None,
    )
