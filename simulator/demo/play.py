"""Plays the demo on a local Azure of its own and judges how it ended."""

import asyncio
import json
import shutil
import time
from collections.abc import Awaitable, Callable
from dataclasses import replace
from functools import partial
from pathlib import Path
from typing import Any

from rich.console import Console

from shared.credentials import credential_for
from shared.resource_id import ResourceId
from shared.session import Session
from shared.settings import Settings, StorageSettings
from shared.store.postures import Postures
from shared.store.tables import Tables
from simulator.client import Client
from simulator.company.identities import BOB, CHAT_USERS, PLATFORM
from simulator.company.seed import POLICY_FILE
from simulator.demo.board import Board, Calls, introduce
from simulator.demo.cast import CHAT, DEPLOYMENT, MISSING_GROUP, PARTS, SEARCH, VOICE, Part
from simulator.local import AppOptions, LocalAzure, local_azure
from simulator.wire import Json

PATIENCE = 40.0
WIDTH = 120
_TICK = 0.1
_GRAPH = "https://graph.microsoft.com"


class DemoFailedError(Exception):
    """Something did not happen that should have; the text says what."""


async def play(home: Path, traffic: Path | None) -> int:
    """Plays it; returns 0 where every account ended as it should, else 1 with the reason printed."""
    console = Console()
    if not console.is_terminal:
        console = Console(width=WIDTH)
    shutil.copyfile(POLICY_FILE, _fresh(home / "demo") / "policy.yaml")
    introduce(console)
    async with local_azure(home / "demo", traffic) as local:
        local.azure.knobs = local.azure.knobs.turned({"provisioning": 2.0, "role_propagation": 2.0})
        settings = {"UNKEYED_SWEEP_SCHEDULE": "*/10 * * * * *"}
        await local.start_app(AppOptions(policy=str(home / "demo" / "policy.yaml"), settings=settings))
        async with Client(local.client_environment()) as client:
            session = Session(credential_for(_settings(local)))
            try:
                postures = Postures(Tables(session, StorageSettings(connection_string=local.storage)))
                with Board(console) as board:
                    demo = Demo(local, client, postures, board)
                    return await _judged(demo, console, home / "demo.json")
            finally:
                await session.close()


def _fresh(folder: Path) -> Path:
    shutil.rmtree(folder, ignore_errors=True)
    folder.mkdir(parents=True)
    return folder


def _settings(local: LocalAzure) -> Settings:
    return Settings.read(local.app_environment(AppOptions(policy="policy.yaml")))


async def _judged(demo: "Demo", console: Console, result: Path) -> int:
    wrong = ""
    try:
        await demo.run()
    except DemoFailedError as error:
        wrong = str(error)
    finally:
        demo.watching = False
    _write(result, {"ok": not wrong, "wrong": wrong, "accounts": await demo.as_data()})
    console.print()
    console.print(demo.board.road())
    console.print(demo.board.summary([(part, demo.calls[part.name], await demo.seconds(part)) for part in PARTS]))
    console.print(f"As data: {result}")
    if wrong:
        console.print(f"[bold red]The demo failed:[/] {wrong}. The app's log: {demo.local.home / 'app.log'}")
    return 1 if wrong else 0


def _write(path: Path, data: Json) -> None:
    path.write_text(json.dumps(data, indent=2) + "\n")


class Demo:
    """The play itself; the app runs beside it and knows nothing of it."""

    def __init__(self, local: LocalAzure, client: Client, postures: Postures, board: Board) -> None:
        self.local = local
        self.client = client
        self.postures = postures
        self.board = board
        self.calls = {part.name: Calls() for part in PARTS}
        self.keys: dict[str, str] = {}
        self.watching = True

    async def run(self) -> None:
        """The whole play; raises DemoFailedError where something does not happen."""
        watcher = asyncio.create_task(self._watch())
        try:
            await self._accounts_appear()
            await self._before()
            await self._granted()
            await self._group_appears()
            await self._after()
        finally:
            watcher.cancel()

    async def _accounts_appear(self) -> None:
        self.board.chapter("1. Three teams create an Azure AI account each, through Resource Manager")
        for part in PARTS:
            answer = await self.client.create_account(part.account, tags=dict(part.tags))
            _expect(answer.status == 201, f"creating {part.name} answered {answer.status}")
            self.board.say(f"team {part.team}", f"creates {part.name} in {part.group}")
        self.board.say("Event Grid", "tells unkeyed, which reads each account and the policy")

    async def _before(self) -> None:
        self.board.chapter("2. As long as nobody has a role, only keys work")
        await asyncio.gather(*(self._call_before(part) for part in PARTS))

    async def _call_before(self, part: Part) -> None:
        await self._until(f"{part.name} is provisioned", partial(self._has_succeeded, part.account))
        token = await self._token_call(part)
        await self._deploy(part)
        keys = await self.client.arm("POST", f"{part.account}/listKeys")
        self.keys[part.name] = keys.body["key1"]
        key = await self._key_call(part)
        self.calls[part.name] = Calls(token_before=token, key_before=key)
        said = f"with an Entra ID token: {_status(token)}, with a key: {_status(key)}"
        self.board.say(part.caller.name, f"calls {part.name} {said}")
        _expect((token, key) == (401, 200), f"before any grant {part.name} answered a token {token} and a key {key}")

    async def _granted(self) -> None:
        self.board.chapter("3. unkeyed assigns the policy's role to the policy's group, and proves that tokens work")
        await self._until(f"{CHAT.name} is proven", lambda: self._stands_at(CHAT, "proven"))
        await self._until(f"{VOICE.name} is seen", lambda: self._is_seen(VOICE))
        await self._until(f"{SEARCH.name} is blocked", lambda: self._is_blocked(SEARCH, "grant.groupMissing"))
        await self._until(f"{CHAT.caller.name} gets in", lambda: self._gets_in(CHAT))
        self.board.say(CHAT.caller.name, f"calls {CHAT.name} with a token again: {_status(200)}")

    async def _group_appears(self) -> None:
        self.board.chapter(f"4. The platform team creates {MISSING_GROUP}; the next sweep heals {SEARCH.name}")
        headers = {"Authorization": f"Bearer {await self.client.token(PLATFORM.id, _GRAPH)}"}
        group = {
            "displayName": MISSING_GROUP,
            "mailEnabled": False,
            "mailNickname": MISSING_GROUP,
            "securityEnabled": True,
            "members@odata.bind": [f"{_GRAPH}/v1.0/directoryObjects/{BOB.id}"],
        }
        made = await self.client.call("POST", f"{_GRAPH}/v1.0/groups", group, headers=headers)
        _expect(made.status == 201, f"creating the group answered {made.status}")
        self.board.say("platform team", f"creates {MISSING_GROUP} with {BOB.name} in it")
        await self._until(f"{SEARCH.name} is proven", lambda: self._stands_at(SEARCH, "proven"))
        await self._until(f"{SEARCH.caller.name} gets in", lambda: self._gets_in(SEARCH))
        self.board.say(SEARCH.caller.name, f"calls {SEARCH.name} with a token: {_status(200)}")

    async def _after(self) -> None:
        self.board.chapter("5. How it ended")
        for part in PARTS:
            token, key = await self._token_call(part), await self._key_call(part)
            self.calls[part.name] = replace(self.calls[part.name], token_after=token, key_after=key)
            posture = self.board.postures[part.name]
            _expect(posture.milestone == part.ends_at, f"{part.name} ended at {posture.milestone}, not {part.ends_at}")
        _expect(not await self.client.assignments(VOICE.account), "the exempt account was touched")
        (made,) = await self.client.assignments(CHAT.account)
        facts = made["properties"]
        _expect(
            (facts["principalId"], facts["principalType"]) == (CHAT_USERS.id, "Group"), "another principal was granted"
        )

    async def as_data(self) -> list[Json]:
        """The summary as data, an object for each account."""
        return [await self._row(part) for part in PARTS]

    async def _row(self, part: Part) -> Json:
        posture, calls = self.board.postures.get(part.name), self.calls[part.name]
        return {
            "account": part.account,
            "covered": posture.covered if posture else None,
            "rule": posture.rule if posture else None,
            "milestone": posture.milestone if posture else None,
            "note": posture.note if posture else "",
            "blockers": [dict(each) for each in posture.blockers] if posture else [],
            "secondsFromEventToGranted": await self.seconds(part),
            "tokenCall": {"caller": part.caller.name, "before": calls.token_before, "after": calls.token_after},
            "keyCall": {"before": calls.key_before, "after": calls.key_after},
        }

    async def seconds(self, part: Part) -> float | None:
        """From the event of the account's creation to its role assignment, by the simulator's clock."""
        made = await self.client.assignments(part.account)
        told = [each["eventTime"] for each in self.local.azure.events.emitted if _is_creation(each, part)]
        if not made or not told:
            return None
        return round(_parsed(made[0]["properties"]["createdOn"]) - _parsed(told[0]), 2)

    async def _watch(self) -> None:
        while self.watching:
            for part in PARTS:
                posture = await self.postures.get(ResourceId.account(part.account))
                if posture:
                    self.board.update(part, posture)
            await asyncio.sleep(_TICK)

    async def _until(self, what: str, holds: Callable[[], Awaitable[bool]]) -> None:
        deadline = time.monotonic() + PATIENCE
        while not await holds():
            if time.monotonic() > deadline:
                raise DemoFailedError(f"after {PATIENCE:.0f} s it still is not true that {what}")
            await asyncio.sleep(_TICK)

    async def _has_succeeded(self, resource: str) -> bool:
        answer = await self.client.arm("GET", resource)
        return bool(answer.body["properties"]["provisioningState"] == "Succeeded")

    async def _deploy(self, part: Part) -> None:
        deployment = f"{part.account}/deployments/{DEPLOYMENT}"
        answer = await self.client.deploy(part.account, DEPLOYMENT)
        _expect(answer.status in {200, 201}, f"deploying a model to {part.name} answered {answer.status}")
        await self._until(f"the model of {part.name} is deployed", partial(self._has_succeeded, deployment))

    async def _token_call(self, part: Part) -> int:
        return (
            await self.client.chat(part.name, token=await self.client.token(part.caller.id), deployment=DEPLOYMENT)
        ).status

    async def _key_call(self, part: Part) -> int:
        return (await self.client.chat(part.name, key=self.keys[part.name], deployment=DEPLOYMENT)).status

    async def _gets_in(self, part: Part) -> bool:
        return await self._token_call(part) == 200

    async def _stands_at(self, part: Part, milestone: str) -> bool:
        posture = self.board.postures.get(part.name)
        return bool(posture and posture.milestone == milestone)

    async def _is_seen(self, part: Part) -> bool:
        return part.name in self.board.postures

    async def _is_blocked(self, part: Part, code: str) -> bool:
        posture = self.board.postures.get(part.name)
        return bool(posture and any(each["code"] == code for each in posture.blockers))


def _expect(true: bool, otherwise: str) -> None:  # reads as a sentence
    if not true:
        raise DemoFailedError(otherwise)


def _is_creation(event: Json, part: Part) -> bool:
    named = str(event["subject"]).lower() == part.account.lower()
    return named and event["data"]["operationName"] == "Microsoft.CognitiveServices/accounts/write"


def _parsed(time_text: Any) -> float:
    from datetime import datetime

    return datetime.fromisoformat(str(time_text)).timestamp()


def _status(code: int) -> str:
    return f"[green]{code}[/]" if code < 300 else f"[red]{code}[/]"
