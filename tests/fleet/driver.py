"""Plays what happens to a fleet on its way in, against the local Azure and the product's services in this process."""

from collections.abc import Callable
from datetime import datetime
from functools import singledispatchmethod
from typing import Any

from simulator.company.identities import ALICE, TEAMS
from tests.fleet import steps as happens
from tests.fleet.driving import Driving
from tests.fleet.intent import ALIASES, Policy, Seen, Wish, wish
from tests.fleet.steps import PLACES, RESOURCE_GROUPS
from tests.fleet.tenant import in_force_at, is_ours, scope_of
from tests.local import LocalRun


class Fleet(Driving):
    """`policy` is what the policy file says, None while that is not valid; `others` is what people assigned by hand."""

    def __init__(self, local: LocalRun, say: Callable[[str], None]) -> None:
        super().__init__(local, say)
        self.ids = [each.id for each in TEAMS]
        self.policy: Policy | None = None
        self.written: dict[str, Policy] = {}
        self.others: dict[str, tuple[str, str, str]] = {}
        self.proofs: dict[str, datetime] = {}

    async def begin(self, policy: Policy, *, provisioning: int) -> None:
        await self.local.client.turn(provisioning=provisioning, page_size=5)
        await self.tenant.sign_in()
        self.serve()
        await self.play(happens.EditPolicy(policy))
        await self.sweep()

    # what the teams do

    @singledispatchmethod
    async def play(self, step: Any) -> None:
        await super().play(step)

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
