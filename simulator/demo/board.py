"""What the audience sees while it runs: a line for each thing that happens, and a table that keeps itself up to date."""

import re
import time
from collections.abc import Callable, Iterable
from typing import Any

from rich.box import SIMPLE_HEAD
from rich.console import Console, Group
from rich.live import Live
from rich.markup import escape
from rich.table import Table
from rich.text import Text

from shared.store.postures import Posture
from simulator.demo.cast import EVERYBODY, MILESTONES, Part
from simulator.wire import Json

# Columns close together, so that all of them fit into 120 characters
TIGHT: dict[str, Any] = {"padding": (0, 1, 0, 0), "pad_edge": False}
_NAME = max(len(each.name) for each in EVERYBODY)
_REACHED, _OPEN = Text("✔", "green"), Text("·", "dim")

_INTRODUCTION = """\
[bold]unkeyed[/] moves a company's Azure AI accounts from API keys to Microsoft Entra ID. Here it runs on a local Azure:
nothing leaves this machine. Time is short: a role takes 2 s to spread, consumers have 3 s to take up a new key, and an
account is quiet after 6 s without a call by key.

Contoso began with keys. It has 8 AI accounts in two subscriptions, 5 Foundry projects, 2 machine-learning hubs, and 14
connections, of which 9 hold a copy of an account's key. Its policy says:
  rule [cyan]production[/]  every account in production: sg-chat-users gets Cognitive Services User; goal: sealed
  rule [cyan]search[/]      those in rg-search: sg-rg-search-users gets it, which nobody has made yet; goal: sealed
  rule [cyan]lab[/]         every account in the sandbox: sg-chat-users gets it; goal: proven
  exempt           contoso-voice, because custom voice needs keys

Starting the local Azure …"""

# What the app announces and the audience wants to hear; milestones and blockers are told from the postures
_ANNOUNCED: dict[str, Callable[[Json], str]] = {
    "ConnectionSwitched": lambda data: f"connection {_last(data['connection'])} uses Entra ID now",
    "KeyPublished": lambda data: f"the vault has its {data['key']} now",
    "KeyRotated": lambda data: f"{data['key']} is new, tested, and in the vault",
    "KeyRevoked": lambda data: f"{data['key']} is new, and nobody is told",
    "AccountSealed": lambda _: "key access is turned off",
}
_RESOURCE = re.compile(r"/subscriptions/[^/ ]+/resourcegroups/[^/ ]+/providers/[^/ ]+/[^/ ]+/", re.IGNORECASE)


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
        """One line: when, who, what."""
        seconds = time.monotonic() - self.started
        self.console.print(f"[dim]{seconds:5.1f} s[/]  [cyan]{who:<13}[/]  {text}", soft_wrap=True, highlight=False)

    def show(self, parts: Iterable[Part]) -> None:
        """Gives these accounts a row each."""
        self.seen = [each for each in EVERYBODY if each in {*self.seen, *parts}]

    def update(self, part: Part, posture: Posture) -> None:
        """Takes the account's posture; says what is new in it."""
        before = self.postures.get(part.name)
        self.postures[part.name] = posture
        for text in _news(before, posture):
            self.say("unkeyed", f"{part.name}: {text}")

    def announced(self, event: Json) -> None:
        """Takes an outcome event of the app; says what it is about where that is worth a line."""
        told = _ANNOUNCED.get(str(event["type"]).removeprefix("Unkeyed."))
        if told:
            self.say("unkeyed", f"{_last(event['subject'])}: {told(event['data'])}")

    def _road(self) -> Group:
        return Group("", self.road())

    def road(self) -> Table:
        """Where each account stands now."""
        table = Table(title="The road of each account", title_justify="left", box=SIMPLE_HEAD, **TIGHT)
        table.add_column("account", no_wrap=True, min_width=_NAME)
        table.add_column("goal", no_wrap=True, min_width=len("sealed"))
        for milestone in MILESTONES:
            table.add_column(milestone, justify="center", no_wrap=True, min_width=len(milestone))
        table.add_column("waits for", no_wrap=True, max_width=32)
        for part in self.seen:
            posture = self.postures.get(part.name)
            marks = [_REACHED if posture and each in posture.reached else _OPEN for each in MILESTONES]
            table.add_row(part.name, goal_of(posture), *marks, _waits(posture))
        return table


def short(message: str) -> str:
    """The message with resource ids cut down to the names in them, for rich to print as it is."""
    return escape(_RESOURCE.sub("", message))


def _news(before: Posture | None, posture: Posture) -> list[str]:
    if posture.note and (before is None or before.note != posture.note):
        return [escape(posture.note)]
    new = [each for each in MILESTONES if each in posture.reached and not (before and each in before.reached)]
    return ([f"[green]{', '.join(new)}[/]"] if new else []) + _in_the_way(before, posture)


def _in_the_way(before: Posture | None, posture: Posture) -> list[str]:
    """What a person has to do something about before the next milestone is reached, once for each kind of it."""
    told = {each["code"] for each in before.blockers} if before else set()
    ahead = [each for each in MILESTONES if each not in posture.reached]
    new = {
        each["code"]: each["message"]
        for each in reversed(posture.blockers)
        if each["fix"] and each["milestone"] in ahead[:1] and each["code"] not in told
    }
    return [f"[yellow]{short(each)}[/]" for each in new.values()]


def goal_of(posture: Posture | None) -> str:
    """How far the policy has the account go, or why it does not."""
    if posture is None:
        return "…"
    return (posture.goal or "") if posture.covered == "covered" else posture.covered


def _waits(posture: Posture | None) -> str:
    if posture is None:
        return "not seen yet"
    return ", ".join(dict.fromkeys(each["code"] for each in posture.blockers)) or posture.note


def _last(resource_id: Any) -> str:
    return str(resource_id).rpartition("/")[2]
