"""Two bursts of events through the app in its host, Resource Manager's token buckets as large as Azure's: `make bench-burst`.

A template is deployed over 300 accounts, which raises ten events for each and undoes something on two thirds of them; and
five thousand groups change within a minute, few of which concern any account. At the end every account is as the policy says,
read by another than the app, nothing was given up on, and no call was begun before the time that a 429 named was over.

One process of the app does all the work; in Azure there would be more of them. The storage emulator clears its queues once a
minute and, after thousands of messages, stands still over it for some twenty seconds, which Azure's does not.
"""

import asyncio
import sys
import tempfile
import time
from collections.abc import Awaitable, Callable
from datetime import UTC, datetime
from pathlib import Path
from typing import TYPE_CHECKING

from rich.console import Console

from bench.index import trust_the_local_authority
from simulator.child import running

if TYPE_CHECKING:
    from bench.burst_figures import Burst, Result
    from shared.road.services import Services
    from tests.e2e.app import AppRun

ACCOUNTS, TEMPLATE_SECONDS = 300, 10.0
GROUP_EVENTS, IMPORT_SECONDS, WAITING, HELD = 5000, 60.0, 20, 10
PATIENCE = 900.0
_console = Console()

type Count = Callable[[], Awaitable[int]]


def main() -> int:
    """Prints both; returns 1 where something is not as it has to be."""
    trust_the_local_authority()
    results = [asyncio.run(_hosted(each)) for each in (_template, _import)]
    for each in results:
        _console.print(each.table())
    return 1 if any(each.broken for each in results) else 0


async def _hosted(measure: "Callable[[AppRun, Services], Awaitable[Result]]") -> "Result":
    from tests.bursts.seen import tables_of
    from tests.e2e.app import AppRun

    with tempfile.TemporaryDirectory() as home, running(Path(home)) as place:
        async with AppRun(place) as app, tables_of(app) as tables:
            return await measure(app, tables)


async def _template(app: "AppRun", tables: "Services") -> "Result":
    from bench.burst_figures import Result
    from tests.bursts.template import EVENTS_EACH, Deployment

    fleet = Deployment(app, tables, ACCOUNTS)

    async def not_there_yet() -> int:
        return ACCOUNTS - await fleet.settled()

    await fleet.begin()
    await _until_none("accounts are still to arrive", app, not_there_yet)
    burst = await _burst("a template is deployed", app, lambda: fleet.deploy(TEMPLATE_SECONDS))
    right = len(await fleet.right())
    figures = {
        "accounts that are as the policy says": f"{right} of {ACCOUNTS}",
        "events of the template": ACCOUNTS * EVENTS_EACH,
        "  of its true calls": ACCOUNTS,
        **burst.figures(),
    }
    wrong = {
        "accounts are not as the policy says": ACCOUNTS - right,
        "accounts have not arrived by the app's word": await not_there_yet(),
    }
    return Result("A template over a fleet", figures, {**wrong, **burst.faults()})


async def _import(app: "AppRun", tables: "Services") -> "Result":
    from bench.burst_figures import Result
    from tests.bursts.imports import Import

    groups, concerned = Import(app, tables, GROUP_EVENTS, WAITING, HELD), WAITING + HELD

    async def not_ready() -> int:
        return 0 if await groups.is_ready() else concerned

    await groups.begin()
    await _until_none("accounts are still to wait for their groups", app, not_ready)
    burst = await _burst("groups are imported", app, lambda: groups.run(IMPORT_SECONDS))
    right, missed = len(await groups.right()), len(await groups.missed())
    figures = {
        "accounts that are granted or exposed as they should be": f"{right} of {concerned}",
        "events of groups": GROUP_EVENTS,
        "  missed": missed,
        **burst.figures(),
    }
    wrong = {"accounts are not as they should be": concerned - right, "changes were told of by no event": missed}
    return Result("An import of groups", figures, {**wrong, **burst.faults()})


async def _burst(what: str, app: "AppRun", run: Callable[[], Awaitable[None]]) -> "Burst":
    """The burst with the token buckets on, until nothing is left to do."""
    from bench.burst_figures import Burst
    from tests.bursts.asked import calls_of_app

    before = len(app.log())
    await app.client.simulator("DELETE", "traffic")
    await app.client.turn(token_buckets=True)
    began, started = datetime.now(UTC), time.monotonic()
    with _console.status(what):
        await run()
    _console.print(f"{what}: {time.monotonic() - started:.0f} s")
    seconds = await _until_none("messages are still to be worked off", app, _never) - started
    calls = calls_of_app(await app.client.traffic())
    await app.client.turn(token_buckets=False)
    return Burst(began, seconds, calls, app.log()[before:], len(await app.poisoned()))


async def _never() -> int:
    return 0


async def _until_none(what: str, app: "AppRun", left: Count) -> float:
    """Waits until none is left and the queue is empty, twice in a row; returns when it first was. Says how many are left."""
    found: list[float] = []
    async with asyncio.timeout(PATIENCE):
        with _console.status(what) as status:
            while len(found) < 2:
                count = await left() or await app.waiting()
                found = [*found, time.monotonic()] if count == 0 else []
                status.update(f"{count} {what}")
                await asyncio.sleep(1)
    return found[0]


if __name__ == "__main__":
    sys.exit(main())
