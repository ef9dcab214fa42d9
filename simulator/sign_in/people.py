"""Whom the sign-in page offers, which a real one does not: this Azure is local, and its people have no secrets."""

from typing import TYPE_CHECKING

from simulator.directory.state import User
from simulator.sign_in.clients import ClientApp
from simulator.sign_in.pages import Choice

if TYPE_CHECKING:
    from simulator.azure import Azure

_MOST = 12


def choices(azure: "Azure", client: ClientApp) -> list[Choice]:
    """The first of those who can sign in, with the roles they have at the client."""
    able = [each for each in azure.directory.users.values() if each.password][:_MOST]
    return [Choice(each.id, each.display_name, each.user_principal_name, _about(azure, client, each)) for each in able]


def _about(azure: "Azure", client: ClientApp, user: User) -> str:
    if client.principal is None or not client.registration.app_roles:
        return "member"
    return ", ".join(azure.directory.roles_at(user.id, client.principal)) or "no role"
