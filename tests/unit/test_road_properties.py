"""Judge and plan over any facts: what must hold however an account, its assignments, groups and proof happen to be."""

import random
from collections.abc import Mapping
from dataclasses import dataclass, replace
from datetime import timedelta

from hypothesis import event, given
from hypothesis import strategies as st

from shared.models import (
    Account,
    AccountFacts,
    Group,
    GroupAnswer,
    GroupRef,
    Milestone,
    Proof,
    RoleAssignment,
    StepFailure,
    Unknown,
)
from shared.road.judge import judge
from shared.road.plan import Plan, plan
from shared.road.policy import Grant, Match, Policy, Rule
from shared.road.steps import AssignRole, Probe, RemoveAssignment, Step
from shared.road.verdict import Covered, Verdict
from shared.roles import ALIASES, assignment_name
from tests.unit.builders import ACCOUNT_ID, NOW, SUBSCRIPTION, account, proof

ROLES = (ALIASES["cognitive-services-user"], ALIASES["foundry-user"])
PRINCIPALS = tuple(f"{number}0000000-0000-4000-8000-000000000000" for number in range(1, 5))
NAMES = ("sg-one", "sg-two")
SCOPES = (
    ACCOUNT_ID,
    ACCOUNT_ID.upper(),
    f"/subscriptions/{SUBSCRIPTION}/resourceGroups/rg-chat",
    f"{ACCOUNT_ID}-two",
    "/",
)
UNREAD = Unknown("503", "Busy", NOW + timedelta(seconds=2))


@dataclass(frozen=True, slots=True)
class Case:
    facts: AccountFacts
    policy: Policy

    @property
    def verdict(self) -> Verdict:
        return judge(self.facts, self.policy, NOW)

    @property
    def plan(self) -> Plan:
        return plan(self.facts, self.verdict, self.policy, NOW)

    def but(self, **changes: object) -> "Case":
        return replace(self, facts=replace(self.facts, **changes))  # type: ignore[arg-type]  # fields of AccountFacts


def _grant(principal: str | None, name: str | None, role: str) -> Grant:
    return Grant(group=principal, groupName=name, role=role)


roles = st.sampled_from(ROLES)
grants = st.one_of(
    st.builds(_grant, st.sampled_from(PRINCIPALS), st.none(), roles),
    st.builds(_grant, st.none(), st.sampled_from(NAMES), roles),
)
rules = st.builds(
    lambda goal, given, group: Rule(name="a", goal=goal, grants=tuple(given), match=Match(resourceGroups=(group,))),
    st.sampled_from(Milestone),
    st.lists(grants, max_size=3),
    st.sampled_from(("rg-chat", "rg-chat", "rg-chat", "rg-chat", "rg-other")),
)
policies = rules.map(lambda rule: Policy(version=1, rules=(rule,)))
accounts = st.builds(
    lambda state, subdomain, kind: account(provisioning_state=state, subdomain=subdomain, kind=kind),
    st.sampled_from(("Succeeded",) * 6 + ("Creating", "Failed")),
    st.sampled_from(("chat",) * 6 + (None,)),
    st.sampled_from(("AIServices", "OpenAI", "SpeechServices")),
)


@st.composite
def assignments(draw: st.DrawFn) -> RoleAssignment:
    """An assignment under the shared name or another, marked as the app's or not."""
    scope, principal, role = draw(st.sampled_from(SCOPES)), draw(st.sampled_from(PRINCIPALS)), draw(roles)
    own = draw(st.booleans())
    name = assignment_name(scope, principal, role) if own else draw(st.uuids(version=4).map(str))
    text = draw(st.sampled_from(("unkeyed: rule a", "by hand", "")))
    return RoleAssignment(f"{scope}/{name}", name, scope, principal, "Group", role, text)


def _once(found: list[RoleAssignment]) -> tuple[RoleAssignment, ...]:
    """As Azure has it: a role once for a principal and a scope."""
    return tuple({(each.scope.lower(), each.principal_id, each.role): each for each in found}.values())


def _groups(reference: GroupRef) -> st.SearchStrategy[GroupAnswer]:
    ids = (reference.id,) if reference.id else PRINCIPALS
    one = st.builds(Group, st.sampled_from(ids), st.just("sg"), st.booleans())
    clear = st.builds(Group, st.sampled_from(ids), st.just("sg"), st.just(True)).map(lambda each: (each,))
    return st.one_of(clear, clear, clear, clear, st.lists(one, max_size=2).map(tuple))


def _references(policy: Policy) -> tuple[GroupRef, ...]:
    return tuple(GroupRef(id=each.group, name=each.group_name) for rule in policy.rules for each in rule.grants)


proofs = st.one_of(
    st.none(),
    st.builds(
        lambda accepted, age, refusals: proof(
            accepted=accepted, code="accepted" if accepted else "role", at=NOW - age, refusals=refusals
        ),
        st.booleans(),
        st.timedeltas(timedelta(), timedelta(days=2)),
        st.integers(1, 12),
    ),
)


def _after(facts: AccountFacts, steps: tuple[Step, ...]) -> AccountFacts:
    """The facts once these steps have taken effect."""
    for step in steps:
        held = facts.assignments
        assert not isinstance(held, Unknown)
        match step:
            case AssignRole(grant):
                made = RoleAssignment(
                    f"{grant.scope}/{grant.name}",
                    grant.name,
                    grant.scope,
                    grant.principal_id,
                    grant.principal_type,
                    grant.role,
                    grant.description,
                )
                facts = replace(facts, assignments=(*held, made))
            case RemoveAssignment(gone):
                facts = replace(facts, assignments=tuple(each for each in held if each != gone))
            case Probe(asked):
                facts = replace(facts, proof=Proof(NOW, asked.endpoint or "", True, "accepted", "200"))
    return facts


@st.composite
def cases(draw: st.DrawFn) -> Case:
    """Facts that could all be read and a policy; some steps of an earlier policy and of this one are taken."""
    policy, before = draw(policies), draw(policies)
    references = {*_references(policy), *_references(before)}
    groups: Mapping[GroupRef, GroupAnswer] = {each: draw(_groups(each)) for each in sorted(references, key=str)}
    held = _once(draw(st.lists(assignments(), max_size=4)))
    facts = AccountFacts(draw(accounts), held, groups, draw(proofs))
    for found in (before, policy):
        taken = Case(facts, found).plan.steps[: draw(st.sampled_from((0, 1, 4, 4)))]
        facts = replace(_after(facts, taken), proof=facts.proof)
    return Case(facts, policy)


def _holds(facts: AccountFacts, principal: str, role: str) -> bool:
    assert not isinstance(facts.assignments, Unknown)
    above = {ACCOUNT_ID.lower(), f"/subscriptions/{SUBSCRIPTION}/resourcegroups/rg-chat", "/"}
    return any(
        (each.principal_id, each.role) == (principal, role) and each.scope.lower() in above
        for each in facts.assignments
    )


def _answers(case: Case) -> list[tuple[GroupAnswer, str]]:
    grants = case.policy.rules[0].grants
    return [
        (case.facts.groups[reference], each.role)
        for reference, each in zip(_references(case.policy), grants, strict=True)
    ]


@given(cases())
def test_once_the_steps_are_taken_none_is_left(case: Case) -> None:
    """Two rounds: what is left over goes once what is wanted is there."""
    for _ in range(2):
        case = replace(case, facts=_after(case.facts, case.plan.steps))
    assert case.plan.steps == ()


@given(cases())
def test_nothing_is_taken_from_a_group_that_is_there_while_a_wanted_grant_is_missing(case: Case) -> None:
    taken = [each.assignment for each in case.plan.steps if isinstance(each, RemoveAssignment)]
    removed = [each for each in taken if case.facts.groups.get(GroupRef(id=each.principal_id)) != ()]
    event(f"orphans: {len(taken) - len(removed)}")
    event(f"removals: {len(removed)}")
    if not removed:
        return
    for answer, role in _answers(case):
        assert not isinstance(answer, Unknown)
        (group,) = answer
        assert group.security_enabled
        assert _holds(case.facts, group.id, role)
    wanted = {(answer[0].id, role) for answer, role in _answers(case) if not isinstance(answer, Unknown)}
    for each in removed:
        assert (each.principal_id, each.role) not in wanted
        assert each.scope.lower() == ACCOUNT_ID.lower()
        assert each.description.startswith("unkeyed:")
        assert each.name == assignment_name(ACCOUNT_ID, each.principal_id, each.role)


@given(cases())
def test_steps_and_milestones_keep_the_road_s_order_and_stop_at_the_goal(case: Case) -> None:
    verdict, goal = case.verdict, case.policy.rules[0].goal
    orders = [each.milestone.order for each in case.plan.steps]
    assert orders == sorted(orders)
    assert all(order <= goal.order for order in orders)
    if verdict.milestone:
        passed = [each for each in Milestone if each.order <= verdict.milestone.order]
        assert all(verdict.has_reached(each) for each in passed)
        assert verdict.milestone.order <= goal.order
    if case.plan.steps:
        assert verdict.covered is Covered.BY_RULE
        assert verdict.has_reached(Milestone.READY)


@given(cases(), st.sampled_from(("account", "assignments", "groups")))
def test_what_is_unknown_never_counts_as_reached(case: Case, what: str) -> None:
    """Not knowing brings no account further, changes nothing, and is said."""
    unread: object = dict.fromkeys(case.facts.groups, UNREAD) if what == "groups" else UNREAD
    blind = case.but(**{what: unread})
    reached = [each for each in Milestone if blind.verdict.has_reached(each)]
    assert set(reached) <= {each for each in Milestone if case.verdict.has_reached(each)}
    assert not [each for each in blind.plan.steps if not isinstance(each, Probe)]
    if what == "account":
        assert blind.verdict.milestone is None
    matters = what == "account" or (
        case.verdict.covered is Covered.BY_RULE
        and Milestone.GRANTED.order <= case.policy.rules[0].goal.order
        and (what == "assignments" or bool(_references(case.policy)))
    )
    event(f"{what} matters: {matters}")
    if matters:
        assert Milestone.GRANTED not in reached
        assert any(each.retry_at == UNREAD.retry_at for each in blind.verdict.blockers)
        assert not blind.verdict.is_settled


@given(cases(), st.randoms(use_true_random=False))
def test_the_order_in_which_azure_lists_assignments_does_not_count(case: Case, chance: random.Random) -> None:
    assert not isinstance(case.facts.assignments, Unknown)
    shuffled = list(case.facts.assignments)
    chance.shuffle(shuffled)
    other = case.but(assignments=tuple(shuffled))
    assert other.verdict == case.verdict
    assert sorted(map(repr, other.plan.steps)) == sorted(map(repr, case.plan.steps))


@given(cases())
def test_a_refused_step_is_said_and_only_a_refused_grant_holds_the_road_up(case: Case) -> None:
    for step in (each for each in case.plan.steps if not isinstance(each, Probe)):
        grants = isinstance(step, AssignRole)
        failure = StepFailure(step.milestone, "AuthorizationFailed", "403", "x/write", step.target, holds_up=grants)
        failed = case.but(failures=(failure,)).verdict
        assert "identity.denied" in {each.code for each in failed.blockers}
        assert failed.has_reached(Milestone.GRANTED) is (case.verdict.has_reached(Milestone.GRANTED) and not grants)


@given(cases())
def test_an_account_that_is_not_covered_or_not_ready_is_left_alone(case: Case) -> None:
    account = case.facts.account
    assert isinstance(account, Account)
    covered = case.policy.rules[0].match.resource_groups == ("rg-chat",)
    if covered and account.provisioning_state == "Succeeded" and account.subdomain:
        assert case.verdict.has_reached(Milestone.READY)
    else:
        assert case.plan.steps == ()
