"""The browser that calls, known by its cookie, and what it sends."""

from datetime import datetime
from http.cookies import CookieError, SimpleCookie
from typing import TYPE_CHECKING

from simulator.directory.state import User
from simulator.sign_in.errors import refused
from simulator.wire import Call, Reply

if TYPE_CHECKING:
    from simulator.azure import Azure

COOKIE = "ESTSAUTH"


class Browser:
    """One call's browser. Its cookie goes out with `dressed`, where it changed."""

    def __init__(self, azure: "Azure", call: Call) -> None:
        self.azure = azure
        self.cookie = _sent(call)
        self.secure = call.scheme_host.startswith("https:")
        self._changed = False

    @property
    def users(self) -> dict[str, datetime]:
        """Ids of the users signed in here who still exist, with when they signed in."""
        session = self.azure.sign_in.session(self.cookie)
        held = session.users if session else {}
        return {key: since for key, since in held.items() if key in self.azure.directory.users}

    def sign_in(self, user: User) -> None:
        session = self.azure.sign_in.session(self.cookie)
        if session is None:
            self.cookie, session = self.azure.sign_in.start()
            self._changed = True
        session.users[user.id] = self.azure.clock.now()

    def sign_out(self) -> None:
        self.azure.sign_in.end(self.cookie)
        self.cookie, self._changed = "", True

    def dressed(self, reply: Reply) -> Reply:
        if self._changed:
            life = "" if self.cookie else "; Max-Age=0"
            site = "SameSite=None; Secure" if self.secure else "SameSite=Lax"  # none is secure on plain loopback
            reply.headers["Set-Cookie"] = f"{COOKIE}={self.cookie}; Path=/; HttpOnly; {site}{life}"
        return reply


def parameters(call: Call) -> dict[str, str]:
    """What was sent, in the query or in a posted form; raises AADSTS9002313 for what is no text."""
    if call.method == "GET":
        return dict(call.query)
    try:
        return call.form()
    except ValueError as error:
        raise refused(9002313, named="invalid_request") from error


def _sent(call: Call) -> str:
    try:
        found = SimpleCookie(call.headers.get("Cookie", "")).get(COOKIE)
    except CookieError:
        return ""
    return found.value if found else ""
