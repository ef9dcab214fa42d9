"""Drift and exposure, from the ledger and the record alone."""

from dataclasses import replace
from datetime import timedelta
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from shared.models import (
    Act,
    Caller,
    Entry,
    Exposure,
    ExposureKind,
    Group,
    GroupAnswer,
    GroupRef,
    KeyName,
    Permission,
    RoleGrant,
    Unknown,
)
from shared.resource_id import ResourceId
from shared.road import drift, grants
from shared.road import steps as road
from shared.road.exposure import advice, groups, open_exposure, said
from shared.sdk.role_definitions import shows_keys
from shared.store.ledger import ABANDONED, DONE, REFUSED
from tests.unit.builders import (
    ACCOUNT_ID,
    GROUP_ID,
    NOW,
    RULE,
    SUBSCRIPTION,
    USER_ROLE,
    account,
    assignment,
    exposed,
    facts,
    record,
    situation,
)

HOUR, DAY = timedelta(hours=1), timedelta(days=1)
NAMED, OTHER, YOUNG = (f"{each}0000000-0000-4000-8000-000000000000" for each in "123")
CONNECTION = f"{ACCOUNT_ID}/connections/one"
STEP = road.SwitchConnection(CONNECTION)
BOB = Act("connection written", CONNECTION.lower(), NOW - HOUR, Caller("bob", "portal"))


def entry(step: road.Change, ago: timedelta, state: str = DONE, **more: Any) -> Entry:
    at = NOW - ago
    return Entry(ResourceId(ACCOUNT_ID), at.isoformat(), "op", {**road.as_data(step), **more}, state, at)


def repair(ago: timedelta, state: str = DONE) -> Entry:
    return entry(STEP, ago, state, repairs=BOB.as_data())


def test_the_first_time_is_no_repair_and_the_next_is() -> None:
    assert drift.undone(STEP, ()) is None
    first = entry(STEP, 9 * DAY)
    assert drift.undone(STEP, (first,)) == first
    assert drift.undone(road.SwitchConnection(CONNECTION.upper()), (first,)) == first
    assert drift.undone(road.SwitchConnection(f"{CONNECTION}-two"), (first,)) is None


@pytest.mark.parametrize("state", [REFUSED, ABANDONED])
def test_what_was_never_done_was_not_undone(state: str) -> None:
    assert drift.undone(STEP, (entry(STEP, DAY, state),)) is None


def test_what_the_app_took_back_was_not_undone_by_others() -> None:
    back = entry(road.RestoreConnection(CONNECTION, {}), HOUR)
    assert drift.undone(STEP, (entry(STEP, DAY), back)) is None


def test_who_did_it_is_whoever_an_event_named_since() -> None:
    held = record(acts={BOB.operation: BOB})
    assert drift.cause(entry(STEP, 2 * HOUR), held) == BOB
    assert drift.cause(entry(STEP, timedelta(minutes=1)), held) is None
    assert drift.cause(entry(road.DisableLocalAuth(), 2 * HOUR), held) is None


@given(st.lists(st.timedeltas(timedelta(), 3 * DAY), max_size=8), st.integers(1, 5))
def test_no_day_sees_more_repairs_than_the_policy_allows(ago: list[timedelta], limit: int) -> None:
    history = (entry(STEP, 9 * DAY), *(repair(each) for each in sorted(ago, reverse=True)))
    found = drift.contested(STEP, history, record(), limit, NOW)
    recent = [each for each in ago if each < DAY]
    assert (found is None) is (len(recent) < limit)
    if found:
        assert found.retry_at
        assert found.retry_at > NOW
        left = [each for each in ago if NOW - each > found.retry_at - DAY]
        assert len(left) < limit
        assert "bob by application portal" in found.message


def test_what_azure_refused_is_not_counted_as_a_repair() -> None:
    history = (entry(STEP, 9 * DAY), repair(HOUR, REFUSED), repair(HOUR, REFUSED))
    assert drift.contested(STEP, history, record(), 1, NOW) is None


def test_only_what_somebody_else_can_undo_is_drift() -> None:
    grant = RoleGrant(ACCOUNT_ID, "p", "Group", "r", "")
    assert all(drift.is_setting(each) for each in (STEP, road.AssignRole(grant), road.DisableLocalAuth()))
    others = (road.RevokeKey(KeyName.KEY1), road.Probe(account()), replace(STEP, begun=entry(STEP, HOUR)))
    assert not any(drift.is_setting(each) for each in others)


KINDS = {
    "[memberRemoved]": {ExposureKind.MEMBER_REMOVED},
    "[keysListed]": {ExposureKind.LISTED, ExposureKind.REGENERATED},
    "[memberRemoved, keysListed]": set(ExposureKind),
    "[]": set(),
}


@pytest.mark.parametrize("kind", ExposureKind)
@pytest.mark.parametrize("on", KINDS)
def test_an_exposure_is_open_where_the_rule_asks_and_a_key_is_older(kind: ExposureKind, on: str) -> None:
    asks = f"{RULE}    keys: {{revokeOn: {on}}}\n"
    at = NOW - HOUR
    seen = situation(facts(record=record(exposures=exposed({kind: at}), regenerated={})), asks)
    assert (open_exposure(seen) is not None) is (kind in KINDS[on])
    made = {KeyName.KEY1: at + HOUR / 2, KeyName.KEY2: at}
    half = situation(facts(record=record(exposures=exposed({kind: at}), regenerated=made)), asks)
    assert (open_exposure(half) is not None) is (kind in KINDS[on])
    both = dict.fromkeys(KeyName, at + HOUR / 2)
    whole = situation(facts(record=record(exposures=exposed({kind: at}), regenerated=both)), asks)
    assert open_exposure(whole) is None
    off = replace(seen, account=account(local_auth_disabled=True))
    assert open_exposure(off) is None


def test_an_exposure_is_said_with_who_and_how_many_and_by_what() -> None:
    many = Exposure(ExposureKind.MEMBER_REMOVED, NOW, ("a", "b"), 7, role="r", group="g")
    assert (
        said(many)
        == f"a, b and 5 more lost a role that shows the keys at {NOW.isoformat(timespec='seconds')} by r of group g"
    )
    assert said(Exposure(ExposureKind.LISTED, NOW)).startswith("somebody listed the keys at")


def test_the_groups_of_an_account_are_those_its_rule_names_and_those_that_can_see_its_keys() -> None:
    other = assignment(principal_id="other", scope=f"/subscriptions/{SUBSCRIPTION}", name="x")
    far = assignment(principal_id="far", scope=f"{ACCOUNT_ID}-two", name="y")
    found = facts(assignments=(assignment(), other, far), showing=frozenset({USER_ROLE}))
    assert groups(situation(found)) == {f"id:{GROUP_ID}": (USER_ROLE,), "id:other": (USER_ROLE,)}
    assert groups(situation(replace(found, account=account(local_auth_disabled=True)))) == {f"id:{GROUP_ID}": ()}
    assert groups(situation(replace(found, showing=Unknown("403", "Denied")))) is None
    named: dict[GroupRef, GroupAnswer] = {GroupRef(name="Sg-One"): (), GroupRef(name="sg-two"): Unknown("503", "Busy")}
    assert groups(situation(replace(found, groups=named))) is None


def test_a_role_that_shows_keys_is_advised_against_while_the_account_takes_keys() -> None:
    found = facts(showing=frozenset({USER_ROLE}))
    assert [each.code for each in advice(situation(found))] == ["role.showsKeys"]
    assert advice(situation(replace(found, showing=frozenset()))) == ()
    assert advice(situation(replace(found, account=account(local_auth_disabled=True)))) == ()


@pytest.mark.parametrize(("word", "left"), [("own", 1), ("all", 2), ("leave", 0)])
def test_orphans_are_removed_as_the_rule_says(word: str, left: int) -> None:
    text = RULE.replace(GROUP_ID, NAMED) + f"    orphans: {word}\n"
    old, young = NOW - DAY, NOW - timedelta(minutes=1)
    by_hand = assignment(principal_id=OTHER, name="by-hand", description="", created_at=old)
    just_made = assignment(principal_id=YOUNG, name="young", description="", created_at=young)
    above = assignment(principal_id=OTHER, name="above", scope=f"/subscriptions/{SUBSCRIPTION}")
    gone = {GroupRef(id=each): () for each in (GROUP_ID, OTHER, YOUNG)}
    kept = {GroupRef(id=NAMED): (Group(NAMED, "sg", security_enabled=True),)}
    found = facts(assignments=(assignment(), by_hand, just_made, above), groups={**gone, **kept})
    assert len(grants.orphans(situation(found, text))) == left
    assert not grants.orphans(situation(replace(found, groups=kept), text))
    doubted = grants.in_doubt(situation(replace(found, groups=kept), text))
    assert len(doubted) == left


@pytest.mark.parametrize(
    ("actions", "but", "shows"),
    [
        (["Microsoft.CognitiveServices/accounts/listkeys/action"], [], True),
        (["Microsoft.CognitiveServices/accounts/regenerateKey/action"], [], True),
        (["*"], [], True),
        (["Microsoft.CognitiveServices/*"], [], True),
        (["*/read"], [], False),
        (["*"], ["Microsoft.CognitiveServices/*"], False),
        (["*"], ["Microsoft.CognitiveServices/accounts/listKeys/action"], True),  # who makes one new is shown both
        (["Microsoft.CognitiveServices/accounts/*"], ["*/listKeys/action", "*/regenerateKey/action"], False),
        (["Microsoft.CognitiveServices/accounts/projects/*"], [], False),
        ([], [], False),
    ],
)
def test_a_role_shows_keys_by_its_actions_less_those_taken_out(
    actions: list[str], but: list[str], *, shows: bool
) -> None:
    assert shows_keys(Permission(tuple(actions), tuple(but))) is shows


def test_two_exposures_are_one_that_forgets_nobody() -> None:
    first = Exposure(ExposureKind.MEMBER_REMOVED, NOW - HOUR, ("a", "b"), 2, role="r", group="g")
    last = Exposure(ExposureKind.MEMBER_REMOVED, NOW, ("b", "c"), 2, role="s", group="h")
    both = Exposure(ExposureKind.MEMBER_REMOVED, NOW, ("b", "c", "a"), 3, role="s", group="h")
    assert (first.joined(last), last.joined(first)) == (both, both)
    assert last.joined(last) == last
    many = replace(first, count=100)
    assert many.joined(last).count == 100
