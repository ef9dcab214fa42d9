"""The app's subscriptions to changes of groups, which Microsoft Graph delivers through an Event Grid partner topic.

Microsoft Graph REST v1.0: "Create subscription" and its sisters; the form of the address is told in "Receive Microsoft Graph
API change events through Azure Event Grid".
"""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import TYPE_CHECKING, Any
from urllib.parse import parse_qsl

from azure.core.rest import HttpRequest

from shared.errors import NotFoundError, azure_errors
from shared.resource_id import ResourceId
from shared.sdk.rest import RestClient

if TYPE_CHECKING:
    from shared.session import Session

_ALL = "/v1.0/subscriptions"
_RESOURCE = "groups"
# The code of what not Microsoft Graph itself has refused, but the service behind a subscription
BEHIND = "ExtensionError"
# "subscription resource type": at most 41,760 minutes for groups, which is a day more
LONGEST = timedelta(days=28)


@dataclass(frozen=True, slots=True)
class Address:
    """Where events go: a partner topic by its id, and the name of its region."""

    topic: ResourceId
    location: str

    @property
    def url(self) -> str:
        return (
            f"EventGrid:?azuresubscriptionid={self.topic.subscription}&resourcegroup={self.topic.resource_group}"
            f"&partnertopic={self.topic.name}&location={self.location}"
        )


@dataclass(frozen=True, slots=True)
class Subscription:
    """A subscription to groups as Microsoft Graph shows it; its client state it shows to nobody."""

    id: str
    expires: datetime
    url: str
    lifecycle_url: str

    def goes_to(self, address: Address) -> bool:
        return _parts(self.url) == _parts(address.url)

    @property
    def is_whole(self) -> bool:
        """True where it is told, too, when it has to be reauthorized, which only its creation can ask for."""
        return _parts(self.lifecycle_url) == _parts(self.url)


class GraphSubscriptions:
    def __init__(self, session: "Session") -> None:
        self._client = RestClient.of_graph(session)

    async def list(self) -> tuple[Subscription, ...]:
        """The app's own subscriptions to all groups; raises DeniedError, TemporaryError."""
        with azure_errors("list", "subscriptions to groups"):
            found = [each async for each in self._client.pages(_ALL, "@odata.nextLink")]
        return tuple(_subscription(each) for each in found if str(each.get("resource", "")).strip("/") == _RESOURCE)

    async def create(self, address: Address, state: str, expires: datetime) -> Subscription:
        """A new subscription, sent once; Microsoft Graph makes its partner topic. `state` comes back in every event.

        Raises DeniedError, PermanentError, TemporaryError; it may have been made all the same where there was no answer.
        """
        body = {
            "changeType": "updated,deleted",
            "notificationUrl": address.url,
            "lifecycleNotificationUrl": address.url,
            "resource": _RESOURCE,
            "expirationDateTime": _moment(expires),
            "clientState": state,
        }
        with azure_errors("subscribe to groups through", address.topic):
            response = await self._client.send(HttpRequest("POST", _ALL, json=body), once=True)
            return _subscription(response.json())

    async def extend(self, subscription_id: str, expires: datetime) -> Subscription:
        """Gives it another end, which reauthorizes it, too; raises NotFoundError where it has ended, TemporaryError."""
        body = {"expirationDateTime": _moment(expires)}
        with azure_errors("extend subscription", subscription_id):
            response = await self._client.send(HttpRequest("PATCH", f"{_ALL}/{subscription_id}", json=body))
            return _subscription(response.json())

    async def delete(self, subscription_id: str) -> None:
        """Ends a subscription; succeeds where it has ended."""
        try:
            with azure_errors("delete subscription", subscription_id):
                await self._client.send(HttpRequest("DELETE", f"{_ALL}/{subscription_id}"))
        except NotFoundError:
            return


def _subscription(found: Mapping[str, Any]) -> Subscription:
    return Subscription(
        str(found["id"]).lower(),
        _time(found["expirationDateTime"]),
        str(found.get("notificationUrl") or ""),
        str(found.get("lifecycleNotificationUrl") or ""),
    )


def _parts(url: str) -> dict[str, str]:
    return {name.lower(): value.lower() for name, value in parse_qsl(url.partition("?")[2])}


def _moment(when: datetime) -> str:
    return when.astimezone(UTC).isoformat(timespec="milliseconds").replace("+00:00", "Z")


def _time(text: str) -> datetime:
    return datetime.fromisoformat(text).astimezone(UTC)
