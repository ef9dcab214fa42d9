"""Event Grid: what Resource Manager says has happened to an account becomes work.

An event is a hint: it only names a resource, which the pass then reads itself. Event Grid schema and CloudEvents are
both taken; the worker tells them apart by payload. Source: Azure Event Grid, "Azure subscription as an Event Grid source".
"""

import logging
from collections.abc import Callable
from dataclasses import dataclass, replace
from datetime import UTC, datetime
from typing import TYPE_CHECKING, Any

import azure.functions as func

if TYPE_CHECKING:
    from shared.models import Item

blueprint = func.Blueprint()
_log = logging.getLogger(f"unkeyed.{__name__}")

# The operations that concern an account, and what each is called as the cause of a pass; infra/ filters by the same names
CAUSES = {
    "microsoft.cognitiveservices/accounts/write": "account written",
    "microsoft.cognitiveservices/accounts/delete": "account deleted",
    "microsoft.authorization/roleassignments/delete": "role assignment deleted",
}
# What somebody does with an account's keys
KEY_ACTIONS = {
    "microsoft.cognitiveservices/accounts/listkeys/action": ("keys listed", "listed"),
    "microsoft.cognitiveservices/accounts/regeneratekey/action": ("key regenerated", "regenerated"),
}
# What changes the connections that an account, a project or a machine-learning workspace holds
OWNER_CAUSES = {
    "microsoft.cognitiveservices/accounts/connections/write": "connection written",
    "microsoft.cognitiveservices/accounts/connections/delete": "connection deleted",
    "microsoft.cognitiveservices/accounts/projects/write": "project written",
    "microsoft.cognitiveservices/accounts/projects/delete": "project deleted",
    "microsoft.cognitiveservices/accounts/projects/connections/write": "connection written",
    "microsoft.cognitiveservices/accounts/projects/connections/delete": "connection deleted",
    "microsoft.machinelearningservices/workspaces/write": "workspace written",
    "microsoft.machinelearningservices/workspaces/delete": "workspace deleted",
    "microsoft.machinelearningservices/workspaces/connections/write": "connection written",
    "microsoft.machinelearningservices/workspaces/connections/delete": "connection deleted",
}
_OBJECT_ID = "http://schemas.microsoft.com/identity/claims/objectidentifier"
_SUCCEEDED = ("resourcewritesuccess", "resourcedeletesuccess", "resourceactionsuccess")


@dataclass(frozen=True, slots=True)
class Notice:
    """What an event says, whichever schema it came in."""

    id: str
    type: str
    operation: str
    resource: str
    time: datetime | None
    caller: str = ""


@blueprint.event_grid_trigger(arg_name="event")
async def resource_events(event: func.EventGridEvent) -> None:
    """Queues what an event names; one of no concern is dropped. Raises TemporaryError to have it delivered again."""
    notice = _notice(event)
    item = item_of(notice)
    if item is None:
        _log.info("event of no concern", extra={"event_id": notice.id, "event_type": notice.type})
        return
    from shared.road.services import services

    await services().queue.put(item)
    _log.info("queued: %s", item.cause, extra={"operation_id": item.operation_id, "event_id": notice.id})


def item_of(notice: Notice) -> "Item | None":
    """The work that follows from an event; None where it is of no concern or names nothing that can be looked at."""
    from shared.models import KeyAction, OwnerItem, WorkItem
    from shared.resource_id import account_above, owner_above
    from shared.store.work_queue import new_operation_id

    operation = notice.operation.lower()
    if notice.type.lower().rpartition(".")[2] not in _SUCCEEDED:
        return None
    if cause := OWNER_CAUSES.get(operation):
        owner = owner_above(notice.resource)
        return OwnerItem(owner, cause, new_operation_id(), notice.time) if owner else None
    account = account_above(notice.resource)
    if account is None:
        return None
    if operation in KEY_ACTIONS:
        cause, action = KEY_ACTIONS[operation]
        item = WorkItem(account, cause, new_operation_id(), notice.time)
        return replace(item, key_action=KeyAction(action), caller=notice.caller)
    cause = CAUSES.get(operation)
    return WorkItem(account, cause, new_operation_id(), notice.time) if cause else None


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
        caller=_caller(fields.get("claims")),
    )


def _caller(claims: object) -> str:
    """Who did it, by the claims of the caller's token: an application's client id, else a person's object id."""
    found = {str(name).lower(): str(value) for name, value in claims.items()} if isinstance(claims, dict) else {}
    return next((found[each] for each in ("appid", "azp", _OBJECT_ID, "oid") if found.get(each)), "")
