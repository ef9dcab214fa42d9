"""The app's subscription to changes of groups: made, kept alive and made anew, always under the lease of the feed.

Its client state comes back in every event and so is a secret: made for one subscription, sent once, kept as a hash only. The
hash is written before the subscription is asked for, so that one made by a worker that died then can be taken over.
"""

import logging
from collections.abc import Iterable
from dataclasses import replace
from datetime import timedelta

from shared.errors import NotFoundError, PermanentError
from shared.resource_id import ResourceId
from shared.road.groups import blockers
from shared.road.groups.blockers import WatchBlocker
from shared.road.groups.states import hash_of, new_state
from shared.road.services import Services
from shared.sdk.graph_subscriptions import LONGEST, Address, Subscription
from shared.sdk.partner_topics import ACTIVATED
from shared.store.group_feed import HeldSubscription

RENEW_WITH_LESS_THAN = timedelta(days=21)
_log = logging.getLogger(f"unkeyed.{__name__}")


async def ensure(services: Services, held: HeldSubscription) -> tuple[WatchBlocker, ...]:
    """Has exactly one subscription, alive for weeks, where the settings name a topic; returns what stands in the way of its
    events. Raises TemporaryError."""
    topic = services.settings.group_topic
    if topic is None:
        return ()
    closed = await _closed(services, topic)
    try:
        made = await _ensured(services, held, topic, is_lost=blockers.topic_missing(topic) in closed)
    except PermanentError as error:
        return (blockers.refused(error, topic),)
    return await _closed(services, topic) if made else closed


async def _ensured(services: Services, held: HeldSubscription, topic: ResourceId, *, is_lost: bool) -> bool:
    """True where it was made just now. One whose topic `is_lost` is made anew, which makes the topic anew, too."""
    graph, address = services.watch.subscriptions, Address(topic, services.settings.group_topic_location)
    there = [each for each in await graph.list() if each.goes_to(address)]
    kept = None if is_lost else _own(held, there)
    for stray in (each for each in there if each is not kept):
        _log.warning("a subscription to groups that is of no use is deleted: %s", stray.id)
        await graph.delete(stray.id)
    if kept and await _keep(services, _adopted(held, kept), kept):
        return False
    await _create(services, held, address)
    return True


def _own(held: HeldSubscription, there: Iterable[Subscription]) -> Subscription | None:
    """The one that is held; or the only one there is, where one may have been made whose id nobody could write down."""
    whole = [each for each in there if each.is_whole]
    known = [each for each in whole if each.id == held.id]
    unknown = whole if held.pending and not known and len(whole) == 1 else []
    return next(iter(known or unknown), None)


def _adopted(held: HeldSubscription, kept: Subscription) -> HeldSubscription:
    if held.id == kept.id:
        return replace(held, pending="")
    _log.info("subscription %s, made by a worker that died, is taken over", kept.id)
    return HeldSubscription(kept.id, state_hash=held.pending)


async def _create(services: Services, held: HeldSubscription, address: Address) -> None:
    state = new_state()
    await services.watch.feed.hold(replace(held, pending=hash_of(state)))
    made = await services.watch.subscriptions.create(address, state, services.now() + LONGEST)
    await services.watch.feed.hold(HeldSubscription(made.id, hash_of(state), expires=made.expires))
    _log.info("subscribed to groups until %s", made.expires.isoformat())


async def _keep(services: Services, held: HeldSubscription, kept: Subscription) -> bool:
    """Gives it another end where that is near or asked for; False where it has ended."""
    if held.asked or kept.expires - services.now() < RENEW_WITH_LESS_THAN:
        try:
            kept = await services.watch.subscriptions.extend(kept.id, services.now() + LONGEST)
        except NotFoundError:
            return False
        _log.info("the subscription to groups lasts until %s", kept.expires.isoformat())
    await services.watch.feed.hold(replace(held, expires=kept.expires, asked=False))
    return True


async def _closed(services: Services, topic: ResourceId) -> tuple[WatchBlocker, ...]:
    """Why the topic lets no events through, empty where it does."""
    try:
        activation = await services.watch.topics.activation(topic)
    except NotFoundError:
        return (blockers.topic_missing(topic),)
    except PermanentError as error:
        return (blockers.topic_unreadable(error, topic),)
    return () if activation == ACTIVATED else (blockers.topic_closed(activation, topic),)
