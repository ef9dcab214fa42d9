"""The account's own endpoint, asked with a token: does it take Entra ID?"""

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
# Kinds whose data plane lists models: a read that costs nothing, needs no deployment and one data action
PROBED_KINDS = frozenset({"openai", "aiservices"})
# The service itself is unwell, which says nothing about tokens
_NO_ANSWER = frozenset({408, 429})


@dataclass(frozen=True, slots=True)
class TokenAnswer:
    """What the endpoint said to the token: `accepted`, or why not (`role`, `network`, `token`, `endpoint`)."""

    accepted: bool
    code: str
    detail: str


class Inference:
    def __init__(self, session: "Session") -> None:
        self._session = session
        self._clients: dict[str, RestClient] = {}

    async def probe(self, account: Account) -> TokenAnswer:
        """Lists the models of the account with the app's token (Azure OpenAI REST: Models - List).

        Raises TemporaryError where the endpoint gave no answer at all.
        """
        if not account.endpoint:
            return TokenAnswer(False, "endpoint", "the account shows no endpoint")
        request = HttpRequest("GET", "/openai/models", params={"api-version": _API_VERSION})
        with azure_errors("probe", account.endpoint):
            refusals = frozenset(range(400, 500)) - _NO_ANSWER
            response = await self._client(account.endpoint).send(request, accept=refusals)
        return _answer(response)

    def _client(self, endpoint: str) -> "RestClient":
        if endpoint not in self._clients:
            self._clients[endpoint] = RestClient(endpoint.rstrip("/"), SCOPE, self._session)
        return self._clients[endpoint]


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
