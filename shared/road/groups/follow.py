"""Follow: what a work item about groups leads to. An event only hastens the next reading of the feed; many need but one."""

import asyncio
import logging
from datetime import datetime, timedelta

from shared.errors import DeniedError, TemporaryError
from shared.models import GroupItem
from shared.road.groups import blockers, missed
from shared.road.groups.reading import Reader
from shared.road.groups.subscription import ensure, say
from shared.road.services import Services
from shared.store.group_feed import FeedState
from shared.store.leases import Lease
from shared.store.work_queue import new_operation_id

LEASE = "groups"
# An event is covered by a reading that began this much after it: the two clocks need not agree to the second
CLOCK_SKEW = timedelta(seconds=2)
# "Use delta query to track changes", "Replication delays": the feed may show a change later than its event tells of it
LAG = timedelta(seconds=60)
# Well within the host's limit for a function; what is left is for the next item
LONGEST = timedelta(minutes=8)
READ_AGAIN, LOOK_AFTER = "changes of groups read again", "groups looked after"
OF_READING = frozenset({"groups.denied"})
OF_SUBSCRIPTION = frozenset(
    f"groups.{each}"
    for each in (
        "subscriptionDenied",
        "limit",
        "partnerNotAuthorized",
        "refused",
        "topicUnreadable",
        "topicMissing",
        "topicNotActivated",
    )
)
_log = logging.getLogger(f"unkeyed.{__name__}")


def look_after_groups() -> GroupItem:
    """The item that has everything about groups seen to: the subscription, the feed, what events missed."""
    return GroupItem("", LOOK_AFTER, new_operation_id())


async def follow_group(services: Services, item: GroupItem) -> tuple[GroupItem, ...]:
    """Reads the feed of groups where this item asks for more than has been read.

    Returns nothing, as what follows is queued before it is remembered. Raises TemporaryError.
    """
    feed = services.watch.feed
    if item.group and item.event_time and not item.attempt:
        await feed.note_told(item.group, item.event_time)
    state = await feed.state()
    if await _is_covered(services, item, state):
        _log.info("covered by the reading of %s", state.finished)
    else:
        await _read(services, item)
    if item.event_time and item.cause != READ_AGAIN:
        await _ask_again(services, state)
    return ()


async def _is_covered(services: Services, item: GroupItem, state: FeedState) -> bool:
    if item.event_time:
        return state.finished is not None and item.event_time + CLOCK_SKEW < state.finished
    if item.group:
        return item.group in await services.watch.members.heads()
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
    if looks_after:
        found = await ensure(services, state.subscription)
        await say(services, state, found, OF_SUBSCRIPTION, item.operation_id)
    try:
        counts = services.settings.group_topic is not None
        await Reader(services, lease, item.operation_id, counts=counts).read(state)
    except DeniedError as error:
        await say(services, state, [blockers.unreadable(error)], OF_READING, item.operation_id)
        return
    await say(services, state, (), OF_READING, item.operation_id)
    if looks_after:
        await missed.count(services, item.operation_id)
        await forget(services)


async def forget(services: Services) -> None:
    """Forgets the groups that show nobody's keys any more, and are in none that does."""
    from shared.road.groups.membership import reach

    heads = await services.watch.members.heads()
    roots = (await services.watch.interest.all()).roots()
    used = reach(roots, lambda group: heads[group].children if group in heads else ())
    for group in heads.keys() - used:
        await services.watch.members.forget(group)


async def _ask_again(services: Services, state: FeedState) -> None:
    """Has the feed read once more when what this event told of will have arrived there; one such reading does for many."""
    due = services.now() + LAG
    if state.again and state.again > due - LAG / 2:
        return
    again = GroupItem("", READ_AGAIN, new_operation_id(), event_time=due)
    await services.queue.put(again, visible_at=due, now=services.now())
    await services.watch.feed.ask_again(due)


def hidden_until(last: datetime | None, now: datetime) -> datetime | None:
    """Placeholder."""
    return None
