"""The token: not sent, for another audience, too old, a key in its place. Only the caller's own code can tell which."""

from shared.models import Unknown
from shared.road.diagnose.case import Case
from shared.road.diagnose.cause import (
    AUTHENTICATE,
    EXACT,
    FAINT,
    HOW_TO,
    LIKELY,
    NOT,
    Cause,
    Check,
    fits,
    possible,
    ruled_out,
)
from shared.road.diagnose.symptom import Client, Signs, Words

SCOPE, PROJECT_SCOPE = "https://cognitiveservices.azure.com/.default", "https://ai.azure.com/.default"
_CODE = {
    Client.INFERENCE: (
        f'Make the client with credential_scopes=["{SCOPE}"]: without, azure-ai-inference asks for https://ml.azure.com.'
    ),
    Client.AZURE_OPENAI: (
        f'Make AzureOpenAI with azure_ad_token_provider=get_bearer_token_provider(credential, "{SCOPE}").'
    ),
    Client.OPENAI: f"Give the class OpenAI a token for {SCOPE} as its api_key, and the address …/openai/v1/.",
    Client.REST: f"Ask for a token for {SCOPE} (az account get-access-token --scope {SCOPE}).",
}


def _accepted(case: Case) -> tuple[str, ...]:
    """What the app's own call with a token came to: it shows whether the account takes any."""
    probe = case.evidence.probe
    if isinstance(probe, Unknown) or case.account is None:
        return ()
    if probe.accepted:
        return (f"{case.account.endpoint} took the app's own token for {SCOPE} just now",)
    return (f"{case.account.endpoint} refused the app's own token just now: {probe.detail}",)


def _is_about_tokens(case: Case) -> bool:
    return case.signs.says(Words.UNAUTHORIZED) or case.signs.only(401)


def _audience(case: Case) -> Check | None:
    if not _is_about_tokens(case):
        return None
    fix = _CODE.get(case.signs.client, "")
    if _is_of_project(case):
        fix = f"Ask for a token for the scope {PROJECT_SCOPE}: Foundry projects take no other."
    return possible("the claims of the token were not told", *_accepted(case), fix=fix)


def _is_of_project(case: Case) -> bool:
    called = case.signs.endpoint
    return bool(called and called.project) or case.signs.says(r"audience is incorrect \(https://ai\.azure\.com/?\)")


def _audience_fits(signs: Signs) -> int:
    if not signs.says(Words.UNAUTHORIZED):
        return FAINT if signs.only(401) else NOT
    return LIKELY if signs.client is Client.OPENAI else EXACT


def _not_sent(case: Case) -> Check | None:
    return possible("the headers of the call were not told") if _is_about_tokens(case) else None


def _not_sent_fits(signs: Signs) -> int:
    if not signs.says(Words.UNAUTHORIZED):
        return FAINT if signs.only(401) else NOT
    return LIKELY if signs.client in {Client.REST, Client.UNKNOWN} else FAINT


def _expired(case: Case) -> Check | None:
    return possible("when the token was issued was not told") if _is_about_tokens(case) else None


def _key_instead(case: Case) -> Check | None:
    if not _is_about_tokens(case) or case.signs.client not in {Client.OPENAI, Client.REST, Client.UNKNOWN}:
        return None
    called = case.signs.endpoint
    if called and called.is_version_1:
        return ruled_out(f"{called} takes a key as bearer token too")
    return possible(f"{called} takes a key in the header api-key only" if called else "the address was not told")


def _key_instead_fits(signs: Signs) -> int:
    if not signs.says(Words.UNAUTHORIZED):
        return FAINT if signs.only(401) else NOT
    return EXACT if signs.client is Client.OPENAI else FAINT


CAUSES = (
    Cause(
        "token.audience", "code",
        "401 “Unauthorized. Access token is missing, invalid, audience is incorrect, or have expired”",
        "The token is for another audience than the service's.",
        f"Ask for a token for the scope {SCOPE}; Foundry projects take https://ai.azure.com/.default only.",
        HOW_TO, _audience_fits, _audience,
    ),
    Cause(
        "token.keyInstead", "code",
        "401 “Unauthorized. Access token is missing …” with the class OpenAI, or a key in the header Authorization",
        "A key was sent as if it were a token: the class OpenAI does so, and only /openai/v1 understands it.",
        "Use the class OpenAI with https://<account>.openai.azure.com/openai/v1/ only, AzureOpenAI or the inference SDK elsewhere.",
        HOW_TO, _key_instead_fits, _key_instead,
    ),
    Cause(
        "token.notSent", "code",
        "401 “Unauthorized. Access token is missing, invalid, audience is incorrect, or have expired” by REST",
        "The call carries no token: the header is missing, or has another name.",
        "Send `Authorization: Bearer <token>`; the how-to's `Authentication` is a misprint.",
        HOW_TO, _not_sent_fits, _not_sent,
    ),
    Cause(
        "token.expired", "code",
        "401 “Unauthorized. Access token is missing, invalid, audience is incorrect, or have expired”",
        "The token has expired: it was kept for longer than its hour, or the clock is wrong.",
        "Give the client a credential or a token provider, not a token, so that it renews it.",
        AUTHENTICATE, fits(likely=(Words.UNAUTHORIZED,), statuses=(401,)), _expired,
    ),
)  # fmt: skip
