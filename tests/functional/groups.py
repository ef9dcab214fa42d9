"""Groups of the local Azure, as people change them, and what the app makes of it: accounts to look at, exposures, arrivals."""

from datetime import timedelta
from typing import Any

from shared.errors import TemporaryError
from shared.models import Exposure, GroupItem, GroupRef, WorkItem
from shared.resource_id import ResourceId
from shared.road.follow import follow
from shared.road.groups.follow import READ_AGAIN, look_after_groups
from shared.road.services import Services
from shared.store.group_members import members_in, unpacked
from shared.store.tables import Tables
from shared.store.work_queue import new_operation_id
from simulator.company.identities import ALICE, BOB, CAROL
from simulator.company.places import GROUP_TOPIC
from tests.local import CHAT, USER_ROLE, LocalRun
from tests.patience import eventually

ALICE_ID, BOB_ID, CAROL_ID = ALICE.id, BOB.id, CAROL.id
OTHER = CHAT.replace("chat-one", "chat-two")


class Groups:
    """`seen` are the accounts' looks that were queued since the last time."""

    def __init__(self, local: LocalRun) -> None:
        self.local = local
        self.client = local.client
        self.services: Services = local.services

    async def use(self, group: str, *roles: str, account: str = CHAT, name: str = "") -> None:
        """Files that an account depends on a group, as the account's pass does."""
        reference = GroupRef(name=name) if name else GroupRef(id=group)
        await self.services.uses.file(ResourceId.account(account), {}, {reference.key: roles})

    async def shows_keys(self, group: str, *accounts: str) -> None:
        """Files that members of a group may list the keys of accounts, and has it watched."""
        for each in accounts or (CHAT,):
            await self.use(group, USER_ROLE, account=each)
        await follow(self.services, GroupItem(group, "group to be watched", new_operation_id()))

    async def read(self) -> list[WorkItem]:
        """One reading of the feed; returns the looks it asks for."""
        await follow(
            self.services, GroupItem("", READ_AGAIN, new_operation_id(), self.local.now() + timedelta(hours=1))
        )
        return self.taken()

    async def look_after(self) -> list[WorkItem]:
        """What the timer has done; returns the looks it asks for."""
        await follow(self.services, look_after_groups())
        return self.taken()

    async def worked(self, item: GroupItem) -> None:
        """One try at an item."""
        await follow(self.services, item)

    async def finished(self, item: GroupItem) -> None:
        """As many tries at an item as it takes."""
        for _ in range(5):
            try:
                await self.worked(item)
            except TemporaryError:
                continue
            return
        raise AssertionError(f"not finished: {item}")

    async def until_activated(self) -> None:
        """Waits until the company's operators have activated the partner topic of the app's subscription."""
        await eventually("the partner topic is activated", self._is_activated)

    async def _is_activated(self) -> bool:
        found = await self.client.arm("GET", GROUP_TOPIC, version="2022-06-15")
        return found.status == 200 and found.body["properties"]["activationState"] == "Activated"

    def taken(self) -> list[WorkItem]:
        """The looks in the waiting room, which are taken out; what else waits there stays."""
        found = [item for _, item in self.local.room.items if isinstance(item, WorkItem)]
        self.local.room.items = [each for each in self.local.room.items if not isinstance(each[1], WorkItem)]
        return found

    async def snapshot(self, group: str) -> set[str] | None:
        """Who is in a group, as the app remembers it; None where it is not watched."""
        head = (await self.services.watch.members.heads()).get(group)
        shards = await self.services.watch.members.shards(group)
        return (
            None
            if head is None
            else {*head.children, *(unpacked(each) for data in shards.values() for each in members_in(data))}
        )

    async def advance(self, by: timedelta) -> None:
        """Moves the clock; a process that comes later has a token that still is good."""
        await self.local.advance(by)
        self.services = self.local.services = self.local.new_services()

    @property
    def tables(self) -> Tables:
        return self.services.watch.feed._tables

    async def members(self, group: str) -> set[str]:
        """Who is directly in a group, as Microsoft Graph says."""
        link, found = f"/groups/{group}/members?$select=id&$top=999", set[str]()
        while link:
            page = (await self.client.graph("GET", link)).body
            found |= {each["id"] for each in page["value"]}
            link = page.get("@odata.nextLink", "").partition("/v1.0")[2]
        return found

    async def change(self, made: Any) -> None:
        answer = await made
        assert answer.status in {200, 204}, answer.body


def causes(items: list[WorkItem]) -> set[tuple[str, str]]:
    return {(each.account.name, each.cause) for each in items}


def exposures(items: list[WorkItem]) -> dict[str, Exposure]:
    """What each account's look says of its keys, by the account's name; no account has two."""
    found = [(each.account.name, each.exposure) for each in items if each.exposure]
    assert len({name for name, _ in found}) == len(found)
    return dict(found)
