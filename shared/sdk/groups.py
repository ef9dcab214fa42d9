"""Groups in Microsoft Entra ID, by Microsoft Graph v1.0 over a bare pipeline (msgraph-sdk weighs 200 MB)."""

import re
from collections.abc import Callable
from datetime import datetime, timedelta
from typing import TYPE_CHECKING, Any

from shared.errors import NotFoundError, azure_errors
from shared.models import Group, GroupRef
from shared.sdk.rest import RestClient

if TYPE_CHECKING:
    from shared.session import Session

KEPT = timedelta(seconds=60)
_SELECT = "id,displayName,securityEnabled"


class Groups:
    def __init__(self, session: "Session", now: Callable[[], datetime]) -> None:
        self._client = RestClient.of_graph(session)
        self._now = now
        self._kept: dict[GroupRef, tuple[datetime, tuple[Group, ...]]] = {}

    async def find(self, reference: GroupRef, since: datetime | None = None) -> tuple[Group, ...]:
        """The groups a policy's reference means: none, one, or several of one name. One found is kept for KEPT.

        What was kept before `since` is looked up again. Raises DeniedError, TemporaryError (Graph: Get group, List groups).
        """
        kept = self._kept.get(reference)
        if kept and self._now() - kept[0] < KEPT and (since is None or since < kept[0]):
            return kept[1]
        looked = self._now()
        found = await self._look_up(reference)
        if found:
            self._kept[reference] = (looked, found)
        else:
            self._kept.pop(reference, None)
        return found

    async def _look_up(self, reference: GroupRef) -> tuple[Group, ...]:
        if reference.id:
            try:
                return (await self.get(reference.id),)
            except NotFoundError:
                return ()
        return await self.list_named(reference.name or "")

    async def get(self, object_id: str) -> Group:
        """The group of this object id; raises NotFoundError."""
        with azure_errors("read group", object_id):
            return _group(await self._client.get(f"/v1.0/groups/{object_id}", **{"$select": _SELECT}))

    async def list_named(self, name: str) -> tuple[Group, ...]:
        """Every group of exactly this display name, which Entra ID compares without regard to case."""
        quoted = re.sub("'", "''", name)
        with azure_errors("look up group", f"'{name}'"):
            pages = self._client.pages(
                "/v1.0/groups", "@odata.nextLink", **{"$filter": f"displayName eq '{quoted}'", "$select": _SELECT}
            )
            return tuple([_group(each) async for each in pages])


def _group(found: dict[str, Any]) -> Group:
    return Group(found["id"].lower(), found.get("displayName") or "", bool(found.get("securityEnabled")))
