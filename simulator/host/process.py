"""The host as a child process, for whoever starts a local Azure: it can be stopped, and killed at any moment."""

import asyncio
import os
import re
import secrets
import sys
from collections.abc import Mapping
from pathlib import Path

import aiohttp

REPOSITORY = Path(__file__).parent.parent.parent
START_SECONDS = 180.0
STOP_SECONDS = 20.0
_READY = re.compile(r"ready (http://127\.0\.0\.1:\d+)")


class HostError(Exception):
    """The host did not start; the text says why."""


class HostProcess:
    """One host over the app in `app`. `settings` are the app settings; they go before what the environment says."""

    def __init__(
        self,
        app: Path,
        settings: Mapping[str, str],
        *,
        log: Path,
        port: int = 0,
        key: str | None = None,
        message_visibility: int = 600,
    ) -> None:
        self.app = app
        self.settings = settings
        self.log = log
        self.port = port
        self.key = key or secrets.token_urlsafe(32)
        self.message_visibility = message_visibility
        self.url = ""
        self.output: list[str] = []
        self._process: asyncio.subprocess.Process | None = None
        self._reading: asyncio.Task[None] | None = None

    @property
    def running(self) -> bool:
        return self._process is not None and self._process.returncode is None

    @property
    def pid(self) -> int | None:
        return self._process.pid if self._process else None

    def event_grid_url(self, function: str) -> str:
        """The webhook of an Event Grid trigger, system key included."""
        return f"{self.url}/runtime/webhooks/EventGrid?functionName={function}&code={self.key}"

    async def event_grid_functions(self) -> list[str]:
        """The names of the Event Grid triggers that the running host has indexed, those switched off left out."""
        async with (
            aiohttp.ClientSession(headers={"x-functions-key": self.key}) as session,
            session.get(f"{self.url}/admin/functions", raise_for_status=True) as response,
        ):
            found = await response.json()
        return [
            each["name"]
            for each in found
            if not each["isDisabled"] and each["config"]["bindings"][0]["type"] == "eventGridTrigger"
        ]

    async def start(self) -> None:
        """Returns when the host serves; `url` and `port` say where. Raises HostError where the app cannot start.

        A host that is started again listens on the port it had.
        """
        self.output = []
        self._process = await asyncio.create_subprocess_exec(
            *self._command(),
            cwd=REPOSITORY,
            env={**os.environ, **self.settings},
            stdin=asyncio.subprocess.DEVNULL,
            start_new_session=True,  # an interrupt from the keyboard is for the parent, which ends it in order
            stdout=asyncio.subprocess.PIPE,
            stderr=asyncio.subprocess.STDOUT,
        )
        ready = asyncio.Event()
        self._reading = asyncio.create_task(self._read(self._process, ready))
        try:
            async with asyncio.timeout(START_SECONDS):
                await ready.wait()
        except TimeoutError as error:
            self.kill()
            raise HostError(f"the host did not serve within {START_SECONDS} s:\n{''.join(self.output)}") from error
        if not self.url:
            raise HostError(f"the host ended with {await self._process.wait()}:\n{''.join(self.output)}")

    def _command(self) -> list[str]:
        places = ["--port", str(self.port), f"--key={self.key}", "--log", str(self.log)]
        visibility = ["--message-visibility", str(self.message_visibility)]
        return [sys.executable, "-m", "simulator.host", str(self.app), *places, *visibility]

    async def _read(self, process: asyncio.subprocess.Process, ready: asyncio.Event) -> None:
        """Reads what the process prints, to its end; the ready line is told, the rest kept."""
        self.url = ""
        while process.stdout and (line := (await process.stdout.readline()).decode(errors="replace")):
            if found := _READY.fullmatch(line.strip()):
                self.url = found[1]
                self.port = int(self.url.rpartition(":")[2])
                ready.set()
            else:
                self.output = [*self.output[-500:], line]
        ready.set()

    def kill(self) -> None:
        """Ends the process at once, in the middle of whatever it does."""
        if self._process and self._process.returncode is None:
            self._process.kill()

    async def wait(self) -> int | None:
        """The exit code when the process has ended; None where there never was one."""
        if self._process is None:
            return None
        code = await self._process.wait()
        if self._reading:
            await self._reading
        return code

    async def stop(self) -> int | None:
        """Asks the process to end and waits; kills it where it does not. Returns the exit code."""
        if self.running and self._process:
            self._process.terminate()
        try:
            async with asyncio.timeout(STOP_SECONDS):
                return await self.wait()
        except TimeoutError:
            self.kill()
            return await self.wait()
