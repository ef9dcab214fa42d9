"""What is offered for which account: languages and clients by its kind, endpoints by its subdomain, clients by a model's format.

"Microsoft Foundry Models: endpoints" names the hosts, "Azure OpenAI in Microsoft Foundry Models v1 API" the models that
`/openai/v1` takes beside OpenAI's, "Authenticate requests to Azure AI services" the subdomain without which no token is taken.
"""

from collections.abc import Iterable

from shared.errors import PermanentError
from shared.models import Account, Deployment
from shared.road.snippets.examples import example
from shared.road.snippets.models import Choice, Client, Language

INFERENCE_VERSION = "2024-05-01-preview"
FOUNDRY, OPENAI = "aiservices", "openai"
_CLIENTS = {FOUNDRY: (Client.OPENAI, Client.INFERENCE, Client.REST), OPENAI: (Client.OPENAI, Client.REST)}
# Formats of models whose chat completions `/openai/v1` is documented to take
_OPENAI_FORMATS = frozenset({"openai", "deepseek", "xai"})
# Its models have an API of their own, below /anthropic
_OWN_API = frozenset({"anthropic"})


def choices(account: Account) -> tuple[Choice, ...]:
    """Every language and client that there is code for, best first within a language; empty where the kind has none."""
    clients = _CLIENTS.get(account.kind.lower()) or ((Client.REST,) if example(account.kind) else ())
    return tuple(
        Choice(language, client)
        for language in Language
        for client in clients
        if language is not Language.CURL or client is Client.REST
    )


def chosen(account: Account, language: Language, client: Client | None, deployment: Deployment | None) -> Choice:
    """The choice that fits, the best one where no client is asked for.

    Raises PermanentError (`NoSnippetForKind`, `NoSubdomain`, `NoSnippetForClient`, `NotAChatModel`, `WrongClientForModel`).
    """
    offered = choices(account)
    _require_usable(account, offered)
    if deployment and has_models(account):
        _require_chat(deployment)
    of_language = [each for each in offered if each.language is language]
    if client is not None and Choice(language, client) not in of_language:
        raise PermanentError(
            f"There is no {client} code in {language} for an account of kind {account.kind}; "
            f"offered are: {', '.join(each.client for each in of_language)}",
            code="NoSnippetForClient",
        )
    fitting = [each for each in of_language if _takes(account, each.client, deployment)]
    found = next((each for each in fitting if client in {None, each.client}), None)
    if found is None:
        raise _wrong_client(deployment, client, fitting)
    return found


def first_fitting(
    account: Account, deployments: Iterable[Deployment], client: Client | None = None
) -> Deployment | None:
    """The first settled deployment of a model that chats and that the client takes, any client where none is meant."""
    clients = (client,) if client else _CLIENTS.get(account.kind.lower(), ())
    return next(
        (
            each
            for each in deployments
            if each.provisioning_state == "Succeeded"
            and _chats(each)
            and any(_takes(account, by, each) for by in clients)
        ),
        None,
    )


def endpoint(account: Account, client: Client) -> str:
    """Where the client calls the account, which has to have a subdomain."""
    if not has_models(account):
        return f"https://{account.subdomain}.cognitiveservices.azure.com/"
    if client is Client.OPENAI or account.kind.lower() == OPENAI:
        return f"https://{account.subdomain}.openai.azure.com/openai/v1/"
    return f"https://{account.subdomain}.services.ai.azure.com/models"


def chat_url(account: Account) -> str:
    """Where a chat completion is posted to by REST."""
    base = endpoint(account, Client.REST).rstrip("/")
    version = "" if account.kind.lower() == OPENAI else f"?api-version={INFERENCE_VERSION}"
    return f"{base}/chat/completions{version}"


def has_models(account: Account) -> bool:
    """True where models are deployed to accounts of this kind."""
    return account.kind.lower() in _CLIENTS


def _require_usable(account: Account, offered: tuple[Choice, ...]) -> None:
    if not offered:
        raise PermanentError(
            f"There is no example for accounts of kind {account.kind}. Take the service's REST reference, the host "
            "https://<subdomain>.cognitiveservices.azure.com and a token for https://cognitiveservices.azure.com/.default.",
            code="NoSnippetForKind",
        )
    if not account.subdomain:
        raise PermanentError(
            f"{account.id.name} has no custom subdomain, and without one no code with a token can work: regional "
            "endpoints take keys only. Give it one (it cannot be changed later), then ask again.",
            code="NoSubdomain",
        )


def _require_chat(deployment: Deployment) -> None:
    if not _chats(deployment):
        raise PermanentError(
            f"The model {deployment.model} of the deployment {deployment.name} does not chat, and the snippets do. "
            "Name a deployment of a chat model.",
            code="NotAChatModel",
        )


def _chats(deployment: Deployment) -> bool:
    return not deployment.abilities or "chatCompletion" in deployment.abilities


def _takes(account: Account, client: Client, deployment: Deployment | None) -> bool:
    if deployment is None or not has_models(account):
        return True
    model = deployment.format.lower()
    if client is Client.OPENAI or account.kind.lower() == OPENAI:
        return model in _OPENAI_FORMATS
    return model not in _OWN_API


def _wrong_client(deployment: Deployment | None, client: Client | None, fitting: list[Choice]) -> PermanentError:
    model = f"{deployment.model} ({deployment.format})" if deployment else "the model"
    instead = f"take {' or '.join(each.client for each in fitting)}" if fitting else "its API is one of its own"
    return PermanentError(
        f"{client or 'No client here'} is not documented to take {model}; {instead}", code="WrongClientForModel"
    )
