"""What a caller sends about a secret, checked. Key Vault REST: Set Secret, Update Secret."""

import json
import re
from dataclasses import dataclass, field
from typing import Any

from simulator.key_vault import errors
from simulator.wire import Call, Json

_NAME = re.compile(r"[0-9a-zA-Z-]{1,127}")
_MOST_BYTES = 25_600
_MOST_TAGS = 15
_LONGEST_TAG = 512
_LONGEST_CONTENT_TYPE = 255
_LAST_SECOND = 253_402_300_799  # of the year 9999


@dataclass(frozen=True, slots=True)
class Sent:
    """None is what was not sent, or sent as null."""

    value: str | None = field(default=None, repr=False)
    content_type: str | None = None
    tags: dict[str, str] | None = None
    enabled: bool | None = None
    not_before: int | None = None
    expires: int | None = None


def require_name(name: str) -> None:
    if not _NAME.fullmatch(name):
        raise errors.invalid_name(name)


def new_version(call: Call) -> Sent:
    """The body of Set Secret; raises the 400 of one without a value."""
    sent = properties(call)
    if sent.value is None:
        raise errors.invalid_property()
    return sent


def properties(call: Call) -> Sent:
    """The body of Update Secret, whose value is passed over; properties nobody knows are too."""
    body = _object(_parsed(call.content))
    attributes = _object(body.get("attributes") or {})
    return Sent(
        value=_text(body.get("value"), _MOST_BYTES),
        content_type=_text(body.get("contentType"), _LONGEST_CONTENT_TYPE),
        tags=_tags(body.get("tags")),
        enabled=_flag(attributes.get("enabled")),
        not_before=_moment(attributes.get("nbf")),
        expires=_moment(attributes.get("exp")),
    )


def _parsed(content: bytes) -> Any:
    try:
        return json.loads(content)
    except ValueError as error:
        raise errors.invalid_property() from error


def _object(value: Any) -> Json:
    if not isinstance(value, dict):
        raise errors.invalid_property()
    return value


def _text(value: Any, longest: int) -> str | None:
    if value is not None and (not isinstance(value, str) or len(value.encode()) > longest):
        raise errors.invalid_property()
    return value


def _flag(value: Any) -> bool | None:
    if value is not None and not isinstance(value, bool):
        raise errors.invalid_property()
    return value


def _moment(value: Any) -> int | None:
    if value is None:
        return None
    if isinstance(value, bool) or not isinstance(value, int) or not 0 <= value <= _LAST_SECOND:
        raise errors.invalid_property()
    return value


def _tags(value: Any) -> dict[str, str] | None:
    if value is None:
        return None
    tags = _object(value)
    if len(tags) > _MOST_TAGS or any(_bad_tag(name, text) for name, text in tags.items()):
        raise errors.invalid_property()
    return dict(tags)


def _bad_tag(name: str, text: Any) -> bool:
    return not isinstance(text, str) or max(len(name), len(text)) > _LONGEST_TAG
