"""From events to work items, and from work items to messages and back."""

from datetime import UTC, datetime
from typing import Any

import azure.functions as func
import pytest
from hypothesis import given
from hypothesis import strategies as st

from functions import resource_events, vault_events
from shared.errors import PermanentError
from shared.models import (
    Act,
    Caller,
    Exposure,
    ExposureKind,
    GroupItem,
    Item,
    OrderItem,
    OwnerItem,
    SecretItem,
    WorkItem,
)
from shared.resource_id import ResourceId, owner_above
from shared.store.work_queue import decoded, encoded
from tests.unit.builders import ACCOUNT_ID, NOW, SUBSCRIPTION

PROJECT = f"{ACCOUNT_ID}/projects/alpha"
HUB = f"/subscriptions/{SUBSCRIPTION}/resourceGroups/rg-ml/providers/Microsoft.MachineLearningServices/workspaces/hub"
OF_ACCOUNTS, OF_WORKSPACES = "Microsoft.CognitiveServices/accounts", "Microsoft.MachineLearningServices/workspaces"
SECRET = "https://kv-ai.vault.azure.net/secrets/chat-key/0123456789abcdef"
USER, TEAM, CLI = (
    "a97b65f3-24c7-4388-baec-2e87135dc908",
    "5f9cc6a4-1f2e-5a3a-9d4b-a11ce0000001",
    "04b07795-8ddb-461a-bbee-02f9e1bf7b46",
)
BOB = "b0b00000-0000-4000-8000-000000000002"

times = st.one_of(st.none(), st.datetimes(datetime(2000, 1, 1), timezones=st.just(UTC)))  # noqa: DTZ001  # hypothesis adds the zone
moments = times.filter(bool)
words, tries = st.text(max_size=30), st.integers(0, 99)
accounts = st.sampled_from((ACCOUNT_ID, ACCOUNT_ID.upper())).map(ResourceId)
acts = st.builds(Act, words, words, moments, st.builds(Caller, words, words))
exposures = st.builds(
    Exposure, st.sampled_from(ExposureKind), moments, st.tuples(words, words), tries, words, words, words
)


def maybe(found: st.SearchStrategy[Any]) -> st.SearchStrategy[Any]:
    return st.one_of(st.none(), found)


items = st.one_of(
    st.builds(WorkItem, accounts, words, words, times, times, tries),
    st.builds(WorkItem, accounts, words, words, times, times, tries, maybe(acts), maybe(exposures)),
    st.builds(
        OwnerItem,
        st.sampled_from((ACCOUNT_ID, PROJECT, HUB)).map(ResourceId),
        words,
        words,
        times,
        tries,
        maybe(acts),
        whole=st.booleans(),
    ),
    st.builds(GroupItem, words, words, words, times, tries),
    st.builds(OrderItem, accounts, words, words, times, tries),
    st.builds(SecretItem, st.just(SECRET), words, words, times, tries),
)


@given(items)
def test_a_message_means_the_item_it_was_made_of(item: Item) -> None:
    assert decoded(encoded(item)) == item


@pytest.mark.parametrize(
    "text",
    [
        "",
        "[]",
        "{}",
        '{"account": "x", "cause": "", "operationId": ""}',
        '{"owner": 1, "cause": "", "operationId": ""}',
    ],
)
def test_a_message_that_is_none_is_refused(text: str) -> None:
    with pytest.raises(PermanentError, match="not a work item"):
        decoded(text)


def resource_event(operation: str, resource: str, end: str = "Success", **more: Any) -> Item | None:
    """What follows from an event of Resource Manager, made as Event Grid makes it."""
    kind = operation.rpartition("/")[2].capitalize()
    data = {"operationName": operation, "resourceUri": resource, "status": "Succeeded", **more}
    event = func.EventGridEvent(
        id="1",
        topic=f"/subscriptions/{SUBSCRIPTION}",
        subject=resource,
        event_type=f"Microsoft.Resources.Resource{kind}{end}",
        event_time=NOW,
        data=data,
        data_version="2",
    )
    return resource_events.item_of(resource_events._notice(event))


@pytest.mark.parametrize("oid", ["oid", "http://schemas.microsoft.com/identity/claims/objectidentifier"])
@pytest.mark.parametrize("appid", ["appid", "azp"])
@pytest.mark.parametrize(("verb", "kind"), [("listKeys", "listed"), ("regenerateKey", "regenerated")])
def test_what_somebody_does_with_keys_comes_with_who_and_when_and_by_which_role(
    oid: str, appid: str, verb: str, kind: str
) -> None:
    evidence = {
        "roleDefinitionId": USER.replace("-", ""),
        "principalId": TEAM.replace("-", ""),
        "principalType": "Group",
    }
    more: dict[str, Any] = {"claims": {oid: BOB, appid: CLI, "name": "Bob"}, "authorization": {"evidence": evidence}}
    item = resource_event(f"{OF_ACCOUNTS}/{verb}/action", ACCOUNT_ID, **more)
    assert isinstance(item, WorkItem)
    assert (item.account, item.event_time) == (ResourceId(ACCOUNT_ID), NOW)
    assert item.exposure == Exposure(ExposureKind(kind), NOW, (BOB,), application=CLI, role=USER, group=TEAM)
    assert item.act
    assert item.act.caller == Caller(BOB, CLI)


@pytest.mark.parametrize("verb", ["write", "delete"])
@pytest.mark.parametrize(
    ("kind", "resource", "owner"),
    [
        (f"{OF_ACCOUNTS}/connections", f"{ACCOUNT_ID}/connections/gpt", ACCOUNT_ID),
        (f"{OF_ACCOUNTS}/projects", PROJECT, PROJECT),
        (f"{OF_ACCOUNTS}/projects/connections", f"{PROJECT}/connections/gpt", PROJECT),
        (OF_WORKSPACES, HUB, HUB),
        (f"{OF_WORKSPACES}/connections", f"{HUB}/connections/gpt", HUB),
        (f"{OF_WORKSPACES}/connections".upper(), f"{HUB}/connections/gpt".upper(), HUB),
    ],
)
def test_what_happens_to_connections_and_their_owners_has_the_owner_read_again(
    verb: str, kind: str, resource: str, owner: str
) -> None:
    item = resource_event(f"{kind}/{verb}", resource)
    assert isinstance(item, OwnerItem)
    assert (item.owner, item.event_time) == (ResourceId(owner), NOW)


@pytest.mark.parametrize(
    ("operation", "resource", "end"),
    [
        (f"{OF_ACCOUNTS}/deployments/write", f"{ACCOUNT_ID}/deployments/gpt", "Success"),
        (f"{OF_WORKSPACES}/connections/listsecrets/action", f"{HUB}/connections/gpt", "Success"),
        (f"{OF_WORKSPACES}/write", f"/subscriptions/{SUBSCRIPTION}", "Success"),
        (f"{OF_ACCOUNTS}/listKeys/action", HUB, "Success"),
        (f"{OF_ACCOUNTS}/listKeys/action", ACCOUNT_ID, "Failure"),
    ],
)
def test_any_other_event_is_of_no_concern(operation: str, resource: str, end: str) -> None:
    assert resource_event(operation, resource, end) is None


@pytest.mark.parametrize(
    ("text", "owner"),
    [
        (ACCOUNT_ID, ACCOUNT_ID),
        (f"{ACCOUNT_ID}/connections/gpt", ACCOUNT_ID),
        (f"{PROJECT}/connections/gpt/", PROJECT),
        (f"{HUB.upper()}/CONNECTIONS/GPT", HUB),
        (f"{ACCOUNT_ID}/deployments/gpt", None),
        (f"{HUB}/jobs/one", None),
        (f"/subscriptions/{SUBSCRIPTION}/resourceGroups/rg-ml", None),
        ("", None),
    ],
)
def test_an_owner_is_known_by_its_own_id_and_by_those_of_its_connections(text: str, owner: str | None) -> None:
    assert owner_above(text) == (ResourceId(owner) if owner else None)


@pytest.mark.parametrize(
    ("type_", "data", "address"),
    [
        ("Microsoft.KeyVault.SecretNearExpiry", {"Id": SECRET, "EXP": 1}, SECRET),
        # as the samples of Microsoft's own document have them
        (
            "Microsoft.KeyVault.SecretExpired",
            {"Id ": f" {SECRET} ", "NBF ": "1559081980", " Exp": "1559082102"},
            SECRET,
        ),
        ("microsoft.keyvault.secretnearexpiry", {"id": SECRET}, SECRET),
        ("Microsoft.KeyVault.SecretNewVersionCreated", {"Id": SECRET}, None),
        ("Microsoft.KeyVault.KeyNearExpiry", {"Id": SECRET.replace("/secrets/", "/keys/")}, None),
        ("Microsoft.KeyVault.SecretNearExpiry", {"Id": SECRET.replace("https", "http")}, None),
        ("Microsoft.KeyVault.SecretNearExpiry", {"Id": "https://kv-ai.vault.azure.net/secrets/"}, None),
        ("Microsoft.KeyVault.SecretNearExpiry", {"Id": None}, None),
        ("Microsoft.KeyVault.SecretNearExpiry", [], None),
    ],
)
def test_a_vault_s_event_names_a_secret_or_nothing(type_: str, data: Any, address: str | None) -> None:
    item = vault_events.item_of(type_, data)
    assert (item.secret if item else None) == address
