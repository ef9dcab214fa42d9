"""The application registration of the app's HTTP side, and who has which of its roles.

Microsoft identity platform: "Add app roles to your application and receive them in the token". Where its page is, is known
once the host listens.
"""

from simulator.azure import Azure
from simulator.company.identities import ALICE, CAROL, DORA, PLATFORM, PORTAL, WORKSTATION, Identity, Person
from simulator.directory.registrations import AppRole, Platform, Registration, Scope
from simulator.directory.state import ServicePrincipal
from simulator.sign_in.clients import AZURE_CLI

_EVERYBODY = frozenset({"User", "Application"})
READ = AppRole("0f1a7f08-d000-4000-8000-000000000001", "Unkeyed.Read", "See the fleet.", _EVERYBODY)
OPERATE = AppRole(
    "0f1a7f08-d000-4000-8000-000000000002", "Unkeyed.Operate", "Grant, switch, rotate, onboard.", _EVERYBODY
)
ADMIN = AppRole("0f1a7f08-d000-4000-8000-000000000003", "Unkeyed.Admin", "Revoke, seal, roll back.", _EVERYBODY)
ACCESS = Scope("0f1a7f08-e000-4000-8000-000000000001", "access", "Use unkeyed as you")
HOLDERS: tuple[tuple[Person | Identity, AppRole], ...] = (
    (ALICE, READ),
    (CAROL, OPERATE),
    (DORA, ADMIN),
    (PLATFORM, ADMIN),
    (WORKSTATION, READ),
)


def seed(azure: Azure, page: str) -> None:
    """Registers the application and gives out its roles; `page` is the address of its page, empty where there is none."""
    registration = Registration(
        app_roles=(READ, OPERATE, ADMIN),
        scopes=(ACCESS,),
        redirects=redirects(page),
        token_version=2,
        pre_authorized=frozenset({AZURE_CLI}),
    )
    now = azure.clock.now()
    principal = ServicePrincipal(PORTAL.id, PORTAL.app_id, PORTAL.name, now, registration=registration)
    azure.directory.add_service_principal(principal)
    for holder, role in HOLDERS:
        azure.directory.app_roles.add(holder.id, PORTAL.id, role.id, now)


def roles_of(holder: Person | Identity) -> list[str]:
    """The roles that one of the company has at the start."""
    return [role.value for each, role in HOLDERS if each is holder]


def move(azure: Azure, page: str) -> None:
    """Has people be sent back to the page at this address."""
    azure.directory.service_principals[PORTAL.id].registration.redirects = redirects(page)


def redirects(page: str) -> dict[str, Platform]:
    """The redirect URIs of a page: as its host says it, and by the name that people type."""
    named = page.replace("//127.0.0.1:", "//localhost:")
    return {each: "spa" for each in (page, named) if each}
