"""The account's own endpoint, asked with a token or with a key: what does it take?"""

from dataclasses import dataclass
from typing import TYPE_CHECKING

from azure.core.rest import AsyncHttpResponse, HttpRequest

from shared.errors import azure_errors, without_secrets
from shared.models import Account
from shared.sdk.rest import RestClient

if TYPE_CHECKING:
    from shared.session import Session

SCOPE = "https://cognitiveservices.azure.com/.default"
_API_VERSION = "2024-10-21"
KEYS_OFF = "AuthenticationTypeDisabled"
# The service itself is unwell, which says nothing about tokens
_NO_ANSWER = frozenset({408, 429})
_REFUSALS = frozenset(range(400, 500)) - _NO_ANSWER


@dataclass(frozen=True, slots=True)
class TokenAnswer:
    """What the endpoint said to the token: `accepted`, or why not (`role`, `network`, `token`, `endpoint`)."""

    accepted: bool
    code: str
    detail: str


@dataclass(frozen=True, slots=True)
class KeyAnswer:
    """What the endpoint said to a key: `accepted`, `refused`, or neither, which says nothing about the key."""

    accepted: bool
    refused: bool
    detail: str


class Inference:
    def __init__(self, session: "Session") -> None:
        self._session = session
        self._clients: dict[tuple[str, str | None], RestClient] = {}

    async def probe(self, account: Account) -> TokenAnswer:
        """Lists the models of the account with the app's token (Azure OpenAI REST: Models - List).

        Raises TemporaryError where the endpoint gave no answer at all.
        """
        if not account.endpoint:
            return TokenAnswer(False, "endpoint", "the account shows no endpoint")
        with azure_errors("probe", account.endpoint):
            response = await self._client(account.endpoint, SCOPE).send(_request(), accept=_REFUSALS)
        return _answer(response)

    async def try_key(self, account: Account, key: str) -> KeyAnswer:
        """Lists the models of the account with a key, once; raises TemporaryError where the endpoint gave no answer at all.

        A key is refused with 401, or with 403 AuthenticationTypeDisabled where the account takes none
        ("Disable local authentication in Foundry Tools").
        """
        if not account.endpoint:
            return KeyAnswer(False, False, "the account shows no endpoint")
        request = _request({"api-key": key})
        with azure_errors("try a key at", account.endpoint):
            response = await self._client(account.endpoint, None).send(request, accept=_REFUSALS, once=True)
        return _key_answer(response, key)

    def _client(self, endpoint: str, scope: str | None) -> "RestClient":
        if (endpoint, scope) not in self._clients:
            self._clients[endpoint, scope] = RestClient(endpoint.rstrip("/"), scope, self._session)
        return self._clients[endpoint, scope]


def _request(headers: dict[str, str] | None = None) -> HttpRequest:
    return HttpRequest("GET", "/openai/models", params={"api-version": _API_VERSION}, headers=headers)


def _answer(response: AsyncHttpResponse) -> TokenAnswer:
    status = response.status_code
    if status < 400:
        return TokenAnswer(True, "accepted", f"{status}")
    said = without_secrets(response.text())[:300]
    detail = f"{status} {said}"
    if "PermissionDenied" in said or "does not have access to API" in said:
        return TokenAnswer(False, "role", detail)
    if status == 403 and ("Firewall" in said or "Public access" in said):
        return TokenAnswer(False, "network", detail)
    if status == 403:
        return TokenAnswer(False, "role", detail)
    return TokenAnswer(False, "token" if status == 401 else "endpoint", detail)


def _key_answer(response: AsyncHttpResponse, key: str) -> KeyAnswer:
    status = response.status_code
    if status < 400:
        return KeyAnswer(True, False, str(status))
    said = without_secrets(response.text().replace(key, "[cut]"))[:300]
    refused = status == 401 or (status == 403 and KEYS_OFF in said)
    return KeyAnswer(False, refused, f"{status} {said}")
