"""Plays what any fleet has: events that come in or do not, passes, deaths, sweeps, faults, and time that goes by."""

import asyncio
import uuid
from collections.abc import Callable, Mapping
from contextlib import suppress
from datetime import datetime, timedelta
from functools import singledispatchmethod
from typing import Any

import azure.functions as func

from functions.resource_events import resource_events
from functions.vault_events import vault_events
from shared.errors import PermanentError, TemporaryError
from shared.models import GroupItem, Item, OwnerItem, SecretItem
from shared.road import services as made_services
from shared.road.sweep import Swept, sweep
from simulator.company.identities import UNKEYED
from tests.fleet import steps as happens
from tests.fleet.dying import Died, dying_at
from tests.fleet.steps import HOWS, PLACES, TARGETS
from tests.fleet.tenant import Tenant
from tests.local import LocalRun

# Queue storage gives a message back this long after its reader died
VISIBLE_AGAIN = timedelta(minutes=10)
# The SDKs keep a token by the machine's own clock, which no test moves: a new process gets a new one
TOKEN_LASTS = timedelta(hours=20)


class Driving:
    """`is_heard` is False once the topic of the outcome events has refused one for good."""

    targets: Mapping[str, dict[str, Any]] = TARGETS

    def __init__(self, local: LocalRun, say: Callable[[str], None]) -> None:
        self.local = local
        self.say = say
        self.tenant = Tenant(local.client)
        self.told = 0
        self.is_heard = True
        self._since = timedelta()

    def serve(self) -> None:
        """Hands the triggers the services of this run."""
        made_services._made[asyncio.get_running_loop()] = self.local.services

    @singledispatchmethod
    async def play(self, step: Any) -> None:
        raise NotImplementedError(step)

    # what becomes of the events

    @play.register
    async def _(self, step: happens.Deliver) -> None:
        emitted = (await self.local.client.simulator("GET", "events"))["emitted"]
        fresh, self.told = emitted[self.told :], len(emitted)
        if step.lost:
            fresh = []
        order = {"in order": fresh, "reversed": fresh[::-1], "twice": fresh + fresh}[step.order]
        for each in order:
            await self._trigger(each)
        self._say(step, f"{len(order)} events")

    @play.register
    async def _(self, step: happens.Forge) -> None:
        operation = f"Microsoft.CognitiveServices/accounts/{step.operation}"
        time = self.local.now() + timedelta(minutes=step.minutes)
        kind = "Write" if step.operation == "write" else "Delete"
        forged = {
            "id": str(uuid.uuid4()),
            "subject": PLACES[step.name].upper().replace("/RESOURCEGROUPS/", "/resourcegroups/"),
            "eventType": f"Microsoft.Resources.Resource{kind}Success",
            "eventTime": time.isoformat(),
            "topic": "/subscriptions/x",
            "data": {"operationName": operation},
        }
        await self._trigger(forged)
        self._say(step)

    async def _trigger(self, event: dict[str, Any]) -> None:
        """Runs the app's Event Grid function for it; the work it queues waits in the room."""
        function = vault_events if event["eventType"].startswith("Microsoft.KeyVault.") else resource_events
        made = func.EventGridEvent(
            id=event["id"],
            data=event["data"],
            topic=event["topic"],
            subject=event["subject"],
            event_type=event["eventType"],
            event_time=datetime.fromisoformat(event["eventTime"]),
            data_version="2",
        )
        await function._function.get_user_function()(made)

    # what the app does, and what happens to it

    @play.register
    async def _(self, step: happens.Work) -> None:
        taken = [item for _ in range(step.items) if (item := self._due())]
        if step.together:
            await asyncio.gather(*(self._pass(each) for each in taken))
        else:
            for each in taken:
                await self._pass(each)
        self._say(step, ", ".join(map(named, taken)))

    def _due(self) -> Any:
        """The item that is due first, taken out of the room; None where none is due yet."""
        taken = self.local.room.take()
        if taken and taken[0] > self.local.now():
            self.local.room.items.append(taken)
            return None
        return taken and taken[1]

    async def _pass(self, item: Any) -> None:
        await self.local.work(item)

    @play.register
    async def _(self, step: happens.Die) -> None:
        item = self._due()
        if item is None:
            return
        waiting = list(self.local.room.items)
        try:
            async with dying_at(self.local.services, step.call, sent=step.sent):
                await self._pass(item)
            said = "lived through it"
        except Died:
            self.local.room.items = waiting
            self.local.room.give_back(item, VISIBLE_AGAIN)
            said = "died"
        await self.restart()
        self._say(step, named(item), said)

    @play.register
    async def _(self, step: happens.Restart) -> None:
        await self.restart()
        self._say(step)

    async def restart(self) -> None:
        """A new process: nothing that was in memory is left."""
        await self.local.services.close()
        self.local.services = self.local.new_services()
        self._since = self.local.now.ahead
        self.serve()

    @play.register
    async def _(self, step: happens.Sweep) -> None:
        with suppress(TemporaryError, PermanentError):  # the timer comes again
            await self.sweep()
        self._say(step)

    async def sweep(self) -> Swept:
        return await sweep(self.local.services)

    @play.register
    async def _(self, step: happens.Wait) -> None:
        await self.wait(timedelta(seconds=step.seconds))
        self._say(step)

    async def wait(self, time: timedelta) -> None:
        await self.local.advance(time)
        if self.local.now.ahead - self._since > TOKEN_LASTS:
            await self.restart()

    @play.register
    async def _(self, step: happens.Fault) -> None:
        target = self.targets[step.what]
        self.is_heard &= (step.what, step.how) != ("publish", "403")
        caller = {} if "storage" in target.get("host", "") else {"caller": UNKEYED.id}
        await self.local.client.fault(**{**caller, **target, **HOWS[step.how]}, times=step.times)
        self._say(step)

    async def drain(self, most: int) -> None:
        """Works off everything that waits, moving the clock to when it is due."""
        for _ in range(most):
            taken = self.local.room.take()
            if taken is None:
                return
            due, item = taken
            if due > self.local.now():
                await self.wait(due - self.local.now() + timedelta(milliseconds=10))
            await self._pass(item)
        waiting = [f"{due:%H:%M:%S} {named(item)} {item.cause}" for due, item in self.local.room.items]
        assert not waiting, f"not settled after {most} passes: {waiting}"

    def _say(self, step: object, *words: object) -> None:
        self.say(f"{self.local.now():%d. %H:%M:%S} {step} {' '.join(map(str, words))}")


def named(item: Item) -> str:
    """What an item is about, in a word."""
    match item:
        case OwnerItem():
            return item.owner.text.rpartition("/")[2]
        case SecretItem():
            return item.secret
        case GroupItem():
            return item.group
        case _:
            return item.account.name
