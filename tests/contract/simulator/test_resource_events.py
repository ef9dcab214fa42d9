"""The event of every call that changes what holds a key or hands one out, and who the event says has made the call.

"Azure subscription as an Event Grid source"; the operation names are those of the Azure RBAC permissions documents.
"""

from dataclasses import dataclass

import pytest

from simulator.event_grid.filters import parsed
from simulator.wire import Json
from tests.contract.simulator.arm import ACCOUNTS, GROUP, READER, SUBSCRIPTION, Arm

AI, ML = "Microsoft.CognitiveServices/accounts", "Microsoft.MachineLearningServices/workspaces"
ACCOUNT, PROJECT = f"{ACCOUNTS}/acme", f"{ACCOUNTS}/acme/projects/shop"
HUB = f"{GROUP}/providers/{ML}/hub"
NEW = f"{GROUP}/providers/{ML}/new"
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


async def test_keys_that_are_not_handed_out_raise_no_event(arm: Arm) -> None:
    await arm.call("PATCH", ACCOUNT, {"properties": {"disableLocalAuth": True}})
    listed = await arm.call("POST", f"{ACCOUNT}/listKeys")
    renewed = await arm.call("POST", f"{ACCOUNT}/regenerateKey", {"keyName": "Key1"})
    assert [(each.status, each.code) for each in (listed, renewed)] == [(400, "BadRequest")] * 2
    assert listed.message == "Failed to list key. disableLocalAuth is set to be true"
    operations = [each["data"]["operationName"] for each in arm.azure.events.emitted]
    assert operations == [f"{AI}/write"]
