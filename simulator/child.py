"""A local Azure in a process of its own, for tests and benchmarks: they measure and kill theirs without harm to it."""

import json
import os
import shlex
import subprocess
import sys
from dataclasses import dataclass, field
from pathlib import Path

from simulator.local import ROOT

END_SECONDS = 60.0


@dataclass(frozen=True, slots=True)
class Place:
    """A running local Azure: its home folder and the variables it printed."""

    home: Path
    variables: dict[str, str] = field(repr=False)

    def app_settings(self) -> dict[str, str]:
        """What the app would be set to, where none is hosted."""
        found: dict[str, str] = json.loads((self.home / "app.json").read_text())
        return found


def shell_variables(text: str) -> dict[str, str]:
    """The variables of `export NAME=value` lines."""
    words = [shlex.split(line) for line in text.splitlines() if line.startswith("export ")]
    return dict(word[1].split("=", 1) for word in words)


class running:  # noqa: N801  # reads as a statement: with running(home): …
    """A `simulator up` as a child process, from its `ready` to its end."""

    def __init__(self, home: Path, *arguments: str, **settings: str) -> None:
        self.home = home
        self.arguments = arguments
        self.environment = {**os.environ, **settings}

    def __enter__(self) -> Place:
        command = [sys.executable, "-m", "simulator", "up", "--home", str(self.home), *self.arguments]
        self.process = subprocess.Popen(command, cwd=ROOT, env=self.environment, stdout=subprocess.PIPE, text=True)
        said = []
        for line in self.process.stdout or ():
            said.append(line)
            if line.strip() == "ready":
                return Place(self.home, shell_variables("".join(said)))
        self._end()
        raise RuntimeError("the local Azure did not start:\n" + "".join(said))

    def __exit__(self, *_: object) -> None:
        if code := self._end():
            raise RuntimeError(f"the local Azure ended with {code}")

    def _end(self) -> int:
        """Asks the process to end, and makes it end where it does not; returns its exit code."""
        with self.process:  # which closes its output
            self.process.terminate()
            try:
                return self.process.wait(END_SECONDS)
            except subprocess.TimeoutExpired:
                self.process.kill()
                return self.process.wait()
