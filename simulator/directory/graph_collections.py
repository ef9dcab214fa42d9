"""Answers that every Graph collection shares: a page of one type, one object, typed members."""

from collections.abc import Callable, Iterable, Mapping, Sequence
from typing import TYPE_CHECKING

from simulator.directory import graph_objects as objects
from simulator.directory.graph_errors import bad_query, bad_request, not_found, not_implemented, object_id
from simulator.directory.graph_objects import DIRECTORY_OBJECT, Kind
from simulator.directory.graph_query import context, filtered, page, selection, shown
from simulator.directory.graph_request import GraphRequest
from simulator.wire import Json, Reply

if TYPE_CHECKING:
    from simulator.azure import Azure

# the id, and what cannot be null
_NEVER_HIDDEN = frozenset({"id", "appRoleAssignmentRequired"})
_KINDS = {each.name.lower(): each for each in (objects.USER, objects.GROUP, objects.SERVICE_PRINCIPAL)}


def collection[T](
    azure: "Azure", request: GraphRequest, kind: Kind, held: Mapping[str, T], show: Callable[[T], Json]
) -> Reply:
    """A page of objects of one type, by their ids; only what is on it, or is filtered, is shown in full."""
    selected = selection(request.call, kind)
    if "$filter" in request.call.query:
        whole = {str(each["id"]): each for each in filtered(request.call, kind, map(show, held.values()))}
        listed, about = page(request.call, sorted(whole), azure.knobs.page_size)
        value = [shown(whole[each], kind, selected) for each in listed]
    else:
        listed, about = page(request.call, sorted(held), azure.knobs.page_size)
        value = [shown(show(held[each]), kind, selected) for each in listed]
    return Reply(body={"@odata.context": context(f"{kind.name}s", selected), **about, "value": value})


def entity(request: GraphRequest, kind: Kind, each: Json) -> Reply:
    """One object."""
    selected = selection(request.call, kind)
    about = {"@odata.context": context(f"{kind.name}s", selected, entity=True)}
    return Reply(body={**about, **shown(each, kind, selected)})


def typed(azure: "Azure", request: GraphRequest, ids: Sequence[str], cast: str | None = None) -> Reply:
    """A page of objects of any type, each with its type; `ids` are in order.

    Objects of a type that the caller may not read come with their id alone, every other property null, as
    Microsoft Graph documents for member objects.
    """
    if "$filter" in request.call.query:
        raise not_implemented(f"$filter on {request.call.path}")
    kind = _cast(cast)
    selected = selection(request.call, kind or DIRECTORY_OBJECT)
    listed, about = page(request.call, ids, azure.knobs.page_size, _counted(azure, kind))
    value = [_member(request, each, of, selected) for of, each in _held(azure, listed, None)]
    name = f"{kind.name}s" if kind else "directoryObjects"
    return Reply(body={"@odata.context": context(name, selected), **about, "value": value})


def count(azure: "Azure", request: GraphRequest, ids: Sequence[str], cast: str | None = None) -> Reply:
    """How many objects of any type, or of one, as plain text; raises 400 where the query is no advanced one."""
    if request.call.headers.get("ConsistencyLevel", "").lower() != "eventual":
        raise bad_request("$count is not currently supported.")
    if "$filter" in request.call.query:
        raise not_implemented(f"$filter on {request.call.path}")
    number = sum(map(_counted(azure, _cast(cast)), ids))
    return Reply(body=str(number).encode(), headers={"Content-Type": "text/plain"})


def _counted(azure: "Azure", kind: Kind | None) -> Callable[[str], bool]:
    """A test of ids: whether there is an object, of this type where one is given."""
    directory = azure.directory
    if kind is None:
        return lambda each: objects.kind_of(directory, each) is not None
    return lambda each: objects.kind_of(directory, each) is kind


def those(azure: "Azure", request: GraphRequest, ids: Iterable[str], types: set[str]) -> Reply:
    """All objects with these ids that exist and are of these types (of any type, where none is named), in one page."""
    held = _held(azure, ids, types or None)
    selected = selection(request.call, DIRECTORY_OBJECT)
    value = [_member(request, each, kind, selected) for kind, each in held]
    return Reply(body={"@odata.context": context("directoryObjects", selected), "value": value})


def _held(azure: "Azure", ids: Iterable[str], types: set[str] | None) -> list[tuple[Kind, Json]]:
    held = [found for each in ids if (found := objects.found(azure.directory, each))]
    return [(kind, each) for kind, each in held if types is None or kind.name in types]


def _cast(cast: str | None) -> Kind | None:
    if cast is None:
        return None
    kind = _KINDS.get(cast.lower())
    if kind is None:
        raise bad_query(f"Resource not found for the segment 'microsoft.graph.{cast}'.")
    return kind


def _member(request: GraphRequest, each: Json, kind: Kind, selected: list[str] | None) -> Json:
    properties = shown(each, kind, selected)
    if not request.may_read(kind.name):
        properties = {name: value if name in _NEVER_HIDDEN else _hidden(value) for name, value in properties.items()}
    return {"@odata.type": kind.odata_type, **properties}


def _hidden(value: object) -> object:
    """What is left of a property that may not be read: collections stay, empty."""
    return [] if isinstance(value, list) else None


def one_of_any(azure: "Azure", request: GraphRequest, sent: str) -> Reply:
    """One object of any type; raises 404."""
    found = objects.found(azure.directory, object_id(sent))
    if found is None:
        raise not_found(sent)
    kind, each = found
    selected = selection(request.call, DIRECTORY_OBJECT)
    about = {"@odata.context": context("directoryObjects", selected, entity=True)}
    return Reply(body={**about, **_member(request, each, kind, selected)})
