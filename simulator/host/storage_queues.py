"""Storage queues as the host uses them: clients by connection, message encoding, queue output.

The Storage SDK is imported when the first queue is used. Behaviour of the WebJobs Storage queues extension: base64 by
default, output queues are made on first use, JSON objects travel as their text.
"""

import base64
import binascii
import json
import logging
from collections.abc import Callable
from contextlib import suppress
from typing import TYPE_CHECKING, Any

from simulator.host.configuration import AppSettings
from simulator.host.data import Datum
from simulator.host.worker import Binding

if TYPE_CHECKING:
    from azure.storage.queue.aio import QueueClient, QueueServiceClient

RETRIES: dict[str, Any] = {
    "retry_total": 3,
    "initial_backoff": 1,
    "increment_base": 1,
    "random_jitter_range": 0,
}  # 1 s, 2 s, 2 s
_wire_log = logging.getLogger(
    "Host.Storage"
)  # in Azure the host is another process: its requests are not the app's log
_wire_log.setLevel(logging.WARNING)


class Queues:
    """Clients of every connection, and output. `added` is told the name of each queue that got a message."""

    def __init__(self, settings: AppSettings, *, base64_encoded: bool) -> None:
        self.settings = settings
        self.base64_encoded = base64_encoded
        self.added: Callable[[str], None] = lambda _: None
        self._services: dict[str, QueueServiceClient] = {}

    def check(self, binding: Binding) -> None:
        """Raises ConfigurationError where the binding's connection cannot be used here."""
        self.settings.connection_string(binding.text("connection"), f"binding {binding.name}")

    def client(self, binding: Binding, queue: str) -> "QueueClient":
        """A client of a queue in the storage that the binding's connection names; it neither encodes nor decodes."""
        from azure.storage.queue.aio import QueueServiceClient

        connection = binding.text("connection")
        if connection not in self._services:
            self._services[connection] = QueueServiceClient.from_connection_string(
                self.settings.connection_string(connection, f"binding {binding.name}"),
                logger=_wire_log,
                **RETRIES,
            )
        return self._services[connection].get_queue_client(queue)

    async def send(self, binding: Binding, value: Datum) -> None:
        """Puts what a function gave a queue output into its queue; raises the SDK's errors."""
        queue = binding.text("queueName")
        client = self.client(binding, queue)
        for content in _messages(value):
            await self.put(client, content)
        self.added(queue)

    async def put(self, client: "QueueClient", content: bytes) -> None:
        """Adds a message, and the queue where there is none."""
        from azure.core.exceptions import ResourceExistsError, ResourceNotFoundError

        text = self.encoded(content)
        try:
            await client.send_message(text)
        except ResourceNotFoundError:
            with suppress(ResourceExistsError):  # somebody else was quicker, which is as good
                await client.create_queue()
            await client.send_message(text)

    def encoded(self, content: bytes) -> str:
        return base64.b64encode(content).decode() if self.base64_encoded else content.decode()

    def decoded(self, text: str) -> bytes:
        """The bytes of a message; raises ValueError where it is not base64 and should be."""
        if not self.base64_encoded:
            return text.encode()
        try:
            return base64.b64decode(text, validate=True)
        except binascii.Error as error:
            raise ValueError(f"not base64: {error}") from error

    async def close(self) -> None:
        for service in self._services.values():
            await service.close()


def _messages(value: Datum) -> list[bytes]:
    if value.type == "bytes":
        return [value.value]
    if value.type != "json":
        return [str(value.value).encode()]
    parsed = json.loads(value.value)
    items = parsed if isinstance(parsed, list) else [parsed]
    return [(each if isinstance(each, str) else json.dumps(each)).encode() for each in items]
