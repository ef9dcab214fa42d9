"""A vault's throttling: in ten seconds 300 new secrets and 4,000 of everything else; what is refused does not count.

"Azure Key Vault service limits": secrets transactions, maximum allowed in 10 seconds, per vault per region.
"""

import math
from dataclasses import dataclass
from datetime import datetime
from typing import TYPE_CHECKING

from simulator.key_vault import errors

if TYPE_CHECKING:
    from simulator.azure import Azure

_WINDOW = 10.0
_CREATES, _OTHERS = 300.0, 4000.0


@dataclass(slots=True)
class Bucket:
    tokens: float
    filled: datetime


class Throttle:
    def __init__(self, azure: "Azure") -> None:
        self.azure = azure
        self.buckets: dict[tuple[str, bool], Bucket] = {}

    def take(self, host: str, *, creates: bool) -> None:
        """Takes one token of the vault's; raises the 429 where none is left."""
        if not self.azure.knobs.token_buckets:
            return
        size = (_CREATES if creates else _OTHERS) * self.azure.knobs.bucket_scale
        now = self.azure.clock.now()
        bucket = self.buckets.setdefault((host, creates), Bucket(size, now))
        passed = (now - bucket.filled).total_seconds()
        if passed < 0:  # a reset took the clock back
            bucket.tokens = size
        bucket.tokens = min(size, bucket.tokens + max(0.0, passed) * size / _WINDOW)
        bucket.filled = now
        if bucket.tokens < 1:
            raise errors.throttled(max(1, math.ceil((1 - bucket.tokens) * _WINDOW / size)))
        bucket.tokens -= 1
