"""Softly deleted groups on Microsoft Graph.

Microsoft Graph REST v1.0: directory "List deletedItems", "Get deleted item", "Restore deleted item" and "Permanently
delete item", for groups.
"""

from typing import TYPE_CHECKING

from simulator.directory import graph_objects as objects
from simulator.directory.graph_collections import collection
from simulator.directory.graph_errors import not_found, not_implemented, object_id
from simulator.directory.graph_objects import GROUP
from simulator.directory.graph_query import context, selection, shown
from simulator.directory.graph_request import READ_DELETED_GROUPS, WRITE_GROUPS, GraphRequest
from simulator.directory.groups import Group
from simulator.directory.state import Directory
from simulator.routing import Routes
from simulator.wire import Reply

if TYPE_CHECKING:
    from simulator.azure import Azure

ROUTES = Routes()
_ITEMS = "/v1.0/directory/deletedItems"


@ROUTES.get(f"{_ITEMS}/microsoft.graph.{{cast}}", needs=READ_DELETED_GROUPS)
async def list_deleted(azure: "Azure", request: GraphRequest) -> Reply:
    if request["cast"].lower() != GROUP.name:
        raise not_implemented(f"deleted items of type {request['cast']}")
    held = {key: each for key, each in azure.directory.groups.items() if each.deleted}
    return collection(azure, request, GROUP, held, objects.group)


@ROUTES.get(f"{_ITEMS}/{{id}}", needs=READ_DELETED_GROUPS)
async def get_deleted(azure: "Azure", request: GraphRequest) -> Reply:
    return _entity(request, _require(azure.directory, request["id"]))


@ROUTES.post(f"{_ITEMS}/{{id}}/restore", needs=WRITE_GROUPS, writes=True)
async def restore(azure: "Azure", request: GraphRequest) -> Reply:
    """Brings the group back, with its id and members."""
    held = _require(azure.directory, request["id"])
    azure.directory.groups.restore(held)
    return _entity(request, held)


@ROUTES.delete(f"{_ITEMS}/{{id}}", needs=WRITE_GROUPS, writes=True)
async def delete_for_good(azure: "Azure", request: GraphRequest) -> Reply:
    azure.directory.groups.purge(_require(azure.directory, request["id"]))
    return Reply(204)


def _require(directory: Directory, sent: str) -> Group:
    held = directory.groups.get(object_id(sent))
    if held is None or not held.deleted:
        raise not_found(sent)
    return held


def _entity(request: GraphRequest, held: Group) -> Reply:
    selected = selection(request.call, GROUP)
    about = {"@odata.context": context("directoryObjects", selected, entity=True), "@odata.type": GROUP.odata_type}
    return Reply(body={**about, **shown(objects.group(held), GROUP, selected)})
