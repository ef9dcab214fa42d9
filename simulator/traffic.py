"""The traffic log: the last exchanges in memory, and every one in files that a checker of recorded traffic reads.

A call that carries the header `x-unkeyed-wrong-on-purpose` is kept out of the files: a test sends it to see an error.
Credentials are cut out of what is written. Several simulators may write into one folder, at once or one after another:
each begins the names of its files with letters of its own. The checker reads what ends in `.json`; what no published
document describes, diagnostic settings and the answers of a running operation's own link, is kept beside it in files that
end in `.undescribed`. What callers had to be allowed is in `checks/`, each right once for each run: a JSON object a line.
"""

import json
import re
import secrets
from collections import deque
from collections.abc import Set
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from simulator.checks import Check
from simulator.wire import Call, Json, Reply

WRONG_ON_PURPOSE = "x-unkeyed-wrong-on-purpose"
SECRET_FIELDS = {
    "access_token", "client_secret", "client_assertion", "refresh_token", "id_token", "key1", "key2", "key", "secretText",
    "clientSecret", "clientState", "developerToken", "password", "pat", "refreshToken", "sas", "secretAccessKey", "securityToken",
}  # fmt: skip
_VAULTS = ".vault.azure.net"  # there a text named `value` is a secret's
SECRET_HEADERS = {
    "authorization", "api-key", "ocp-apim-subscription-key", "x-identity-header", "aeg-sas-key", "cookie", "set-cookie",
}  # fmt: skip
_CODE = re.compile(r"(?<=[?#&]code=)[^&]+")
KEPT_IN_MEMORY = 20_000
_UNDESCRIBED = re.compile(
    r".*/(operationResults|(workspace)?operationsStatus)/[^/]+/?|.*/microsoft\.insights/diagnosticSettings(Categories)?(/[^/]+)?/?",
    re.IGNORECASE,
)


@dataclass(frozen=True, slots=True)
class Exchange:
    at: str
    caller: str | None
    call: Call
    reply: Reply
    on_purpose: bool
    seconds: float
    checks: Set[Check] = frozenset()

    def summary(self) -> Json:
        return {
            "at": self.at,
            "caller": self.caller,
            "method": self.call.method,
            "url": self.call.url,
            "status": self.reply.status,
            "wrongOnPurpose": self.on_purpose,
            "seconds": round(self.seconds, 6),
            "retryAfter": self.reply.headers.get("Retry-After"),
        }

    def recorded(self) -> Json:
        """The exchange in the form that traffic checkers read; bodies are parsed JSON, left out when empty."""
        request: Json = {
            "method": self.call.method,
            "url": self.call.url,
            "headers": _safe_headers(dict(self.call.headers)),
        }
        response: Json = {
            "statusCode": str(self.reply.status),
            "headers": {**_safe_headers(self.reply.headers), "Content-Type": self.reply.content_type()},
        }
        if self.call.content:
            request["body"] = _safe_body(self.call.content, self.call.host)
        else:  # some clients name a type for no content
            request["headers"] = {
                name: value for name, value in request["headers"].items() if name.lower() != "content-type"
            }
        if content := self.reply.content():
            response["body"] = _safe_body(content, self.call.host)
        return {"liveRequest": request, "liveResponse": response}


def _safe_headers(headers: dict[str, str]) -> dict[str, str]:
    return {name: _safe_header(name.lower(), value) for name, value in headers.items()}


def _safe_header(name: str, value: str) -> str:
    if name in SECRET_HEADERS:
        return "cut"
    return _CODE.sub("cut", value) if name == "location" else value


def _safe_body(content: bytes, host: str) -> Any:
    try:
        body = json.loads(content)
    except ValueError:
        return "not JSON, cut"
    if host.endswith(_VAULTS) and isinstance(body, dict) and isinstance(body.get("value"), str):
        body["value"] = "cut"
    return _cut(body)


def _cut(value: Any) -> Any:
    if isinstance(value, dict):
        return {name: _cut_member(name, each) for name, each in value.items()}
    return [_cut(each) for each in value] if isinstance(value, list) else value


def _cut_member(name: str, value: Any) -> Any:
    if name == "keys" and isinstance(value, dict):  # of a connection with keys of its own
        return dict.fromkeys(value, "cut")
    return "cut" if name in SECRET_FIELDS and isinstance(value, str) else _cut(value)


class TrafficLog:
    def __init__(self, directory: Path | None) -> None:
        self.directory = directory
        self.run = secrets.token_hex(4)
        self.exchanges: deque[Exchange] = deque(maxlen=KEPT_IN_MEMORY)
        self.number = 0
        self.event_number = 0
        self._checked: set[Check] = set()

    def record(self, exchange: Exchange) -> None:
        self.exchanges.append(exchange)
        if self.directory and not exchange.on_purpose:
            self.number += 1
            ending = "undescribed" if _UNDESCRIBED.fullmatch(exchange.call.path) else "json"
            self._write(self.directory / f"{self.run}-{self.number:06d}.{ending}", exchange.recorded())
            if fresh := exchange.checks - self._checked:
                self._record_checks(self.directory / "checks" / f"{self.run}.jsonl", fresh, exchange.call)

    def record_event(self, event: Json) -> None:
        """Keeps an emitted event in `events/` beside the traffic, its client state cut out."""
        if self.directory:
            self.event_number += 1
            self._write(self.directory / "events" / f"{self.run}-{self.event_number:06d}.json", _cut(event))

    def _record_checks(self, path: Path, fresh: Set[Check], call: Call) -> None:
        self._checked |= fresh
        path.parent.mkdir(parents=True, exist_ok=True)
        with path.open("a") as file:
            file.writelines(
                json.dumps({**each.as_json(), "call": f"{call.method} {call.host}{call.path}"}) + "\n" for each in fresh
            )

    def clear(self) -> None:
        """Forgets what is in memory; files stay."""
        self.exchanges.clear()

    @staticmethod
    def _write(path: Path, value: Json) -> None:
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(json.dumps(value))
