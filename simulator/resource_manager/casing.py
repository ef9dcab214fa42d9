"""Resource ids come back from Azure in other casings than they were sent in. So they do here, each always in the same.

It happens to the ids of accounts and of what lies below them, in their own answers and in lists. What Authorization
answers is as it was stored, as in Azure: the id and the scope of an assignment, the id of a definition.
"""

import re
import zlib
from typing import Any

_ACCOUNT = re.compile(
    r"(?P<subscription>/subscriptions/[^/]+)/(?P<groups>resourceGroups)/(?P<group>[^/]+)/providers/"
    r"(?P<namespace>Microsoft\.CognitiveServices)/(?P<type>accounts)/(?P<name>[^/]+)",
    re.IGNORECASE,
)
_ANOTHER_PROVIDER = "/providers/"
_AS_SENT = "{subscription}/{groups}/{group}/providers/{namespace}/{type}/{name}"
_VARIANTS = (
    _AS_SENT,
    _AS_SENT.replace("{groups}", "resourcegroups"),
    _AS_SENT.replace("{namespace}", "microsoft.cognitiveservices"),
    _AS_SENT.replace("{groups}", "resourcegroups").replace("{namespace}", "microsoft.cognitiveservices"),
)


def varied_id(text: str) -> str:
    """This id in the casing that its account goes by; unchanged where it is no account's and lies below none."""
    found = _ACCOUNT.match(text)
    if found is None or _ANOTHER_PROVIDER in text[found.end() :].lower():
        return text
    variant = _VARIANTS[zlib.crc32(found[0].lower().encode()) % len(_VARIANTS)]
    return variant.format(**found.groupdict()) + text[found.end() :]


def varied(body: Any) -> Any:
    """An answer with the `id`s in it in varied casing; everything else untouched."""
    if isinstance(body, dict):
        return {
            name: varied_id(value) if name == "id" and isinstance(value, str) else varied(value)
            for name, value in body.items()
        }
    return [varied(each) for each in body] if isinstance(body, list) else body
