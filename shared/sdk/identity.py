"""Who the app is, as Azure's events name it: from the claims of its own token."""

import base64
import json
from collections.abc import Set
from typing import TYPE_CHECKING, Any

from shared.errors import azure_errors

if TYPE_CHECKING:
    from shared.session import Session

_SCOPE = "https://management.azure.com/.default"


class OwnIdentity:
    def __init__(self, session: "Session") -> None:
        self._session = session
        self._known: dict[str, Any] = {}

    async def is_own(self, names: Set[str]) -> bool:
        """True where one of these object or client ids is the app's own; raises TemporaryError as `ids` does."""
        return bool(names) and bool(names & await self.ids())

    async def ids(self) -> frozenset[str]:
        """The app's object id and its client id, in lower case; raises TemporaryError where no token is to be had.

        An event of Resource Manager names its caller by these claims ("Azure subscription as an Event Grid source").
        """
        claims = await self._claims()
        return frozenset(str(claims[each]).lower() for each in ("oid", "appid", "azp") if claims.get(each))

    async def tenant(self) -> str:
        """The id of the app's own tenant, in lower case; raises TemporaryError where no token is to be had."""
        return str((await self._claims()).get("tid", "")).lower()

    async def _claims(self) -> dict[str, Any]:
        if not self._known:
            with azure_errors("sign in", "the app"):
                self._known = _claims((await self._session.credential.get_token(_SCOPE)).token)
        return self._known


def _claims(token: str) -> dict[str, Any]:
    part = token.split(".")[1]
    found: dict[str, Any] = json.loads(base64.urlsafe_b64decode(part + "=" * (-len(part) % 4)))
    return found
