"""Plays what happens to accounts on the way to their seal, under the eyes of the watch."""

from collections.abc import Callable
from contextlib import suppress
from datetime import datetime, timedelta
from functools import singledispatchmethod
from typing import Any

import aiohttp

from shared.models import Exposure, OwnerItem, WorkItem
from shared.road.services import Services
from shared.road.sweep import Swept
from simulator.client import DIAGNOSTICS_VERSION, Answer
from simulator.company.identities import ALICE, UNKEYED, WORKSTATION
from tests.fleet import road_steps as happens
from tests.fleet.driving import Driving
from tests.fleet.eyes import CONSUMER, Eyes, Sight
from tests.fleet.road_steps import HUB, NAMES, ROAD_TARGETS, RoadPolicy, owner_id
from tests.fleet.steps import PLACES, Sweep
from tests.fleet.watch import Watch
from tests.local import LocalRun

_DIAGNOSTICS = "providers/Microsoft.Insights/diagnosticSettings/logs"
_VERSION = "api-version=2024-10-21"


class Road(Driving):
    """`stale` are accounts whose secret somebody else has spoilt; it is made good when the app next looks."""

    targets = ROAD_TARGETS

    def __init__(self, local: LocalRun, say: Callable[[str], None]) -> None:
        super().__init__(local, say)
        self.policy = RoadPolicy({})
        self.eyes = Eyes(local.client, self.tenant)
        self.watch = Watch(self)
        self.shown: dict[str, datetime] = {}
        self.stale: set[str] = set()
        self.without_logs: set[str] = set()
        self._changed: dict[str, datetime] = {}  # when each connection was last written by people
        self._read: dict[str, datetime] = {}  # when the app began the last reading of each owner that it finished
        self._swept: datetime | None = None

    async def begin(self, policy: RoadPolicy, *, refuses_types: bool) -> None:
        client = self.local.client
        pattern = "*" if refuses_types else ""
        await client.turn(
            log_ingestion=0, local_auth_lag=0, near_expiry_delay=0, connection_type_change_refused=pattern,
            token_buckets=False,
        )  # fmt: skip
        await client.simulator("DELETE", "traffic")
        await self.tenant.sign_in()
        await self.eyes.open()
        await client.add_workspace(HUB)
        self.serve()
        await self.play(happens.EditRoad(policy))

    def serve(self) -> None:
        super().serve()
        self.watch.over(self.services)

    @property
    def services(self) -> Services:
        return self.local.services

    def now(self) -> datetime:
        return self.local.now()

    def is_known(self, connection: str) -> bool:
        """True where the app has for certain read a connection since people last wrote it."""
        changed = self._changed.get(connection.lower())
        read = self._read.get(connection.lower().partition("/connections/")[0])
        times = [each for each in (read, self._swept) if each]
        return changed is not None and any(changed < each for each in times)

    # what the app is told of, and what it does

    async def _trigger(self, event: dict[str, Any]) -> None:
        if WORKSTATION.app_id not in str(event["data"].get("claims")):  # what the eyes do is nobody's act
            await super()._trigger(event)

    async def _pass(self, item: Any) -> None:
        started = self.now()
        await super()._pass(item)
        is_tried_again = any(
            (each.operation_id, each.attempt) == (item.operation_id, item.attempt + 1)
            for _, each in self.local.room.items
        )
        if not is_tried_again:
            self._is_told(item, started)

    def _is_told(self, item: Any, started: datetime) -> None:
        match item:
            case OwnerItem():
                self._read[item.owner.text.lower()] = started
            case WorkItem(exposure=Exposure(at=at) as exposure):
                name = item.account.name.removeprefix("fleet-")
                if not exposure.names & {UNKEYED.id, UNKEYED.app_id}:
                    self.shown[name] = max(at, self.shown.get(name, at))

    async def sweep(self) -> Swept:
        """A sweep that nothing kept from anything has read every connection."""
        started = self.now()
        found = await super().sweep()
        faults = await self.local.client.simulator("GET", "faults")
        if not found.failed and all(each["spent"] and not each["hits"] for each in faults):
            self._swept = started
        return found

    # what the teams do

    @singledispatchmethod
    async def play(self, step: Any) -> None:
        await super().play(step)

    @play.register
    async def _(self, step: happens.Make) -> None:
        client, place = self.local.client, PLACES[step.name]
        if await self.eyes.arm("GET", place):
            return
        properties = {"customSubDomainName": f"fleet-{step.name}", "allowProjectManagement": step.kind == "AIServices"}
        answer = await self.tenant.put_account(step.name, step.kind, {}, properties)
        if step.kind == "AIServices":
            await client.add_project(place, "alpha")
        await self._send_logs(step.name, on=step.sends_logs)
        self._say(step, answer.status)

    @play.register
    async def _(self, step: happens.Remake) -> None:
        found = await self.eyes.arm("GET", PLACES[step.name])
        if not found:
            return
        await self.local.client.arm("DELETE", f"{PLACES[step.name]}/projects/alpha")
        answer = await self.local.client.arm("DELETE", PLACES[step.name])
        await self.tenant.purge(step.name)
        self.stale.add(step.name)
        self.shown.pop(step.name, None)
        for key in ("key1", "key2"):
            self.watch.made_new.pop((step.name, key), None)
        await self.play(happens.Make(step.name, found["kind"], step.name not in self.without_logs))
        self._say(step, answer.status)

    @play.register
    async def _(self, step: happens.Connect) -> None:
        owner, target = owner_id(step.owner), f"https://fleet-{step.name}.openai.azure.com/"
        properties: dict[str, Any] = {"category": step.category, "target": target, "metadata": {"ApiType": "Azure"}}
        if step.says == "id":
            properties["metadata"]["ResourceId"] = PLACES[step.name]
        keys = await self.eyes.arm("POST", f"{PLACES[step.name]}/listKeys")
        if step.key and not keys:
            return
        properties |= _signing_in(keys[step.key] if step.key else "", step.category)
        answer = await self.local.client.put_connection(owner, f"connection-{step.number}", properties)
        if answer.status < 300:
            self._changed[f"{owner}/connections/connection-{step.number}".lower()] = self.now()
        self._say(step, answer.status)

    @play.register
    async def _(self, step: happens.Disconnect) -> None:
        path = f"{owner_id(step.owner)}/connections/connection-{step.number}"
        version = "2024-10-01" if step.owner == "hub" else "2025-06-01"
        self._say(step, (await self.local.client.arm("DELETE", path, version=version)).status)

    @play.register
    async def _(self, step: happens.CallByKey) -> None:
        sight = await self.eyes.account(step.name)
        key = _read(sight, step.key)
        if key and sight.made:
            with suppress(aiohttp.ClientError):  # what is to keep the app from trying a key may hit a consumer
                self._say(step, (await self._call(f"fleet-{step.name}", {"api-key": key})).status)

    @play.register
    async def _(self, step: happens.CallByToken) -> None:
        token = await self.local.client.token(ALICE.id)
        self._say(step, (await self._call(f"fleet-{step.name}", {"Authorization": f"Bearer {token}"})).status)

    async def _call(self, host: str, headers: dict[str, str]) -> Answer:
        url = f"https://{host}.openai.azure.com/openai/models?{_VERSION}"
        return await self.local.client.call("GET", url, headers={**headers, "X-Forwarded-For": CONSUMER})

    @play.register
    async def _(self, step: happens.ListKeys) -> None:
        self._say(step, (await self.local.client.list_keys(PLACES[step.name])).status)

    @play.register
    async def _(self, step: happens.Regenerate) -> None:
        body = {"keyName": step.key.capitalize()}
        answer = await self.local.client.arm("POST", f"{PLACES[step.name]}/regenerateKey", body)
        if answer.status < 300:
            self.stale.add(step.name)
        self._say(step, answer.status)

    @play.register
    async def _(self, step: happens.SendLogs) -> None:
        await self._send_logs(step.name, on=step.on)
        self._say(step)

    async def _send_logs(self, name: str, *, on: bool) -> None:
        self.without_logs.discard(name)
        if on:
            await self.local.client.send_logs(PLACES[name])
            return
        self.without_logs.add(name)
        path = f"{PLACES[name]}/{_DIAGNOSTICS}"
        await self.local.client.arm("DELETE", path, version=DIAGNOSTICS_VERSION, on_purpose=True)

    @play.register
    async def _(self, step: happens.TakeKeys) -> None:
        body = {"properties": {"disableLocalAuth": not step.on}}
        self._say(step, (await self.local.client.arm("PATCH", PLACES[step.name], body)).status)

    @play.register
    async def _(self, step: happens.TouchSecret) -> None:
        sight = await self.eyes.account(step.name)
        if sight.secret is None:
            return
        tags = {"ProviderAddress": PLACES[step.name], "CredentialId": sight.secret.key}
        body = {"value": "no-key", **({"tags": tags} if step.how == "garbage" else {})}
        name = f"/secrets/fleet-{step.name}-key"
        if step.how == "disabled":
            version = (await self.local.client.secret(f"fleet-{step.name}-key")).body["id"].rpartition("/")[2]
            answer = await self.local.client.vault("PATCH", f"{name}/{version}", {"attributes": {"enabled": False}})
        else:
            answer = await self.local.client.vault("PUT", name, body)
        self.stale.add(step.name)
        self._say(step, answer.status)

    @play.register
    async def _(self, step: happens.EditRoad) -> None:
        self.policy = step.policy
        self.local.policy.write_text(step.policy.text())
        # Where no vault is named any more its secret is nobody's concern, until one is named again
        self.stale |= {name for name in NAMES if not _has_vault(step.policy, name)}
        self._say(step)

    # what must hold at any time

    async def holds(self) -> None:
        """Raises what the watch has seen go wrong; whoever reads the vault gets a key that the account takes."""
        if self.watch.wrong:
            raise self.watch.wrong[0]
        for name in NAMES:
            if not _has_vault(self.policy, name):
                continue
            is_dead = await self.eyes.gives_out_dead_key(name)
            assert not is_dead or name in self.stale, f"the secret of {name} holds a dead key"
            if not is_dead:
                self.stale.discard(name)

    async def days_pass(self, days: int, *, sweeps: int) -> None:
        """Time goes by with so many sweeps a day; whatever waits is worked off when it is due."""
        for _ in range(days * sweeps):
            await self.wait(timedelta(days=1) / sweeps)
            await self.play(Sweep())
            await self.drain(most=60)
            await self.holds()


def _read(sight: Sight, which: str) -> str:
    if which == "vault":
        return sight.secret.value or "" if sight.secret else ""
    return sight.keys[which] if sight.keys else ""


def _has_vault(policy: RoadPolicy, name: str) -> bool:
    rule = policy.rule_of(name)
    return bool(rule and rule.vault)


def _signing_in(key: str, category: str) -> dict[str, Any]:
    if not key:
        return {"authType": "AAD"}
    if category == "CustomKeys":
        return {"authType": "CustomKeys", "credentials": {"keys": {"api-key": key}}}
    return {"authType": "ApiKey", "credentials": {"key": key}}
