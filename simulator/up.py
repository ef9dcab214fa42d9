"""Keeps the local Azure running, and says how to reach it."""

import asyncio
import json
import shutil
import signal
from pathlib import Path

from simulator.local import AppOptions, LocalAzure, environment_lines, local_azure

SEEDED_POLICY = Path(__file__).parent / "company" / "policy.yaml"


async def up(home: Path, traffic: Path | None, *, with_app: bool) -> int:
    """Runs until interrupted; returns the exit code. Raises HostError or StorageError where something does not start."""
    stopped = asyncio.Event()
    for number in (signal.SIGINT, signal.SIGTERM):
        asyncio.get_running_loop().add_signal_handler(number, stopped.set)
    async with local_azure(home, traffic) as local:
        if with_app:
            await local.start_app(AppOptions(policy=str(seeded_policy(home))))
        else:
            _write_app_settings(local)
        print(environment_lines(local.write_environment()), end="")
        print("ready", flush=True)
        await stopped.wait()
    return 0


def seeded_policy(home: Path) -> Path:
    """The policy file to edit, put into the home folder where there is none."""
    path = home / "policy.yaml"
    if not path.exists():
        home.mkdir(parents=True, exist_ok=True)
        shutil.copyfile(SEEDED_POLICY, path)
    return path


def _write_app_settings(local: LocalAzure) -> None:
    """Without an app, leaves the settings one would have in `app.json`, for whoever runs it otherwise."""
    path = local.home / "app.json"
    path.parent.mkdir(parents=True, exist_ok=True)
    path.touch(mode=0o600)
    options = AppOptions(policy=str(seeded_policy(local.home)))
    path.write_text(json.dumps(local.app_environment(options), indent=1))
