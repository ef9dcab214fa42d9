"""Event Grid: what Resource Manager says has happened to an account becomes work.

An event is a hint: it only names a resource, which the pass then reads itself. Event Grid schema and CloudEvents are
both taken; the worker tells them apart by payload. Source: Azure Event Grid, "Azure subscription as an Event Grid source".
"""

import uuid
from collections.abc import Callable
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import TYPE_CHECKING, Any

import azure.functions as func

from functions.intake import aware, take

if TYPE_CHECKING:
    from shared.models import Act, Exposure, Item

blueprint = func.Blueprint()

# The operations that concern an account, and what each is called as the cause of a pass; infra/ filters by the same names
CAUSES = {
    "microsoft.cognitiveservices/accounts/write": "account written",
    "microsoft.cognitiveservices/accounts/delete": "account deleted",
    "microsoft.cognitiveservices/accounts/listkeys/action": "keys listed",
    "microsoft.cognitiveservices/accounts/regeneratekey/action": "key regenerated",
    "microsoft.authorization/roleassignments/write": "role assignment written",
    "microsoft.authorization/roleassignments/delete": "role assignment deleted",
}
# What shows somebody an account's keys
EXPOSURES = {"keys listed": "listed", "key regenerated": "regenerated"}
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
    caller: tuple[str, str] = ("", "")  # object id, and client id of the application
    role: str = ""  # that let them, by GUID
    group: str = ""  # by which they hold it


@blueprint.event_grid_trigger(arg_name="event")
async def resource_events(event: func.EventGridEvent) -> None:
    """Queues what an event names; one of no concern is dropped. Raises TemporaryError to have it delivered again."""
    notice = _notice(event)
    await take(item_of(notice), event_id=notice.id, event_type=notice.type)


def item_of(notice: Notice) -> "Item | None":
    """The work that follows from an event; None where it is of no concern or names nothing that can be looked at."""
    from shared.models import OwnerItem, WorkItem
    from shared.resource_id import account_above, owner_above
    from shared.store.work_queue import new_operation_id

    operation = notice.operation.lower()
    if notice.type.lower().rpartition(".")[2] not in _SUCCEEDED:
        return None
    if cause := OWNER_CAUSES.get(operation):
        owner = owner_above(notice.resource)
        return OwnerItem(owner, cause, new_operation_id(), notice.time, act=_act(notice, cause)) if owner else None
    account, cause = account_above(notice.resource), CAUSES.get(operation)
    if account is None or cause is None:
        return None
    act, exposure = _act(notice, cause), _exposure(notice, cause)
    return WorkItem(account, cause, new_operation_id(), notice.time, act=act, exposure=exposure)


def _act(notice: Notice, cause: str) -> "Act":
    from shared.models import Act, Caller

    return Act(cause, notice.resource.lower(), notice.time or datetime.now(UTC), Caller(*notice.caller))


def _exposure(notice: Notice, cause: str) -> "Exposure | None":
    from shared.models import Exposure, ExposureKind

    if cause not in EXPOSURES:
        return None
    who, application = notice.caller
    return Exposure(
        ExposureKind(EXPOSURES[cause]),
        notice.time or datetime.now(UTC),
        (who,) if who else (),
        application=application,
        role=notice.role,
        group=notice.group,
    )


def _notice(event: func.EventGridEvent | func.CloudEvent) -> Notice:
    if isinstance(event, func.CloudEvent):
        return _made(event.id, event.type, event.subject, event.time, event.get_json)
    return _made(event.id, event.event_type, event.subject, event.event_time, event.get_json)


def _made(id_: object, type_: object, subject: object, time: datetime | None, body: Callable[[], Any]) -> Notice:
    data = body()
    fields = data if isinstance(data, dict) else {}
    role, group = _evidence(fields.get("authorization"))
    return Notice(
        id=str(id_ or ""),
        type=str(type_ or ""),
        operation=str(fields.get("operationName") or ""),
        resource=str(fields.get("resourceUri") or subject or ""),
        time=aware(time),
        caller=_caller(fields.get("claims")),
        role=role,
        group=group,
    )


def _caller(claims: object) -> tuple[str, str]:
    """Who did it, by the claims of the caller's token: object id and client id. The others are nobody's business."""
    found = {str(name).lower(): str(value) for name, value in claims.items()} if isinstance(claims, dict) else {}
    return found.get(_OBJECT_ID) or found.get("oid", ""), found.get("appid") or found.get("azp", "")


def _evidence(authorization: object) -> tuple[str, str]:
    """The role that allowed it, and the group that holds it; empty where the event does not say."""
    evidence = authorization.get("evidence") if isinstance(authorization, dict) else None
    if not isinstance(evidence, dict):
        return "", ""
    is_group = str(evidence.get("principalType", "")).lower() == "group"
    return _guid(evidence.get("roleDefinitionId")), _guid(evidence.get("principalId")) if is_group else ""


def _guid(bare: object) -> str:
    """Azure writes these ids without their hyphens."""
    try:
        return str(uuid.UUID(str(bare)))
    except ValueError:
        return ""
