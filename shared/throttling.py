"""The gate before services that asked to be left alone: until the time they named, nobody in this process asks them again.

A call before Retry-After is over is not processed and begins the wait anew, whoever made it ("Understand how Azure Resource
Manager throttles requests", "Microsoft Graph throttling guidance"). So what one pass is told counts for all others that
draw from the same bucket.
"""

import asyncio
import logging
import re
from collections.abc import Awaitable, Callable
from dataclasses import dataclass
from datetime import datetime, timedelta
from urllib.parse import urlsplit

from shared.errors import ThrottledError

RESOURCE_MANAGER, GRAPH = "management.azure.com", "graph.microsoft.com"
_KINDS = {"GET": "reads", "HEAD": "reads", "DELETE": "deletes"}
_SUBSCRIPTION = re.compile(r"/+subscriptions/+([^/]+)", re.IGNORECASE)
_THROTTLED, _UNAVAILABLE = 429, 503
# With this code a 429 speaks of one resource, which another operation holds, and not of the caller's bucket
_HELD = "RetryableErrorDueToAnotherOperation"
# Resource Manager's buckets fill by 25 reads, 10 writes and 10 deletes a second
_USUAL_PACE = timedelta(seconds=1 / 25)
_PACE = {"writes": timedelta(seconds=1 / 10), "deletes": timedelta(seconds=1 / 10)}
_log = logging.getLogger(f"unkeyed.{__name__}")

type Now = Callable[[], datetime]


@dataclass(frozen=True, slots=True)
class Bucket:
    """What a call is counted against. Only Resource Manager tells its callers' subscriptions and kinds of operation apart."""

    host: str
    subscription: str = ""
    kind: str = ""

    def __str__(self) -> str:
        of = f" of subscription {self.subscription}" if self.subscription else ""
        return f"{self.host}{': ' if self.kind else ''}{self.kind}{of}"


def bucket_of(method: str, url: str) -> Bucket:
    """The bucket of a call: of Resource Manager one for each subscription and kind of operation, and the tenant's own where
    the path is in no subscription; of any other service its host."""
    parts = urlsplit(url)
    host = parts.hostname or ""
    if host != RESOURCE_MANAGER:
        return Bucket(host)
    found = _SUBSCRIPTION.match(parts.path)
    return Bucket(host, found[1].lower() if found else "", _KINDS.get(method, "writes"))


@dataclass(slots=True)
class _Line:
    """A bucket that was closed at `since`: nobody goes before `opens`, and whoever comes next has their turn at `free`."""

    since: datetime
    opens: datetime
    free: datetime


class Gate:
    """Which buckets are closed, and who waits before them. Time is the caller's `now`; a clock set back opens them all."""

    def __init__(
        self, now: Now, patience: timedelta, sleep: Callable[[float], Awaitable[None]] = asyncio.sleep
    ) -> None:
        """`patience` is how long a call waits here, all in all, before it is refused."""
        self._now = now
        self._patience = patience
        self._sleep = sleep
        self._lines: dict[Bucket, _Line] = {}

    async def enter(self, method: str, url: str) -> None:
        """Returns once the call may be sent; raises ThrottledError where that is further off than one waits here.

        Those who wait go one by one, as fast as a bucket fills: all at once they would find it empty again.
        """
        if not self._lines:
            return
        bucket, patience = bucket_of(method, url), self._patience
        while line := self._line(bucket):
            turn, left = line.free, line.free - self._now()
            if left > patience:
                raise ThrottledError(f"{bucket}: not asked yet, as it wishes", left)
            line.free += _PACE.get(bucket.kind, _USUAL_PACE)
            patience -= left
            await self._sleep(left.total_seconds())
            if line.opens <= turn:
                return

    def heed(self, method: str, url: str, status: int, wait: timedelta | None, said: str) -> None:
        """Closes the bucket of a call whose answer, of this status and text, asks for a wait."""
        bucket = bucket_of(method, url)
        if not wait or not _is_about_the_caller(bucket, status, said):
            return
        now = self._now()
        line = self._line(bucket)
        if line is None:
            _log.warning("%s: asked to wait %.0f s", bucket, wait.total_seconds())
            line = self._lines[bucket] = _Line(now, now, now)
        line.opens = max(line.opens, now + wait)
        line.free = max(line.free, line.opens)

    def _line(self, bucket: Bucket) -> _Line | None:
        """The line before a bucket; None where one may go at once."""
        line, now = self._lines.get(bucket), self._now()
        if line is not None and not line.since <= now < line.free:
            del self._lines[bucket]
            return None
        return line


def _is_about_the_caller(bucket: Bucket, status: int, said: str) -> bool:
    if status == _UNAVAILABLE:
        return bucket.host in {RESOURCE_MANAGER, GRAPH}
    return status == _THROTTLED and _HELD not in said
