"""Connections of accounts, Foundry projects and machine-learning workspaces, as raw JSON so that nothing is lost on the way back.

The stable azure-mgmt-machinelearningservices speaks an api-version without Entra ID connections, and a typed model would
drop what it does not know; so all three owners are read and written over a bare pipeline. Credentials never come back.
"""

from collections.abc import AsyncIterator
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from azure.core.rest import HttpRequest

from shared.errors import azure_errors
from shared.models import Connection
from shared.sdk.rest import RestClient

if TYPE_CHECKING:
    from shared.session import Session

_RESOURCES = "2021-04-01"
_COGNITIVE_SERVICES = "2025-06-01"
_MACHINE_LEARNING = "2024-10-01"
_OWNER_TYPES = (
    "Microsoft.CognitiveServices/accounts",
    "Microsoft.CognitiveServices/accounts/projects",
    "Microsoft.MachineLearningServices/workspaces",
)
_GONE = frozenset({404})


@dataclass(frozen=True, slots=True)
class Owner:
    """What can own connections, and the object ids of its managed identities."""

    id: str
    principals: tuple[str, ...] = ()


class Connections:
    def __init__(self, session: "Session") -> None:
        self._client = RestClient.of_resource_manager(session)

    async def owners_in(self, subscription: str) -> AsyncIterator[Owner]:
        """Every account, Foundry project and machine-learning workspace of a subscription (REST: Resources - List)."""
        wanted = " or ".join(f"resourceType eq '{each}'" for each in _OWNER_TYPES)
        query = {"$filter": wanted, "api-version": _RESOURCES}
        with azure_errors("list owners of connections in subscription", subscription):
            async for each in self._client.pages(f"/subscriptions/{subscription}/resources", "nextLink", **query):
                yield _owner(each)

    async def projects_of(self, account: str) -> tuple[Owner, ...]:
        """The Foundry projects of an account (REST: Projects - List); raises NotFoundError."""
        with azure_errors("list projects of", account):
            pages = self._client.pages(f"{account}/projects", "nextLink", **_version(account))
            return tuple([_owner(each) async for each in pages])

    async def owner(self, owner: str) -> Owner:
        """One account, project or workspace; raises NotFoundError."""
        with azure_errors("read", owner):
            return _owner(await self._client.get(owner, **_version(owner)))

    async def list_of(self, owner: str) -> tuple[Connection, ...]:
        """Every connection that an account, project or workspace itself holds (REST: … Connections - List).

        What a hub shares with its projects is listed at the hub only. Raises NotFoundError, DeniedError, TemporaryError.
        """
        with azure_errors("list connections of", owner):
            pages = self._client.pages(f"{owner}/connections", "nextLink", includeAll="true", **_version(owner))
            found = [_connection(owner, each) async for each in pages]
        return tuple(each for each in found if each.owner.lower() == owner.lower())

    async def get(self, connection: str) -> dict[str, Any]:
        """The `properties` of a connection, from which Azure leaves out credentials; raises NotFoundError."""
        with azure_errors("read connection", connection):
            body = await self._client.get(connection, **_version(connection))
        properties: dict[str, Any] = body["properties"]
        return properties

    @staticmethod
    def described(connection: str, properties: dict[str, Any]) -> Connection:
        """A connection as it was read, in the words of the domain."""
        owner, _, name = connection.rpartition("/connections/")
        return _connection(owner, {"name": name, "properties": properties})

    async def put(self, connection: str, properties: dict[str, Any]) -> None:
        """Writes a connection whole (REST: … Connections - Create)."""
        request = HttpRequest("PUT", connection, params=_version(connection), json={"properties": properties})
        with azure_errors("write connection", connection):
            await self._client.send(request)

    async def remove(self, connection: str) -> None:
        """Removes a connection; succeeds where it is gone already."""
        with azure_errors("remove connection", connection):
            await self._client.send(HttpRequest("DELETE", connection, params=_version(connection)), accept=_GONE)


def _version(resource: str) -> dict[str, str]:
    is_workspace = "/microsoft.machinelearningservices/" in resource.lower()
    return {"api-version": _MACHINE_LEARNING if is_workspace else _COGNITIVE_SERVICES}


def _owner(found: dict[str, Any]) -> Owner:
    identity = found.get("identity") or {}
    assigned = (each.get("principalId") for each in (identity.get("userAssignedIdentities") or {}).values())
    principals = (identity.get("principalId"), *assigned)
    return Owner(found["id"], tuple(each.lower() for each in principals if each))


def _connection(asked: str, found: dict[str, Any]) -> Connection:
    properties = found["properties"]
    metadata = {name.lower(): value for name, value in (properties.get("metadata") or {}).items()}
    owner = properties.get("createdByWorkspaceArmId") or asked
    return Connection(
        id=f"{owner}/connections/{found['name']}",
        owner=owner,
        name=found["name"],
        category=properties.get("category") or "",
        auth_type=properties.get("authType") or "",
        target=properties.get("target") or "",
        resource_id=metadata.get("resourceid") or "",
    )
