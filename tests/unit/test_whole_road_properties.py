"""The whole road over any facts: nothing is broken before what replaces it is known to work, and unknown is never safe."""

from collections.abc import Mapping
from dataclasses import replace
from datetime import datetime
from typing import Any

from hypothesis import assume, event, given
from hypothesis import strategies as st

from shared.models import (
    Account,
    AccountFacts,
    GroupRef,
    KeyName,
    KeyUse,
    Milestone,
    Pointing,
    Unknown,
    VaultSecret,
)
from shared.road.milestones.proven import PROOF_LASTS
from shared.road.policy import Rule
from shared.road.steps import (
    AssignRole,
    DisableLocalAuth,
    Probe,
    PublishKey,
    RemoveAssignment,
    RevokeKey,
    RotateKey,
    Step,
    SwitchConnection,
    TryKey,
    WithdrawKey,
)
from tests.unit.builders import (
    ACCOUNT_ID,
    GROUP_ID,
    LISTED,
    NOW,
    VAULT,
    secret,
)
from tests.unit.roads import GRACE, KEYLESS, QUIET, SPREAD, SWITCHABLE, cases
from tests.unit.test_road_properties import UNREAD, Case
from tests.unit.test_road_properties import _after as _after_onboarding

KILLS = (RotateKey, RevokeKey, DisableLocalAuth)
TURNS = (
    AssignRole,
    RemoveAssignment,
    Probe,
    SwitchConnection,
    PublishKey,
    RotateKey,
    RevokeKey,
    DisableLocalAuth,
    TryKey,
    WithdrawKey,
)


def rule_of(case: Case) -> Rule:
    return case.policy.rules[0]


def planned[T](case: Case, *kinds: type[T]) -> list[T]:
    return [each for each in case.plan.steps if isinstance(each, kinds)]


def written_secrets(case: Case) -> list[PublishKey | RotateKey | WithdrawKey]:
    return [each for each in case.plan.steps if isinstance(each, PublishKey | RotateKey | WithdrawKey)]


def tokens_work(case: Case) -> bool:
    proof = case.facts.proof
    return proof is not None and proof.accepted and NOW - proof.at < PROOF_LASTS


def uses_no_connection_key(case: Case) -> bool:
    found = case.facts.pointing
    if isinstance(found, Unknown) or found.unread or found.unplaced or found.read_at is None:
        return False
    return NOW - found.read_at <= QUIET and all(each == KEYLESS for each in found.connections)


def last_copy(case: Case) -> datetime | None:
    """When a copy of a key was last used or shown to anybody but the app; None where nobody can say."""
    use, record = case.facts.use, case.facts.record
    if isinstance(use, Unknown) or not use.has_setting or use.since is None or use.until is None:
        return None
    shown = (use.since, use.last, *(each.at for each in record.exposures.values()))
    return max(each for each in shown if each)


def is_silent(case: Case) -> bool:
    use = case.facts.use
    if not isinstance(use, KeyUse) or last_copy(case) is None or use.since is None or use.until is None:
        return False
    return use.until - max(each for each in (use.since, use.last) if each) >= QUIET


def rotates_by_period(case: Case) -> bool:
    held = rule_of(case).keys
    return held is not None and held.rotate_every is not None


def held_key(found: AccountFacts) -> KeyName | None:
    assert isinstance(found.secret, VaultSecret)
    listed = found.listed if isinstance(found.listed, Mapping) else {}
    return next((name for name, mark in listed.items() if mark == found.secret.fingerprint), found.secret.key)


@given(cases())
def test_steps_come_in_turn_and_none_goes_beyond_the_goal(case: Case) -> None:
    turns = [TURNS.index(type(each)) for each in case.plan.steps]
    event(f"steps: {', '.join(type(each).__name__ for each in case.plan.steps)}")
    assert turns == sorted(turns)
    beyond = [each for each in case.plan.steps if each.milestone.order > rule_of(case).goal.order]
    assert all(isinstance(each, PublishKey | RotateKey | Probe) and rule_of(case).keys for each in beyond)


@given(cases())
def test_no_connection_is_switched_before_the_roles_are_there_and_a_token_is_proven(case: Case) -> None:
    for step in planned(case, SwitchConnection):
        assert isinstance(case.facts.pointing, Pointing)
        assert step.connection == SWITCHABLE.id
        assert SWITCHABLE in case.facts.pointing.connections
        assert rule_of(case).connections == "entra"
        assert isinstance(case.facts.assignments, tuple)
        (held,) = case.facts.assignments
        assert held.created_at
        assert held.created_at + SPREAD <= NOW
        assert tokens_work(case)


@given(cases())
def test_no_key_dies_while_a_connection_may_hold_it_or_tokens_may_not_work(case: Case) -> None:
    for _ in planned(case, *KILLS):
        assert uses_no_connection_key(case)
        assert tokens_work(case)


@given(cases())
def test_keys_die_for_good_only_where_nobody_has_used_one_for_the_quiet_period(case: Case) -> None:
    for step in planned(case, *KILLS):
        assert is_silent(case) or (isinstance(step, RotateKey) and rotates_by_period(case))


@given(cases())
def test_nothing_is_sealed_before_both_keys_are_new_since_the_last_copy_was_taken(case: Case) -> None:
    for _ in planned(case, DisableLocalAuth):
        last = last_copy(case)
        assert last
        assert case.facts.assignments
        assert all(case.facts.record.regenerated[name] > last for name in KeyName)


@given(cases())
def test_a_rotation_leaves_the_key_alone_that_consumers_hold_or_may_hold_still(case: Case) -> None:
    for step in planned(case, RotateKey):
        found = case.facts.secret
        assert isinstance(found, VaultSecret)
        assert step.key is not held_key(case.facts)
        assert found.created + GRACE <= NOW
        assert found.account == ACCOUNT_ID


@given(cases())
def test_a_secret_is_written_and_withdrawn_only_where_it_is_the_account_s_own(case: Case) -> None:
    for step in written_secrets(case):
        assert rule_of(case).keys
        assert step.vault == VAULT
        found = case.facts.secret
        assert found is None or (isinstance(found, VaultSecret) and found.account == ACCOUNT_ID)
    for _ in planned(case, WithdrawKey):
        assert case.verdict.has_reached(Milestone.SEALED)


RELIES: Mapping[str, tuple[type[Step], ...]] = {
    "assignments": (AssignRole, RemoveAssignment, SwitchConnection, RevokeKey, DisableLocalAuth),
    "groups": (AssignRole, RemoveAssignment, SwitchConnection, RevokeKey, DisableLocalAuth),
    "pointing": (SwitchConnection, *KILLS),
    "use": (RevokeKey, DisableLocalAuth),
    "secret": (PublishKey, RotateKey, WithdrawKey),
    "listed": (RotateKey,),
}


@given(cases(), st.sampled_from(sorted(RELIES)))
def test_what_could_not_be_read_brings_nothing_further_and_no_step_relies_on_it(case: Case, what: str) -> None:
    unread: Any = {GroupRef(id=GROUP_ID): UNREAD} if what == "groups" else UNREAD
    blind = case.but(**{what: unread})
    reached = {each for each in Milestone if blind.verdict.has_reached(each)}
    assert reached <= {each for each in Milestone if case.verdict.has_reached(each)}
    assert not planned(blind, *RELIES[what])
    if what == "use" and not rotates_by_period(case):
        assert not planned(blind, RotateKey)


def _after(found: AccountFacts, steps: tuple[Step, ...]) -> AccountFacts:  # noqa: C901  # one case for each kind of step
    """The facts once these steps have taken effect."""
    found = _after_onboarding(found, steps)
    for step in steps:
        record = found.record
        match step:
            case SwitchConnection():
                assert isinstance(found.pointing, Pointing)
                others = tuple(each for each in found.pointing.connections if each.id != step.connection)
                found = replace(found, pointing=replace(found.pointing, connections=(*others, KEYLESS)))
            case PublishKey():
                found = replace(found, secret=secret(key=step.key, created=NOW, fingerprint=LISTED[step.key]))
            case RotateKey():
                made_new = {**record.regenerated, step.key: NOW}
                fresh = secret(key=step.key, created=NOW, fingerprint=LISTED[step.key])
                found = replace(found, secret=fresh, record=replace(record, regenerated=made_new))
            case RevokeKey():
                found = replace(found, record=replace(record, regenerated={**record.regenerated, step.key: NOW}))
            case DisableLocalAuth():
                assert isinstance(found.account, Account)
                sealed = replace(record, sealed_seen=NOW, key_refused=None, key_tried=None, tries=0)
                found = replace(found, account=replace(found.account, local_auth_disabled=True), record=sealed)
            case TryKey():
                found = replace(found, record=replace(record, key_refused=NOW))
            case WithdrawKey():
                assert isinstance(found.secret, VaultSecret)
                found = replace(found, secret=replace(found.secret, enabled=False))
    return found


@given(cases())
def test_once_the_steps_are_taken_none_is_left(case: Case) -> None:
    for _ in range(6):
        case = replace(case, facts=_after(case.facts, case.plan.steps))
    event(f"ends at {case.verdict.milestone}, settled: {case.verdict.is_settled}")
    assert case.plan.steps == ()


@given(cases())
def test_an_account_at_its_goal_has_nothing_left_to_do_but_to_look_after_its_secret(case: Case) -> None:
    assume(case.verdict.is_settled)
    event(f"goal: {rule_of(case).goal}")
    assert all(isinstance(each, Probe | WithdrawKey | PublishKey | RotateKey) for each in case.plan.steps)
