"""What changes in groups of Microsoft Entra ID, by Microsoft Graph's delta query, and who is in a group.

Microsoft Graph REST v1.0: "group: delta", "List group members". Every query option of the first call is in the links that
follow, so a link is used as it came.
"""

from collections.abc import AsyncIterator
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from azure.core.rest import HttpRequest

from shared.errors import DeniedError, PermanentError, azure_errors
from shared.roles import is_guid
from shared.sdk.rest import RestClient

if TYPE_CHECKING:
    from shared.session import Session

_TRACKED = "displayName,securityEnabled,members"
# The most that a page of members holds
_PAGE = 999
# Without it an entry shows every tracked property, whether or not it has changed
_MINIMAL = {"Prefer": "return=minimal"}
GROUP, USER, SERVICE_PRINCIPAL = "group", "user", "servicePrincipal"


class LinkRefusedError(PermanentError):
    """Microsoft Graph does not know the link any more (HTTP 410, syncStateNotFound): what has changed since cannot be asked."""


@dataclass(frozen=True, slots=True)
class Member:
    """A direct member, by object id; `kind` is its type in Microsoft Graph: user, group, servicePrincipal, device …"""

    id: str
    kind: str


@dataclass(frozen=True, slots=True)
class GroupChange:
    """What the feed says of one group: its name and whether it can hold roles where that has changed, who came and who left.

    `removed` is "changed" where the group was deleted and can be restored, "deleted" where it cannot, else empty.
    """

    group: str
    name: str | None = None
    security_enabled: bool | None = None
    removed: str = ""
    came: tuple[Member, ...] = ()
    left: tuple[Member, ...] = ()


@dataclass(frozen=True, slots=True)
class Page:
    """A page of the feed. `link` leads to the next one, or, after the last, to what will have changed later."""

    changes: tuple[GroupChange, ...]
    link: str
    is_last: bool


class GroupChanges:
    def __init__(self, session: "Session") -> None:
        self._client = RestClient.of_graph(session)

    async def latest(self) -> str:
        """A link to what changes from now on; raises DeniedError, TemporaryError."""
        link = f"/v1.0/groups/delta?$deltatoken=latest&$select={_TRACKED}"
        with azure_errors("begin to track", "groups"):
            while True:
                page = _page(await self._get(link))
                if page.is_last:
                    return page.link
                link = page.link

    async def page(self, link: str) -> Page:
        """The page behind a link. Raises LinkRefusedError where it leads nowhere any more, DeniedError, TemporaryError."""
        try:
            with azure_errors("read", "changes of groups"):
                return _page(await self._get(link))
        except DeniedError:
            raise
        except PermanentError as error:
            raise LinkRefusedError(str(error), code=error.code) from error

    async def members(self, group: str) -> AsyncIterator[tuple[Member, ...]]:
        """The direct members of a group, page after page; raises NotFoundError, DeniedError, TemporaryError."""
        link = f"/v1.0/groups/{group}/members?$select=id&$top={_PAGE}"
        with azure_errors("list members of group", group):
            while link:
                page = await self._client.get(link)
                yield tuple(member for each in page["value"] if (member := _member(each)))
                link = page.get("@odata.nextLink", "")

    async def _get(self, link: str) -> dict[str, Any]:
        response = await self._client.send(HttpRequest("GET", link, headers=_MINIMAL))
        body: dict[str, Any] = response.json()
        return body


def _page(body: dict[str, Any]) -> Page:
    following = body.get("@odata.nextLink")
    found = (_change(each) for each in body.get("value", []))
    return Page(tuple(each for each in found if each), following or body["@odata.deltaLink"], following is None)


def _change(entry: dict[str, Any]) -> GroupChange | None:
    group = str(entry.get("id", "")).lower()
    if not is_guid(group):
        return None
    members = [(each, member) for each in entry.get("members@delta", []) if (member := _member(each))]
    return GroupChange(
        group,
        name=entry.get("displayName"),
        security_enabled=entry.get("securityEnabled"),
        removed=str(entry["@removed"].get("reason", "changed")) if "@removed" in entry else "",
        came=tuple(member for each, member in members if "@removed" not in each),
        left=tuple(member for each, member in members if "@removed" in each),
    )


def _member(entry: dict[str, Any]) -> Member | None:
    found = str(entry.get("id", "")).lower()
    return Member(found, str(entry.get("@odata.type", "")).rpartition(".")[2]) if is_guid(found) else None
