"""Orders as a portal gives them: shown, asked for, and worked off by this process as its queue worker would."""

from typing import Any

from shared.models import OrderItem
from shared.models.operations import Operation
from shared.models.orders import Asker, Order, OrderKind
from shared.resource_id import ResourceId
from shared.road.orders.ask import ask
from shared.road.orders.progress import Progress, progress
from shared.road.orders.show import Preview, show
from shared.road.words import described
from shared.store.work_queue import new_operation_id
from tests.functional.road import CHAT, Road

ALICE = Asker("a11ce000-0000-4000-8000-000000000001", "Alice")


class Ordering(Road):
    async def show(self, kind: OrderKind, account: str = CHAT, **more: Any) -> Preview:
        return await show(self.local.services, ResourceId(account), Order(kind, **more))

    async def steps(self, kind: OrderKind, account: str = CHAT, **more: Any) -> list[str]:
        """What an order would do, in words; it is not refused."""
        shown = await self.show(kind, account, **more)
        assert shown.refused == ()
        return [described(each) for each in shown.steps]

    async def codes(self, kind: OrderKind, account: str = CHAT, **more: Any) -> set[str]:
        """Why an order would be refused; nothing is said of what it would do."""
        shown = await self.show(kind, account, **more)
        assert shown.steps == ()
        return {each.code for each in shown.refused}

    async def ask(self, kind: OrderKind, account: str = CHAT, *, key: str = "", **more: Any) -> Operation:
        order = Order(kind, **more)
        name = key or new_operation_id()
        return await ask(
            self.local.services,
            ResourceId(account),
            order,
            ALICE,
            operation_id=name,
            fingerprint=repr((account, order)),
        )

    async def carried_out(self, kind: OrderKind, account: str = CHAT, *, key: str = "", **more: Any) -> Progress:
        """Asks, and works off the order and the look that follows, leaving what waits for later."""
        asked = await self.ask(kind, account, key=key, **more)
        await self.work_off()
        return await self.progress(asked.id)

    async def work_off(self) -> None:
        """Works off all that is due."""
        for _ in range(20):
            due = [each for each in self.local.room.items if each[0] <= self.local.now()]
            if not due:
                return
            self.local.room.items.remove(due[0])
            await self.local.work(due[0][1])

    async def progress(self, operation_id: str) -> Progress:
        found = await progress(self.local.services, operation_id)
        assert found
        return found

    async def ledger_of(self, operation_id: str) -> list[tuple[str, str]]:
        return [(each.kind, each.state) for each in (await self.progress(operation_id)).steps]

    def order_waits(self) -> list[OrderItem]:
        return [item for _, item in self.local.room.items if isinstance(item, OrderItem)]
