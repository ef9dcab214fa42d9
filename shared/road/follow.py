"""Follow: what each kind of work item leads to. An account is walked; an owner or a secret leads to accounts to look at."""

import logging
from collections.abc import Iterable
from dataclasses import replace
from datetime import datetime, timedelta

from shared.errors import NotFoundError, PermanentError, TemporaryError, ThrottledError
from shared.models import GroupItem, Item, OrderItem, OwnerItem, SecretItem, WorkItem
from shared.resource_id import ResourceId, ResourceIdError, account_above
from shared.road.groups.follow import follow_group
from shared.road.orders.carry_out import carry_out
from shared.road.pointing import subdomain_of
from shared.road.recent import CALM, CLOCK_SKEW, put_off
from shared.road.services import Services
from shared.road.walk import again_at, is_own, walk
from shared.store.connection_index import Link
from shared.telemetry import log_fields

_log = logging.getLogger(f"unkeyed.{__name__}")


async def follow(services: Services, item: Item) -> tuple[WorkItem | OwnerItem | OrderItem, ...]:
    """Does what the item asks for; returns the looks that are to follow. Raises TemporaryError where it cannot be done now."""
    match item:
        case WorkItem():
            again = await walk(services, item)
            return (again,) if again else ()
        case OwnerItem():
            with log_fields(operation_id=item.operation_id):
                return await _owner(services, item)
        case SecretItem():
            with log_fields(operation_id=item.operation_id):
                return await _secret(services, item)
        case GroupItem():
            with log_fields(operation_id=item.operation_id):
                await follow_group(services, item)
                return ()
        case OrderItem():
            with log_fields(operation_id=item.operation_id, account=item.account.text):
                return await carry_out(services, item)


def anew(item: Item, now: datetime) -> Item:
    """The item for which no pass or reading from before now does: its worker may have died when it had finished, before what
    follows was queued."""
    match item:
        case WorkItem():
            return replace(item, event_time=now)
        case OwnerItem():
            return replace(item, event_time=now, whole=True)
        case _:
            return item


async def queue(services: Services, item: Item, at: datetime | None) -> None:
    """Queues an item for a look at that time, which does for all that is told of until then."""
    await services.queue.put(item, visible_at=at, now=services.now())
    if at:
        services.recent.waits(item, at)


async def try_again(services: Services, item: Item, error: TemporaryError) -> datetime:
    """Queues an item that this error has kept from being followed; returns for when."""
    at = again_at(error, item.attempt, services.now())
    if error.retry_after:
        at = services.recent.turn(item, at)
    tries = item.attempt if isinstance(error, ThrottledError) else item.attempt + 1
    again = replace(put_off(item, at), attempt=tries)
    if isinstance(again, OwnerItem) and error.retry_after is None:  # what has changed may be filed by now
        again = replace(again, whole=True)
    await queue(services, again, at)
    return at


async def _owner(services: Services, item: OwnerItem) -> tuple[WorkItem | OwnerItem, ...]:
    """Reads the owner's connections anew; whatever came or went concerns the accounts it leads to, or all that is there.

    What the app did itself it has read back and filed; of many events that follow each other one reading does for all.
    """
    if await is_own(services, item):
        return ()
    if services.recent.is_waited_for(item, services.now()):
        _log.info("a reading that waits on the queue does for it, too: %s", item.cause)
        return ()
    read = await services.index.read(item.owner.text) if item.event_time else None
    if read and item.event_time and item.event_time + CLOCK_SKEW < read:
        return ()
    if read and timedelta() <= services.now() - read < CALM:
        return (replace(put_off(item, read + CALM), due=read + CALM),)
    filed = await services.index.of(item.owner.text) if item.whole else ()
    found = await _accounts(services, (*filed, *await services.owners.read_again(item.owner)))
    _log.info("connections of %s read: %d accounts concerned", item.owner, len(found))
    now = services.now()
    return tuple(WorkItem(each, item.cause, item.operation_id, event_time=now, act=item.act) for each in found)


async def _accounts(services: Services, links: Iterable[Link]) -> tuple[ResourceId, ...]:
    found: dict[str, ResourceId] = {}
    for marker in {each.marker for each in links}:
        account = account_above(marker)
        subdomain = subdomain_of(marker)
        named = (account,) if account else await services.records.of_subdomain(subdomain) if subdomain else ()
        found |= {each.key: each for each in named}
    return tuple(found.values())


async def _secret(services: Services, item: SecretItem) -> tuple[WorkItem, ...]:
    """The account that the secret's tags name: its pass reads the secret and says whether a new key is due.

    Only vaults that the policy names are asked: an event may name any address.
    """
    policy = await services.policy.current(services.now())
    vaults = {rule.keys.vault.lower() for rule in policy.rules if rule.keys and rule.keys.vault}
    if item.secret.lower().partition("/secrets/")[0] not in vaults:
        _log.info("the secret is in no vault of the policy")
        return ()
    try:
        named = await services.vault.account_of(item.secret)
        return (WorkItem(ResourceId.account(named), item.cause, item.operation_id),)
    except NotFoundError:
        _log.info("the secret does not exist any more")
    except ResourceIdError:
        _log.info("the secret is not tagged as an account's")
    except PermanentError as error:
        _log.error("a secret near its end could not be read: %s", error)
    return ()
