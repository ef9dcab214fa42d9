"""How long until the functions are indexed, next to a bare Python and a bare `import azure.functions`: `make bench-start`.

The same without the portal, whose packages are loaded by its first request: the start of a process that works off events is
not to know of them. Medians over whole processes, started by turns so that a slow moment of the machine meets all of them.
"""

import os
import re
import statistics
import subprocess
import sys
import tempfile
import time
from pathlib import Path

from rich.console import Console
from rich.table import Table

ROOT = Path(__file__).parent.parent
ROUNDS = 15
BUDGET = 2.5
# Of two starts that do the same one is slower by as much, by chance
PORTAL_BUDGET = 1.1
UNIT, INDEXED, WITHOUT = "import azure.functions", "functions indexed", "functions indexed, without the portal"


def main() -> int:
    """Prints the medians in milliseconds and their ratios; returns 1 where one is over its budget."""
    environment = {
        **os.environ,
        "UNKEYED_SWEEP_SCHEDULE": "0 7 * * * *",
        "UNKEYED_GROUPS_SCHEDULE": "0 17 * * * *",
        "AzureWebJobsStorage": "UseDevelopmentStorage=true",
    }
    with tempfile.TemporaryDirectory() as folder:
        medians = _medians(_commands(_without_portal(Path(folder))), environment)
    _print(medians)
    within = medians[INDEXED] <= BUDGET * medians[UNIT] and medians[INDEXED] <= PORTAL_BUDGET * medians[WITHOUT]
    return 0 if within else 1


def _commands(without: Path) -> dict[str, list[str]]:
    return {
        "bare Python": ["-c", "pass"],
        UNIT: ["-c", "import azure.functions"],
        WITHOUT: ["-m", "simulator.host", str(without), "--index-only"],
        INDEXED: ["-m", "simulator.host", str(ROOT), "--index-only"],
    }


def _without_portal(folder: Path) -> Path:
    """The app in `folder`, as it is but for the registration of the portal."""
    for each in ("functions", "shared", "host.json"):
        (folder / each).symlink_to(ROOT / each)
    text = (ROOT / "function_app.py").read_text()
    (folder / "function_app.py").write_text(
        re.sub(r"\bportal, |^.*portal\.blueprint.*\n", "", text, flags=re.MULTILINE)
    )
    return folder


def _medians(commands: dict[str, list[str]], environment: dict[str, str]) -> dict[str, float]:
    times: dict[str, list[float]] = {name: [] for name in commands}
    for number in range(ROUNDS + 1):
        for name, arguments in commands.items():
            taken = _seconds(arguments, environment)
            if number:  # the first round warms the file cache
                times[name].append(taken)
    return {name: statistics.median(each) for name, each in times.items()}


def _seconds(arguments: list[str], environment: dict[str, str]) -> float:
    started = time.perf_counter()
    subprocess.run([sys.executable, *arguments], cwd=ROOT, env=environment, check=True, capture_output=True)
    return time.perf_counter() - started


def _print(medians: dict[str, float]) -> None:
    table = Table(title=f"Start-up, medians of {ROUNDS} processes")
    for heading in ("", "ms", f"times {UNIT} (budget {BUDGET})"):
        table.add_column(heading, justify="right" if heading else "left")
    for name, median in medians.items():
        table.add_row(name, f"{median * 1000:.0f}", f"{median / medians[UNIT]:.2f}")
    console = Console()
    console.print(table)
    ratio = medians[INDEXED] / medians[WITHOUT]
    console.print(f"with the portal {ratio:.2f} times what it is without (budget {PORTAL_BUDGET})")


if __name__ == "__main__":
    sys.exit(main())
