"""The published documents' own example calls, against the simulator: the same statuses, the same shape of answers.

Names and ids in an example are kept where they can be; what it takes to exist before the call is made to exist. Where
`../shared` is absent there are no examples to replay.
"""

import json
import re
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest

from simulator.authorization.assignments import DenyAssignment
from simulator.authorization.definitions import Permission
from simulator.authorization.routes import ROUTES as AUTHORIZATION
from simulator.resource_manager.front import Front
from simulator.server import Server
from simulator.wire import Json
from tests.contract.simulator.arm import SUBSCRIPTION, Answer, Arm

SPECIFICATION = Path(__file__).parents[4] / "shared" / "conformance" / "specs" / "specification"
pytestmark = pytest.mark.skipif(not SPECIFICATION.exists(), reason="the published documents are not there: ../shared")
ACCOUNTS = "cognitiveservices/resource-manager/Microsoft.CognitiveServices"
RECENT = f"{ACCOUNTS}/CognitiveServices/stable/2025-06-01/cognitiveservices.json"
OLDER = f"{ACCOUNTS}/preview/2024-06-01-preview/cognitiveservices.json"
ROLES = "authorization/resource-manager/Microsoft.Authorization/stable/2022-04-01"
SUBSCRIPTIONS = "resources/resource-manager/Microsoft.Resources/stable/2022-12-01/subscriptions.json"
GROUPS = "resources/resource-manager/Microsoft.Resources/stable/2022-09-01/resources.json"
ROLE = "0b5fe924-9a61-425c-96af-cfe6e287ca2d"
DEFINITION = f"/subscriptions/{SUBSCRIPTION}/providers/Microsoft.Authorization/roleDefinitions/{ROLE}"
PRINCIPAL = "ce2ce14e-85d7-4629-bdbc-454d0519d987"
ACCOUNT_TYPE = "Microsoft.CognitiveServices/accounts"
RETIRED = {"Emotion": "Face"}
ON_AN_ACCOUNT = ("Accounts_", "Deployments_", "DeletedAccounts_")
HERE = f"subscriptions/{SUBSCRIPTION}"
DATA_ACTION = "Microsoft.CognitiveServices/accounts/OpenAI/*"
# where an example names what is retired, or no name at all
CHANGED: dict[str, Json] = {
    "Deployments_CreateOrUpdate": {
        "deployment": {"properties": {"model": {"format": "OpenAI", "name": "gpt-35-turbo", "version": "0125"}}},
    },
    "Accounts_Update": {"account": {"sku": {"name": "S0"}}},
    "CheckDomainAvailability": {"parameters": {"subdomainName": "ends-", "type": ACCOUNT_TYPE}},
    "RoleDefinitions_List": {"scope": HERE},
    "RoleDefinitions_Get": {"scope": HERE, "roleDefinitionId": ROLE},
    "RoleDefinitions_Delete": {"scope": HERE, "roleDefinitionId": ROLE},
    "RoleDefinitions_CreateOrUpdate": {
        "scope": HERE,
        "roleDefinitionId": PRINCIPAL,
        "roleDefinition": {
            "properties": {
                "roleName": "Role name",
                "description": "Role description",
                "type": "CustomRole",
                "permissions": [{"actions": ["*/read"], "notActions": [], "dataActions": [DATA_ACTION]}],
                "assignableScopes": [f"/{HERE}"],
            }
        },
    },
    "Providers_Get": {"resourceProviderNamespace": "Microsoft.CognitiveServices"},
}
# what an example shows and may be absent: it is optional, or is there for what this tenant does not have
NOT_HERE = {
    "Accounts_ListModels": {
        ".value[].baseModel is missing",
        ".value[].capabilities.fineTune is missing",
        ".value[].deprecation.fineTune is missing",
    },
    # null in the example
    "CheckSkuAvailability": {".value[].reason is missing", ".value[].message is missing"},
    "Models_List": {
        ".value[].model.capabilities.fineTune is missing",
        ".value[].model.capabilities.inference is missing",
        ".value[].model.capabilities.scaleType is missing",
        ".value[].model.capabilities.search is missing",
        ".value[].model.capabilities.FineTuneTokensMaxValue is missing",
        ".value[].model.finetuneCapabilities is missing",
        ".value[].model.deprecation.fineTune is missing",
    },
    "Permissions_ListForResourceGroup": {".nextLink is missing"},
    "RoleDefinitions_List": {".value[].properties.permissions[].dataActions is empty"},
    "Subscriptions_ListLocations": {".value[].availabilityZoneMappings is missing"},
    "Subscriptions_Get": {".managedByTenants is empty", ".tags is missing"},
    "Subscriptions_List": {".value[].managedByTenants is empty", ".value[].tags is missing"},
    "Providers_Get": {".resourceTypes[].locationMappings is missing"},
    "Providers_List": {
        ".value[].resourceTypes[].locationMappings is missing",
        ".value[].resourceTypes[].locations is empty",
    },
}
OPERATIONS = {
    RECENT: (
        "Accounts_Create", "Accounts_Update", "Accounts_Delete", "Accounts_Get", "Accounts_ListByResourceGroup",
        "Accounts_List", "Accounts_ListKeys", "Accounts_RegenerateKey", "Accounts_ListUsages", "Deployments_List",
        "Deployments_Get", "Deployments_CreateOrUpdate", "Deployments_Delete",
    ),
    OLDER: (
        "Accounts_ListSkus", "Accounts_ListModels", "CheckDomainAvailability", "CheckSkuAvailability",
        "DeletedAccounts_Get", "DeletedAccounts_List", "DeletedAccounts_Purge", "Deployments_Update", "Models_List",
        "Operations_List", "ResourceSkus_List", "Usages_List",
    ),
    f"{ROLES}/authorization-RoleAssignmentsCalls.json": (
        "RoleAssignments_Create", "RoleAssignments_Delete", "RoleAssignments_Get", "RoleAssignments_ListForResource",
        "RoleAssignments_ListForResourceGroup", "RoleAssignments_ListForScope", "RoleAssignments_ListForSubscription",
        "RoleAssignments_GetById", "RoleAssignments_CreateById", "RoleAssignments_DeleteById",
    ),
    f"{ROLES}/authorization-RoleDefinitionsCalls.json": (
        "Permissions_ListForResourceGroup", "Permissions_ListForResource", "RoleDefinitions_Delete",
        "RoleDefinitions_Get", "RoleDefinitions_CreateOrUpdate", "RoleDefinitions_List",
    ),
    f"{ROLES}/authorization-DenyAssignmentCalls.json": ("DenyAssignments_List", "DenyAssignments_ListForScope"),
    SUBSCRIPTIONS: ("Subscriptions_Get", "Subscriptions_List", "Subscriptions_ListLocations", "Tenants_List"),
    GROUPS: ("ResourceGroups_CreateOrUpdate", "Providers_Get", "Providers_List"),
}  # fmt: skip


@dataclass(frozen=True)
class Example:
    operation: str
    method: str
    path: str
    version: str
    parameters: Json
    body_name: str
    responses: dict[str, Json]

    def __str__(self) -> str:
        return self.operation


def examples() -> list[Any]:
    """Every stored example of the operations above; none where the documents are absent."""
    found = [each for document in OPERATIONS for each in _in(SPECIFICATION / document, OPERATIONS[document])]
    return [pytest.param(each, id=f"{each.operation}-{number}") for number, each in enumerate(found)]


def _in(file: Path, wanted: tuple[str, ...]) -> Iterator[Example]:
    document = json.loads(file.read_text()) if file.exists() else {"paths": {}}
    for path, methods in document["paths"].items():
        for method, facts in methods.items():
            operation = str(facts.get("operationId")) if isinstance(facts, dict) else ""
            for reference in facts.get("x-ms-examples", {}).values() if operation in wanted else ():
                if (stored := file.parent / reference["$ref"]).exists():
                    told = json.loads(stored.read_text())
                    inside = [_resolved(document, each) for each in facts["parameters"]]
                    body = next((each["name"] for each in inside if each.get("in") == "body"), "")
                    version = document["info"]["version"]
                    yield Example(operation, method.upper(), path, version, told["parameters"], body, told["responses"])


def _resolved(document: Json, parameter: Json) -> Json:
    """A parameter where it is told; one that another document tells is none of a body."""
    _, _, name = parameter.get("$ref", "").partition("#/parameters/")
    found: Json = document["parameters"].get(name, {}) if name else parameter
    return found


@pytest.mark.parametrize("example", examples())
async def test_an_example_is_answered_as_its_document_shows(example: Example) -> None:
    answer = await Replay(example).answer()
    assert str(answer.status) in example.responses, (answer.status, answer.body)
    shown = example.responses[str(answer.status)].get("body")
    assert set(differences(shown, answer.body)) <= NOT_HERE.get(example.operation, set())


class Replay:
    """One example in a tenant of its own, in which everything exists that the example takes for granted."""

    def __init__(self, example: Example) -> None:
        self.example = example
        self.arm = Arm()
        front = self.arm.server.services[0]
        assert isinstance(front, Front)
        self.arm.server = Server(self.arm.azure, [Front(self.arm.azure, [front.routes, AUTHORIZATION])])
        self.parameters: Json = _moved(example.parameters, _subscription_of(example.parameters))
        self.parameters |= CHANGED.get(example.operation, {})

    async def answer(self) -> Answer:
        await self._prepare()
        example = self.example
        body = self.parameters.get(example.body_name)
        wrong = example.operation == "Providers_Get"  # the checker of traffic takes it for a call of that provider
        return await self.arm.call(example.method, self._path(example.path), body, version=example.version, wrong=wrong)

    async def _prepare(self) -> None:
        azure, operation = self.arm.azure, self.example.operation
        azure.authorization.define_role("Example", id=ROLE, actions=["*/read"], data_actions=[DATA_ACTION])
        if not operation.startswith("ResourceGroups_"):
            for group in {self.parameters.get("resourceGroupName"), "testrg"} - {None}:
                azure.resources.add_group(SUBSCRIPTION, str(group), "westus")
        if operation.startswith("DenyAssignments_"):
            permission = Permission(actions=("action",), data_actions=("action",))
            excluded = ((PRINCIPAL, "User"),)
            azure.authorization.deny(
                DenyAssignment(PRINCIPAL, "Deny", f"/{HERE}", (permission,), azure.clock.now(), excluded=excluded)
            )
        if operation.startswith(ON_AN_ACCOUNT) and operation != "Accounts_Create":
            await self._account()
        if operation.startswith("RoleAssignments_") and "Create" not in operation:
            properties = {"roleDefinitionId": DEFINITION, "principalId": PRINCIPAL, "principalType": "User"}
            assert (
                await self.arm.call("PUT", self._assignment(), {"properties": properties}, version="2022-04-01")
            ).status == 201

    async def _account(self) -> None:
        azure, operation = self.arm.azure, self.example.operation
        group, name = self.parameters.get("resourceGroupName", "testrg"), self.parameters.get("accountName", "testone")
        usages = operation == "Accounts_ListUsages"
        kind, sku = ("TextAnalytics", "F0") if usages else ("OpenAI", "S0")
        account = azure.cognitive.add(
            SUBSCRIPTION, group, name, kind=kind, sku=sku, tags={"Owner": "felixwa", "ExpiredDate": "2017/09/01"}
        )
        if operation.startswith("Deployments_") and "Create" not in operation:
            model = {"format": "OpenAI", "name": "gpt-35-turbo", "version": "0125"}
            body = {"sku": {"name": "Standard", "capacity": 1}, "properties": {"model": model}}
            path = f"{account.id}/deployments/{self.parameters.get('deploymentName', 'one')}"
            assert (await self.arm.call("PUT", path, body)).status == 201
            self.arm.settle()
        if operation.startswith("DeletedAccounts_"):
            assert (await self.arm.call("DELETE", account.id)).status == 200

    def _assignment(self) -> str:
        scope = self.parameters.get("scope", f"subscriptions/{SUBSCRIPTION}")
        name = self.parameters.get("roleAssignmentName", PRINCIPAL)
        path = self.parameters.get(
            "roleAssignmentId", f"{scope}/providers/Microsoft.Authorization/roleAssignments/{name}"
        )
        return f"/{path}"

    def _path(self, template: str) -> str:
        path = template
        for name, value in self.parameters.items():
            path = path.replace(f"{{{name}}}", str(value)) if isinstance(value, str) else path
        assert "{" not in path, path
        return path


def _subscription_of(parameters: Json) -> str:
    found = re.search(r"subscriptions/([^/\"]+)", json.dumps(parameters))
    return str(parameters.get("subscriptionId") or (found[1] if found else SUBSCRIPTION))


def _moved(value: Any, old: str) -> Any:
    """A value with the subscription of the example replaced by the one there is."""
    if isinstance(value, dict):
        return {name: _moved(each, old) for name, each in value.items()}
    if isinstance(value, list):
        return [_moved(each, old) for each in value]
    return RETIRED.get(value, value.replace(old, SUBSCRIPTION)) if isinstance(value, str) else value


def differences(shown: Any, ours: Any, at: str = "") -> Iterator[str]:
    """What an example shows and the answer does not have, or has in another type; the first item speaks for a list."""
    if isinstance(shown, dict) and isinstance(ours, dict):
        for name, each in shown.items():
            if name not in ours:
                yield f"{at}.{name} is missing"
            else:
                yield from differences(each, ours[name], f"{at}.{name}")
    elif isinstance(shown, list) and isinstance(ours, list):
        if shown and ours:
            yield from differences(shown[0], ours[0], f"{at}[]")
        elif shown:
            yield f"{at} is empty"
    elif shown is not None and ours is not None and type(shown) is not type(ours):
        yield f"{at} is {type(ours).__name__}, not {type(shown).__name__}"
