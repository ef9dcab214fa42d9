"""What a process loads until the functions are indexed: what answers portals is no part of it."""

import os
import subprocess
import sys
from pathlib import Path

import pytest

ROOT = Path(__file__).parent.parent
# Azure's SDKs and what the app itself is made of come with the first event, the portal's packages with its first request
LATER = (
    "fastapi",
    "starlette",
    "pydantic",
    "pydantic_core",
    "jwt",
    "cryptography",
    "limits",
    "aiohttp",
    "shared",
    "yaml",
)
_SETTINGS = {
    "UNKEYED_SWEEP_SCHEDULE": "0 7 * * * *",
    "UNKEYED_GROUPS_SCHEDULE": "0 17 * * * *",
    "AzureWebJobsStorage": "UseDevelopmentStorage=true",
}


@pytest.fixture(scope="module")
def loaded() -> set[str]:
    """The modules that a host has loaded when it has indexed the functions."""
    command = [sys.executable, "-X", "importtime", "-m", "simulator.host", str(ROOT), "--index-only"]
    run = subprocess.run(command, cwd=ROOT, env={**os.environ, **_SETTINGS}, capture_output=True, text=True, check=True)
    lines = (each for each in run.stderr.splitlines() if each.startswith("import time:"))
    return {line.rpartition("|")[2].strip() for line in lines}


def test_the_functions_are_indexed_without_any_package_that_only_their_runs_need(loaded: set[str]) -> None:
    assert {"functions.portal", "functions.work"} <= loaded
    assert sorted(each for each in loaded if each.split(".")[0] in LATER) == []


def test_of_the_portal_the_registration_alone_is_loaded(loaded: set[str]) -> None:
    assert [each for each in sorted(loaded) if each.startswith("functions.portal")] == ["functions.portal"]
