"""One HTTP session and one credential under every client of the process.

Azure's clients each bring a session of their own; sharing one saves a TLS connection per service and two thirds of the
cost of a call. Retries here are few and short: whatever needs patience goes back to the work queue, which has it.
"""

import ssl
from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from functools import lru_cache
from typing import TYPE_CHECKING, Any
from urllib.parse import urlsplit
from urllib.request import getproxies, proxy_bypass

from azure.core.pipeline.policies import AsyncHTTPPolicy, AsyncRetryPolicy
from azure.core.pipeline.transport import AioHttpTransport

from shared.errors import wait_named_in
from shared.throttling import Gate

if TYPE_CHECKING:
    from azure.core.credentials_async import AsyncTokenCredential

CONNECTIONS = 100
CONNECT_TIMEOUT = timedelta(seconds=10)
READ_TIMEOUT = timedelta(seconds=30)
LONGEST_WAIT = timedelta(seconds=2)
_ASKING = frozenset({429, 503})
_IDEMPOTENT = frozenset({"GET", "HEAD", "PUT", "DELETE", "OPTIONS"})


class BriefRetryPolicy(AsyncRetryPolicy[Any, Any]):
    """Azure's retry policy, but for idempotent methods only and never waiting long.

    The stock policy also repeats a POST that was answered 503, and sleeps as long as any Retry-After says: a key would
    be regenerated twice, and an invocation would sleep through its lease.
    """

    def __init__(self) -> None:
        super().__init__(retry_total=2, retry_backoff_factor=0.2, retry_backoff_max=LONGEST_WAIT.total_seconds())

    def is_retry(self, settings: dict[str, Any], response: Any) -> bool:
        """True where the SDK may try again by itself, at once or after a short wait."""
        if response.http_request.method not in _IDEMPOTENT or not settings["total"]:
            return False
        asked = self.get_retry_after(response)
        if asked is not None and asked > LONGEST_WAIT.total_seconds():
            return False
        return bool(super().is_retry(settings, response))


class GatePolicy(AsyncHTTPPolicy[Any, Any]):
    """Lets each try of a call through the process's gate. A policy belongs to one pipeline; they share the gate."""

    def __init__(self, gate: Gate) -> None:
        super().__init__()
        self._gate = gate

    async def send(self, request: Any) -> Any:
        """The answer; raises ThrottledError, unsent, where the service asked to be left alone for longer than one waits here."""
        call = request.http_request
        await self._gate.enter(call.method, call.url)
        response = await self.next.send(request)
        answer = response.http_response
        if answer.status_code in _ASKING:
            wait, said = wait_named_in(answer.headers), await _text(answer)
            self._gate.heed(call.method, call.url, answer.status_code, wait, said)
        return response


async def _text(answer: Any) -> str:
    """What an answer says, of either kind that azure-core knows; that of a long-running operation is not read by now."""
    await (answer.read() if hasattr(answer, "read") else answer.load_body())
    return str(answer.text())


class ProxiedTransport(AioHttpTransport):  # type: ignore[misc]  # azure-core names it late, so mypy sees no class
    """Azure's transport, by the proxy that the environment names for a host.

    aiohttp would ask the environment itself, but looks for a .netrc in a thread of its own before every call.
    """

    async def send(self, request: Any, **options: Any) -> Any:
        """The answer to one request; raises what the stock transport raises."""
        return await super().send(request, **{"proxy": proxy_for(request.url), **options})


def proxy_for(url: str) -> str | None:
    """The proxy that the environment names for this address (HTTPS_PROXY, NO_PROXY), None where it is to be reached directly."""
    parts = urlsplit(url)
    return _proxy_of(parts.scheme, parts.netloc)


@lru_cache(maxsize=1024)
def _proxy_of(scheme: str, host: str) -> str | None:
    return None if proxy_bypass(host) else getproxies().get(scheme)


class Session:
    """What every client of shared/sdk and shared/store is built from. Made inside the running event loop; closed with `close()`."""

    def __init__(
        self, credential: "AsyncTokenCredential", now: Callable[[], datetime] = lambda: datetime.now(UTC)
    ) -> None:
        import aiohttp

        self.credential, self.now = credential, now
        self._gate = Gate(now, patience=LONGEST_WAIT)
        connector = aiohttp.TCPConnector(ssl=ssl.create_default_context(), limit=CONNECTIONS)
        self.http: aiohttp.ClientSession = aiohttp.ClientSession(
            connector=connector, cookie_jar=aiohttp.DummyCookieJar(), auto_decompress=False
        )

    def transport(self) -> AioHttpTransport:
        """A transport over the shared session, for one client."""
        return ProxiedTransport(
            session=self.http,
            session_owner=False,
            connection_timeout=CONNECT_TIMEOUT.total_seconds(),
            read_timeout=READ_TIMEOUT.total_seconds(),
        )

    def gate_policy(self) -> GatePolicy:
        """The process's gate as a policy of one client's pipeline, to stand behind its retry policy."""
        return GatePolicy(self._gate)

    def client_options(self) -> dict[str, Any]:
        """Keyword arguments for any Azure client."""
        return {
            "transport": self.transport(),
            "retry_policy": BriefRetryPolicy(),
            "per_retry_policies": [self.gate_policy()],
        }

    async def close(self) -> None:
        await self.http.close()
        await self.credential.close()
