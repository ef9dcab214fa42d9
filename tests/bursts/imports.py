"""An import of groups over a whole tenant: most are of no concern, a few are named by a rule or show an account's keys.

Two thirds of the events are of groups that come from elsewhere, as by a synchronisation; the others of changes by the platform
team, no more than Microsoft Graph lets one application make.
"""

import asyncio
import time
from collections.abc import Awaitable, Callable
from dataclasses import dataclass, field
from itertools import batched

from shared.models import ExposureKind
from shared.resource_id import ResourceId
from shared.road.abreast import each_of
from shared.road.groups.missed import LATE, untold
from shared.road.services import Services
from simulator.client import Answer
from simulator.company.identities import ALICE, BOB, CAROL, PRODUCTION
from tests.bursts.seen import made, postures
from tests.e2e.app import AppRun

POLICY = """\
version: 1
rules:
  - name: named
    match: {subscriptions: [11111111-1111-4111-8111-111111111111]}
    goal: proven
    grants: [{groupName: "sg-{account}", role: cognitive-services-user}]
    propagation: PT0S
limits: {changesPerHour: 100000, repairsPerDay: 3}
"""
OWN = "unkeyed-groups"
_RESOURCES = f"/subscriptions/{PRODUCTION}/resourceGroups/rg-chat/providers/Microsoft.CognitiveServices/accounts"
_MEMBERS = 30
_ABREAST = 12

type Change = Callable[[], Awaitable[object]]


@dataclass
class Import:
    """`many` events; `waiting` accounts whose group comes with it, and `held` ones of whose group somebody is taken out."""

    app: AppRun
    services: Services
    many: int
    waiting: int
    held: int
    groups: dict[str, str] = field(default_factory=dict)  # id by name
    removed: dict[str, str] = field(default_factory=dict)  # person by account

    @property
    def waiters(self) -> list[str]:
        return [f"{_RESOURCES}/waits-{number}" for number in range(self.waiting)]

    @property
    def holders(self) -> list[str]:
        return [f"{_RESOURCES}/holds-{number}" for number in range(self.held)]

    async def begin(self) -> None:
        """Makes the accounts, the groups of those that are held, and has the app hear of groups."""
        (self.app.place.home / "policy.yaml").write_text(POLICY)
        await self.app.client.turn(page_size=200)
        await self.app.run_timer("watch_groups")
        await each_of(self.holders, self._hold, _ABREAST)
        await each_of([*self.holders, *self.waiters], self._create, _ABREAST)

    async def is_ready(self) -> bool:
        """Whether the app hears of groups, the held accounts have arrived, and the others wait for their group."""
        states = (await self.app.client.simulator("GET", "events"))["subscriptions"]
        found = await postures(self.services, PRODUCTION)
        known = {account: found.get(account.lower()) for account in (*self.holders, *self.waiters)}
        return states.get(OWN) == "Succeeded" and all(
            posture is not None
            and (posture.milestone == "proven" or "grant.groupMissing" in {each["code"] for each in posture.blockers})
            for posture in known.values()
        )

    async def run(self, seconds: float) -> None:
        """The burst, spread over so many seconds."""
        began, changes = time.monotonic(), self._changes()
        for number, some in enumerate(batched(changes, _ABREAST * 2, strict=False)):
            due = began + seconds * number * _ABREAST * 2 / len(changes)
            await asyncio.sleep(max(0.0, due - time.monotonic()))
            await each_of(some, lambda change: change(), _ABREAST)

    async def right(self) -> list[str]:
        """The accounts that are as they should be: granted to their group, exposed where somebody was taken out of it."""
        found = await postures(self.services, PRODUCTION)
        proven = {account for account, each in found.items() if each.milestone == "proven" and not each.blockers}
        granted = [each for each in (*self.holders, *self.waiters) if await self._is_granted(each)]
        return [each for each in granted if each.lower() in proven and await self._is_known(each)]

    async def missed(self) -> list[str]:
        """The groups of which no event has told the app, as its timer would count them once none can come any more."""
        news = await self.services.watch.feed.news()
        return untold(news, self.services.now() + 2 * LATE)

    def _changes(self) -> list[Change]:
        """What happens, in order: the groups that matter come and change in the midst of the others."""
        special = [
            *(self._named(each) for each in self.waiters),
            *(change for each in self.holders for change in self._moved(each)),
        ]
        others = self.many - self.waiting - 2 * self.held
        made_ = [self._made(number) for number in range(others * 2 // 3)]
        changed = [self._changed(number) for number in range(others - len(made_))]
        return [*made_, *changed[: len(changed) // 2], *special, *changed[len(changed) // 2 :]]

    def _made(self, number: int) -> Change:
        async def make() -> None:
            name = f"import-{number}"
            self.groups[name] = await self.app.client.add_group(name, [ALICE.id, BOB.id])

        return make

    def _changed(self, number: int) -> Change:
        async def change() -> None:
            group = self.groups[f"import-{number // 3}"]
            kinds: list[Callable[[], Awaitable[Answer]]] = [
                lambda: self.app.client.add_member(group, CAROL.id),
                lambda: self.app.client.remove_member(group, BOB.id),
                lambda: self.app.client.rename_group(group, f"import-{number // 3}-renamed"),
            ]
            made(await kinds[number % 3]())

        return change

    def _named(self, account: str) -> Change:
        async def name() -> None:
            display = f"sg-{_name(account)}"
            body = {"displayName": display, "mailEnabled": False, "mailNickname": display, "securityEnabled": True}
            self.groups[display] = made(await self.app.client.graph("POST", "/groups", body)).body["id"]

        return name

    def _moved(self, account: str) -> tuple[Change, Change]:
        async def take_out() -> None:
            made(await self.app.client.remove_member(self._group(account), self.removed[account]))

        async def put_in() -> None:
            made(await self.app.client.add_member(self._group(account), CAROL.id))

        return take_out, put_in

    async def _hold(self, account: str) -> None:
        name = f"sg-{_name(account)}"
        group = self.groups[name] = await self.app.client.add_group(name, _MEMBERS)
        page = (await self.app.client.graph("GET", f"/groups/{group}/members?$select=id&$top=999")).body
        self.removed[account] = page["value"][0]["id"]

    async def _create(self, account: str) -> None:
        made(await self.app.client.create_account(account))

    def _group(self, account: str) -> str:
        return self.groups[f"sg-{_name(account)}"]

    async def _is_granted(self, account: str) -> bool:
        holders = [each["properties"]["principalId"] for each in await self.app.client.assignments(account)]
        return holders == [self._group(account)]

    async def _is_known(self, account: str) -> bool:
        """Whether who was taken out is known to the app, and nobody else."""
        record = await self.services.records.get(ResourceId.account(account))
        found = record.exposures.get(ExposureKind.MEMBER_REMOVED)
        if found is None:
            return account not in self.removed
        return (found.who, found.count, found.group) == ((self.removed.get(account),), 1, self._group(account))


def _name(account: str) -> str:
    return account.rpartition("/")[2]
