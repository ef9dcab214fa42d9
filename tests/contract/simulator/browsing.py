"""A browser before the sign-in: it keeps cookies, fills in forms, and stops where it is sent away."""

import re
from html import unescape
from urllib.parse import parse_qs, urlencode, urlsplit

from simulator.azure import Azure
from simulator.company.identities import PORTAL
from simulator.sign_in.service import SignIn
from tests.contract.simulator.calling import Answer, Client

LOGIN = "login.microsoftonline.com"
PAGE = "http://127.0.0.1:7071/"
ORIGIN = PAGE.rstrip("/")
SCOPE = f"api://{PORTAL.app_id}/access openid profile offline_access"
VERIFIER = "a-verifier-of-forty-three-characters-at-least-0123"
CHALLENGE = "TakSmvTIIJpXVuWqT2SC_7mIS-4b-6AEwXgiHDAcnfo"
_HIDDEN = re.compile(r'<input type="hidden" name="([^"]+)" value="([^"]*)">')
_FORM = re.compile(r'<form method="post" action="([^"]+)">')


class Browser:
    def __init__(self, azure: Azure) -> None:
        self.azure = azure
        self.cookie = ""
        self.client = Client(azure, SignIn(azure), LOGIN)
        self.tenant = azure.directory.tenant

    async def authorize(self, **changed: str) -> Answer:
        """The portal's request with some parameters changed; an empty one is left out."""
        asked = {
            "client_id": PORTAL.app_id,
            "response_type": "code",
            "redirect_uri": PAGE,
            "response_mode": "fragment",
            "scope": SCOPE,
            "state": "s&1",
            "nonce": "n1",
            "code_challenge": CHALLENGE,
            "code_challenge_method": "S256",
            **changed,
        }
        query = urlencode({name: value for name, value in asked.items() if value})
        return await self.get(f"/{self.tenant}/oauth2/v2.0/authorize?{query}")

    async def get(self, target: str) -> Answer:
        return self._kept(await self.client.get(target, Cookie=self.cookie))

    async def submit(self, page: Answer, **fields: str) -> Answer:
        """Sends the first form of a page with its hidden fields and these."""
        text = page.content.decode()
        action = _FORM.search(text)
        assert action, text
        body = urlencode({**hidden(page), **fields})
        return self._kept(await self.client.post(unescape(action[1]), body.encode(), Cookie=self.cookie))

    async def sign_in(self, person: str, **changed: str) -> dict[str, str]:
        """What comes back to the portal once this person has been chosen."""
        return told(await self.submit(await self.authorize(**changed), person=person))

    def _kept(self, answer: Answer) -> Answer:
        if "Set-Cookie" in answer.headers:
            self.cookie = answer.headers["Set-Cookie"].partition(";")[0]
        return answer


def hidden(page: Answer) -> dict[str, str]:
    return {unescape(name): unescape(value) for name, value in _HIDDEN.findall(page.content.decode())}


def told(answer: Answer) -> dict[str, str]:
    """The values of a redirect, in its fragment or its query."""
    assert answer.status == 302, answer.content.decode()
    parts = urlsplit(answer.headers["Location"])
    return {name: values[0] for name, values in parse_qs(parts.fragment or parts.query).items()}
