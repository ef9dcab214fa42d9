"""Lists of a vault, page by page: never more than 25 items, and a `nextLink` that carries where to go on.

Key Vault REST: Get Secrets, Get Secret Versions, Get Deleted Secrets.
"""

import base64
import binascii
from collections.abc import Callable, Iterable, Mapping
from typing import TYPE_CHECKING
from urllib.parse import quote

from simulator.key_vault import errors
from simulator.wire import Call, Json

if TYPE_CHECKING:
    from simulator.azure import Azure

_MOST = 25
_TOKEN = "$skiptoken"  # a query parameter's name


def page[Item](azure: "Azure", call: Call, items: Mapping[str, Item], shown: Callable[[Item], Json]) -> Json:
    """One page of the items in the order of their keys; raises the 400s of a bad `maxresults` or token."""
    wanted = _wanted(call.query.get("maxresults"))
    size = min(wanted or _MOST, azure.knobs.page_size)
    left = _after(items, call.query.get(_TOKEN))
    more = len(left) > size
    return {
        "value": [shown(items[key]) for key in left[:size]],
        "nextLink": _next_link(call, left[size - 1], wanted) if more else None,
    }


def _wanted(sent: str | None) -> int | None:
    if sent is None:
        return None
    if not sent.isdecimal() or not 1 <= int(sent) <= _MOST:
        raise errors.bad_parameter(f"The value of the parameter maxresults must be between 1 and {_MOST}.")
    return int(sent)


def _after(keys: Iterable[str], token: str | None) -> list[str]:
    if not token:
        return sorted(keys)
    try:
        last = base64.b64decode(token.encode(), b"-_", validate=True).decode()
    except (ValueError, binascii.Error) as error:
        raise errors.bad_parameter("The value of the parameter $skiptoken is invalid.") from error
    return sorted(key for key in keys if key > last)


def _next_link(call: Call, last: str, wanted: int | None) -> str:
    """The port is Azure's habit: the link has it, the vault's address has not."""
    token = quote(base64.urlsafe_b64encode(last.encode()).decode())
    size = f"&maxresults={wanted}" if wanted else ""
    return f"https://{call.host}:443{quote(call.path)}?api-version={call.query['api-version']}&{_TOKEN}={token}{size}"
