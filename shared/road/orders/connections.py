"""Connections that are asked to be switched, under the same evidence that the road itself asks for. Pure."""

from collections.abc import Iterable

from shared.models import Connection, Milestone, Unknown
from shared.road.blockers import unreadable
from shared.road.milestones import connected, granted, proven
from shared.road.orders.todo import Asked, Todo
from shared.road.pointing import can_switch, uses_key
from shared.road.situation import Situation
from shared.road.steps import SwitchConnection
from shared.road.verdict import Blocker, Verdict


def switch(seen: Situation, verdict: Verdict, asked: Asked) -> Todo:
    """The named connections, or all that use the account's key and can do without; `seen` is of a rule that switches."""
    pointing = seen.facts.pointing
    if isinstance(pointing, Unknown):
        return Todo(refused=(unreadable("connections", Milestone.CONNECTED, pointing),))
    if pointing.read_at is None:
        return Todo(refused=(connected.unindexed(seen.now + connected.INDEX_POLL),))
    chosen, faults = _chosen(pointing.connections, asked.order.connections)
    held = [each for each in chosen if uses_key(each)]
    fixed = [connected.cannot_switch(each) for each in held if not can_switch(each)] if asked.order.connections else []
    able = [each for each in held if can_switch(each)]
    early = _early(seen, verdict, able) if able and not connected.may_switch(seen, verdict) else ()
    if refused := (*faults, *fixed, *early):
        return Todo(refused=refused)
    return Todo(tuple(SwitchConnection(each.id) for each in able))


def _chosen(known: tuple[Connection, ...], named: Iterable[str]) -> tuple[tuple[Connection, ...], tuple[Blocker, ...]]:
    """The connections that are meant by id or by name, each once, and what is said of the names that mean none or several."""
    names = tuple(dict.fromkeys(each.strip().rstrip("/").lower() for each in named))
    if not names:
        return known, ()
    found = {name: [each for each in known if name in {each.id.lower(), each.name.lower()}] for name in names}
    meant = {each[0].id.lower(): each[0] for each in found.values() if len(each) == 1}
    return tuple(meant.values()), tuple(unknown(name, len(each)) for name, each in found.items() if len(each) != 1)


def _early(seen: Situation, verdict: Verdict, able: Iterable[Connection]) -> tuple[Blocker, ...]:
    """What evidence is missing: of the road up to a proven token, or that the roles have had time to arrive."""
    before = [verdict.standings[each].blockers for each in (Milestone.READY, Milestone.GRANTED)]
    missing = tuple(each for found in (*before, proven.standing(seen).blockers) for each in found)
    return missing or tuple(connected.pending(each, granted.settled_at(seen), seen.now) for each in able)


def unknown(name: str, count: int) -> Blocker:
    several = f"'{name}' is the name of {count} connections that lead to the account."
    return Blocker(
        "connection.unknown",
        Milestone.CONNECTED,
        several if count else f"'{name}' is no connection that leads to the account.",
        "Name a connection by its id, as the account's facts list them."
        if count
        else "Name one that the account's facts list.",
        "unkeyed",
    )
