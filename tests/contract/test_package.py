"""The deployment package: what is in it, and that it is enough, in an environment with nothing but its requirements."""

import importlib.metadata
import json
import os
import re
import subprocess
import sys
from pathlib import Path
from typing import Any
from zipfile import ZipFile

import pytest

from tests.conftest import ROOT

UV = ROOT / ".local" / "tools" / "bin" / "uv"
WORKER = ("azure-functions-runtime", "azurefunctions-extensions-base")  # Azure brings these; the package does not
TOP = {"LICENSE", "function_app.py", "host.json", "requirements.txt"}
INSTALL_SECONDS = 900
# The local Azure's private authority is for the app, not for the package index
CLEAN = {name: value for name, value in os.environ.items() if name not in ("SSL_CERT_FILE", "REQUESTS_CA_BUNDLE")}


@pytest.fixture(scope="module")
def package(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return build(tmp_path_factory.mktemp("package") / "unkeyed.zip")


def build(target: Path) -> Path:
    subprocess.run([sys.executable, ROOT / "scripts" / "package.py", target], check=True, capture_output=True)
    return target


def names(package: Path) -> set[str]:
    with ZipFile(package) as opened:
        return set(opened.namelist())


def git(*arguments: str) -> set[str]:
    """The files that git lists."""
    done = subprocess.run(["git", *arguments], cwd=ROOT, capture_output=True, text=True, check=True)
    return set(done.stdout.splitlines())


def uv(*arguments: str | Path) -> None:
    """Runs uv with what it has kept from the project's set-up, and asks the package index only where that is not enough."""
    for option in (["--offline"], []):
        done = subprocess.run([UV, *arguments, *option], env=CLEAN, capture_output=True, text=True, check=False)
        if not done.returncode:
            return
    raise AssertionError(done.stderr)


def test_the_package_has_the_app_and_nothing_else(package: Path) -> None:
    assert names(package) == TOP | git("ls-files", "functions", "shared")


def test_what_git_ignores_azd_does_not_deploy_either() -> None:
    taken = git("ls-files", "--others", "--exclude-from=.funcignore")  # azd packs the folder as it lies there
    ignored = git("ls-files", "--others", "--ignored", "--exclude-standard")
    assert taken & ignored == set()


def test_the_package_has_what_the_app_reads_beside_its_code(package: Path) -> None:
    found = names(package)
    assert {"functions/portal/page/index.html", "functions/portal/page/app.js"} <= found
    assert "shared/road/snippets/templates/openai.py.txt" in found


def test_the_same_commit_gives_the_same_bytes(package: Path, tmp_path: Path) -> None:
    assert build(tmp_path / "again.zip").read_bytes() == package.read_bytes()


def test_the_package_is_small(package: Path) -> None:
    assert package.stat().st_size < 1_000_000


@pytest.fixture(scope="module")
def indexed(package: Path, tmp_path_factory: pytest.TempPathFactory) -> dict[str, Any]:
    """What Microsoft's worker library finds in the unpacked package, where only its requirements are installed."""
    folder = tmp_path_factory.mktemp("deployed")
    app, library, python = folder / "app", folder / "worker", folder / "venv" / "bin" / "python"
    with ZipFile(package) as opened:
        opened.extractall(app)
    uv("venv", "--quiet", "--python", sys.executable, folder / "venv")
    uv("pip", "sync", "--quiet", "--require-hashes", "--python", python, app / "requirements.txt")
    pins = [f"{each}=={importlib.metadata.version(each)}" for each in WORKER]
    uv("pip", "install", "--quiet", "--no-deps", "--python", python, "--target", library, *pins)
    settings = {"UNKEYED_SWEEP_SCHEDULE": "0 7 * * * *", "UNKEYED_GROUPS_SCHEDULE": "0 17 * * * *"}
    command: list[str | Path] = [python, "-I", Path(__file__).parent / "index_package.py", app, library]
    done = subprocess.run(command, cwd=folder, env={**CLEAN, **settings}, capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stderr
    return dict(json.loads(done.stdout.splitlines()[-1]))


@pytest.mark.timeout(INSTALL_SECONDS)
def test_the_package_is_indexed_with_only_its_requirements_installed(indexed: dict[str, Any]) -> None:
    assert indexed["functions"] == {
        "resource_events": "eventGridTrigger",
        "vault_events": "eventGridTrigger",
        "group_events": "eventGridTrigger",
        "work": "queueTrigger",
        "sweep_fleet": "timerTrigger",
        "watch_groups": "timerTrigger",
        "portal": "httpTrigger",
    }


@pytest.mark.timeout(INSTALL_SECONDS)
def test_the_packaged_app_answers_with_the_page(indexed: dict[str, Any]) -> None:
    assert (indexed["status"], indexed["title"]) == (200, ["unkeyed"])


def test_the_bill_of_materials_has_what_is_deployed_with_its_licences(tmp_path: Path) -> None:
    pytest.importorskip("cyclonedx_py")
    target = tmp_path / "unkeyed.cdx.json"
    subprocess.run([ROOT / "scripts" / "sbom.sh", target], env=CLEAN, check=True, capture_output=True)
    components = json.loads(target.read_text())["components"]
    found = {each["purl"].removeprefix("pkg:pypi/").replace("@", "==") for each in components}
    pins = re.findall(r"^(\S+==\S+)( ;)?", (ROOT / "requirements.txt").read_text(), re.MULTILINE)
    assert {pin for pin, marker in pins if not marker} <= found <= {pin for pin, _ in pins}
    assert [each["name"] for each in components if not each.get("licenses")] == []
