"""How it ended, for the audience."""

from rich.console import Console
from rich.markup import escape
from rich.padding import Padding
from rich.table import Table

from simulator.demo.board import SPACED
from simulator.demo.calls import Consumer
from simulator.demo.connections import ENTRA, Change
from simulator.demo.echoes import in_words
from simulator.demo.leaving import LEAVER, LEFT, STAYS
from simulator.demo.outcome import Ending, Noted, Outcome, Undone
from simulator.demo.words import HELD_UP, brief, goal_of, short


def show(console: Console, outcome: Outcome) -> None:
    """Prints how each account, connection and consumer ended, and what stops those that are not at their goal."""
    console.print(_calls(outcome.endings))
    console.print()
    for each in outcome.endings:
        _explain(console, each)
    console.print()
    console.print(_connections(outcome.changes))
    console.print()
    console.print(_leaving(outcome.noted))
    console.print()
    for undone in outcome.undone:
        console.print(_drift(undone), highlight=False)
    for consumer in outcome.consumers:
        console.print(_told(consumer), highlight=False)
    console.print(in_words(outcome.echoes), highlight=False)


def _calls(endings: list[Ending]) -> Table:
    table = Table(title="Before → after (200 accepted; 401, 403 refused)", **SPACED)
    for heading in ("account", "goal", "came to", "a token", "a key", "an old copy of it", "keys in the vault"):
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
            ", ".join(version.removeprefix("key") for version in each.versions) or "-",
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
        console.print(f"[yellow]■[/] {name} [yellow]{each['code']}[/] {brief(each)}", highlight=False)
    for fix in dict.fromkeys(each["fix"] for each in blockers if each["fix"]):
        console.print(Padding(f"[dim]{escape(fix)}[/]", (0, 0, 0, 4)), highlight=False)


def _connections(changes: list[Change]) -> Table:
    table = Table(title="Connections", **SPACED)
    for heading in ("owner", "name", "points at", "signs in with", "why"):
        table.add_column(heading, no_wrap=heading != "why")
    for each in changes:
        became = "[green]Entra ID[/]" if each.after == ENTRA else each.after
        signs_in = became if each.before == each.after else f"{each.before} → {became}"
        table.add_row(each.owner, each.connection.name, each.points_at, signs_in, each.in_short)
    return table


def _leaving(noted: list[Noted]) -> Table:
    title = f"{LEAVER.name} left {LEFT.name}: keys he had noted, his token, that of {STAYS.name}, who stays"
    table = Table(title=title, **SPACED)
    for heading in ("account", "his copies", "his token", STAYS.name, "what unkeyed did"):
        table.add_column(heading, no_wrap=heading != "what unkeyed did")
    for each in noted:
        if each.keys:
            copies = _change(each.before[0], max(each.after))
            table.add_row(
                each.part.name, copies, _change(each.token_before, each.token_after), _status(each.staying), _done(each)
            )
        else:
            table.add_row(each.part.name, "-", "-", "-", _nothing(each))
    return table


def _done(noted: Noted) -> str:
    if noted.blocker:
        return f"held up: {short(noted.blocker['message'].partition(HELD_UP)[2] or noted.blocker['message'])}"
    return "made both keys new"


def _nothing(noted: Noted) -> str:
    why = "sealed, no key is shown to anybody" if noted.part.is_sealed else "he could not list its keys"
    return f"nothing: {why} ({noted.asked})"


def _drift(undone: Undone) -> str:
    who = f"{undone.who.name} ({undone.repairs.get('caller')})"
    return f"[green]✔[/] {undone.part.name}: {who} {undone.what}; it was put right after {undone.seconds} s"


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
