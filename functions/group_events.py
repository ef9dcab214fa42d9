"""Event Grid: what Microsoft Graph says of groups, by CloudEvents of a partner topic, becomes work.

An event only hastens the reading of what has changed, which shows it by itself. What is not the app's own subscription's is
dropped and counted, and never refused: Event Grid would bring it again. Source: "Microsoft Entra event types and schema in
Azure Event Grid".
"""

import logging
from typing import TYPE_CHECKING

import azure.functions as func

from functions.intake import aware, said

if TYPE_CHECKING:
    from shared.road.groups.hearing import Dropped, Told
    from shared.road.services import Services

blueprint = func.Blueprint()
_log = logging.getLogger(f"unkeyed.{__name__}")


@blueprint.event_grid_trigger(arg_name="event")
async def group_events(event: func.EventGridEvent) -> None:
    """Queues the group an event names. Raises TemporaryError to have it delivered again."""
    from shared.road.groups.hearing import Dropped
    from shared.road.services import services

    here = services()
    found = await _heard(here, event)
    if isinstance(found, Dropped):
        await _drop(here, found, str(event.id))
    else:
        await _queue(here, found, event)


async def _heard(here: "Services", event: func.EventGridEvent | func.CloudEvent) -> "Told | Dropped":
    from shared.road.groups.hearing import Dropped, Notice

    if not isinstance(event, func.CloudEvent):
        return Dropped.SCHEMA
    return await here.watch.ear.hear(Notice(str(event.type or ""), str(event.subject or ""), event.get_json()))


async def _drop(here: "Services", reason: "Dropped", event_id: str) -> None:
    from shared.errors import TemporaryError

    _log.warning("event dropped: %s", reason, extra={"event_id": event_id})
    try:
        await here.watch.dropped.count(reason, here.now().date())
    except TemporaryError as error:  # to have it delivered again would count it twice
        _log.warning("a dropped event is not counted yet: %s", error)


async def _queue(here: "Services", told: "Told", event: func.EventGridEvent | func.CloudEvent) -> None:
    from shared.models import GroupItem
    from shared.road.groups.follow import look_after_groups
    from shared.store.work_queue import new_operation_id

    if told.group:
        at = aware(event.time if isinstance(event, func.CloudEvent) else None) or here.now()
        item = GroupItem(told.group, told.cause, new_operation_id(), at)
        await here.queue.put(item, visible_at=here.watch.ear.visible_at(), now=here.now())
    else:
        await here.watch.feed.ask_for_reauthorization()
        item = look_after_groups()
        await here.queue.put(item)
    said(told.cause, item.operation_id, str(event.id))
