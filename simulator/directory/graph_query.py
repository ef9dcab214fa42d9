"""The query options of a Graph call: `$select`, `$filter`, `$top`, `$count`, `$skiptoken`, and pages of a collection.

Microsoft Graph: "Use query parameters to customize responses", "Paging Microsoft Graph data in your app".
"""

import base64
import binascii
from bisect import bisect_right
from collections.abc import Callable, Iterable, Sequence
from itertools import islice
from urllib.parse import quote, urlencode

from simulator.directory.graph_errors import bad_query, bad_request, needs_eventual_search, not_implemented
from simulator.directory.graph_filter import parsed
from simulator.directory.graph_objects import NAMES, Kind
from simulator.wire import Call, Json

METADATA = "https://graph.microsoft.com/v1.0/$metadata"
_KNOWN = frozenset({"$select", "$filter", "$top", "$count", "$skiptoken"})
_ELSEWHERE = _KNOWN | frozenset({"$expand", "$orderby", "$search", "$skip", "$format", "$deltatoken"})
_USUAL_PAGE = 100
_LARGEST_PAGE = 999
# relations may stand in $select, where they change nothing
_RELATIONS = frozenset({"members", "owners", "memberof", "transitivemembers", "transitivememberof"})


def check_options(call: Call, known: frozenset[str] | None = None) -> None:
    """Raises 400 for an option OData does not have, 501 for one the simulator does not; `known` are a route's own.

    `$search` without its header is a 400 as well; other than `$filter` it does not need `$count=true`.
    """
    for name in call.query:
        if not name.startswith("$") or name.lower() in (known or _KNOWN):
            continue
        if name.lower() == "$search" and not _is_eventual(call):
            raise needs_eventual_search()
        if name.lower() in _ELSEWHERE:
            raise not_implemented(f"the query option {name}")
        raise bad_query(f"The query specified in the URI is not valid. The query option '{name}' is not supported.")


def selection(call: Call, kind: Kind) -> list[str] | None:
    """The properties that `$select` names, in real casing; None where there is no `$select` (or `*`)."""
    sent = call.query.get("$select")
    if sent is None or sent.strip() == "*":
        return None
    names = NAMES[kind.name]
    out = []
    for word in (each.strip() for each in sent.split(",")):
        if word.lower() in _RELATIONS:
            continue
        if word.lower() not in names:
            raise bad_query(
                "Parsing OData Select and Expand failed: Could not find a property named "
                f"'{word}' on type '{kind.odata_type.removeprefix('#')}'."
            )
        out.append(names[word.lower()])
    return out


def shown(each: Json, kind: Kind, selected: list[str] | None) -> Json:
    """An object with the selected properties, or those that come by default."""
    if selected is None:
        return each if kind.default is None else {name: value for name, value in each.items() if name in kind.default}
    whole = {**kind.also, **each}
    return {name: whole[name] for name in selected if name in whole}


def context(collection: str, selected: list[str] | None, *, entity: bool = False) -> str:
    columns = f"({','.join(selected)})" if selected else ""
    return f"{METADATA}#{collection}{columns}{'/$entity' if entity else ''}"


def is_advanced(call: Call) -> bool:
    return _is_eventual(call) and _counts(call)


def filtered(call: Call, kind: Kind, items: Iterable[Json]) -> list[Json]:
    """The items that pass `$filter`."""
    text = call.query.get("$filter")
    if text is None:
        return list(items)
    test = parsed(text, kind, NAMES[kind.name], advanced=is_advanced(call))
    return [each for each in items if test(each)]


def page(
    call: Call, ordered: Sequence[str], usual: int, counts: Callable[[str], bool] = lambda _: True
) -> tuple[list[str], Json]:
    """One page of ids that are in order, of those that count, and the annotations that go with it."""
    size, start = _size(call, usual), bisect_right(ordered, _token(call))
    rest = (ordered[at] for at in range(start, len(ordered)) if counts(ordered[at]))
    listed = list(islice(rest, size + 1))
    about: Json = {}
    if is_advanced(call):
        about["@odata.count"] = sum(counts(each) for each in ordered)
    if len(listed) > size:
        about["@odata.nextLink"] = _next_link(call, listed[size - 1])
    return listed[:size], about


def _is_eventual(call: Call) -> bool:
    return call.headers.get("ConsistencyLevel", "").lower() == "eventual"


def _counts(call: Call) -> bool:
    return call.query.get("$count", "").lower() == "true"


def _size(call: Call, usual: int) -> int:
    sent = call.query.get("$top")
    if sent is None:
        return min(usual, _USUAL_PAGE)
    if not sent.isdecimal():
        raise bad_query(
            f"Invalid value '{sent}' for $top query option found. "
            "The $top query option requires a non-negative integer value."
        )
    if not 1 <= int(sent) <= _LARGEST_PAGE:
        raise bad_request(f"Invalid page size specified: '{sent}'. Must be between 1 and 999 inclusive.")
    return int(sent)


def _token(call: Call) -> str:
    """The id after which a page begins."""
    sent = call.query.get("$skiptoken")
    if sent is None:
        return ""
    try:
        start, _, after = base64.urlsafe_b64decode(sent).decode().partition(":")
    except (binascii.Error, UnicodeDecodeError):
        start, after = "", ""
    if start != "after":
        raise bad_request("Invalid skip token specified.")
    return after


def _next_link(call: Call, last: str) -> str:
    query = {name: value for name, value in call.query.items() if name.lower() != "$skiptoken"}
    query["$skiptoken"] = base64.urlsafe_b64encode(f"after:{last}".encode()).decode()
    return f"{call.scheme_host}{quote(call.path, safe="/$()'=")}?{urlencode(query, safe="$,()':", quote_via=quote)}"
