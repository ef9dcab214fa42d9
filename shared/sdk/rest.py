"""A small REST client on azure-core's pipeline, for services without an affordable package of their own."""

from collections.abc import AsyncIterator, Mapping
from typing import TYPE_CHECKING, Any
from urllib.parse import quote

from azure.core import AsyncPipelineClient
from azure.core.exceptions import HttpResponseError
from azure.core.pipeline.policies import (
    AsyncBearerTokenCredentialPolicy,
    HeadersPolicy,
    RequestIdPolicy,
    UserAgentPolicy,
)
from azure.core.rest import AsyncHttpResponse, HttpRequest
from azure.mgmt.core.exceptions import ARMErrorFormat

from shared.session import BriefRetryPolicy

if TYPE_CHECKING:
    from aiohttp import ClientHandlerType, ClientMiddlewareType, ClientRequest, ClientResponse

    from shared.session import Session

USER_AGENT = "unkeyed"
_GRAPH, _RESOURCE_MANAGER = "https://graph.microsoft.com", "https://management.azure.com"


def _once() -> "ClientMiddlewareType":
    """Lets a request out a single time: aiohttp sends a GET again by itself where its connection ended without an answer."""
    from aiohttp import ClientConnectionError

    is_sent = False

    async def middleware(request: "ClientRequest", handler: "ClientHandlerType") -> "ClientResponse":
        nonlocal is_sent
        if is_sent:
            raise ClientConnectionError("the connection ended without an answer")
        is_sent = True
        return await handler(request)

    return middleware


class RestClient:
    """Sends one request at a time; raises azure-core's HttpResponseError for any answer of 400 or more."""

    def __init__(self, base_url: str, scope: str | None, session: "Session") -> None:
        """Calls with the app's token for `scope`, or with what a request itself brings where that is None."""
        policies: list[Any] = [
            RequestIdPolicy(),
            HeadersPolicy({"Accept": "application/json"}),
            UserAgentPolicy(USER_AGENT),
            BriefRetryPolicy(),
        ]
        if scope:
            policies.append(AsyncBearerTokenCredentialPolicy(session.credential, scope))
        policies.append(session.gate_policy())
        self._base_url = base_url
        self._client: AsyncPipelineClient[HttpRequest, AsyncHttpResponse] = AsyncPipelineClient(
            base_url, policies=policies, transport=session.transport()
        )

    @classmethod
    def of_graph(cls, session: "Session") -> "RestClient":
        """A client of Microsoft Graph."""
        return cls(_GRAPH, f"{_GRAPH}/.default", session)

    @classmethod
    def of_resource_manager(cls, session: "Session") -> "RestClient":
        return cls(_RESOURCE_MANAGER, f"{_RESOURCE_MANAGER}/.default", session)

    async def send(
        self, request: HttpRequest, *, accept: frozenset[int] = frozenset(), once: bool = False
    ) -> AsyncHttpResponse:
        """The answer; those of 400 and more are raised but for the statuses in `accept`. Never tried again where `once`."""
        # Not by format_url, which takes braces in a value for a placeholder of its own
        request.url = request.url if request.url.startswith("https://") else self._base_url + request.url
        options: dict[str, Any] = {"retry_total": 0, "middlewares": (_once(),)} if once else {}
        response = await self._client.send_request(request, **options)
        if response.status_code >= 400 and response.status_code not in accept:
            raise HttpResponseError(response=response, error_format=ARMErrorFormat)
        return response

    async def get(self, url: str, headers: Mapping[str, str] | None = None, /, **params: str) -> dict[str, Any]:
        """The JSON object at `url`."""
        # azure-core takes parameters as they are: a name with & or + in it would ask for another
        quoted = {name: quote(value, safe="") for name, value in params.items()}
        response = await self.send(HttpRequest("GET", url, params=quoted, headers=dict(headers or {})))
        body: dict[str, Any] = response.json()
        return body

    async def pages(
        self, url: str, next_link: str, headers: Mapping[str, str] | None = None, /, **params: str
    ) -> AsyncIterator[dict[str, Any]]:
        """Every item of a paged list, following the page's `next_link` property."""
        page = await self.get(url, headers, **params)
        while True:
            for item in page["value"]:
                yield item
            if not page.get(next_link):
                return
            page = await self.get(page[next_link], headers)
