"""Asks the Python Package Index whether any pinned package has a known fault: of what is deployed, and of what tests it.

python scripts/audit.py [--must-answer]

Exit code 1 where one has a fault, 0 where none has. Where nobody answers it says so and ends with 0, or with 2 if an answer is a must.
pip-audit has one exit code for "there is a fault" and "nobody answers", so what it prints decides.
"""

import json
import subprocess
import sys
from pathlib import Path
from typing import Any

ROOT = Path(__file__).parent.parent
LOCKED = ("requirements.txt", "requirements-dev.txt")


def main() -> int:
    unanswered = 2 if "--must-answer" in sys.argv[1:] else 0
    done = ask()
    try:
        packages = json.loads(done.stdout)["dependencies"]
    except (ValueError, KeyError):
        print(f"not asked for known faults: {(done.stderr.strip() or 'no answer').splitlines()[-1][:200]}")
        return unanswered
    faults = [line for package in packages for line in told(package)]
    print("\n".join([*faults, summary(packages, len(faults))]))
    return 1 if faults else unanswered if are_unknown(packages) else 0


def ask() -> subprocess.CompletedProcess[str]:
    """What pip-audit says; packages are taken as locked, nothing is installed."""
    files = [option for name in LOCKED for option in ("--requirement", name)]
    options = ["--require-hashes", "--disable-pip", "--format", "json", "--progress-spinner", "off", "--timeout", "10"]
    command = [sys.executable, "-m", "pip_audit", *files, *options]
    return subprocess.run(command, cwd=ROOT, capture_output=True, text=True, check=False)


def told(package: dict[str, Any]) -> list[str]:
    """A line for each known fault of a package."""
    return [
        f"{package['name']} {package['version']}: {fault['id']}, mended in {', '.join(fault['fix_versions']) or 'none'}"
        for fault in package.get("vulns", ())
    ]


def summary(packages: list[dict[str, Any]], faults: int) -> str:
    """How many packages were looked up, and how many nobody could tell of."""
    unknown = sum("skip_reason" in each for each in packages)
    if are_unknown(packages):
        return "not asked for known faults: the package index does not answer such questions here"
    rest = f", {unknown} not known to the index" if unknown else ""
    return f"{len(packages) - unknown} packages looked up, {faults} known faults{rest}"


def are_unknown(packages: list[dict[str, Any]]) -> bool:
    """True where the index could tell of no package at all."""
    return all("skip_reason" in each for each in packages)


if __name__ == "__main__":
    sys.exit(main())
