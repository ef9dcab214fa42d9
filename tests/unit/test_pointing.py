"""What a connection means for an account: which one it leads to, whether it uses its key, what becomes of the rest of it."""

from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from shared.road.pointing import (
    KEYLESS,
    can_switch,
    entra_form,
    key_form,
    links_of,
    markers_of,
    pointing,
    region_marker,
    subdomain_marker,
    uses_key,
)
from shared.sdk.connections import Connections
from shared.store.connection_index import State
from tests.unit.builders import ACCOUNT_ID, NOW, SUBSCRIPTION, account, connection

OTHER = ACCOUNT_ID.replace("accounts/chat", "accounts/other")
HUB = f"/subscriptions/{SUBSCRIPTION}/resourceGroups/rg-ml/providers/Microsoft.MachineLearningServices/workspaces/hub"
KEYS = (
    "authType",
    "category",
    "target",
    "metadata",
    "isSharedToAll",
    "sharedUserList",
    "useWorkspaceManagedIdentity",
    "peRequirement",
)


def in_any_casing(text: str) -> st.SearchStrategy[str]:
    size = len(text)
    return st.lists(st.booleans(), min_size=size, max_size=size).map(
        lambda ups: "".join(char.upper() if up else char.lower() for char, up in zip(text, ups, strict=True))
    )


@given(in_any_casing(ACCOUNT_ID), in_any_casing("ResourceId"), in_any_casing("chat.openai.azure.com"))
def test_names_are_matched_in_any_casing(resource_id: str, name: str, host: str) -> None:
    properties = {"authType": "ApiKey", "category": "AzureOpenAI", "metadata": {name: resource_id}}
    named = Connections.described(f"{HUB}/connections/gpt", {**properties, "target": f"https://{host}/"})
    assert {each.lower() for each in markers_of(named)} == {ACCOUNT_ID.lower(), subdomain_marker("chat")}


@pytest.mark.parametrize(
    ("target", "marker"),
    [
        ("https://chat.openai.azure.com/", "host:chat"),
        ("https://chat.openai.azure.com/openai/deployments/gpt?api-version=1", "host:chat"),
        ("https://chat.cognitiveservices.azure.com", "host:chat"),
        ("https://chat.services.ai.azure.com/models", "host:chat"),
        ("https://chat.services.ai.azure.com/api/projects/alpha", "host:chat"),
        ("https://chat.privatelink.openai.azure.com/", "host:chat"),
        ("https://chat.privatelink.cognitiveservices.azure.com:443/", "host:chat"),
        ("CHAT.openai.azure.com", "host:chat"),
        ("https://westeurope.api.cognitive.microsoft.com/", "region:westeurope"),
        ("https://chat.openai.azure.com.evil.example/", ""),
        ("https://chat.search.windows.net/", ""),
        ("https://[::bad/", ""),
        ("_", ""),
        ("", ""),
    ],
)
def test_an_address_alone_names_a_subdomain_or_a_region_or_nothing(target: str, marker: str) -> None:
    assert markers_of(connection(target=target, resource_id="")) == ((marker,) if marker else ())


def test_metadata_and_address_that_differ_count_for_both_accounts() -> None:
    assert markers_of(connection(resource_id=OTHER)) == (OTHER.lower(), "host:chat")


def test_a_regional_address_counts_for_its_region_only_where_the_metadata_name_no_account() -> None:
    regional = connection(target="https://westeurope.api.cognitive.microsoft.com/")
    assert markers_of(regional) == (ACCOUNT_ID.lower(),)


def test_a_project_s_id_in_the_metadata_means_its_account() -> None:
    assert markers_of(connection(target="", resource_id=f"{ACCOUNT_ID}/projects/alpha")) == (ACCOUNT_ID.lower(),)


@pytest.mark.parametrize(
    "auth_type", ["AAD", "aad", "None", "ManagedIdentity", "ProjectManagedIdentity", "UserEntraToken"]
)
def test_what_signs_in_without_a_key_uses_none(auth_type: str) -> None:
    assert not uses_key(connection(auth_type=auth_type))


@given(st.text(max_size=20).filter(lambda text: text.lower() not in KEYLESS))
def test_a_way_of_signing_in_that_nobody_knows_is_taken_for_a_key(auth_type: str) -> None:
    assert uses_key(connection(auth_type=auth_type))


@pytest.mark.parametrize(
    ("category", "auth_type", "can"),
    [
        ("AzureOpenAI", "ApiKey", True),
        ("aiservices", "apikey", True),
        ("CognitiveService", "ApiKey", True),
        ("CustomKeys", "CustomKeys", False),
        ("ApiKey", "ApiKey", False),
        ("AIServices", "SAS", False),
    ],
)
def test_only_a_category_with_an_entra_form_can_be_switched(category: str, auth_type: str, *, can: bool) -> None:
    assert can_switch(connection(category=category, auth_type=auth_type)) is can


scalars = st.one_of(st.text(max_size=10), st.booleans(), st.integers(), st.lists(st.text(max_size=5), max_size=2))
bodies = st.dictionaries(
    st.one_of(st.sampled_from(KEYS), st.from_regex(r"[a-z]{8,12}", fullmatch=True)),
    st.one_of(scalars, st.dictionaries(st.text(max_size=8), st.text(max_size=8), max_size=3)),
    max_size=8,
).filter(lambda body: not {name.lower() for name in body} & {"group", "error", "pestatus", "credentials"})


@given(bodies)
def test_either_form_keeps_every_property_known_or_not(body: dict[str, Any]) -> None:
    said = {"createdByWorkspaceArmId": HUB, "group": "AzureAI", "error": "x", "peStatus": "Active", "credentials": None}
    kept = {name: value for name, value in body.items() if name != "authType"}
    assert entra_form(body | said) == {**kept, "authType": "AAD"}
    assert key_form(body | said, "the-key") == {**kept, "authType": "ApiKey", "credentials": {"key": "the-key"}}


def test_there_and_back_is_the_same_connection() -> None:
    before = {"authType": "ApiKey", "category": "AIServices", "target": "https://x/", "metadata": {"Team": "a"}}
    assert key_form(entra_form(before), "k") == {**before, "credentials": {"key": "k"}}


def test_a_project_leads_to_its_account_though_it_holds_no_connection() -> None:
    project = f"{ACCOUNT_ID}/projects/alpha"
    (link,) = links_of(project, ("an-identity",), ())
    assert (link.marker, link.connection, link.principals) == (ACCOUNT_ID.lower(), None, ("an-identity",))
    assert links_of(ACCOUNT_ID, (), ()) == links_of(HUB, (), ()) == ()


def test_what_points_at_an_account_has_each_connection_once_and_all_identities() -> None:
    links = [
        *links_of(HUB, ("of-the-hub",), [connection(id=f"{HUB}/connections/gpt", owner=HUB)]),
        *links_of(f"{ACCOUNT_ID}/projects/alpha", ("of-alpha",), ()),
    ]
    regional = connection(target="https://westeurope.api.cognitive.microsoft.com/", resource_id="")
    unplaced = links_of(HUB, (), [regional])
    found = pointing(links, unplaced, State({SUBSCRIPTION: NOW}, {"x": "403"}), account())
    assert [each.id for each in found.connections] == [f"{HUB}/connections/gpt"]
    assert (found.unplaced, unplaced[0].marker) == ((regional,), region_marker("WestEurope"))
    assert (found.principals, found.unread, found.read_at) == (("of-alpha", "of-the-hub"), {"x": "403"}, NOW)


def test_nothing_is_known_of_an_account_whose_subscription_was_never_read() -> None:
    assert pointing([], [], State({"another": NOW}), account()).read_at is None
