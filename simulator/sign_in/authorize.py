"""The authorization endpoint, and signing out.

Microsoft identity platform: "OAuth 2.0 authorization code flow", "OpenID Connect on the Microsoft identity platform" (send
a sign-out request). A browser that has signed in is known by its cookie.
"""

from typing import TYPE_CHECKING

from simulator.directory.state import User
from simulator.sign_in import pages
from simulator.sign_in.answers import answer, audiences, faulty, told
from simulator.sign_in.asking import asked, origin_of
from simulator.sign_in.browser import Browser, parameters
from simulator.sign_in.consent import require_consent
from simulator.sign_in.errors import envelope, refused
from simulator.sign_in.interaction import ask, go_on
from simulator.sign_in.state import Asked
from simulator.wire import Call, Reply, WireFault

if TYPE_CHECKING:
    from simulator.azure import Azure


def authorize(azure: "Azure", call: Call, tenant: str) -> Reply:
    """A page, or the answer at the redirect URI; raises the faults that a page has to show."""
    sent = parameters(call)
    origin = origin_of(azure, tenant, sent)
    browser = Browser(azure, call)
    try:
        request = asked(azure, tenant, sent, origin)
        if request.prompt == "none":
            return _silently(azure, browser, request)
    except WireFault as fault:
        error = envelope(fault, call.headers, azure.clock.now())
        if fault.code == "invalid_grant":  # a token's fault: here it takes the user
            error["error"] = "interaction_required"
        return faulty(origin.redirect, origin.mode, error, origin.state)
    return _interactively(azure, browser, request)


def logout(azure: "Azure", call: Call) -> Reply:
    """Ends the browser's session; goes back to an application where the address is registered for one."""
    sent = parameters(call)
    browser = Browser(azure, call)
    browser.sign_out()
    back = sent.get("post_logout_redirect_uri", "")
    if not any(each.registration.platform(back) for each in azure.directory.service_principals.values()):
        return browser.dressed(pages.signed_out())
    return browser.dressed(told(back, "query", {}, sent.get("state")))


def _silently(azure: "Azure", browser: Browser, request: Asked) -> Reply:
    users = _users(azure, browser, request)
    if not users:
        raise refused(50058)
    if len(users) > 1:
        raise refused(16000)
    for audience in audiences(azure, request):
        require_consent(azure, request.client, users[0], audience)
    return answer(azure, request, users[0], browser.users[users[0].id])


def _interactively(azure: "Azure", browser: Browser, request: Asked) -> Reply:
    """Goes on at once where one user is signed in and need not show it again; else asks who it is."""
    users = _users(azure, browser, request)
    if len(users) == 1 and request.prompt in {"", "consent"}:
        return go_on(azure, request, users[0], browser.users[users[0].id])
    return ask(azure, request, hint=request.hint)


def _users(azure: "Azure", browser: Browser, request: Asked) -> list[User]:
    """The users signed in in this browser, or that one of them whom the request hints at."""
    users = [azure.directory.users[each] for each in browser.users]
    hint = request.hint.lower()
    return [each for each in users if not hint or each.user_principal_name.lower() == hint]
