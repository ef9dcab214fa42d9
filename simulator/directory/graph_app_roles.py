"""Who has which role at which application, read, given and taken back on Microsoft Graph.

Microsoft Graph REST v1.0: appRoleAssignment of users, groups and service principals (list, grant, delete), and a service
principal's appRoleAssignedTo. Roles at Microsoft Graph itself are no part of it.
"""

from collections.abc import Mapping
from typing import TYPE_CHECKING

from simulator.directory.graph_errors import bad_request, not_found, not_implemented, object_id
from simulator.directory.graph_groups import require_group
from simulator.directory.graph_people import require_service_principal, require_user
from simulator.directory.graph_query import METADATA, page
from simulator.directory.graph_registrations import assignment
from simulator.directory.graph_request import READ_APPLICATIONS, GraphRequest
from simulator.directory.registrations import NO_ROLE, AppRoleAssignment
from simulator.directory.state import Directory, ServicePrincipal
from simulator.routing import Routes
from simulator.wire import Json, Reply

if TYPE_CHECKING:
    from simulator.azure import Azure

ROUTES = Routes()
_READ = frozenset({"Directory.Read.All", "Directory.ReadWrite.All", "AppRoleAssignment.ReadWrite.All"})
_WRITE = frozenset({"AppRoleAssignment.ReadWrite.All"})
_CONTEXT = f"{METADATA}#appRoleAssignments"
_TYPES = {"User": "User", "Group": "User", "ServicePrincipal": "Application"}  # the member type a principal needs


@ROUTES.get("/v1.0/servicePrincipals/{id}/appRoleAssignedTo", needs=READ_APPLICATIONS | _WRITE)
async def assigned_to(azure: "Azure", request: GraphRequest) -> Reply:
    """Whom an application's roles were given to."""
    resource = require_service_principal(azure.directory, request["id"])
    return _page(azure, request, azure.directory.app_roles.at_resource(resource.id))


@ROUTES.post("/v1.0/servicePrincipals/{id}/appRoleAssignedTo", needs=_WRITE, writes=True)
async def assign_to(azure: "Azure", request: GraphRequest) -> Reply:
    """Gives a role of this application; 201 with the assignment."""
    resource = require_service_principal(azure.directory, request["id"])
    body = request.json()
    if _id(body, "resourceId") != resource.id:
        raise bad_request("The resourceId in the request body does not match the resource in the URL.")
    return _grant(azure, request, body)


@ROUTES.delete("/v1.0/servicePrincipals/{id}/appRoleAssignedTo/{assignment}", needs=_WRITE, writes=True)
async def take_from(azure: "Azure", request: GraphRequest) -> Reply:
    resource = require_service_principal(azure.directory, request["id"])
    return _take(azure, request, azure.directory.app_roles.at_resource(resource.id))


@ROUTES.get("/v1.0/servicePrincipals/{id}/appRoleAssignments", needs=READ_APPLICATIONS | _WRITE)
@ROUTES.get("/v1.0/users/{id}/appRoleAssignments", needs=_READ)
@ROUTES.get("/v1.0/groups/{id}/appRoleAssignments", needs=_READ)
async def assignments_of(azure: "Azure", request: GraphRequest) -> Reply:
    """The roles a principal was given itself."""
    return _page(azure, request, azure.directory.app_roles.of_principal(_principal(azure.directory, request)))


@ROUTES.post("/v1.0/servicePrincipals/{id}/appRoleAssignments", needs=_WRITE, writes=True)
@ROUTES.post("/v1.0/users/{id}/appRoleAssignments", needs=_WRITE, writes=True)
@ROUTES.post("/v1.0/groups/{id}/appRoleAssignments", needs=_WRITE, writes=True)
async def assign(azure: "Azure", request: GraphRequest) -> Reply:
    """Gives this principal a role; 201 with the assignment."""
    body = request.json()
    if _id(body, "principalId") != _principal(azure.directory, request):
        raise bad_request("The principalId in the request body does not match the principal in the URL.")
    return _grant(azure, request, body)


@ROUTES.delete("/v1.0/servicePrincipals/{id}/appRoleAssignments/{assignment}", needs=_WRITE, writes=True)
@ROUTES.delete("/v1.0/users/{id}/appRoleAssignments/{assignment}", needs=_WRITE, writes=True)
@ROUTES.delete("/v1.0/groups/{id}/appRoleAssignments/{assignment}", needs=_WRITE, writes=True)
async def take(azure: "Azure", request: GraphRequest) -> Reply:
    return _take(azure, request, azure.directory.app_roles.of_principal(_principal(azure.directory, request)))


def _principal(directory: Directory, request: GraphRequest) -> str:
    """The id of the user, group or service principal in the path; raises 404."""
    match request.call.path.lower().split("/")[2]:
        case "users":
            return require_user(directory, request["id"]).id
        case "groups":
            return require_group(directory, request["id"]).id
        case _:
            return require_service_principal(directory, request["id"]).id


def _page(azure: "Azure", request: GraphRequest, held: Mapping[str, AppRoleAssignment]) -> Reply:
    if {"$filter", "$select"} & {each.lower() for each in request.call.query}:
        raise not_implemented(f"$filter and $select on {request.call.path}")
    listed, about = page(request.call, sorted(held), azure.knobs.page_size)
    value = [assignment(azure.directory, held[each]) for each in listed]
    return Reply(body={"@odata.context": _CONTEXT, **about, "value": value})


def _grant(azure: "Azure", request: GraphRequest, body: Json) -> Reply:
    directory = azure.directory
    principal, role = _id(body, "principalId"), _id(body, "appRoleId")
    resource = require_service_principal(directory, _id(body, "resourceId"))
    kind = directory.principal_type(principal)
    if kind is None:
        raise not_found(principal)
    _check_role(resource, role, _TYPES[kind])
    made = directory.app_roles.add(principal, resource.id, role, request.now)
    if made is None:
        raise bad_request("Permission being assigned already exists on the object")
    return Reply(201, {"@odata.context": f"{_CONTEXT}/$entity", **assignment(directory, made)})


def _check_role(resource: ServicePrincipal, role: str, member: str) -> None:
    held = resource.registration
    if role == NO_ROLE and not held.app_roles:
        return
    found = held.role(role)
    if found is None or member not in found.members:
        raise bad_request("Permission being assigned was not found on application '" + resource.app_id + "'.")


def _take(azure: "Azure", request: GraphRequest, held: Mapping[str, AppRoleAssignment]) -> Reply:
    if request["assignment"] not in held:
        raise not_found(request["assignment"])
    del azure.directory.app_roles.held[request["assignment"]]
    return Reply(204)


def _id(body: Json, name: str) -> str:
    sent = body.get(name)
    if not isinstance(sent, str):
        raise bad_request(f"A value is required for property '{name}' of resource 'AppRoleAssignment'.")
    return object_id(sent)
