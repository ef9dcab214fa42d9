"""The OpenAPI document held against the running app by schemathesis, all checks on: no 5xx, no answer that it does not tell of."""

import asyncio
import os
import sys
from asyncio.subprocess import PIPE, STDOUT
from pathlib import Path
from typing import Any

import pytest

from tests.e2e.app import AppRun
from tests.e2e.portal import Portal
from tests.watching import CHAT

ROOT = Path(__file__).parent.parent.parent
SETTINGS = {"UNKEYED_PORTAL_CALLS_PER_MINUTE": "100000"}
# 422 is what the draft "The Idempotency-Key HTTP Header Field" asks for where a key comes with another request
CONFIGURATION = """
[checks.positive_data_acceptance]
expected-statuses = ["2xx", "3xx", "401", "403", "404", "409", "422", "429"]
"""
KNOWN = f'[parameters]\n"path.account" = "{CHAT}"\n'


async def run(portal: Portal, folder: Path, configuration: str, *options: str) -> str:
    """What the fuzzer says; fails with it where it has found anything."""
    (folder / "schemathesis.toml").write_text(configuration)
    command = [
        str(Path(sys.executable).parent / "schemathesis"),
        "--config-file",
        "schemathesis.toml",
        "run",
        f"{portal.address}/api/openapi.json",
        *("--checks", "all", "--seed", "1", "--no-color", *options),
    ]
    surroundings = {**os.environ, "SCHEMATHESIS_HOOKS": "tests.e2e.portal_fuzz", "PYTHONPATH": str(ROOT)}
    done = await asyncio.create_subprocess_exec(*command, cwd=folder, env=surroundings, stdout=PIPE, stderr=STDOUT)
    said = (await done.communicate())[0].decode()
    assert done.returncode == 0, said[-8000:]
    return said


@pytest.mark.timeout(1800)
async def test_of_an_account_that_is_there(portal: Portal, app: AppRun, tmp_path: Path) -> None:
    await app.client.create_account(CHAT)
    token = await portal.token("Admin")
    said = await run(portal, tmp_path, CONFIGURATION + KNOWN, "-n", "6", "-H", f"Authorization: Bearer {token}")
    assert "21/21" in said
    assert not _errors(app)


@pytest.mark.timeout(1800)
async def test_of_accounts_that_are_not_there(portal: Portal, app: AppRun, tmp_path: Path) -> None:
    token = await portal.token("Admin")
    await run(portal, tmp_path, CONFIGURATION, "-n", "4", "-H", f"Authorization: Bearer {token}")
    assert not _errors(app)


@pytest.mark.timeout(1800)
async def test_without_a_token(portal: Portal, app: AppRun, tmp_path: Path) -> None:
    await run(portal, tmp_path, CONFIGURATION, "-n", "2")
    assert not _errors(app)


def _errors(app: AppRun) -> list[Any]:
    """What the app itself has logged as an error."""
    return [each for each in app.errors() if each["logger"].startswith("unkeyed.")]
