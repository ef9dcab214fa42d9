"""Ids come back from Azure in other casings than they were sent. So they do here, by turns that are always the same."""

import re
import zlib
from typing import Any

_ID_FIELDS = {"id", "scope", "roledefinitionid"}
_VARIANTS = (
    lambda text: text,
    lambda text: re.sub("/resourceGroups/", "/resourcegroups/", text, flags=re.IGNORECASE),
    lambda text: re.sub("microsoft.cognitiveservices", "microsoft.cognitiveservices", text, flags=re.IGNORECASE),
)


def varied_id(text: str) -> str:
    """This resource id in the casing Azure happens to use for it today."""
    return _VARIANTS[zlib.crc32(text.lower().encode()) % len(_VARIANTS)](text)


def varied(body: Any) -> Any:
    """A reply body with its resource ids in varied casing; everything else untouched."""
    if isinstance(body, dict):
        return {
            name: varied_id(value)
            if name.lower() in _ID_FIELDS and isinstance(value, str) and value.startswith("/")
            else varied(value)
            for name, value in body.items()
        }
    return [varied(each) for each in body] if isinstance(body, list) else body
