"""What a rule's grants mean for one account: the assignments wanted, those missing, those left over. Pure."""

from collections.abc import Mapping
from dataclasses import dataclass

from shared.models import Account, Group, GroupAnswer, GroupRef, RoleAssignment, RoleGrant, Unknown
from shared.road.match import reference
from shared.road.policy import Grant, Rule

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


def wanted(rule: Rule, account: Account, groups: Mapping[GroupRef, GroupAnswer]) -> tuple[Wanted, ...]:
    """Every grant of the rule for this account, in the policy's order."""
    return tuple(_wanted(each, rule, account, groups) for each in rule.grants)


def _wanted(grant: Grant, rule: Rule, account: Account, groups: Mapping[GroupRef, GroupAnswer]) -> Wanted:
    named = reference(grant, account)
    if named is None:
        return Wanted(grant, None, problem="projectIdentities")
    answer = groups.get(named, Unknown("was not looked up", "NotRead"))
    if isinstance(answer, Unknown):
        return Wanted(grant, named, problem="groupUnreadable", unknown=answer)
    if problem := _unfit(answer):
        return Wanted(grant, named, problem=problem)
    return Wanted(grant, named, _assignment(grant, rule, account, answer[0]), answer[0].name)


def _unfit(found: tuple[Group, ...]) -> str:
    if not found:
        return "groupMissing"
    if len(found) > 1:
        return "groupAmbiguous"
    return "" if found[0].security_enabled else "groupNotSecurity"


def _assignment(grant: Grant, rule: Rule, account: Account, group: Group) -> RoleGrant:
    return RoleGrant(account.id.text, group.id, "Group", grant.role, f"{MARK} rule {rule.name}")


def above_subscriptions(scope: str) -> bool:
    """True for the root and for a management group: assignments there reach every account that lists them."""
    return scope.strip("/") == "" or scope.lower().startswith("/providers/microsoft.management/managementgroups/")


def is_assigned(grant: RoleGrant, account: Account, assignments: tuple[RoleAssignment, ...]) -> bool:
    """True where the principal holds the role on the account, at it or inherited from above."""
    return any(
        (each.principal_id, each.role) == (grant.principal_id.lower(), grant.role)
        and (account.id.is_within(each.scope) or above_subscriptions(each.scope))
        for each in assignments
    )


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
