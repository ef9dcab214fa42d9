"""Event Grid's partner topics: whether the one that Microsoft Graph's events come by lets them through.

REST: Partner Topics - Get (Microsoft.EventGrid, 2022-06-15).
"""

from typing import TYPE_CHECKING

from shared.errors import azure_errors
from shared.resource_id import ResourceId
from shared.sdk.rest import RestClient

if TYPE_CHECKING:
    from shared.session import Session

_API_VERSION = "2022-06-15"
ACTIVATED, NEVER_ACTIVATED = "Activated", "NeverActivated"


class PartnerTopics:
    def __init__(self, session: "Session") -> None:
        self._client = RestClient.of_resource_manager(session)

    async def activation(self, topic: ResourceId) -> str:
        """NeverActivated, Activated or Deactivated; raises NotFoundError, DeniedError, TemporaryError."""
        with azure_errors("read partner topic", topic):
            found = await self._client.get(topic.text, **{"api-version": _API_VERSION})
        return str(found.get("properties", {}).get("activationState", ""))
