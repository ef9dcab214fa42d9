"""Connected: no connection anywhere that leads to the account uses its key. What cannot do without one is said, not broken."""

from collections.abc import Iterable
from datetime import datetime, timedelta

from shared.models import AccountFacts, Connection, Milestone, Pointing, Unknown
from shared.road.blockers import unreadable
from shared.road.milestones import granted, proven
from shared.road.pointing import SWITCHABLE, can_switch, uses_key
from shared.road.policy import Rule
from shared.road.situation import Situation
from shared.road.steps import SwitchConnection
from shared.road.verdict import Blocker, Standing, Verdict

# An index that no sweep has renewed for longer says nothing
INDEX_LASTS = timedelta(days=1)
INDEX_POLL = timedelta(seconds=15)
_SWITCH_KIND = SwitchConnection.__name__


def standing(seen: Situation) -> Standing:
    """Where connections are to be left alone and nothing further is asked for, none is looked at."""
    if not is_looked_at(seen):
        return Standing("the rule leaves connections alone")
    held_up = evidence(seen)
    pointing = seen.facts.pointing
    count = len(pointing.connections) if isinstance(pointing, Pointing) else 0
    return Standing(f"{count} connections lead to the account, none with its key", held_up)


def is_looked_at(seen: Situation) -> bool:
    """True where the account's road depends on what its connections use."""
    return depends_on_connections(seen.rule)


def depends_on_connections(rule: Rule) -> bool:
    """True where a rule changes connections or keys, or grants roles to those who hold connections."""
    return (
        rule.connections == "entra"
        or rule.goal.order > Milestone.PROVEN.order
        or any(each.project_identities for each in rule.grants)
        or bool(rule.keys and (rule.keys.rotate_every or rule.keys.revoke_on))
    )


def evidence(seen: Situation) -> tuple[Blocker, ...]:
    """Why it cannot be said that no connection uses the account's key; empty where it can."""
    pointing = seen.facts.pointing
    if isinstance(pointing, Unknown):
        return (unreadable("connections", Milestone.CONNECTED, pointing),)
    unread = tuple(unread_source(owner, reason) for owner, reason in sorted(pointing.unread.items()))
    if pointing.read_at is None or seen.now - pointing.read_at > INDEX_LASTS:
        # The first reading is under way; one that is too old is renewed by the next sweep, which looks at the account, too
        return (*unread, unindexed(None if pointing.read_at else seen.now + INDEX_POLL))
    return (*unread, *(_holder(each, seen) for each in holders(pointing)), *map(unplaced, _unplaced(pointing)))


def holders(pointing: Pointing) -> tuple[Connection, ...]:
    """The connections to the account that use its key."""
    return tuple(each for each in pointing.connections if uses_key(each))


def _unplaced(pointing: Pointing) -> Iterable[Connection]:
    return (each for each in pointing.unplaced if uses_key(each) and each.category.lower() in SWITCHABLE)


def steps(seen: Situation, verdict: Verdict) -> tuple[SwitchConnection, ...]:
    """Switches what can be, once tokens are proven to work and the roles have had time to arrive."""
    half_done, pointing = begun(seen.facts), seen.facts.pointing
    is_asked = seen.rule.connections == "entra" and seen.asks_for(Milestone.CONNECTED)
    if not is_asked or isinstance(pointing, Unknown) or not may_switch(seen, verdict):
        return half_done
    known = {each.connection.lower() for each in half_done}
    wanted = (each.id for each in holders(pointing) if can_switch(each) and each.id.lower() not in known)
    return (*half_done, *map(SwitchConnection, wanted))


def begun(facts: AccountFacts) -> tuple[SwitchConnection, ...]:
    """Connections that were removed to be made anew. They are, whatever the policy says by now: nothing stays removed."""
    return tuple(
        SwitchConnection(each.step["connection"], each)
        for each in facts.unfinished
        if each.step["kind"] == _SWITCH_KIND
    )


def may_switch(seen: Situation, verdict: Verdict) -> bool:
    settled_at = granted.settled_at(seen)
    return (
        all(verdict.has_reached(each) for each in (Milestone.READY, Milestone.GRANTED))
        and proven.standing(seen).reached
        and (settled_at is None or settled_at <= seen.now)
    )


def _holder(connection: Connection, seen: Situation) -> Blocker:
    if not can_switch(connection):
        return cannot_switch(connection)
    if seen.rule.connections == "leave":
        return left_alone(connection)
    return pending(connection, granted.settled_at(seen), seen.now)


def _said(connection: Connection) -> str:
    return f"Connection {connection.name} of {connection.owner} ({connection.category}, {connection.auth_type})"


def cannot_switch(connection: Connection) -> Blocker:
    kind = "category" if connection.category.lower() not in SWITCHABLE else "way of signing in"
    named = connection.category if kind == "category" else connection.auth_type
    return Blocker(
        "connection.cannotSwitch",
        Milestone.CONNECTED,
        f"{_said(connection)} holds the account's key, and its {kind} {named} has no Microsoft Entra ID form.",
        "Have what uses it call the account with Microsoft Entra ID, for instance over a connection of category AIServices, "
        "and delete it; or exempt the account.",
        connection.owner,
    )


def left_alone(connection: Connection) -> Blocker:
    return Blocker(
        "connection.usesKey",
        Milestone.CONNECTED,
        f"{_said(connection)} uses the account's key, and the rule leaves connections alone.",
        "Set the rule's connections to entra, or switch this one to Microsoft Entra ID by hand.",
        connection.owner,
    )


def pending(connection: Connection, settled_at: datetime | None, now: datetime) -> Blocker:
    waits = settled_at is not None and settled_at > now
    until = " until the roles have reached the data plane" if waits else " until a token call is proven"
    return Blocker(
        "connection.usesKey",
        Milestone.CONNECTED,
        f"{_said(connection)} uses the account's key{until}.",
        "",
        connection.owner,
        settled_at if waits else None,
    )


def unplaced(connection: Connection) -> Blocker:
    return Blocker(
        "connection.unplaced",
        Milestone.CONNECTED,
        f"{_said(connection)} calls {connection.target}, which may mean any account of the region.",
        "Give the connection the metadata ResourceId, or the account's own endpoint as its target.",
        connection.owner,
    )


def unread_source(owner: str, reason: str) -> Blocker:
    return Blocker(
        "connections.unreadable",
        Milestone.CONNECTED,
        f"The connections of {owner} could not be read: {reason}",
        "Give the app's identity the right to read them, or see the message; the next sweep reads them again.",
        owner,
    )


def unindexed(retry_at: datetime | None) -> Blocker:
    return Blocker(
        "connections.unindexed",
        Milestone.CONNECTED,
        "Not everything that may hold connections has been read yet, or not for a day.",
        "",
        "unkeyed",
        retry_at,
    )
