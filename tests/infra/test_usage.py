"""What the app has used in the whole run of tests against what infra gives it: nothing missing, nothing unused.

Like the check of all traffic this file runs last (see tests/conftest.py): by then every other test has left what the app's
calls needed in the run's folder. Where only some test files have run, unused rights say nothing.
"""

from dataclasses import replace
from pathlib import Path

import pytest

from shared.resource_id import ResourceId
from simulator.checks import Check, Kind
from simulator.company.identities import PLATFORM, UNKEYED
from simulator.company.table import table
from tests.infra.usage import Used, missing, unused, used_by_the_app
from tests.local import CHAT, LocalRun
from tests.traffic import FOLDER, files_that_ran

TESTS = Path(__file__).parents[1]
# What the local Azure cannot see used, with the reason
NOT_SEEN = {
    "hostQueues": "Azurite stands in for the queues of the storage account; it takes the account's key and knows no roles.",
    "hostTables": "Azurite stands in for the tables, too.",
}
READ, LIST_KEYS = "Microsoft.CognitiveServices/accounts/read", "Microsoft.CognitiveServices/accounts/listKeys/action"


def used(name: str, kind: Kind = "action", *, allowed: bool = True) -> Used:
    return Used(Check(UNKEYED.id, kind, (name,), allowed), "GET anywhere")


def test_a_right_that_no_role_gives_is_named_with_the_call_that_needed_it() -> None:
    found = [used(READ.upper()), used("Microsoft.CognitiveServices/accounts/delete", allowed=False)]
    assert missing(found, table()) == ["Microsoft.CognitiveServices/accounts/delete: GET anywhere"]
    assert missing([used(READ, "dataAction")], table()) == [f"{READ}: GET anywhere"]


def test_what_only_the_administrators_reading_of_everything_allows_is_missing() -> None:
    assert missing([used("Microsoft.Compute/disks/read")], table()) == ["Microsoft.Compute/disks/read: GET anywhere"]
    assert missing([used("Microsoft.Authorization/roleAssignments/read")], table()) == []


def test_an_action_a_role_and_a_permission_that_no_call_needed_are_unused() -> None:
    found = unused([used(READ), used("Group.Read.All", "graph"), used(LIST_KEYS, allowed=False)], table())
    assert {READ, "Group.Read.All"} & found == set()
    assert {LIST_KEYS, "assigner", "sender", "User.Read.All"} <= found


def test_of_two_permissions_that_would_do_the_narrower_one_is_used() -> None:
    either = Used(Check(UNKEYED.id, "graph", ("Group.Read.All", "GroupMember.Read.All"), allowed=True), "GET /groups")
    assert table().graph - unused([either], table()) == {"GroupMember.Read.All"}
    wide = replace(table(), graph=frozenset({"Group.Read.All"}))
    assert unused([either], wide) & {"Group.Read.All"} == set()


async def test_what_calls_needed_is_written_down_with_who_called(local: LocalRun) -> None:
    """What the rest of the run may lack when it is run in part: at least one call of the app's."""
    await local.client.create_account(CHAT)
    await local.services.accounts.get(ResourceId.account(CHAT))
    found = {each.check for each in used_by_the_app(FOLDER)}
    assert Check(UNKEYED.id, "action", (READ,), allowed=True) in found
    assert PLATFORM.id not in {each.caller for each in found}


def test_the_app_needs_nothing_that_infra_does_not_give_it() -> None:
    assert missing(used_by_the_app(FOLDER), table()) == []


def test_infra_gives_the_app_nothing_that_it_does_not_use() -> None:
    left_out = _files() - files_that_ran()
    if left_out:
        pytest.skip(f"{len(left_out)} test files have not run, {min(left_out)} among them")
    assert unused(used_by_the_app(FOLDER), table()) == set(NOT_SEEN)


def _files() -> set[str]:
    """The test files in which the app works."""
    return {each.name for folder in ("functional", "e2e") for each in (TESTS / folder).glob("test_*.py")} - {
        "test_conformance.py"
    }
