"""An error as somebody pastes it, and what can be seen in it."""

import re
from dataclasses import dataclass, field, replace
from enum import StrEnum

from shared.errors import without_secrets
from shared.road.diagnose.endpoint import Endpoint, Host, in_text

LONGEST_TEXT = 20_000


class Client(StrEnum):
    """What made the call."""

    INFERENCE = "azure-ai-inference"
    OPENAI = "openai"
    AZURE_OPENAI = "azure-openai"
    REST = "rest"
    UNKNOWN = "unknown"


@dataclass(frozen=True, slots=True)
class Symptom:
    """What went wrong, as it was told. The text may hold a key or a token, and is not shown."""

    text: str = field(default="", repr=False)
    status: int | None = None
    client: Client = Client.UNKNOWN
    endpoint: str = field(default="", repr=False)


class Words:
    """What the services and the clients say, each as a pattern."""

    UNAUTHORIZED = r"access token is missing, invalid, audience is incorrect"
    ROLE = r"PermissionDenied|does not have access to API/Operation|lacks the required data action"
    BAD_KEY = r"invalid subscription key or wrong API endpoint"
    KEYS_OFF = r"AuthenticationTypeDisabled|Key based authentication is disabled"
    NO_LISTING = r"disableLocalAuth is set to be true"
    SUBDOMAIN = r"custom subdomain for token authentication"
    PUBLIC_OFF = r"Public access is disabled"
    FIREWALL = r"Virtual Network/Firewall rules"
    DEPLOYMENT = r"DeploymentNotFound|deployment for this resource does not exist|unknown[_ ]model"
    VERSION = r"api.version (is )?not supported|api-version [^\n]{0,60}(missing|not supported|invalid)"
    NO_MODEL = r"no_model_name|No model specified in request|must provide a model parameter"
    WRONG_MODEL = r"does not work with the specified model|OperationNotSupported"
    THROTTLED = r"rate limit|RateLimitReached|too many requests|exceeded [^\n]{0,80}quota"
    UNREACHED = (
        r"getaddrinfo|Name or service not known|nodename nor servname|ENOTFOUND|No such host|name resolution|"
        r"Connection error|ConnectError|Cannot connect to host|Connection refused|ECONNREFUSED|Connection reset|timed out"
    )
    SIGN_IN = r"AADSTS\d+"
    NO_CREDENTIAL = (
        r"CredentialUnavailable|failed to retrieve a token from the included credentials|Please run 'az login'|"
        r"no managed identity endpoint|authentication unavailable"
    )
    OLD_SDK = (
        r"no longer supported in openai|APIRemovedInV1|No module named '(openai|azure)|cannot import name '\w+' from '(openai|azure)|"
        r"module '(openai|azure)[\w.]*' has no attribute|(OpenAI|Client|Completions|Credential)\w{0,60}\.\w{1,60}\(\) got an unexpected keyword"
    )

    @classmethod
    def all(cls) -> tuple[str, ...]:
        return tuple(value for name, value in vars(cls).items() if name.isupper())


@dataclass(frozen=True, slots=True)
class Signs:
    """What an error shows. `text` is without what looks like a secret; `principal` and `data_action` are those it names."""

    text: str
    status: int | None
    client: Client
    endpoint: Endpoint | None
    holds_secret: bool
    principal: str = ""
    data_action: str = ""
    sign_in_code: str = ""
    model: str = ""

    def says(self, *patterns: str) -> bool:
        return any(re.search(each, self.text, re.IGNORECASE) is not None for each in patterns)

    @property
    def is_told(self) -> bool:
        """False where nothing was told but, perhaps, where the call went."""
        return bool(self.text or self.status)

    def only(self, *statuses: int) -> bool:
        """True for one of these statuses, where no words say more."""
        return self.status in statuses and not self.says(*Words.all())

    @property
    def is_refusal(self) -> bool:
        """True where the call came to a service, which said no to who called or to what was called."""
        return self.status in {401, 403, 404} and not self.says(Words.SIGN_IN, Words.THROTTLED)

    @property
    def deployment(self) -> str:
        """The deployment that was called, where the address or the words name it."""
        return (self.endpoint.deployment if self.endpoint else "") or self.model


def read(symptom: Symptom) -> Signs:
    """What is to be seen in an error; nothing of it that looks like a key or a token is kept."""
    told = symptom.text[:LONGEST_TEXT]
    text, address = without_secrets(told), without_secrets(symptom.endpoint[:2000])
    endpoint = Endpoint.parse(address) if address else in_text(text)
    signs = Signs(
        text=text,
        status=symptom.status or _status(text),
        client=symptom.client if symptom.client is not Client.UNKNOWN else _client(text),
        endpoint=endpoint,
        holds_secret=text != told or address != symptom.endpoint[:2000],
        principal=_found(r"principal [`'\"]([0-9a-f-]{36})[`'\"]", text).lower(),
        data_action=_found(r"data action [`'\"]([\w./*-]+)[`'\"]", text),
        sign_in_code=_found(r"AADSTS(\d+)", text),
        model=_found(r"unknown model:? ([\w.-]+)", text),
    )
    return replace(signs, endpoint=_called(signs))


def _found(pattern: str, text: str) -> str:
    found = re.search(pattern, text, re.IGNORECASE)
    return found[1] if found else ""


def _status(text: str) -> int | None:
    """The status in the words of openai, azure-core, .NET, curl and httpx; else the one that follows from the service's own."""
    patterns = (
        r"error code:? (\d{3})\b", r"HTTP(?:/[\d.]+)? (\d{3})\b", r"\bstatus(?:code)?\W{1,4}(\d{3})\b",
        r"error '(\d{3}) ", r"^\s*\(?(\d{3})\b", r"\b(40[0-9]|429|50[0-4])\b",
    )  # fmt: skip
    for each in patterns:
        if found := _found(each, text):
            return int(found)
    return next((status for words, status in _STATUS_OF.items() if re.search(words, text, re.IGNORECASE)), None)


_STATUS_OF = {
    f"{Words.UNAUTHORIZED}|{Words.ROLE}|{Words.BAD_KEY}": 401,
    f"{Words.KEYS_OFF}|{Words.PUBLIC_OFF}|{Words.FIREWALL}": 403,
    f"{Words.DEPLOYMENT}|Resource not found": 404,
    Words.THROTTLED: 429,
}


def _client(text: str) -> Client:
    """What made the call, where its name is in the text: in a traceback, or in a header of its own."""
    names = {
        r"azure[.-]ai[.-]inference|ai-inference/": Client.INFERENCE,
        r"AzureOpenAI|azsdk-\w+-ai-openai": Client.AZURE_OPENAI,
        r"\bopenai\.(?!azure)|OpenAI/": Client.OPENAI,
        r"\bcurl\b|HTTPStatusError|ClientResponseError": Client.REST,
    }
    return next(
        (client for pattern, client in names.items() if re.search(pattern, text, re.IGNORECASE)), Client.UNKNOWN
    )


def _called(signs: Signs) -> Endpoint | None:
    """The address of the call: an SDK adds a path of its own to the one it is made with, and names an api-version always."""
    made_with = signs.endpoint
    if made_with is None or made_with.host is Host.OTHER or signs.client not in _ADDED:
        return made_with
    if made_with.is_whole and (made_with.api_version or made_with.is_version_1):
        return made_with
    path = f"{made_with.path}{_ADDED[signs.client]}/chat/completions"
    return replace(made_with, path=path, is_whole=False)


_ADDED = {Client.AZURE_OPENAI: "/openai/deployments/*", Client.INFERENCE: "", Client.OPENAI: ""}
