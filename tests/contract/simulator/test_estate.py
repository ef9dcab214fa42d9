"""The estate that the demo walks down the road: exactly what is in it."""

import pytest

from shared.models import Milestone
from shared.road.policy import parse_policy
from simulator.azure import Azure
from simulator.company.estate import ACCOUNTS, CONNECTIONS, ESTATE_POLICY, LEGACY, VOICE, WORKSPACES, seed_estate
from simulator.company.identities import PRODUCTION, SANDBOX
from simulator.company.seed import Company
from simulator.connections.connection import Connection


@pytest.fixture
def azure() -> Azure:
    made = Azure()
    Company().seed(made)
    seed_estate(made)
    return made


def keys_of(azure: Azure) -> dict[str, str]:
    """Every account's keys, to the name of the account."""
    return {key: each.name for each in azure.cognitive.accounts.values() for key in each.keys.values()}


def test_it_has_eight_accounts_over_both_subscriptions_five_projects_and_two_hubs(azure: Azure) -> None:
    accounts = list(azure.cognitive.accounts.values())
    assert len(accounts) == len(ACCOUNTS) == 8
    assert {each.subscription for each in accounts} == {PRODUCTION, SANDBOX}
    assert sorted(each.kind.name for each in accounts) == ["AIServices"] * 7 + ["OpenAI"]
    assert sum(len(each.projects) for each in accounts) == 5
    workspaces = list(azure.machine_learning.workspaces.values())
    assert len(workspaces) == len(WORKSPACES) == 3
    assert [each.name for each in workspaces if each.is_hub] == ["hub-retail", "hub-lab"]
    assert [each.name for hub in workspaces for each in azure.machine_learning.projects_of(hub)] == ["forecast"]


def test_of_fourteen_connections_nine_hold_an_accounts_key_and_two_of_these_cannot_be_switched(azure: Azure) -> None:
    held = azure.connections.all()
    assert len(held) == len(CONNECTIONS) == 14
    keys = keys_of(azure)
    holding = {each.id: keys[secret] for each in held for secret in each.secrets() if secret in keys}
    assert holding == {each.id: each.account.name for each in CONNECTIONS if each.account and each.holds_account_key}
    assert len(holding) == 9
    assert sum(not each.switches for each in CONNECTIONS) == 2


def test_the_nine_differ_in_owner_category_key_and_in_how_they_name_the_account(azure: Azure) -> None:
    keys = keys_of(azure)
    holding = [each for each in azure.connections.all() if any(secret in keys for secret in each.secrets())]
    assert {_owner(each) for each in holding} == {"account", "project", "hub", "workspace of a hub"}
    assert {each.category for each in holding} >= {"AIServices", "AzureOpenAI", "CognitiveService", "CustomKeys"}
    assert {name for each in holding for name in each.properties["metadata"]} >= {"ResourceId", "resourceId"}
    assert {each.key for each in CONNECTIONS if each.key} == {"Key1", "Key2"}
    by_host = [each for each in holding if "resourceid" not in {name.lower() for name in each.properties["metadata"]}]
    assert len(by_host) == 2
    assert {each.properties.get("isSharedToAll") for each in holding} == {True, False, None}


def test_one_account_sends_no_logs_and_the_others_logs_know_of_calls_with_and_without_a_key(azure: Azure) -> None:
    silent = [each.name for each in ACCOUNTS if not azure.monitor.settings_of(each.id)]
    assert silent == ["contoso-docs"]
    rows = azure.monitor.rows(azure.monitor.settings_of(VOICE.id)[0].workspace)
    assert {each["_ResourceId"] for each in rows} == {each.id.lower() for each in ACCOUNTS if each.sends_logs}
    assert {'"objectId":""' in each["properties_s"] for each in rows} == {True, False}


def test_one_account_has_no_subdomain_and_all_are_settled(azure: Azure) -> None:
    accounts = azure.cognitive.accounts.values()
    assert [each.id for each in accounts if not each.subdomain] == [LEGACY.id]
    assert not any(each.work.running(azure.clock.now()) or each.busy(azure.clock.now()) for each in accounts)


def test_its_policy_leads_most_accounts_to_the_seal_and_leaves_one_alone() -> None:
    policy = parse_policy(ESTATE_POLICY.read_text(), "the policy of the estate")
    assert {rule.name: rule.goal for rule in policy.rules} == {
        "lab": Milestone.PROVEN,
        "search": Milestone.SEALED,
        "production": Milestone.SEALED,
    }
    assert [each.account.lower() for each in policy.exemptions] == [VOICE.id.lower()]


def _owner(connection: Connection) -> str:
    if "/Microsoft.MachineLearningServices/" in connection.owner_id:
        return "hub" if "/hub-" in connection.owner_id else "workspace of a hub"
    return "project" if "/projects/" in connection.owner_id else "account"
