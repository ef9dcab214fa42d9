"""Calls to an account's own endpoint: one by hand, and those of a client that never stops."""

import asyncio
import time
from collections import Counter
from dataclasses import dataclass, field

import aiohttp

from simulator.client import Client
from simulator.demo.cast import Part

MODELS = "/openai/models?api-version=2024-10-21"
REGIONAL = "https://westeurope.api.cognitive.microsoft.com"
# A consumer reads the vault again long before the grace period of the key it holds is over
_READ_AGAIN = 0.5
_NO_ANSWER = 0
_DAY = 86_400


@dataclass(frozen=True, slots=True)
class Calls:
    """Status codes before the road and at its end: with a token, an old copy of a key, a present key."""

    token_before: int = 0
    token_after: int = 0
    key_before: int = 0
    copy_after: int = 0
    key_after: int = 0


@dataclass(slots=True)
class Tally:
    """How many calls were made, and of each that failed the second since the tally began and the status."""

    made: int = 0
    failed: list[tuple[float, int]] = field(default_factory=list)
    began: float = field(default_factory=time.monotonic)

    def count(self, status: int) -> None:
        self.made += 1
        if status != 200:
            self.failed.append((round(time.monotonic() - self.began, 2), status))

    def statuses(self) -> dict[int, int]:
        """How often each status was the answer to a call that failed."""
        return dict(Counter(status for _, status in self.failed))


async def call(client: Client, part: Part, *, token: str = "", key: str = "") -> int:
    """The status of listing the account's models with a token or with a key; 0 where no answer came."""
    host = f"https://{part.name}.openai.azure.com" if part.account.has_subdomain else REGIONAL
    headers = {"Authorization": f"Bearer {token}"} if token else {"api-key": key}
    try:
        return (await client.call("GET", host + MODELS, headers=headers)).status
    except aiohttp.ClientError:
        return _NO_ANSWER


async def keys_in_vault(client: Client, part: Part) -> list[str]:
    """Which of the account's keys each version of its secret holds, oldest first; empty where there is no secret."""
    answer = await client.vault("GET", f"/secrets/{part.secret}/versions")
    found = answer.body["value"] if answer.status == 200 else []
    ordered = sorted(found, key=lambda each: each["attributes"]["created"])
    return [str((each.get("tags") or {}).get("CredentialId", "?")) for each in ordered]


async def ends_tomorrow(client: Client, part: Part) -> None:
    """Has the present version of the account's secret expire in a day, at which Azure Key Vault announces its end."""
    version = (await client.secret(part.secret)).body["id"].rpartition("/")[2]
    end = {"attributes": {"exp": int(time.time()) + _DAY}}
    await client.vault("PATCH", f"/secrets/{part.secret}/{version}", end)


class Consumer:
    """A program that calls one account again and again: with the key in the vault, and once it was told, with tokens."""

    def __init__(self, client: Client, part: Part, every: float) -> None:
        self.client = client
        self.part = part
        self.every = every
        self.by_key = Tally()
        self.by_token = Tally()
        self.keys: list[str] = []  # those it has read so far, the present one last
        self._token = ""
        self._key_read = 0.0

    async def run(self) -> None:
        """Calls until it is cancelled. As long as the vault holds no key for it, it waits."""
        while True:
            began = time.monotonic()
            await self._call()
            await asyncio.sleep(max(0.0, self.every - (time.monotonic() - began)))

    async def use_tokens(self) -> None:
        """From the next call on it signs in as its caller and uses no key any more."""
        self._token = await self.client.token(self.part.caller.id)

    async def _call(self) -> None:
        if self._token:
            self.by_token.count(await call(self.client, self.part, token=self._token))
        elif key := await self._current_key():
            self.by_key.count(await call(self.client, self.part, key=key))

    async def _current_key(self) -> str:
        if time.monotonic() - self._key_read > _READ_AGAIN:
            answer = await self.client.secret(self.part.secret)
            self._key_read = time.monotonic()
            if answer.status == 200 and answer.body["value"] not in self.keys[-1:]:
                self.keys.append(answer.body["value"])
        return self.keys[-1] if self.keys else ""
