"""Applications' roles, permissions and redirect URIs as Microsoft Graph v1.0 shows them.

Microsoft Graph REST v1.0: resource types appRole, permissionScope, apiApplication, spaApplication, appRoleAssignment.
"""

from datetime import datetime

from simulator.directory.registrations import AppRole, AppRoleAssignment, Platform, Registration, Scope
from simulator.directory.state import Directory
from simulator.wire import Json


def of_application(held: Registration) -> Json:
    """The properties of an application that its registration fills."""
    return {
        "isFallbackPublicClient": held.public or None,
        "api": {
            "acceptMappedClaims": None,
            "knownClientApplications": [],
            "requestedAccessTokenVersion": held.token_version,
            "oauth2PermissionScopes": permission_scopes(held),
            "preAuthorizedApplications": [
                {"appId": each, "delegatedPermissionIds": [scope.id for scope in held.scopes]}
                for each in sorted(held.pre_authorized)
            ],
        },
        "appRoles": app_roles(held),
        "publicClient": {"redirectUris": _redirects(held, "publicClient")},
        "spa": {"redirectUris": _redirects(held, "spa")},
        "web": {
            "homePageUrl": None,
            "logoutUrl": None,
            "redirectUris": _redirects(held, "web"),
            "implicitGrantSettings": {"enableAccessTokenIssuance": False, "enableIdTokenIssuance": False},
            "redirectUriSettings": [{"uri": each, "index": None} for each in _redirects(held, "web")],
        },
    }


def of_service_principal(held: Registration) -> Json:
    """The properties of a service principal that its application's registration fills."""
    return {
        "appRoleAssignmentRequired": held.assignment_required,
        "replyUrls": list(held.redirects),
        "appRoles": app_roles(held),
        "oauth2PermissionScopes": permission_scopes(held),
    }


def app_roles(held: Registration) -> list[Json]:
    return [_role(each) for each in held.app_roles]


def permission_scopes(held: Registration) -> list[Json]:
    return [_scope(each) for each in held.scopes]


def assignment(directory: Directory, each: AppRoleAssignment) -> Json:
    resource = directory.service_principals.get(each.resource)
    return {
        "id": each.id,
        "deletedDateTime": None,
        "appRoleId": each.role,
        "createdDateTime": _moment(each.created),
        "principalDisplayName": _name(directory, each.principal),
        "principalId": each.principal,
        "principalType": directory.principal_type(each.principal),
        "resourceDisplayName": resource.display_name if resource else None,
        "resourceId": each.resource,
    }


def _moment(when: datetime) -> str:
    return f"{when:%Y-%m-%dT%H:%M:%S.%f}0Z"


def _name(directory: Directory, principal: str) -> str | None:
    held = (
        directory.users.get(principal) or directory.service_principals.get(principal) or directory.groups.get(principal)
    )
    return held.display_name if held else None


def _role(each: AppRole) -> Json:
    return {
        "allowedMemberTypes": sorted(each.members, reverse=True),
        "description": each.description,
        "displayName": each.value,
        "id": each.id,
        "isEnabled": True,
        "origin": "Application",
        "value": each.value,
    }


def _scope(each: Scope) -> Json:
    return {
        "adminConsentDescription": each.description,
        "adminConsentDisplayName": each.description,
        "id": each.id,
        "isEnabled": True,
        "type": "User",
        "userConsentDescription": each.description,
        "userConsentDisplayName": each.description,
        "value": each.value,
    }


def _redirects(held: Registration, platform: Platform) -> list[str]:
    return [uri for uri, kind in held.redirects.items() if kind == platform]
