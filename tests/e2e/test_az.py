"""The Azure CLI against a running local Azure with the app in it, set up by nothing but the printed environment."""

import json
import os
import subprocess
import time
from collections.abc import Iterator
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import jwt
import pytest

from shared.roles import ALIASES, assignment_name
from simulator.child import running
from simulator.company.identities import (
    ALICE,
    BOB,
    CAROL,
    CHAT_USERS,
    CONTRACTORS,
    PLATFORM,
    PRODUCTION,
    SANDBOX,
    UNKEYED,
    WORKSTATION,
)
from tests.conftest import ROOT
from tests.local import CHAT, Place
from tests.patience import PATIENCE

AZ = ROOT / ".local" / "az-cli" / "bin" / "az"
pytestmark = [
    pytest.mark.e2e,
    pytest.mark.skipif(not AZ.exists(), reason="the Azure CLI is not there: scripts/setup_az.sh installs it"),
]
SUBSCRIPTION = f"/subscriptions/{PRODUCTION}"
USER_ROLE = ALIASES["cognitive-services-user"]
DEFINITION = f"{SUBSCRIPTION}/providers/Microsoft.Authorization/roleDefinitions/{USER_ROLE}"
ACCOUNT = ("-n", "chat-one", "-g", "rg-chat")
SCOPE = ("--scope", CHAT)


@dataclass(frozen=True)
class Az:
    """The CLI with the printed environment and a memory of its own, so that each can be signed in as somebody else."""

    variables: dict[str, str] = field(repr=False)
    memory: Path

    def run(self, *arguments: str) -> subprocess.CompletedProcess[str]:
        environment = {**os.environ, **self.variables, "AZURE_CONFIG_DIR": str(self.memory)}
        return subprocess.run([AZ, *arguments], env=environment, capture_output=True, text=True, check=False)

    def __call__(self, *arguments: str) -> Any:
        """What a command that succeeds prints, parsed."""
        done = self.run(*arguments)
        assert done.returncode == 0, f"az {' '.join(arguments[:3])}: {done.stderr}"
        return json.loads(done.stdout) if done.stdout else None

    def refused(self, *arguments: str, code: int = 1) -> str:
        """What a command that fails with this exit code says."""
        done = self.run(*arguments)
        assert done.returncode == code, f"az {' '.join(arguments[:3])}: {done.returncode} {done.stderr}"
        return done.stderr


@pytest.fixture(scope="module")
def up(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Place]:
    """Its traffic is kept apart: az asks in api-versions that are younger than the published documents."""
    home = tmp_path_factory.mktemp("up")
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("TRAFFIC_DIR", str(home / "traffic"))
        with running(home) as place:
            yield place


@pytest.fixture
def stranger(up: Place, tmp_path: Path) -> Az:
    """Nobody is signed in yet."""
    return Az(up.variables, tmp_path / "az")


@pytest.fixture(scope="module")
def az(up: Place) -> Az:
    """Signed in as the platform team, the owner of both subscriptions."""
    signed_in = Az(up.variables, Path(up.variables["AZURE_CONFIG_DIR"]))
    signed_in(*_sign_in(up, up.variables["AZURE_CLIENT_SECRET"]))
    return signed_in


@pytest.fixture(scope="module")
def chat(az: Az) -> str:
    """The id of an account that az made and the app has granted to the policy's group."""
    made = ("--kind", "AIServices", "--sku", "S0", "-l", "westeurope", "--custom-domain", "chat-one", "--yes")
    shown = az("cognitiveservices", "account", "create", *ACCOUNT, *made)
    assert shown["properties"]["provisioningState"] == "Succeeded"
    until = time.monotonic() + PATIENCE
    while not az("role", "assignment", "list", *SCOPE):
        assert time.monotonic() < until, "the app did not grant the new account"
    return str(shown["id"])


def _sign_in(place: Place, secret: str) -> tuple[str, ...]:
    of = place.variables
    who = ("-u", of["AZURE_CLIENT_ID"], "-p", secret, "--tenant", of["AZURE_TENANT_ID"])
    return ("login", "--service-principal", *who)


def _claims(answer: dict[str, str]) -> dict[str, Any]:
    claims: dict[str, Any] = jwt.decode(answer["accessToken"], options={"verify_signature": False})
    return claims


def test_the_printed_service_principal_signs_in_and_sees_both_subscriptions(az: Az) -> None:
    listed = az("account", "list")
    assert {each["id"]: each["name"] for each in listed} == {
        PRODUCTION: "contoso-production",
        SANDBOX: "contoso-sandbox",
    }
    shown = az("account", "show")
    assert (shown["id"], shown["user"]) == (PRODUCTION, {"name": PLATFORM.app_id, "type": "servicePrincipal"})
    claims = _claims(az("account", "get-access-token", "--resource", "https://cognitiveservices.azure.com"))
    assert (claims["aud"], claims["oid"]) == ("https://cognitiveservices.azure.com", PLATFORM.id)


def test_the_machines_managed_identity_signs_in(stranger: Az) -> None:
    listed = stranger("login", "--identity")
    assert {each["user"]["name"] for each in listed} == {"systemAssignedIdentity"}
    assert _claims(stranger("account", "get-access-token"))["oid"] == WORKSTATION.id
    groups = stranger("group", "list")
    assert {"rg-chat", "rg-search", "rg-unkeyed"} <= {each["name"] for each in groups}


def test_a_person_signs_in_and_may_read_keys_but_not_delete(stranger: Az, chat: str) -> None:
    (seen,) = stranger("login", "-u", "alice@contoso.example", "-p", ALICE.password)
    assert seen["user"] == {"name": "alice@contoso.example", "type": "user"}
    assert stranger("ad", "signed-in-user", "show")["id"] == ALICE.id
    assert set(stranger("cognitiveservices", "account", "keys", "list", *ACCOUNT)) == {"key1", "key2"}
    said = stranger.refused("cognitiveservices", "account", "delete", *ACCOUNT)
    assert "(AuthorizationFailed)" in said
    assert f"object id '{ALICE.id}'" in said
    assert "'Microsoft.CognitiveServices/accounts/delete'" in said


def test_a_wrong_secret_is_refused(stranger: Az, up: Place) -> None:
    assert "AADSTS7000215" in stranger.refused(*_sign_in(up, "not-the-secret"))
    assert "az login" in stranger.refused("account", "show")


def test_an_account_made_by_az_is_granted_by_the_app(az: Az, chat: str) -> None:
    (found,) = az("role", "assignment", "list", *SCOPE)
    assert found["name"] == assignment_name(CHAT, CHAT_USERS.id, USER_ROLE)
    assert (found["principalName"], found["principalType"]) == (CHAT_USERS.name, "Group")
    assert (found["roleDefinitionName"], found["createdBy"]) == ("Cognitive Services User", UNKEYED.id)
    assert found["scope"].lower() == CHAT.lower()


def test_an_account_is_listed_shown_and_changed(az: Az, chat: str) -> None:
    assert "chat-one" in [each["name"] for each in az("cognitiveservices", "account", "list", "-g", "rg-chat")]
    shown = az("cognitiveservices", "account", "show", *ACCOUNT)
    assert (shown["id"].lower(), shown["kind"], shown["sku"]["name"]) == (CHAT.lower(), "AIServices", "S0")
    assert shown["properties"]["endpoint"] == "https://chat-one.cognitiveservices.azure.com/"
    changed = az("cognitiveservices", "account", "update", *ACCOUNT, "--tags", "team=chat")
    assert changed["tags"] == {"team": "chat"}
    assert changed["properties"]["customSubDomainName"] == "chat-one"


def test_what_an_account_can_be_and_may_use_is_listed(az: Az, chat: str) -> None:
    assert {"AIServices", "OpenAI"} <= set(az("cognitiveservices", "account", "list-kinds"))
    assert [each["sku"]["name"] for each in az("cognitiveservices", "account", "list-skus", *ACCOUNT)["value"]] == [
        "S0"
    ]
    assert az("cognitiveservices", "account", "list-usage", *ACCOUNT) == []


def test_a_model_is_deployed_counted_and_removed(az: Az, chat: str) -> None:
    command = ("cognitiveservices", "account", "deployment")
    model = ("--model-name", "gpt-4o", "--model-version", "2024-11-20", "--model-format", "OpenAI")
    named = (*ACCOUNT, "--deployment-name", "gpt")
    made = az(*command, "create", *named, *model, "--sku-name", "Standard", "--sku-capacity", "7")
    assert made["sku"]["capacity"] == 7
    assert [each["name"] for each in az(*command, "list", *ACCOUNT)] == ["gpt"]
    quota = {
        each["name"]["value"]: each["currentValue"]
        for each in az("cognitiveservices", "usage", "list", "-l", "westeurope")
    }
    assert {name: taken for name, taken in quota.items() if taken} == {"OpenAI.Standard.gpt-4o": 7}
    az(*command, "delete", *named)
    assert "(ResourceNotFound)" in az.refused(*command, "show", *named, code=3)


def test_regenerating_a_key_changes_that_key_alone(az: Az, chat: str) -> None:
    command = ("cognitiveservices", "account", "keys")
    before = az(*command, "list", *ACCOUNT)
    after = az(*command, "regenerate", *ACCOUNT, "--key-name", "key1")
    assert after["key1"] != before["key1"]
    assert after["key2"] == before["key2"]
    assert az(*command, "list", *ACCOUNT) == after


def test_keys_are_out_of_reach_once_local_auth_is_disabled_and_a_deleted_account_can_be_purged(az: Az) -> None:
    sealed = ("-n", "sealed", "-g", "rg-search")
    made = ("--kind", "OpenAI", "--sku", "S0", "-l", "westeurope", "--yes")
    shown = az("cognitiveservices", "account", "create", *sealed, *made)
    changed = az("resource", "update", "--ids", shown["id"], "--set", "properties.disableLocalAuth=true")
    assert changed["properties"]["disableLocalAuth"] is True
    said = az.refused("cognitiveservices", "account", "keys", "list", *sealed)
    assert "(BadRequest) Failed to list key. disableLocalAuth is set to be true" in said
    az("cognitiveservices", "account", "delete", *sealed)
    assert "sealed" in [each["name"] for each in az("cognitiveservices", "account", "list-deleted")]
    az("cognitiveservices", "account", "purge", *sealed, "-l", "westeurope")
    assert az("cognitiveservices", "account", "list-deleted") == []


@pytest.mark.parametrize(
    ("name", "group", "code"),
    [("absent", "rg-chat", "ResourceNotFound"), ("absent", "rg-absent", "ResourceGroupNotFound")],
)
def test_what_is_absent_ends_with_exit_code_3(az: Az, name: str, group: str, code: str) -> None:
    said = az.refused("cognitiveservices", "account", "show", "-n", name, "-g", group, code=3)
    assert f"({code})" in said


def test_roles_are_assigned_by_object_id_by_name_and_with_a_type(az: Az, chat: str) -> None:
    create = ("role", "assignment", "create", *SCOPE, "--role")
    looked_up = az(*create, "Cognitive Services User", "--assignee-object-id", BOB.id)
    assert looked_up["principalType"] == "User"
    again = az(*create, USER_ROLE, "--assignee-object-id", BOB.id, "--assignee-principal-type", "User")
    assert again["id"].lower() == looked_up["id"].lower()
    typed = ("--assignee-object-id", CONTRACTORS.id, "--assignee-principal-type", "Group")
    assert az(*create, "Reader", *typed)["principalId"] == CONTRACTORS.id
    assert az(*create, "Reader", "--assignee", WORKSTATION.app_id)["principalId"] == WORKSTATION.id
    assert az(*create, "Reader", "--assignee", "carol@contoso.example")["principalId"] == CAROL.id
    through_groups = az("role", "assignment", "list", *SCOPE, "--assignee", BOB.id, "--include-groups")
    names = {(each["principalName"], each["roleDefinitionName"]) for each in through_groups}
    assert names == {
        ("bob@contoso.example", "Cognitive Services User"),
        (CONTRACTORS.name, "Reader"),
        (CHAT_USERS.name, "Cognitive Services User"),
    }
    az("role", "assignment", "delete", *SCOPE, "--assignee", BOB.id, "--role", "Cognitive Services User")
    assert az("role", "assignment", "list", *SCOPE, "--assignee", BOB.id) == []
    inherited = az("role", "assignment", "list", *SCOPE, "--include-inherited", "--assignee", PLATFORM.app_id)
    assert [(each["roleDefinitionName"], each["scope"]) for each in inherited] == [("Owner", SUBSCRIPTION)]


def test_roles_that_cannot_be_assigned_say_why(az: Az, chat: str) -> None:
    create = ("role", "assignment", "create", *SCOPE)
    assert "doesn't exist" in az.refused(*create, "--role", "No Such Role", "--assignee-object-id", BOB.id)
    nobody = ("--role", "Reader", "--assignee-object-id", "00000000-1111-4222-8333-444444444444")
    assert "(PrincipalNotFound)" in az.refused(*create, *nobody)


def test_the_role_of_the_how_to_is_found_by_its_name(az: Az) -> None:
    (found,) = az("role", "definition", "list", "--name", "Cognitive Services User")
    assert (found["name"], found["roleType"]) == (USER_ROLE, "BuiltInRole")
    (permissions,) = found["permissions"]
    assert permissions["dataActions"] == ["Microsoft.CognitiveServices/*"]
    assert "Microsoft.CognitiveServices/accounts/listkeys/action" in permissions["actions"]


def test_resource_groups_are_made_shown_and_deleted(az: Az) -> None:
    made = az("group", "create", "-n", "rg-by-az", "-l", "westeurope", "--tags", "env=prod")
    assert (made["location"], made["properties"]["provisioningState"]) == ("westeurope", "Succeeded")
    assert [each["tags"] for each in az("group", "list", "--tag", "env=prod")] == [{"env": "prod"}]
    az("group", "delete", "-n", "rg-by-az", "--yes")
    assert az("group", "exists", "-n", "rg-by-az") is False


def test_groups_people_and_applications_are_found_in_the_directory(az: Az) -> None:
    assert az("ad", "group", "show", "-g", CHAT_USERS.name)["id"] == CHAT_USERS.id
    members = az("ad", "group", "member", "list", "-g", CHAT_USERS.name)
    assert {each["id"] for each in members} == {ALICE.id, CONTRACTORS.id}
    assert az("ad", "user", "show", "--id", "alice@contoso.example")["id"] == ALICE.id
    assert az("ad", "sp", "show", "--id", UNKEYED.app_id)["id"] == UNKEYED.id
    named = az("ad", "sp", "list", "--display-name", "unkeyed")
    kinds = {each["displayName"]: each["servicePrincipalType"] for each in named}
    assert kinds == {"unkeyed": "ManagedIdentity", "unkeyed-portal": "Application"}
    assert "does not exist" in az.refused("ad", "user", "show", "--id", "nobody@contoso.example", code=3)


def test_a_group_is_made_and_filled(az: Az) -> None:
    made = az("ad", "group", "create", "--display-name", "sg-by-az", "--mail-nickname", "sgbyaz")
    az("ad", "group", "member", "add", "-g", "sg-by-az", "--member-id", CAROL.id)
    check = ("ad", "group", "member", "check", "-g", made["id"], "--member-id")
    assert [az(*check, each)["value"] for each in (CAROL.id, ALICE.id)] == [True, False]
    listed = az("ad", "group", "list", "--display-name", "sg-")
    assert {each["displayName"] for each in listed} == {CHAT_USERS.name, CONTRACTORS.name, "sg-by-az"}


def test_az_rest_reads_writes_and_asks_graph(az: Az, chat: str) -> None:
    account = az("rest", "--url", f"{CHAT}?api-version=2025-06-01")
    assert account["name"] == "chat-one"
    keys = az("rest", "--method", "post", "--url", f"{CHAT}/listKeys?api-version=2025-06-01")
    assert set(keys) == {"key1", "key2"}
    name = assignment_name(CHAT, CAROL.id, USER_ROLE)
    put = (
        "--method",
        "put",
        "--url",
        f"{CHAT}/providers/Microsoft.Authorization/roleAssignments/{name}?api-version=2022-04-01",
    )
    properties = {"roleDefinitionId": DEFINITION, "principalId": CAROL.id, "principalType": "User"}
    made = az("rest", *put, "--body", json.dumps({"properties": properties}))
    assert (made["name"], made["properties"]["principalId"]) == (name, CAROL.id)
    members = az(
        "rest", "--url", f"https://graph.microsoft.com/v1.0/groups/{CHAT_USERS.id}/transitiveMembers?$select=id"
    )
    assert {each["id"] for each in members["value"]} == {ALICE.id, BOB.id, CONTRACTORS.id}


def test_resources_are_tagged_listed_by_tag_and_shown_by_type(az: Az, chat: str) -> None:
    assert az("resource", "tag", "--ids", CHAT, "--tags", "env=test")["kind"] == "AIServices"
    assert [each["id"].lower() for each in az("resource", "list", "--tag", "env=test")] == [CHAT.lower()]
    by_type = ("--resource-type", "Microsoft.CognitiveServices/accounts")
    assert az("resource", "show", *ACCOUNT, *by_type)["id"].lower() == CHAT.lower()


def test_events_are_subscribed_to_through_a_system_topic(az: Az, up: Place) -> None:
    endpoint = f"{up.variables['UNKEYED_HOST']}/runtime/webhooks/EventGrid?functionName=resource_events"
    topic = ("-g", "rg-unkeyed", "--system-topic-name", "by-az")
    kind = (
        "--topic-type",
        "Microsoft.Resources.ResourceGroups",
        "--source",
        f"{SUBSCRIPTION}/resourceGroups/rg-search",
    )
    made = az("eventgrid", "system-topic", "create", "-g", "rg-unkeyed", "-n", "by-az", "-l", "global", *kind)
    assert made["provisioningState"] == "Succeeded"
    to = ("--endpoint", f"{endpoint}&code={up.variables['UNKEYED_HOST_KEY']}")
    subscribed = az("eventgrid", "system-topic", "event-subscription", "create", "-n", "es-by-az", *topic, *to)
    assert subscribed["provisioningState"] == "Succeeded"
    listed = az("eventgrid", "system-topic", "event-subscription", "list", *topic)
    assert [each["name"] for each in listed] == ["es-by-az"]
    az("eventgrid", "system-topic", "event-subscription", "delete", "-n", "es-by-az", *topic, "--yes")
    (seeded,) = az("eventgrid", "event-subscription", "list", "--location", "global")
    assert (
        seeded["deadLetterDestination"]["resourceId"].lower().startswith(f"{SUBSCRIPTION}/resourcegroups/rg-unkeyed/")
    )


def test_az_asked_for_nothing_that_the_simulator_does_not_know(az: Az, up: Place) -> None:
    az("role", "assignment", "list")
    recorded = [json.loads(each.read_text()) for each in (up.home / "traffic").glob("*.json")]
    statuses = [each["liveResponse"]["statusCode"] for each in recorded]
    assert statuses
    assert [each["liveRequest"]["url"] for each in recorded if each["liveResponse"]["statusCode"] >= "500"] == []
