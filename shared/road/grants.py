"""Grants: which role assignments a rule means for an account, which of them are there, and what is left over. Pure."""

from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from datetime import timedelta

from shared.models import (
    Account,
    AccountFacts,
    Group,
    GroupRef,
    Pointing,
    RoleAssignment,
    RoleGrant,
    Unknown,
)
from shared.road import match
from shared.road.match import reference
from shared.road.policy import Grant, Rule
from shared.road.situation import Situation

# By when Microsoft Graph shows a new group to everybody
REPLICATED = timedelta(hours=1)
# Begins the description of every assignment the app makes; with the shared name it says whose an assignment is
MARK = "unkeyed:"
# The same of those that somebody asked for, which no pass takes back
_ON_REQUEST = f"{MARK} on request, "


@dataclass(frozen=True, slots=True)
class Wanted:
    """One grant of the rule: the assignment it asks for, or why it cannot be said yet."""

    grant: Grant
    reference: GroupRef | None
    assignment: RoleGrant | None = None
    group_name: str = ""
    problem: str = ""
    unknown: Unknown | None = None


def wanted(seen: Situation) -> tuple[Wanted, ...]:
    """Every grant of the rule for this account, in the policy's order."""
    return tuple(each for grant in seen.rule.grants for each in _wanted(grant, seen.rule, seen.account, seen.facts))


def on_request(seen: Situation) -> tuple[Wanted, ...]:
    """Every grant that somebody may ask for on this account; its groups are looked up only where somebody does."""
    description = f"{_ON_REQUEST}rule {seen.rule.name}"
    named = ((grant, reference(grant, seen.account)) for grant in seen.rule.on_request)
    return tuple(_for_group(grant, ref, description, seen.account, seen.facts) for grant, ref in named if ref)


def _wanted(grant: Grant, rule: Rule, account: Account, facts: AccountFacts) -> tuple[Wanted, ...]:
    named = reference(grant, account)
    if named is None:
        return tuple(_for_projects(grant, rule, account, facts.pointing))
    return (_for_group(grant, named, _description(rule), account, facts),)


def _for_group(grant: Grant, named: GroupRef, description: str, account: Account, facts: AccountFacts) -> Wanted:
    answer = facts.groups.get(named, Unknown("was not looked up", "NotRead"))
    if isinstance(answer, Unknown):
        return Wanted(grant, named, problem="groupUnreadable", unknown=answer)
    if problem := _unfit(answer):
        return Wanted(grant, named, problem=problem)
    made = RoleGrant(account.id.text, answer[0].id, "Group", grant.role, description)
    return Wanted(grant, named, made, answer[0].name)


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


def missing(
    asked: tuple[Wanted, ...], account: Account, assignments: tuple[RoleAssignment, ...]
) -> tuple[RoleGrant, ...]:
    """The assignments that are wanted, can be named and are not there, each once."""
    grants = [each.assignment for each in asked if each.assignment]
    return tuple(dict.fromkeys(each for each in grants if not is_assigned(each, account, assignments)))


def above_subscriptions(scope: str) -> bool:
    """True for the root and for a management group: assignments there reach every account that lists them."""
    return scope.strip("/") == "" or scope.lower().startswith("/providers/microsoft.management/managementgroups/")


def reaches(assignment: RoleAssignment, account: Account) -> bool:
    """True where the assignment is in force on the account."""
    return account.id.is_within(assignment.scope) or above_subscriptions(assignment.scope)


def is_assigned(grant: RoleGrant, account: Account, assignments: tuple[RoleAssignment, ...]) -> bool:
    """True where the principal holds the role on the account, at it or inherited from above."""
    return next(holding(grant, account, assignments), None) is not None


def holding(grant: RoleGrant, account: Account, assignments: tuple[RoleAssignment, ...]) -> Iterator[RoleAssignment]:
    wanted = (grant.principal_id.lower(), grant.role)
    for each in assignments:
        if reaches(each, account) and (each.principal_id, each.role) == wanted:
            yield each


def left_over(asked: tuple[Wanted, ...], seen: Situation) -> tuple[RoleAssignment, ...]:
    """Assignments the app itself made at this account that the rule no longer asks for, nor lets anybody ask for."""
    return tuple(each for each in _unasked(asked, seen) if not _may_be_asked_for(each, seen))


def _unasked(asked: tuple[Wanted, ...], seen: Situation) -> tuple[RoleAssignment, ...]:
    """Assignments the app itself made at this account by a rule that does not ask for them now."""
    names = {each.assignment.name for each in asked if each.assignment}
    found = () if isinstance(seen.facts.assignments, Unknown) else seen.facts.assignments
    own = (each for each in found if is_own(each, seen.account) and not each.description.startswith(_ON_REQUEST))
    return tuple(each for each in own if each.name not in names)


def _may_be_asked_for(assignment: RoleAssignment, seen: Situation) -> bool:
    """True where somebody may ask for it; also where it is not known whether the rule means its group."""
    allowed = (each for each in on_request(seen) if each.grant.role == assignment.role)
    return any(_may_be_of(each, assignment.principal_id) for each in allowed)


def _may_be_of(allowed: Wanted, principal: str) -> bool:
    if allowed.assignment:
        return allowed.assignment.principal_id == principal
    return allowed.unknown is not None and allowed.grant.group in {None, principal}


def in_doubt(seen: Situation) -> tuple[GroupRef, ...]:
    """Groups that hold roles on the account itself by assignments the rule may have removed, and that it does not name; and
    those that may be asked for, where one of the app's assignments may be theirs.

    To be looked up once those are that the rule names: one of them that is gone has left an orphan.
    """
    known = {each.id for answer in seen.facts.groups.values() if not isinstance(answer, Unknown) for each in answer}
    named = [GroupRef(id=each.principal_id) for each in _removable(seen) if each.principal_id not in known]
    may_be = match.on_request(seen.rule, seen.account) if _unasked(wanted(seen), seen) else ()
    return tuple(dict.fromkeys(each for each in (*named, *may_be) if each not in seen.facts.groups))


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
        is_taken = is_own(each, seen.account) or (rule.orphans == "all" and is_old)
        if each.principal_type.lower() == "group" and each.scope.lower() == seen.account.id.key and is_taken:
            yield each


def is_own(assignment: RoleAssignment, account: Account) -> bool:
    """True where the app made the assignment at the account itself."""
    made = RoleGrant(account.id.text, assignment.principal_id, assignment.principal_type, assignment.role, "")
    return (
        assignment.scope.lower() == account.id.key
        and assignment.name == made.name
        and assignment.description.startswith(MARK)
    )
