"""The app's HTTP side as a caller meets it: over its host, with tokens of the local sign-in."""

from collections.abc import Mapping
from types import TracebackType
from typing import Any, Self
from urllib.parse import quote

import aiohttp

from simulator.client import Client
from simulator.company.identities import ALICE, BOB, CAROL, DORA, PORTAL, Person
from simulator.wire import Json

ROLES: dict[str, Person] = {"none": BOB, "Read": ALICE, "Operate": CAROL, "Admin": DORA}


class Portal:
    """Calls the API as the person who has a role; `id` is put into a path as it is, or encoded."""

    def __init__(self, client: Client, address: str) -> None:
        self.client = client
        self.address = address.rstrip("/")
        self._tokens: dict[str, str] = {}

    async def __aenter__(self) -> Self:
        self.session = aiohttp.ClientSession()
        return self

    async def __aexit__(
        self, _: type[BaseException] | None, __: BaseException | None, ___: TracebackType | None
    ) -> None:
        await self.session.close()

    async def token(self, role: str) -> str:
        if role not in self._tokens:
            self._tokens[role] = await self.minted(ROLES[role].id)
        return self._tokens[role]

    async def minted(self, principal: str, audience: str = PORTAL.app_id, **more: Any) -> str:
        """A token as the sign-in would sign it, but for what is said otherwise."""
        asked = {"principal": principal, "audience": audience, "client": PORTAL.app_id, **more}
        answer: Json = await self.client.simulator("POST", "tokens", asked)
        return str(answer["access_token"])

    async def call(
        self,
        method: str,
        path: str,
        *,
        role: str | None = "Admin",
        body: Any = None,
        token: str | None = None,
        headers: dict[str, str] | None = None,
        data: bytes | None = None,
        query: Mapping[str, str] | None = None,
    ) -> tuple[int, Any, dict[str, str]]:
        """Status, body and headers of an answer."""
        bearer = token or (await self.token(role) if role else None)
        sent = {**({"Authorization": f"Bearer {bearer}"} if bearer else {}), **(headers or {})}
        url = f"{self.address}/api{path}"
        async with self.session.request(
            method, url, json=body, data=data, headers=sent, params=dict(query or {})
        ) as answer:
            kind = answer.headers.get("Content-Type", "")
            found = await answer.json() if "json" in kind else await answer.text()
            return answer.status, found, dict(answer.headers)


def encoded(account: str) -> str:
    return f"/accounts/{quote(account, safe='')}"
