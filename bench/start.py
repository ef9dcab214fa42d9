"""How long until the functions are indexed, next to a bare Python and a bare `import azure.functions`: `make bench-start`.

Medians over whole processes, started by turns so that a slow moment of the machine meets all of them.
"""

import os
import statistics
import subprocess
import sys
import time
from pathlib import Path

from rich.console import Console
from rich.table import Table

ROOT = Path(__file__).parent.parent
ROUNDS = 15
BUDGET = 2.5
COMMANDS = {
    "bare Python": ["-c", "pass"],
    "import azure.functions": ["-c", "import azure.functions"],
    "functions indexed": ["-m", "simulator.host", str(ROOT), "--index-only"],
}


def main() -> int:
    """Prints the medians in milliseconds and their ratio; returns 1 where the ratio is over the budget."""
    environment = {
        **os.environ,
        "UNKEYED_SWEEP_SCHEDULE": "0 7 * * * *",
        "UNKEYED_GROUPS_SCHEDULE": "0 17 * * * *",
        "AzureWebJobsStorage": "UseDevelopmentStorage=true",
    }
    times: dict[str, list[float]] = {name: [] for name in COMMANDS}
    for number in range(ROUNDS + 1):
        for name, arguments in COMMANDS.items():
            taken = _seconds(arguments, environment)
            if number:  # the first round warms the file cache
                times[name].append(taken)
    medians = {name: statistics.median(each) for name, each in times.items()}
    unit = medians["import azure.functions"]
    table = Table(title=f"Start-up, medians of {ROUNDS} processes")
    for heading in ("", "ms", f"times import azure.functions (budget {BUDGET})"):
        table.add_column(heading, justify="right" if heading else "left")
    for name, median in medians.items():
        table.add_row(name, f"{median * 1000:.0f}", f"{median / unit:.2f}")
    Console().print(table)
    return 0 if medians["functions indexed"] / unit <= BUDGET else 1


def _seconds(arguments: list[str], environment: dict[str, str]) -> float:
    started = time.perf_counter()
    subprocess.run([sys.executable, *arguments], cwd=ROOT, env=environment, check=True, capture_output=True)
    return time.perf_counter() - started


if __name__ == "__main__":
    sys.exit(main())
