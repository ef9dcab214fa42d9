"""The steps of an order are taken as those of a pass are, after what dead workers left has been settled."""

from collections.abc import Sequence
from dataclasses import replace
from datetime import datetime

from shared.errors import TemporaryError
from shared.models import Unknown
from shared.models.operations import Operation
from shared.models.orders import OrderKind
from shared.road import rotation
from shared.road.apply import apply
from shared.road.milestones import connected
from shared.road.orders.looking import Sight
from shared.road.plan import Plan
from shared.road.services import Services
from shared.road.settle import settle
from shared.road.steps import Probe, Step, way_back
from shared.store.ledger import INTENT


async def settled(services: Services, sight: Sight, operation: Operation) -> Sight:
    """What dead workers left open is closed, and what they left half done is finished, before anything new is begun.

    Raises TemporaryError where Azure does not say yet what has become of a step: to begin it anew might be to do it twice.
    """
    entries = await services.ledger.open_entries(sight.account.id)
    if entries and isinstance(sight.facts.assignments, Unknown):
        raise TemporaryError("what a dead worker left open cannot be settled yet", code="NotSettled")
    facts = await settle(services, entries, sight.facts)
    sight = replace(sight, facts=facts)
    if steps := _half_done(sight, services.now()):
        sight = await taken(services, sight, steps, operation)
    left = await services.ledger.of_operation(sight.account.id, operation.id)
    if any(each.state == INTENT for each in left):
        raise TemporaryError("what this operation began cannot be settled yet", code="NotSettled")
    return sight


def _half_done(sight: Sight, now: datetime) -> tuple[Step, ...]:
    """What finishes that which a dead worker left half done."""
    seen, facts = sight.situation(now), sight.facts
    back = tuple(step for each in facts.unfinished if (step := way_back(each)))
    rotates = rotation.begun(seen) if seen else None
    return (*back, *connected.begun(facts), *((rotates,) if rotates else ()))


async def taken(services: Services, sight: Sight, steps: Sequence[Step], operation: Operation) -> Sight:
    """The sight once the steps are taken, or one of them was refused; raises TemporaryError where one cannot be finished now.

    Connections are sisters, of which one may be refused; else each step needs the one before, and a token has to be proven
    before all.
    """
    parts: list[tuple[Step, ...]] = [(each,) for each in steps]
    if isinstance(steps[0], Probe):
        parts = parts[:1]
    elif operation.order.kind is OrderKind.SWITCH:
        parts = [tuple(steps)]
    for part in parts:
        applied = await apply(services, Plan(part), sight.facts, sight.policy, operation.id)
        sight = replace(sight, facts=applied.facts)
        if applied.interrupted:
            raise applied.interrupted
        if applied.facts.failures:
            break
    return sight
