"""Keeps the local Azure running, and says how to reach it."""

import asyncio
import json
import shutil
import signal
from pathlib import Path

from simulator import welcome
from simulator.company.estate import ESTATE_POLICY, seed_estate
from simulator.company.seed import POLICY_FILE
from simulator.local import AppOptions, LocalAzure, environment_lines, local_azure

# az keeps its tokens and refusals here, and looks there first even in `az login`
_SIGN_INS = (
    "azureProfile.json",
    "msal_http_cache.bin",
    "msal_token_cache.bin",
    "msal_token_cache.json",
    "service_principal_entries.bin",
    "service_principal_entries.json",
)


async def up(home: Path, traffic: Path | None, options: AppOptions, *, with_app: bool, estate: bool) -> int:
    """Runs until interrupted; returns the exit code. Raises HostError or StorageError where something does not start.

    With `estate` the company has the demo's accounts from the start, which the first sweeps find.
    """
    stopped = asyncio.Event()
    for number in (signal.SIGINT, signal.SIGTERM):
        asyncio.get_running_loop().add_signal_handler(number, stopped.set)
    forget_sign_ins(home / "az")
    async with local_azure(home, traffic) as local:
        if estate:
            seed_estate(local.azure)
        if with_app:
            await local.start_app(options)
        else:
            _write_app_settings(local, options)
        print(environment_lines(local.write_environment()), end="")
        if with_app:
            welcome.show(local.company.page)
        print("ready", flush=True)
        await stopped.wait()
    return 0


def seeded_policy(home: Path, *, estate: bool = False) -> Path:
    """The policy file to edit, put into the home folder where there is none; the estate has one of its own."""
    path = home / ("estate.yaml" if estate else "policy.yaml")
    if not path.exists():
        home.mkdir(parents=True, exist_ok=True)
        shutil.copyfile(ESTATE_POLICY if estate else POLICY_FILE, path)
    return path


def forget_sign_ins(config: Path) -> None:
    """Removes what az remembers of an earlier local Azure, whose keys and secrets are gone; its settings stay."""
    for name in _SIGN_INS:
        (config / name).unlink(missing_ok=True)


def _write_app_settings(local: LocalAzure, options: AppOptions) -> None:
    """Without an app, leaves the settings one would have in `app.json`, for whoever runs it otherwise."""
    path = local.home / "app.json"
    path.parent.mkdir(parents=True, exist_ok=True)
    path.touch(mode=0o600)
    path.write_text(json.dumps(local.app_environment(options), indent=1))
