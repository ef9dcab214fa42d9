"""Change tracking of groups on Microsoft Graph.

Microsoft Graph REST v1.0: "group: delta"; "Use delta query to track changes in Microsoft Graph data" for the life of
links and what is said when it is over. `$top` is not supported there, which means that it is passed over.
"""

import re
from dataclasses import replace
from typing import TYPE_CHECKING

from simulator.directory import delta_cursor, delta_page
from simulator.directory.delta_cursor import Cursor
from simulator.directory.delta_page import Room
from simulator.directory.graph_errors import bad_query, bad_request, object_id, unsupported
from simulator.directory.graph_objects import GROUP
from simulator.directory.graph_query import METADATA, context, selection
from simulator.directory.graph_request import READ_GROUPS, GraphRequest
from simulator.routing import Routes
from simulator.wire import Reply, WireFault

if TYPE_CHECKING:
    from simulator.azure import Azure

ROUTES = Routes()
_LINK = f"{METADATA.removesuffix('/$metadata')}/groups/delta"
_OPTIONS = frozenset({"$select", "$filter", "$top", "$skiptoken", "$deltatoken"})
_ONE_ID = re.compile(r"\s*id\s+eq\s+'([^']*)'\s*", re.IGNORECASE)
_OR = re.compile(r"\s+or\s+", re.IGNORECASE)
_MOST_IDS = 50
_MINIMAL = "return=minimal"


async def delta(azure: "Azure", request: GraphRequest) -> Reply:
    """A page of what there is or has changed, with a link to the next page or, on the last, to later changes."""
    cursor = _cursor(azure, request)
    minimal = _MINIMAL in request.call.headers.get("Prefer", "").replace(" ", "").lower()
    room = Room(azure.knobs.page_size, azure.knobs.delta_members, minimal)
    latest = request.call.query.get("$deltatoken", "").lower() == "latest"
    entries, following = ([], None) if latest else delta_page.page(azure.directory, cursor, room)
    link = _next_link(cursor, following, request)
    about = {"@odata.context": context("groups", None if cursor.select is None else [*cursor.select]), **link}
    headers = {"Preference-Applied": _MINIMAL} if minimal else {}
    return Reply(body={**about, "value": entries}, headers=headers)


# under its short name, and as SDKs call a function
for _name in ("delta", "delta()", "microsoft.graph.delta", "microsoft.graph.delta()"):
    ROUTES.get(f"/v1.0/groups/{_name}", needs=READ_GROUPS, options=_OPTIONS)(delta)


@ROUTES.get("/v1.0/groups/{id}/delta", needs=READ_GROUPS, options=_OPTIONS)
async def delta_of_one(azure: "Azure", request: GraphRequest) -> Reply:  # noqa: ARG001  # one shape for handlers
    """Refused: change tracking is of all groups, or of those that `$filter` names."""
    raise bad_query("Resource not found for the segment 'delta'.")


def _cursor(azure: "Azure", request: GraphRequest) -> Cursor:
    """Where the call goes on, or begins; raises 400 for a token that is none, 410 for one that is too old."""
    query = request.call.query
    token = query.get("$skiptoken") or query.get("$deltatoken", "")
    if not token or token.lower() == "latest":
        return _begun(azure, request)
    cursor = delta_cursor.parsed(token)
    age = request.now.timestamp() - cursor.issued
    if cursor.epoch != azure.directory.groups.epoch or age >= azure.knobs.delta_token_lifetime:
        raise _expired(azure)
    if "$deltatoken" in query:  # a new round
        return replace(cursor, until=azure.directory.groups.number)
    return cursor


def _begun(azure: "Azure", request: GraphRequest) -> Cursor:
    groups = azure.directory.groups
    selected = selection(request.call, GROUP)
    words = [each.strip().lower() for each in request.call.query.get("$select", "").split(",")]
    return Cursor(
        epoch=groups.epoch,
        since=0,
        until=groups.number,
        issued=request.now.timestamp(),
        select=None if selected is None else tuple(selected),
        members=selected is None or "members" in words,
        ids=_ids(request),
    )


def _ids(request: GraphRequest) -> tuple[str, ...] | None:
    text = request.call.query.get("$filter")
    if text is None:
        return None
    found = [_ONE_ID.fullmatch(each) for each in _OR.split(text)]
    if len(found) > _MOST_IDS:
        raise bad_request(f"Too many ids in $filter. The maximum is {_MOST_IDS}.")
    if None in found:
        raise unsupported("Unsupported Query: $filter of a delta query takes 'id eq' joined by 'or' only.")
    return tuple(object_id(each[1]) for each in found if each)


def _next_link(cursor: Cursor, following: Cursor | None, request: GraphRequest) -> dict[str, str]:
    if following:
        return {"@odata.nextLink": f"{_LINK}?$skiptoken={following.token()}"}
    later = replace(cursor, since=cursor.until, issued=request.now.timestamp(), group="", member="")
    return {"@odata.deltaLink": f"{_LINK}?$deltatoken={later.token()}"}


def _expired(azure: "Azure") -> WireFault:
    return WireFault(
        azure.knobs.delta_token_refusal,
        "syncStateNotFound",
        "The sync state generation is not found. The delta token is expired and data must be synchronized again.",
        headers={"Location": f"{_LINK}?$deltatoken="},
    )
