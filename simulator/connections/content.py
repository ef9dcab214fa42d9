"""What a caller sends for a connection, checked by its authentication type.

As Azure does: names of properties are read without regard to case, the keys of `metadata` are kept as they were sent,
read-only properties and those that nobody knows are dropped; a machine-learning workspace takes no other member beside
`properties`, as its document says.
"""

import re
from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any

from simulator.cognitive_services import shapes as types
from simulator.connections import errors
from simulator.connections.shapes import CREDENTIALS, NEEDED, PROPERTIES
from simulator.wire import Json

_NAME = re.compile(r"[a-zA-Z0-9][a-zA-Z0-9_-]{2,32}")
_MEMBERS = frozenset({"id", "name", "type", "systemdata", "properties"})
_CANONICAL = {name.lower(): name for name in (*PROPERTIES, "credentials")}


@dataclass(frozen=True, slots=True)
class Sent:
    """`credentials` is None where none were sent: missing, null or empty."""

    auth_type: str
    properties: Json
    credentials: Json | None = field(repr=False)

    @property
    def category(self) -> str | None:
        return self.properties.get("category")


def read(body: Json, *, closed: bool) -> Sent:
    """The connection in a body; raises the 400s of what does not fit. `closed`: other members are refused."""
    if closed and (unknown := [name for name in body if name.lower() not in _MEMBERS]):
        raise errors.unknown_member(unknown[0])
    properties = body.get("properties")
    if not isinstance(properties, dict):
        raise errors.invalid("The properties of a connection are required.")
    named = {_CANONICAL.get(name.lower(), name): value for name, value in properties.items()}
    cleaned = types.cleaned(PROPERTIES, named, "properties")
    auth_type = cleaned.pop("authType", None)
    if auth_type is None:
        raise errors.invalid("The authType of a connection is required.")
    _require_moment(cleaned.get("expiryTime"))
    return Sent(auth_type, cleaned, _credentials(auth_type, named.get("credentials")))


def require_name(name: str) -> None:
    if not _NAME.fullmatch(name):
        raise errors.name_invalid(name)


def require_complete(auth_type: str, category: str, credentials: Mapping[str, Any]) -> None:
    """Raises the 400 of credentials that lack what their type needs."""
    if auth_type == "OAuth2" and category == "RemoteTool":
        return  # the user consents later
    for name in NEEDED.get(auth_type, ()):
        if not credentials.get(name):
            raise errors.invalid(f"A connection with the authType '{auth_type}' needs 'credentials.{name}'.")


def _credentials(auth_type: str, sent: Any) -> Json | None:
    shape = CREDENTIALS[auth_type]
    cleaned: Json | None = types.cleaned(shape or {"*": str}, sent, "properties.credentials")
    if cleaned and shape is None:
        raise errors.invalid(f"A connection with the authType '{auth_type}' takes no credentials.")
    return cleaned or None


def _require_moment(sent: str | None) -> None:
    try:
        datetime.fromisoformat(sent or "2000-01-01")
    except ValueError as error:
        raise errors.invalid(f"The expiryTime '{sent}' is no date and time.") from error
