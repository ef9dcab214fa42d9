"""What a person reads when the local Azure is up: where the page is, who signs in, how to get a token."""

from collections.abc import Iterable

from rich.console import Console
from rich.table import Table

from simulator.company.identities import PEOPLE
from simulator.company.portal import roles_of

_WIDTH = 100


def show(page: str, console: Console | None = None) -> None:
    """Prints it."""
    console = console or Console(width=_WIDTH, highlight=False)
    console.print()
    console.print(f"The page: [bold]{page}[/bold]")
    console.print(_people())
    console.print("A token for the API: make token ROLE=Read (or Operate, Admin, none)")
    console.print()


def _people() -> Table:
    table = Table(title="Who can sign in there", title_justify="left", title_style="")
    for name in ("name", "user name", "password", "role"):
        table.add_column(name)
    for each in PEOPLE:
        table.add_row(each.name, each.user_name, each.password, _named(roles_of(each)))
    return table


def _named(roles: Iterable[str]) -> str:
    return ", ".join(roles) or "none"
