"""Plays the demo on a local Azure of its own and judges how it ended."""

import contextlib
import json
import shutil
from collections.abc import AsyncIterator
from datetime import UTC, datetime
from pathlib import Path

from rich.console import Console
from rich.markup import escape

from shared.credentials import credential_for
from shared.session import Session
from shared.settings import Settings, StorageSettings
from shared.store.tables import Tables
from simulator.client import Client
from simulator.company.estate import ESTATE_POLICY, seed_estate
from simulator.demo.board import Board, introduce
from simulator.demo.looking_back import look_back, outcome_of
from simulator.demo.record import as_data
from simulator.demo.stage import DemoFailedError, Stage
from simulator.demo.story import tell
from simulator.demo.summary import show
from simulator.demo.verdict import faults
from simulator.local import AppOptions, LocalAzure, local_azure
from simulator.wire import Json

WIDTH = 100
_SWEEPS = "*/4 * * * * *"
# Seconds after the start at which the timer for groups may find the app up; later on events have to do
_EARLY = range(3, 20, 2)
_KNOBS: dict[str, object] = {
    "role_propagation": 2.0,
    "local_auth_lag": 2.0,
    "log_ingestion": 1.0,
    "near_expiry_delay": 0.5,
}


async def play(home: Path, traffic: Path | None) -> int:
    """Plays it; returns 0 where everything ended as it should, else 1 with the reasons printed."""
    console = Console()
    if not console.is_terminal:
        console = Console(width=WIDTH)
    shutil.copyfile(ESTATE_POLICY, _fresh(home / "demo") / "policy.yaml")
    introduce(console)
    async with local_azure(home / "demo", traffic) as local:
        local.azure.knobs = local.azure.knobs.turned(_KNOBS)
        seed_estate(local.azure)
        options = AppOptions(policy=str(home / "demo" / "policy.yaml"), settings=_settings(datetime.now(UTC)))
        async with Client(local.client_environment()) as client, _tables(local, options) as tables:
            with Board(console) as board:
                stage = Stage(local, client, tables, board, options)
                wrong = await _played(stage)
            return await _ended(stage, console, home / "demo.json", wrong)


def _settings(now: datetime) -> dict[str, str]:
    early = sorted((now.second + each) % 60 for each in _EARLY)
    groups = f"{','.join(map(str, early))} * * * * *"
    return {"UNKEYED_SWEEP_SCHEDULE": _SWEEPS, "UNKEYED_GROUPS_SCHEDULE": groups}


def _fresh(folder: Path) -> Path:
    shutil.rmtree(folder, ignore_errors=True)
    folder.mkdir(parents=True)
    return folder


@contextlib.asynccontextmanager
async def _tables(local: LocalAzure, options: AppOptions) -> AsyncIterator[Tables]:
    session = Session(credential_for(Settings.read(local.app_environment(options))))
    try:
        yield Tables(session, StorageSettings(connection_string=local.storage))
    finally:
        await session.close()


async def _played(stage: Stage) -> list[str]:
    try:
        async with stage.watched():
            await tell(stage)
    except DemoFailedError as error:
        await look_back(stage)
        return [str(error)]
    return []


async def _ended(stage: Stage, console: Console, result: Path, wrong: list[str]) -> int:
    outcome = await outcome_of(stage)
    if not wrong:
        wrong = faults(outcome)
    _write(result, as_data(outcome, wrong))
    console.print()
    console.print(stage.board.road())
    console.print()
    show(console, outcome)
    console.print(f"As data: {result}")
    for each in wrong:
        console.print(f"[bold red]The demo failed:[/] {escape(each)}", highlight=False)
    if wrong:
        console.print(f"The app's log: {stage.app_log}")
    return 1 if wrong else 0


def _write(path: Path, data: Json) -> None:
    path.write_text(json.dumps(data, indent=2) + "\n")
