"""Facts to judge, with a word for what differs."""

from dataclasses import replace
from datetime import UTC, datetime
from typing import Any

from shared.models import Account, AccountFacts, Group, GroupRef, Proof, RoleAssignment
from shared.resource_id import ResourceId
from shared.road.policy import Policy, parse_policy
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
