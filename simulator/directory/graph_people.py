"""Users, service principals, applications and the organization on Microsoft Graph.

Microsoft Graph REST v1.0: user, servicePrincipal, application and organization (list, get).
"""

from functools import partial
from typing import TYPE_CHECKING

from simulator.directory import graph_objects as objects
from simulator.directory.graph_collections import collection, entity
from simulator.directory.graph_errors import not_found, object_id
from simulator.directory.graph_objects import APPLICATION, SERVICE_PRINCIPAL, USER
from simulator.directory.graph_query import METADATA
from simulator.directory.graph_request import (
    READ_APPLICATIONS,
    READ_ORGANIZATION,
    READ_USERS,
    GraphRequest,
)
from simulator.directory.state import Directory, ServicePrincipal, User
from simulator.routing import Routes
from simulator.wire import Reply

if TYPE_CHECKING:
    from simulator.azure import Azure

ROUTES = Routes()


@ROUTES.get("/v1.0/me", needs=frozenset(), delegated=True)
async def me(azure: "Azure", request: GraphRequest) -> Reply:
    """The signed-in user."""
    return entity(request, USER, objects.user(require_user(azure.directory, request.identity.object_id)))


@ROUTES.get("/v1.0/users", needs=READ_USERS, cost=2)
async def list_users(azure: "Azure", request: GraphRequest) -> Reply:
    return collection(azure, request, USER, azure.directory.users, objects.user)


@ROUTES.get("/v1.0/users/{id}", needs=READ_USERS)
async def get_user(azure: "Azure", request: GraphRequest) -> Reply:
    return entity(request, USER, objects.user(require_user(azure.directory, request["id"])))


@ROUTES.get("/v1.0/servicePrincipals", needs=READ_APPLICATIONS)
async def list_service_principals(azure: "Azure", request: GraphRequest) -> Reply:
    directory = azure.directory
    show = partial(objects.service_principal, tenant=directory.tenant)
    return collection(azure, request, SERVICE_PRINCIPAL, directory.service_principals, show)


@ROUTES.get("/v1.0/servicePrincipals(appId='{app}')", needs=READ_APPLICATIONS)
async def get_service_principal_of(azure: "Azure", request: GraphRequest) -> Reply:
    held = azure.directory.by_app_id(object_id(request["app"]))
    if held is None:
        raise not_found(request["app"])
    return entity(request, SERVICE_PRINCIPAL, objects.service_principal(held, azure.directory.tenant))


@ROUTES.get("/v1.0/servicePrincipals/{id}", needs=READ_APPLICATIONS)
async def get_service_principal(azure: "Azure", request: GraphRequest) -> Reply:
    held = require_service_principal(azure.directory, request["id"])
    return entity(request, SERVICE_PRINCIPAL, objects.service_principal(held, azure.directory.tenant))


@ROUTES.get("/v1.0/applications", needs=READ_APPLICATIONS, cost=2)
async def list_applications(azure: "Azure", request: GraphRequest) -> Reply:
    principals = [each for each in azure.directory.service_principals.values() if each.kind == "Application"]
    held = {objects.application_id(each.app_id): each for each in principals}
    return collection(azure, request, APPLICATION, held, objects.application)


@ROUTES.get("/v1.0/applications/{id}", needs=READ_APPLICATIONS)
async def get_application(azure: "Azure", request: GraphRequest) -> Reply:
    found = objects.found(azure.directory, object_id(request["id"]))
    if found is None or found[0] is not APPLICATION:
        raise not_found(request["id"])
    return entity(request, APPLICATION, found[1])


@ROUTES.get("/v1.0/organization", needs=READ_ORGANIZATION)
async def organization(azure: "Azure", request: GraphRequest) -> Reply:  # noqa: ARG001  # one shape for handlers
    domains = [
        {"capabilities": "Email", "isDefault": True, "isInitial": True, "name": "contoso.onmicrosoft.com", "type": "Managed"},
        {"capabilities": "Email", "isDefault": False, "isInitial": False, "name": "contoso.example", "type": "Managed"},
    ]  # fmt: skip
    tenant = {"id": azure.directory.tenant, "displayName": "Contoso", "tenantType": "AAD", "verifiedDomains": domains}
    return Reply(body={"@odata.context": f"{METADATA}#organization", "value": [tenant]})


def require_user(directory: Directory, sent: str) -> User:
    """The user of this id or user principal name; raises 404."""
    held = directory.users.get(sent.lower()) or directory.by_user_name(sent)
    if held is None:
        raise not_found(sent)
    return held


def require_service_principal(directory: Directory, sent: str) -> ServicePrincipal:
    """The service principal of this id; raises 400 for what is no id and 404 where there is none."""
    held = directory.service_principals.get(object_id(sent))
    if held is None:
        raise not_found(sent)
    return held
