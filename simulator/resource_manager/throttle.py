"""Resource Manager's token buckets: one per subscription, caller and kind of operation, refilled by the second.

Azure's sizes: reads 250 refilled at 25 a second, writes and deletes 200 at 10; a call before Retry-After has passed
starts the wait anew.
"""

import math
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import TYPE_CHECKING

from simulator.sign_in.tokens import Identity
from simulator.wire import Call, WireFault

if TYPE_CHECKING:
    from simulator.azure import Azure

_KINDS = {"GET": "reads", "HEAD": "reads", "DELETE": "deletes"}
_SIZE_AND_REFILL = {"reads": (250.0, 25.0), "writes": (200.0, 10.0), "deletes": (200.0, 10.0)}
_WAIT = 1.0
_GLOBAL_SHARE = 15  # all callers of a subscription or tenant together have this many times what one has


@dataclass(slots=True)
class Bucket:
    tokens: float
    filled: datetime
    closed_until: datetime | None = None


class Throttle:
    def __init__(self, azure: "Azure") -> None:
        self.azure = azure
        self.buckets: dict[tuple[str, str, str], Bucket] = {}

    def take(self, call: Call, identity: Identity, subscription: str | None) -> dict[str, str]:
        """Takes one token; returns the headers that say what is left; raises 429 with Retry-After where none is."""
        kind = _KINDS.get(call.method, "writes")
        scope = "subscription" if subscription else "tenant"
        header = f"x-ms-ratelimit-remaining-{scope}-{kind}"
        if not self.azure.knobs.token_buckets:
            return {header: "11999"}
        now = self.azure.clock.now()
        size, refill = (each * self.azure.knobs.bucket_scale for each in _SIZE_AND_REFILL[kind])
        key = ((subscription or "tenant").lower(), identity.object_id, kind)
        bucket = self.buckets.setdefault(key, Bucket(size, now))
        if bucket.filled > now:  # a reset took the clock back
            bucket = self.buckets[key] = Bucket(size, now)
        bucket.tokens = min(size, bucket.tokens + (now - bucket.filled).total_seconds() * refill)
        bucket.filled = now
        if bucket.tokens < 1 or (bucket.closed_until and now < bucket.closed_until):
            wait = max(_WAIT, math.ceil((1 - bucket.tokens) / refill) if bucket.tokens < 1 else _WAIT)
            bucket.closed_until = now + timedelta(seconds=wait)
            raise WireFault(
                429,
                "TooManyRequests" if scope == "tenant" else "SubscriptionRequestsThrottled",
                f"Number of '{kind}' requests for {scope} '{subscription or self.azure.directory.tenant}' actor "
                f"'{identity.object_id}' exceeded. Please try again after '{int(wait)}' seconds after additional tokens "
                "are available. Refer to https://aka.ms/arm-throttling for additional information.",
                headers={"Retry-After": str(int(wait))},
            )
        bucket.closed_until = None
        bucket.tokens -= 1
        together = header.replace(f"-{kind}", f"-global-{kind}")
        return {header: str(int(bucket.tokens)), together: str(int(bucket.tokens + size * (_GLOBAL_SHARE - 1)))}
