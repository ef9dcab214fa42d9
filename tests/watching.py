"""What a test sees of the road and does beside it, whether the app runs in this process or in its host."""

import uuid

from shared.resource_id import ResourceId
from shared.roles import ALIASES
from shared.store.ledger import Ledger
from shared.store.postures import Posture, Postures
from simulator.client import AUTHORIZATION_VERSION, Client
from simulator.company.identities import CHAT_USERS, PRODUCTION, UNKEYED
from tests.patience import eventually

CHAT = f"/subscriptions/{PRODUCTION}/resourceGroups/rg-chat/providers/Microsoft.CognitiveServices/accounts/chat-one"
USER_ROLE = ALIASES["cognitive-services-user"]


class Watching:
    """A client of the local Azure, and a view into the app's tables."""

    client: Client

    @property
    def postures(self) -> Postures:
        raise NotImplementedError

    @property
    def entries(self) -> Ledger:
        raise NotImplementedError

    async def posture(self, account: str = CHAT) -> Posture:
        found = await self.postures.get(ResourceId.account(account))
        assert found is not None, f"no posture of {account}"
        return found

    async def blockers(self, account: str = CHAT) -> dict[str, str]:
        """What blocks the account: message and fix by code."""
        return {each["code"]: f"{each['message']} {each['fix']}" for each in (await self.posture(account)).blockers}

    async def ledger(self, account: str = CHAT) -> list[tuple[str, str]]:
        """Every entry of the account's ledger, oldest first: the kind of its step, and what became of it."""
        history = await self.entries.history(ResourceId.account(account))
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

        async def was_hit() -> bool:
            return bool((await self.client.simulator("GET", "faults"))[-1]["hits"])

        await eventually("the fault was hit", was_hit)
