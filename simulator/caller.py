"""Calls to one local Azure: its own interface, and its public hosts through the proxy, as the platform team."""

import ssl
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, Self

import aiohttp

from simulator.company.places import VAULT_URL
from simulator.traffic import WRONG_ON_PURPOSE

ARM = "https://management.azure.com"
VAULTS = "https://vault.azure.net"
GRAPH = "https://graph.microsoft.com"
ACCOUNTS_VERSION = "2025-06-01"
VAULT_VERSION = "7.4"


@dataclass(frozen=True, slots=True)
class Answer:
    """What came back: the status, the body parsed where it is JSON, and the headers in lower case."""

    status: int
    body: Any
    headers: Mapping[str, str]


class Caller:
    """Speaks to one local Azure through the variables that `env` in its home folder holds."""

    def __init__(self, variables: Mapping[str, str]) -> None:
        self.variables = variables
        trusted = ssl.create_default_context(cafile=variables["SSL_CERT_FILE"])
        self.session = aiohttp.ClientSession(connector=aiohttp.TCPConnector(ssl=trusted))
        self._token = ""  # for Resource Manager
        self._vault_token = ""
        self._graph_token = ""

    async def __aenter__(self) -> Self:
        return self

    async def __aexit__(self, *_: object) -> None:
        await self.session.close()

    async def simulator(self, method: str, path: str, body: Any = None, /, **query: str) -> Any:
        """Calls `/_sim/<path>`; raises ValueError with what it said to a wrong call."""
        url = f"{self.variables['UNKEYED_SIMULATOR']}/_sim/{path}"
        async with self.session.request(method, url, json=body, params=query) as response:
            answer = await response.json()
            if response.status >= 400:
                raise ValueError(answer)
            return answer

    async def call(
        self, method: str, url: str, body: Any = None, *, headers: Mapping[str, str] | None = None
    ) -> Answer:
        """One call to a public host, through the proxy."""
        proxy = self.variables["HTTPS_PROXY"]
        async with self.session.request(method, url, json=body, headers=headers, proxy=proxy) as response:
            text = await response.text()
            is_json = response.content_type.endswith("json") and text
            answered = {name.lower(): value for name, value in response.headers.items()}
            return Answer(response.status, await response.json() if is_json else text, answered)

    async def arm(
        self, method: str, path: str, body: Any = None, *, version: str = ACCOUNTS_VERSION, on_purpose: bool = False
    ) -> Answer:
        """One call to Resource Manager as the platform team; `on_purpose` keeps a wrong one out of the traffic files."""
        self._token = self._token or await self._signed_in(ARM)
        headers = {"Authorization": f"Bearer {self._token}", **({WRONG_ON_PURPOSE: "1"} if on_purpose else {})}
        mark = "&" if "?" in path else "?"
        return await self.call(method, f"{ARM}{path}{mark}api-version={version}", body, headers=headers)

    async def vault(self, method: str, path: str, body: Any = None) -> Answer:
        """One call to the seeded vault as the platform team."""
        self._vault_token = self._vault_token or await self._signed_in(VAULTS)
        headers = {"Authorization": f"Bearer {self._vault_token}"}
        return await self.call(method, f"{VAULT_URL}{path}?api-version={VAULT_VERSION}", body, headers=headers)

    async def graph(self, method: str, path: str, body: Any = None) -> Answer:
        """One call to Microsoft Graph, version 1.0, as the platform team, which may change groups."""
        self._graph_token = self._graph_token or await self._signed_in(GRAPH)
        headers = {"Authorization": f"Bearer {self._graph_token}"}
        return await self.call(method, f"{GRAPH}/v1.0{path}", body, headers=headers)

    def sign_out(self) -> None:
        """Has the next calls sign in anew: the clock was moved, or the tenant is another."""
        self._token = self._vault_token = self._graph_token = ""

    async def _signed_in(self, audience: str) -> str:
        form = {
            "grant_type": "client_credentials",
            "client_id": self.variables["AZURE_CLIENT_ID"],
            "client_secret": self.variables["AZURE_CLIENT_SECRET"],
            "scope": f"{audience}/.default",
        }
        url = f"https://login.microsoftonline.com/{self.variables['AZURE_TENANT_ID']}/oauth2/v2.0/token"
        async with self.session.post(url, data=form, proxy=self.variables["HTTPS_PROXY"]) as response:
            response.raise_for_status()
            return str((await response.json())["access_token"])
