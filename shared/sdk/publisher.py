"""Outcome events to a custom topic, by azure-eventgrid."""

import logging
from datetime import datetime, timedelta
from typing import TYPE_CHECKING, Any

from shared.errors import PermanentError, TemporaryError, azure_errors

if TYPE_CHECKING:
    from azure.eventgrid.aio import EventGridPublisherClient

    from shared.session import Session

SOURCE = "/unkeyed"
PATIENCE = timedelta(minutes=15)
# This client takes no retry policy from outside: its own would repeat ten times, and sleep as long as any Retry-After says
_BRIEF: dict[str, Any] = {"retry_total": 2, "retry_status": 0, "retry_read": 0, "retry_backoff_factor": 0.2}

_log = logging.getLogger(f"unkeyed.{__name__}")


class Publisher:
    """Publishes CloudEvents. With no topic set, publishing does nothing: the ledger has it all."""

    def __init__(self, session: "Session", topic: str | None) -> None:
        self._session = session
        self._topic = topic
        self._made: EventGridPublisherClient | None = None
        self._silent: tuple[datetime, datetime] | None = None  # since when the topic has not answered, and the last try

    async def publish(self, kind: str, subject: str, data: dict[str, Any], *, event_id: str) -> None:
        """Publishes one `Unkeyed.<kind>`; the same `event_id` marks a repetition. Raises TemporaryError.

        What the topic refuses for good is logged and goes unheard, so that whoever listens cannot stop the road. It answers
        401 where the app may not send to it. A topic that has not answered for PATIENCE is taken to refuse.
        """
        if self._topic is None:
            return
        from azure.core.messaging import CloudEvent

        event = CloudEvent(source=SOURCE, type=f"Unkeyed.{kind}", subject=subject, data=data, id=event_id)
        try:
            with azure_errors("publish to", self._topic):
                await self._client(self._topic).send(event)
        except (PermanentError, TemporaryError) as error:
            if isinstance(error, PermanentError) or error.code == "Unauthorized":
                self._silent = None  # to refuse is an answer
            else:
                self._note(error)
                if not self._is_lost():
                    raise
            _log.error(
                "an outcome event was refused: %s", error, extra={"event_type": event.type, "event_id": event_id}
            )
        else:
            self._silent = None

    def _note(self, error: TemporaryError) -> None:
        """Remembers since when the topic has not answered; to say when to come again is an answer."""
        now = self._session.now()
        since, last = self._silent or (now, now)
        self._silent = (since if now - last < 2 * PATIENCE else now, now) if error.retry_after is None else None

    def _is_lost(self) -> bool:
        """True where the topic has not answered this process for long, be it deleted or out of reach."""
        return self._silent is not None and self._silent[1] - self._silent[0] > PATIENCE

    def _client(self, topic: str) -> "EventGridPublisherClient":
        if self._made is None:
            from azure.eventgrid.aio import EventGridPublisherClient

            shared = {"transport": self._session.transport(), "per_retry_policies": [self._session.gate_policy()]}
            self._made = EventGridPublisherClient(topic, self._session.credential, **shared, **_BRIEF)
        return self._made
