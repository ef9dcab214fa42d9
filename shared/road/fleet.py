"""The fleet in numbers, for whoever looks at it: read from the postures at a glance, never from Azure."""

import asyncio
import logging
from dataclasses import replace

from shared.errors import PermanentError, TemporaryError
from shared.road.fleet_counts import LastSweep, Summary, counted
from shared.road.services import Services

_log = logging.getLogger(f"unkeyed.{__name__}")


async def summary(services: Services) -> Summary:
    """The fleet as it was at most FLEET_KEPT ago; `as_of` says when. Raises TemporaryError where the tables do not answer."""
    return await services.fleet.get(lambda: _read(services), services.now())


async def _read(services: Services) -> Summary:
    found, sweep, poisoned = await asyncio.gather(
        counted(services.postures.glances(), services.now()), _sweep(services), _poisoned(services)
    )
    return replace(found, last_sweep=sweep, poisoned=poisoned)


async def _sweep(services: Services) -> LastSweep | None:
    """The last sweep over all subscriptions that it could sweep; None where there was none."""
    found = [each async for each in services.sweeps.list()]
    if not found:
        return None
    at = max(started for started, _ in found)
    of_last = [count for started, count in found if started == at]
    return LastSweep(
        at,
        seen=sum(each.seen for each in of_last),
        queued=sum(each.queued for each in of_last),
        missed=sum(each.missed for each in of_last),
    )


async def _poisoned(services: Services) -> int | None:
    try:
        return await services.queue.poisoned()
    except (PermanentError, TemporaryError) as error:
        _log.warning("how many messages were given up on is not known: %s", error)
        return None
