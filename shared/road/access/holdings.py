"""Role assignments as somebody holds them: by which groups, what they allow, from when. Pure."""

from dataclasses import replace

from shared.models import Answer, Holding, NamedGroup, RoleAssignment, Unknown
from shared.road.access.chains import chain
from shared.road.access.estimate import Held, effective_from
from shared.road.access.seen import Seen
from shared.roles import role_name
from shared.sdk.role_definitions import shows_keys


def holdings(seen: Seen) -> tuple[Holding, ...]:
    """One for each assignment in force for the principal, in Azure's order."""
    return tuple(_holding(each, seen) for each in seen.held())


def _holding(assignment: RoleAssignment, seen: Seen) -> Holding:
    role = None if isinstance(seen.definitions, Unknown) else seen.definitions.get(assignment.role)
    through, chain_known = _through(assignment, seen)
    made = Holding(
        role=assignment.role,
        role_name=role.name if role else role_name(assignment.role),
        scope=assignment.scope,
        how="direct" if assignment.scope.rstrip("/").lower() == seen.account.id.key else "inherited",
        assignment_id=assignment.id,
        permissions=seen.definitions if isinstance(seen.definitions, Unknown) else role.permissions if role else (),
        through=through,
        chain_known=chain_known,
        condition=assignment.condition,
        created_at=assignment.created_at,
    )
    at, why = effective_from(_held(made, assignment, seen))
    return replace(made, effective_from=at, estimate=why, shows_keys=_shows_keys(made))


def _through(assignment: RoleAssignment, seen: Seen) -> tuple[tuple[NamedGroup, ...], bool]:
    """The groups by which it is held, the one that has the role first, and whether all of them are known."""
    root, membership = assignment.principal_id, seen.membership
    if root == seen.principal_id:
        return (), True
    if isinstance(membership, Unknown):
        return (NamedGroup(root),), False
    inner = {} if isinstance(seen.inner, Unknown) else seen.inner
    found = chain(root, inner, membership.direct or frozenset())
    names = tuple(membership.groups[each] for each in found or (root,))
    return names, found is not None


def _held(made: Holding, assignment: RoleAssignment, seen: Seen) -> Held:
    groups = {each.id for each in made.through}
    arrivals = [
        each for each in seen.arriving if each.group in groups and each.principal in {seen.principal_id, *groups}
    ]
    return Held(
        assignment,
        seen.account.id,
        seen.kind,
        by_group=bool(groups),
        has_data_actions=isinstance(made.permissions, Unknown) or bool(made.data_actions),
        arrival=max(arrivals, key=lambda each: each.joined, default=None),
    )


def _shows_keys(made: Holding) -> Answer:
    if isinstance(made.permissions, Unknown):
        return Answer.UNKNOWN
    if not any(map(shows_keys, made.permissions)):
        return Answer.NO
    return Answer.UNKNOWN if made.condition else Answer.YES
