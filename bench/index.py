"""How long it takes to find every connection that uses a key, in a fleet: `make bench-index`.

200 accounts with a project each over two subscriptions, at 50 ms added to every answer of Azure. A first reading files all
it finds, the later ones find nothing new; each reads everything. The same calls one after the other would take their number
times the time of one.
"""

import asyncio
import os
import statistics
import sys
import tempfile
import time
from collections.abc import Awaitable
from dataclasses import dataclass
from itertools import batched
from pathlib import Path
from typing import TYPE_CHECKING

from rich.console import Console
from rich.table import Table

from simulator.certificates import AUTHORITY, authority
from simulator.child import Place, running
from simulator.local import ROOT

if TYPE_CHECKING:
    from shared.road.services import Services
    from simulator.client import Client

ACCOUNTS = 200
LATENCY = 0.05
ROUNDS = 5
BUDGET = 1.5
SUBSCRIPTIONS = ("11111111-1111-4111-8111-111111111111", "22222222-2222-4222-8222-222222222222")
GROUPS = ("rg-chat", "rg-lab")


@dataclass(frozen=True, slots=True)
class Reading:
    seconds: float
    calls: int
    owners: int
    with_keys: int


def main() -> int:
    """Prints time and calls of each reading; returns 1 where the median is over the budget."""
    trust_the_local_authority()
    with tempfile.TemporaryDirectory() as home, running(Path(home), "--no-app") as place:
        point_at(place)
        readings, one = asyncio.run(_measured(place))
    return _print(readings, one)


def trust_the_local_authority() -> None:
    """To be called before aiohttp is imported, which reads it then."""
    authority(ROOT / ".local")
    trusted = str(ROOT / ".local" / AUTHORITY)
    os.environ |= {"SSL_CERT_FILE": trusted, "REQUESTS_CA_BUNDLE": trusted}


def point_at(place: Place) -> None:
    """Has every client of this process reach that local Azure."""
    os.environ |= place.app_settings()


async def _measured(place: Place) -> tuple[list[Reading], float]:
    """The first reading and the later ones, and the seconds of one call by itself."""
    from shared.road.services import build
    from shared.settings import Settings
    from simulator.client import Client

    services = build(Settings.read({**place.app_settings(), "UNKEYED_POLICY": "policy.yaml"}))
    async with Client(place.variables) as client:
        await client.turn(provisioning=0, token_buckets=False, page_size=1000)
        await _seed(client)
        await services.identity.ids()
        await client.turn(latency=LATENCY)
        try:
            readings = [await _reading(services, client) for _ in range(ROUNDS + 1)]
            one = await _seconds(services.connections.list_of(_account(0)))
        finally:
            await services.close()
    return readings, one


async def _seconds(work: Awaitable[object]) -> float:
    started = time.perf_counter()
    await work
    return time.perf_counter() - started


async def _reading(services: "Services", client: "Client") -> Reading:
    from shared.road.pointing import uses_key

    await client.simulator("DELETE", "traffic")
    started = time.perf_counter()
    found = await services.owners.read_everything(SUBSCRIPTIONS)
    seconds = time.perf_counter() - started
    calls = len(await client.traffic(host="management.azure.com"))
    connections = {link.connection for each in found.readings for link in each.links if link.connection}
    with_keys = sum(uses_key(each) for each in connections)
    return Reading(seconds, calls, len(found.readings), with_keys)


def _account(number: int) -> str:
    half = number % 2
    group = f"/subscriptions/{SUBSCRIPTIONS[half]}/resourceGroups/{GROUPS[half]}"
    return f"{group}/providers/Microsoft.CognitiveServices/accounts/bench-{number}"


async def _seed(client: "Client") -> None:
    """Accounts with a project each, and in every second project a connection with the account's key."""
    for numbers in batched(range(ACCOUNTS), 20, strict=False):
        await asyncio.gather(*(_seed_one(client, number) for number in numbers))


async def _seed_one(client: "Client", number: int) -> None:
    account = _account(number)
    properties = {"customSubDomainName": f"bench-{number}", "allowProjectManagement": True}
    answers = [await client.create_account(account, properties=properties), await client.add_project(account, "main")]
    if number % 2 == 0:
        connection = {
            "authType": "ApiKey",
            "category": "AIServices",
            "target": f"https://bench-{number}.cognitiveservices.azure.com/",
            "credentials": {"key": "0" * 32},
            "metadata": {"ApiType": "Azure", "ResourceId": account},
        }
        answers.append(await client.put_connection(f"{account}/projects/main", "with-key", connection))
    if refused := [each for each in answers if each.status >= 300]:
        raise RuntimeError(f"the fleet could not be made: {refused[0].body}")


def _print(readings: list[Reading], one: float) -> int:
    first, later = readings[0], readings[1:]
    median = statistics.median(each.seconds for each in later)
    table = Table(
        title=f"Every connection of {ACCOUNTS} accounts with a project each, {LATENCY * 1000:.0f} ms added latency"
    )
    for heading in ("", "seconds", "calls to Resource Manager", "owners read", "connections with a key"):
        table.add_column(heading, justify="right" if heading else "left")

    def row(name: str, seconds: float, reading: Reading) -> None:
        table.add_row(name, f"{seconds:.2f}", str(reading.calls), str(reading.owners), str(reading.with_keys))

    row("first reading, all filed", first.seconds, first)
    row(f"later reading, median of {ROUNDS} (budget {BUDGET})", median, later[-1])
    row("the same calls one by one: calls times one call", later[-1].calls * one, later[-1])
    Console().print(table)
    return 0 if median <= BUDGET else 1


if __name__ == "__main__":
    sys.exit(main())
