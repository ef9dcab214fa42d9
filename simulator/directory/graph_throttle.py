"""Graph's throttling: token buckets for each application in the tenant, of the service that a call goes to.

Microsoft Graph: "Microsoft Graph service-specific throttling limits". Identity and access counts resource units, more of
them the more users a tenant has, and writes apart; the subscription service counts requests, and writes apart.
"""

import math
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import TYPE_CHECKING, Any

from simulator.sign_in.tokens import Identity
from simulator.wire import Call, WireFault

if TYPE_CHECKING:
    from simulator.azure import Azure
    from simulator.clock import Clock

_SIZES = ((50, 3500.0), (500, 5000.0))  # up to so many users
_LARGEST = 8000.0
_WARN_AT = 0.8


@dataclass(frozen=True, slots=True)
class Limit:
    """So much in a window of so many seconds; `counts` and `reason` are what a refusal by identity and access says."""

    service: str
    counts: str
    size: float
    window: float
    reason: str = ""


_WRITES = Limit("identity", "Write", 3000.0, 150.0, "WriteLimitExceeded")
_REQUESTS = Limit("subscriptions", "ReadWrite", 5000.0, 20.0)
_SUBSCRIPTION_WRITES = Limit("subscriptions", "Write", 1000.0, 20.0)


@dataclass(slots=True)
class Bucket:
    units: float
    filled: datetime
    clock: "Clock"


class Throttle:
    def __init__(self, azure: "Azure") -> None:
        self.azure = azure
        self.buckets: dict[tuple[str, str, str], Bucket] = {}

    def take(self, call: Call, identity: Identity, facts: Mapping[str, Any]) -> dict[str, str]:
        """Takes what a call to a route of these facts costs; returns the headers that tell of it.

        Raises 429 where a bucket holds too little, and then takes from none.
        """
        subscriptions = facts.get("service") == "subscriptions"
        units = 1 if subscriptions else _units(call, facts.get("cost", 1))
        headers = {} if subscriptions else {"x-ms-resource-unit": str(units)}
        if not self.azure.knobs.token_buckets:
            return headers
        costs = {_REQUESTS if subscriptions else self._resource_units(): units}
        if facts.get("writes"):
            costs[_SUBSCRIPTION_WRITES if subscriptions else _WRITES] = 1
        used = max(self._used(identity, limit, cost) for limit, cost in costs.items())
        for limit, cost in costs.items():
            self._bucket(identity.app_id, limit).units -= cost
        if used >= _WARN_AT and not subscriptions:
            headers["x-ms-throttle-limit-percentage"] = f"{used:.1f}"
        return headers

    def _resource_units(self) -> Limit:
        users = len(self.azure.directory.users)
        size = next((size for most, size in _SIZES if users <= most), _LARGEST)
        return Limit("identity", "ReadWrite", size, 10.0, "ResourceUnitLimitExceeded")

    def _used(self, identity: Identity, limit: Limit, cost: int) -> float:
        """The part of a limit that is used with this call; raises 429 where that is more than there is."""
        size = limit.size * self.azure.knobs.bucket_scale
        left = self._bucket(identity.app_id, limit).units
        used = (size - left + cost) / size
        if left < cost:
            raise _throttled(identity, limit, wait=math.ceil((cost - left) * limit.window / size), used=used)
        return used

    def _bucket(self, app_id: str, limit: Limit) -> Bucket:
        now, clock = self.azure.clock.now(), self.azure.clock
        size, key = limit.size * self.azure.knobs.bucket_scale, (app_id, limit.service, limit.counts)
        bucket = self.buckets.get(key)
        if bucket is None or bucket.clock is not clock:  # a reset began a new time
            bucket = self.buckets[key] = Bucket(size, now, clock)
        bucket.units = min(size, bucket.units + (now - bucket.filled).total_seconds() * size / limit.window)
        bucket.filled = now
        return bucket


def _throttled(identity: Identity, limit: Limit, *, wait: int, used: float) -> WireFault:
    about = {
        "x-ms-throttle-limit-percentage": f"{min(used, 1.8):.1f}",
        "x-ms-throttle-scope": f"Tenant_Application/{limit.counts}/{identity.app_id}/{identity.tenant}",
        "x-ms-throttle-information": limit.reason,
    }
    return WireFault(
        429,
        "TooManyRequests",
        "Too many requests. Please retry after the time in the Retry-After header.",
        headers={"Retry-After": str(max(1, wait)), **(about if limit.reason else {})},
    )


def _units(call: Call, cost: int) -> int:
    top = call.query.get("$top", "")
    small = top.isdecimal() and int(top) < 20
    return max(1, cost - ("$select" in call.query) + ("$expand" in call.query) - small)
