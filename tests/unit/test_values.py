"""Ids, names, settings and errors: parsed once, compared as Azure compares."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from shared.errors import SettingsError
from shared.resource_id import ResourceId, ResourceIdError, account_above, scope_of_assignment
from shared.roles import assignment_name, role_guid
from shared.settings import Settings
from tests.unit.builders import ACCOUNT_ID, GROUP_ID, USER_ROLE

STORAGE = {"AzureWebJobsStorage": "UseDevelopmentStorage=true"}


@given(st.lists(st.booleans(), min_size=len(ACCOUNT_ID), max_size=len(ACCOUNT_ID)))
def test_an_id_is_the_same_in_any_casing(upper: list[bool]) -> None:
    text = "".join(char.upper() if up else char.lower() for char, up in zip(ACCOUNT_ID, upper, strict=True))
    found = ResourceId.account(text)
    assert found == ResourceId(ACCOUNT_ID)
    assert hash(found) == hash(ResourceId(ACCOUNT_ID))
    assert found.type == "microsoft.cognitiveservices/accounts"
    assert account_above(f"{text}/providers/Microsoft.Authorization/roleAssignments/x") == found


@given(st.text(max_size=300))
def test_any_other_text_is_refused_with_a_message(text: str) -> None:
    with pytest.raises(ResourceIdError, match="is not"):
        ResourceId.account(text)


def test_an_assignment_lies_at_what_stands_before_its_provider() -> None:
    assert scope_of_assignment(f"{ACCOUNT_ID}/providers/Microsoft.Authorization/roleAssignments/x") == ACCOUNT_ID
    assert scope_of_assignment("/providers/Microsoft.Authorization/roleAssignments/x") == "/"


def test_the_assignment_name_is_the_shared_one_whatever_the_casing() -> None:
    name = assignment_name(ACCOUNT_ID, GROUP_ID, USER_ROLE)
    assert name == assignment_name(ACCOUNT_ID.upper(), GROUP_ID.upper(), USER_ROLE.upper())
    assert name == "205432e3-6726-5812-b109-8071a9fe996c"


def test_a_role_is_known_by_alias_or_guid_and_never_by_display_name() -> None:
    assert role_guid("Cognitive-Services-User") == USER_ROLE
    assert role_guid(USER_ROLE.upper()) == USER_ROLE
    assert role_guid("Cognitive Services User") is None


def test_settings_name_every_fault_at_once() -> None:
    with pytest.raises(SettingsError) as caught:
        Settings.read({"UNKEYED_CREDENTIAL": "guess", "UNKEYED_OUTCOME_TOPIC": "http://x", "UNKEYED_PASS_SECONDS": "1"})
    report = str(caught.value)
    for name in (
        "UNKEYED_POLICY",
        "AzureWebJobsStorage",
        "UNKEYED_CREDENTIAL",
        "UNKEYED_OUTCOME_TOPIC",
        "UNKEYED_PASS_SECONDS",
    ):
        assert name in report


@pytest.mark.parametrize("policy", ["http://x.blob.core.windows.net/p/policy.yaml", "https://x/p.yaml?sig=secret"])
def test_a_policy_address_is_https_and_carries_no_signature(policy: str) -> None:
    with pytest.raises(SettingsError, match="UNKEYED_POLICY") as caught:
        Settings.read({**STORAGE, "UNKEYED_POLICY": policy})
    assert "secret" not in str(caught.value)


def test_an_account_name_gives_the_storage_endpoints_and_a_connection_string_is_never_shown() -> None:
    named = Settings.read({"UNKEYED_POLICY": "p.yaml", "AzureWebJobsStorage__accountName": "stunkeyed"})
    assert named.storage.table_endpoint == "https://stunkeyed.table.core.windows.net"
    assert named.storage.queue_endpoint == "https://stunkeyed.queue.core.windows.net"
    shown = repr(Settings.read({"UNKEYED_POLICY": "p.yaml", "AzureWebJobsStorage": "AccountKey=marked"}))
    assert "marked" not in shown
