"""Rotation: which key is published, which one dies, and when."""

from datetime import timedelta
from typing import Any

import pytest

from shared.models import NOT_READ, AccountFacts, ExposureKind, KeyName, Unknown
from shared.road import rotation
from shared.road.judge import judge
from shared.road.plan import plan
from shared.road.steps import PublishKey, RotateKey
from tests.unit.builders import (
    LISTED,
    NOW,
    ROAD,
    ROTATING,
    VAULT,
    account,
    codes,
    connection,
    exposed,
    facts,
    pointing,
    policy,
    record,
    road_facts,
    secret,
    situation,
    steps,
)

PERIOD, NEAR = timedelta(days=60), rotation.NEAR_EXPIRY
# Proven only, so that nothing but the keys is to be looked after
KEPT = ROTATING.replace("goal: sealed", "goal: proven")
DUE = secret(created=NOW - PERIOD, expires=NOW + NEAR)


def kept(**changes: Any) -> AccountFacts:
    """An account that stands where its rule wants it, with a young key in the vault."""
    made = {"pointing": pointing(), "secret": secret(), "record": record(regenerated={})}
    return facts(**{**made, **changes})


def test_a_young_key_is_left_alone() -> None:
    assert (steps(kept(), KEPT), codes(kept(), KEPT)) == ((), [])


def test_the_first_secret_holds_the_first_key_and_ends_30_days_after_the_next_is_due() -> None:
    assert steps(kept(secret=None), KEPT) == (PublishKey(VAULT, "chat-key", KeyName.KEY1, expires=NOW + PERIOD + NEAR),)
    (without_period,) = steps(kept(secret=None), ROAD.replace("goal: sealed", "goal: proven"))
    assert isinstance(without_period, PublishKey)
    assert without_period.expires is None


@pytest.mark.parametrize("held", list(KeyName))
def test_a_rotation_makes_the_other_key_new(held: KeyName) -> None:
    (step,) = steps(kept(secret=secret(key=held, created=NOW - PERIOD, expires=NOW + NEAR)), KEPT)
    assert isinstance(step, RotateKey)
    assert (step.key, step.expires) == (held.other, NOW + PERIOD + NEAR)


def test_what_the_secret_holds_counts_for_more_than_its_tag() -> None:
    mistagged = secret(key=KeyName.KEY1, created=NOW - PERIOD, fingerprint=LISTED[KeyName.KEY2])
    (step,) = steps(kept(secret=mistagged, listed=LISTED), KEPT)
    assert isinstance(step, RotateKey)
    assert step.key is KeyName.KEY1


@pytest.mark.parametrize(
    ("changes", "due"),
    [
        ({"created": NOW - PERIOD}, True),
        ({"created": NOW - PERIOD + timedelta(seconds=1)}, False),
        # near its end by whoever set the expiry, whatever its age
        ({"expires": NOW + timedelta(days=1)}, True),
        ({"expires": NOW - timedelta(days=1)}, True),
        ({"expires": NOW + NEAR + timedelta(minutes=1)}, True),
        ({"expires": NOW + NEAR + timedelta(minutes=3)}, False),
    ],
)
def test_a_key_is_due_by_age_or_by_the_end_of_its_secret(changes: dict[str, Any], *, due: bool) -> None:
    assert rotation.is_due(situation(kept(secret=secret(**changes)), KEPT)) is due


def test_a_rule_without_a_period_rotates_nothing_even_at_the_secret_s_end() -> None:
    text = ROAD.replace("goal: sealed", "goal: proven")
    assert rotation.due_at(situation(kept(secret=secret(expires=NOW)), text)) is None


def test_the_replaced_key_lives_for_the_grace_period() -> None:
    young = secret(created=NOW - timedelta(minutes=59), expires=NOW + timedelta(days=1))
    assert (steps(kept(secret=young), KEPT), codes(kept(secret=young), KEPT)) == ((), ["rotation.grace"])
    verdict = judge(kept(secret=young), policy(KEPT), NOW)
    assert plan(kept(secret=young), verdict, policy(KEPT), NOW).retry_at == NOW + timedelta(minutes=1)


@pytest.mark.parametrize(
    ("changes", "reason"),
    [
        ({"pointing": pointing(connection(category="CustomKeys"))}, "Connection gpt of"),
        ({"pointing": pointing(unread={"a-hub": "403"})}, "The connections of a-hub could not be read"),
        ({"pointing": pointing(read_at=None)}, "has been read yet"),
        ({"pointing": NOT_READ}, "was not read"),
        ({"proof": None}, "No token call"),
    ],
)
def test_no_key_is_made_new_while_a_copy_of_it_may_break(changes: dict[str, Any], reason: str) -> None:
    text = KEPT.replace("connections: entra", "connections: leave")
    found = kept(secret=DUE, **changes)
    assert not [each for each in steps(found, text) if isinstance(each, RotateKey)]
    (waiting,) = [each for each in judge(found, policy(text), NOW).blockers if each.code == "rotation.waits"]
    assert reason in waiting.message


@pytest.mark.parametrize(
    ("changes", "code"),
    [
        ({"secret": secret(account="")}, "secret.foreign"),
        ({"secret": secret(account=f"{secret().account}-two", expires=NOW)}, "secret.foreign"),
        ({"secret": Unknown("503", "Busy", NOW)}, "secret.unreadable"),
        ({"secret": Unknown("403", "No", permission="the role")}, "identity.denied"),
        ({"listed": Unknown("503", "Busy", NOW)}, "keys.unreadable"),
    ],
)
def test_a_secret_that_is_another_s_or_unreadable_is_left_as_it_is_and_said(changes: dict[str, Any], code: str) -> None:
    found = kept(**{"secret": DUE, **changes})
    assert steps(found, KEPT) == ()
    assert code in codes(found, KEPT)


def test_a_dead_key_in_the_secret_is_replaced_by_the_live_one_of_its_name() -> None:
    dead = secret(key=KeyName.KEY2, fingerprint="of-a-dead-key")
    (step,) = steps(kept(secret=dead, listed=LISTED), KEPT)
    assert isinstance(step, PublishKey)
    assert (step.key, step.replaces) == (KeyName.KEY2, KeyName.KEY2)


def test_a_withdrawn_secret_of_an_account_that_takes_keys_again_is_given_out_anew() -> None:
    (step,) = steps(kept(secret=secret(enabled=False, fingerprint="")), KEPT)
    assert isinstance(step, PublishKey)


def test_secrets_of_accounts_that_take_no_keys_are_not_looked_after() -> None:
    off = kept(account=account(local_auth_disabled=True), secret=secret(created=NOW - PERIOD))
    assert steps(off, KEPT) == ()


@pytest.mark.parametrize(
    ("changes", "due"),
    [
        ({"compared": None}, True),
        ({"compared": NOW - timedelta(hours=23)}, False),
        ({"compared": NOW - timedelta(days=1)}, True),
        (
            {
                "compared": NOW - timedelta(hours=2),
                "exposures": exposed({ExposureKind.REGENERATED: NOW - timedelta(hours=1)}),
            },
            True,
        ),
        (
            {
                "compared": NOW - timedelta(hours=1),
                "exposures": exposed({ExposureKind.REGENERATED: NOW - timedelta(hours=2)}),
            },
            False,
        ),
    ],
)
def test_the_keys_are_listed_once_a_day_and_after_somebody_made_one_new(changes: dict[str, Any], *, due: bool) -> None:
    assert rotation.comparison_is_due(situation(road_facts(record=record(**changes)))) is due
