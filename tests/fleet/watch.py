"""Looks over the app's shoulder: what it is about to write is held against the state of Azure at that moment.

The hook sits in the app's own HTTP session, so that it sees each request before it is sent. What it finds wrong is kept and
raised by the driver: an exception in the hook would look to the app like a broken connection.
"""

import asyncio
import json
import re
from collections import defaultdict
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import Any, Protocol
from urllib.parse import unquote

import aiohttp

from shared.errors import TemporaryError
from shared.resource_id import ResourceId
from shared.road.services import Services
from tests.fleet.eyes import Eyes, Sight, accounts_of, holds_key
from tests.fleet.intent import ROAD, USER
from tests.fleet.road_steps import GROUPS, NAMES, RoadPolicy, RoadRule
from tests.fleet.steps import PLACES

PROOF_LASTS = timedelta(days=1)
# Vaults and Resource Manager cut their times to seconds
SECOND = timedelta(seconds=1)
_ACCOUNT = re.compile(r"/accounts/fleet-(\w+)", re.IGNORECASE)
_SECRET = re.compile(r"/secrets/fleet-(\w+)-key")
_HOSTS = ("management.azure.com", "kv-unkeyed.vault.azure.net")


@dataclass(frozen=True, slots=True)
class Made:
    """That the app asked for a key to be made new: when, and what the key was until then."""

    at: datetime
    was: str


class Watched(Protocol):
    """What the watch needs of the driver: the policy in force, and what the app has been told for certain."""

    policy: RoadPolicy
    eyes: Eyes
    shown: dict[str, datetime]  # when somebody last saw the keys of an account, as far as the app was told

    @property
    def services(self) -> Services: ...
    def now(self) -> datetime: ...
    def is_known(self, connection: str) -> bool: ...


@dataclass
class Watch:
    fleet: Watched
    wrong: list[Exception] = field(default_factory=list)
    made_new: defaultdict[tuple[str, str], list[Made]] = field(default_factory=lambda: defaultdict(list))

    def over(self, services: Services) -> None:
        """Watches what these services send from now on."""
        trace = aiohttp.TraceConfig()
        trace.on_request_start.append(self._started)
        trace.on_request_chunk_sent.append(self._with_body)
        trace.freeze()
        services.session.http._trace_configs.append(trace)

    async def _started(self, _: Any, __: Any, sent: aiohttp.TraceRequestStartParams) -> None:
        if sent.method == "DELETE":
            await self._look(sent.method, sent.url, {})

    async def _with_body(self, _: Any, __: Any, sent: aiohttp.TraceRequestChunkSentParams) -> None:
        if sent.method in ("PUT", "PATCH", "POST"):
            await self._look(sent.method, sent.url, sent.chunk)

    async def _look(self, method: str, url: Any, body: Any) -> None:
        path = unquote(url.path)
        if url.host not in _HOSTS or path.lower().endswith("/listkeys"):
            return
        content = json.loads(body) if isinstance(body, bytes) and body else {}
        found = await asyncio.gather(self._check(method, path, content), return_exceptions=True)
        self.wrong += [each for each in found if isinstance(each, Exception)]

    async def _check(self, method: str, path: str, body: dict[str, Any]) -> None:
        last = path.rpartition("/")[2].lower()
        if "/connections/" in path.lower():
            await self._connection(method, path, body)
        elif "/roleassignments/" in path.lower():
            self._is_covered(named(path))
        elif last == "regeneratekey":
            await self._regenerate(named(path), body["keyName"].lower())
        elif method == "PATCH" and "/accounts/" in path.lower():
            assert body == {"properties": {"disableLocalAuth": True}}, f"nobody asked for {body}"
            await self._seal(named(path))
        elif found := _SECRET.search(path):
            await self._write_secret(found[1], method, body)
        else:
            raise AssertionError(f"an unknown write: {method} {path}")

    def _is_covered(self, name: str) -> RoadRule:
        rule = self.fleet.policy.rule_of(name)
        assert rule, f"{name} is to be left alone"
        return rule

    # connections

    async def _connection(self, method: str, path: str, body: dict[str, Any]) -> None:
        found = (await self.fleet.eyes.connections()).get(path.lower())
        if method == "DELETE":
            assert found is None or await self._is_kept(path), f"{path} is removed, and the ledger does not hold it"
            return
        properties = body["properties"]
        if found is None:
            assert await self._is_kept(path), f"{path} is made out of nothing"
            return
        for each in ("category", "target", "metadata"):
            assert properties[each] == found[each], f"{path} loses its {each}"
        assert properties["authType"] == "AAD", f"{path} is given a key"
        if holds_key(found):
            reasons = [await self._why_not_switch(name, path) for name in accounts_of(found)]
            assert "" in reasons, f"{path}: {reasons}"

    async def _is_kept(self, connection: str) -> bool:
        """True where an entry of the ledger that is not closed holds the connection as it was."""
        ledger = self.fleet.services.ledger
        try:
            entries = [each for name in NAMES for each in await ledger.open_entries(ResourceId(PLACES[name]))]
        except TemporaryError:
            return True  # what was to go wrong with the app's own reading of its ledger
        return any(
            str(each.step.get("connection", "")).lower() == connection.lower()
            and each.step.get("replacing")
            and each.step["before"]["target"]
            for each in entries
        )

    async def _why_not_switch(self, name: str, path: str) -> str:
        """Why the connection must not be switched for this account's sake; empty where it may."""
        rule = self.fleet.policy.rule_of(name)
        if rule is None or rule.connections != "entra" or not asks_for(rule, "connected"):
            return f"the policy does not ask for it at {name}"
        sight = await self.fleet.eyes.account(name)
        owner = path.rpartition("/connections/")[0]
        principal = await self.fleet.eyes.identity(owner) if rule.projects else ""
        wanted = [*_by_rule(rule), *([(principal, USER)] if principal else [])]
        return await self._why_not_settled(rule, sight, wanted) or self._why_not_proven(sight)

    async def _why_not_settled(self, rule: RoadRule, sight: Sight, wanted: list[tuple[str, str]]) -> str:
        roles = await self.fleet.eyes.roles(sight.name)
        if missing := [each for each in wanted if each not in roles]:
            return f"{missing} is not granted at {sight.name}"
        settled = max(roles[each] for each in wanted) + rule.propagation
        return "" if settled <= self.fleet.now() + SECOND else f"{sight.name}: the roles have not arrived"

    def _why_not_proven(self, sight: Sight) -> str:
        since = max(sight.made or self.fleet.now(), self.fleet.now() - PROOF_LASTS)
        return "" if any(each >= since for each in sight.probed) else f"no token was taken by {sight.name}"

    # keys

    async def _regenerate(self, name: str, key: str) -> None:
        rule = self._is_covered(name)
        sight = await self.fleet.eyes.account(name)
        if sight.keys is None:
            return  # Azure refuses it: key access is off
        self.made_new[name, key].append(Made(self.fleet.now(), sight.keys[key]))
        await self._is_connected_and_proven(sight)
        if rule.vault:
            self._is_free(rule, sight, key)
        if not (rule.vault and rule.rotate_every):
            assert asks_for(rule, "revoked"), f"{name}: the policy does not ask for new keys"
            await self._is_quiet(rule, sight)

    def _is_free(self, rule: RoadRule, sight: Sight, key: str) -> None:
        """The key is not the one that consumers read, nor was it until a moment ago."""
        assert sight.keys
        value, secret = sight.keys[key], sight.secret
        assert secret, f"{sight.name}: no key is given out"
        assert value != secret.value, f"{sight.name}: {key} is the one that consumers hold"
        for before, after in zip(sight.versions, sight.versions[1:], strict=False):
            age = self.fleet.now() - after.created
            assert before.value != value or age >= rule.grace, f"{sight.name}: {key} was given out {age} ago"

    async def _is_connected_and_proven(self, sight: Sight) -> None:
        for path, each in (await self.fleet.eyes.connections()).items():
            uses = sight.name in accounts_of(each) and holds_key(each) and self.fleet.is_known(path)
            assert not uses, f"{sight.name}: {path} holds a key"
        assert not (reason := self._why_not_proven(sight)), reason

    async def _is_quiet(self, rule: RoadRule, sight: Sight) -> None:
        roles = await self.fleet.eyes.roles(sight.name)
        assert all(each in roles for each in _by_rule(rule)), f"{sight.name}: not all is granted"
        since = self.fleet.now() - rule.quiet
        assert sight.logged_since, f"{sight.name}: no log tells that nobody uses a key"
        assert sight.logged_since <= since, f"{sight.name}: its log is younger than {rule.quiet}"
        assert sight.made, f"{sight.name} is gone"
        assert sight.made <= since + SECOND, f"{sight.name} is younger than {rule.quiet}"
        last = max(sight.uses, default=None)
        assert last is None or last <= since, f"{sight.name}: a key was used at {last}"

    # the seal

    async def _seal(self, name: str) -> None:
        rule = self._is_covered(name)
        assert asks_for(rule, "sealed"), f"{name}: the policy does not ask for a seal"
        sight = await self.fleet.eyes.account(name)
        if not sight.takes_keys or sight.keys is None:
            return
        await self._is_connected_and_proven(sight)
        await self._is_quiet(rule, sight)
        copied = max([*sight.uses, *filter(None, [self.fleet.shown.get(name)])], default=None)
        for key, value in sight.keys.items():
            made = [each for each in self.made_new[name, key] if each.was != value]
            assert made, f"{name}: {key} was never made new"
            assert copied is None or made[-1].at > copied, f"{name}: copies of {key} may be alive since {copied}"

    async def _write_secret(self, name: str, method: str, body: dict[str, Any]) -> None:
        rule = self._is_covered(name)
        assert rule.vault, f"{name}: the policy names no vault"
        sight = await self.fleet.eyes.account(name)
        if method == "PUT":
            assert sight.keys is None or body["value"] in sight.keys.values(), f"{name}: a dead key is given out"
        else:
            assert body["attributes"] == {"enabled": False}, body
            assert not sight.takes_keys, f"{name}: the key that consumers read is withdrawn"


def named(path: str) -> str:
    """The short name of the account in a path."""
    found = _ACCOUNT.search(path)
    assert found, path
    return found[1].lower()


def _by_rule(rule: RoadRule) -> list[tuple[str, str]]:
    """Which groups hold which role by the rule."""
    return list(GROUPS.items())[: rule.groups]


def asks_for(rule: RoadRule, milestone: str) -> bool:
    return ROAD.index(rule.goal) >= ROAD.index(milestone)
