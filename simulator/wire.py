"""What travels between a client and a simulated service: a call, a reply, or a fault."""

import json
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any
from urllib.parse import parse_qsl, unquote, urlsplit

from multidict import CIMultiDict, CIMultiDictProxy

type Json = dict[str, Any]


class WireFault(Exception):
    """An answer that is an error. Each service renders it in its own envelope."""

    def __init__(
        self, status: int, code: str, message: str, *, headers: Mapping[str, str] | None = None, **extra: object
    ) -> None:
        super().__init__(f"{status} {code}: {message}")
        self.status = status
        self.code = code
        self.message = message
        self.headers = dict(headers or {})
        self.extra = extra


class NoSuchHost(Exception):
    """Nobody is at the host that was called: its name would not resolve in Azure, here the connection breaks off."""


@dataclass(frozen=True, slots=True)
class Call:
    """One request as the client sent it: `path` is decoded but keeps its casing, query names ignore case."""

    method: str
    url: str
    headers: CIMultiDictProxy[str]
    content: bytes = b""
    scheme_host: str = field(init=False, default="")
    host: str = field(init=False, default="")
    path: str = field(init=False, default="")
    query: CIMultiDictProxy[str] = field(init=False)

    def __post_init__(self) -> None:
        parts = urlsplit(self.url)
        pairs = parse_qsl(parts.query, keep_blank_values=True)
        object.__setattr__(self, "scheme_host", f"{parts.scheme}://{parts.netloc}")
        object.__setattr__(self, "host", (parts.hostname or "").lower())
        object.__setattr__(self, "path", unquote(parts.path))
        object.__setattr__(self, "query", CIMultiDictProxy(CIMultiDict(pairs)))

    def json(self) -> Json:
        """The body as a JSON object; raises the 400 that Resource Manager answers to anything else."""
        try:
            body = json.loads(self.content)
        except ValueError as error:
            raise WireFault(
                400,
                "InvalidRequestContent",
                f"The request content was invalid and could not be deserialized: '{error}'.",
            ) from error
        if not isinstance(body, dict):
            raise WireFault(
                400,
                "InvalidRequestContent",
                "The request content was invalid and could not be deserialized: 'not an object'.",
            )
        return body

    @property
    def client_address(self) -> str:
        """Where the call comes from: what `X-Forwarded-For` says, since everything here is on the loopback."""
        return self.headers.get("X-Forwarded-For", "127.0.0.1").partition(",")[0].strip()

    def form(self) -> dict[str, str]:
        """The body as an HTML form."""
        return dict(parse_qsl(self.content.decode(), keep_blank_values=True))


@dataclass(slots=True)
class Reply:
    """One answer. A `body` of bytes goes out as it is, anything else as JSON, None as nothing."""

    status: int = 200
    body: Any = None
    headers: dict[str, str] = field(default_factory=dict)

    def content(self) -> bytes:
        if self.body is None:
            return b""
        if isinstance(self.body, bytes):
            return self.body
        return json.dumps(self.body, separators=(",", ":")).encode()

    def content_type(self) -> str:
        return self.headers.get("Content-Type", "application/json; charset=utf-8")
