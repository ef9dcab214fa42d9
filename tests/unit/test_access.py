"""What somebody can do, of what was read: held against a plain evaluator, and against itself where less can be read."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, replace
from datetime import timedelta
from fnmatch import fnmatchcase
from itertools import pairwise
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from shared.models import (
    Allowed,
    Answer,
    Arrival,
    DenyAssignment,
    Membership,
    NamedGroup,
    Permission,
    Principal,
    PrincipalKind,
    RoleAssignment,
    RoleDefinition,
    Unknown,
)
from shared.resource_id import ResourceId
from shared.road.access.chains import MOST_READ, chain, inner_groups
from shared.road.access.decide import allows
from shared.road.access.denials import EVERYONE
from shared.road.access.estimate import Held, effective_from
from shared.road.access.evaluate import evaluated
from shared.road.access.seen import Seen
from tests.unit.builders import ACCOUNT_ID, NOW, SUBSCRIPTION, account, assignment

WHO = "a11ce000-0000-4000-8000-000000000001"
GROUPS = tuple(f"{number:08x}-0000-4000-8000-000000000000" for number in range(1, 6))
STRANGER = "57a29e50-0000-4000-8000-000000000000"
RESOURCE_GROUP = f"/subscriptions/{SUBSCRIPTION}/resourceGroups/RG-chat"
MANAGEMENT_GROUP = "/providers/Microsoft.Management/managementGroups/contoso"
REACHING = (ACCOUNT_ID, RESOURCE_GROUP, f"/subscriptions/{SUBSCRIPTION}", MANAGEMENT_GROUP, "/")
NOT_REACHING = (f"{ACCOUNT_ID}-other", f"/subscriptions/{SUBSCRIPTION}/resourceGroups/rg-chat-other")
ACTIONS = ("One/chat/action", "One/embeddings/action", "Two/read")
PATTERNS = ("*", "one/*", "One/*/action", "*/read", "One/chat/action", "Two/*")
REFUSED = Unknown("may not be read", "Forbidden")

ids = st.sampled_from((WHO, *GROUPS, STRANGER))
patterns = st.sampled_from(PATTERNS)
permissions = st.builds(
    Permission,
    data_actions=st.lists(patterns, min_size=1, max_size=2).map(tuple),
    not_data_actions=st.lists(patterns, max_size=1).map(tuple),
)
roles = st.lists(st.lists(permissions, min_size=1, max_size=2).map(tuple), min_size=1, max_size=3)
scopes = st.sampled_from((*REACHING, *REACHING, *NOT_REACHING))
edges = st.fixed_dictionaries({each: st.sets(st.sampled_from(GROUPS)) for each in GROUPS})


@dataclass(frozen=True)
class World:
    """The whole truth: who is in which group itself, roles, assignments, denials."""

    member_of: frozenset[str]
    inner: Mapping[str, set[str]]  # the groups in each group
    definitions: Mapping[str, RoleDefinition]
    assignments: tuple[RoleAssignment, ...]
    denials: tuple[DenyAssignment, ...]

    @property
    def groups(self) -> frozenset[str]:
        """Every group that WHO is in."""
        found = set(self.member_of)
        for _ in GROUPS:
            found |= {outer for outer, inner in self.inner.items() if inner & found}
        return frozenset(found)


@st.composite
def worlds(draw: st.DrawFn) -> World:
    defined = {f"role-{number}": each for number, each in enumerate(draw(roles))}
    made = st.builds(
        assignment,
        scope=scopes,
        principal_id=ids,
        role=st.sampled_from((*defined, "removed")),
        condition=st.sampled_from(("", "", "@Resource[x] StringEquals 'y'")),
    )
    denied = st.builds(
        DenyAssignment,
        id=st.just("id"),
        name=st.just("stack"),
        scope=scopes,
        permissions=permissions.map(lambda each: (each,)),
        principals=st.frozensets(st.sampled_from((WHO, *GROUPS, STRANGER, EVERYONE)), max_size=2),
        excluded=st.frozensets(ids, max_size=1),
        spares_children=st.booleans(),
    )
    assigned = draw(st.lists(made, min_size=1, max_size=4))
    return World(
        draw(st.frozensets(st.sampled_from(GROUPS))),
        draw(edges),
        {name: RoleDefinition(name, name, each) for name, each in defined.items()},
        tuple(replace(each, name=str(number)) for number, each in enumerate(assigned)),
        tuple(draw(st.lists(denied, max_size=2))),
    )


LONELY = World(frozenset(), {each: set() for each in GROUPS}, {}, (), ())
ALLOWS_ALL = {"role": RoleDefinition("role", "Role", (Permission(data_actions=("*",)),))}


def seen(world: World) -> Seen:
    """All of it, read."""
    return Seen(
        principal_id=WHO,
        account=account(),
        principal=Principal(WHO, PrincipalKind.USER, "Alice"),
        membership=Membership({each: NamedGroup(each) for each in world.groups}, world.member_of),
        assignments=world.assignments,
        denials=world.denials,
        inner={outer: frozenset(inner) & world.groups for outer, inner in world.inner.items()},
        definitions=world.definitions,
    )


def fits(action: str, patterns: Iterable[str]) -> bool:
    return any(fnmatchcase(action.lower(), each.lower()) for each in patterns)


def holds(entries: Iterable[Permission], action: str) -> bool:
    return any(fits(action, each.data_actions) and not fits(action, each.not_data_actions) for each in entries)


def plainly(world: World, action: str) -> str:
    """The answer by the rules of Azure, with everything at hand."""
    who = {WHO} | world.groups
    for each in world.denials:
        is_there = each.scope == ACCOUNT_ID if each.spares_children else each.scope in REACHING
        is_meant = each.principals & (who | {EVERYONE}) and not each.excluded & who
        if is_there and is_meant and holds(each.permissions, action):
            return "no"
    allowing = [
        each
        for each in world.assignments
        if each.scope in REACHING
        and each.principal_id in who
        and each.role in world.definitions
        and holds(world.definitions[each.role].permissions, action)
    ]
    if any(not each.condition for each in allowing):
        return "yes"
    return "unknown" if allowing else "no"


def answer(found: Seen, action: str) -> Allowed:
    return allows(evaluated(found), action)


@settings(max_examples=300)
@given(worlds(), st.sampled_from(ACTIONS))
def test_the_answer_is_that_of_a_plain_evaluator(world: World, action: str) -> None:
    found = answer(seen(world), action)
    assert found.answer == plainly(world, action), found.reason
    if found.answer is Answer.YES:
        assert found.holding
        assert not found.holding.condition


HIDDEN: dict[str, dict[str, Any]] = {
    "groups": {"membership": REFUSED, "inner": REFUSED},
    "who it is": {"principal": REFUSED, "membership": REFUSED, "inner": REFUSED},
    "roles": {"definitions": REFUSED},
    "denials": {"denials": REFUSED},
    "chains": {"inner": REFUSED},
    "all": dict.fromkeys(("principal", "membership", "inner", "definitions", "denials"), REFUSED),
}


@given(worlds(), st.sampled_from(ACTIONS), st.sampled_from(sorted(HIDDEN)), st.booleans())
def test_what_cannot_be_read_never_turns_an_answer_into_its_opposite(
    world: World, action: str, hidden: str, told_by_azure: bool
) -> None:
    whole, changes = seen(world), HIDDEN[hidden]
    if told_by_azure and "membership" in changes:
        changes = {**changes, "assigned": frozenset(each.name for each in whole.held())}
    less = answer(replace(whole, **changes), action)
    opposite = {"yes": "no", "no": "yes"}.get(plainly(world, action))
    assert less.answer != opposite, less.reason


@given(worlds())
def test_each_chain_leads_from_the_group_with_the_role_to_one_that_the_principal_is_in(world: World) -> None:
    for each in evaluated(seen(world)).holdings:
        path = [group.id for group in each.through]
        assert each.chain_known
        assert not path or path[-1] in world.member_of
        assert all(inner in world.inner[outer] for outer, inner in pairwise(path))
        assert len(path) == len(set(path))


@given(edges, st.frozensets(st.sampled_from(GROUPS)), st.sampled_from(GROUPS))
async def test_the_groups_between_are_read_each_once_and_as_far_as_needed(
    inner: Mapping[str, set[str]], direct: frozenset[str], root: str
) -> None:
    asked: list[str] = []

    async def groups_in(group: str) -> frozenset[str]:
        asked.append(group)
        return frozenset(inner[group])

    world = replace(LONELY, member_of=direct, inner=inner)
    membership = Membership({each: NamedGroup(each) for each in world.groups}, direct)
    found = await inner_groups([root], membership, groups_in)
    assert len(asked) == len(set(asked)) <= len(GROUPS)
    assert not set(asked) & direct
    assert (chain(root, found, direct) is not None) == (root in world.groups)


async def test_a_chain_among_too_many_groups_is_left_unknown() -> None:
    roots = [f"{number:08x}-0000-4000-8000-0000000000aa" for number in range(MOST_READ + 1)]
    membership = Membership({each: NamedGroup(each) for each in roots}, frozenset())

    async def groups_in(group: str) -> frozenset[str]:
        raise AssertionError(group)

    assert await inner_groups(roots, membership, groups_in) == {}
    found = replace(
        seen(replace(LONELY, definitions=ALLOWS_ALL)),
        membership=membership,
        assignments=(assignment(principal_id=roots[0], role="role"),),
    )
    [held] = evaluated(found).holdings
    assert (held.chain_known, [each.id for each in held.through]) == (False, roots[:1])
    assert answer(found, ACTIONS[0]).answer is Answer.YES


MADE = NOW - timedelta(hours=1)
JOINED = NOW - timedelta(minutes=30)
ARRIVAL = Arrival(WHO, "user", GROUPS[0], JOINED, JOINED + timedelta(minutes=10))
ESTIMATES = [
    ({}, MADE + timedelta(minutes=5)),
    ({"scope": RESOURCE_GROUP}, MADE + timedelta(minutes=10)),
    ({"scope": MANAGEMENT_GROUP}, MADE + timedelta(hours=6)),
    ({"scope": MANAGEMENT_GROUP, "has_data_actions": False}, MADE + timedelta(minutes=10)),
    ({"by_group": True}, MADE + timedelta(minutes=5)),
    ({"by_group": True, "arrival": ARRIVAL}, JOINED + timedelta(minutes=10)),
    ({"by_group": True, "arrival": ARRIVAL, "kind": PrincipalKind.MANAGED_IDENTITY}, JOINED + timedelta(hours=24)),
    ({"by_group": True, "arrival": ARRIVAL, "kind": PrincipalKind.UNKNOWN}, JOINED + timedelta(hours=24)),
    ({"by_group": True, "arrival": ARRIVAL, "created_at": NOW}, NOW + timedelta(minutes=5)),
    ({"created_at": None}, None),
]


@pytest.mark.parametrize(("changes", "expected"), ESTIMATES)
def test_from_when_a_role_holds_is_the_last_of_what_has_to_happen(changes: dict[str, Any], expected: object) -> None:
    about = {name: changes[name] for name in ("scope", "created_at") if name in changes}
    rest = {name: value for name, value in changes.items() if name not in about}
    made = assignment(**{"created_at": MADE, **about})
    usual = {"kind": PrincipalKind.USER, "by_group": False, "has_data_actions": True}
    at, why = effective_from(Held(made, ResourceId.account(ACCOUNT_ID), **{**usual, **rest}))
    assert at == expected
    assert why


def test_a_principal_that_is_gone_is_allowed_nothing_for_sure_and_denied_nothing_for_sure() -> None:
    gone = replace(
        seen(replace(LONELY, definitions=ALLOWS_ALL)),
        principal=Principal(WHO, PrincipalKind.UNKNOWN, exists=Answer.NO),
        membership=REFUSED,
        assignments=(assignment(principal_id=WHO, role="role"),),
    )
    found = answer(gone, ACTIONS[0])
    assert (found.answer, found.holding is not None) == (Answer.UNKNOWN, True)
    assert answer(replace(gone, definitions={}), ACTIONS[0]).answer is Answer.UNKNOWN


def test_who_came_to_a_group_lately_has_its_role_from_when_their_membership_counts() -> None:
    found = seen(replace(LONELY, member_of=frozenset(GROUPS[:1]), inner={**LONELY.inner, GROUPS[1]: {GROUPS[0]}}))
    made = replace(
        found,
        assignments=tuple(assignment(principal_id=each, role="role", created_at=MADE) for each in (GROUPS[1], WHO)),
        definitions=ALLOWS_ALL,
        arriving=(replace(ARRIVAL, group=GROUPS[1]), replace(ARRIVAL, principal=STRANGER)),
    )
    by_group, own = evaluated(made).holdings
    assert by_group.effective_from == ARRIVAL.effective
    assert own.effective_from == MADE + timedelta(minutes=5)


DENIALS = [
    ({EVERYONE}, (), True, "no"),
    ({EVERYONE}, {WHO}, True, "yes"),
    ({EVERYONE}, {GROUPS[0]}, True, "yes"),
    ({EVERYONE}, {STRANGER}, True, "no"),
    ({GROUPS[0]}, (), True, "no"),
    ({STRANGER}, (), True, "yes"),
    ({EVERYONE}, (), False, "no"),
    ({EVERYONE}, {WHO}, False, "yes"),
    ({EVERYONE}, {STRANGER}, False, "unknown"),  # for all that is known a group of theirs
    ({WHO}, {STRANGER}, False, "unknown"),
    ({STRANGER}, (), False, "unknown"),
    ({WHO}, (), False, "no"),
]


@pytest.mark.parametrize(("principals", "excluded", "groups_read", "expected"), DENIALS)
def test_a_deny_assignment_holds_for_whom_it_names_but_for_whom_it_excludes(
    principals: Iterable[str], excluded: Iterable[str], *, groups_read: bool, expected: str
) -> None:
    denial = DenyAssignment(
        "id", "stack", RESOURCE_GROUP, ALLOWS_ALL["role"].permissions, frozenset(principals), frozenset(excluded)
    )
    found = replace(
        seen(replace(LONELY, member_of=frozenset(GROUPS[:1]), definitions=ALLOWS_ALL, denials=(denial,))),
        assignments=(assignment(principal_id=WHO, role="role"),),
    )
    unread: dict[str, Any] = {"membership": REFUSED, "assigned": frozenset({found.assignments[0].name})}
    assert answer(found if groups_read else replace(found, **unread), ACTIONS[0]).answer == expected


@pytest.mark.parametrize(
    ("changes", "expected"),
    [
        ({"membership": REFUSED}, "unknown"),
        ({"membership": REFUSED, "assigned": frozenset()}, "no"),  # Azure says: none of them, through no group
        ({"membership": REFUSED, "assigned": frozenset(), "principal": REFUSED}, "unknown"),  # it may be a group
    ],
)
def test_nobody_is_said_to_have_no_role_before_azure_or_the_groups_say_so(
    changes: dict[str, Any], expected: str
) -> None:
    found = seen(
        replace(LONELY, definitions=ALLOWS_ALL, assignments=(assignment(principal_id=GROUPS[0], role="role"),))
    )
    assert answer(replace(found, **changes), ACTIONS[0]).answer == expected
