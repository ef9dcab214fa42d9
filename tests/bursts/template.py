"""A template deployment over a fleet that has arrived: ten events for each account, and a third of it undone each way.

Of one third the role assignment is deleted, of another a connection gets a key again, of the last the tags are written:
these are true calls of the platform team's, as many as its own buckets hold. The other nine events of each account are
brought by Event Grid as they would be, without calls that nobody's buckets would let through within seconds.
"""

import asyncio
import uuid
from dataclasses import dataclass, field
from datetime import UTC, datetime
from itertools import batched

from shared.road.abreast import each_of
from shared.road.services import Services
from simulator.client import AUTHORIZATION_VERSION
from simulator.company.identities import ALICE, CHAT_USERS, PRODUCTION
from simulator.wire import Json
from tests.bursts.seen import made, postures
from tests.e2e.app import AppRun
from tests.watching import USER_ROLE

EVENTS_EACH = 10
POLICY = f"""\
version: 1
rules:
  - name: fleet
    match: {{resourceGroups: [rg-chat]}}
    goal: proven
    grants: [{{group: {CHAT_USERS.id}, role: cognitive-services-user}}]
    connections: entra
    propagation: PT0S
limits: {{changesPerHour: 100000, repairsPerDay: 3}}
"""
_GROUP = f"/subscriptions/{PRODUCTION}/resourceGroups/rg-chat"
_ACCOUNTS = "Microsoft.CognitiveServices/accounts"
_ROLES = f"/subscriptions/{PRODUCTION}/providers/Microsoft.Authorization/roleAssignments"
_ABREAST = 16
# What the other nine events of an account tell of: the account, a role assignment below it, a connection it owns
_TOLD = (
    *[("Microsoft.CognitiveServices/accounts/write", "")] * 6,
    ("Microsoft.Authorization/roleAssignments/write", "/providers/Microsoft.Authorization/roleAssignments/{id}"),
    *[("Microsoft.CognitiveServices/accounts/connections/write", "/connections/of-the-template")] * 2,
)


@dataclass
class Deployment:
    """A fleet of `many` accounts, seen through the app's tables as well as from outside."""

    app: AppRun
    services: Services
    many: int
    assigned: dict[str, str] = field(default_factory=dict)  # assignment by account

    @property
    def accounts(self) -> list[str]:
        return [f"{_GROUP}/providers/{_ACCOUNTS}/burst-{number}" for number in range(self.many)]

    @property
    def holders(self) -> list[str]:
        """The connections that hold a key when the template is through."""
        return [f"{each}/connections/model" for each in self.accounts[1::3]]

    async def begin(self) -> None:
        """Makes the fleet; the app takes it from there."""
        (self.app.place.home / "policy.yaml").write_text(POLICY)
        await self.app.client.turn(page_size=1000)
        await each_of(range(self.many), self._create, _ABREAST)

    async def settled(self) -> int:
        """How many accounts the app says have arrived, and have nothing left to do."""
        found = await postures(self.services, PRODUCTION)
        known = (found.get(each.lower()) for each in self.accounts)
        return sum(each is not None and each.milestone == "proven" and not each.blockers for each in known)

    async def deploy(self, seconds: float) -> None:
        """The burst: the true calls at once, then the other events in rounds within so many seconds."""
        self.assigned = await self._assignments()
        await asyncio.gather(self._undo(), self._tell(seconds))

    async def right(self) -> list[str]:
        """The accounts that are as the policy says, as somebody else than the app reads them."""
        assigned = await self._assignments()
        signs_in = dict(zip(self.holders, await each_of(self.holders, self._signs_in, _ABREAST), strict=True))
        token = await self.app.client.token(ALICE.id)
        takes = await each_of(self.accounts, lambda each: self._takes(each, token), _ABREAST)
        return [
            account
            for account, is_taken in zip(self.accounts, takes, strict=True)
            if is_taken and account.lower() in assigned and signs_in.get(f"{account}/connections/model", "AAD") == "AAD"
        ]

    async def _create(self, number: int) -> None:
        account = self.accounts[number]
        made(await self.app.client.create_account(account))
        if f"{account}/connections/model" in self.holders:
            await self._put_key(account)

    async def _put_key(self, account: str) -> None:
        name = account.rpartition("/")[2]
        properties = {
            "authType": "ApiKey",
            "category": "AzureOpenAI",
            "target": f"https://{name}.openai.azure.com/",
            "credentials": {"key": "0" * 32},
            "metadata": {"ResourceId": account},
        }
        made(await self.app.client.put_connection(account, "model", properties))

    async def _undo(self) -> None:
        await each_of(enumerate(self.accounts), lambda each: self._undo_one(*each), _ABREAST)

    async def _undo_one(self, number: int, account: str) -> None:
        match number % 3:
            case 0:
                gone = self.assigned[account.lower()]
                made(await self.app.client.arm("DELETE", gone, version=AUTHORIZATION_VERSION))
            case 1:
                await self._put_key(account)
            case _:
                made(await self.app.client.arm("PATCH", account, {"tags": {"deployed": "again"}}))

    async def _tell(self, seconds: float) -> None:
        for operation, below in _TOLD:
            for some in batched(self.accounts, 50, strict=False):
                asked = {
                    "events": [_event(each, operation, below) for each in some],
                    "subscription": "unkeyed-production",
                }
                await self.app.client.simulator("POST", "events", asked)
                await asyncio.sleep(seconds * len(some) / (self.many * len(_TOLD)))

    async def _assignments(self) -> dict[str, str]:
        """The group's assignments by the account they are on, as far as there is one and no more."""
        found = (await self.app.client.arm("GET", _ROLES, version=AUTHORIZATION_VERSION)).body["value"]
        ours: dict[str, list[str]] = {}
        for each in found:
            facts = each["properties"]
            if facts["principalId"] == CHAT_USERS.id and facts["roleDefinitionId"].lower().endswith(USER_ROLE):
                ours.setdefault(facts["scope"].lower(), []).append(each["id"])
        return {scope: ids[0] for scope, ids in ours.items() if len(ids) == 1}

    async def _signs_in(self, connection: str) -> str:
        return str((await self.app.client.connection(connection)).body["properties"]["authType"])

    async def _takes(self, account: str, token: str) -> bool:
        """Whether the account's endpoint takes the token of somebody in the group."""
        answer = await self.app.client.chat(account.rpartition("/")[2], token=token)
        return answer.status not in {401, 403}


def _event(account: str, operation: str, below: str) -> Json:
    resource = account + below.format(id=uuid.uuid4())
    return {
        "id": str(uuid.uuid4()),
        "subject": resource,
        "eventType": "Microsoft.Resources.ResourceWriteSuccess",
        "eventTime": datetime.now(UTC).isoformat(),
        "topic": f"/subscriptions/{PRODUCTION}",
        "data": {"operationName": operation, "resourceUri": resource},
        "dataVersion": "2",
        "metadataVersion": "1",
    }
