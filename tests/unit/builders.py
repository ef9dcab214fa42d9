"""Facts to judge, with a word for what differs."""

from collections.abc import Mapping
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from typing import Any

from shared.models import (
    Account,
    AccountFacts,
    AccountRecord,
    Connection,
    Exposure,
    ExposureKind,
    Group,
    GroupRef,
    KeyName,
    KeyUse,
    Pointing,
    Proof,
    RoleAssignment,
    VaultSecret,
)
from shared.resource_id import ResourceId
from shared.road.judge import judge
from shared.road.plan import plan
from shared.road.policy import Policy, parse_policy
from shared.road.situation import Situation
from shared.road.steps import Step
from shared.roles import ALIASES, assignment_name

NOW = datetime(2026, 11, 24, 12, 0, tzinfo=UTC)
SUBSCRIPTION = "11111111-1111-4111-8111-111111111111"
ACCOUNT_ID = f"/subscriptions/{SUBSCRIPTION}/resourceGroups/rg-chat/providers/Microsoft.CognitiveServices/accounts/chat"
GROUP_ID = "5f9cc6a4-1f2e-5a3a-9d4b-a11ce0000001"
USER_ROLE = ALIASES["cognitive-services-user"]
GROUP = Group(GROUP_ID, "sg-chat-users", security_enabled=True)

RULE = f"""
version: 1
rules:
  - name: chat
    match: {{resourceGroups: [rg-chat]}}
    goal: proven
    grants:
      - {{group: {GROUP_ID}, role: cognitive-services-user}}
"""
VAULT = "https://kv-ai.vault.azure.net"
# To the end of the road, with keys in a vault
ROAD = f"""
version: 1
rules:
  - name: chat
    match: {{resourceGroups: [rg-chat]}}
    goal: sealed
    grants:
      - {{group: {GROUP_ID}, role: cognitive-services-user}}
    connections: entra
    keys: {{vault: "{VAULT}", grace: PT1H}}
    quiet: P1D
"""
ROTATING = ROAD.replace("grace: PT1H", "grace: PT1H, rotateEvery: P60D")
WITHOUT_VAULT = ROAD.replace(f'    keys: {{vault: "{VAULT}", grace: PT1H}}\n', "")
LONG_AGO = NOW - timedelta(days=3)
LISTED = {KeyName.KEY1: "fingerprint-1", KeyName.KEY2: "fingerprint-2"}


def policy(text: str = RULE) -> Policy:
    return parse_policy(text, "policy.yaml")


def account(**changes: Any) -> Account:
    made = Account(
        id=ResourceId.account(ACCOUNT_ID),
        kind="AIServices",
        location="westeurope",
        tags={},
        provisioning_state="Succeeded",
        subdomain="chat",
        endpoint="https://chat.cognitiveservices.azure.com/",
        local_auth_disabled=False,
    )
    return replace(made, **changes)


def assignment(**changes: Any) -> RoleAssignment:
    name = assignment_name(ACCOUNT_ID, GROUP_ID, USER_ROLE)
    made = RoleAssignment(
        f"{ACCOUNT_ID}/…/{name}", name, ACCOUNT_ID, GROUP_ID, "Group", USER_ROLE, "unkeyed: rule chat"
    )
    return replace(made, **changes)


def proof(**changes: Any) -> Proof:
    return replace(Proof(NOW, "https://chat.cognitiveservices.azure.com/", True, "accepted", "200"), **changes)


def facts(**changes: Any) -> AccountFacts:
    """Facts of a settled account that has reached proven."""
    made = AccountFacts(account(), (assignment(),), {GroupRef(id=GROUP_ID): (GROUP,)}, proof())
    return replace(made, **changes)


def connection(**changes: Any) -> Connection:
    """A project's connection that holds the account's key and says so in its metadata."""
    owner = f"{ACCOUNT_ID}/projects/alpha"
    target = "https://chat.openai.azure.com/"
    made = Connection(f"{owner}/connections/gpt", owner, "gpt", "AzureOpenAI", "ApiKey", target, ACCOUNT_ID)
    return replace(made, **changes)


def pointing(*connections: Connection, **changes: Any) -> Pointing:
    return replace(Pointing(connections, read_at=NOW), **changes)


def secret(**changes: Any) -> VaultSecret:
    made = VaultSecret(
        name="chat-key",
        version="1",
        account=ACCOUNT_ID,
        key=KeyName.KEY1,
        created=LONG_AGO,
        expires=None,
        enabled=True,
        operation_id="",
        fingerprint=LISTED[KeyName.KEY1],
    )
    return replace(made, **changes)


def use(**changes: Any) -> KeyUse:
    """Two days of rows, none of them by a key."""
    return replace(KeyUse(NOW, since=NOW - timedelta(days=2), until=NOW), **changes)


def record(**changes: Any) -> AccountRecord:
    """Of an account whose keys were both made new an hour ago."""
    made_new = dict.fromkeys(KeyName, NOW - timedelta(hours=1))
    return replace(AccountRecord(regenerated=made_new, compared=NOW, subdomain="chat"), **changes)


def road_facts(**changes: Any) -> AccountFacts:
    """Facts of an account that has reached revoked, and is to be sealed."""
    made = facts(pointing=pointing(), use=use(), secret=secret(), record=record())
    return replace(made, **changes)


def sealed_facts(**changes: Any) -> AccountFacts:
    """Facts of an account that has come to the end of the road."""
    seen = record(sealed_seen=NOW - timedelta(minutes=5), key_refused=NOW)
    made = road_facts(account=account(local_auth_disabled=True), secret=secret(enabled=False), record=seen)
    return replace(made, **changes)


def situation(found: AccountFacts, text: str = ROAD) -> Situation:
    assert isinstance(found.account, Account)
    return Situation(found.account, policy(text).rules[0], found, NOW)


def steps(found: AccountFacts, text: str = ROAD) -> tuple[Step, ...]:
    """What is to be done now."""
    return plan(found, judge(found, policy(text), NOW), policy(text), NOW).steps


def codes(found: AccountFacts, text: str = ROAD) -> list[str]:
    """What blocks the account, by code."""
    return [each.code for each in judge(found, policy(text), NOW).blockers]


def exposed(times: Mapping[ExposureKind, datetime]) -> dict[ExposureKind, Exposure]:
    """Exposures of these kinds at these times, of whom nothing else is known."""
    return {kind: Exposure(kind, at) for kind, at in times.items()}
