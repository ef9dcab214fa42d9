"""Roles that are asked for: given only to the groups and with the roles that the account's rule names. Pure."""

from collections.abc import Iterable

from shared.models import GroupRef, Milestone, RoleAssignment, Unknown
from shared.road.blockers import unreadable
from shared.road.grants import Wanted, holding, is_own, on_request, wanted
from shared.road.milestones.granted import grant_problem
from shared.road.orders.todo import Asked, Todo
from shared.road.situation import Situation
from shared.road.steps import AssignRole, RemoveAssignment
from shared.road.verdict import Blocker
from shared.roles import role_guid, role_name


def give(seen: Situation, asked: Asked) -> Todo:
    """The assignment that the policy lets a caller ask for; nothing where it is there already."""
    assignments = seen.facts.assignments
    if isinstance(assignments, Unknown):
        return Todo(refused=(unreadable("assignments", Milestone.GRANTED, assignments),))
    found = _meant((*_of_groups(wanted(seen)), *on_request(seen)), asked)
    if not found:
        return Todo(refused=(_not_allowed(seen, asked),))
    grant = found[0].assignment
    if grant is None:
        return Todo(refused=(grant_problem(found[0]),))
    if next(holding(grant, seen.account, assignments), None):
        return Todo()
    return Todo((AssignRole(grant, found[0].group_name),))


def take_back(seen: Situation, asked: Asked) -> Todo:
    """The removal of what was given on request; nothing where it is not there."""
    assignments = seen.facts.assignments
    if isinstance(assignments, Unknown):
        return Todo(refused=(unreadable("assignments", Milestone.GRANTED, assignments),))
    if _meant(_of_groups(wanted(seen)), asked):
        return Todo(refused=(of_the_rule(seen.rule.name, asked),))
    found = _meant(on_request(seen), asked)
    if not found:
        return Todo(refused=(_not_allowed(seen, asked),))
    held = [each for each in assignments if _is_held(each, found[0], asked, seen)]
    if others := [each for each in held if not is_own(each, seen.account)]:
        return Todo(refused=(not_own(others[0]),))
    return Todo(tuple(map(RemoveAssignment, held)))


def _is_held(assignment: RoleAssignment, found: Wanted, asked: Asked, seen: Situation) -> bool:
    principal = found.assignment.principal_id if found.assignment else asked.order.principal.lower()
    return (
        assignment.scope.lower() == seen.account.id.key
        and assignment.principal_id == principal
        and assignment.role == _role(asked)
    )


def _of_groups(found: Iterable[Wanted]) -> tuple[Wanted, ...]:
    return tuple(each for each in found if each.reference)


def _meant(allowed: Iterable[Wanted], asked: Asked) -> tuple[Wanted, ...]:
    """Those of the policy's grants that the order means."""
    return tuple(each for each in allowed if each.grant.role == _role(asked) and _names(each, asked))


def _names(allowed: Wanted, asked: Asked) -> bool:
    """True where the order names the group of this grant: by its id, by its name, or as the policy names it."""
    order, reference = asked.order, allowed.reference or GroupRef()
    if order.principal:
        made = allowed.assignment
        return order.principal.lower() in {(reference.id or "").lower(), made.principal_id if made else ""}
    name = order.group_name.lower()
    return bool(name) and name in {(reference.name or "").lower(), allowed.group_name.lower()}


def _role(asked: Asked) -> str:
    return role_guid(asked.order.role) or asked.order.role.lower()


def _not_allowed(seen: Situation, asked: Asked) -> Blocker:
    allowed = (*_of_groups(wanted(seen)), *on_request(seen))
    pairs = "; ".join(dict.fromkeys(f"{role_name(each.grant.role)} to {each.reference}" for each in allowed))
    if seen.facts.groups.get(GroupRef(id=asked.order.principal.lower())) == ():
        return not_a_group(asked.order.principal, pairs)
    return not_allowed(asked, pairs, seen.rule.name)


def not_allowed(asked: Asked, pairs: str, rule: str) -> Blocker:
    who = asked.order.principal or f"'{asked.order.group_name}'"
    return Blocker(
        "grant.notAllowed",
        Milestone.GRANTED,
        f"The policy does not let anybody ask for {role_name(_role(asked))} for {who} on this account.",
        f"Ask for what rule {rule} allows ({pairs or 'nothing'}), or have the pair added to its onRequest.",
        "policy",
    )


def not_a_group(principal: str, pairs: str) -> Blocker:
    return Blocker(
        "grant.notAGroup",
        Milestone.GRANTED,
        f"{principal} is no group that Microsoft Entra ID shows; roles are given to security groups only.",
        f"Add the user or the application to one of the groups that may be named here: {pairs or 'there is none'}.",
        "Microsoft Graph",
    )


def of_the_rule(rule: str, asked: Asked) -> Blocker:
    return Blocker(
        "grant.ofTheRule",
        Milestone.GRANTED,
        f"Rule {rule} itself grants {role_name(_role(asked))} to this group: the next pass would give it again.",
        "Take the grant out of the policy; the app then removes the assignment.",
        "policy",
    )


def not_own(assignment: RoleAssignment) -> Blocker:
    return Blocker(
        "grant.notOwn",
        Milestone.GRANTED,
        f"Role assignment {assignment.name} was made by somebody else, and the app takes back only what it made.",
        f"Remove it by hand: az role assignment delete --ids {assignment.id}",
        "Authorization",
    )
