"""A client of the local Azure, for the demo and the tests: its own interface, and plain calls to its public hosts."""

import ssl
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, Self

import aiohttp

from simulator.traffic import WRONG_ON_PURPOSE
from simulator.wire import Json

ARM = "https://management.azure.com"
ACCOUNTS_VERSION = "2025-06-01"
AUTHORIZATION_VERSION = "2022-04-01"
INFERENCE = "https://cognitiveservices.azure.com"


@dataclass(frozen=True, slots=True)
class Answer:
    """What came back: the status, the body parsed where it is JSON, and the headers in lower case."""

    status: int
    body: Any
    headers: Mapping[str, str]


class Client:
    """Speaks to one local Azure through the variables that `env` in its home folder holds."""

    def __init__(self, variables: Mapping[str, str]) -> None:
        self.variables = variables
        trusted = ssl.create_default_context(cafile=variables["SSL_CERT_FILE"])
        self.session = aiohttp.ClientSession(connector=aiohttp.TCPConnector(ssl=trusted))
        self._token = ""

    async def __aenter__(self) -> Self:
        return self

    async def __aexit__(self, *_: object) -> None:
        await self.session.close()

    # the simulator's own interface

    async def simulator(self, method: str, path: str, body: Any = None, /, **query: str) -> Any:
        """Calls `/_sim/<path>`; raises ValueError with what it said to a wrong call."""
        url = f"{self.variables['UNKEYED_SIMULATOR']}/_sim/{path}"
        async with self.session.request(method, url, json=body, params=query) as response:
            answer = await response.json()
            if response.status >= 400:
                raise ValueError(answer)
            return answer

    async def reset(self) -> Json:
        """Rebuilds the seeded tenant; returns its names and ids."""
        self.sign_out()
        state: Json = await self.simulator("POST", "reset")
        return state

    async def turn(self, **knobs: float | bool | str) -> None:
        await self.simulator("PATCH", "knobs", knobs)

    async def fault(self, **rule: Any) -> None:
        await self.simulator("POST", "faults", rule)

    async def clear_faults(self) -> None:
        await self.simulator("DELETE", "faults")

    async def advance(self, seconds: float) -> None:
        await self.simulator("POST", "clock", {"advance": seconds})

    async def traffic(self, **query: str) -> list[Json]:
        """The exchanges in memory, filtered by host, method, path (a regular expression)."""
        found: list[Json] = await self.simulator("GET", "traffic", **query)
        return found

    async def outcomes(self) -> list[Json]:
        """The outcome events that the app has published."""
        events: Json = await self.simulator("GET", "events")
        return [each for received in events["received"].values() for each in received]

    async def token(self, principal: str, audience: str = INFERENCE) -> str:
        """A signed token for a seeded user or service principal."""
        answer: Json = await self.simulator("POST", "tokens", {"principal": principal, "audience": audience})
        return str(answer["access_token"])

    # the public hosts

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
        self._token = self._token or await self._signed_in()
        headers = {"Authorization": f"Bearer {self._token}", **({WRONG_ON_PURPOSE: "1"} if on_purpose else {})}
        mark = "&" if "?" in path else "?"
        return await self.call(method, f"{ARM}{path}{mark}api-version={version}", body, headers=headers)

    def sign_out(self) -> None:
        """Has the next call to Resource Manager sign in anew: the clock was moved, or the tenant is another."""
        self._token = ""

    async def _signed_in(self) -> str:
        form = {
            "grant_type": "client_credentials",
            "client_id": self.variables["AZURE_CLIENT_ID"],
            "client_secret": self.variables["AZURE_CLIENT_SECRET"],
            "scope": f"{ARM}/.default",
        }
        url = f"https://login.microsoftonline.com/{self.variables['AZURE_TENANT_ID']}/oauth2/v2.0/token"
        async with self.session.post(url, data=form, proxy=self.variables["HTTPS_PROXY"]) as response:
            response.raise_for_status()
            return str((await response.json())["access_token"])

    async def create_account(self, account: str, *, kind: str = "AIServices", **more: Any) -> Answer:
        """Creates the account of this resource id, with a subdomain of its own name unless `properties` say otherwise."""
        body = {
            "location": "westeurope",
            "kind": kind,
            "sku": {"name": "S0"},
            "identity": {"type": "SystemAssigned"},
            "properties": {"customSubDomainName": account.rpartition("/")[2].lower()},
            **more,
        }
        return await self.arm("PUT", account, body)

    async def deploy(self, account: str, name: str = "gpt") -> Answer:
        """Deploys a chat model to the account."""
        model = {"format": "OpenAI", "name": "gpt-4o", "version": "2024-11-20"}
        body = {"sku": {"name": "Standard", "capacity": 1}, "properties": {"model": model}}
        return await self.arm("PUT", f"{account}/deployments/{name}", body)

    async def assignments(self, scope: str) -> list[Json]:
        """The role assignments that lie exactly at `scope`."""
        path = f"{scope}/providers/Microsoft.Authorization/roleAssignments?$filter=atScope()"
        answer = await self.arm("GET", path, version=AUTHORIZATION_VERSION)
        return [each for each in answer.body["value"] if each["properties"]["scope"].lower() == scope.lower()]

    async def chat(self, subdomain: str, *, token: str = "", key: str = "", deployment: str = "gpt") -> Answer:
        """A chat completion at the account's own endpoint, with a token or with a key."""
        url = f"https://{subdomain}.openai.azure.com/openai/deployments/{deployment}/chat/completions?api-version=2024-10-21"
        headers = {"Authorization": f"Bearer {token}"} if token else {"api-key": key}
        return await self.call("POST", url, {"messages": [{"role": "user", "content": "Hello"}]}, headers=headers)
