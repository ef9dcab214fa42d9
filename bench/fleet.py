"""How long the API takes to answer about a fleet of 5,000 accounts, and what memory: `make bench-fleet`.

The postures are written to tables as passes leave them; then the running app is asked over HTTP, one call after the other. The
first calls have it load what it answers with. The fleet in numbers is kept for some seconds: it is measured both read anew and
kept. Memory is the most that the app's process has held so far, by what Linux says of it.
"""

import asyncio
import statistics
import sys
import tempfile
import time
from dataclasses import dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING

from rich.console import Console
from rich.table import Table

from bench.index import point_at, trust_the_local_authority
from simulator.child import Place, running
from simulator.local import ROOT

if TYPE_CHECKING:
    from aiohttp import ClientSession

    from simulator.host.process import HostProcess

ACCOUNTS = 5000
ROUNDS = 20
ANEW_ROUNDS = 4
# Milliseconds of the median; the fleet's page is opened with the first two
BUDGETS = {"first page": 500, "in numbers, read anew": 2000}
MEMORY_BUDGET = 60
FLEET = "/api/fleet"
_SETTINGS = {"UNKEYED_SWEEP_SCHEDULE": "0 0 0 1 1 *", "UNKEYED_PORTAL_CALLS_PER_MINUTE": "100000"}
_console = Console()


@dataclass(frozen=True, slots=True)
class Asking:
    """What is asked for, how often, and how many seconds before each time."""

    path: str
    rounds: int = ROUNDS
    pause: float = 0.0


@dataclass(frozen=True, slots=True)
class Answers:
    """The seconds that each answer took, its bytes, and the process's peak in MB after the last."""

    seconds: list[float] = field(default_factory=list)
    size: int = 0
    peak: float = 0.0

    @property
    def median(self) -> float:
        return statistics.median(self.seconds) * 1000


def main() -> int:
    """Prints times, sizes and memory; returns 1 where a budget is not kept."""
    trust_the_local_authority()
    with tempfile.TemporaryDirectory() as home, running(Path(home), "--no-app") as place:
        point_at(place)
        before, answers = asyncio.run(_measured(place, Path(home)))
    _print(before, answers)
    over = [name for name, budget in BUDGETS.items() if answers[name].median > budget]
    return 1 if over or max(each.peak for each in answers.values()) - before > MEMORY_BUDGET else 0


async def _measured(place: Place, home: Path) -> tuple[float, dict[str, Answers]]:
    """The process's peak before anything is asked about the fleet, and what became of each kind of asking."""
    from aiohttp import ClientSession

    from simulator.host.process import HostProcess
    from simulator.token import token

    with _console.status(f"{ACCOUNTS} postures are written"):
        await _write(place)
    host = HostProcess(ROOT, {**place.app_settings(), **_SETTINGS}, log=home / "app.log")
    await host.start()
    bearer = await asyncio.to_thread(token, home, "Read")
    try:
        async with ClientSession(host.url, headers={"Authorization": f"Bearer {bearer}"}) as session:
            await _answers(session, host, Asking("/api/me", rounds=3))
            before = _peak(host)
            with _console.status("the app is asked"):
                return before, {name: await _answers(session, host, each) for name, each in _askings().items()}
    finally:
        await host.stop()


def _askings() -> dict[str, Asking]:
    from shared.road.services import FLEET_KEPT

    page = "/api/accounts?top=50"
    return {
        "first page": Asking(page),
        "first page of a milestone": Asking(f"{page}&milestone=quiet"),
        "first page of a blocker": Asking(f"{page}&blocker=quiet.keyUsed"),
        "first page of a name no account has": Asking(f"{page}&name=nobody"),
        "in numbers, read anew": Asking(FLEET, ANEW_ROUNDS, FLEET_KEPT.total_seconds()),
        "in numbers, kept": Asking(FLEET),
        **{f"report as {each}": Asking(f"/api/report?format={each}", ANEW_ROUNDS) for each in ("json", "csv", "md")},
    }


async def _write(place: Place) -> None:
    """Writes the fleet to its table, by batch."""
    from shared.road.services import build
    from shared.settings import Settings
    from shared.store.posture_rows import TABLE, row_of
    from shared.store.tables import Tables
    from tests.postures import SUBSCRIPTIONS, fleet

    services = build(Settings.read(place.app_settings()))
    tables = Tables(services.session, services.settings.storage)
    rows = [row_of(each) for each in fleet(ACCOUNTS, now=services.now())]
    try:
        for subscription in SUBSCRIPTIONS:
            own = [("upsert", each) for each in rows if each["PartitionKey"] == subscription]
            await tables.batch(TABLE, own)
    finally:
        await services.close()


async def _answers(session: "ClientSession", host: "HostProcess", asking: Asking) -> Answers:
    seconds, size = [], 0
    for _ in range(asking.rounds):
        await asyncio.sleep(asking.pause)
        started = time.perf_counter()
        async with session.get(asking.path) as response:
            body = await response.read()
        seconds.append(time.perf_counter() - started)
        if response.status != 200:
            raise RuntimeError(f"{asking.path} answered {response.status}: {body[:500]!r}")
        size = len(body)
    return Answers(seconds, size, _peak(host))


def _peak(host: "HostProcess") -> float:
    """The most memory in MB that the app's process has held so far."""
    status = Path(f"/proc/{host.pid}/status").read_text()
    return next(int(line.split()[1]) / 1024 for line in status.splitlines() if line.startswith("VmHWM"))


def _print(before: float, answers: dict[str, Answers]) -> None:
    table = Table(title=f"A fleet of {ACCOUNTS} accounts over HTTP")
    for heading in ("", "budget ms", "median ms", "worst ms", "kB", "peak MB after"):
        table.add_column(heading, justify="right" if heading else "left")
    table.add_row("nothing of the fleet", "", "", "", "", f"{before:.0f}")
    for name, each in answers.items():
        times = (f"{each.median:.0f}", f"{max(each.seconds) * 1000:.0f}")
        table.add_row(name, str(BUDGETS.get(name, "")), *times, f"{each.size / 1000:.0f}", f"{each.peak:.0f}")
    _console.print(table)
    most = max(each.peak for each in answers.values())
    _console.print(f"the process has grown by {most - before:.0f} MB (budget {MEMORY_BUDGET})")


if __name__ == "__main__":
    sys.exit(main())
