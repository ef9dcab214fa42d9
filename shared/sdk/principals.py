"""Who is behind an object id in Microsoft Entra ID, and which groups they are in, by Microsoft Graph v1.0.

Each type is asked for by itself, so that what the app may not read of one hides nothing of the others.
"""

import asyncio
from typing import TYPE_CHECKING, Any

from shared.errors import DeniedError, NotFoundError, PermanentError, azure_errors
from shared.models import Membership, NamedGroup, Principal, PrincipalKind
from shared.sdk.rest import RestClient

if TYPE_CHECKING:
    from shared.session import Session

_COLLECTIONS = {"users": "User.Read.All", "groups": "GroupMember.Read.All", "servicePrincipals": "Application.Read.All"}
_SELECT = {
    "users": "id,displayName,userPrincipalName",
    "groups": "id,displayName",
    "servicePrincipals": "id,displayName,servicePrincipalType",
}
_COLLECTION_OF = {
    PrincipalKind.USER: "users",
    PrincipalKind.GROUP: "groups",
    PrincipalKind.SERVICE_PRINCIPAL: "servicePrincipals",
    PrincipalKind.MANAGED_IDENTITY: "servicePrincipals",
}
_GROUP_TYPE = "#microsoft.graph.group"
_NEXT_LINK = "@odata.nextLink"
# Graph takes a cast only as an advanced query
_ADVANCED = {"ConsistencyLevel": "eventual"}
_PAGE = "999"


class Principals:
    def __init__(self, session: "Session") -> None:
        self._client = RestClient.of_graph(session)

    async def get(self, object_id: str) -> Principal:
        """The user, group or service principal of this object id, by three reads side by side.

        Raises NotFoundError where there is none, and DeniedError where it may be of a type that the app may not read
        (Graph: Get user, Get group, Get servicePrincipal).
        """
        answers = await asyncio.gather(*(self._read(each, object_id) for each in _COLLECTIONS), return_exceptions=True)
        found = [each for each in answers if isinstance(each, Principal)]
        if found:
            return found[0]
        raise _worst([each for each in answers if isinstance(each, BaseException)])

    async def _read(self, collection: str, object_id: str) -> Principal:
        try:
            with azure_errors("look up principal", object_id):
                found = await self._client.get(f"/v1.0/{collection}/{object_id}", **{"$select": _SELECT[collection]})
        except DeniedError as error:
            raise _permission_missing(error, _COLLECTIONS[collection]) from error
        return Principal(found["id"].lower(), _kind(collection, found), _name(found))

    async def behind_client_id(self, client_id: str) -> Principal:
        """The service principal of an application's client id; raises NotFoundError, DeniedError."""
        with azure_errors("look up application", client_id):
            select = _SELECT["servicePrincipals"]
            found = await self._client.get(f"/v1.0/servicePrincipals(appId='{client_id}')", **{"$select": select})
        return Principal(found["id"].lower(), _kind("servicePrincipals", found), _name(found))

    async def membership(self, principal: Principal) -> Membership:
        """The groups that the principal is in, in itself and through others, by two lists side by side.

        `direct` is None where the app may not read that. Raises NotFoundError, DeniedError, TemporaryError
        (Graph: List a user's memberships, List group memberOf, List servicePrincipal memberOf, and the transitive ones).
        """
        collection = _COLLECTION_OF[principal.kind]
        groups, direct = await asyncio.gather(
            self._groups(collection, principal.id, "transitiveMemberOf"),
            self._direct(collection, principal.id),
            return_exceptions=True,
        )
        if isinstance(groups, BaseException):
            raise groups
        if isinstance(direct, BaseException):
            raise direct
        return Membership(groups, direct)

    async def _direct(self, collection: str, object_id: str) -> frozenset[str] | None:
        try:
            return frozenset(await self._groups(collection, object_id, "memberOf"))
        except DeniedError:
            return None

    async def _groups(self, collection: str, object_id: str, relation: str) -> dict[str, NamedGroup]:
        url = f"/v1.0/{collection}/{object_id}/{relation}"
        try:
            with azure_errors("list groups of", object_id):
                pages = self._client.pages(url, _NEXT_LINK, **{"$select": "id,displayName", "$top": _PAGE})
                found = [each async for each in pages if each.get("@odata.type") == _GROUP_TYPE]
        except DeniedError as error:
            raise _permission_missing(error, _COLLECTIONS[collection]) from error
        return {each["id"].lower(): NamedGroup(each["id"].lower(), each.get("displayName") or "") for each in found}

    async def groups_in(self, group: str) -> frozenset[str]:
        """The ids of the groups that are members of a group themselves, none of one that is gone; raises DeniedError.

        Graph: List group members, cast to groups.
        """
        url = f"/v1.0/groups/{group}/members/microsoft.graph.group"
        options = {"$select": "id", "$count": "true", "$top": _PAGE}
        try:
            with azure_errors("list groups in group", group):
                pages = self._client.pages(url, _NEXT_LINK, _ADVANCED, **options)
                return frozenset([each["id"].lower() async for each in pages])
        except NotFoundError:
            return frozenset()
        except DeniedError as error:
            raise _permission_missing(error, _COLLECTIONS["groups"]) from error


def _kind(collection: str, found: dict[str, Any]) -> PrincipalKind:
    if collection == "servicePrincipals":
        is_managed = found.get("servicePrincipalType") == "ManagedIdentity"
        return PrincipalKind.MANAGED_IDENTITY if is_managed else PrincipalKind.SERVICE_PRINCIPAL
    return PrincipalKind.USER if collection == "users" else PrincipalKind.GROUP


def _name(found: dict[str, Any]) -> str:
    return found.get("displayName") or found.get("userPrincipalName") or ""


def _permission_missing(error: DeniedError, permission: str) -> DeniedError:
    return DeniedError(str(error), code=error.code, action=f"the Microsoft Graph permission {permission}")


def _worst(answers: list[BaseException]) -> BaseException:
    """What is raised where nobody was found: what may pass before what may hide somebody, and that before "not found"."""

    def rank(error: BaseException) -> int:
        if isinstance(error, NotFoundError):
            return 2
        return 1 if isinstance(error, PermanentError) else 0

    return min(answers, key=rank)
