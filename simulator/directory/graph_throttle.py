"""Graph's throttling of identity calls: a bucket of resource units for each application, refilled in ten seconds.

Microsoft Graph throttling limits: identity and access; the more users a tenant has, the larger is the bucket.
"""

import math
from dataclasses import dataclass
from datetime import datetime
from typing import TYPE_CHECKING

from simulator.sign_in.tokens import Identity
from simulator.wire import Call, WireFault

if TYPE_CHECKING:
    from simulator.azure import Azure
    from simulator.clock import Clock

_SIZES = ((50, 3500.0), (500, 5000.0))  # up to so many users
_LARGEST = 8000.0
_WINDOW = 10.0
_WARN_AT = 0.8


@dataclass(slots=True)
class Bucket:
    units: float
    filled: datetime
    clock: "Clock"


class Throttle:
    def __init__(self, azure: "Azure") -> None:
        self.azure = azure
        self.buckets: dict[str, Bucket] = {}

    def take(self, call: Call, identity: Identity, cost: int) -> dict[str, str]:
        """Takes the units of a call; returns the headers that tell of them; raises 429 where too few are left."""
        units = _units(call, cost)
        headers = {"x-ms-resource-unit": str(units)}
        if not self.azure.knobs.token_buckets:
            return headers
        size = self._size() * self.azure.knobs.bucket_scale
        bucket = self._bucket(identity.app_id, size)
        used = (size - bucket.units + units) / size
        if bucket.units < units:
            raise self._throttled(identity, wait=math.ceil((units - bucket.units) * _WINDOW / size), used=used)
        bucket.units -= units
        if used >= _WARN_AT:
            headers["x-ms-throttle-limit-percentage"] = f"{used:.1f}"
        return headers

    def _size(self) -> float:
        users = len(self.azure.directory.users)
        return next((size for most, size in _SIZES if users <= most), _LARGEST)

    def _bucket(self, app_id: str, size: float) -> Bucket:
        now, clock = self.azure.clock.now(), self.azure.clock
        bucket = self.buckets.get(app_id)
        if bucket is None or bucket.clock is not clock:  # a reset began a new time
            bucket = self.buckets[app_id] = Bucket(size, now, clock)
        bucket.units = min(size, bucket.units + (now - bucket.filled).total_seconds() * size / _WINDOW)
        bucket.filled = now
        return bucket

    def _throttled(self, identity: Identity, *, wait: int, used: float) -> WireFault:
        scope = f"Tenant_Application/ReadWrite/{identity.app_id}/{identity.tenant}"
        return WireFault(
            429,
            "TooManyRequests",
            "Too many requests. Please retry after the time in the Retry-After header.",
            headers={
                "Retry-After": str(max(1, wait)),
                "x-ms-throttle-limit-percentage": f"{min(used, 1.8):.1f}",
                "x-ms-throttle-scope": scope,
                "x-ms-throttle-information": "ResourceUnitLimitExceeded",
            },
        )


def _units(call: Call, cost: int) -> int:
    top = call.query.get("$top", "")
    small = top.isdecimal() and int(top) < 20
    return max(1, cost - ("$select" in call.query) + ("$expand" in call.query) - small)
