"""Calls to an account with the clients that people use, and what they say when it goes wrong, as somebody would paste it."""

import os
import ssl
from collections.abc import Awaitable, Callable
from typing import Any

import aiohttp
import openai
from azure.ai.inference.aio import ChatCompletionsClient
from azure.core.credentials import AccessToken, AzureKeyCredential
from azure.core.pipeline.transport import AioHttpTransport
from azure.identity.aio import ClientSecretCredential, DefaultAzureCredential

from simulator.company.identities import ALICE
from tests.local import LocalRun

VERSION = "2024-10-21"
MESSAGES: Any = [{"role": "user", "content": "hello"}]
OPENAI, FOUNDRY = "https://chat-one.openai.azure.com", "https://chat-one.services.ai.azure.com"
COGNITIVE, GRAPH = "https://cognitiveservices.azure.com", "https://graph.microsoft.com"

type Going = Callable[[], Awaitable[Any]]


class TokenAtHand:
    """A credential that gives a token as it is, for whatever scope."""

    def __init__(self, token: str) -> None:
        self._token = token

    async def get_token(self, *_: str, **__: Any) -> AccessToken:
        return AccessToken(self._token, 2**33)

    async def close(self) -> None:
        """There is nothing to close."""

    async def __aenter__(self) -> "TokenAtHand":
        return self

    async def __aexit__(self, *_: object) -> None:
        await self.close()


class Callers:
    """Each call returns the text of the error that the client raises, empty where the call went through."""

    def __init__(self, local: LocalRun) -> None:
        self.client = local.client

    async def token(self, principal: str = ALICE.id, audience: str = COGNITIVE) -> str:
        return await self.client.token(principal, audience)

    async def azure_openai(self, endpoint: str = OPENAI, model: str = "gpt", **auth: str) -> str:
        """The class AzureOpenAI with `api_key` or `azure_ad_token`, Alice's token where neither is given."""
        signs_in: Any = auth or {"azure_ad_token": await self.token()}
        async with openai.AsyncAzureOpenAI(
            azure_endpoint=endpoint, api_version=VERSION, max_retries=0, **signs_in
        ) as client:
            return await _error_of(lambda: client.chat.completions.create(model=model, messages=MESSAGES))

    async def openai(self, base_url: str, secret: str = "", model: str = "gpt") -> str:
        """The class OpenAI with a key or a token."""
        key = secret or await self.token()
        async with openai.AsyncOpenAI(base_url=base_url, api_key=key, max_retries=0) as client:
            return await _error_of(lambda: client.chat.completions.create(model=model, messages=MESSAGES))

    async def inference(
        self, endpoint: str = f"{FOUNDRY}/models", credential: Any = None, model: str | None = "gpt", **more: Any
    ) -> str:
        """The Azure AI Inference SDK, with Alice's token where no credential is given."""
        async with credential or TokenAtHand(await self.token()) as signs_in:
            return await self._complete(endpoint, signs_in, model, **more)

    async def inference_by_key(self, key: str) -> str:
        return await self._complete(f"{FOUNDRY}/models", AzureKeyCredential(key), "gpt")

    async def _complete(self, endpoint: str, credential: Any, model: str | None, **more: Any) -> str:
        async with ChatCompletionsClient(endpoint, credential, retry_total=0, transport=_transport(), **more) as client:
            return await _error_of(lambda: client.complete(messages=MESSAGES, model=model))

    def application(self, local: LocalRun, client_id: str = "", tenant: str = "") -> ClientSecretCredential:
        """An application that signs in with a secret: the platform team's where no other is named."""
        variables = local.place.variables
        return ClientSecretCredential(
            tenant or variables["AZURE_TENANT_ID"],
            client_id or variables["AZURE_CLIENT_ID"],
            variables["AZURE_CLIENT_SECRET"],
            transport=_transport(),
        )

    async def rest(self, url: str, body: Any = None, **headers: str) -> str:
        """What aiohttp and curl users see: the status, the reason, the body."""
        sent = {name.replace("_", "-"): value for name, value in headers.items()}
        async with (
            _session() as session,
            session.post(url, json={"messages": MESSAGES} if body is None else body, headers=sent) as answer,
        ):
            return f"HTTP/1.1 {answer.status} {answer.reason}\n{await answer.text()}" if answer.status >= 400 else ""


def default_credential() -> DefaultAzureCredential:
    """The chain of a machine that has no identity of its own."""
    return DefaultAzureCredential(
        exclude_environment_credential=True,
        exclude_managed_identity_credential=True,
        exclude_workload_identity_credential=True,
    )


def _session() -> aiohttp.ClientSession:
    """aiohttp takes the certificates of the environment when it is imported, which was before they were there."""
    trusted = ssl.create_default_context(cafile=os.environ["SSL_CERT_FILE"])
    return aiohttp.ClientSession(connector=aiohttp.TCPConnector(ssl=trusted), trust_env=True)


def _transport() -> AioHttpTransport:
    return AioHttpTransport(session=_session())


async def _error_of(going: Going) -> str:
    try:
        await going()
    except Exception as error:  # noqa: BLE001  # whatever a client raises is what somebody pastes
        return str(error)
    return ""
