"""Local storage: Azurite, Microsoft's storage emulator, run as a child process that keeps everything in memory.

`StorageGate` stands in front of it, so that faults can be put between a client and its storage.
"""

import asyncio
import base64
import os
import re
import secrets
import shutil
from collections.abc import Mapping
from pathlib import Path

from simulator.storage_gate import SERVICES, StorageGate

__all__ = ["Azurite", "StorageError", "StorageGate", "connection_string"]

ACCOUNT = "unkeyedlocal"
SCRIPT = Path(__file__).parent.parent / "node_modules" / "azurite" / "dist" / "src" / "azurite.js"
START_SECONDS = 120.0
STOP_SECONDS = 5.0
_LISTENING = re.compile(r"Azurite (Blob|Queue|Table) service is successfully listening at http://127\.0\.0\.1:(\d+)")


class StorageError(Exception):
    """The storage emulator did not start; the text says why."""


def connection_string(key: str, ports: Mapping[str, int]) -> str:
    """A storage connection string with blob, queue and table endpoints on loopback ports."""
    endpoints = "".join(
        f"{service.capitalize()}Endpoint=http://127.0.0.1:{ports[service]}/{ACCOUNT};" for service in SERVICES
    )
    return f"DefaultEndpointsProtocol=http;AccountName={ACCOUNT};AccountKey={key};{endpoints}"


class Azurite:
    """One emulator with an account key of its own, on free ports: whoever answers to that key there is ours."""

    def __init__(self) -> None:
        self.key = base64.b64encode(secrets.token_bytes(64)).decode()
        self.ports: dict[str, int] = {}
        self._process: asyncio.subprocess.Process | None = None
        self._reading: asyncio.Task[None] | None = None
        self._said: list[str] = []

    @property
    def connection_string(self) -> str:
        """Leads to the emulator directly, past any gate."""
        return connection_string(self.key, self.ports)

    @property
    def pid(self) -> int | None:
        return self._process.pid if self._process else None

    async def start(self) -> None:
        """Returns when all three services listen; raises StorageError where they do not."""
        self._process = await asyncio.create_subprocess_exec(
            *_command(),
            env={**os.environ, "AZURITE_ACCOUNTS": f"{ACCOUNT}:{self.key}"},
            stdin=asyncio.subprocess.DEVNULL,
            start_new_session=True,  # an interrupt from the keyboard is for the parent, which ends it in order
            stdout=asyncio.subprocess.PIPE,
            stderr=asyncio.subprocess.STDOUT,
        )
        listening = asyncio.Event()
        self._reading = asyncio.create_task(self._read(listening))
        try:
            async with asyncio.timeout(START_SECONDS):
                await listening.wait()
        except TimeoutError as error:
            await self.stop()
            raise StorageError(f"Azurite did not listen within {START_SECONDS} s:\n{self._output()}") from error
        if len(self.ports) < len(SERVICES):
            await self.stop()
            raise StorageError(f"Azurite ended while it started:\n{self._output()}")

    async def _read(self, listening: asyncio.Event) -> None:
        """Reads what Azurite says, to its end: its ports, and what a person wants to see where it fails."""
        output = self._process.stdout if self._process else None
        while output and (line := (await output.readline()).decode(errors="replace")):
            self._said = [*self._said[-50:], line]
            if found := _LISTENING.search(line):
                self.ports[found[1].lower()] = int(found[2])
            if len(self.ports) == len(SERVICES):
                listening.set()
        listening.set()

    def _output(self) -> str:
        return "".join(self._said)

    async def stop(self) -> None:
        """Ends the emulator and everything it holds."""
        process, self._process = self._process, None
        if process is None:
            return
        if process.returncode is None:
            process.terminate()
        try:
            async with asyncio.timeout(STOP_SECONDS):
                await process.wait()
        except TimeoutError:
            process.kill()
            await process.wait()
        if self._reading:
            await self._reading


def _command() -> list[str]:
    node = shutil.which("node")
    if node is None or not SCRIPT.exists():
        raise StorageError("local storage needs Node.js and Azurite: run scripts/setup.sh")
    flags = ["--inMemoryPersistence", "--skipApiVersionCheck", "--silent", "--disableTelemetry"]
    places = [text for service in SERVICES for text in (f"--{service}Host", "127.0.0.1", f"--{service}Port", "0")]
    return [node, str(SCRIPT), *flags, *places]
