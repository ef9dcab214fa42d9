"""Tenants, subscriptions, resource groups, providers and the door in front of them."""

import pytest

from tests.contract.simulator.arm import ACCOUNTS, GROUP, READER, SUBSCRIPTION, Arm

GROUPS = f"/subscriptions/{SUBSCRIPTION}/resourceGroups"
VERSION = "2022-12-01"


@pytest.fixture
def arm() -> Arm:
    return Arm()


async def test_a_caller_sees_the_subscriptions_in_which_it_has_a_role_however_far_below(arm: Arm) -> None:
    arm.azure.resources.add_subscription("Sandbox")
    reader, stranger = arm.user("Reader"), arm.user("Stranger")
    arm.azure.cognitive.add(SUBSCRIPTION, "rg-ai", "acme-ai")
    arm.azure.authorization.grant(f"{ACCOUNTS}/acme-ai", reader.id, READER)
    seen = [
        [
            each["displayName"]
            for each in (await arm.call("GET", "/subscriptions", by=by, version=VERSION)).body["value"]
        ]
        for by in (reader, stranger)
    ]
    assert seen == [["Production"], []]
    assert (await arm.call("GET", f"/subscriptions/{SUBSCRIPTION}", by=reader, version=VERSION)).status == 200
    refused = await arm.call("GET", f"/subscriptions/{SUBSCRIPTION}", by=stranger, version=VERSION)
    assert (refused.status, refused.code) == (403, "AuthorizationFailed")


async def test_a_resource_group_is_made_changed_and_deleted(arm: Arm) -> None:
    made = await arm.call(
        "PUT", f"{GROUPS}/new", {"location": "West Europe", "tags": {"env": "test"}}, version="2024-03-01"
    )
    assert (made.status, made.body["location"]) == (201, "westeurope")
    assert (await arm.call("HEAD", f"{GROUPS}/NEW", version="2024-03-01")).status == 204
    moved = await arm.call("PUT", f"{GROUPS}/new", {"location": "eastus"}, version="2024-03-01")
    assert (moved.status, moved.code) == (409, "InvalidResourceGroupLocation")
    tagged = await arm.call("PATCH", f"{GROUPS}/new", {"tags": {"a": "b"}}, version="2024-03-01")
    assert tagged.body["tags"] == {"a": "b"}
    filtered = await arm.call("GET", f"{GROUPS}?$filter=tagName eq 'A'", version="2024-03-01")
    assert [each["name"] for each in filtered.body["value"]] == ["new"]
    deleted = await arm.call("DELETE", f"{GROUPS}/new", version="2024-03-01")
    assert (deleted.status, (await arm.call("GET", deleted.headers["Location"])).status) == (202, 202)
    arm.settle()
    assert (await arm.call("GET", deleted.headers["Location"])).status == 200
    gone = await arm.call("GET", f"{GROUPS}/new", version="2024-03-01")
    assert (gone.status, gone.code) == (404, "ResourceGroupNotFound")
    assert (await arm.call("HEAD", f"{GROUPS}/new", version="2024-03-01")).status == 404


@pytest.mark.parametrize(
    ("name", "body", "code"),
    [
        ("ends.", {"location": "westeurope"}, "InvalidResourceGroupName"),
        ("new", {}, "LocationRequired"),
        ("new", {"location": "atlantis"}, "LocationNotAvailableForResourceGroup"),
        ("new", {"location": "westeurope", "colour": "red"}, "InvalidRequestContent"),
    ],
)
async def test_a_resource_group_that_azure_would_refuse_is_refused(
    arm: Arm, name: str, body: dict[str, object], code: str
) -> None:
    answer = await arm.call("PUT", f"{GROUPS}/{name}", body, version="2024-03-01", wrong=True)
    assert (answer.status, answer.code) == (400, code)


async def test_providers_are_registered_and_an_unknown_one_is_named(arm: Arm) -> None:
    path = f"/subscriptions/{SUBSCRIPTION}/providers"
    found = await arm.call("GET", f"{path}/microsoft.cognitiveservices", version="2024-03-01", wrong=True)
    assert (found.body["namespace"], found.body["registrationState"]) == ("Microsoft.CognitiveServices", "Registered")
    assert (
        await arm.call("POST", f"{path}/Microsoft.EventGrid/register", version="2024-03-01", wrong=True)
    ).status == 200
    grid = await arm.call("GET", f"{path}/Microsoft.EventGrid", version="2024-03-01", wrong=True)
    types = {each["resourceType"]: each for each in grid.body["resourceTypes"]}
    assert "2022-06-15" in types["partnerTopics/eventSubscriptions"]["apiVersions"]
    assert ("2021-12-01" in types["topics"]["apiVersions"], "2021-12-01" in types["partnerTopics"]["apiVersions"]) == (
        True,
        False,
    )
    assert ("West Europe" in types["partnerTopics"]["locations"], types["partnerConfigurations"]["locations"]) == (
        True,
        [],
    )
    unknown = await arm.call("GET", f"{path}/Microsoft.Nothing", version="2024-03-01", wrong=True)
    assert (unknown.status, unknown.code) == (404, "InvalidResourceNamespace")


async def test_old_and_new_clients_find_the_versions_they_send(arm: Arm) -> None:
    arm.azure.cognitive.add(SUBSCRIPTION, "rg-ai", "acme-ai")
    for version, learned in (
        ("2023-06-01-preview", False),
        ("2024-04-01-preview", False),
        ("2026-09-15-preview", True),
    ):
        found = await arm.call("GET", f"{ACCOUNTS}/acme-ai", version=version, wrong=True)
        assert (found.status, "allowProjectManagement" in found.body["properties"]) == (200, learned)
    hub = arm.azure.machine_learning.add_workspace(SUBSCRIPTION, "rg-ai", "hub", kind="Hub").id
    assert (await arm.call("GET", hub, version="2023-04-01", wrong=True)).status == 200
    for namespace, kind, sent in (
        ("Microsoft.CognitiveServices", "accounts/projects", {"2026-07-01", "2026-07-15-preview", "2026-09-01"}),
        ("Microsoft.EventGrid", "topics", {"2023-12-15-preview", "2024-12-15-preview", "2025-07-15-preview"}),
        ("Microsoft.EventGrid", "partnerTopics", {"2024-06-01-preview", "2025-04-01-preview"}),
        ("Microsoft.KeyVault", "vaults", {"2021-10-01", "2021-11-01-preview", "2022-02-01-preview"}),
    ):
        path = f"/subscriptions/{SUBSCRIPTION}/providers/{namespace}"
        shown = (await arm.call("GET", path, version=VERSION, wrong=True)).body["resourceTypes"]
        assert sent <= next(set(each["apiVersions"]) for each in shown if each["resourceType"] == kind)


async def test_resources_can_be_filtered_by_type(arm: Arm) -> None:
    arm.azure.cognitive.add(SUBSCRIPTION, "rg-ai", "acme-ai")
    path = f"/subscriptions/{SUBSCRIPTION}/resources?$filter=resourceType eq "
    found = await arm.call("GET", f"{path}'microsoft.cognitiveservices/ACCOUNTS'", version="2024-03-01")
    assert [each["name"] for each in found.body["value"]] == ["acme-ai"]
    none = await arm.call("GET", f"{path}'Microsoft.Storage/storageAccounts'", version="2024-03-01")
    assert none.body["value"] == []


async def test_the_door_refuses_in_azures_order(arm: Arm) -> None:
    stranger = arm.user("Stranger")
    missing_version = await arm.call("GET", f"{GROUP}?api-version=", wrong=True)
    wrong_version = await arm.call("GET", f"{ACCOUNTS}/acme-ai", version="2018-01-01", by=stranger, wrong=True)
    no_subscription = await arm.call("GET", "/subscriptions/22222222-2222-4222-8222-222222222222", version=VERSION)
    no_right = await arm.call("GET", f"{ACCOUNTS}/acme-ai", by=stranger)
    no_group = await arm.call("GET", f"{GROUPS}/nowhere/providers/Microsoft.CognitiveServices/accounts/acme")
    assert [each.code for each in (missing_version, wrong_version, no_subscription, no_right, no_group)] == [
        "MissingApiVersionParameter",
        "NoRegisteredProviderFound",
        "SubscriptionNotFound",
        "AuthorizationFailed",
        "ResourceGroupNotFound",
    ]


async def test_reads_are_throttled_by_caller_and_a_retry_too_early_starts_the_wait_anew(arm: Arm) -> None:
    arm.azure.knobs = arm.azure.knobs.turned({"bucket_scale": 0.008})
    path = f"/subscriptions/{SUBSCRIPTION}"
    answers = [await arm.call("GET", path, version=VERSION) for _ in range(3)]
    assert [each.status for each in answers] == [200, 200, 429]
    assert int(answers[2].headers["Retry-After"]) >= 1
    other = arm.user("Other")
    arm.azure.authorization.grant(path, other.id, READER)
    assert (
        await arm.call("GET", path.upper().replace("/SUBSCRIPTIONS", "/subscriptions"), by=other, version=VERSION)
    ).status == 200
    arm.azure.clock.advance(60)
    assert (await arm.call("GET", path, version=VERSION)).status == 200
