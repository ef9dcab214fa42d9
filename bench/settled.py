"""What a pass costs where nothing is to be done: `make bench-settled`.

The calls to Azure that it makes, and this process's own CPU time, medians over many passes; the local Azure is another process.
"""

import asyncio
import statistics
import sys
import tempfile
import time
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

from rich.console import Console
from rich.table import Table

from bench.index import point_at, trust_the_local_authority
from simulator.child import Place, running

if TYPE_CHECKING:
    from shared.road.services import Services
    from simulator.client import Client

PASSES = 60
CALLS_BUDGET, CPU_BUDGET = 4, 10.0
GROUP = "/subscriptions/11111111-1111-4111-8111-111111111111/resourceGroups/rg-chat"
VAULT = "https://kv-unkeyed.vault.azure.net"
POLICY = """\
version: 1
rules:
  - name: bench
    goal: {goal}
    grants: [{{group: 5f9cc6a4-1f2e-5a3a-9d4b-a11ce0000001, role: cognitive-services-user}}]
    connections: entra
    keys: {keys}
    quiet: PT1S
    propagation: PT0S
"""
CASES = {
    "proven": ("proven", "{grace: PT0S}"),
    "revoked, its request log looked at": ("revoked", "{grace: PT0S}"),
    "sealed": ("sealed", f'{{grace: PT0S, vault: "{VAULT}"}}'),
}


@dataclass(frozen=True, slots=True)
class Cost:
    calls: int
    others: int
    cpu: float
    wall: float


def main() -> int:
    """Prints the costs; returns 1 where a budget is not kept."""
    trust_the_local_authority()
    with tempfile.TemporaryDirectory() as home, running(Path(home), "--no-app") as place:
        point_at(place)
        costs = asyncio.run(_measured(place, Path(home)))
    return _print(costs)


async def _measured(place: Place, home: Path) -> dict[str, Cost]:
    from shared.road.services import build
    from shared.settings import Settings
    from simulator.client import Client

    policy = home / "policy.yaml"
    services = build(Settings.read({**place.app_settings(), "UNKEYED_POLICY": str(policy)}))
    costs = {}
    async with Client(place.variables) as client:
        await client.turn(
            provisioning=0, role_propagation=0, local_auth_lag=0, log_ingestion=0, token_buckets=False, page_size=1000
        )
        try:
            for name, (goal, keys) in CASES.items():
                policy.write_text(POLICY.format(goal=goal, keys=keys))
                costs[name] = await _case(services, client, f"bench-{goal}", goal)
        finally:
            await services.close()
    return costs


async def _case(services: "Services", client: "Client", name: str, goal: str) -> Cost:
    account = f"{GROUP}/providers/Microsoft.CognitiveServices/accounts/{name}"
    await client.create_account(account)
    await client.send_logs(account)
    await _walk_to(services, account, goal)
    await client.simulator("DELETE", "traffic")
    cpu, wall = [], []
    for _ in range(PASSES):
        started, used = time.perf_counter(), time.process_time()
        await _pass(services, account)
        cpu.append((time.process_time() - used) * 1000)
        wall.append((time.perf_counter() - started) * 1000)
    traffic = await client.traffic()
    calls = sum("management.azure.com" in each["url"] for each in traffic) / PASSES
    others = len(traffic) / PASSES - calls
    return Cost(round(calls), round(others), statistics.median(cpu), statistics.median(wall))


async def _walk_to(services: "Services", account: str, goal: str) -> None:
    from shared.resource_id import ResourceId

    for _ in range(60):
        await _pass(services, account)
        found = await services.postures.get(ResourceId(account))
        if found and found.milestone == goal and not found.blockers:
            return
        await asyncio.sleep(0.3)
    raise RuntimeError(f"{account} did not get to {goal}: {found}")


async def _pass(services: "Services", account: str) -> None:
    from shared.models import WorkItem
    from shared.resource_id import ResourceId
    from shared.road.walk import walk
    from shared.store.work_queue import new_operation_id

    await walk(services, WorkItem(ResourceId(account), "bench", new_operation_id()))


def _print(costs: dict[str, Cost]) -> int:
    table = Table(title=f"A pass of a settled account, medians of {PASSES}")
    for heading in (
        "goal",
        f"calls to Resource Manager (budget {CALLS_BUDGET})",
        "other calls to Azure",
        f"own CPU ms (budget {CPU_BUDGET:.0f})",
        "ms in all",
    ):
        table.add_column(heading, justify="left" if heading == "goal" else "right")
    for name, cost in costs.items():
        table.add_row(name, str(cost.calls), str(cost.others), f"{cost.cpu:.1f}", f"{cost.wall:.0f}")
    Console().print(table)
    over = any(each.calls > CALLS_BUDGET or each.cpu > CPU_BUDGET for each in costs.values())
    return 1 if over else 0


if __name__ == "__main__":
    sys.exit(main())
