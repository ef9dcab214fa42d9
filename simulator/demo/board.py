"""What the audience sees while it runs: a line for each thing that happens, and a table that keeps itself up to date."""

import time
from collections.abc import Iterable
from typing import Any

from rich.box import SIMPLE_HEAD
from rich.console import Console, Group
from rich.live import Live
from rich.table import Table
from rich.text import Text

from shared.store.postures import Posture
from simulator.demo.cast import EVERYBODY, MILESTONES, Part
from simulator.demo.words import announced, goal_of, last, news, short, waits
from simulator.wire import Json

# So that all columns fit into a terminal of 100 characters
PLAIN: dict[str, Any] = {"title_justify": "left", "box": SIMPLE_HEAD, "pad_edge": False, "show_edge": False}
SPACED: dict[str, Any] = {**PLAIN, "padding": (0, 1, 0, 0)}
_WHO = len("platform team")
_NAME = max(len(each.name) for each in EVERYBODY)
_WAITS = 24
_REACHED, _OPEN = Text("✔", "green"), Text("·", "dim")

_INTRODUCTION = """\
[bold]unkeyed[/] moves a company's Azure AI accounts from API keys to Microsoft Entra ID. Here it runs on a
local Azure: nothing leaves this machine. Time is short: a role takes 2 s to spread, consumers have
3 s to take up a new key, and an account is quiet after 6 s without a call by key.

Contoso began with keys. It has 8 AI accounts in two subscriptions, 5 Foundry projects, 2 machine-
learning hubs, and 14 connections, of which 9 hold a copy of an account's key. Its policy says:
  rule [cyan]production[/]  accounts in production: sg-chat-users gets Cognitive Services User; goal: sealed
  rule [cyan]search[/]      those in rg-search: sg-rg-search-users, which nobody has made yet; goal: sealed
  rule [cyan]lab[/]         accounts in the sandbox: sg-chat-users gets it; goal: proven
  all rules        keys die when a member leaves a group by whose role they could be seen
  exempt           contoso-voice, because custom voice needs keys

Starting the local Azure …"""


def introduce(console: Console) -> None:
    """Says what is about to be seen."""
    console.print(_INTRODUCTION, highlight=False)


class Board:
    """Prints to a terminal with a live table; elsewhere lines only, and the table where `road` is printed."""

    def __init__(self, console: Console) -> None:
        self.console = console
        self.started = time.monotonic()
        self.postures: dict[str, Posture] = {}
        self.seen: list[Part] = []
        self._live = Live(console=console, refresh_per_second=8, transient=True, get_renderable=self._road)

    def __enter__(self) -> "Board":
        if self.console.is_terminal:
            self._live.start()
        return self

    def __exit__(self, *_: object) -> None:
        self._live.stop()

    def chapter(self, title: str) -> None:
        self.console.print(f"\n[bold]{title}[/]", soft_wrap=True)

    def say(self, who: str, text: str) -> None:
        """When, who, what; what takes more than a line goes on below itself."""
        seconds = time.monotonic() - self.started
        line = Table.grid(padding=(0, 2, 0, 0), pad_edge=False)
        line.add_column(no_wrap=True, style="dim")
        line.add_column(no_wrap=True, style="cyan", min_width=_WHO)
        line.add_column()
        line.add_row(f"{seconds:5.1f} s", who, text)
        self.console.print(line, highlight=False)

    def show(self, parts: Iterable[Part]) -> None:
        """Gives these accounts a row each."""
        self.seen = [each for each in EVERYBODY if each in {*self.seen, *parts}]

    def update(self, part: Part, posture: Posture) -> None:
        """Takes the account's posture; says what is new in it."""
        before = self.postures.get(part.name)
        self.postures[part.name] = posture
        for text in news(before, posture):
            self.say("unkeyed", f"{part.name}: {text}")

    def announced(self, event: Json) -> None:
        """Takes an outcome event of the app; says what it is about where that is worth a line."""
        kind, data = str(event["type"]).removeprefix("Unkeyed."), event["data"]
        if told := announced(kind, data):
            self.say("unkeyed", f"{last(event['subject'])}: {told}")
        elif kind == "Blocked" and data["code"].startswith("groups."):
            self.say("unkeyed", f"[yellow]{short(data['message'])}[/]")

    def _road(self) -> Group:
        return Group("", self.road())

    def road(self) -> Table:
        """Where each account stands now."""
        table = Table(title="The road of each account", padding=0, **PLAIN)
        table.add_column("account", no_wrap=True, min_width=_NAME)
        table.add_column("goal", no_wrap=True, min_width=len("sealed"))
        for milestone in MILESTONES:
            table.add_column(milestone, justify="center", no_wrap=True, min_width=len(milestone))
        table.add_column("waits for", no_wrap=True, max_width=_WAITS)
        for part in self.seen:
            posture = self.postures.get(part.name)
            marks = [_REACHED if posture and each in posture.reached else _OPEN for each in MILESTONES]
            table.add_row(part.name, goal_of(posture), *marks, waits(posture))
        return table
