"""Lists page by page: `nextLink` carries a `$skiptoken` that only this service can read."""

import base64
import binascii
from collections.abc import Callable, Sequence
from typing import TYPE_CHECKING, Any
from urllib.parse import quote, urlencode

from simulator.resource_manager.front import ArmRequest
from simulator.wire import Json, WireFault

if TYPE_CHECKING:
    from simulator.azure import Azure

_TOKEN = "$skiptoken"  # a query parameter's name


def page(
    azure: "Azure", request: ArmRequest, items: Sequence[Any], shown: Callable[[Any], Json], *, most: int | None = None
) -> Json:
    """One page of at most `page_size` items, and at most `most`, with `nextLink` where more follow.

    Raises a 400 for a token of others.
    """
    start = _position(request.call.query.get(_TOKEN))
    end = start + min(azure.knobs.page_size, most or azure.knobs.page_size)
    body: Json = {"value": [shown(each) for each in items[start:end]]}
    if end < len(items):
        body["nextLink"] = _next_link(request, end)
    return body


def _position(token: str | None) -> int:
    if not token:
        return 0
    try:
        return int(base64.urlsafe_b64decode(token.encode()).decode().removeprefix("at:"))
    except (ValueError, binascii.Error) as error:
        raise WireFault(400, "InvalidSkipToken", f"The skip token '{token}' is invalid.") from error


def _next_link(request: ArmRequest, position: int) -> str:
    call = request.call
    kept = [(name, value) for name, value in call.query.items() if name.lower() != _TOKEN]
    token = base64.urlsafe_b64encode(f"at:{position}".encode()).decode()
    return f"{call.scheme_host}{quote(call.path)}?{urlencode([*kept, (_TOKEN, token)])}"
