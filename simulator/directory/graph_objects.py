"""The directory's objects as Microsoft Graph v1.0 shows them, and what may be asked of each type.

Microsoft Graph REST v1.0: resource types group, user, servicePrincipal, application, directoryObject.
"""

import struct
import uuid
from dataclasses import dataclass
from datetime import UTC, datetime

from simulator.directory.graph_registrations import of_application, of_service_principal
from simulator.directory.state import Directory, Group, ServicePrincipal, User
from simulator.wire import Json


@dataclass(frozen=True, slots=True)
class Kind:
    """One entity type: `default` is None where everything in the full object comes without `$select`."""

    name: str
    default: frozenset[str] | None
    also: Json
    filters: frozenset[str]

    @property
    def odata_type(self) -> str:
        return f"#microsoft.graph.{self.name}"

    @property
    def title(self) -> str:
        return self.name[0].upper() + self.name[1:]


GROUP = Kind(
    "group",
    None,
    {
        "assignedLabels": [], "assignedLicenses": [], "hasMembersWithLicenseErrors": None, "isArchived": None,
        "isManagementRestricted": None, "licenseProcessingState": None, "organizationId": None,
    },
    frozenset({"id", "displayName", "mailNickname", "mail", "securityEnabled", "mailEnabled", "description"}),
)  # fmt: skip
USER = Kind(
    "user",
    frozenset(
        {
            "businessPhones", "displayName", "givenName", "jobTitle", "mail", "mobilePhone", "officeLocation",
            "preferredLanguage", "surname", "userPrincipalName", "id",
        }
    ),
    {
        "ageGroup": None, "assignedLicenses": [], "assignedPlans": [], "city": None, "companyName": None,
        "consentProvidedForMinor": None, "country": None, "creationType": None, "department": None,
        "employeeHireDate": None, "employeeId": None, "employeeType": None, "externalUserState": None,
        "faxNumber": None, "imAddresses": [], "lastPasswordChangeDateTime": None,
        "legalAgeGroupClassification": None, "onPremisesDistinguishedName": None, "onPremisesDomainName": None,
        "onPremisesImmutableId": None, "onPremisesLastSyncDateTime": None, "onPremisesProvisioningErrors": [],
        "onPremisesSamAccountName": None, "onPremisesSecurityIdentifier": None, "onPremisesSyncEnabled": None,
        "onPremisesUserPrincipalName": None, "otherMails": [], "passwordPolicies": None, "passwordProfile": None,
        "postalCode": None, "preferredDataLocation": None, "provisionedPlans": [], "proxyAddresses": [],
        "showInAddressList": None, "state": None, "streetAddress": None, "usageLocation": None,
    },
    frozenset({"id", "displayName", "userPrincipalName", "mail", "mailNickname", "accountEnabled", "userType"}),
)  # fmt: skip
SERVICE_PRINCIPAL = Kind(
    "servicePrincipal",
    None,
    {"customSecurityAttributes": None, "createdByAppId": None, "isDisabled": None},
    frozenset({"id", "appId", "displayName", "servicePrincipalNames", "servicePrincipalType", "accountEnabled"}),
)
APPLICATION = Kind(
    "application",
    None,
    {"notes": None, "samlMetadataUrl": None, "uniqueName": None, "isDisabled": None},
    frozenset({"id", "appId", "displayName", "identifierUris"}),
)
DIRECTORY_OBJECT = Kind("directoryObject", None, {}, frozenset())


def moment(when: datetime | None) -> str | None:
    return f"{when:%Y-%m-%dT%H:%M:%SZ}" if when else None


def security_identifier(object_id: str) -> str:
    """The cloud SID of an object: its id read as four little-endian numbers."""
    return "S-1-12-1-" + "-".join(str(each) for each in struct.unpack("<4I", uuid.UUID(object_id).bytes_le))


def application_id(app_id: str) -> str:
    """The object id of an application, which is not that of its service principal."""
    return str(uuid.uuid5(uuid.NAMESPACE_URL, f"application:{app_id}"))


def group(each: Group) -> Json:
    return {
        "id": each.id,
        "deletedDateTime": moment(each.deleted),
        "classification": None,
        "createdDateTime": moment(each.created),
        "creationOptions": [],
        "description": each.description,
        "displayName": each.display_name,
        "expirationDateTime": None,
        "groupTypes": [],
        "isAssignableToRole": None,
        "mail": None,
        "mailEnabled": False,
        "mailNickname": each.mail_nickname,
        "membershipRule": None,
        "membershipRuleProcessingState": None,
        "onPremisesDomainName": None,
        "onPremisesLastSyncDateTime": None,
        "onPremisesNetBiosName": None,
        "onPremisesSamAccountName": None,
        "onPremisesSecurityIdentifier": None,
        "onPremisesSyncEnabled": None,
        "preferredDataLocation": None,
        "preferredLanguage": None,
        "proxyAddresses": [],
        "renewedDateTime": moment(each.created),
        "resourceBehaviorOptions": [],
        "resourceProvisioningOptions": [],
        "securityEnabled": each.security_enabled,
        "securityIdentifier": security_identifier(each.id),
        "theme": None,
        "uniqueName": None,
        "visibility": None,
        "onPremisesProvisioningErrors": [],
        "serviceProvisioningErrors": [],
    }


def user(each: User) -> Json:
    return {
        "businessPhones": [],
        "displayName": each.display_name,
        "givenName": None,
        "jobTitle": None,
        "mail": each.user_principal_name,
        "mobilePhone": None,
        "officeLocation": None,
        "preferredLanguage": None,
        "surname": None,
        "userPrincipalName": each.user_principal_name,
        "id": each.id,
        "accountEnabled": True,
        "createdDateTime": moment(each.created),
        "deletedDateTime": None,
        "mailNickname": each.user_principal_name.partition("@")[0],
        "securityIdentifier": security_identifier(each.id),
        "userType": "Member",
        "identities": [
            {
                "signInType": "userPrincipalName",
                "issuer": each.user_principal_name.rpartition("@")[2],
                "issuerAssignedId": each.user_principal_name,
            }
        ],
    }


def service_principal(each: ServicePrincipal, tenant: str) -> Json:
    managed = each.kind == "ManagedIdentity"
    return {
        "id": each.id,
        "deletedDateTime": None,
        "accountEnabled": True,
        "alternativeNames": [f"isExplicit={_is_explicit(each)}", each.resource_id] if each.resource_id else [],
        "appDisplayName": None if managed else each.display_name,
        "appDescription": None,
        "appId": each.app_id,
        "applicationTemplateId": None,
        "appOwnerOrganizationId": None if managed else tenant,
        "createdDateTime": moment(each.created),
        "description": None,
        "disabledByMicrosoftStatus": None,
        "displayName": each.display_name,
        "homepage": None,
        "loginUrl": None,
        "logoutUrl": None,
        "notes": None,
        "notificationEmailAddresses": [],
        "preferredSingleSignOnMode": None,
        "preferredTokenSigningKeyThumbprint": None,
        "servicePrincipalNames": [each.app_id] if managed else [each.app_id, f"api://{each.app_id}"],
        "servicePrincipalType": each.kind,
        "signInAudience": None if managed else "AzureADMyOrg",
        "tags": [],
        "tokenEncryptionKeyId": None,
        "samlSingleSignOnSettings": None,
        "addIns": [],
        "info": {"logoUrl": None, "marketingUrl": None, "privacyStatementUrl": None, "supportUrl": None, "termsOfServiceUrl": None},
        "keyCredentials": [],
        "passwordCredentials": [],
        "resourceSpecificApplicationPermissions": [],
        "verifiedPublisher": {"displayName": None, "verifiedPublisherId": None, "addedDateTime": None},
        **of_service_principal(each.registration),
    }  # fmt: skip


def application(each: ServicePrincipal) -> Json:
    """The application behind a service principal of kind Application."""
    return {
        "id": application_id(each.app_id),
        "deletedDateTime": None,
        "appId": each.app_id,
        "applicationTemplateId": None,
        "createdDateTime": moment(each.created),
        "description": None,
        "disabledByMicrosoftStatus": None,
        "displayName": each.display_name,
        "groupMembershipClaims": None,
        "identifierUris": [f"api://{each.app_id}"],
        "publisherDomain": "contoso.onmicrosoft.com",
        "signInAudience": "AzureADMyOrg",
        "tags": [],
        "addIns": [],
        "keyCredentials": [],
        "passwordCredentials": [],
        "requiredResourceAccess": [],
        **of_application(each.registration),
    }


def kind_of(directory: Directory, principal: str) -> Kind | None:
    """The type of the principal of this id; None where there is none, or where it was deleted."""
    if principal in directory.users:
        return USER
    if principal in directory.service_principals:
        return SERVICE_PRINCIPAL
    held = directory.groups.get(principal)
    return GROUP if held and not held.deleted else None


def found(directory: Directory, object_id: str) -> tuple[Kind, Json] | None:
    """The object of this id with its type; None where there is none, or where it was deleted."""
    if held := directory.users.get(object_id):
        return USER, user(held)
    if principal := directory.service_principals.get(object_id):
        return SERVICE_PRINCIPAL, service_principal(principal, directory.tenant)
    team = directory.groups.get(object_id)
    if team and not team.deleted:
        return GROUP, group(team)
    behind = next(
        (each for each in directory.service_principals.values() if application_id(each.app_id) == object_id), None
    )
    return (APPLICATION, application(behind)) if behind and behind.kind == "Application" else None


def _names() -> dict[str, dict[str, str]]:
    """The properties of each type, by lower-case name. A directory object in a collection has those of any type."""
    some = datetime(2020, 1, 1, tzinfo=UTC)
    blank = str(uuid.UUID(int=0))
    principal = ServicePrincipal(blank, blank, "", some)
    whole = {
        GROUP.name: {**group(Group(blank, "", some)), **GROUP.also},
        USER.name: {**user(User(blank, "", "", some)), **USER.also},
        SERVICE_PRINCIPAL.name: {**service_principal(principal, blank), **SERVICE_PRINCIPAL.also},
        APPLICATION.name: {**application(principal), **APPLICATION.also},
    }
    names = {kind: {name.lower(): name for name in each} for kind, each in whole.items()}
    names[DIRECTORY_OBJECT.name] = {low: name for each in names.values() for low, name in each.items()}
    return names


def _is_explicit(each: ServicePrincipal) -> bool:
    return "/userassignedidentities/" in (each.resource_id or "").lower()


NAMES = _names()
