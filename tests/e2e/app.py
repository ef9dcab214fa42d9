"""The local Azure with the app in its host, seen from outside: public hosts, the app's tables and queues, its log."""

import base64
import json
from datetime import UTC, datetime
from types import TracebackType
from typing import Any, Self

from azure.data.tables.aio import TableServiceClient
from azure.storage.queue.aio import QueueClient, QueueServiceClient

from shared.credentials import credential_for
from shared.resource_id import ResourceId
from shared.session import Session
from shared.settings import Settings
from shared.store.group_feed import GroupFeed
from shared.store.ledger import Ledger
from shared.store.postures import Postures
from shared.store.tables import Tables
from shared.store.work_queue import POISON, WORK
from simulator.client import Client
from simulator.wire import Json
from tests.local import Place
from tests.patience import eventually
from tests.watching import CHAT, Watching


class AppRun(Watching):
    """One test's view of a hosted app. The tenant is as it was seeded; tables and queues keep what came before."""

    def __init__(self, place: Place) -> None:
        self.place = place
        self.storage = place.variables["AZURE_STORAGE_CONNECTION_STRING"]
        settings = Settings.read({"UNKEYED_POLICY": "policy.yaml", "AzureWebJobsStorage": self.storage})
        self._session = Session(credential_for(settings))
        tables = Tables(self._session, settings.storage)
        self._postures, self._entries, self._feed = Postures(tables), Ledger(tables), GroupFeed(tables)
        self._logged = len(self._log_text())

    @property
    def postures(self) -> Postures:
        return self._postures

    @property
    def entries(self) -> Ledger:
        return self._entries

    async def __aenter__(self) -> Self:
        self.client = Client(self.place.variables)
        await self.client.reset()
        await self.client.turn(
            provisioning=0, role_propagation=0, principal_replication=0, event_retry_scale=0.02, token_buckets=False
        )
        await self.until("Event Grid and the app have shaken hands", self._is_subscribed)
        return self

    async def __aexit__(
        self, _: type[BaseException] | None, __: BaseException | None, ___: TracebackType | None
    ) -> None:
        await self.client.session.close()
        await self._session.close()

    async def _is_subscribed(self) -> bool:
        states = (await self.client.simulator("GET", "events"))["subscriptions"].values()
        return set(states) == {"Succeeded"}

    # waiting

    until = staticmethod(eventually)

    async def until_at(self, milestone: str, account: str = CHAT) -> None:
        """Waits until the app says that the account stands there, and until nothing is left to do."""

        async def stands_there() -> bool:
            found = await self.postures.get(ResourceId.account(account))
            return found is not None and found.milestone == milestone

        await self.until(f"{account} is {milestone}", stands_there)
        await self.until_idle()

    async def until_idle(self) -> None:
        """Waits until the work queue is empty."""
        await self.until("the work queue is empty", self.is_idle)

    async def is_idle(self) -> bool:
        return await self.waiting() == 0

    async def waiting(self) -> int:
        """How many messages are on the work queue: what is being worked on counts, too, but not the reading of groups that
        waits for the feed to show what events told of."""
        async with self.queue(WORK) as queue:
            count = (await queue.get_queue_properties()).approximate_message_count or 0
        again = (await self._feed.state()).again if count else None
        return count - (again is not None and again > datetime.now(UTC))

    # events

    async def emitted(self, account: str) -> list[Json]:
        """The events that Azure has raised of this very account so far."""
        events = await self.client.simulator("GET", "events")
        return [each for each in events["emitted"] if each["subject"].lower() == account.lower()]

    async def deliver(self, *events: Json, subscription: str = "unkeyed-production") -> None:
        """Has events delivered as they are, whatever the subscription's filter, and waits until no delivery is left."""
        asked = {"events": list(events), "subscription": subscription}
        before = len(await self.attempts(*events))
        made: int = (await self.client.simulator("POST", "events", asked))["deliveries"]

        async def are_delivered() -> bool:
            done = [each for each in (await self.attempts(*events))[before:] if each["status"] == 202]
            return len(done) == made

        await self.until("the events are delivered", are_delivered)

    async def attempts(self, *events: Json) -> list[Json]:
        """Every try to deliver one of these events."""
        ids = {each["id"] for each in events}
        described = await self.client.simulator("GET", "events")
        return [each for each in described["deliveries"] if each["eventId"] in ids]

    # the app's own

    def queue(self, name: str) -> QueueClient:
        return QueueClient.from_connection_string(self.storage, name)

    async def queued(self, name: str) -> list[str]:
        """The text of the first messages of a queue."""
        async with self.queue(name) as queue:
            return [base64.b64decode(each.content).decode() for each in await queue.peek_messages(max_messages=32)]

    async def poisoned(self) -> list[str]:
        return await self.queued(POISON) if POISON in await self.queues() else []

    async def queues(self) -> list[str]:
        async with QueueServiceClient.from_connection_string(self.storage) as service:
            return [each.name async for each in service.list_queues()]

    async def rows(self) -> list[Json]:
        """Every row of every table, with the table's name."""
        found: list[Json] = []
        async with TableServiceClient.from_connection_string(self.storage) as service:
            async for table in service.list_tables():
                rows = service.get_table_client(table.name).list_entities()
                found += [{"table": table.name, **row} async for row in rows]
        return found

    async def sweep(self) -> None:
        """Runs the sweep's timer by hand."""
        await self.run_timer("sweep_fleet")

    async def run_timer(self, function: str) -> None:
        """Runs a timer by hand."""
        host, key = self.place.variables["UNKEYED_HOST"], self.place.variables["UNKEYED_HOST_KEY"]
        url, headers = f"{host}/admin/functions/{function}", {"x-functions-key": key}
        async with self.client.session.post(url, json={"input": ""}, headers=headers) as response:
            assert response.status == 202

    async def keep_down(self, down: bool) -> None:
        """Ends the app's host and keeps it down, or starts it again and waits until it answers."""
        await self.client.simulator("PATCH", "app", {"down": down})
        if not down:
            await self.until("the host answers", self._host_answers)

    async def restart(self) -> None:
        """The app's process ends in the middle of whatever it does, and another takes its place."""
        await self.keep_down(True)
        await self.keep_down(False)

    async def _host_answers(self) -> bool:
        try:
            async with self.client.session.get(self.place.variables["UNKEYED_HOST"]):
                return True
        except OSError:
            return False

    def log(self) -> list[Json]:
        """The lines of the app's log since this test began."""
        return [json.loads(line) for line in self._log_text()[self._logged :].splitlines()]

    def errors(self) -> list[Any]:
        """What the log has at level ERROR and above."""
        return [each for each in self.log() if each["level"] in ("ERROR", "CRITICAL")]

    def _log_text(self) -> str:
        path = self.place.home / "app.log"
        return path.read_text() if path.exists() else ""
