"""Role assignments: made or taken back, and in the facts as they are then."""

from dataclasses import replace

from shared.models import AccountFacts, RoleAssignment, Unknown
from shared.road.services import Services
from shared.road.steps import AssignRole, RemoveAssignment


async def assign(services: Services, step: AssignRole, facts: AccountFacts) -> AccountFacts:
    return _with(facts, step.grant.name, await services.assignments.ensure(step.grant))


async def remove(services: Services, step: RemoveAssignment, facts: AccountFacts) -> AccountFacts:
    await services.assignments.remove(step.assignment)
    return _with(facts, step.assignment.name, None)


def _with(facts: AccountFacts, name: str, made: RoleAssignment | None) -> AccountFacts:
    if isinstance(facts.assignments, Unknown):
        return facts
    names = {name, made.name} if made else {name}
    others = tuple(each for each in facts.assignments if each.name not in names)
    return replace(facts, assignments=(*others, made) if made else others)
