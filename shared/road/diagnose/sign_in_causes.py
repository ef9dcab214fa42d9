"""Signing in: Microsoft Entra ID gave no token, so that the account was never called."""

from shared.road.diagnose.case import Case
from shared.road.diagnose.cause import EXACT, NOT, SIGN_IN, Cause, Check, confirmed, fits
from shared.road.diagnose.symptom import Signs, Words

_NOT_IN_TENANT, _NO_RESOURCE = "700016", "500011"
# What each code means that people meet on this way, and what to do about it
_CODES = {
    "50020": ("The user is of another tenant.", "Sign in to the account's tenant, or have the user invited to it."),
    "50034": ("The user is not in the tenant.", "Sign in to the tenant that the user is in."),
    "50053": ("The user is locked out.", "Wait, or have an administrator unlock the user."),
    "50076": ("More than a password is asked for.", "Sign in interactively, or use a managed identity for code."),
    "50126": ("The name or the password is wrong.", "Sign in with az login, or use a managed identity for code."),
    "53003": ("A Conditional Access policy blocks the sign-in.", "Ask the administrator which policy it is."),
    "65001": ("Nobody has consented to the application.", "Have a user or an administrator consent to it."),
    "70011": ("The scope is not valid.", "Ask for https://cognitiveservices.azure.com/.default."),
    "70043": ("The refresh token has expired.", "Sign in again."),
    "700082": ("The refresh token has expired.", "Sign in again with az login."),
    "7000112": ("The application is disabled.", "Have an administrator enable its service principal."),
    "7000215": ("The client secret is wrong.", "Give the secret's value, not its id; better: use a managed identity."),
    "7000222": ("The client secret has expired.", "Make a new one; better: use a managed identity, which has none."),
    "700027": ("The certificate of the client is not taken.", "Register the certificate that the code signs with."),
    "700213": ("No federated credential matches.", "Compare issuer and subject with the registered credential."),
    "90002": ("The tenant does not exist.", "Correct AZURE_TENANT_ID, and check which cloud is meant."),
    "900023": ("The tenant id is not valid.", "Correct AZURE_TENANT_ID."),
    "1002012": ("The scope is not valid.", "An application asks for https://cognitiveservices.azure.com/.default."),
}


def _of_code(code: str) -> Check:
    return confirmed(f"Microsoft Entra ID answered AADSTS{code}")


def _not_in_tenant(case: Case) -> Check | None:
    if case.signs.sign_in_code != _NOT_IN_TENANT:
        return None
    tenant = case.evidence.tenant
    said = (
        f"the app that answers here is in the tenant {tenant}" if tenant else "the account's tenant could not be read"
    )
    elsewhere = ("the error names another tenant",) if tenant and tenant not in case.signs.text.lower() else ()
    return confirmed(f"Microsoft Entra ID answered AADSTS{_NOT_IN_TENANT}", said, *elsewhere)


def _no_resource(case: Case) -> Check | None:
    return _of_code(_NO_RESOURCE) if case.signs.sign_in_code == _NO_RESOURCE else None


def _refused(case: Case) -> Check | None:
    code = case.signs.sign_in_code
    if code in {"", _NOT_IN_TENANT, _NO_RESOURCE}:
        return None
    meaning, fix = _CODES.get(code, ("", f"See https://login.microsoftonline.com/error?code={code}."))
    return confirmed(f"Microsoft Entra ID answered AADSTS{code}", cause=meaning, fix=fix)


def _refused_fits(signs: Signs) -> int:
    return EXACT if signs.sign_in_code not in {"", _NOT_IN_TENANT, _NO_RESOURCE} else NOT


def _no_credential(case: Case) -> Check | None:
    if not case.signs.says(Words.NO_CREDENTIAL) or case.signs.sign_in_code:
        return None
    return confirmed("the credential says so itself: no token was asked for with success")


def _no_credential_fits(signs: Signs) -> int:
    return EXACT if signs.says(Words.NO_CREDENTIAL) and not signs.sign_in_code else NOT


CAUSES = (
    Cause(
        "signIn.appNotInTenant", "sign-in", "“AADSTS700016”",
        "The application is not in the tenant where it signs in.",
        "Sign in to the account's tenant (AZURE_TENANT_ID), with the client id of an application that is registered there.",
        SIGN_IN, fits("AADSTS700016\\b"), _not_in_tenant,
    ),
    Cause(
        "signIn.noSuchResource", "sign-in", "“AADSTS500011”",
        "The tenant knows no service of the scope that was asked for.",
        "Ask for https://cognitiveservices.azure.com/.default, in the account's tenant.",
        SIGN_IN, fits("AADSTS500011\\b"), _no_resource,
    ),
    Cause(
        "signIn.refused", "sign-in", "any other “AADSTS…”",
        "Microsoft Entra ID gave no token.",
        "Do what the code asks for.", SIGN_IN, _refused_fits, _refused,
    ),
    Cause(
        "signIn.noCredential", "sign-in", "“DefaultAzureCredential failed to retrieve a token”, “CredentialUnavailableError”",
        "The code runs where it has no identity to sign in with.",
        "On a desk: az login. In Azure: give the app a managed identity, and name its client id where it is user-assigned.",
        '"Azure Identity client library: troubleshooting"', _no_credential_fits, _no_credential,
    ),
)  # fmt: skip
