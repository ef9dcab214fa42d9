"""What events missed: groups that a reading found changed and of which no event has told."""

import logging
from collections.abc import Iterable
from datetime import datetime, timedelta

from shared.road.services import Services
from shared.store.group_feed import News

# An event may come so much later than the feed shows its change, or so much before
LATE = timedelta(minutes=15)
_log = logging.getLogger(f"unkeyed.{__name__}")


def untold(news: Iterable[News], now: datetime) -> list[str]:
    """The groups of which an event would have told by now."""
    return [
        each.group
        for each in news
        if each.found and each.found < now - LATE and (each.told is None or each.told < each.found - LATE)
    ]


def settled(news: Iterable[News], now: datetime) -> list[str]:
    """The groups of which nothing more is to be expected: what was found was told or missed, what was told is long ago."""
    return [each.group for each in news if max(filter(None, (each.told, each.found))) < now - LATE]


async def count(services: Services, operation_id: str) -> None:
    """Counts and announces what events missed, once."""
    news, now = await services.watch.feed.news(), services.now()
    missed = untold(news, now)
    if missed:
        _log.warning("changes of %d groups were told of by no event", len(missed), extra={"groups": missed[:20]})
        data = {"operationId": operation_id, "missed": len(missed), "groups": missed[:20]}
        topic = str(services.settings.group_topic)
        await services.publisher.publish("GroupEventsMissed", topic, data, event_id=f"{operation_id}-missed")
    await services.watch.feed.forget_news(sorted({*missed, *settled(news, now)}))
