"""Judge and plan: a milestone only on evidence, a step only when its turn has come."""

from datetime import timedelta
from typing import Any

import pytest

from shared.models import AccountFacts, Group, GroupRef, Milestone, StepFailure, Unknown
from shared.road.judge import judge
from shared.road.milestones.proven import PROOF_LASTS
from shared.road.plan import plan
from shared.road.steps import AssignRole, Probe, RemoveAssignment
from shared.road.verdict import Covered, Verdict
from tests.unit.builders import (
    ACCOUNT_ID,
    GROUP,
    GROUP_ID,
    NOW,
    RULE,
    SUBSCRIPTION,
    USER_ROLE,
    account,
    assignment,
    facts,
    policy,
    proof,
)

REF = GroupRef(id=GROUP_ID)


def judged(found: AccountFacts) -> Verdict:
    return judge(found, policy(), NOW)


def steps(found: AccountFacts) -> tuple[Any, ...]:
    return plan(found, judged(found), policy(), NOW).steps


def test_a_settled_account_is_proven_and_has_nothing_to_do() -> None:
    verdict = judged(facts())
    assert verdict.milestone is Milestone.PROVEN
    assert verdict.blockers == ()
    assert plan(facts(), verdict, policy(), NOW).steps == ()


@pytest.mark.parametrize(
    ("changes", "milestone", "code"),
    [
        ({"account": account(provisioning_state="Accepted")}, None, "account.provisioning"),
        ({"account": account(provisioning_state="Failed")}, None, "account.failed"),
        ({"account": account(subdomain=None)}, None, "account.noSubdomain"),
        ({"assignments": Unknown("503", "Busy", NOW)}, Milestone.READY, "assignments.unreadable"),
        ({"assignments": Unknown("403", "No", permission="x/read")}, Milestone.READY, "identity.denied"),
        ({"assignments": ()}, Milestone.READY, "grant.pending"),
        ({"groups": {REF: ()}}, Milestone.READY, "grant.groupMissing"),
        ({"groups": {REF: (GROUP, GROUP)}}, Milestone.READY, "grant.groupAmbiguous"),
        ({"groups": {REF: (Group(GROUP_ID, "m365", False),)}}, Milestone.READY, "grant.groupNotSecurity"),
        ({"groups": {}}, Milestone.READY, "groups.unreadable"),
        ({"proof": None}, Milestone.CONNECTED, "probe.pending"),
        ({"proof": proof(endpoint="https://other.cognitiveservices.azure.com/")}, Milestone.CONNECTED, "probe.pending"),
        ({"proof": proof(at=NOW - PROOF_LASTS)}, Milestone.CONNECTED, "probe.pending"),
        ({"proof": proof(accepted=False, code="role", refusals=1)}, Milestone.CONNECTED, "probe.role"),
        ({"proof": proof(accepted=False, code="network", refusals=1)}, Milestone.CONNECTED, "probe.network"),
        ({"account": account(kind="SpeechServices")}, Milestone.CONNECTED, "probe.kindUnsupported"),
    ],
)
def test_what_is_missing_or_unknown_blocks_its_milestone(
    changes: dict[str, Any], milestone: Milestone | None, code: str
) -> None:
    verdict = judged(facts(**changes))
    assert verdict.milestone is milestone
    assert next(each.code for each in verdict.blockers) == code
    assert all(
        each.message and (each.fix or each.retry_at or each.code.endswith(".pending")) for each in verdict.blockers
    )


def test_an_account_that_is_gone_unread_exempt_or_uncovered_gets_no_steps() -> None:
    exempt = RULE + f"exemptions: [{{account: {ACCOUNT_ID}, until: 2027-01-31, reason: voice}}]"
    for found, text, covered in (
        (facts(account=None), RULE, Covered.GONE),
        (facts(account=Unknown("503", "Busy", NOW)), RULE, Covered.UNKNOWN),
        (facts(assignments=()), exempt, Covered.EXEMPT),
        (facts(assignments=()), RULE.replace("rg-chat", "rg-other"), Covered.BY_NONE),
    ):
        verdict = judge(found, policy(text), NOW)
        assert verdict.covered is covered
        assert plan(found, verdict, policy(text), NOW).steps == ()


def test_a_missing_assignment_is_planned_then_the_probe() -> None:
    first, second = steps(facts(assignments=(), proof=None))
    assert isinstance(first, AssignRole)
    assert (first.grant.scope, first.grant.principal_type, first.grant.role) == (ACCOUNT_ID, "Group", USER_ROLE)
    assert isinstance(second, Probe)


@pytest.mark.parametrize(
    "scope",
    [
        ACCOUNT_ID.upper(),
        f"/subscriptions/{SUBSCRIPTION}/resourcegroups/RG-CHAT",
        f"/subscriptions/{SUBSCRIPTION}",
        "/providers/Microsoft.Management/managementGroups/contoso",
        "/",
    ],
)
def test_an_inherited_assignment_under_any_name_counts(scope: str) -> None:
    assert steps(facts(assignments=(assignment(scope=scope, name="other", description=""),))) == ()


def test_an_assignment_below_or_beside_the_account_does_not_count() -> None:
    for scope in (f"{ACCOUNT_ID}/projects/p", f"{ACCOUNT_ID}-two"):
        assert judged(facts(assignments=(assignment(scope=scope),))).milestone is Milestone.READY


def test_only_what_the_app_made_is_taken_back_and_only_once_the_wanted_is_there() -> None:
    old_group = "99999999-0000-4000-8000-000000000000"
    own = assignment(principal_id=old_group, name=_name(old_group))
    foreign = assignment(principal_id=old_group, name="a-name-of-its-own")
    unmarked = assignment(principal_id=old_group, name=_name(old_group), description="made by hand")
    assert steps(facts(assignments=(assignment(), own))) == (RemoveAssignment(own),)
    assert steps(facts(assignments=(assignment(), foreign, unmarked))) == ()
    assert [type(each) for each in steps(facts(assignments=(own,)))] == [AssignRole]
    assert steps(facts(assignments=(own,), groups={REF: ()})) == ()


def _name(principal: str) -> str:
    from shared.roles import assignment_name

    return assignment_name(ACCOUNT_ID, principal, USER_ROLE)


def test_a_refused_probe_waits_longer_each_time() -> None:
    waits = []
    for refusals in (1, 2, 3, 30):
        found = facts(proof=proof(accepted=False, code="role", refusals=refusals))
        again = plan(found, judged(found), policy(), NOW).retry_at
        assert again is not None
        waits.append(again - NOW)
    assert waits == [timedelta(seconds=15), timedelta(seconds=30), timedelta(minutes=1), timedelta(hours=1)]


def test_a_step_refused_for_good_names_the_missing_permission_or_the_figure() -> None:
    name = assignment().name
    denied = StepFailure(
        Milestone.GRANTED, "AuthorizationFailed", "403", "Microsoft.Authorization/roleAssignments/write", name
    )
    full = StepFailure(Milestone.GRANTED, "RoleAssignmentLimitExceeded", "400", target=name)
    (blocker,) = judged(facts(assignments=(), failures=(denied,))).blockers
    assert (blocker.code, "roleAssignments/write" in blocker.message) == ("identity.denied", True)
    (blocker,) = judged(facts(assignments=(), failures=(full,))).blockers
    assert (blocker.code, "4000" in blocker.message) == ("subscription.assignmentLimit", True)


def test_a_goal_beyond_what_is_walked_is_said_to_be_so_and_never_reached() -> None:
    text = RULE.replace("goal: proven", "goal: sealed\n    connections: entra")
    verdict = judge(facts(), policy(text), NOW)
    assert verdict.milestone is Milestone.GRANTED
    assert {each.milestone for each in verdict.blockers} == {
        Milestone.CONNECTED,
        Milestone.QUIET,
        Milestone.REVOKED,
        Milestone.SEALED,
    }
