"""Lists of Microsoft.EventGrid: `$top` from 1 to 100, and a link to the next page."""

import base64
from urllib.parse import quote

from simulator.azure import Azure
from simulator.event_grid import bodies
from simulator.resource_manager.front import ArmRequest
from simulator.wire import Json, Reply

_MOST = 100


def page(azure: Azure, request: ArmRequest, items: list[Json]) -> Reply:
    """One page of a list; raises 400 for a `$top` out of range, 501 for a `$filter`."""
    query = request.call.query
    if query.get("$filter"):
        raise bodies.not_implemented("$filter on lists of Microsoft.EventGrid")
    size = _size(query.get("$top"), azure.knobs.page_size)
    start = _start(query.get("$skiptoken"))
    body: Json = {"value": items[start : start + size]}
    if start + size < len(items):
        token = base64.urlsafe_b64encode(str(start + size).encode()).decode()
        link = f"{request.call.scheme_host}{quote(request.call.path)}?api-version={request.api_version}"
        body["nextLink"] = f"{link}&$top={size}&$skiptoken={quote(token)}"
    return Reply(200, body)


def _size(sent: str | None, default: int) -> int:
    if sent is None:
        return default
    if not sent.isdecimal() or not 1 <= int(sent) <= _MOST:
        raise bodies.refused(f"The value '{sent}' of $top is invalid. It must be between 1 and {_MOST}.")
    return int(sent)


def _start(token: str | None) -> int:
    if token is None:
        return 0
    try:
        return int(base64.urlsafe_b64decode(token))
    except ValueError as error:
        raise bodies.refused(f"The $skiptoken '{token}' is invalid.") from error
