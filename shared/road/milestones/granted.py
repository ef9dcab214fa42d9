"""Granted: every principal of the rule holds its role on the account."""

from datetime import datetime

from shared.models import (
    Milestone,
    RoleGrant,
    StepFailure,
    Unknown,
)
from shared.road.blockers import step_refused, unreadable
from shared.road.grants import Wanted, holding, left_over, missing, orphans, wanted
from shared.road.situation import Situation
from shared.road.steps import AssignRole, RemoveAssignment
from shared.road.verdict import Blocker, Standing
from shared.roles import role_name


def standing(seen: Situation) -> Standing:
    facts = seen.facts
    if isinstance(facts.assignments, Unknown):
        return Standing(blockers=(unreadable("assignments", Milestone.GRANTED, facts.assignments),))
    asked = wanted(seen)
    unnamed = tuple(grant_problem(each, is_only=_is_only(each, asked)) for each in asked if each.problem)
    absent = missing(asked, seen.account, facts.assignments)
    refused = {failure.target: failure for failure in facts.failures}
    unmade = tuple(_unmade(each, refused.get(each.name)) for each in absent)
    return Standing(f"{len(asked)} of {len(asked)} grants in place", unnamed + unmade)


def _is_only(one: Wanted, asked: tuple[Wanted, ...]) -> bool:
    """True where no other group of the rule could give anybody access."""
    return not any(each.reference and each.reference != one.reference and not each.problem for each in asked)


def _unmade(grant: RoleGrant, failure: StepFailure | None) -> Blocker:
    return step_refused(failure) if failure else grant_pending(grant.name, grant.principal_id)


def steps(seen: Situation, *, is_granted: bool) -> tuple[AssignRole | RemoveAssignment, ...]:
    """What is missing; or, once nothing is, what is left over: access is never broken before its replacement is there."""
    assignments = seen.facts.assignments
    if isinstance(assignments, Unknown) or not seen.asks_for(Milestone.GRANTED):
        return ()
    asked = wanted(seen)
    if is_granted:
        left = (*left_over(asked, seen), *orphans(seen))
        return tuple(RemoveAssignment(each) for each in dict.fromkeys(left))
    names = {each.assignment: each.group_name for each in asked if each.assignment}
    made = tuple(AssignRole(each, names[each]) for each in missing(asked, seen.account, assignments))
    return (*made, *map(RemoveAssignment, orphans(seen)))


def settled_at(seen: Situation) -> datetime | None:
    """When the data plane can be taken to know all that the rule grants: an estimate, from the newest of the assignments.

    None where no assignment says when it was made.
    """
    if isinstance(seen.facts.assignments, Unknown):
        return None
    grants = [each.assignment for each in wanted(seen) if each.assignment]
    held = (each for grant in grants for each in holding(grant, seen.account, seen.facts.assignments))
    made = max((each.created_at for each in held if each.created_at), default=None)
    return made + seen.rule.propagation if made else None


def grant_problem(asked: Wanted, *, is_only: bool = False) -> Blocker:
    """Why a grant of the rule cannot be turned into an assignment; `is_only` says that no other group of the rule is there."""
    role = role_name(asked.grant.role)
    alone = " No other group of the rule is there: nobody has access by it." if is_only else ""
    if asked.unknown:
        return unreadable("groups", Milestone.GRANTED, asked.unknown)
    message, fix = {
        "groupMissing": (
            f"The {asked.reference} that should hold {role} does not exist.{alone}",
            "Create, restore or rename the group, or correct the policy; the role is given as soon as the group is there.",
        ),
        "groupAmbiguous": (
            f"Several groups have the name of {asked.reference}; the app does not choose who gets {role}.",
            "Name the group by its object id in the policy.",
        ),
        "groupNotSecurity": (
            f"The {asked.reference} is not security-enabled and so cannot hold {role}.",
            "Use a security group.",
        ),
        "projectsUnreadable": (
            f"Not all that might hold a connection to the account could be read, so not all who need {role} are known.",
            "See the sources named under connections.",
        ),
    }[asked.problem]
    return Blocker(f"grant.{asked.problem}", Milestone.GRANTED, message, fix, "Microsoft Graph")


def grant_pending(name: str, principal: str) -> Blocker:
    return Blocker(
        "grant.pending",
        Milestone.GRANTED,
        f"Role assignment {name} for principal {principal} is not there yet.",
        "",
        "Authorization",
    )
