"""Accounts on the road in this process, a client beside the app, and the events of the local Azure brought to its functions."""

from datetime import datetime
from typing import Any

import azure.functions as func

from functions import resource_events, vault_events
from shared.models import Item
from simulator.company.identities import CHAT_USERS, UNKEYED
from simulator.company.places import VAULT_URL
from simulator.wire import Json
from tests.local import CHAT, LocalRun

__all__ = ["CHAT", "HUB", "PROJECT", "VAULT_URL", "Road", "policy"]

GROUP, _, _ = CHAT.partition("/Microsoft.CognitiveServices/")
PROJECT = f"{CHAT}/projects/alpha"
HUB = f"{GROUP}/Microsoft.MachineLearningServices/workspaces/hub-one"
IN_VAULT = f'keys: {{vault: "{VAULT_URL}", grace: PT10M}}'


def policy(goal: str = "sealed", keys: str = IN_VAULT, *, grants: str = "", connections: str = "entra") -> str:
    """One rule for the group rg-chat, whose periods are so short that nothing is left to a sweep."""
    return f"""
version: 1
rules:
  - name: chat
    match: {{resourceGroups: [rg-chat]}}
    goal: {goal}
    grants:
      - {{group: {CHAT_USERS.id}, role: cognitive-services-user}}
      {grants}
    connections: {connections}
    {keys}
    quiet: PT30M
"""


class Road:
    def __init__(self, local: LocalRun) -> None:
        self.local = local
        self.client = local.client
        self._heard = 0

    async def begin(self, text: str, *accounts: str, logs: bool = True, kind: str = "AIServices") -> None:
        """The policy, and accounts under it, which may have projects where their kind has any."""
        self.local.policy.write_text(text)
        await self.client.turn(local_auth_lag=0, log_ingestion=0, near_expiry_delay=0)
        for each in accounts or (CHAT,):
            subdomain = each.rpartition("/")[2]
            properties = {"customSubDomainName": subdomain, "allowProjectManagement": kind == "AIServices"}
            assert (await self.client.create_account(each, kind=kind, properties=properties)).status == 201
            if logs:
                assert (await self.client.send_logs(each)).status == 200
        await self.forget_events()

    async def walk(self, *accounts: str) -> None:
        """Takes the accounts as far as they go, whatever has to be waited for."""
        for each in accounts or (CHAT,):
            await self.local.work(self.local.item(each))
        await self.local.settle(passes=120)

    async def milestone(self, account: str = CHAT) -> str | None:
        return (await self.local.posture(account)).milestone

    # keys and secrets

    async def keys(self, account: str = CHAT) -> Json:
        found: Json = (await self.client.list_keys(account)).body
        return found

    async def regenerate(self, name: str, account: str = CHAT) -> Json:
        """Somebody else gives the account a new key; returns both."""
        made = await self.client.arm("POST", f"{account}/regenerateKey", {"keyName": name.capitalize()})
        assert made.status == 200, made.body
        body: Json = made.body
        return body

    async def takes(self, key: str, subdomain: str = "chat-one") -> bool:
        return (await self.client.chat(subdomain, key=key)).status not in {401, 403}

    async def secret(self, name: str = "chat-one-key") -> Json:
        found = await self.client.secret(name)
        assert found.status == 200, found.body
        body: Json = found.body
        return body

    # connections

    async def connect(self, owner: str, name: str, **properties: Any) -> str:
        """Makes a connection that holds the account's first key; returns its id."""
        holds = {"authType": "ApiKey", "category": "AzureOpenAI", "credentials": {"key": (await self.keys())["key1"]}}
        sent = {each: value for each, value in {**holds, **properties}.items() if value is not None}
        made = await self.client.put_connection(owner, name, sent)
        assert made.status == 200, made.body
        return f"{owner}/connections/{name}"

    async def read(self, connection: str) -> Json:
        """What a connection says of itself, but for its credentials, which are never shown."""
        found = await self.client.connection(connection)
        assert found.status == 200, found.body
        return {name: value for name, value in found.body["properties"].items() if name != "credentials"}

    # what the app has done, and what it hears

    async def calls(self, method: str, path: str) -> list[Json]:
        """The calls of the app that went through, oldest first."""
        found = await self.client.traffic(method=method, path=path)
        return [each for each in found if each["caller"] == UNKEYED.id and each["status"] < 400]

    async def events(self) -> list[Json]:
        """What the local Azure has emitted since the last time."""
        emitted: list[Json] = (await self.client.simulator("GET", "events"))["emitted"]
        fresh, self._heard = emitted[self._heard :], len(emitted)
        return fresh

    async def forget_events(self) -> None:
        await self.events()

    async def hear(self) -> list[Item]:
        """Queues the work that follows from what was emitted since the last time, as the app's functions do."""
        found = [item for each in await self.events() if (item := item_of(each))]
        for each in found:
            await self.local.room.put(each)
        return found


def item_of(event: Json) -> Item | None:
    """What the app's functions make of an event."""
    made = func.EventGridEvent(
        id=event["id"],
        data=event["data"],
        topic=event["topic"],
        subject=event["subject"],
        event_type=event["eventType"],
        event_time=datetime.fromisoformat(event["eventTime"]),
        data_version="2",
    )
    if event["eventType"].startswith("Microsoft.KeyVault."):
        return vault_events.item_of(event["eventType"], event["data"])
    return resource_events.item_of(resource_events._notice(made))
