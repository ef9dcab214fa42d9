"""{region}.in.applicationinsights.azure.com: the track endpoint of versions 2 and 2.1.

Application Insights: "Telemetry data model", Breeze; "Microsoft Entra authentication for Application Insights" for
resources that take tokens only. Statistics of the exporters and live metrics are no part of it.
"""

import gzip
import json
import re
from typing import TYPE_CHECKING, Any

from simulator.sign_in.tokens import Identity, TokenRefused
from simulator.wire import Call, Json, Reply, WireFault

if TYPE_CHECKING:
    from simulator.azure import Azure

AUDIENCE = "https://monitor.azure.com"
WRITE = "Microsoft.Insights/Telemetry/Write"
_HOST = re.compile(r"[a-z0-9-]+(\.[a-z0-9-]+)*\.in\.applicationinsights\.azure\.com")
_TRACK = re.compile(r"/+v2(\.1)?/track/?", re.IGNORECASE)  # connection strings end their endpoint with a slash
_KEY = re.compile(r"[0-9a-f]{8}-?([0-9a-f]{4}-?){3}[0-9a-f]{12}", re.IGNORECASE)
_GZIP = b"\x1f\x8b"


class Ingestion:
    """The service of the ingestion hosts of all regions."""

    def __init__(self, azure: "Azure") -> None:
        self.azure = azure

    def serves(self, host: str) -> bool:
        return _HOST.fullmatch(host) is not None

    def caller(self, call: Call) -> str | None:
        try:
            return self._identity(call).object_id
        except TokenRefused:
            return None

    async def answer(self, call: Call) -> Reply:
        try:
            return self._through(call)
        except WireFault as fault:
            return self.render(fault, call)

    def render(self, fault: WireFault, call: Call) -> Reply:  # noqa: ARG002  # the envelope is the same for every call
        error = {"index": 0, "statusCode": fault.status, "message": fault.message}
        return Reply(fault.status, {"itemsReceived": 0, "itemsAccepted": 0, "errors": [error]}, dict(fault.headers))

    def _through(self, call: Call) -> Reply:
        if call.method != "POST" or not _TRACK.fullmatch(call.path):
            raise WireFault(501, "NotImplemented", f"The simulator does not implement {call.method} {call.path}.")
        who = self._identified(call)
        items = _items(call.content)
        for resource in self._closed(items):
            self._check_role(call, who, resource)
        problems = {index: text for index, each in enumerate(items) if (text := _problem(each))}
        accepted = [each for index, each in enumerate(items) if index not in problems]
        self.azure.telemetry.keep(accepted)
        errors = [{"index": index, "statusCode": 400, "message": text} for index, text in problems.items()]
        status = 200 if not errors else 206 if accepted else 400
        return Reply(status, {"itemsReceived": len(items), "itemsAccepted": len(accepted), "errors": errors})

    def _identified(self, call: Call) -> Identity | None:
        """Who the token speaks for; None where none was sent."""
        if "Authorization" not in call.headers:
            return None
        try:
            return self._identity(call)
        except TokenRefused as refused:
            raise WireFault(401, "Unauthorized", f"Invalid token: {refused.reason}.") from refused

    def _closed(self, items: list[Any]) -> set[str]:
        """The resources that take tokens only among those that the items are for."""
        keys = {_key(each).lower() for each in items if isinstance(each, dict)}
        return {resource for key, resource in self.azure.telemetry.components.items() if key in keys}

    def _check_role(self, call: Call, who: Identity | None, resource: str) -> None:
        """In the words of the document's troubleshooting; version 2 knows no tokens at all."""
        if "/v2.1/" not in call.path.lower():
            raise WireFault(400, "BadRequest", "Authentication not supported")
        if who is None:
            raise WireFault(401, "Unauthorized", "Authorization required")
        if not self.azure.authorization.allows_data(who.object_id, WRITE, resource):
            raise WireFault(403, "Forbidden", "Unauthorized")

    def _identity(self, call: Call) -> Identity:
        return self.azure.tokens.identity(call.headers.get("Authorization"), (AUDIENCE,))


def _items(content: bytes) -> list[Any]:
    """The envelopes of a body: a JSON array, one object, or one object a line; gzip or not."""
    try:
        text = (gzip.decompress(content) if content.startswith(_GZIP) else content).decode().strip()
        if text.startswith("["):
            return list(json.loads(text))
        return [json.loads(line) for line in text.splitlines() if line.strip()]
    except (OSError, EOFError, ValueError) as error:
        raise WireFault(400, "BadRequest", "100: Invalid JSON.") from error


def _problem(envelope: Any) -> str | None:
    """Why an envelope is not taken, None where it is."""
    if not isinstance(envelope, dict):
        return "100: An envelope must be an object."
    for name in ("name", "time"):
        if not isinstance(envelope.get(name), str) or not envelope[name]:
            return f"109: Field '{name}' on type 'Envelope' is required but missing or empty. Expected: string, Actual: undefined"
    return None if _KEY.fullmatch(_key(envelope)) else "Invalid instrumentation key"


def _key(envelope: Json) -> str:
    return str(envelope.get("iKey", ""))
