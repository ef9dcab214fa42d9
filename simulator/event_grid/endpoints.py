"""Calls to subscribers' endpoints: plain HTTP on the loopback, and no other host."""

from collections.abc import Mapping
from dataclasses import dataclass
from urllib.parse import urlsplit

import aiohttp

from simulator.event_grid.settings import Destination

RESPONSE_TIMEOUT = 30  # seconds
_LOOPBACK = {"127.0.0.1", "localhost", "::1"}
_MOST_READ = 64 * 1024


class Unreachable(Exception):
    """No answer came: `outcome` is what Event Grid calls it."""

    def __init__(self, outcome: str, detail: str) -> None:
        super().__init__(detail)
        self.outcome = outcome


@dataclass(frozen=True, slots=True)
class Answer:
    status: int
    headers: Mapping[str, str]
    text: str


class Endpoints:
    """One HTTP session for all subscribers. `functions` maps the lower-case resource id of a function to its URL."""

    def __init__(self) -> None:
        self.functions: dict[str, str] = {}
        self.session: aiohttp.ClientSession | None = None

    def url(self, destination: Destination) -> str | None:
        """Where a destination is, None for a function that nobody registered."""
        if destination.kind == "AzureFunction":
            return self.functions.get(destination.target.lower())
        return destination.target

    async def send(self, method: str, url: str, headers: Mapping[str, str], content: bytes = b"") -> Answer:
        """The endpoint's answer; raises Unreachable where there is none within 30 seconds."""
        parts = urlsplit(url)
        if parts.scheme != "http" or parts.hostname not in _LOOPBACK:
            raise Unreachable("ResolutionError", "the simulator reaches plain http on the loopback only")
        if self.session is None:
            self.session = aiohttp.ClientSession(timeout=aiohttp.ClientTimeout(total=RESPONSE_TIMEOUT))
        try:
            async with self.session.request(
                method, url, headers=headers, data=content or None, allow_redirects=False
            ) as response:
                text = (await response.content.read(_MOST_READ)).decode(errors="replace")
                return Answer(response.status, response.headers, text)
        except TimeoutError as error:
            raise Unreachable("TimedOut", f"no response within {RESPONSE_TIMEOUT} seconds") from error
        except aiohttp.ClientError as error:
            raise Unreachable("SocketError", str(error)) from error

    async def close(self) -> None:
        if self.session:
            await self.session.close()
            self.session = None
