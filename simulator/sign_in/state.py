"""What the sign-in remembers between two calls of a browser: sessions, requests that wait for a person, and codes."""

import secrets
import uuid
from dataclasses import dataclass, field, replace
from datetime import datetime, timedelta

from simulator.clock import Clock
from simulator.directory.registrations import Platform
from simulator.sign_in.clients import ClientApp
from simulator.sign_in.tokens import Tokens

CODE_LIFETIME = timedelta(minutes=10)
_PATIENCE = timedelta(hours=1)  # of a page that waits for a person
_MOST_WAITING = 1000


@dataclass(frozen=True, slots=True)
class Asked:
    """One authorization request that may be answered to where it came from."""

    tenant: str
    client: ClientApp
    redirect: str
    platform: Platform
    mode: str
    scope: str
    state: str | None
    nonce: str
    prompt: str
    hint: str
    challenge: str
    method: str
    client_info: bool


@dataclass(frozen=True, slots=True)
class Waiting:
    """A request whose page is before a person; `user` is set once it is known who they are, and consent is asked for."""

    asked: Asked
    since: datetime
    user: str = ""


@dataclass(frozen=True, slots=True)
class Code:
    asked: Asked
    user: str
    issued: datetime
    signed_in: datetime


@dataclass(slots=True)
class Session:
    """One browser: the users signed in, with when."""

    users: dict[str, datetime] = field(default_factory=dict)
    state: str = field(default_factory=lambda: str(uuid.uuid4()))


class SignInState:
    """Sessions by cookie, waiting requests by the token in their page, codes by themselves."""

    def __init__(self, tokens: Tokens, clock: Clock) -> None:
        self.tokens = tokens
        self.clock = clock
        self.sessions: dict[str, Session] = {}
        self.codes: dict[str, Code] = {}
        self.redeemed: set[str] = set()
        self._waiting: dict[str, Waiting] = {}

    def wait(self, asked: Asked, user: str = "") -> str:
        """Keeps a request until its page comes back; returns the token that the page carries."""
        token = secrets.token_urlsafe(32)
        self._waiting[token] = Waiting(asked, self.clock.now(), user)
        for each in list(self._waiting)[:-_MOST_WAITING]:
            del self._waiting[each]
        return token

    def waited(self, token: str) -> Waiting | None:
        """The request of a page; None where it is unknown or was left for too long."""
        found = self._waiting.get(token)
        return found if found and self.clock.now() - found.since < _PATIENCE else None

    def session(self, cookie: str) -> Session | None:
        return self.sessions.get(cookie)

    def start(self) -> tuple[str, Session]:
        """A session of a browser that has none, and its cookie."""
        cookie, session = self.tokens.opaque(""), Session()
        self.sessions[cookie] = session
        return cookie, session

    def end(self, cookie: str) -> None:
        self.sessions.pop(cookie, None)

    def issue(self, asked: Asked, user: str, signed_in: datetime) -> str:
        """A code for this request, for one use within ten minutes."""
        code = self.tokens.opaque("1.A")
        self.codes[code] = Code(replace(asked, state=None), user, self.clock.now(), signed_in)
        return code

    def take(self, code: str) -> None:
        """Marks a code as redeemed."""
        self.redeemed.add(code)

    def is_late(self, code: Code) -> bool:
        return self.clock.now() - code.issued >= CODE_LIFETIME
