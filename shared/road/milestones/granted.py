"""Granted: every principal of the rule holds its role on the account. What is wanted, what is missing, what is left over. Pure."""

from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from datetime import datetime, timedelta

from shared.models import (
    Account,
    AccountFacts,
    Group,
    GroupRef,
    Milestone,
    Pointing,
    RoleAssignment,
    RoleGrant,
    StepFailure,
    Unknown,
)
from shared.road.blockers import step_refused, unreadable
from shared.road.match import reference
from shared.road.policy import Grant, Rule
from shared.road.situation import Situation
from shared.road.steps import AssignRole, RemoveAssignment
from shared.road.verdict import Blocker, Standing
from shared.roles import role_name

# By when Microsoft Graph shows a new group to everybody
REPLICATED = timedelta(hours=1)
# Begins the description of every assignment the app makes; with the shared name it says whose an assignment is
MARK = "unkeyed:"


@dataclass(frozen=True, slots=True)
class Wanted:
    """One grant of the rule: the assignment it asks for, or why it cannot be said yet."""

    grant: Grant
    reference: GroupRef | None
    assignment: RoleGrant | None = None
    group_name: str = ""
    problem: str = ""
    unknown: Unknown | None = None


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
        left = (*left_over(asked, seen.account, assignments), *orphans(seen))
        return tuple(RemoveAssignment(each) for each in dict.fromkeys(left))
    names = {each.assignment: each.group_name for each in asked if each.assignment}
    made = tuple(AssignRole(each, names[each]) for each in missing(asked, seen.account, assignments))
    return (*made, *map(RemoveAssignment, orphans(seen)))


def in_doubt(seen: Situation) -> tuple[GroupRef, ...]:
    """Groups that hold roles on the account itself by assignments the rule may have removed, and that it does not name.

    To be looked up once those are that the rule names: one of them that is gone has left an orphan.
    """
    known = {each.id for answer in seen.facts.groups.values() if not isinstance(answer, Unknown) for each in answer}
    named = (GroupRef(id=each.principal_id) for each in _removable(seen) if each.principal_id not in known)
    return tuple(dict.fromkeys(each for each in named if each not in seen.facts.groups))


def orphans(seen: Situation) -> tuple[RoleAssignment, ...]:
    """Assignments on the account itself of groups that Microsoft Entra ID does not have any more."""
    return tuple(each for each in _removable(seen) if seen.facts.groups.get(GroupRef(id=each.principal_id)) == ())


def _removable(seen: Situation) -> Iterator[RoleAssignment]:
    """Assignments of groups at the account that the rule lets go once their group is gone.

    One that somebody else has just made may be of a group that is so new that Microsoft Graph does not show it yet.
    """
    assignments, rule = seen.facts.assignments, seen.rule
    if isinstance(assignments, Unknown) or rule.orphans == "leave":
        return
    for each in assignments:
        is_old = each.created_at is not None and seen.now - each.created_at > REPLICATED
        is_taken = _is_own(each, seen.account) or (rule.orphans == "all" and is_old)
        if each.principal_type.lower() == "group" and each.scope.lower() == seen.account.id.key and is_taken:
            yield each


def settled_at(seen: Situation) -> datetime | None:
    """When the data plane can be taken to know all that the rule grants: an estimate, from the newest of the assignments.

    None where no assignment says when it was made.
    """
    if isinstance(seen.facts.assignments, Unknown):
        return None
    grants = [each.assignment for each in wanted(seen) if each.assignment]
    held = (each for grant in grants for each in _holding(grant, seen.account, seen.facts.assignments))
    made = max((each.created_at for each in held if each.created_at), default=None)
    return made + seen.rule.propagation if made else None


def wanted(seen: Situation) -> tuple[Wanted, ...]:
    """Every grant of the rule for this account, in the policy's order."""
    return tuple(each for grant in seen.rule.grants for each in _wanted(grant, seen.rule, seen.account, seen.facts))


def _wanted(grant: Grant, rule: Rule, account: Account, facts: AccountFacts) -> tuple[Wanted, ...]:
    named = reference(grant, account)
    if named is None:
        return tuple(_for_projects(grant, rule, account, facts.pointing))
    answer = facts.groups.get(named, Unknown("was not looked up", "NotRead"))
    if isinstance(answer, Unknown):
        return (Wanted(grant, named, problem="groupUnreadable", unknown=answer),)
    if problem := _unfit(answer):
        return (Wanted(grant, named, problem=problem),)
    made = RoleGrant(account.id.text, answer[0].id, "Group", grant.role, _description(rule))
    return (Wanted(grant, named, made, answer[0].name),)


def _for_projects(grant: Grant, rule: Rule, account: Account, found: Pointing | Unknown) -> Iterable[Wanted]:
    """One for each identity of the account's projects, and of all else that holds a connection to it."""
    if isinstance(found, Unknown) or found.read_at is None or found.unread:
        yield Wanted(grant, None, problem="projectsUnreadable")
        return
    for each in found.principals:
        made = RoleGrant(account.id.text, each, "ServicePrincipal", grant.role, _description(rule))
        yield Wanted(grant, None, made)


def _unfit(found: tuple[Group, ...]) -> str:
    if not found:
        return "groupMissing"
    if len(found) > 1:
        return "groupAmbiguous"
    return "" if found[0].security_enabled else "groupNotSecurity"


def _description(rule: Rule) -> str:
    return f"{MARK} rule {rule.name}"


def above_subscriptions(scope: str) -> bool:
    """True for the root and for a management group: assignments there reach every account that lists them."""
    return scope.strip("/") == "" or scope.lower().startswith("/providers/microsoft.management/managementgroups/")


def is_assigned(grant: RoleGrant, account: Account, assignments: tuple[RoleAssignment, ...]) -> bool:
    """True where the principal holds the role on the account, at it or inherited from above."""
    return next(_holding(grant, account, assignments), None) is not None


def reaches(assignment: RoleAssignment, account: Account) -> bool:
    """True where the assignment is in force on the account."""
    return account.id.is_within(assignment.scope) or above_subscriptions(assignment.scope)


def _holding(grant: RoleGrant, account: Account, assignments: tuple[RoleAssignment, ...]) -> Iterator[RoleAssignment]:
    wanted = (grant.principal_id.lower(), grant.role)
    for each in assignments:
        if reaches(each, account) and (each.principal_id, each.role) == wanted:
            yield each


def missing(
    asked: tuple[Wanted, ...], account: Account, assignments: tuple[RoleAssignment, ...]
) -> tuple[RoleGrant, ...]:
    """The assignments that are wanted, can be named and are not there, each once."""
    grants = [each.assignment for each in asked if each.assignment]
    return tuple(dict.fromkeys(each for each in grants if not is_assigned(each, account, assignments)))


def left_over(
    asked: tuple[Wanted, ...], account: Account, assignments: tuple[RoleAssignment, ...]
) -> tuple[RoleAssignment, ...]:
    """Assignments the app itself made at this account that the rule no longer asks for."""
    names = {each.assignment.name for each in asked if each.assignment}
    return tuple(each for each in assignments if _is_own(each, account) and each.name not in names)


def _is_own(assignment: RoleAssignment, account: Account) -> bool:
    made = RoleGrant(account.id.text, assignment.principal_id, assignment.principal_type, assignment.role, "")
    return (
        assignment.scope.lower() == account.id.key
        and assignment.name == made.name
        and assignment.description.startswith(MARK)
    )


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
