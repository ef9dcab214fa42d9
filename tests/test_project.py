"""What the project promises of its own files."""

import json
import re
import shutil
import subprocess
from pathlib import Path

import pytest

from functions import work
from shared.store.work_queue import WORK

ROOT = Path(__file__).parent.parent
PRODUCT = [ROOT / "function_app.py", *(ROOT / "functions").rglob("*.py"), *(ROOT / "shared").rglob("*.py")]


def test_the_product_knows_no_mock_no_local_host_and_no_simulator() -> None:
    found = [
        f"{path.relative_to(ROOT)}: {word}"
        for path in PRODUCT
        for word in ("unittest.mock", "localhost", "simulator")
        if word in path.read_text()
    ]
    assert found == []


def test_the_queue_trigger_gives_up_when_the_host_does() -> None:
    host = json.loads((ROOT / "host.json").read_text())["extensions"]["queues"]
    assert host["maxDequeueCount"] == work.LAST_TRY
    assert host["messageEncoding"] == "base64"
    assert work.QUEUE == WORK


def test_the_entry_point_only_registers() -> None:
    lines = (ROOT / "function_app.py").read_text().splitlines()
    assert len(lines) <= 25
    assert not [line for line in lines if re.match(r"\s*(if|for|def|try)\b", line)]


def test_the_requirement_files_are_what_their_sources_compile_to(tmp_path: Path) -> None:
    names = ("requirements.txt", "requirements-dev.txt", "scripts/uv.txt")
    for name in names:  # versions in force are kept as long as they fit
        (tmp_path / name).parent.mkdir(exist_ok=True)
        shutil.copyfile(ROOT / name, tmp_path / name)
    compiled = subprocess.run([ROOT / "scripts" / "lock.sh", tmp_path], capture_output=True, text=True, check=False)
    if compiled.returncode:
        pytest.skip(f"the package index cannot be asked: {compiled.stderr[-300:]}")
    for name in names:
        assert (tmp_path / name).read_text() == (ROOT / name).read_text(), "run make lock"


def test_no_lock_file_names_a_registry() -> None:
    for name in ("requirements.txt", "requirements-dev.txt", "scripts/uv.txt", "package-lock.json"):
        assert not re.search(r"--(extra-)?index-url|resolved", (ROOT / name).read_text()), name
