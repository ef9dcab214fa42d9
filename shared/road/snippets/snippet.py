"""A snippet: working code for this account, with a token and never with a key."""

from shared.models import Account, Deployment
from shared.road.snippets.advice import SCOPE, credential_advice, notes
from shared.road.snippets.installing import install
from shared.road.snippets.models import Client, Language, Snippet
from shared.road.snippets.offers import choices, chosen, endpoint, first_fitting
from shared.road.snippets.writing import file_name, write

__all__ = ["choices", "first_fitting", "snippet"]


def snippet(
    account: Account, *, language: Language, client: Client | None = None, deployment: Deployment | None = None
) -> Snippet:
    """The code in this language, by the best client that fits where none is asked for ("Configure keyless authentication").

    A deployment's name goes into the code; without one the code reads it from AZURE_AI_DEPLOYMENT. Raises PermanentError
    where there is no such code, with what to do instead: `NoSnippetForKind`, `NoSubdomain`, `NoSnippetForClient`,
    `NotAChatModel`, `WrongClientForModel`.
    """
    choice = chosen(account, language, client, deployment)
    return Snippet(
        language=language,
        client=choice.client,
        file_name=file_name(language),
        code=write(account, choice, deployment),
        endpoint=endpoint(account, choice.client),
        scope=SCOPE,
        install=install(choice),
        credential_advice=credential_advice(language),
        notes=notes(account, choice, deployment),
    )
