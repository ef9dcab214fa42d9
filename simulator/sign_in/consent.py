"""What a user may have of an application: a role where one is required, permissions that were consented to.

Microsoft identity platform: "Restrict a Microsoft Entra app to a set of users", "Permissions and consent overview".
Azure's own services need no consent here; an application needs none for itself, nor do the clients it authorizes beforehand.
"""

from collections.abc import Iterable
from typing import TYPE_CHECKING

from simulator.directory.state import ServicePrincipal, User
from simulator.sign_in.app_tokens import registered
from simulator.sign_in.audiences import audience_for
from simulator.sign_in.clients import ClientApp
from simulator.sign_in.errors import refused
from simulator.sign_in.scopes import Wanted

if TYPE_CHECKING:
    from simulator.azure import Azure


def audience_of(azure: "Azure", client: ClientApp, wanted: Wanted) -> str:
    """The audience of what is wanted; raises AADSTS500011 where there is no such resource, AADSTS650053 where it has not
    the permission."""
    audience = audience_for(wanted.resource, azure.directory)
    if audience is None:
        raise refused(500011, resource=wanted.resource, tenant=azure.directory.tenant)
    resource = registered(azure.directory, audience)
    exposed = {each.value for each in resource.registration.scopes} if resource else set()
    if exposed and not wanted.default:
        for each in wanted.permissions:
            if each not in exposed:
                raise refused(650053, name=client.name, scope=each, resource=wanted.resource)
    return audience


def require_assigned(azure: "Azure", user: User, application: ServicePrincipal | None) -> None:
    """Raises AADSTS50105 where the application is for assigned users alone and this is none."""
    if application is None or not application.registration.assignment_required:
        return
    if not azure.directory.is_assigned(user.id, application):
        name, hidden = application.display_name, "{EmailHidden}"
        raise refused(50105, name=name, app=application.app_id, user=hidden)


def unconsented(azure: "Azure", client: ClientApp, user: User, audiences: Iterable[str]) -> list[ServicePrincipal]:
    """The applications among the audiences that nobody has allowed this client to call for this user."""
    found = (registered(azure.directory, each) for each in audiences)
    return [each for each in found if each and not _may_call(azure, client, user, each)]


def require_consent(azure: "Azure", client: ClientApp, user: User, audience: str) -> None:
    """Raises AADSTS65001."""
    if unconsented(azure, client, user, [audience]):
        raise refused(65001, app=client.app_id, name=client.name)


def _may_call(azure: "Azure", client: ClientApp, user: User, resource: ServicePrincipal) -> bool:
    if not resource.registration.scopes or client.app_id in {resource.app_id, *resource.registration.pre_authorized}:
        return True
    return (client.app_id, resource.app_id, user.id) in azure.directory.consents
