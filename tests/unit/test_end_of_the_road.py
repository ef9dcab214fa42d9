"""Connected, revoked, sealed: each only on evidence, and each step only when all before it stands."""

from datetime import timedelta
from typing import Any

import pytest

from shared.models import NOT_READ, ExposureKind, KeyName, Milestone, Unknown
from shared.road.judge import judge
from shared.road.milestones import connected
from shared.road.milestones.revoked import copies_until, stale
from shared.road.steps import DisableLocalAuth, RevokeKey, RotateKey, SwitchConnection, TryKey, WithdrawKey
from tests.unit.builders import (
    NOW,
    ROAD,
    ROTATING,
    VAULT,
    WITHOUT_VAULT,
    account,
    assignment,
    codes,
    connection,
    exposed,
    pointing,
    policy,
    proof,
    record,
    road_facts,
    sealed_facts,
    secret,
    situation,
    steps,
    use,
)

HOUR, MINUTE = timedelta(hours=1), timedelta(minutes=1)
SWITCH = (SwitchConnection(connection().id),)


def reached(text: str = ROAD, **changes: Any) -> Milestone | None:
    return judge(road_facts(**changes), policy(text), NOW).milestone


# connected


@pytest.mark.parametrize(
    ("found", "code"),
    [
        (pointing(connection()), "connection.usesKey"),
        (pointing(connection(category="CustomKeys", auth_type="CustomKeys")), "connection.cannotSwitch"),
        (pointing(connection(auth_type="SomethingNew")), "connection.cannotSwitch"),
        (pointing(unplaced=(connection(),)), "connection.unplaced"),
        (pointing(unread={"a-hub": "403 Forbidden"}), "connections.unreadable"),
        (pointing(read_at=None), "connections.unindexed"),
        (pointing(read_at=NOW - connected.INDEX_LASTS - MINUTE), "connections.unindexed"),
        (Unknown("503", "Busy", NOW), "connections.unreadable"),
        (NOT_READ, "connections.unreadable"),
    ],
)
def test_an_account_is_not_connected_while_a_key_may_be_in_use_or_nobody_knows(found: object, code: str) -> None:
    assert reached(pointing=found) is Milestone.GRANTED
    assert codes(road_facts(pointing=found))[0] == code


def test_the_blocker_names_what_could_not_be_read_and_why() -> None:
    blocked = judge(road_facts(pointing=pointing(unread={"a-hub": "403 Forbidden"})), policy(ROAD), NOW)
    assert "a-hub could not be read: 403 Forbidden" in blocked.blockers[0].message
    assert blocked.blockers[0].source == "a-hub"


def test_the_first_reading_is_waited_for_and_an_old_one_left_to_the_sweep() -> None:
    first = judge(road_facts(pointing=pointing(read_at=None)), policy(ROAD), NOW).blockers[0]
    old = judge(road_facts(pointing=pointing(read_at=NOW - 2 * connected.INDEX_LASTS)), policy(ROAD), NOW).blockers[0]
    assert (first.retry_at, old.retry_at) == (NOW + connected.INDEX_POLL, None)


def test_connections_without_a_key_or_of_an_unplaced_other_kind_hold_nothing_up() -> None:
    found = pointing(connection(auth_type="AAD"), unplaced=(connection(category="CognitiveSearch"),))
    assert reached(pointing=found) is Milestone.REVOKED


def test_a_connection_is_switched_once_tokens_work_and_the_roles_have_had_time_to_arrive() -> None:
    holds = pointing(connection())
    assert steps(road_facts(pointing=holds)) == SWITCH
    assert SWITCH[0] not in steps(road_facts(pointing=holds, proof=proof(accepted=False, code="role", refusals=1)))
    assert SWITCH[0] not in steps(road_facts(pointing=holds, assignments=()))
    young = road_facts(pointing=holds, assignments=(assignment(created_at=NOW - 4 * MINUTE),))
    assert (steps(young), codes(young)[0]) == ((), "connection.usesKey")
    assert steps(road_facts(pointing=holds, assignments=(assignment(created_at=NOW - 5 * MINUTE),))) == SWITCH


def test_a_rule_that_leaves_connections_alone_says_so_and_switches_none() -> None:
    text = ROAD.replace("connections: entra", "connections: leave")
    left = road_facts(pointing=pointing(connection()))
    assert (steps(left, text), codes(left, text)[0]) == ((), "connection.usesKey")
    nearer = text.replace("goal: sealed", "goal: proven")  # and so looks at none
    assert reached(nearer, pointing=NOT_READ) is Milestone.PROVEN


# revoked


@pytest.mark.parametrize(
    ("changes", "since"),
    [
        ({"use": use(last=NOW - 30 * HOUR)}, NOW - 30 * HOUR),
        *(({"record": record(exposures=exposed({each: NOW - HOUR}))}, NOW - HOUR) for each in ExposureKind),
        ({"record": record(exposures=exposed({ExposureKind.LISTED: NOW - 100 * HOUR}))}, NOW - 48 * HOUR),
        ({"use": Unknown("503", "Busy", NOW)}, None),
        ({"use": use(until=None)}, None),
    ],
)
def test_a_copy_of_a_key_may_be_as_young_as_the_last_use_or_the_last_answer_with_keys(
    changes: dict[str, Any], since: object
) -> None:
    assert copies_until(situation(road_facts(**changes))) == since


def test_a_key_is_stale_until_it_was_made_new_after_that() -> None:
    made = {KeyName.KEY1: NOW - HOUR, KeyName.KEY2: NOW}
    seen = situation(road_facts(record=record(regenerated=made)))
    assert stale(seen, NOW - 2 * HOUR) == ()
    assert stale(seen, NOW - HOUR) == (KeyName.KEY1,)
    assert stale(seen, NOW) == tuple(KeyName)
    assert stale(situation(road_facts(record=record(regenerated={}))), NOW - HOUR) == tuple(KeyName)


@pytest.mark.parametrize("kind", ExposureKind)
def test_whoever_was_shown_the_keys_has_them_until_both_are_new_again(kind: ExposureKind) -> None:
    found = road_facts(record=record(exposures=exposed({kind: NOW - MINUTE})), secret=secret(created=NOW - 2 * HOUR))
    assert judge(found, policy(ROAD), NOW).milestone is Milestone.QUIET
    assert [type(each) for each in steps(found)] == [RotateKey]


def test_without_a_vault_both_keys_die_at_once() -> None:
    found = road_facts(record=record(regenerated={}), secret=NOT_READ)
    assert steps(found, WITHOUT_VAULT) == (RevokeKey(KeyName.KEY1), RevokeKey(KeyName.KEY2))


def test_with_a_vault_the_key_nobody_holds_dies_first_and_the_other_a_grace_period_later() -> None:
    old = road_facts(record=record(regenerated={}))
    (first,) = steps(old)
    assert isinstance(first, RotateKey)
    assert first.key is KeyName.KEY2
    half = record(regenerated={KeyName.KEY2: NOW - MINUTE})
    young = road_facts(record=half, secret=secret(key=KeyName.KEY2, created=NOW - MINUTE))
    assert (steps(young), codes(young)[0]) == ((), "revoke.grace")
    (second,) = steps(road_facts(record=half, secret=secret(key=KeyName.KEY2, created=NOW - HOUR)))
    assert isinstance(second, RotateKey)
    assert second.key is KeyName.KEY1


@pytest.mark.parametrize(
    "missing",
    [
        {"assignments": ()},
        {"proof": None},
        {"pointing": pointing(connection(category="CustomKeys"))},
        {"pointing": NOT_READ},
        {"use": Unknown("503", "Busy", NOW)},
        {"use": use(last=NOW - HOUR)},
    ],
)
@pytest.mark.parametrize("text", [ROAD, WITHOUT_VAULT], ids=["with a vault", "without"])
def test_no_key_dies_and_nothing_is_sealed_while_anything_before_is_missing(missing: dict[str, Any], text: str) -> None:
    ends = (RotateKey, RevokeKey, DisableLocalAuth)
    assert not [
        each for each in steps(road_facts(record=record(regenerated={}), **missing), text) if isinstance(each, ends)
    ]
    assert not [each for each in steps(road_facts(**missing), text) if isinstance(each, ends)]


# sealed


def test_an_account_that_has_reached_all_before_is_sealed() -> None:
    assert steps(road_facts()) == (DisableLocalAuth(VAULT),)
    assert codes(road_facts()) == ["seal.waits"]


def test_a_key_is_tried_until_it_is_refused_and_only_then_withdrawn() -> None:
    off = account(local_auth_disabled=True)
    just = sealed_facts(account=off, secret=secret(), record=record(sealed_seen=NOW))
    assert (steps(just), codes(just)) == ((TryKey(VAULT, secret()),), ["seal.lagging"])
    taken = sealed_facts(account=off, secret=secret(), record=record(sealed_seen=NOW, key_tried=NOW, tries=4))
    assert (steps(taken), codes(taken)) == ((), ["seal.lagging"])
    assert judge(taken, policy(ROAD), NOW).blockers[0].retry_at == NOW + timedelta(seconds=16)
    refused = sealed_facts(secret=secret())
    assert (steps(refused), codes(refused)) == ((WithdrawKey(VAULT, "chat-key"),), [])


@pytest.mark.parametrize(
    "found",
    [
        {"secret": secret(enabled=False, fingerprint="")},
        {"secret": secret(account=f"{secret().account}-two")},
        {"secret": None},
    ],
    ids=["withdrawn", "of another account", "none"],
)
def test_where_no_key_of_the_account_is_left_to_try_a_day_is_taken_for_the_evidence(found: dict[str, Any]) -> None:
    seen = NOW - 23 * HOUR
    waiting = sealed_facts(record=record(sealed_seen=seen), **found)
    assert (steps(waiting), codes(waiting)) == ((), ["seal.untried"])
    assert judge(waiting, policy(ROAD), NOW).blockers[0].retry_at == seen + 24 * HOUR
    over = sealed_facts(record=record(sealed_seen=seen - HOUR), **found)
    assert judge(over, policy(ROAD), NOW).milestone is Milestone.SEALED


def test_a_key_in_memory_is_tried_where_there_is_no_vault() -> None:
    found = sealed_facts(secret=NOT_READ, record=record(sealed_seen=NOW), key_at_hand=True)
    assert steps(found, WITHOUT_VAULT) == (TryKey(None, None),)


def test_a_secret_of_another_account_is_never_withdrawn() -> None:
    assert steps(sealed_facts(secret=secret(account=f"{secret().account}-two"))) == ()


@pytest.mark.parametrize("text", [ROAD, ROTATING, WITHOUT_VAULT], ids=["vault", "rotating", "no vault"])
def test_an_account_at_the_end_of_the_road_has_nothing_to_do(text: str) -> None:
    assert (steps(sealed_facts(), text), codes(sealed_facts(), text)) == ((), [])


def test_nothing_is_sealed_while_nobody_can_tell_whether_the_vault_keeps_a_key_to_try_it_with() -> None:
    unread = Unknown("503", "Busy", NOW + MINUTE)
    assert DisableLocalAuth not in map(type, steps(road_facts(secret=unread)))
    for refused in (None, NOW):  # nor does a refused key end it before its secret is withdrawn
        found = sealed_facts(secret=unread, record=record(sealed_seen=NOW - MINUTE, key_refused=refused))
        blockers = judge(found, policy(ROAD), NOW).standings[Milestone.SEALED].blockers
        assert [(each.code, each.retry_at) for each in blockers] == [("secret.unreadable", NOW + MINUTE)]
