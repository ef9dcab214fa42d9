"""The event of every call that changes what holds a key or hands one out, and who the event says has made the call.

"Azure subscription as an Event Grid source"; the operation names are those of the Azure RBAC permissions documents.
"""

import uuid
from dataclasses import dataclass

import pytest

from simulator.directory.state import ServicePrincipal
from simulator.event_grid.filters import parsed
from simulator.wire import Json
from tests.contract.simulator.arm import ACCOUNTS, ADDRESS, GROUP, OWNER, READER, SUBSCRIPTION, Arm

AI, ML = "Microsoft.CognitiveServices/accounts", "Microsoft.MachineLearningServices/workspaces"
ACCOUNT, PROJECT = f"{ACCOUNTS}/acme", f"{ACCOUNTS}/acme/projects/shop"
HUB = f"{GROUP}/providers/{ML}/hub"
NEW = f"{GROUP}/providers/{ML}/new"
USER = "a97b65f3-24c7-4388-baec-2e87135dc908"
OID = "http://schemas.microsoft.com/identity/claims/objectidentifier"
CONNECTION: Json = {
    "properties": {
        "authType": "ApiKey",
        "category": "AIServices",
        "target": "https://other.cognitiveservices.azure.com/",
        "credentials": {"key": "k" * 84},
        "metadata": {"ApiType": "Azure"},
    }
}
SHOP: Json = {"location": "westeurope", "identity": {"type": "SystemAssigned"}, "properties": {}}
WORKSPACE: Json = {
    "location": "westeurope",
    "kind": "Default",
    "identity": {"type": "SystemAssigned"},
    "properties": {"keyVault": f"{GROUP}/kv", "storageAccount": f"{GROUP}/st"},
}


@dataclass(frozen=True)
class Made:
    """One call and the event it has to raise: of which operation, on what. `body` None: none is sent."""

    method: str
    path: str
    operation: str
    body: Json | None = None
    subject: str = ""

    @property
    def version(self) -> str:
        return "2024-10-01" if ML in self.path else "2025-06-01"

    @property
    def undocumented(self) -> bool:
        """No published document has the PATCH of a workspace's connection at this version."""
        return self.method == "PATCH" and self.path.startswith(f"{HUB}/connections")

    @property
    def kind(self) -> str:
        return f"Microsoft.Resources.Resource{self.operation.rpartition('/')[2].title()}Success"


CALLS = (
    Made("PATCH", ACCOUNT, f"{AI}/write", {"properties": {"disableLocalAuth": False}}),
    Made("POST", f"{ACCOUNT}/listKeys", f"{AI}/listKeys/action", subject=ACCOUNT),
    Made("POST", f"{ACCOUNT}/regenerateKey", f"{AI}/regenerateKey/action", {"keyName": "Key1"}, subject=ACCOUNT),
    Made("PUT", f"{ACCOUNT}/projects/new", f"{AI}/projects/write", SHOP),
    Made("PATCH", PROJECT, f"{AI}/projects/write", {"properties": {"displayName": "New"}}),
    Made("DELETE", PROJECT, f"{AI}/projects/delete"),
    *(
        Made(method, f"{owner}/connections/other", f"{kind}/connections/{verb}", body)
        for owner, kind in ((ACCOUNT, AI), (PROJECT, f"{AI}/projects"), (HUB, ML))
        for method, verb, body in (("PUT", "write", CONNECTION), ("PATCH", "write", CONNECTION), ("DELETE", "delete", None))
    ),
    Made("POST", f"{HUB}/connections/other/listsecrets", f"{ML}/connections/listsecrets/action",
         subject=f"{HUB}/connections/other"),
    Made("PUT", NEW, f"{ML}/write", WORKSPACE),
    Made("PATCH", HUB, f"{ML}/write", {"tags": {"a": "b"}}),
    Made("DELETE", HUB, f"{ML}/delete"),
    Made("DELETE", f"{ACCOUNTS}/empty", f"{AI}/delete"),
)  # fmt: skip


@pytest.fixture
def arm() -> Arm:
    """A tenant with what the calls are about, seeded without a call, so that nothing has been raised yet."""
    made = Arm()
    cognitive, learning = made.azure.cognitive, made.azure.machine_learning
    cognitive.add(
        SUBSCRIPTION, "rg-ai", "acme", properties={"customSubDomainName": "acme", "allowProjectManagement": True}
    )
    cognitive.add(SUBSCRIPTION, "rg-ai", "empty")
    cognitive.add_project(ACCOUNT, "shop")
    learning.add_workspace(SUBSCRIPTION, "rg-ai", "hub", kind="Hub")
    for owner in (ACCOUNT, PROJECT):
        cognitive.add_connection(owner, "other", key="k" * 84)
    learning.add_connection(HUB, "other", key="k" * 84)
    return made


@pytest.mark.parametrize("made", CALLS, ids=lambda each: f"{each.method} {each.operation}")
async def test_a_call_that_succeeds_raises_the_event_of_its_operation_with_its_callers_claims(
    arm: Arm, made: Made
) -> None:
    answer = await arm.call(made.method, made.path, made.body, version=made.version, wrong=made.undocumented)
    assert answer.status < 300, answer.body
    (event,) = arm.azure.events.emitted
    subject = made.subject or made.path
    assert (event["eventType"], event["subject"], event["topic"]) == (
        made.kind,
        subject,
        f"/subscriptions/{SUBSCRIPTION}",
    )
    data = event["data"]
    assert (data["operationName"], data["resourceUri"], data["status"]) == (made.operation, subject, "Succeeded")
    assert data["resourceProvider"] == made.operation.partition("/")[0]
    assert data["claims"][OID] == arm.owner.id
    assert (data["authorization"]["scope"], data["authorization"]["action"]) == (subject, made.operation)
    evidence = data["authorization"]["evidence"]
    assert (evidence["role"], evidence["principalId"]) == ("Owner", arm.owner.id.replace("-", ""))
    assert (data["httpRequest"]["method"], "k" * 84 in str(event)) == (made.method, False)
    wanted = {"operatorType": "StringIn", "key": "data.operationName", "values": [made.operation.lower()]}
    assert parsed({"includedEventTypes": [made.kind], "advancedFilters": [wanted]}).matches(event)


@pytest.mark.parametrize("made", CALLS, ids=lambda each: f"{each.method} {each.operation}")
async def test_a_call_that_is_refused_raises_no_event_of_success(arm: Arm, made: Made) -> None:
    reader = arm.user("Reader")
    arm.azure.authorization.grant(GROUP, reader.id, READER)
    refused = await arm.call(
        made.method, made.path, made.body, by=reader, version=made.version, wrong=made.undocumented
    )
    assert (refused.status, refused.code, made.operation in refused.message) == (403, "AuthorizationFailed", True)
    assert arm.azure.events.emitted == []


def evidence_of(event: Json) -> tuple[str, ...]:
    told = event["data"]["authorization"]["evidence"]
    return tuple(told[name] for name in ("role", "roleAssignmentScope", "principalId", "principalType"))


async def test_access_through_a_group_is_evidenced_by_the_group_that_holds_the_role(arm: Arm) -> None:
    carol, directory, now = arm.user("Carol"), arm.azure.directory, arm.azure.clock.now()
    inner = directory.add_group("sg-inner", now, members=(carol.id,))
    outer = directory.add_group("sg-outer", now, members=(inner.id,))
    made = arm.azure.authorization.grant(GROUP, outer.id, USER)
    assert (await arm.call("POST", f"{ACCOUNT}/listKeys", by=carol)).status == 200
    (event,) = arm.azure.events.emitted
    assert evidence_of(event) == ("Cognitive Services User", GROUP, outer.id.replace("-", ""), "Group")
    told = event["data"]["authorization"]["evidence"]
    assert (told["roleAssignmentId"], told["roleDefinitionId"]) == (made.name.replace("-", ""), USER.replace("-", ""))
    assert event["data"]["claims"][OID] == carol.id


async def test_an_event_says_who_called_with_which_client_and_from_where(arm: Arm) -> None:
    directory = arm.azure.directory
    robot = directory.add_service_principal(
        ServicePrincipal(str(uuid.uuid4()), str(uuid.uuid4()), "robot", arm.azure.clock.now())
    )
    arm.azure.authorization.grant(GROUP, robot.id, USER)
    for caller in (arm.owner, robot):
        assert (await arm.call("POST", f"{ACCOUNT}/listKeys", by=caller)).status == 200
    by_person, by_robot = (each["data"]["claims"] for each in arm.azure.events.emitted)
    schemas = "http://schemas.xmlsoap.org/ws/2005/05/identity/claims"
    assert (by_person[OID], by_person["appid"], by_person["name"], by_person["ipaddr"]) == (
        arm.owner.id, "04b07795-8ddb-461a-bbee-02f9e1bf7b46", "Owner", "127.0.0.1",
    )  # fmt: skip
    assert by_person[f"{schemas}/upn"] == by_person[f"{schemas}/name"] == "owner@contoso.example"
    assert (by_robot[OID], by_robot["appid"]) == (robot.id, robot.app_id)
    assert not {f"{schemas}/upn", f"{schemas}/name", "name", "ipaddr"} & by_robot.keys()
    issuer = f"https://sts.windows.net/{directory.tenant}/"
    assert by_robot["http://schemas.microsoft.com/identity/claims/identityprovider"] == issuer
    assert [each["data"]["httpRequest"]["clientIpAddress"] for each in arm.azure.events.emitted] == [ADDRESS] * 2


async def test_a_role_assignment_is_the_subject_of_what_happens_to_it_though_its_makers_own_goes(arm: Arm) -> None:
    roles = f"{ACCOUNT}/providers/Microsoft.Authorization/roleAssignments"
    path, of = f"{roles}/{uuid.uuid4()}", "Microsoft.Authorization/roleAssignments"
    reader = arm.user("Reader")
    properties = {
        "roleDefinitionId": f"/subscriptions/{SUBSCRIPTION}/providers/Microsoft.Authorization/roleDefinitions/{READER}",
        "principalId": reader.id,
        "principalType": "User",
    }
    assert (await arm.call("PUT", path, {"properties": properties}, version="2022-04-01")).status == 201
    assert (await arm.call("DELETE", path, version="2022-04-01")).status == 200
    told = [(each["subject"], each["eventType"].rpartition(".")[2], each["data"]) for each in arm.azure.events.emitted]
    assert [(subject, kind, data["operationName"]) for subject, kind, data in told] == [
        (path, "ResourceWriteSuccess", f"{of}/write"),
        (path, "ResourceDeleteSuccess", f"{of}/delete"),
    ]
    assert (
        {data["resourceUri"] for _, _, data in told}
        == {data["authorization"]["scope"] for _, _, data in told}
        == {path}
    )
    helper = arm.user("Helper")
    own = arm.azure.authorization.grant(ACCOUNT, helper.id, OWNER)
    assert (await arm.call("DELETE", f"{roles}/{own.name}", by=helper, version="2022-04-01")).status == 200
    assert evidence_of(arm.azure.events.emitted[-1]) == ("Owner", ACCOUNT, helper.id.replace("-", ""), "User")


async def test_keys_that_are_not_handed_out_raise_no_event(arm: Arm) -> None:
    await arm.call("PATCH", ACCOUNT, {"properties": {"disableLocalAuth": True}})
    listed = await arm.call("POST", f"{ACCOUNT}/listKeys")
    renewed = await arm.call("POST", f"{ACCOUNT}/regenerateKey", {"keyName": "Key1"})
    assert [(each.status, each.code) for each in (listed, renewed)] == [(400, "BadRequest")] * 2
    assert listed.message == "Failed to list key. disableLocalAuth is set to be true"
    operations = [each["data"]["operationName"] for each in arm.azure.events.emitted]
    assert operations == [f"{AI}/write"]
