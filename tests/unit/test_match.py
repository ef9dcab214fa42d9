"""Which rule an account falls under."""

from datetime import date

import pytest

from shared.models import GroupRef
from shared.road.match import coverage, references
from tests.unit.builders import ACCOUNT_ID, SUBSCRIPTION, account, policy

TODAY = date(2026, 11, 24)
RULES = """
version: 1
rules:
  - {name: first, goal: ready, match: MATCH}
  - {name: rest, goal: ready}
"""


@pytest.mark.parametrize(
    "match",
    [
        "{}",
        f"{{subscriptions: [{SUBSCRIPTION.upper()}]}}",
        "{resourceGroups: ['RG-*']}",
        "{accounts: ['ch?t']}",
        "{kinds: [openai, aiservices]}",
        "{locations: [West Europe]}",
        "{tags: {Env: prod}}",
        "{tags: {env: '*'}}",
        "{tags: {tier: 1, open: true}}",
    ],
)
def test_a_rule_matches_without_regard_to_case_but_for_tag_values(match: str) -> None:
    found = account(tags={"env": "prod", "tier": "1", "open": "true"})
    rule = coverage(policy(RULES.replace("MATCH", match)), found, TODAY).rule
    assert rule is not None
    assert rule.name == "first"


@pytest.mark.parametrize(
    "match",
    [
        "{subscriptions: [22222222-2222-4222-8222-222222222222]}",
        "{resourceGroups: [rg]}",
        "{kinds: [OpenAI]}",
        "{tags: {env: Prod}}",
        "{tags: {env: prod, team: '*'}}",
        "{resourceGroups: ['rg-*'], kinds: [OpenAI]}",
    ],
)
def test_every_part_of_a_match_must_hold(match: str) -> None:
    rule = coverage(policy(RULES.replace("MATCH", match)), account(tags={"env": "prod"}), TODAY).rule
    assert rule is not None
    assert rule.name == "rest"


def test_an_exemption_holds_through_its_last_day_and_not_after() -> None:
    text = (
        RULES.replace("MATCH", "{}") + f"exemptions: [{{account: {ACCOUNT_ID.upper()}, until: 2026-11-24, reason: x}}]"
    )
    assert coverage(policy(text), account(), TODAY).active_rule is None
    assert coverage(policy(text), account(), date(2026, 11, 25)).active_rule is not None


def test_group_names_are_filled_in_and_an_absent_tag_never_shortens_them() -> None:
    text = """
version: 1
rules:
  - name: a
    goal: granted
    grants:
      - {groupName: "sg-{resourceGroup}-{account}-{kind}", role: foundry-user}
      - {groupName: "sg-{tag:Team}", role: foundry-user}
      - {groupName: "sg-{tag:owner}", role: foundry-user}
"""
    found = account(tags={"team": "search"})
    assert references(policy(text).rules[0], found) == (
        GroupRef(name="sg-rg-chat-chat-AIServices"),
        GroupRef(name="sg-search"),
        GroupRef(name="sg-{tag:owner}"),
    )
