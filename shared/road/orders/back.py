"""The way back, when it is asked for. Pure."""

from collections.abc import Sequence

from shared.models import Account, AccountFacts, Entry, Milestone
from shared.models.orders import Order, OrderKind
from shared.road.inverse import inverse
from shared.road.orders.todo import Todo
from shared.road.steps import EnableLocalAuth
from shared.road.verdict import Blocker


def undo(order: Order, account: Account, facts: AccountFacts, history: Sequence[Entry]) -> Todo:
    """What undoes, and what never comes back. Raises PermanentError where the order names nothing to undo."""
    found = inverse(history, facts, to=order.back_to, operation=order.undo, leaked=order.leaked)
    if order.kind is OrderKind.UNSEAL and account.local_auth_disabled and not _opens(found.steps):
        return Todo(refused=(closed_by_others(),))
    if order.undo and not found.steps:
        return Todo(refused=(nothing_left(order.undo),), cannot=found.cannot)
    return Todo(found.steps, cannot=found.cannot)


def _opens(steps: Sequence[object]) -> bool:
    return any(isinstance(each, EnableLocalAuth) for each in steps)


def closed_by_others() -> Blocker:
    return Blocker(
        "unseal.notOwn",
        Milestone.SEALED,
        "Key access was turned off by somebody else, and the app turns on only what it turned off.",
        "Set disableLocalAuth to false where it was set to true: in the template, or by az resource update.",
        "ledger",
    )


def nothing_left(operation: str) -> Blocker:
    return Blocker(
        "undo.nothing",
        Milestone.READY,
        f"Of operation {operation} nothing is in effect on this account that could be undone.",
        "See the account's ledger: what it did was undone or done over since, or never comes back.",
        "ledger",
    )
