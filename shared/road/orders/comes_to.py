"""From an order and what was seen of its account to what is to be done. Pure."""

from collections.abc import Sequence
from dataclasses import replace
from datetime import datetime

from shared.models import Entry, Proof
from shared.models.orders import OrderKind
from shared.road.judge import judge
from shared.road.milestones import proven
from shared.road.orders import connections, grants, keys, seal
from shared.road.orders.back import undo
from shared.road.orders.looking import Sight
from shared.road.orders.standing import refused
from shared.road.orders.todo import Asked, Todo
from shared.road.plan import plan
from shared.road.situation import Situation
from shared.road.steps import Probe

_BY_TOKEN = frozenset({OrderKind.SWITCH, OrderKind.ROTATE, OrderKind.REVOKE, OrderKind.SEAL})


def comes_to(sight: Sight, asked: Asked, history: Sequence[Entry], now: datetime) -> Todo:
    """What the order comes to now, why it is refused, or neither where nothing is left to be done.

    Where a call with a token has yet to show that tokens are taken, it comes first, and the rest is what follows if they are.
    """
    if faults := refused(sight.found(now), sight.account, asked.order, asked.stopped):
        return Todo(refused=faults)
    probes = _probes(sight, asked, now)
    if not probes:
        return _todo(sight, asked, history, now)
    accepted = Proof(now, sight.account.endpoint or "", accepted=True, code="accepted", detail="")
    todo = _todo(replace(sight, facts=replace(sight.facts, proof=accepted)), asked, history, now)
    return replace(todo, steps=(*probes, *todo.steps)) if todo.steps else todo


def _probes(sight: Sight, asked: Asked, now: datetime) -> tuple[Probe, ...]:
    seen = sight.situation(now)
    return proven.steps(seen) if seen and seen.account.subdomain and asked.order.kind in _BY_TOKEN else ()


def _todo(sight: Sight, asked: Asked, history: Sequence[Entry], now: datetime) -> Todo:
    kind, facts = asked.order.kind, sight.facts
    match kind:
        case OrderKind.UNSEAL | OrderKind.ROLL_BACK:
            return undo(asked.order, sight.account, facts, history)
        case OrderKind.ONBOARD | OrderKind.RESUME:
            planned = plan(facts, judge(facts, sight.policy, now), sight.policy, now)
            return Todo(planned.steps, waits=planned.contested)
    seen = sight.situation(now)
    return _by_rule(seen, sight, asked) if seen else Todo()


def _by_rule(seen: Situation, sight: Sight, asked: Asked) -> Todo:
    facts, now = seen.facts, seen.now
    match asked.order.kind:
        case OrderKind.GRANT:
            return grants.give(seen, asked)
        case OrderKind.REMOVE_GRANT:
            return grants.take_back(seen, asked)
        case OrderKind.ROTATE:
            return keys.rotate(seen, asked)
        case OrderKind.REVOKE:
            return keys.revoke(seen, asked)
        case OrderKind.SWITCH:
            return connections.switch(seen, judge(facts, sight.policy, now), asked)
        case OrderKind.SEAL:
            return seal.close(seen, judge(facts, sight.policy, now), asked)
        case _:
            return Todo()
