"""What an order comes to, over any facts: no word makes a key die that consumers may hold, or closes an account too early."""

from collections.abc import Sequence
from dataclasses import replace
from datetime import timedelta
from typing import Any

import pytest
from hypothesis import event, given, settings
from hypothesis import strategies as st

from shared.models import Entry, Group, GroupRef, KeyName, Milestone, RoleGrant, Unknown, VaultSecret
from shared.models.operations import Operation, OperationState
from shared.models.orders import Asker, Order, OrderKind
from shared.resource_id import ResourceId
from shared.road import steps as road
from shared.road.milestones import granted, proven
from shared.road.orders.comes_to import comes_to
from shared.road.orders.looking import Sight
from shared.road.orders.progress import steps_of
from shared.road.orders.standing import as_asked
from shared.road.orders.todo import Asked, Todo
from shared.road.steps import as_data
from shared.road.words import described, told, undoing
from shared.roles import ALIASES
from shared.store.ledger import DONE, INTENT
from tests.unit.builders import (
    ACCOUNT_ID,
    GROUP_ID,
    LISTED,
    NOW,
    ROAD,
    USER_ROLE,
    VAULT,
    WITHOUT_VAULT,
    account,
    assignment,
    connection,
    pointing,
    policy,
    record,
    road_facts,
    secret,
    situation,
    use,
)
from tests.unit.roads import cases
from tests.unit.test_road_properties import Case

HOUR = timedelta(hours=1)
DIES_OF = (road.RotateKey, road.RevokeKey)
CODES = (
    "quiet.waiting",
    "quiet.keyUsed",
    "logs.noRows",
    "logs.noSetting",
    "logs.unreadable",
    "connection.usesKey",
    "connection.cannotSwitch",
    "connection.unplaced",
    "connections.unreadable",
    "connections.unindexed",
    "probe.role",
    "probe.pending",
    "secret.foreign",
    "secret.unreadable",
    "keys.unreadable",
    "revoke.waits",
    "grant.pending",
)
BY_VAULT = ("revoke.vaultConsumers", "revoke.grace")


def sight(case: Case, order: Order, stopped: Milestone | None = None) -> Sight:
    return Sight(ResourceId(ACCOUNT_ID), case.facts, as_asked(case.policy, order), case.policy, stopped)


def todo(case: Case, order: Order, *, entries: Sequence[Entry] = (), stopped: Milestone | None = None) -> Todo:
    return comes_to(sight(case, order, stopped), Asked(order, NOW, stopped, tuple(entries)), (), NOW)


def case_of(text: str = ROAD, **changes: Any) -> Case:
    return Case(road_facts(**changes), policy(text))


def codes(found: Todo) -> list[str]:
    return [each.code for each in found.refused]


def entry(step: road.Change, state: str = DONE) -> Entry:
    return Entry(ResourceId(ACCOUNT_ID), "row", "operation", as_data(step), state, NOW)


kinds = st.sampled_from([each for each in OrderKind if each not in {OrderKind.ROLL_BACK, OrderKind.UNSEAL}])
borne = st.lists(st.sampled_from(CODES), unique=True).map(tuple)
orders = st.builds(Order, kinds, despite=st.one_of(borne, st.just(CODES)))


@pytest.mark.parametrize("kind", [OrderKind.ROTATE, OrderKind.REVOKE, OrderKind.ONBOARD])
@settings(max_examples=300)
@given(case=cases(), despite=borne)
def test_no_order_makes_a_key_die_that_consumers_may_hold(
    kind: OrderKind, case: Case, despite: tuple[str, ...]
) -> None:
    order = Order(kind, despite=despite)
    found = todo(case, order)
    dying = [each for each in found.steps if isinstance(each, DIES_OF)]
    known = case.facts.secret
    rule = case.policy.rules[0]
    if not dying or not isinstance(known, VaultSecret) or not known.enabled or known.account != ACCOUNT_ID:
        return
    if rule.keys is None or rule.keys.vault is None:
        return
    event(f"{order.kind} makes a key new")
    assert order.kind is not OrderKind.REVOKE
    assert len(dying) == 1
    assert isinstance(dying[0], road.RotateKey)
    assert known.created + rule.keys.grace <= NOW
    assert LISTED[dying[0].key] != known.fingerprint


@given(cases())
def test_no_order_closes_an_account_without_a_proven_token_or_with_a_connection_that_uses_a_key(case: Case) -> None:
    order = Order(OrderKind.SEAL, despite=CODES)
    found = todo(case, order)
    if not any(isinstance(each, road.DisableLocalAuth) for each in found.steps):
        return
    probes = any(isinstance(each, road.Probe) for each in found.steps)
    seen = sight(case, order).situation(NOW)
    assert seen
    event("closes")
    assert probes or proven.standing(seen).reached
    assert granted.standing(seen).reached
    assert not isinstance(case.facts.pointing, Unknown)
    assert not any(each.auth_type == "ApiKey" for each in case.facts.pointing.connections)


@given(cases(), orders, st.sampled_from(Milestone))
def test_what_is_refused_comes_without_steps_and_what_is_not_can_be_said(
    case: Case, order: Order, stopped: Milestone
) -> None:
    for found in (todo(case, order), todo(case, order, stopped=stopped)):
        assert not (found.steps and found.refused)
        assert all(each.code and each.message for each in found.refused)
        assert all(described(each) for each in found.steps)


@given(cases(), st.sampled_from((OrderKind.ROTATE, OrderKind.REVOKE)))
def test_a_key_that_the_operation_has_made_new_is_not_made_new_again(case: Case, kind: OrderKind) -> None:
    order = Order(kind, despite=(*CODES, *BY_VAULT))
    first = todo(case, order)
    done = [entry(each) for each in first.steps if isinstance(each, DIES_OF)]
    again = todo(case, order, entries=done)
    assert not [each for each in again.steps if isinstance(each, DIES_OF)]
    if done:
        event(f"{kind} made {len(done)} keys new")
        assert again.refused == ()


def test_both_keys_die_and_the_vault_gives_out_the_one_made_new_first() -> None:
    case = case_of(record=record(regenerated={}))
    found = todo(case, Order(OrderKind.REVOKE))
    assert codes(found) == ["revoke.vaultConsumers"]
    found = todo(case, Order(OrderKind.REVOKE, despite=("revoke.vaultConsumers",)))
    assert found.steps == (road.RotateKey(VAULT, "chat-key", KeyName.KEY2, None), road.RevokeKey(KeyName.KEY1))
    assert len(found.cannot) == 2
    half = todo(
        case.but(secret=secret(key=KeyName.KEY2, created=NOW)),
        Order(OrderKind.REVOKE, despite=("revoke.vaultConsumers",)),
        entries=[entry(found.steps[0])],
    )
    assert half.steps == (road.RevokeKey(KeyName.KEY1),), "an operation that was begun is finished"


def test_the_key_that_the_vault_gives_out_is_replaced_in_it_before_it_dies_by_itself() -> None:
    later = NOW + timedelta(minutes=1)
    case = case_of(record=record(regenerated={KeyName.KEY2: later}))
    found = todo(case, Order(OrderKind.REVOKE, despite=BY_VAULT))
    publish = road.PublishKey(VAULT, "chat-key", KeyName.KEY2, None, KeyName.KEY1)
    assert found.steps == (publish, road.RevokeKey(KeyName.KEY1))


def test_what_a_revocation_would_break_is_named_and_each_part_has_to_be_borne() -> None:
    held = case_of(WITHOUT_VAULT, pointing=pointing(connection()), use=use(last=NOW - HOUR), secret=None)
    assert codes(todo(held, Order(OrderKind.REVOKE))) == ["connection.usesKey", "quiet.keyUsed"]
    assert codes(todo(held, Order(OrderKind.REVOKE, despite=("quiet.keyUsed",)))) == ["connection.usesKey"]
    found = todo(held, Order(OrderKind.REVOKE, despite=("quiet.keyUsed", "connection.usesKey")))
    assert found.steps == (road.RevokeKey(KeyName.KEY1), road.RevokeKey(KeyName.KEY2))


@pytest.mark.parametrize(
    ("changes", "code"),
    [
        ({"account": account(provisioning_state="Accepted")}, "account.provisioning"),
        ({"account": account(local_auth_disabled=True)}, "keys.off"),
        ({"secret": Unknown("403", "Forbidden")}, "secret.unreadable"),
    ],
)
def test_no_word_overrides_what_is_unknown_or_closed(changes: dict[str, Any], code: str) -> None:
    found = todo(case_of(**changes), Order(OrderKind.REVOKE, despite=(*CODES, *BY_VAULT, code)))
    assert codes(found) == [code]


@pytest.mark.parametrize(
    ("changes", "code"),
    [
        ({"secret": None}, "rotation.noSecret"),
        ({"secret": secret(enabled=False)}, "rotation.noSecret"),
        ({"secret": secret(created=NOW)}, "revoke.grace"),
        ({"secret": secret(account="/other")}, "secret.foreign"),
        ({"pointing": pointing(connection())}, "connection.usesKey"),
        ({"account": account(subdomain=None)}, "account.noSubdomain"),
        ({"account": account(local_auth_disabled=True)}, "keys.off"),
    ],
)
def test_a_rotation_that_would_cut_somebody_off_is_refused(changes: dict[str, Any], code: str) -> None:
    found = todo(case_of(**changes), Order(OrderKind.ROTATE, despite=CODES))
    assert codes(found) == [code]


def test_a_rotation_in_grace_says_from_when_it_is_possible() -> None:
    assert todo(case_of(secret=secret(created=NOW)), Order(OrderKind.ROTATE)).retry_at == NOW + HOUR


def test_an_account_is_closed_by_a_word_for_quiet_and_revoked_only() -> None:
    noisy = case_of(use=use(last=NOW - HOUR), record=record(regenerated={}))
    order = Order(OrderKind.SEAL, despite=("quiet.keyUsed", "revoke.waits"))
    assert codes(todo(noisy, Order(OrderKind.SEAL))) == ["quiet.keyUsed", "revoke.waits"]
    assert todo(noisy, order).steps == (road.DisableLocalAuth(VAULT),)
    held = noisy.but(pointing=pointing(connection()))
    assert codes(todo(held, replace(order, despite=(*order.despite, "connection.usesKey")))) == ["connection.usesKey"]


def test_a_token_that_has_yet_to_be_proven_is_tried_first() -> None:
    found = todo(case_of(proof=None), Order(OrderKind.SEAL))
    assert [type(each) for each in found.steps] == [road.Probe, road.DisableLocalAuth]


@pytest.mark.parametrize("kind", [OrderKind.ONBOARD, OrderKind.GRANT, OrderKind.SWITCH, OrderKind.SEAL])
def test_an_account_that_was_rolled_back_is_first_to_be_let_go_on(kind: OrderKind) -> None:
    assert codes(todo(case_of(), Order(kind), stopped=Milestone.READY)) == ["order.stopped"]
    assert "order.stopped" not in codes(todo(case_of(), Order(OrderKind.RESUME), stopped=Milestone.READY))


def test_a_connection_that_cannot_do_without_a_key_is_named_where_it_is_asked_for() -> None:
    fixed = connection(
        id=f"{ACCOUNT_ID}/connections/fixed", name="fixed", category="CustomKeys", auth_type="CustomKeys"
    )
    case = case_of(ROAD.replace("connections: entra", "connections: leave"), pointing=pointing(connection(), fixed))
    assert todo(case, Order(OrderKind.SWITCH)).steps == (road.SwitchConnection(connection().id),)
    assert codes(todo(case, Order(OrderKind.SWITCH, connections=("FIXED",)))) == ["connection.cannotSwitch"]
    assert codes(todo(case, Order(OrderKind.SWITCH, connections=("gpt", "other")))) == ["connection.unknown"]


def test_a_connection_is_not_switched_before_the_role_has_had_time_to_arrive() -> None:
    case = case_of(pointing=pointing(connection()), assignments=(assignment(created_at=NOW - timedelta(minutes=1)),))
    found = todo(case, Order(OrderKind.SWITCH))
    assert (codes(found), found.retry_at) == (["connection.usesKey"], NOW + timedelta(minutes=4))


ASKABLE = ROAD.replace("    connections", "    onRequest: [{groupName: sg-more, role: foundry-user}]\n    connections")
MORE = Group("5f9cc6a4-1f2e-5a3a-9d4b-a11ce0000009", "sg-more", security_enabled=True)
FOUNDRY = ALIASES["foundry-user"]


def askable(*given: Any, groups: tuple[Group, ...] = (MORE,)) -> Case:
    case = case_of(ASKABLE, assignments=(assignment(), *given))
    return case.but(groups={**case.facts.groups, GroupRef(name="sg-more"): groups})


@pytest.mark.parametrize("named", [{"principal": MORE.id}, {"group_name": "SG-More"}])
def test_a_group_is_named_by_its_id_or_by_its_name(named: dict[str, Any]) -> None:
    found = todo(askable(), Order(OrderKind.GRANT, role="foundry-user", **named))
    made = RoleGrant(ACCOUNT_ID, MORE.id, "Group", FOUNDRY, "unkeyed: on request, rule chat")
    assert found.steps == (road.AssignRole(made, "sg-more"),)


def test_what_is_there_already_is_not_given_again() -> None:
    assert todo(askable(), Order(OrderKind.GRANT, principal=GROUP_ID, role=USER_ROLE)) == Todo()


@given(
    st.sampled_from((GROUP_ID, MORE.id, "", "00000000-0000-4000-8000-000000000000")), st.sampled_from(sorted(ALIASES))
)
def test_nobody_is_given_what_the_policy_does_not_name(principal: str, role: str) -> None:
    found = todo(askable(), Order(OrderKind.GRANT, principal=principal, role=role))
    allowed = {(GROUP_ID, USER_ROLE), (MORE.id, FOUNDRY)}
    assert bool(found.refused) is ((principal, ALIASES[role]) not in allowed)


def test_a_group_that_is_missing_is_said_to_be() -> None:
    found = todo(askable(groups=()), Order(OrderKind.GRANT, group_name="sg-more", role="foundry-user"))
    assert codes(found) == ["grant.groupMissing"]


@pytest.mark.parametrize("answer", [(MORE,), Unknown("503", "Busy")])
def test_no_pass_takes_back_what_may_be_asked_for(answer: Any) -> None:
    made = RoleGrant(ACCOUNT_ID, MORE.id, "Group", FOUNDRY, "")
    theirs = assignment(name=made.name, principal_id=MORE.id, role=FOUNDRY, description="unkeyed: rule older")
    case = askable(theirs).but(groups={**askable().facts.groups, GroupRef(name="sg-more"): answer})
    assert granted.steps(situation(case.facts, ASKABLE), is_granted=True) == ()
    gone = case.but(groups={**case.facts.groups, GroupRef(name="sg-more"): ()})
    assert granted.steps(situation(gone.facts, ASKABLE), is_granted=True) == (road.RemoveAssignment(theirs),)
    asked = assignment(
        name=made.name, principal_id=MORE.id, role=FOUNDRY, description="unkeyed: on request, rule older"
    )
    assert granted.steps(situation(case_of(assignments=(assignment(), asked)).facts), is_granted=True) == ()


CHANGES = (
    road.SetSubdomain("chat"),
    road.AssignRole(RoleGrant(ACCOUNT_ID, GROUP_ID, "Group", USER_ROLE, ""), "sg"),
    road.AssignRole(RoleGrant(ACCOUNT_ID, GROUP_ID, "ServicePrincipal", USER_ROLE, "")),
    road.RemoveAssignment(assignment()),
    road.SwitchConnection(f"{ACCOUNT_ID}/connections/gpt"),
    road.RestoreConnection(f"{ACCOUNT_ID}/connections/gpt", {}),
    road.PublishKey(VAULT, "chat-key", KeyName.KEY1, None),
    road.RotateKey(VAULT, "chat-key", KeyName.KEY2, None),
    road.RevokeKey(KeyName.KEY1),
    road.DisableLocalAuth(VAULT),
    road.EnableLocalAuth(revoke=True),
    road.EnableLocalAuth(revoke=False),
    road.WithdrawKey(VAULT, "chat-key"),
)


@pytest.mark.parametrize("step", CHANGES)
def test_a_step_is_told_from_the_ledger_in_the_words_of_its_plan(step: road.Change) -> None:
    assert told(as_data(step)) == described(step)
    assert undoing(type(step).__name__).why


def test_planned_steps_become_running_and_done_and_none_is_counted_twice() -> None:
    planned = tuple(as_data(each) for each in CHANGES[6:9])
    asked = Operation("1", ResourceId(ACCOUNT_ID), Order(OrderKind.ONBOARD), Asker("a", "Alice"), NOW, planned=planned)
    entries = (entry(CHANGES[7]), entry(CHANGES[8], INTENT))
    states = [(each.kind, each.state) for each in steps_of(asked, entries)]
    assert states == [("RotateKey", "done"), ("RevokeKey", "running"), ("PublishKey", "planned")]
    ended = replace(asked, state=OperationState.BLOCKED)
    assert [each.state for each in steps_of(ended, entries)] == ["done", "running"]


def test_the_policy_is_read_as_it_is_where_nothing_beyond_it_is_asked_for() -> None:
    assert as_asked(policy(ROAD), Order(OrderKind.ONBOARD)) == policy(ROAD)
    assert as_asked(policy(ROAD), Order(OrderKind.SWITCH)).rules[0].match == policy(ROAD).rules[0].match
