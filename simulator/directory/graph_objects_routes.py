"""Calls on directory objects of any type: by id, by ids, and the groups an object is in.

Microsoft Graph REST v1.0: directoryObject get, getByIds, checkMemberGroups, getMemberGroups; memberOf and
transitiveMemberOf of users, groups and service principals, which a directory object as such does not have.
"""

from collections.abc import Callable
from typing import TYPE_CHECKING, Any

from simulator.directory.graph_collections import count, one_of_any, those, typed
from simulator.directory.graph_errors import bad_request, denied, not_found, object_id, unsupported
from simulator.directory.graph_people import require_user
from simulator.directory.graph_query import METADATA, is_advanced
from simulator.directory.graph_request import READ_ANY, READ_GROUPS, GraphRequest
from simulator.directory.state import Directory
from simulator.routing import Handler, Routes
from simulator.wire import Reply

if TYPE_CHECKING:
    from simulator.azure import Azure

ROUTES = Routes()
_OF_A_TYPE = ("users", "groups", "servicePrincipals")
_MOST_CHECKED = 20
_MOST_IDS = 1000
_KINDS = {"User": "user", "Group": "group", "ServicePrincipal": "servicePrincipal"}


@ROUTES.post("/v1.0/directoryObjects/getByIds", needs=READ_ANY, cost=3)
async def get_by_ids(azure: "Azure", request: GraphRequest) -> Reply:
    """The objects of these ids that exist, of the types asked for."""
    body = request.json()
    ids = _ids(body.get("ids"), "ids", _MOST_IDS)
    types = {str(each) for each in body.get("types") or []} - {"directoryObject"}
    return those(azure, request, ids, types)


@ROUTES.get("/v1.0/directoryObjects/{id}", needs=READ_ANY)
async def get_object(azure: "Azure", request: GraphRequest) -> Reply:
    return one_of_any(azure, request, request["id"])


async def check_member_groups(azure: "Azure", request: GraphRequest) -> Reply:
    """Those of the given groups that the object is in, through nested groups too."""
    subject = _subject(azure.directory, request)
    asked = _ids(request.json().get("groupIds"), "groupIds", _MOST_CHECKED)
    held = azure.directory.groups_of(subject)
    return _strings([each for each in asked if each in held])


async def get_member_groups(azure: "Azure", request: GraphRequest) -> Reply:
    """Every group the object is in; security groups only, where the body says so."""
    subject = _subject(azure.directory, request)
    only = request.json().get("securityEnabledOnly")
    if not isinstance(only, bool):
        raise bad_request("A value is required for parameter 'securityEnabledOnly'.")
    groups = azure.directory.groups
    if only and subject in groups:
        raise bad_request("The parameter 'securityEnabledOnly' can be true for users and service principals only.")
    held = azure.directory.groups_of(subject)
    return _strings(sorted(each for each in held if groups[each].security_enabled or not only))


def _direct(directory: Directory, subject: str) -> list[str]:
    return sorted(each.id for each in directory.groups.values() if subject in each.members and not each.deleted)


def _transitive(directory: Directory, subject: str) -> list[str]:
    return sorted(directory.groups_of(subject))


def _everywhere(method: str, name: str, handler: Handler, cost: int) -> None:
    for each in (*_OF_A_TYPE, "directoryObjects"):
        ROUTES.add(method, f"/v1.0/{each}/{{id}}/{name}", needs=READ_GROUPS, cost=cost)(handler)


_everywhere("POST", "checkMemberGroups", check_member_groups, 4)
_everywhere("POST", "getMemberGroups", get_member_groups, 2)


def _relation(name: str, groups: Callable[[Directory, str], list[str]]) -> None:
    """The routes of the groups an object is in: all, those of a type (an advanced query), and how many."""

    async def listed(azure: "Azure", request: GraphRequest) -> Reply:
        subject = _subject(azure.directory, request)
        cast = request.parts.get("cast")
        if cast and not is_advanced(request.call):
            raise unsupported()
        return typed(azure, request, groups(azure.directory, subject), cast)

    async def counted(azure: "Azure", request: GraphRequest) -> Reply:
        subject = _subject(azure.directory, request)
        return count(azure, request, groups(azure.directory, subject), request.parts.get("cast"))

    for each in _OF_A_TYPE:
        for of_type in ("", "/microsoft.graph.{cast}"):
            path = f"/v1.0/{each}/{{id}}/{name}{of_type}"
            ROUTES.get(f"{path}/$count", needs=READ_GROUPS, cost=2)(counted)
            ROUTES.get(path, needs=READ_GROUPS, cost=2)(listed)


_relation("memberOf", _direct)
_relation("transitiveMemberOf", _transitive)


def _subject(directory: Directory, request: GraphRequest) -> str:
    """The id of the object in the path; raises 404, and 403 where the caller may not read objects of its type."""
    sent = request["id"]
    in_users = request.call.path.lower().startswith("/v1.0/users/")
    subject = require_user(directory, sent).id if in_users else object_id(sent)
    kind = directory.principal_type(subject)
    if kind is None:
        raise not_found(sent)
    if not request.must_read(_KINDS[kind]):
        raise denied()
    return subject


def _ids(sent: Any, name: str, most: int) -> list[str]:
    if not isinstance(sent, list) or not sent:
        raise bad_request(f"A value is required for parameter '{name}'.")
    if len(sent) > most:
        raise bad_request(f"Too many values in '{name}'. The maximum is {most}.")
    return [object_id(str(each)) for each in sent]


def _strings(values: list[str]) -> Reply:
    return Reply(body={"@odata.context": f"{METADATA}#Collection(Edm.String)", "value": values})
