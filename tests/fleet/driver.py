"""Plays steps against the local Azure and the product's services in this process, and says what it did."""

import asyncio
import uuid
from collections.abc import Callable
from contextlib import suppress
from datetime import datetime, timedelta
from functools import singledispatchmethod
from typing import Any

import azure.functions as func

from functions.resource_events import resource_events
from shared.errors import PermanentError, TemporaryError
from shared.road import services as made_services
from shared.road.sweep import Swept, sweep
from simulator.company.identities import ALICE, TEAMS, UNKEYED
from tests.fleet import steps as happens
from tests.fleet.dying import Died, dying_at
from tests.fleet.intent import ALIASES, Policy, Seen, Wish, wish
from tests.fleet.steps import HOWS, PLACES, RESOURCE_GROUPS, TARGETS
from tests.fleet.tenant import Tenant, in_force_at, is_ours, scope_of
from tests.local import LocalRun

# Queue storage gives a message back this long after its reader died
VISIBLE_AGAIN = timedelta(minutes=10)
# The SDKs keep a token by the machine's own clock, which no test moves: a new process gets a new one
TOKEN_LASTS = timedelta(hours=20)


class Fleet:
    """`policy` is what the policy file says, None while that is not valid; `others` is what people assigned by hand.

    `is_heard` is False once the topic of the outcome events has refused one for good.
    """

    def __init__(self, local: LocalRun, say: Callable[[str], None]) -> None:
        self.local = local
        self.say = say
        self.tenant = Tenant(local.client)
        self.ids = [each.id for each in TEAMS]
        self.policy: Policy | None = None
        self.written: dict[str, Policy] = {}
        self.others: dict[str, tuple[str, str, str]] = {}
        self.proofs: dict[str, datetime] = {}
        self.told = 0
        self.is_heard = True
        self._since = timedelta()

    async def begin(self, policy: Policy, *, provisioning: int) -> None:
        await self.local.client.turn(provisioning=provisioning, page_size=5)
        await self.tenant.sign_in()
        self._serve()
        await self.play(happens.EditPolicy(policy))
        await self.sweep()

    def _serve(self) -> None:
        """Hands the triggers the services of this run."""
        made_services._made[asyncio.get_running_loop()] = self.local.services

    # what the teams do

    @singledispatchmethod
    async def play(self, step: Any) -> None:
        raise NotImplementedError(step)

    @play.register
    async def _(self, step: happens.CreateAccount) -> None:
        properties: dict[str, Any] = {"customSubDomainName": f"fleet-{step.name}"} if step.subdomain else {}
        answer = await self.tenant.put_account(step.name, step.kind, dict(step.tags), properties)
        if answer.status == 409 and step.restore:
            answer = await self.tenant.put_account(step.name, step.kind, dict(step.tags), {"restore": True})
        elif answer.status == 409:
            await self.tenant.purge(step.name)
            answer = await self.tenant.put_account(step.name, step.kind, dict(step.tags), properties)
        self._say(step, answer.status)

    @play.register
    async def _(self, step: happens.DeleteAccount) -> None:
        answer = await self.local.client.arm("DELETE", PLACES[step.name])
        if answer.status == 200:
            self._forget_others(PLACES[step.name])
        self._say(step, answer.status)

    @play.register
    async def _(self, step: happens.Recreate) -> None:
        seen, _ = (await self.tenant.accounts()).get(step.name, (None, None))
        if seen is None:
            return
        await self.play(happens.DeleteAccount(step.name))
        tags = tuple(sorted(seen.tags.items()))
        await self.play(happens.CreateAccount(step.name, seen.kind, tags, seen.has_subdomain))

    @play.register
    async def _(self, step: happens.Retag) -> None:
        answer = await self.local.client.arm("PATCH", PLACES[step.name], {"tags": dict(step.tags)})
        self._say(step, answer.status)

    @play.register
    async def _(self, step: happens.DropResourceGroup) -> None:
        group = RESOURCE_GROUPS[step.number]
        answer = await self.local.client.arm("DELETE", group, version="2022-09-01")
        await self.local.client.arm("PUT", group, {"location": "westeurope"}, version="2022-09-01")
        self._forget_others(group)
        self._say(step, answer.status, group)

    def _forget_others(self, scope: str) -> None:
        inside = scope.lower()
        self.others = {
            name: each
            for name, each in self.others.items()
            if each[0] != inside and not each[0].startswith(inside + "/")
        }

    @play.register
    async def _(self, step: happens.CreateGroup) -> None:
        self.ids.append(await self.tenant.create_group(step.name))
        self._say(step, self.ids[-1])

    @play.register
    async def _(self, step: happens.RenameGroup) -> None:
        if key := await self._living(step.number):
            answer = await self.tenant.graph("PATCH", f"groups/{key}", {"displayName": step.name})
            self._say(step, answer.status, key)

    @play.register
    async def _(self, step: happens.DeleteGroup) -> None:
        if key := await self._living(step.number):
            answer = await self.tenant.graph("DELETE", f"groups/{key}")
            self._say(step, answer.status, key)

    async def _living(self, number: int) -> str | None:
        groups = await self.tenant.groups()
        living = [each for each in self.ids if each in groups]
        return living[number % len(living)] if living else None

    @play.register
    async def _(self, step: happens.AssignByHand) -> None:
        principals = [ALICE.id, *self.ids]
        principal = principals[step.principal % len(principals)]
        scope = PLACES[step.name]
        scope = scope.partition("/providers/")[0] if step.above else scope
        kind = "User" if principal == ALICE.id else "Group"
        name, done = await self.tenant.assign(scope, principal, step.role, shared_name=step.shared_name, kind=kind)
        if done:
            self.others[name] = (scope.lower(), principal, ALIASES[step.role])
        self._say(step, "made" if done else "refused", name)

    @play.register
    async def _(self, step: happens.RemoveByHand) -> None:
        there = [each for each in await self.tenant.assignments() if scope_of(each) == PLACES[step.name].lower()]
        if there:
            chosen = there[step.number % len(there)]
            await self.tenant.unassign(chosen)
            self.others.pop(chosen["name"], None)
            self._say(step, "the app's" if is_ours(chosen) else "another's", chosen["name"])

    @play.register
    async def _(self, step: happens.EditPolicy) -> None:
        self.policy = Policy(
            step.policy.rules, step.policy.exempt, step.policy.expired, step.policy.limit, tuple(self.ids)
        )
        text = self.policy.text(PLACES)
        self.written[text] = self.policy
        self.local.policy.write_text(text)
        self._say(step)

    @play.register
    async def _(self, step: happens.SpoilPolicy) -> None:
        self.policy = None
        self.local.policy.write_text(step.text)
        self._say(step)

    async def in_force(self) -> Policy:
        """The policy that counts: the file's, or where that is not valid the last good one that the app has kept."""
        if self.policy:
            return self.policy
        stored = await self.local.services.policy._store.last_good()
        assert stored is not None, "the app has forgotten the last good policy"
        return self.written[stored.text]

    async def wishes(self) -> dict[str, tuple[Seen, datetime, Wish]]:
        """The live accounts by name, when each was made, and what the policy in force wants of it."""
        policy, groups = await self.in_force(), await self.tenant.groups()
        assignments = await self.tenant.assignments()
        return {
            name: (seen, made, wish(policy, seen, groups, in_force_at(seen.id, assignments)))
            for name, (seen, made) in (await self.tenant.accounts()).items()
        }

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
        """Runs the app's Event Grid function; the work it queues waits in the room."""
        made = func.EventGridEvent(
            id=event["id"],
            data=event["data"],
            topic=event["topic"],
            subject=event["subject"],
            event_type=event["eventType"],
            event_time=datetime.fromisoformat(event["eventTime"]),
            data_version="2",
        )
        await resource_events._function.get_user_function()(made)

    # what the app does, and what happens to it

    @play.register
    async def _(self, step: happens.Work) -> None:
        taken = [item for _ in range(step.items) if (item := self._due())]
        if step.together:
            await asyncio.gather(*(self._pass(each) for each in taken))
        else:
            for each in taken:
                await self._pass(each)
        self._say(step, ", ".join(each.account.name for each in taken))

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
            self.local.room.items = [*waiting, (self.local.now() + VISIBLE_AGAIN, item)]
            said = "died"
        await self.restart()
        self._say(step, item.account.name, said)

    @play.register
    async def _(self, step: happens.Restart) -> None:
        await self.restart()
        self._say(step)

    async def restart(self) -> None:
        """A new process: nothing that was in memory is left."""
        await self.local.services.close()
        self.local.services = self.local.new_services()
        self._since = self.local.now.ahead
        self._serve()

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
        self.is_heard &= (step.what, step.how) != ("publish", "403")
        caller = {} if "storage" in TARGETS[step.what].get("host", "") else {"caller": UNKEYED.id}
        await self.local.client.fault(**TARGETS[step.what], **HOWS[step.how], **caller, times=step.times)
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
        waiting = [f"{due:%H:%M:%S} {item.account.name} {item.cause}" for due, item in self.local.room.items]
        assert not waiting, f"not settled after {most} passes"

    def _say(self, step: object, *words: object) -> None:
        self.say(f"{self.local.now():%d. %H:%M:%S} {step} {' '.join(map(str, words))}")
