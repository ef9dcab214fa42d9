"""The pages between a request and its answer: who somebody is, and what they allow the client."""

from datetime import datetime
from typing import TYPE_CHECKING

from simulator.directory.state import User
from simulator.sign_in import pages
from simulator.sign_in.answers import answer, audiences, faulty, resources
from simulator.sign_in.browser import Browser, parameters
from simulator.sign_in.consent import unconsented
from simulator.sign_in.errors import envelope, refused
from simulator.sign_in.passwords import checked_user
from simulator.sign_in.people import choices
from simulator.sign_in.state import Asked, Waiting
from simulator.wire import Call, Reply, WireFault

if TYPE_CHECKING:
    from simulator.azure import Azure


def ask(azure: "Azure", request: Asked, *, hint: str, wrong: str = "") -> Reply:
    """The sign-in page; `wrong` is what was the matter with the last try."""
    return pages.sign_in(
        f"/{request.tenant}/login",
        azure.sign_in.wait(request),
        to=request.client.name,
        hint=hint,
        wrong=wrong,
        people=choices(azure, request.client),
        target=request.redirect,
    )


def go_on(azure: "Azure", request: Asked, user: User, since: datetime) -> Reply:
    """With a user who is known: to the consent page where something is to be allowed, or back to the client."""
    missing = unconsented(azure, request.client, user, audiences(azure, request))
    if not missing and request.prompt != "consent":
        return answer(azure, request, user, since)
    exposed = [(scope, each) for each in missing or resources(azure, request) for scope in each.registration.scopes]
    permissions = [f"{scope.description} ({each.display_name})" for scope, each in exposed]
    return pages.consent(
        f"/{request.tenant}/consent",
        azure.sign_in.wait(request, user.id),
        client=request.client.name,
        user=user.display_name,
        permissions=permissions or ["Sign you in and read your profile"],
        target=request.redirect,
    )


def login(azure: "Azure", call: Call) -> Reply:
    """What was sent from the sign-in page."""
    form = parameters(call)
    request = _waiting(azure, form).asked
    if "cancel" in form:
        return _cancelled(azure, call, request)
    try:
        user = _who(azure, form)
    except WireFault as fault:
        return ask(azure, request, hint=form.get("loginfmt", ""), wrong=fault.message)
    browser = Browser(azure, call)
    browser.sign_in(user)
    try:
        reply = go_on(azure, request, user, azure.clock.now())
    except WireFault as fault:  # they are signed in, and may not use this client
        reply = pages.failed(envelope(fault, call.headers, azure.clock.now()), fault.status)
    return browser.dressed(reply)


def agree(azure: "Azure", call: Call) -> Reply:
    """What was sent from the consent page, in the browser that its user signed in with."""
    form = parameters(call)
    waiting = _waiting(azure, form)
    signed_in = Browser(azure, call).users
    if waiting.user not in signed_in:
        raise refused(90100, parameter="ctx")
    request, user = waiting.asked, azure.directory.users[waiting.user]
    if "accept" not in form:
        return _cancelled(azure, call, request)
    for each in resources(azure, request):
        azure.directory.consents.add((request.client.app_id, each.app_id, user.id))
    return answer(azure, request, user, signed_in[user.id])


def _cancelled(azure: "Azure", call: Call, request: Asked) -> Reply:
    error = envelope(refused(65004), call.headers, azure.clock.now())
    return faulty(request.redirect, request.mode, error, request.state, error_subcode="cancel")


def _waiting(azure: "Azure", form: dict[str, str]) -> Waiting:
    found = azure.sign_in.waited(form.get("ctx", ""))
    if found is None:
        raise refused(90100, parameter="ctx")
    return found


def _who(azure: "Azure", form: dict[str, str]) -> User:
    """The person chosen from the list, or whose name and password were sent."""
    if chosen := azure.directory.users.get(form.get("person", "")):
        return chosen
    return checked_user(azure, form.get("loginfmt", "").strip(), form.get("passwd", ""))
