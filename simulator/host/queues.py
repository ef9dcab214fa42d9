"""Queue triggers: polling, concurrency, visibility, retries and the poison queue.

Behaviour of QueueListener and QueueProcessor in the WebJobs Storage queues extension. Unlike them, the host makes a
trigger's queue where there is none: in Azure, infrastructure does that.
"""

import asyncio
import logging
import random
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager, suppress
from typing import TYPE_CHECKING

from simulator.host import queue_messages
from simulator.host.configuration import SHORTEST_POLL, QueueOptions
from simulator.host.data import datum
from simulator.host.storage_queues import Queues
from simulator.host.worker import Function, Worker

if TYPE_CHECKING:
    from azure.storage.queue import QueueMessage
    from azure.storage.queue.aio import QueueClient

INVISIBLE_WHILE_RUNNING = 600
POISON = "-poison"
_log = logging.getLogger("Host.Triggers.Queue")


class Backoff:
    """Waits between polls of an empty queue: 100 ms, then randomly doubling up to the longest."""

    def __init__(self, longest: float) -> None:
        self.longest = longest
        self.tries = 0

    def found(self) -> None:
        self.tries = 0

    def next(self) -> float:
        wait = SHORTEST_POLL
        if self.tries:
            wait += random.uniform(0.8, 1.2) * 2 ** min(self.tries - 1, 30) * SHORTEST_POLL
        self.tries += 1
        return min(wait, self.longest)


class Listener:
    """Polls the queue of one function. `invisible` is how long a message stays hidden while it is worked on."""

    def __init__(
        self, function: Function, worker: Worker, queues: Queues, options: QueueOptions, *, invisible: int
    ) -> None:
        self.function = function
        self.worker = worker
        self.queues = queues
        self.options = options
        self.invisible = invisible
        self.queue = function.trigger.text("queueName")
        self.processing: set[asyncio.Task[None]] = set()
        self._backoff = Backoff(options.max_polling_interval)
        self._wake = asyncio.Event()
        self._stopping = False
        self._outage = False
        self._known = False

    def notify(self, queue: str) -> None:
        """Polls at once where `queue` is this listener's."""
        if queue == self.queue:
            self._wake.set()

    def stop(self) -> None:
        """No more polls after the present one: a receive that is cut off would hide its messages."""
        self._stopping = True
        self._wake.set()

    async def run(self) -> None:
        """Polls until stopped, whatever the storage does."""
        await asyncio.to_thread(__import__, "azure.storage.queue.aio")
        client = self.queues.client(self.function.trigger, self.queue)
        while not self._stopping:
            self._wake.clear()
            messages = await self._receive(client)
            for message in messages:
                task = asyncio.create_task(self._process(client, message))
                self.processing.add(task)
                task.add_done_callback(self.processing.discard)
            if messages:
                self._backoff.found()
                await self._room()
            else:
                await self._pause(self._backoff.next())

    async def _pause(self, seconds: float) -> None:
        if self._stopping:
            return
        try:
            async with asyncio.timeout(seconds):
                await self._wake.wait()
        except TimeoutError:
            return

    async def _room(self) -> None:
        while len(self.processing) > self.options.new_batch_threshold and not self._stopping:
            await asyncio.wait(self.processing, return_when=asyncio.FIRST_COMPLETED)

    async def _receive(self, client: "QueueClient") -> "list[QueueMessage]":
        """The next batch; nothing while the storage is out of reach, which is logged once for each outage."""
        from azure.core.exceptions import AzureError, ResourceExistsError, ResourceNotFoundError

        messages: list[QueueMessage] = []
        try:
            if not self._known:
                with suppress(ResourceExistsError):
                    await client.create_queue(retry_total=0)
                self._known = True
            pages = client.receive_messages(
                messages_per_page=self.options.batch_size, visibility_timeout=self.invisible, retry_total=0
            ).by_page()
            if page := await anext(pages, None):
                messages = [each async for each in page]
        except ResourceNotFoundError:
            self._known = False
        except AzureError as error:
            self._known = False
            self._reached(error)
        else:
            self._reached(None)
        return messages

    def _reached(self, error: Exception | None) -> None:
        if error and not self._outage:
            _log.error("The queue '%s' of function %s cannot be read: %s", self.queue, self.function.name, error)
        elif self._outage and not error:
            _log.warning("The queue '%s' of function %s can be read again", self.queue, self.function.name)
        self._outage = error is not None

    async def _process(self, client: "QueueClient", message: "QueueMessage") -> None:
        from azure.core.exceptions import AzureError

        try:
            await self._handle(client, message)
        except AzureError as error:
            _log.error(
                "Message %s of queue '%s' could not be settled and will come again: %s", message.id, self.queue, error
            )

    async def _handle(self, client: "QueueClient", message: "QueueMessage") -> None:
        try:
            body = self.queues.decoded(str(message.content))
        except ValueError:
            _log.error("Message %s of queue '%s' cannot be decoded", message.id, self.queue)
            await self._poison(client, message, str(message.content).encode())
            return
        dequeued = message.dequeue_count or 0
        if dequeued > self.options.max_dequeue_count:
            await self._poison(client, message, body)
            return
        text = body.decode(errors="replace")
        async with self._hidden(client, message):
            outcome = await self.worker.invoke(
                self.function,
                datum(text, "string"),
                queue_messages.metadata(text, message),
                reason=f"New queue message detected on '{self.queue}'.",
            )
        if outcome.succeeded:
            await self._delete(client, message)
        elif dequeued >= self.options.max_dequeue_count:
            await self._poison(client, message, body)
        else:
            await self._release(client, message)

    @asynccontextmanager
    async def _hidden(self, client: "QueueClient", message: "QueueMessage") -> AsyncIterator[None]:
        task = asyncio.create_task(self._keep_hidden(client, message))
        try:
            yield
        finally:
            task.cancel()
            await asyncio.wait([task])

    async def _keep_hidden(self, client: "QueueClient", message: "QueueMessage") -> None:
        from azure.core.exceptions import AzureError

        while True:
            await asyncio.sleep(self.invisible / 2)
            try:
                await self._hide(client, message, self.invisible)
            except AzureError as error:
                _log.warning("Message %s could not be kept hidden: %s", message.id, error)

    async def _hide(self, client: "QueueClient", message: "QueueMessage", seconds: int) -> None:
        updated = await client.update_message(message.id, message.pop_receipt, visibility_timeout=seconds)
        message.pop_receipt = updated.pop_receipt
        message.next_visible_on = updated.next_visible_on

    async def _release(self, client: "QueueClient", message: "QueueMessage") -> None:
        if self.queue.endswith(POISON):
            return  # such a queue has no poison queue: the message stays hidden, or it would spin
        async with _settled_elsewhere(message):
            await self._hide(client, message, round(self.options.visibility_timeout))

    async def _delete(self, client: "QueueClient", message: "QueueMessage") -> None:
        async with _settled_elsewhere(message):
            await client.delete_message(message.id, message.pop_receipt)

    async def _poison(self, client: "QueueClient", message: "QueueMessage", body: bytes) -> None:
        if self.queue.endswith(POISON):
            return
        queue = self.queue + POISON
        _log.warning(
            "Message has reached MaxDequeueCount of %s. Moving message to queue '%s'.",
            *(self.options.max_dequeue_count, queue),
        )
        await self.queues.put(self.queues.client(self.function.trigger, queue), body)
        await self._delete(client, message)
        self.queues.added(queue)


@asynccontextmanager
async def _settled_elsewhere(message: "QueueMessage") -> AsyncIterator[None]:
    """Lets pass that the message, or its receipt, is no longer ours: somebody else settles it."""
    from azure.core.exceptions import HttpResponseError

    try:
        yield
    except HttpResponseError as error:
        if error.status_code not in (400, 404):
            raise
        _log.debug("Message %s was settled by somebody else", message.id)
