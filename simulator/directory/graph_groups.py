"""Groups and their members on Microsoft Graph.

Microsoft Graph REST v1.0: group (list, get, create, update, delete), list members, list transitive members, add and
remove member. Microsoft 365 groups are no part of it.
"""

import re
import uuid
from typing import TYPE_CHECKING

from simulator.directory import graph_objects as objects
from simulator.directory.graph_collections import collection, count, entity, typed
from simulator.directory.graph_errors import bad_request, not_found, not_implemented, object_id
from simulator.directory.graph_objects import GROUP
from simulator.directory.graph_query import context
from simulator.directory.graph_request import (
    CREATE_GROUPS,
    READ_GROUPS,
    WRITE_GROUPS,
    WRITE_MEMBERS,
    GraphRequest,
)
from simulator.directory.groups import Group, Members
from simulator.directory.state import Directory
from simulator.routing import Routes
from simulator.wire import Json, Reply

if TYPE_CHECKING:
    from simulator.azure import Azure

ROUTES = Routes()
_REFERENCE = re.compile(
    r"https://graph\.microsoft\.com/v1\.0/(?:directoryObjects|users|groups|servicePrincipals)/([^/]+)", re.IGNORECASE
)
_REQUIRED = ("displayName", "mailEnabled", "mailNickname", "securityEnabled")
_SETTABLE: dict[str, tuple[type, ...]] = {
    "displayName": (str,),
    "description": (str, type(None)),
    "mailNickname": (str,),
    "mailEnabled": (bool,),
    "securityEnabled": (bool,),
    "groupTypes": (list,),
    "members@odata.bind": (list,),
}
_PLAIN = ("displayName", "description", "mailNickname", "securityEnabled")
_LENGTHS = {"displayName": 256, "mailNickname": 64, "description": 1024}
_NOT_IN_NICKNAME = re.compile(r"[@()\\\[\]\";:<>, ]|[^\x00-\x7f]")
_MOST_BOUND = 20


@ROUTES.get("/v1.0/groups", needs=READ_GROUPS)
async def list_groups(azure: "Azure", request: GraphRequest) -> Reply:
    held = {key: each for key, each in azure.directory.groups.items() if not each.deleted}
    return collection(azure, request, GROUP, held, objects.group)


@ROUTES.post("/v1.0/groups", needs=CREATE_GROUPS, writes=True)
async def create_group(azure: "Azure", request: GraphRequest) -> Reply:
    """Makes a security group; 201 with the group."""
    body = request.json()
    _check(body)
    for name in _REQUIRED:
        if body.get(name) is None:
            raise bad_request(f"A value is required for property '{name}' of resource 'Group'.")
    members = _bound(azure.directory, body)
    made = Group(str(uuid.uuid4()), body["displayName"], request.now, Members(members))
    made.description, made.mail_nickname = body.get("description"), body["mailNickname"]
    made.security_enabled = body["securityEnabled"]
    azure.directory.groups.add(made)
    location = f"https://graph.microsoft.com/v2/{azure.directory.tenant}/directoryObjects/{made.id}/Microsoft.DirectoryServices.Group"
    about = {"@odata.context": context("groups", None, entity=True)}
    return Reply(201, {**about, **objects.group(made)}, {"Location": location})


@ROUTES.get("/v1.0/groups/{id}", needs=READ_GROUPS)
async def get_group(azure: "Azure", request: GraphRequest) -> Reply:
    return entity(request, GROUP, objects.group(require_group(azure.directory, request["id"])))


@ROUTES.patch("/v1.0/groups/{id}", needs=WRITE_GROUPS, writes=True)
async def update_group(azure: "Azure", request: GraphRequest) -> Reply:
    held = require_group(azure.directory, request["id"])
    body = request.json()
    _check(body)
    for each in _bound(azure.directory, body):
        _add_member(azure.directory, held, each)
    azure.directory.groups.change(held, {name: body[name] for name in _PLAIN if name in body})
    return Reply(204)


@ROUTES.delete("/v1.0/groups/{id}", needs=WRITE_GROUPS, writes=True)
async def delete_group(azure: "Azure", request: GraphRequest) -> Reply:
    """Deletes softly: the group keeps its id and members, but is found among the deleted items only."""
    azure.directory.groups.delete(require_group(azure.directory, request["id"]), request.now)
    return Reply(204)


async def members(azure: "Azure", request: GraphRequest) -> Reply:
    held = require_group(azure.directory, request["id"])
    return typed(azure, request, held.members.ordered, request.parts.get("cast"))


async def count_members(azure: "Azure", request: GraphRequest) -> Reply:
    held = require_group(azure.directory, request["id"])
    return count(azure, request, held.members.ordered, request.parts.get("cast"))


async def transitive_members(azure: "Azure", request: GraphRequest) -> Reply:
    held = require_group(azure.directory, request["id"])
    return typed(azure, request, azure.directory.groups.flat(held), request.parts.get("cast"))


async def count_transitive_members(azure: "Azure", request: GraphRequest) -> Reply:
    held = require_group(azure.directory, request["id"])
    return count(azure, request, azure.directory.groups.flat(held), request.parts.get("cast"))


for _collection, _cost, _list, _count in (
    ("members", 3, members, count_members),
    ("transitiveMembers", 5, transitive_members, count_transitive_members),
):
    for _of_type in ("", "/microsoft.graph.{cast}"):
        _path = f"/v1.0/groups/{{id}}/{_collection}{_of_type}"
        ROUTES.get(f"{_path}/$count", needs=READ_GROUPS, cost=_cost)(_count)
        ROUTES.get(_path, needs=READ_GROUPS, cost=_cost)(_list)


@ROUTES.get("/v1.0/groups/{id}/owners", needs=READ_GROUPS)
async def owners(azure: "Azure", request: GraphRequest) -> Reply:
    """Nobody: a group that an application makes has no owner unless the call names one, which no call here can."""
    require_group(azure.directory, request["id"])
    return typed(azure, request, [])


@ROUTES.post("/v1.0/groups/{id}/members/$ref", needs=WRITE_MEMBERS, writes=True)
async def add_member(azure: "Azure", request: GraphRequest) -> Reply:
    held = require_group(azure.directory, request["id"])
    reference = request.json().get("@odata.id")
    _add_member(azure.directory, held, _referenced(azure.directory, reference))
    return Reply(204)


@ROUTES.delete("/v1.0/groups/{id}/members/{member}/$ref", needs=WRITE_MEMBERS, writes=True)
async def remove_member(azure: "Azure", request: GraphRequest) -> Reply:
    held = require_group(azure.directory, request["id"])
    if not azure.directory.groups.remove_member(held, object_id(request["member"])):
        raise not_found(request["member"])
    return Reply(204)


def require_group(directory: Directory, sent: str) -> Group:
    """The group of this id; raises 400 for what is no id and 404 where there is none."""
    held = directory.groups.get(object_id(sent))
    if held is None or held.deleted:
        raise not_found(sent)
    return held


def _add_member(directory: Directory, held: Group, member: str) -> None:
    if not directory.groups.add_member(held, member):
        raise bad_request(
            "One or more added object references already exist for the following modified properties: 'members'."
        )


def _referenced(directory: Directory, reference: object) -> str:
    """The id behind an `@odata.id`; raises 400 where it is no reference and 404 where nothing is behind it."""
    match = _REFERENCE.fullmatch(reference) if isinstance(reference, str) else None
    if match is None:
        raise bad_request("Invalid URL format specified in @odata.id.")
    member = object_id(match[1])
    if directory.principal_type(member) is None:
        raise not_found(match[1])
    return member


def _bound(directory: Directory, body: Json) -> list[str]:
    references = body.get("members@odata.bind", [])
    if len(references) > _MOST_BOUND:
        raise bad_request(f"The number of references in 'members@odata.bind' exceeds the maximum of {_MOST_BOUND}.")
    return [_referenced(directory, each) for each in references]


def _check(body: Json) -> None:
    """Raises 400 for properties that do not exist or values that do not fit, 501 for ones the simulator lacks."""
    for name, value in body.items():
        if name not in _SETTABLE:
            if name.lower() in objects.NAMES[GROUP.name] or "@odata" in name:
                raise not_implemented(f"the property '{name}' in a write of a group")
            raise bad_request(f"Invalid property '{name}'.")
        if not isinstance(value, _SETTABLE[name]) or (isinstance(value, str) and not _fits(name, value)):
            raise _invalid(name)
    if body.get("mailEnabled") or body.get("groupTypes"):
        raise not_implemented("mail-enabled, Microsoft 365 or dynamic groups")
    if _NOT_IN_NICKNAME.search(body.get("mailNickname", "")):
        raise _invalid("mailNickname")


def _fits(name: str, value: str) -> bool:
    return len(value) <= _LENGTHS[name] and (value != "" or name == "description")


def _invalid(name: str) -> Exception:
    return bad_request(f"Invalid value specified for property '{name}' of resource 'Group'.")
