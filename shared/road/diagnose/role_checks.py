"""Does the principal have a role for the call, and if not, what has it instead?"""

from shared.models import Allowed, Answer, Effective, Holding, PrincipalKind, RoleAssignment, Unknown
from shared.road.access.abilities import OPENAI_CHAT
from shared.road.access.decide import allows
from shared.road.diagnose.case import Case
from shared.road.diagnose.cause import Check, confirmed, possible, ruled_out, unknown, unread_because
from shared.roles import ALIASES, role_name

_MANAGES = "Microsoft.CognitiveServices/accounts/write"
_FOR_ALL = frozenset({ALIASES["cognitive-services-user"], ALIASES["foundry-user"]})
_FOR_OPENAI = frozenset({ALIASES["cognitive-services-openai-user"], ALIASES["cognitive-services-openai-contributor"]})
_MOST_NAMED = 10


def missing(case: Case) -> Check:
    allowed = case.allowed
    if allowed is None:
        return _not_asked(case)
    if allowed.answer is Answer.YES:
        return ruled_out(allowed.reason)
    if allowed.denial and allowed.answer is Answer.NO:
        return ruled_out("a role is not what is missing: a deny assignment forbids it")
    if at_project := _at_project(case):
        return possible(f"the call was to a project, where the principal has {role_name(at_project.role)}")
    return confirmed(allowed.reason) if allowed.answer is Answer.NO else unknown(allowed.reason)


def _not_asked(case: Case) -> Check:
    """Why nothing can be said of roles."""
    found = case.evidence.effective
    if isinstance(found, Unknown) and found.code != "NotRead":
        return unread_because(found)
    if case.evidence.account is None:
        return unknown("there is no account that a role could be held on")
    return unknown(
        "who called was not told",
        fix="Ask again with principalId, the object id of the user, group, service principal or managed identity.",
    )


def _refused(case: Case) -> Effective | None:
    """The principal's access where it surely may not do what was called, for want of a role."""
    allowed: Allowed | None = case.allowed
    if allowed is None or allowed.answer is not Answer.NO or allowed.denial or _at_project(case):
        return None
    return case.effective


def _at_project(case: Case) -> RoleAssignment | None:
    """The principal's role at the project that was called: what it allows there is not looked into."""
    name = case.signs.endpoint.project if case.signs.endpoint else ""
    elsewhere = case.evidence.elsewhere
    if not name or case.account is None or isinstance(elsewhere, Unknown):
        return None
    scope = f"{case.account.id.key}/projects/{name.lower()}"
    return next((each for each in elsewhere if each.scope.lower() == scope and _lets_in(case, each.role)), None)


def management_only(case: Case) -> Check | None:
    if not (refused := _refused(case)):
        may = case.allowed is not None and case.allowed.answer is Answer.YES
        return ruled_out("a role of the principal allows the call") if may else None
    managing = [each for each in refused.holdings if not each.data_actions and _manages(each)]
    if not managing:
        return ruled_out("the principal has no role that manages the account")
    return confirmed(*(f"{each.role_name} at {each.scope} has no data actions" for each in managing))


def _manages(held: Holding) -> bool:
    return not isinstance(held.permissions, Unknown) and any(each.covers(_MANAGES) for each in held.permissions)


def openai_only(case: Case) -> Check | None:
    if not (refused := _refused(case)):
        return None
    openai = allows(refused, OPENAI_CHAT)
    if "/accounts/OpenAI/" in case.wanted or openai.answer is not Answer.YES or openai.holding is None:
        return ruled_out("the principal has no role for OpenAI models, or the call was to one")
    held = openai.holding
    return confirmed(f"{held.role_name} at {held.scope} covers OpenAI models only; the call takes {case.wanted}")


def insufficient(case: Case) -> Check | None:
    if not (refused := _refused(case)):
        return None
    holding = [each for each in refused.holdings if each.data_actions]
    if not holding or allows(refused, OPENAI_CHAT).answer is Answer.YES:
        return None
    return confirmed(*(f"{each.role_name} at {each.scope} does not cover {case.wanted}" for each in holding))


def other_scope(case: Case) -> Check | None:
    if not _refused(case):
        return None
    if isinstance(case.evidence.elsewhere, Unknown):
        return unread_because(case.evidence.elsewhere)
    found = [each for each in case.evidence.elsewhere if _is_elsewhere(case, each)]
    if not found:
        return ruled_out("the principal has no such role at another place in the subscription")
    return confirmed(*(f"{role_name(each.role)} at {each.scope}" for each in found[:_MOST_NAMED]))


def _is_elsewhere(case: Case, each: RoleAssignment) -> bool:
    return _lets_in(case, each.role) and case.account is not None and not case.account.id.is_within(each.scope)


def _lets_in(case: Case, role: str) -> bool:
    """True for the roles that are known to hold the data action of the call."""
    return role in _FOR_ALL or (role in _FOR_OPENAI and "/accounts/OpenAI/" in case.wanted)


def not_in_group(case: Case) -> Check | None:
    refused, assignments = _refused(case), case.evidence.assignments
    if not refused or isinstance(assignments, Unknown) or refused.principal.kind is PrincipalKind.GROUP:
        return None
    groups = [each for each in assignments if each.principal_type == "Group" and _lets_in(case, each.role)]
    if not groups:
        return ruled_out("no group has such a role on the account")
    named = [f"group {each.principal_id} has {role_name(each.role)} at {each.scope}" for each in groups[:_MOST_NAMED]]
    fix = "Make the principal a member of the group; that counts from the next token, a managed identity's after a day."
    return confirmed("the principal is a member of no group that may call the account", *named, fix=fix)
