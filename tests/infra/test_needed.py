"""Everything that infra gives the app is needed: without any one role, action or permission some of its work fails.

What is taken away is taken away for good: no other role of the app allows it then, not even by `*/read`, and no wider
permission of Microsoft Graph.
"""

import re

import pytest

from shared.errors import DeniedError, UnkeyedError
from simulator.company.identities import UNKEYED
from simulator.company.table import table
from tests.infra import scenarios
from tests.infra.scenarios import Scenario, Stage, UndoneError
from tests.local import LocalRun

AI, ML = "Microsoft.CognitiveServices", "Microsoft.MachineLearningServices/workspaces"
SECRETS, ASSIGNMENTS = "Microsoft.KeyVault/vaults/secrets", "Microsoft.Authorization/roleAssignments"
_CONNECTIONS = {
    f"{AI}/accounts": scenarios.looks_after_connections_of_an_account,
    f"{AI}/accounts/projects": scenarios.looks_after_connections_of_a_project,
    ML: scenarios.looks_after_connections_of_a_hub,
}
# What fails without it: roles by their keys, actions, permissions of Microsoft Graph
NEEDED_FOR: dict[str, Scenario] = {
    "assigner": scenarios.gives_a_role_and_takes_it_back,
    "operator": scenarios.lists_keys,
    "prober": scenarios.proves_that_a_token_is_taken,
    "topicReader": scenarios.subscribes_to_groups,
    "publisher": scenarios.publishes_a_key_and_withdraws_it,
    "sender": scenarios.publishes_an_outcome,
    "hostBlobs": scenarios.reads_the_policy_in_a_blob,
    "telemetry": scenarios.sends_its_log,
    **{f"{ASSIGNMENTS}/{each}": scenarios.gives_a_role_and_takes_it_back for each in ("read", "write", "delete")},
    f"{AI}/accounts/read": scenarios.reads_an_account,
    f"{AI}/accounts/write": scenarios.turns_keys_off,
    f"{AI}/accounts/listKeys/action": scenarios.lists_keys,
    f"{AI}/accounts/regenerateKey/action": scenarios.makes_a_key_new,
    f"{AI}/accounts/deployments/read": scenarios.lists_deployments,
    f"{AI}/accounts/projects/read": scenarios.lists_projects,
    f"{AI}/deletedAccounts/read": scenarios.finds_a_deleted_account,
    f"{ML}/read": scenarios.finds_a_hub,
    **{
        f"{owner}/connections/{verb}": scenario
        for owner, scenario in _CONNECTIONS.items()
        for verb in ("read", "write", "delete")
    },
    "Microsoft.Authorization/denyAssignments/read": scenarios.reads_deny_assignments,
    "Microsoft.Authorization/roleDefinitions/read": scenarios.reads_a_role,
    "Microsoft.Insights/diagnosticSettings/read": scenarios.looks_for_keys_in_use,
    "Microsoft.Insights/logs/AzureDiagnostics/read": scenarios.looks_for_keys_in_use,
    f"{AI}/accounts/OpenAI/models/read": scenarios.proves_that_a_token_is_taken,
    "Microsoft.EventGrid/partnerTopics/read": scenarios.subscribes_to_groups,
    **{
        f"{SECRETS}/{each}": scenarios.publishes_a_key_and_withdraws_it
        for each in ("getSecret/action", "setSecret/action", "update/action", "readMetadata/action")
    },
    "GroupMember.Read.All": scenarios.finds_a_group_and_who_is_in_it,
    "Group.Read.All": scenarios.subscribes_to_groups,
    "User.Read.All": scenarios.tells_who_a_user_is,
    "Application.Read.All": scenarios.tells_who_an_application_is,
}
# The local storage emulator knows an account's key and no roles; without them the host does not start in Azure
NOT_TO_BE_SHOWN = {"hostQueues", "hostTables"}
_IN_ARM = re.compile(
    r"Microsoft\.(CognitiveServices/(accounts/(?!OpenAI)|del)|Machine|Authorization|EventGrid|Insights/d)"
)


def _name(scenario: Scenario) -> str:
    return scenario.__name__


async def keep_out_of_the_record(local: LocalRun) -> None:
    """A scenario made for a right is no evidence that the app uses it: tests/infra/test_usage.py is not to see it."""
    await local.client.fault(caller=UNKEYED.id, delay=0, times=1_000_000, unrecorded=True)


def test_there_is_a_scenario_for_all_that_infra_gives_the_app() -> None:
    given = {each.key for each in table().roles} | table().actions | table().graph
    assert given - set(NEEDED_FOR) == NOT_TO_BE_SHOWN
    assert {each for each in set(NEEDED_FOR) - given if not each.startswith(f"{ASSIGNMENTS}/")} == set()


@pytest.mark.parametrize("scenario", dict.fromkeys(NEEDED_FOR.values()), ids=_name)
async def test_with_all_that_infra_gives_it_the_app_does_its_work(local: LocalRun, scenario: Scenario) -> None:
    await keep_out_of_the_record(local)
    await scenario(Stage(local, local.services))


@pytest.mark.parametrize("name", NEEDED_FOR)
async def test_without_it_the_app_cannot_do_its_work(local: LocalRun, name: str) -> None:
    await keep_out_of_the_record(local)
    await local.client.withhold(name)
    with pytest.raises((UnkeyedError, UndoneError)) as failed:
        await NEEDED_FOR[name](Stage(local, local.services))
    if isinstance(failed.value, DeniedError) and _IN_ARM.match(name):
        assert failed.value.action.lower() == name.lower()


async def test_what_infra_does_not_know_cannot_be_withheld(local: LocalRun) -> None:
    with pytest.raises(ValueError, match="nothing of the name Owner"):
        await local.client.withhold("Owner")
