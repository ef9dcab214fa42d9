"""The hands and eyes of the company on the local Azure: what people do there, and what they see there."""

import uuid
from datetime import datetime
from typing import Any

from simulator.client import ARM, AUTHORIZATION_VERSION, Answer, Client
from simulator.company.identities import PLATFORM, PRODUCTION, SANDBOX
from tests.fleet.intent import ALIASES, Seen
from tests.fleet.steps import PLACES, RESOURCE_GROUPS

GRAPH = "https://graph.microsoft.com"
_YEARS = 10**9
_SHARED = uuid.UUID("11fb06fb-712d-4ddd-98c7-e71bbd588830")
_ASSIGNMENTS = "/providers/Microsoft.Authorization/roleAssignments"
_GROUPS = tuple(each.lower() for each in RESOURCE_GROUPS)


class Tenant:
    """Acts as the platform team with tokens that outlast every jump of the clock."""

    def __init__(self, client: Client) -> None:
        self.client = client
        self._graph = ""

    async def sign_in(self) -> None:
        self.client._token = await self._token(ARM)
        self._graph = await self._token(GRAPH)

    async def _token(self, audience: str) -> str:
        asked = {"principal": PLATFORM.id, "audience": audience, "lifetime": _YEARS}
        answer = await self.client.simulator("POST", "tokens", asked)
        return str(answer["access_token"])

    # accounts

    async def put_account(self, name: str, kind: str, tags: dict[str, str], properties: dict[str, Any]) -> Answer:
        return await self.client.create_account(PLACES[name], kind=kind, tags=tags, properties=properties)

    async def purge(self, name: str) -> Answer:
        _, _, subscription, _, group, *_ = PLACES[name].split("/")
        region = f"/subscriptions/{subscription}/providers/Microsoft.CognitiveServices/locations/westeurope"
        path = f"{region}/resourceGroups/{group}/deletedAccounts/fleet-{name}"
        return await self.client.arm("DELETE", path)

    async def accounts(self) -> dict[str, tuple[Seen, datetime]]:
        """The live accounts by name, and when each was made."""
        found = {}
        for subscription in (PRODUCTION, SANDBOX):
            path = f"/subscriptions/{subscription}/providers/Microsoft.CognitiveServices/accounts"
            for each in await self._pages(path, "2025-06-01"):
                made = datetime.fromisoformat(each["systemData"]["createdAt"])
                found[each["name"].removeprefix("fleet-")] = (_seen(each), made)
        return found

    # groups

    async def graph(self, method: str, path: str, body: Any = None) -> Answer:
        return await self.client.call(
            method, f"{GRAPH}/v1.0/{path}", body, headers={"Authorization": f"Bearer {self._graph}"}
        )

    async def create_group(self, name: str) -> str:
        nickname = "".join(each for each in name if each.isalnum())
        body = {"displayName": name, "mailEnabled": False, "mailNickname": nickname, "securityEnabled": True}
        return str((await self.graph("POST", "groups", body)).body["id"])

    async def groups(self) -> dict[str, str]:
        """The living groups' names by id."""
        path, found = "groups?$select=id,displayName", dict[str, str]()
        while path:
            page = (await self.graph("GET", path)).body
            found |= {each["id"]: each["displayName"] for each in page["value"]}
            path = page.get("@odata.nextLink", "").removeprefix(f"{GRAPH}/v1.0/")
        return found

    # role assignments

    async def assign(self, scope: str, principal: str, role: str, *, shared_name: bool, kind: str) -> tuple[str, bool]:
        """Tries to assign; the assignment's name and whether it was made."""
        guid = ALIASES[role]
        name = shared(scope, principal, guid) if shared_name else str(uuid.uuid4())
        definition = (
            f"{scope.partition('/resourceGroups/')[0]}/providers/Microsoft.Authorization/roleDefinitions/{guid}"
        )
        properties = {"roleDefinitionId": definition, "principalId": principal, "principalType": kind}
        # The app's mark alone, or its name alone, does not make an assignment the app's
        body = {"properties": properties if shared_name else {**properties, "description": "unkeyed: copied"}}
        answer = await self.client.arm("PUT", f"{scope}{_ASSIGNMENTS}/{name}", body, version=AUTHORIZATION_VERSION)
        return name, answer.status < 300

    async def unassign(self, assignment: dict[str, Any]) -> None:
        await self.client.arm("DELETE", assignment["id"], version=AUTHORIZATION_VERSION)

    async def assignments(self) -> list[dict[str, Any]]:
        """Every assignment in the fleet's resource groups, in an order that does not depend on chance."""
        found = []
        for subscription in (PRODUCTION, SANDBOX):
            found += await self._pages(f"/subscriptions/{subscription}{_ASSIGNMENTS}", AUTHORIZATION_VERSION)
        inside = [each for each in found if scope_of(each).startswith(_GROUPS)]
        return sorted(inside, key=lambda each: (scope_of(each), *held(each), each["name"]))

    async def _pages(self, path: str, version: str) -> list[dict[str, Any]]:
        answer = await self.client.arm("GET", path, version=version)
        found: list[dict[str, Any]] = list(answer.body["value"])
        while link := answer.body.get("nextLink"):
            headers = {"Authorization": f"Bearer {self.client._token}"}
            answer = await self.client.call("GET", link, headers=headers)
            found += answer.body["value"]
        return found


def _seen(body: dict[str, Any]) -> Seen:
    name = body["name"].removeprefix("fleet-")
    group = PLACES[name].split("/")[4]
    has_subdomain = bool(body["properties"].get("customSubDomainName"))
    return Seen(PLACES[name], name, group, body["kind"], body.get("tags") or {}, has_subdomain)


def shared(scope: str, principal: str, role: str) -> str:
    """The name that everybody gives the assignment of this role to this principal at this scope."""
    return str(uuid.uuid5(_SHARED, f"{scope.lower()}-{principal}-{role}"))


def scope_of(assignment: dict[str, Any]) -> str:
    return str(assignment["properties"]["scope"]).lower()


def held(assignment: dict[str, Any]) -> tuple[str, str]:
    """Who holds which role by it."""
    properties = assignment["properties"]
    return properties["principalId"], properties["roleDefinitionId"].rpartition("/")[2]


def is_ours(assignment: dict[str, Any]) -> bool:
    """True for what the app made: the shared name, and its mark in the description."""
    mark = str(assignment["properties"].get("description") or "")
    return assignment["name"] == shared(scope_of(assignment), *held(assignment)) and mark.startswith("unkeyed:")


def in_force_at(account: str, assignments: list[dict[str, Any]]) -> set[tuple[str, str]]:
    """Who holds which role on an account: by an assignment on it, or on its resource group."""
    scopes = (account.lower(), account.lower().partition("/providers/")[0])
    return {held(each) for each in assignments if scope_of(each) in scopes}
