"""The policy: what it means, and what it says to whoever writes it wrongly."""

import json
from datetime import timedelta
from pathlib import Path

import jsonschema
import pytest
import yaml

from shared.errors import PolicyError
from shared.models import Milestone
from shared.road.policy import json_schema, parse_policy

EXAMPLE = """
version: 1
rules:
  - name: production
    match: {tags: {env: prod}, kinds: [AIServices, OpenAI], resourceGroups: ["rg-ai-*"]}
    goal: sealed
    grants:
      - {group: 6F0C0000-0000-4000-8000-000000000001, role: cognitive-services-user}
      - {groupName: "sg-{resourceGroup}-ai-users", role: a97b65f3-24c7-4388-baec-2e87135dc908}
      - {projectIdentities: true, role: foundry-user}
    connections: entra
    keys: {rotateEvery: P60D, grace: PT24H, vault: "https://kv-ai.vault.azure.net", revokeOn: [memberRemoved, keysListed]}
    quiet: P14D
exemptions:
  - account: /subscriptions/11111111-1111-4111-8111-111111111111/resourceGroups/r/providers/Microsoft.CognitiveServices/accounts/a
    until: 2027-01-31
    reason: "speech custom voice needs keys"
limits: {changesPerHour: 200, repairsPerDay: 3}
"""

WRONG = """
version: 1
rules:
  - name: production
    goal: sealdd
    grants:
      - {group: not-a-guid, role: cognitive-services-user}
      - {groupName: "sg-{resourcegroup}", role: Cognitive Services User}
      - {role: foundry-user}
    quiet: two weeks
    colour: blue
exemptions:
  - {account: /subscriptions/x, until: 2027-01-31, reason: because}
limits: {changesPerHour: 0}
"""

VAULT = 'vault: "https://kv-ai.vault.azure.net/"'


def test_the_example_means_what_it_says() -> None:
    rule = parse_policy(EXAMPLE, "policy.yaml").rules[0]
    assert rule.goal is Milestone.SEALED
    assert [grant.role for grant in rule.grants[:2]] == ["a97b65f3-24c7-4388-baec-2e87135dc908"] * 2
    assert rule.grants[0].group == "6f0c0000-0000-4000-8000-000000000001"
    assert rule.keys is not None
    assert rule.keys.rotate_every == timedelta(days=60)
    assert rule.quiet == timedelta(days=14)
    assert rule.propagation == timedelta(minutes=5)


@pytest.mark.parametrize(
    ("words", "fault"),
    [
        ("keys: {rotateEvery: P60D}", "keys: rotateEvery needs vault"),
        (f"keys: {{rotateEvery: P1D, grace: P1D, {VAULT}}}", "keys: rotateEvery must be longer than grace"),
        (f"keys: {{rotateEvery: P1D, {VAULT}}}", "keys: rotateEvery must be longer than grace"),
        (
            'keys: {vault: "http://kv-ai.vault.azure.net"}',
            "keys.vault: 'http://kv-ai.vault.azure.net' is not the address",
        ),
        (
            'keys: {vault: "https://vault.evil.example"}',
            "keys.vault: 'https://vault.evil.example' is not the address of",
        ),
        ('keys: {vault: "https://kv.vault.azure.net.evil.example"}', "keys.vault: 'https://kv.vault.azure.net.evil"),
        ("keys: {rotateEvery: monthly}", "keys.rotateEvery: 'monthly' is not a duration"),
        ("propagation: 300", "propagation: 300 is not a duration"),
        ("connections: aad", "connections: Input should be 'entra' or 'leave'"),
        ("onRequest: [{projectIdentities: true, role: foundry-user}]", "onRequest: onRequest takes group or groupName"),
    ],
)
def test_what_cannot_be_meant_of_keys_and_connections_is_a_fault(words: str, fault: str) -> None:
    with pytest.raises(PolicyError) as caught:
        parse_policy(f"version: 1\nrules:\n  - name: a\n    goal: ready\n    {words}\n", "policy.yaml")
    assert f"line 5, rules[0].{fault}" in str(caught.value)


def test_what_can_be_meant_of_keys_is_taken() -> None:
    words = f"keys: {{rotateEvery: PT25H, {VAULT}}}\n    propagation: PT0S"
    rule = parse_policy(f"version: 1\nrules:\n  - name: a\n    goal: ready\n    {words}\n", "policy.yaml").rules[0]
    assert rule.keys is not None
    assert (rule.keys.grace, rule.keys.vault) == (timedelta(hours=24), "https://kv-ai.vault.azure.net")
    assert (rule.propagation, rule.connections) == (timedelta(), "leave")


def test_every_fault_is_in_one_report_with_its_line() -> None:
    with pytest.raises(PolicyError) as caught:
        parse_policy(WRONG, "policy.yaml")
    report = str(caught.value)
    for line in (
        "line 5, rules[0].goal:",
        "line 7, rules[0].grants[0].group: 'not-a-guid' is not a GUID",
        "line 8, rules[0].grants[1].groupName: 'sg-{resourcegroup}' is not a group name",
        "line 8, rules[0].grants[1].role: 'Cognitive Services User' is not a role",
        "line 9, rules[0].grants[2]: a grant takes exactly one of",
        "line 10, rules[0].quiet: 'two weeks' is not a duration",
        "line 11, rules[0].colour: is not a word of the policy here",
        "line 13, exemptions[0].account: '/subscriptions/x' is not a resource id",
        "line 14, limits.changesPerHour:",
    ):
        assert line in report, report
    assert len(caught.value.faults) == 9


@pytest.mark.parametrize(
    ("text", "says"),
    [
        ("rules: [", "line 1"),
        ("version: 1\nversion: 1\nrules: []", "'version' is there twice"),
        ("", "policy: "),
        ("just text", "policy: "),
        ("version: 2\nrules: [{name: a, goal: ready}]", "line 1, version"),
        ("version: 1\nrules: []", "line 2, rules"),
        ("version: 1\nrules: [{name: a, goal: ready}, {name: a, goal: ready}]", "used twice: a"),
        ("version: 1\nrules: [{name: a, goal: ready, quiet: 14}]", "write P14D for 14 days"),
    ],
)
def test_text_that_is_no_policy_says_what_is_wrong(text: str, says: str) -> None:
    with pytest.raises(PolicyError, match=r".*") as caught:
        parse_policy(text, "policy.yaml")
    assert says in str(caught.value)


def test_the_schema_for_editors_is_the_generated_one_and_takes_the_example() -> None:
    published = json.loads((Path(__file__).parents[2] / "docs" / "policy.schema.json").read_text())
    assert published == json_schema(), "run make docs"
    document = json.loads(json.dumps(yaml.safe_load(EXAMPLE), default=str))
    jsonschema.validate(document, published)
    with pytest.raises(jsonschema.ValidationError):
        jsonschema.validate({**document, "colour": "blue"}, published)
