"""What a test needs of the local Azure: where it is, and the product's own parts wired to it."""

import asyncio
import json
import shlex
import uuid
from dataclasses import dataclass, field, replace
from datetime import UTC, datetime, timedelta
from pathlib import Path
from types import TracebackType
from typing import Self

from azure.data.tables.aio import TableServiceClient

from shared.models import WorkItem
from shared.resource_id import ResourceId
from shared.road.services import Services, build
from shared.roles import ALIASES
from shared.settings import Settings
from shared.store.postures import Posture
from shared.store.work_queue import new_operation_id
from simulator.client import AUTHORIZATION_VERSION, Client
from simulator.company.identities import CHAT_USERS, PRODUCTION, UNKEYED

CHAT = f"/subscriptions/{PRODUCTION}/resourceGroups/rg-chat/providers/Microsoft.CognitiveServices/accounts/chat-one"
USER_ROLE = ALIASES["cognitive-services-user"]
POLICY = Path(__file__).parent.parent / "simulator" / "company" / "policy.yaml"


@dataclass(frozen=True, slots=True)
class Place:
    """A running local Azure: its home folder and the variables it printed."""

    home: Path
    variables: dict[str, str] = field(repr=False)

    def app_settings(self) -> dict[str, str]:
        found: dict[str, str] = json.loads((self.home / "app.json").read_text())
        return found


def shell_variables(text: str) -> dict[str, str]:
    """The variables of `export NAME=value` lines."""
    words = [shlex.split(line) for line in text.splitlines() if line.startswith("export ")]
    return dict(word[1].split("=", 1) for word in words)


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
        self.items: list[tuple[datetime, WorkItem]] = []

    async def put(self, item: WorkItem, *, visible_at: datetime | None = None, now: datetime | None = None) -> None:  # noqa: ARG002
        self.items.append((visible_at or self.now(), item))

    async def poisoned(self) -> int:
        return 0

    def take(self) -> tuple[datetime, WorkItem] | None:
        """The item that is due first."""
        self.items.sort(key=lambda each: each[0])
        return self.items.pop(0) if self.items else None


class LocalRun:
    """The seeded tenant, a client of it, and the product's services over it, with a clock that a test moves."""

    def __init__(self, place: Place, folder: Path) -> None:
        self.place = place
        self.policy = folder / "policy.yaml"
        self.policy.write_text(POLICY.read_text())
        self.now = TestClock()
        self.room = WaitingRoom(self.now)
        self.client: Client
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

    async def advance(self, by: timedelta) -> None:
        """Moves the test's clock and the simulator's."""
        self.now.ahead += by
        await self.client.advance(by.total_seconds())
        self.client.sign_out()

    def item(self, account: str = CHAT, cause: str = "test", *, event: bool = False) -> WorkItem:
        return WorkItem(ResourceId.account(account), cause, new_operation_id(), self.now() if event else None)

    async def work(self, item: WorkItem) -> None:
        """One pass, as the queue trigger runs it: what cannot be finished waits in the room."""
        from functions.work import pass_over

        await pass_over(self.services, item)

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

    async def posture(self, account: str = CHAT) -> Posture:
        found = await self.services.postures.get(ResourceId.account(account))
        assert found is not None, f"no posture of {account}"
        return found

    async def assign_by_hand(
        self, scope: str = CHAT, principal: str = CHAT_USERS.id, role: str = USER_ROLE, **more: str
    ) -> str:
        """Somebody else makes an assignment under a name of their own; returns its id."""
        subscription = "/".join(scope.split("/")[:3])
        definition = f"{subscription}/providers/Microsoft.Authorization/roleDefinitions/{role}"
        properties = {"roleDefinitionId": definition, "principalId": principal, "principalType": "Group", **more}
        path = f"{scope}/providers/Microsoft.Authorization/roleAssignments/{uuid.uuid4()}"
        answer = await self.client.arm("PUT", path, {"properties": properties}, version=AUTHORIZATION_VERSION)
        assert answer.status == 201, answer.body
        return str(answer.body["id"])

    async def fault_was_hit(self) -> None:
        """Waits until the fault asked for last has been hit."""
        while not (await self.client.simulator("GET", "faults"))[-1]["hits"]:  # noqa: ASYNC110  # there is no sign
            await asyncio.sleep(0.02)

    async def blockers(self, account: str = CHAT) -> dict[str, str]:
        """What blocks the account: message and fix by code."""
        return {each["code"]: f"{each['message']} {each['fix']}" for each in (await self.posture(account)).blockers}

    async def ledger(self, account: str = CHAT) -> list[tuple[str, str]]:
        """Every entry of the account's ledger, oldest first: the kind of its step, and what became of it."""
        history = await self.services.ledger.history(ResourceId.account(account))
        return [(each.step["kind"], each.state) for each in history]

    async def announced(self, account: str = CHAT) -> list[str]:
        """The kinds of the outcomes published of the account so far."""
        outcomes = await self.client.outcomes()
        return [each["type"] for each in outcomes if each["subject"].lower() == account.lower()]

    async def writes(self) -> list[str]:
        """Every write the app has sent to Resource Manager so far, method and path."""
        traffic = await self.client.traffic(host="management.azure.com")
        return [
            f"{each['method']} {each['url'].partition('?')[0]}"
            for each in traffic
            if each["caller"] == UNKEYED.id and each["method"] != "GET"
        ]
