"""How an answer gets back to the client: in the query, the fragment or a posted form of its redirect URI.

OAuth 2.0 Multiple Response Type Encoding Practices, OAuth 2.0 Form Post Response Mode.
"""

from collections.abc import Mapping
from datetime import datetime
from typing import TYPE_CHECKING
from urllib.parse import urlencode

from simulator.directory.state import ServicePrincipal, User
from simulator.sign_in import pages
from simulator.sign_in.app_tokens import registered
from simulator.sign_in.consent import audience_of, require_assigned
from simulator.sign_in.scopes import every_wanted
from simulator.sign_in.state import Asked
from simulator.sign_in.user_tokens import client_info
from simulator.wire import Json, Reply

if TYPE_CHECKING:
    from simulator.azure import Azure


def answer(azure: "Azure", asked: Asked, user: User, since: datetime) -> Reply:
    """A code for the client; raises AADSTS50105 where the user may not have it."""
    for each in (asked.client.principal, *resources(azure, asked)):
        require_assigned(azure, user, each)
    values = {"code": azure.sign_in.issue(asked, user.id, since)}
    if asked.client_info:
        values["client_info"] = client_info(azure, user)
    return told(asked.redirect, asked.mode, values, asked.state)


def audiences(azure: "Azure", asked: Asked) -> list[str]:
    """The audiences of everything that was asked for."""
    return [audience_of(azure, asked.client, each) for each in every_wanted(asked.scope)]


def resources(azure: "Azure", asked: Asked) -> list[ServicePrincipal]:
    """The tenant's own applications among what was asked for."""
    found = (registered(azure.directory, each) for each in audiences(azure, asked))
    return [each for each in found if each]


def told(redirect: str, mode: str, values: Mapping[str, str], state: str | None) -> Reply:
    """Sends the browser to the client with these values and the client's own state."""
    every = {**values, **({"state": state} if state is not None else {})}
    if mode == "form_post":
        return pages.posted(redirect, every)
    mark = "#" if mode == "fragment" else "&" if "?" in redirect else "?"
    return sent_to(f"{redirect}{mark}{urlencode(every)}" if every else redirect)


def faulty(redirect: str, mode: str, error: Json, state: str | None, **more: str) -> Reply:
    """Tells the client of a fault; `error` is the body that a token error would have."""
    values: dict[str, str] = {
        name: str(error[name]) for name in ("error", "error_description", "error_uri") if name in error
    }
    return told(redirect, mode, {**values, **more}, state)


def sent_to(address: str) -> Reply:
    return Reply(302, headers={"Location": address})
