"""The app's subscription to changes of groups: made, kept alive and made anew, always under the lease of the feed.

Its client state comes back in every event and so is a secret: made for one subscription, sent once, kept as a hash only. The
hash is written before the subscription is asked for, so that one made by a worker that died then can be taken over.
"""

import hashlib
import hmac
import logging
import secrets
from collections.abc import Iterable
from dataclasses import replace
from datetime import timedelta

from shared.errors import DeniedError, NotFoundError, PermanentError
from shared.resource_id import ResourceId
from shared.road.groups import blockers
from shared.road.groups.blockers import WatchBlocker
from shared.road.services import Services
from shared.sdk.graph_subscriptions import LONGEST, Address, Subscription
from shared.sdk.partner_topics import ACTIVATED
from shared.store.group_feed import FeedState, HeldSubscription

RENEW_WITH_LESS_THAN = timedelta(days=21)
_log = logging.getLogger(f"unkeyed.{__name__}")


def new_state() -> str:
    """128 random bits, in the form of a key, which is cut wherever an answer that repeats it would be logged."""
    return secrets.token_hex(16)


def hash_of(state: str) -> str:
    return hashlib.sha256(state.encode()).hexdigest()


def is_state(state: str, state_hash: str) -> bool:
    """Whether this is the client state of that hash, in a time that tells nothing."""
    return hmac.compare_digest(hash_of(state), state_hash) and bool(state_hash)


async def ensure(services: Services, held: HeldSubscription) -> tuple[WatchBlocker, ...]:
    """Has exactly one subscription, alive for weeks, where the settings name a topic; returns what stands in the way of its
    events. Raises TemporaryError."""
    topic = services.settings.group_topic
    if topic is None:
        return ()
    try:
        await _ensured(services, held, Address(topic, services.settings.group_topic_location))
    except PermanentError as error:
        return (blockers.refused(error, topic),)
    return await _closed(services, topic)


async def _ensured(services: Services, held: HeldSubscription, address: Address) -> None:
    graph = services.watch.subscriptions
    there = [each for each in await graph.list() if each.goes_to(address)]
    kept = _own(held, there)
    for stray in (each for each in there if each is not kept):
        _log.warning("a subscription to groups that is not the app's current one is deleted: %s", stray.id)
        await graph.delete(stray.id)
    if kept is None:
        await _create(services, held, address)
    else:
        await _keep(services, _adopted(held, kept), kept, address)


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


async def _keep(services: Services, held: HeldSubscription, kept: Subscription, address: Address) -> None:
    if held.asked or kept.expires - services.now() < RENEW_WITH_LESS_THAN:
        try:
            kept = await services.watch.subscriptions.extend(kept.id, services.now() + LONGEST)
        except NotFoundError:
            await _create(services, held, address)
            return
        _log.info("the subscription to groups lasts until %s", kept.expires.isoformat())
    await services.watch.feed.hold(replace(held, expires=kept.expires, asked=False))


async def _closed(services: Services, topic: ResourceId) -> tuple[WatchBlocker, ...]:
    """Why the topic lets no events through, empty where it does."""
    try:
        activation = await services.watch.topics.activation(topic)
    except NotFoundError:
        return (blockers.topic_missing(topic),)
    except (DeniedError, PermanentError) as error:
        return (blockers.topic_unreadable(error, topic),)
    return () if activation == ACTIVATED else (blockers.topic_closed(activation, topic),)


async def say(services: Services, state: FeedState, found: Iterable[WatchBlocker], of: frozenset[str], operation_id: str) -> None:
    """Announces those blockers that are new, once while they last, and forgets those of these codes that are over."""
    now = {each.code: each for each in found}
    for code in (state.blockers.keys() & of) - now.keys():
        _log.info("%s is over", code)
        await services.watch.feed.drop_blocker(code)
    for each in now.values():
        if state.blockers.get(each.code) == each.message:
            continue
        _log.error("%s: %s %s", each.code, each.message, each.fix)
        data = {"operationId": operation_id, "code": each.code, "message": each.message, "fix": each.fix, "source": "groups"}
        subject = str(services.settings.group_topic or "groups")
        await services.publisher.publish("Blocked", subject, data, event_id=f"{operation_id}-{each.code}")
        await services.watch.feed.note_blocker(each.code, each.message, each.fix, services.now())
