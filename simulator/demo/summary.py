"""How it ended, for the audience."""

from rich.box import SIMPLE_HEAD
from rich.console import Console
from rich.markup import escape
from rich.padding import Padding
from rich.table import Table

from simulator.demo.board import TIGHT, goal_of, short
from simulator.demo.calls import Consumer
from simulator.demo.connections import ENTRA, Change
from simulator.demo.record import Ending


def show(console: Console, endings: list[Ending], changes: list[Change], consumers: list[Consumer]) -> None:
    """Prints how each account, connection and consumer ended, and what stops those that are not at their goal."""
    console.print(_calls(endings))
    console.print()
    for each in endings:
        _explain(console, each)
    console.print()
    console.print(_connections(changes))
    for consumer in consumers:
        console.print(_told(consumer), highlight=False)


def _calls(endings: list[Ending]) -> Table:
    table = Table(
        title="Before → after (200 accepted; 401, 403 refused)", title_justify="left", box=SIMPLE_HEAD, **TIGHT
    )
    for heading in ("account", "goal", "came to", "a token", "a key", "an old copy of a key", "versions in the vault"):
        table.add_column(heading)
    for each in endings:
        calls = each.calls
        table.add_row(
            each.part.name,
            goal_of(each.posture),
            each.milestone or "-",
            f"{each.part.caller.name}: {_change(calls.token_before, calls.token_after)}",
            _change(calls.key_before, calls.key_after),
            _change(calls.key_before, calls.copy_after),
            ", ".join(each.versions) or "-",
        )
    return table


def _explain(console: Console, ending: Ending) -> None:
    """A line on the account, and for each thing that stops it one on what it is and one on how to mend it."""
    name, blockers = f"[bold]{ending.part.name}[/]", ending.blockers
    if ending.posture is None:
        console.print(f"[red]✘[/] {name} was not seen", highlight=False)
    elif not blockers:
        console.print(f"[green]✔[/] {name} {escape(ending.posture.note) or 'is at its goal'}", highlight=False)
    for each in blockers:
        console.print(f"[yellow]■[/] {name} [yellow]{each['code']}[/] {short(each['message'])}", highlight=False)
    for fix in dict.fromkeys(each["fix"] for each in blockers if each["fix"]):
        console.print(Padding(f"[dim]{escape(fix)}[/]", (0, 0, 0, 4)), highlight=False)


def _connections(changes: list[Change]) -> Table:
    table = Table(title="Connections", title_justify="left", box=SIMPLE_HEAD, **TIGHT)
    for heading in ("owner", "name", "category", "points at", "signs in with", "why"):
        table.add_column(heading, no_wrap=heading != "why")
    for each in changes:
        became = "[green]Entra ID[/]" if each.after == ENTRA else each.after
        signs_in = became if each.before == each.after else f"{each.before} → {became}"
        table.add_row(
            each.owner, each.connection.name, each.connection.category, each.points_at, signs_in, each.in_short
        )
    return table


def _told(consumer: Consumer) -> str:
    key, token = consumer.by_key, consumer.by_token
    by_key = f"{key.made} calls with the vault's key, {len(key.failed)} failed"
    by_token = f"; {token.made} with tokens, {len(token.failed)} failed" if token.made else ""
    every = round(consumer.every * 1000)
    return f"The consumer of {consumer.part.name}, a call every {every} ms: {by_key}{by_token}"


def _change(before: int, after: int) -> str:
    return f"{_status(before)} → {_status(after)}"


def _status(code: int) -> str:
    if not code:
        return "-"
    return f"[green]{code}[/]" if code < 300 else f"[red]{code}[/]"
