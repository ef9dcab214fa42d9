"""What is said beside the code: whose token it sends, which role that needs, and what the documents do not agree on."""

from shared.models import Account, Deployment
from shared.road.snippets.examples import example
from shared.road.snippets.models import Choice, Client, Language
from shared.road.snippets.offers import has_models

# The documents say so for accounts; "Authenticate requests to Azure AI services"
SCOPE = "https://cognitiveservices.azure.com/.default"

_IN_AZURE = (
    "In Azure the code takes the managed identity and nothing else, since DefaultAzureCredential tries one source after "
    "another: slower, and whichever answers first is who you are."
)
_USER_ASSIGNED = (
    "For a user-assigned identity set AZURE_CLIENT_ID to its client id; without it the system-assigned one is meant."
)
_HOSTS = (
    "App Service, Functions and Container Apps set IDENTITY_ENDPOINT, by which the code knows where it is. On a virtual "
    "machine take ManagedIdentityCredential without the condition, on Kubernetes WorkloadIdentityCredential."
)
_ON_A_DESK = "On a desk sign in with `az login` or `azd auth login`; the role has to be yours then."
_ON_A_DESK_CURL = "On a desk sign in with `az login`; the role has to be yours then."
_ROLE = (
    "Who calls needs the role Cognitive Services User on the account{openai}; Owner and Contributor do not let anybody "
    "call it. A new role can take five minutes to work."
)
_OR_OPENAI = " (for OpenAI's models by the openai client, Cognitive Services OpenAI User is enough)"
_TWO_SCOPES = (
    "Microsoft's documents name two scopes, https://cognitiveservices.azure.com/.default and "
    "https://ai.azure.com/.default. The account's own endpoints take the first; those of Foundry projects take the second only."
)
_RETIRED = (
    "Microsoft has announced that the Azure AI Inference SDK, a beta, retires on 26 August 2026, and says to move to the "
    "openai client. Take it for code that is there already, or for models that /openai/v1 is not documented to take."
)
_DEPLOYMENT = "Set AZURE_AI_DEPLOYMENT to the name of a deployment of the account, or put the name into the code."


def credential_advice(language: Language) -> tuple[str, ...]:
    """Which credential the code takes where, and why."""
    if language is Language.CURL:
        return (_IN_AZURE, _USER_ASSIGNED, _ON_A_DESK_CURL)
    return (_IN_AZURE, _USER_ASSIGNED, _HOSTS, _ON_A_DESK)


def notes(account: Account, choice: Choice, deployment: Deployment | None) -> tuple[str, ...]:
    """What else to know of this code."""
    found = [_ROLE.format(openai=_OR_OPENAI if has_models(account) else "")]
    if has_models(account):
        found += [_TWO_SCOPES] + ([] if deployment else [_DEPLOYMENT])
    elif what := example(account.kind):
        found.append(what.does)
    if choice.client is Client.INFERENCE:
        found.append(_RETIRED)
    return tuple(found)


def hint(account: Account) -> str:
    """What the code itself says where the account refuses it."""
    return (
        "401 or 403: most often the role Cognitive Services User is missing, or not yet five minutes old. "
        f"For the cause ask unkeyed to diagnose {account.id}."
    )
