"""The subscriptions the app's identity can see (REST: Subscriptions - List)."""

from typing import TYPE_CHECKING

from shared.errors import azure_errors
from shared.sdk.rest import RestClient

if TYPE_CHECKING:
    from shared.session import Session

_API_VERSION = "2022-12-01"


class Subscriptions:
    def __init__(self, session: "Session") -> None:
        self._client = RestClient.of_resource_manager(session)

    async def list(self) -> tuple[str, ...]:
        """Ids of every subscription that is not deleted, lower case; raises DeniedError, TemporaryError.

        Those past due or disabled, too: their accounts and keys work on, or do again once somebody pays.
        """
        with azure_errors("list", "subscriptions"):
            pages = self._client.pages("/subscriptions", "nextLink", **{"api-version": _API_VERSION})
            return tuple([each["subscriptionId"].lower() async for each in pages if each.get("state") != "Deleted"])
