"""Outcome events to a custom topic, by azure-eventgrid."""

from typing import TYPE_CHECKING, Any

from shared.errors import azure_errors

if TYPE_CHECKING:
    from azure.eventgrid.aio import EventGridPublisherClient

    from shared.session import Session

SOURCE = "/unkeyed"


class Publisher:
    """Publishes CloudEvents. With no topic set, publishing does nothing: the ledger has it all."""

    def __init__(self, session: "Session", topic: str | None) -> None:
        self._session = session
        self._topic = topic
        self._made: EventGridPublisherClient | None = None

    async def publish(self, kind: str, subject: str, data: dict[str, Any], *, event_id: str) -> None:
        """Publishes one `Unkeyed.<kind>`; the same `event_id` marks a repetition. Raises as azure_errors does."""
        if self._topic is None:
            return
        from azure.core.messaging import CloudEvent

        event = CloudEvent(source=SOURCE, type=f"Unkeyed.{kind}", subject=subject, data=data, id=event_id)
        with azure_errors("publish to", self._topic):
            await self._client(self._topic).send(event)

    def _client(self, topic: str) -> "EventGridPublisherClient":
        if self._made is None:
            from azure.eventgrid.aio import EventGridPublisherClient

            self._made = EventGridPublisherClient(topic, self._session.credential, **self._session.client_options())
        return self._made
