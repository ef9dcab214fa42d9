"""Follow: what a work item about groups leads to. An event only hastens the next reading of the feed; many need but one."""

import asyncio
import logging
from datetime import datetime, timedelta

from shared.errors import DeniedError, TemporaryError
from shared.models import GroupItem
from shared.road.groups import blockers, missed
from shared.road.groups.membership import reach
from shared.road.groups.reading import Reader
from shared.road.groups.subscription import ensure
from shared.road.recent import CLOCK_SKEW
from shared.road.services import Services
from shared.store.group_feed import FeedState
from shared.store.leases import Lease
from shared.store.work_queue import new_operation_id

LEASE = "groups"
# "Use delta query to track changes", "Replication delays": the feed may show a change later than its event tells of it
LAG = timedelta(seconds=60)
# Well within the host's limit for a function; what is left is for the next item
LONGEST = timedelta(minutes=8)
READ_AGAIN, LOOK_AFTER = "changes of groups read again", "groups looked after"
_log = logging.getLogger(f"unkeyed.{__name__}")


def look_after_groups() -> GroupItem:
    """The item that has everything about groups seen to: the subscription, the feed, what events missed."""
    return GroupItem("", LOOK_AFTER, new_operation_id())


async def follow_group(services: Services, item: GroupItem) -> None:
    """Reads the feed of groups where this item asks for more than has been read. What follows from it is queued in between,
    before it is remembered. Raises TemporaryError."""
    feed = services.watch.feed
    if item.group and item.event_time and not item.attempt:
        await feed.note_told(item.group, item.event_time)
    state = await feed.state()
    if await _is_covered(services, item, state):
        _log.info("covered by the reading of %s", state.finished)
    else:
        await _read(services, item)
    if item.cause == READ_AGAIN:
        await _go_on(services, item)
    elif item.event_time:
        await _ask_again(services, state)


async def _is_covered(services: Services, item: GroupItem, state: FeedState) -> bool:
    if item.event_time:
        return state.finished is not None and item.event_time + CLOCK_SKEW < state.finished
    if item.group:
        return await services.watch.members.is_watched(item.group)
    return False


async def _read(services: Services, item: GroupItem) -> None:
    length = services.settings.pass_limit
    try:
        async with (
            services.leases.hold(LEASE, services.now(), length) as lease,
            asyncio.timeout(LONGEST.total_seconds()),
        ):
            await _under_lease(services, lease, item)
    except TimeoutError as error:
        raise TemporaryError("the reading of groups took too long", code="ReadingTimeout") from error


async def _under_lease(services: Services, lease: Lease, item: GroupItem) -> None:
    # Whoever held the lease until now may have read since
    state = await services.watch.feed.state()
    looks_after = not item.group and item.event_time is None
    failure = await _ensure(services, state, item.operation_id) if looks_after else None
    try:
        unread = await Reader(services, lease, item.operation_id).read(state)
    except DeniedError as error:
        await blockers.say_of_reading(services, state, [blockers.unreadable(error)], item.operation_id)
        return
    unseen = (blockers.members_unseen(unread),) if unread else ()
    await blockers.say_of_reading(services, state, unseen, item.operation_id)
    if looks_after:
        await missed.count(services, item.operation_id)
        await forget(services)
    if failure:
        raise failure


async def _ensure(services: Services, state: FeedState, operation_id: str) -> TemporaryError | None:
    """Has the subscription seen to; returns why it could not be now, which is no reason not to read the feed."""
    try:
        found = await ensure(services, state.subscription)
    except TemporaryError as error:
        return error
    await blockers.say_of_events(services, state, found, operation_id)
    return None


async def forget(services: Services) -> None:
    """Forgets the groups that show nobody's keys any more, and are in none that does."""
    heads = await services.watch.members.heads()
    roots = (await services.uses.all()).roots()
    used = reach(roots, lambda group: heads[group].children if group in heads else ())
    for group in heads.keys() - used:
        await services.watch.members.forget(group)


async def _ask_again(services: Services, state: FeedState) -> None:
    """Has the feed read once more when what this event told of will have arrived there. One such reading waits at a time, and
    does for many; it has another follow where that is wanted."""
    now = services.now()
    if state.again is None or state.again <= now:
        async with services.watch.asking:
            again = (await services.watch.feed.state()).again
            if again is None or again <= now:
                await _queue_again(services, now + LAG)
    elif state.wanted is None or state.wanted < now + LAG / 2:
        await services.watch.feed.want_again(now + LAG)


async def _queue_again(services: Services, due: datetime) -> None:
    again = GroupItem("", READ_AGAIN, new_operation_id(), event_time=due)
    await services.queue.put(again, visible_at=due, now=services.now())
    await services.watch.feed.note_again(due)


async def _go_on(services: Services, item: GroupItem) -> None:
    """The reading that waited is done: the next one, where events have come too late for it."""
    state = await services.watch.feed.state()
    if state.wanted and item.event_time and state.wanted > max(item.event_time, services.now()):
        await _queue_again(services, state.wanted)
