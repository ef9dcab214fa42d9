"""An application's roles on Microsoft Graph: shown, given to people, groups and applications, and taken back."""

import json
from pathlib import Path
from typing import Any

import jsonschema
import pytest

from simulator.azure import Azure
from simulator.company.identities import ALICE, BOB, PLATFORM, PORTAL, UNKEYED
from simulator.company.portal import ADMIN, READ
from simulator.company.seed import Company
from simulator.directory.graph import Graph
from simulator.directory.graph_objects import application_id
from tests.contract.simulator.browsing import PAGE
from tests.contract.simulator.calling import Client
from tests.traffic import FOLDER

GRAPH = "https://graph.microsoft.com"
SCHEMA = Path(__file__).parents[4] / "shared" / "conformance" / "specs" / "msgraph" / "msgraph-v1.0.schema.json"
APPLICATION = f"/v1.0/applications/{application_id(PORTAL.app_id)}"
RESOURCE = f"/v1.0/servicePrincipals/{PORTAL.id}"


@pytest.fixture
def azure() -> Azure:
    company, made = Company(), Azure(FOLDER)
    company.seed(made)
    company.open(made, PAGE)
    return made


@pytest.fixture
def graph(azure: Azure) -> Client:
    """Microsoft Graph, called by the platform team with the roles it has."""
    platform = azure.directory.service_principals[PLATFORM.id]
    client = Client(azure, Graph(azure), "graph.microsoft.com")
    return client.as_(platform, GRAPH, roles=sorted(platform.graph_roles))


def valid(kind: str, body: Any) -> bool:
    """Whether a body is what Microsoft Graph's metadata describes; True where that is not at hand."""
    if not SCHEMA.exists():
        return True
    schema = json.loads(SCHEMA.read_text())
    checker = jsonschema.Draft202012Validator({**schema, "$ref": f"#/definitions/microsoft.graph.{kind}"})
    return not list(checker.iter_errors({name: each for name, each in body.items() if not name.startswith("@")}))


async def test_the_registration_shows_its_roles_scopes_and_redirects(graph: Client) -> None:
    shown = (await graph.get(APPLICATION)).body
    assert [each["value"] for each in shown["appRoles"]] == ["Unkeyed.Read", "Unkeyed.Operate", "Unkeyed.Admin"]
    assert shown["appRoles"][0]["allowedMemberTypes"] == ["User", "Application"]
    assert (shown["api"]["requestedAccessTokenVersion"], shown["spa"]["redirectUris"][0]) == (2, PAGE)
    assert shown["api"]["oauth2PermissionScopes"][0]["value"] == "access"
    assert shown["identifierUris"] == [f"api://{PORTAL.app_id}"]
    principal = (await graph.get(RESOURCE)).body
    assert (principal["appRoleAssignmentRequired"], principal["replyUrls"][0]) == (False, PAGE)
    assert valid("application", shown)
    assert valid("servicePrincipal", {name: each for name, each in principal.items() if name != "createdDateTime"})


async def test_who_has_which_role_is_read_from_both_ends(graph: Client) -> None:
    held = (await graph.get(f"{RESOURCE}/appRoleAssignedTo?$top=2")).body
    rest = (await graph.get(held["@odata.nextLink"])).body
    assert len(held["value"] + rest["value"]) == 4 or "@odata.nextLink" in rest
    of_alice = (await graph.get(f"/v1.0/users/{ALICE.id}/appRoleAssignments")).body["value"]
    assert [(each["principalDisplayName"], each["appRoleId"], each["principalType"]) for each in of_alice] == [
        ("Alice", READ.id, "User")
    ]
    of_platform = (await graph.get(f"/v1.0/servicePrincipals/{PLATFORM.id}/appRoleAssignments")).body["value"]
    assert [(each["resourceDisplayName"], each["appRoleId"]) for each in of_platform] == [(PORTAL.name, ADMIN.id)]


async def test_a_role_is_given_once_and_taken_back(azure: Azure, graph: Client) -> None:
    body = {"principalId": BOB.id, "resourceId": PORTAL.id, "appRoleId": ADMIN.id}
    made = await graph.post(f"{RESOURCE}/appRoleAssignedTo", body)
    assert (made.status, made.body["principalType"], made.body["resourceDisplayName"]) == (201, "User", PORTAL.name)
    resource = azure.directory.service_principals[PORTAL.id]
    assert azure.directory.roles_at(BOB.id, resource) == ["Unkeyed.Admin"]
    again = await graph.post(f"/v1.0/users/{BOB.id}/appRoleAssignments", body)
    assert (again.status, again.error["message"]) == (400, "Permission being assigned already exists on the object")
    path = f"{RESOURCE}/appRoleAssignedTo/{made.body['id']}"
    assert (await graph.call("DELETE", path)).status == 204
    assert (await graph.call("DELETE", path)).status == 404
    assert azure.directory.roles_at(BOB.id, resource) == []


WRONG = [
    ({"appRoleId": PORTAL.id}, 400),
    ({"appRoleId": "00000000-0000-0000-0000-000000000000"}, 400),
    ({"principalId": "00000000-0000-4000-8000-00000000dead"}, 404),
    ({"principalId": "nobody"}, 400),
    ({"resourceId": UNKEYED.id}, 400),
    ({"appRoleId": None}, 400),
]


@pytest.mark.parametrize(("change", "status"), WRONG)
async def test_what_cannot_be_given_is_refused(graph: Client, change: dict[str, Any], status: int) -> None:
    body = {"principalId": BOB.id, "resourceId": PORTAL.id, "appRoleId": ADMIN.id, **change}
    assert (await graph.post(f"{RESOURCE}/appRoleAssignedTo", body)).status == status


async def test_giving_roles_takes_a_permission_that_reading_does_not(azure: Azure) -> None:
    platform = azure.directory.service_principals[PLATFORM.id]
    client = Client(azure, Graph(azure), "graph.microsoft.com")
    reader = client.as_(platform, GRAPH, roles=["Application.Read.All"])
    body = {"principalId": BOB.id, "resourceId": PORTAL.id, "appRoleId": ADMIN.id}
    assert (await reader.get(f"{RESOURCE}/appRoleAssignedTo")).status == 200
    assert (await reader.post(f"{RESOURCE}/appRoleAssignedTo", body)).status == 403
    person = client.as_(azure.directory.users[ALICE.id], GRAPH)
    assert (await person.post(f"{RESOURCE}/appRoleAssignedTo", body)).status == 403
