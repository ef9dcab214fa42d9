"""What the audience sees: a line for each thing that happens, and a table of the road that keeps itself up to date."""

import time
from collections.abc import Iterable
from dataclasses import dataclass

from rich.console import Console, Group
from rich.live import Live
from rich.table import Table
from rich.text import Text

from shared.store.postures import Posture
from simulator.demo.cast import PARTS, Part

MILESTONES = ("ready", "granted", "proven")
_MARKS = {True: Text("✔", "green"), False: Text("·", "dim")}


@dataclass(frozen=True, slots=True)
class Calls:
    """Status codes of a person's token call and of a key call, before the road and at its end."""

    token_before: int = 0
    token_after: int = 0
    key_before: int = 0
    key_after: int = 0


_INTRODUCTION = """\
[bold]unkeyed[/] moves a company's Azure AI accounts from API keys to Microsoft Entra ID. Here it runs on a local Azure:
nothing leaves this machine. Azure's slow moments are shortened; a role takes 2 s to spread, not up to five minutes.

Contoso's policy says:
  rule [cyan]chat[/]        accounts in rg-chat: the group sg-chat-users gets Cognitive Services User; goal: proven
  rule [cyan]production[/]  AI accounts tagged env=prod: the group sg-<resource group>-users gets it; goal: proven
  exempt           contoso-voice, because custom voice needs keys

Starting the local Azure and the app …"""


def introduce(console: Console) -> None:
    """Says what is about to be seen."""
    console.print(_INTRODUCTION, highlight=False)


class Board:
    """Prints to a terminal with a live table; elsewhere lines only, and the table where `show` is called."""

    def __init__(self, console: Console) -> None:
        self.console = console
        self.started = time.monotonic()
        self.postures: dict[str, Posture] = {}
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
        self.console.print(f"[dim]{seconds:5.1f} s[/]  [cyan]{who:<14}[/]  {text}", soft_wrap=True, highlight=False)

    def update(self, part: Part, posture: Posture) -> None:
        """Takes the account's posture; says what is new in it."""
        before = self.postures.get(part.name)
        self.postures[part.name] = posture
        if before and (before.milestone, _codes(before), before.note) == (
            posture.milestone,
            _codes(posture),
            posture.note,
        ):
            return
        for text in _news(before, posture):
            self.say("unkeyed", f"{part.name}: {text}")

    def _road(self) -> Group:
        return Group("", self.road())

    def road(self) -> Table:
        """Where each account stands now."""
        table = Table(title="The road of each account", title_justify="left")
        for heading in ("account", "rule", *MILESTONES, "what blocks it"):
            table.add_column(heading, justify="center" if heading in MILESTONES else "left", overflow="fold")
        for part in PARTS:
            posture = self.postures.get(part.name)
            marks = [_MARKS[bool(posture and each in posture.reached)] for each in MILESTONES]
            table.add_row(part.name, _rule(posture), *marks, _blocked(posture))
        return table

    def summary(self, rows: Iterable[tuple[Part, Calls, float | None]]) -> Table:
        """How each account ended."""
        table = Table(title="Before → after (401 refused, 200 accepted)", title_justify="left")
        for heading in ("account", "milestone", "event to granted", "call with a token", "call with a key"):
            table.add_column(heading)
        for part, calls, seconds in rows:
            posture = self.postures.get(part.name)
            milestone = (posture.milestone or posture.covered) if posture else "not seen"
            took = f"{seconds:.1f} s" if seconds is not None else "-"
            tokens, keys = f"{calls.token_before} → {calls.token_after}", f"{calls.key_before} → {calls.key_after}"
            table.add_row(part.name, milestone, took, f"{part.caller.name}: {tokens}", keys)
        return table


def _codes(posture: Posture) -> list[str]:
    return [each["code"] for each in posture.blockers]


def _news(before: Posture | None, posture: Posture) -> list[str]:
    if posture.note and (before is None or before.note != posture.note):
        return [posture.note]
    said = _codes(before) if before else []
    new = (
        [f"[green]{posture.milestone}[/]"]
        if posture.milestone and (not before or before.milestone != posture.milestone)
        else []
    )
    return new + [
        f"[yellow]{each['message']}[/]" for each in posture.blockers if each["code"] not in said and _worth(each)
    ]


def _worth(blocker: dict[str, str]) -> bool:
    return bool(blocker["fix"]) or blocker["code"] == "account.provisioning"


def _rule(posture: Posture | None) -> str:
    if posture is None:
        return "…"
    return posture.covered if posture.covered != "covered" else posture.rule or ""


def _blocked(posture: Posture | None) -> str:
    if posture is None:
        return "not seen yet"
    return posture.note or "; ".join(each["message"] for each in posture.blockers[:1])
