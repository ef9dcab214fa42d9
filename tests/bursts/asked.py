"""What the app has asked of Azure's services in a burst, by the local Azure's log of traffic.

A service that answers 429 names a time until which it is to be left alone. Whether it was is told from the log, which has
when each call came and when it was answered; "Understand how Azure Resource Manager throttles requests" has the sizes of
the buckets, which are one for each subscription, caller and kind of operation.
"""

from collections import Counter, defaultdict
from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime, timedelta

from shared.throttling import RESOURCE_MANAGER, Bucket, bucket_of
from simulator.company.identities import UNKEYED
from simulator.wire import Json

# A call that came so soon after a 429 was sent off before that had arrived: two busy processes lie between
UNDER_WAY = timedelta(seconds=0.75)
# What a bucket holds at first, and gets each second
_BUCKETS = {"reads": (250, 25), "writes": (200, 10), "deletes": (200, 10)}


@dataclass(frozen=True, slots=True)
class Call:
    """One call of the app's; `wait` is how long its answer asked to be left alone."""

    bucket: Bucket
    what: str
    began: datetime
    answered: datetime
    status: int
    wait: timedelta | None

    @property
    def is_refused(self) -> bool:
        return self.status == 429


def calls_of_app(traffic: Iterable[Json]) -> list[Call]:
    """The app's own calls in a log of traffic, in the order in which they came."""
    found = (_call(each) for each in traffic if each["caller"] == UNKEYED.id)
    return sorted(found, key=lambda each: each.began)


def _call(exchange: Json) -> Call:
    answered, method, url = datetime.fromisoformat(exchange["at"]), exchange["method"], exchange["url"]
    wait = timedelta(seconds=int(exchange["retryAfter"])) if exchange["retryAfter"] else None
    began = answered - timedelta(seconds=exchange["seconds"])
    return Call(bucket_of(method, url), f"{method} {url.partition('?')[0]}", began, answered, exchange["status"], wait)


def early(calls: Iterable[Call]) -> list[Call]:
    """The calls that came while their bucket was to be left alone, those left out that were under way when it said so."""
    known, closed = list(calls), defaultdict[Bucket, list[tuple[datetime, datetime]]](list)
    for each in known:
        if each.is_refused and each.wait:
            closed[each.bucket].append((each.answered + UNDER_WAY, each.answered + each.wait))
    return [each for each in known if any(begin <= each.began < end for begin, end in closed[each.bucket])]


def at_best(calls: Iterable[Call], scale: float = 1.0) -> float:
    """The seconds within which Resource Manager's buckets, full at first, let so many calls through."""
    counts = Counter(each.bucket for each in calls if not each.is_refused)
    return max((_seconds(bucket, count, scale) for bucket, count in counts.items()), default=0.0)


def _seconds(bucket: Bucket, count: int, scale: float) -> float:
    if bucket.host != RESOURCE_MANAGER:
        return 0.0
    size, refill = _BUCKETS[bucket.kind]
    return max(0.0, (count - size * scale) / (refill * scale))
