"""The Bicep of infra/ as a parser reads it: no keys, roles by the table, events and settings equal to what the code has."""

import json
import re
from collections.abc import Iterator
from functools import cache
from pathlib import Path
from typing import Any

import pytest
from jsonschema import validate
from pycep import BicepParser

from functions import group_events, resource_events, vault_events

ROOT = Path(__file__).parents[2]
INFRA = ROOT / "infra"
FILES = sorted(INFRA.rglob("*.bicep"))
# Of the Functions host itself, which signs in by them; the app reads none
HOST = {"AzureWebJobsStorage__credential", "AzureWebJobsStorage__clientId", "APPLICATIONINSIGHTS_AUTHENTICATION_STRING"}
# Other ways to name the storage account, and what App Service sets itself
NOT_SET = {
    "AzureWebJobsStorage",
    "AzureWebJobsStorage__tableServiceUri",
    "AzureWebJobsStorage__queueServiceUri",
    "WEBSITE_AUTH_ENABLED",
    "WEBSITE_SKU",
}
EVERY_FILE = pytest.mark.parametrize("path", FILES, ids=lambda path: str(path.relative_to(INFRA)))


@cache
def parsed(path: Path) -> dict[str, Any]:
    return dict(BicepParser().parse(text=path.read_text()))


def table(name: str) -> Any:
    return json.loads((INFRA / name).read_text())


def made(kind: str) -> Iterator[tuple[str, dict[str, Any]]]:
    """File and body of every resource of this type that is made; of a loop, the body of one turn."""
    for path in FILES:
        for found in parsed(path).get("resources", {}).values():
            if found["type"] == kind and not found["existing"]:
                config = found["config"]
                yield path.name, config["config"] if "loop_type" in config else config


@EVERY_FILE
def test_every_file_parses_says_what_it_is_and_describes_its_parameters(path: Path) -> None:
    text = path.read_text()
    assert text.startswith("// ")
    assert len(text.splitlines()) <= 120
    for name, found in parsed(path).get("parameters", {}).items():
        assert [each for each in found["decorators"] if each["type"] == "description"], f"{name} has no description"


@EVERY_FILE
def test_no_file_lists_keys_takes_secrets_or_gives_them_out(path: Path) -> None:
    text = path.read_text()
    assert not re.search(r"\blist\w*\(", text)
    assert "@secure" not in text
    outputs = re.findall(r"^output (?:UNKEYED_)?(\w+)", text, re.MULTILINE)
    assert not [
        each for each in outputs if re.search(r"key(?!less)|secret|password|token|connection", each, re.IGNORECASE)
    ]


@EVERY_FILE
def test_no_file_names_a_region(path: Path) -> None:
    assert set(re.findall(r"^\s*location: '(\w+)'", path.read_text(), re.MULTILINE)) <= {"global"}


def test_every_role_assignment_has_a_principal_type_and_a_deterministic_name() -> None:
    found = list(made("Microsoft.Authorization/roleAssignments"))
    assert len(found) == 11
    for name, body in found:
        assert body["properties"]["principalType"] in ("ServicePrincipal", "Group"), name
        assert body["name"]["function"]["type"] == "guid", name


def test_the_table_of_roles_fits_its_schema_and_every_row_is_assigned() -> None:
    found = table("roles.json")
    validate(found, table("roles.schema.json"))
    text = "\n".join(path.read_text() for path in FILES)
    assert {each["scope"] for each in found["roles"]} <= set(re.findall(r"role\.scope == '(\w+)'", text))
    keys = [each["key"] for each in found["roles"]]
    assert len(set(keys)) == len(keys)


def test_what_azd_deploys_grants_what_the_default_does() -> None:
    default = parsed(INFRA / "main.bicep")["parameters"]["grantableRoleIds"]["default"]
    assert table("main.parameters.json")["parameters"]["grantableRoleIds"]["value"] == default


def test_a_wildcard_is_in_no_role_of_the_app() -> None:
    custom = [each["custom"] for each in table("roles.json")["roles"] if "custom" in each]
    assert [name for each in custom for name in (*each["actions"], *each["dataActions"]) if "*" in name] == []


@pytest.mark.parametrize(
    ("kind", "wanted"),
    [
        ("Microsoft.Storage/storageAccounts", {"allowSharedKeyAccess": False, "allowBlobPublicAccess": False}),
        ("Microsoft.KeyVault/vaults", {"enableRbacAuthorization": True, "enablePurgeProtection": True}),
        ("Microsoft.EventGrid/topics", {"disableLocalAuth": True}),
        ("Microsoft.Insights/components", {"DisableLocalAuth": True}),
        ("Microsoft.CognitiveServices/accounts", {"disableLocalAuth": True}),
        ("Microsoft.Web/sites", {"httpsOnly": True}),
        ("Microsoft.Web/sites/basicPublishingCredentialsPolicies", {"allow": False}),
    ],
)
def test_what_can_be_without_keys_is(kind: str, wanted: dict[str, bool]) -> None:
    found = list(made(kind))
    assert found
    for name, body in found:
        assert {each: body["properties"][each] for each in wanted} == wanted, name


def test_every_event_subscription_keeps_dead_letters_retries_and_ends_at_a_function() -> None:
    kinds = ("systemTopics", "partnerTopics")
    found = [each for kind in kinds for each in made(f"Microsoft.EventGrid/{kind}/eventSubscriptions")]
    assert len(found) == 3
    for name, body in found:
        text = json.dumps(body)
        missing = [each for each in ("deadLetter", "maxDeliveryAttempts", "AzureFunction") if each not in text]
        assert missing == [], name


def test_the_filters_name_exactly_what_the_code_handles() -> None:
    found = table("events.json")
    operations = [each.lower() for each in found["resource"]["operations"]]
    assert set(operations) == {*resource_events.CAUSES, *resource_events.OWNER_CAUSES}
    assert len(operations) == len(set(operations)) <= 25  # values in all advanced filters of one event subscription
    assert {each.lower() for each in found["vault"]["eventTypes"]} == set(vault_events.CAUSES)
    blueprints = (resource_events, vault_events, group_events)
    assert [each["function"] for each in found.values()] == [each.__name__.rpartition(".")[2] for each in blueprints]


def test_the_app_gets_the_settings_that_the_docs_name() -> None:
    text = (INFRA / "modules" / "settings.bicep").read_text()
    given = set(re.findall(r"^  ([A-Z]\w+): ", text, re.MULTILINE))
    named = set(re.findall(r"^\| `(\w+)` \|", (ROOT / "docs" / "settings.md").read_text(), re.MULTILINE))
    assert given - HOST == named - NOT_SET - HOST
    assert given >= HOST


def test_alerts_wait_for_messages_that_the_code_has() -> None:
    code = "\n".join(path.read_text() for part in ("shared", "functions") for path in (ROOT / part).rglob("*.py"))
    for alert in table("alerts.json")["logs"]:
        for message in alert["messages"]:
            assert message.strip() in code, f"{alert['name']}: {message}"
            assert message in "\n".join(alert["query"]), alert["name"]
