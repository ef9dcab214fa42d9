"""Somebody who looks at an account's keys and its secret each time the app may have changed one of them.

The looks are taken by a client of the platform team, between two calls of the app: no state of an account goes unseen. A key
counts as alive where the account lists it and takes keys; a call with it would leave a row in the request log.
"""

import re
from collections import defaultdict
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from itertools import pairwise
from typing import Any

import aiohttp

from shared.road.services import Services
from shared.sdk.vault import fingerprint
from simulator.client import Client
from tests.watching import CHAT

_GROUP, _, _ = CHAT.rpartition("/")
_CHANGE = re.compile(
    r"(?:POST .*/accounts/(?P<renewed>[^/]+)/regenerateKey"
    r"|PATCH .*/accounts/(?P<patched>[^/]+)"
    r"|(?:PUT|PATCH) /secrets/(?P<secret>[^/]+)-key(?:/\w*)?)",
    re.IGNORECASE,
)


@dataclass(frozen=True, slots=True)
class Sight:
    """Both keys, None where the account takes none; what consumers read in the vault, empty where they read nothing."""

    at: datetime
    keys: tuple[str, str] | None = field(repr=False)
    secret: str = field(repr=False)


class KeyWatch:
    def __init__(self, client: Client, now: Callable[[], datetime]) -> None:
        self.client = client
        self.now = now
        self.seen: defaultdict[str, list[Sight]] = defaultdict(list)

    def watch(self, services: Services) -> None:
        """Looks after each call of these services that may have changed something, answered or not."""
        trace = aiohttp.TraceConfig()
        trace.on_request_end.append(self._called)
        trace.on_request_exception.append(self._called)
        trace.freeze()
        services.session.http._trace_configs.append(trace)

    async def _called(self, _session: Any, _context: Any, call: Any) -> None:
        found = _CHANGE.fullmatch(f"{call.method} {call.url.path}")
        if found:
            await self.look(next(each for each in found.groups() if each))

    async def look(self, name: str) -> None:
        """Adds what there is to see of the account of this name."""
        listed, secret = await self.client.list_keys(f"{_GROUP}/{name}"), await self.client.secret(f"{name}-key")
        keys = (listed.body["key1"], listed.body["key2"]) if listed.status == 200 else None
        value = str(secret.body["value"]) if secret.status == 200 else ""
        self.seen[name.lower()].append(Sight(self.now(), keys, value))

    def keys(self, name: str) -> list[str]:
        """Every key that the account ever had."""
        return list(dict.fromkeys(key for each in self.seen[name] for key in each.keys or ()))

    def made_new(self, name: str) -> list[str]:
        """Which key was made new, each time one was."""
        listed = [each.keys for each in self.seen[name] if each.keys]
        changes = [zip(("key1", "key2"), before, after, strict=True) for before, after in pairwise(listed)]
        return [which for change in changes for which, before, after in change if before != after]

    def wrongs(self, name: str, grace: timedelta) -> list[str]:
        """What consumers of the vault's secret would have suffered from before the seal."""
        open_ = [each for each in self.seen[name] if each.keys]
        return [*_dead_in_vault(open_), *_died_too_soon(open_, grace)]


def _dead_in_vault(seen: Sequence[Sight]) -> Iterator[str]:
    for each in seen:
        if each.secret and each.secret not in (each.keys or ()):
            yield f"at {each.at:%H:%M:%S} the secret held {fingerprint(each.secret)}, a dead key"


def _died_too_soon(seen: Sequence[Sight], grace: timedelta) -> Iterator[str]:
    """Consumers may hold a key that was in the secret for as long as the grace period after another took its place."""
    for before, after in pairwise(seen):
        if not before.secret or before.secret == after.secret:
            continue
        for each in seen:
            if after.at <= each.at < after.at + grace and before.secret not in (each.keys or ()):
                yield f"at {each.at:%H:%M:%S} {fingerprint(before.secret)} was dead, replaced at {after.at:%H:%M:%S}"
