"""What a test needs of the local Azure: where it is, and the product's own parts wired to it."""

from dataclasses import replace
from datetime import UTC, datetime, timedelta
from pathlib import Path
from types import TracebackType
from typing import Any, Self

from azure.data.tables.aio import TableServiceClient

from shared.models import GroupItem, Item, WorkItem
from shared.resource_id import ResourceId
from shared.road.services import Services, build
from shared.settings import Settings
from shared.store.ledger import Ledger
from shared.store.postures import Postures
from shared.store.work_queue import new_operation_id
from simulator.child import Place
from simulator.client import Client
from tests.watching import CHAT, USER_ROLE, Watching

__all__ = ["CHAT", "USER_ROLE", "LocalRun", "Place"]

POLICY = Path(__file__).parent.parent / "simulator" / "company" / "policy.yaml"


async def empty_tables(connection_string: str) -> None:
    """Removes every table, so that a test starts with nothing remembered."""
    async with TableServiceClient.from_connection_string(connection_string) as service:
        async for table in service.list_tables():
            await service.delete_table(table.name)


class TestClock:
    """Time that a test moves; the simulator's clock is moved with it."""

    __test__ = False

    def __init__(self) -> None:
        self.ahead = timedelta()

    def __call__(self) -> datetime:
        return datetime.now(UTC) + self.ahead


class WaitingRoom:
    """A work queue in this process, so that a test need not live through the waits. Queue storage has tests of its own."""

    def __init__(self, now: TestClock) -> None:
        self.now = now
        self.items: list[tuple[datetime, Any]] = []  # any Item: a test knows which
        self.watches: list[GroupItem] = []  # groups to be watched, of interest to tests of groups only
        self.back: set[Item] = set()

    async def put(self, item: Item, *, visible_at: datetime | None = None, now: datetime | None = None) -> None:  # noqa: ARG002
        if isinstance(item, GroupItem) and item.event_time is None:
            self.watches.append(item)
        else:
            self.items.append((visible_at or self.now(), item))

    def give_back(self, item: Item, after: timedelta = timedelta()) -> None:
        """An item whose worker died is seen again, as one that was taken before."""
        self.back.add(item)
        self.items.append((self.now() + after, item))

    async def poisoned(self) -> int:
        return 0

    def take(self) -> tuple[datetime, Any] | None:
        """The item that is due first."""
        self.items.sort(key=lambda each: each[0])
        return self.items.pop(0) if self.items else None


class LocalRun(Watching):
    """The seeded tenant, a client of it, and the product's services over it, with a clock that a test moves."""

    def __init__(self, place: Place, folder: Path) -> None:
        self.place = place
        self.policy = folder / "policy.yaml"
        self.policy.write_text(POLICY.read_text())
        self.now = TestClock()
        self.room = WaitingRoom(self.now)
        self.services: Services
        self._made: list[Services] = []

    async def __aenter__(self) -> Self:
        self.client = Client(self.place.variables)
        await self.client.reset()
        await empty_tables(self.place.app_settings()["AzureWebJobsStorage"])
        await self.client.turn(provisioning=0, role_propagation=0, principal_replication=0, casing="vary")
        self.services = self.new_services()
        return self

    async def __aexit__(
        self, _: type[BaseException] | None, __: BaseException | None, ___: TracebackType | None
    ) -> None:
        for each in self._made:
            await each.close()
        await self.client.session.close()

    def new_services(self, **changed: str) -> Services:
        """The services as a new process would make them, with other settings where some are given."""
        policy = {"UNKEYED_POLICY": str(self.policy)}
        settings = Settings.read({**self.place.app_settings(), **policy, **changed})
        made = build(settings, self.now)
        self._made.append(made)
        return replace(made, queue=self.room)  # type: ignore[arg-type]  # stands in, see WaitingRoom

    @property
    def postures(self) -> Postures:
        return self.services.postures

    @property
    def entries(self) -> Ledger:
        return self.services.ledger

    async def advance(self, by: timedelta) -> None:
        """Moves the test's clock and the simulator's."""
        self.now.ahead += by
        await self.client.advance(by.total_seconds())
        self.client.sign_out()

    def item(self, account: str = CHAT, cause: str = "test", *, event: bool = False) -> WorkItem:
        return WorkItem(ResourceId.account(account), cause, new_operation_id(), self.now() if event else None)

    async def work(self, item: Item) -> None:
        """One pass, as the queue trigger runs it: what cannot be finished waits in the room."""
        from functions.work import pass_over

        is_back = item in self.room.back
        self.room.back.discard(item)
        await pass_over(self.services, item, is_back=is_back)

    async def settle(self, *, passes: int = 50) -> int:
        """Works off everything that waits, moving the clock to when it is due; returns how many passes that took."""
        for number in range(passes):
            waiting = self.room.take()
            if waiting is None:
                return number
            due, item = waiting
            if due > self.now():
                await self.advance(due - self.now() + timedelta(milliseconds=10))
            await self.work(item)
        raise AssertionError(f"not settled after {passes} passes: {self.room.items}")
