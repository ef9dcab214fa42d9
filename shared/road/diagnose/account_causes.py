"""The account itself: it is gone, not made yet, without a subdomain, or of a kind that has no such API."""

from shared.models import Account
from shared.road.diagnose.case import FOUNDRY_KIND, WITH_MODELS, Case
from shared.road.diagnose.cause import (
    EXACT,
    FAINT,
    LIKELY,
    NOT,
    SUBDOMAINS,
    Cause,
    Check,
    confirmed,
    fits,
    ruled_out,
    unread_because,
)
from shared.road.diagnose.endpoint import Host
from shared.road.diagnose.symptom import Client, Signs, Words


def _any_refusal(signs: Signs) -> int:
    """An account that is not there, or not ready, explains every answer but one of another service."""
    if signs.says(Words.UNREACHED):
        return EXACT
    return LIKELY if signs.status == 404 else FAINT if signs.is_refusal or signs.only(500, 502, 503) else NOT


def _missing(case: Case) -> Check:
    if case.evidence.account is not None:
        return (
            ruled_out("Resource Manager shows the account") if case.account else unread_because(case.evidence.account)
        )
    if case.evidence.is_soft_deleted is True:
        return ruled_out("it was deleted, and can be recovered")
    return confirmed("Resource Manager knows no account of this id")


def _deleted(case: Case) -> Check | None:
    if case.evidence.account is not None:
        return None
    found = case.evidence.is_soft_deleted
    if not isinstance(found, bool):
        return unread_because(found)
    return (
        confirmed("it is in the list of deleted accounts")
        if found
        else ruled_out("it is in no list of deleted accounts")
    )


def _unsettled(case: Case) -> Check | None:
    account = case.account
    if account is None:
        return None
    if account.is_settled:
        return ruled_out(f"provisioning ended in {account.provisioning_state}")
    return confirmed(f"its provisioning state is {account.provisioning_state}")


def _failed(case: Case) -> Check | None:
    account = case.account
    if account is None or not account.is_settled:
        return None
    said = f"provisioning ended in {account.provisioning_state}"
    return ruled_out(said) if account.provisioning_state == "Succeeded" else confirmed(said)


def _no_subdomain(case: Case) -> Check | None:
    account = case.account
    if account is None:
        return None
    if account.subdomain:
        return ruled_out(f"its custom subdomain is {account.subdomain}")
    command = (
        f"az cognitiveservices account update --subscription {account.id.subscription} "
        f"--resource-group {account.id.resource_group} --name {account.id.name} --custom-domain <unique name>"
    )
    return confirmed(
        f"the account has no custom subdomain; its endpoint is {account.endpoint}",
        fix=f"Give it a custom subdomain, which cannot be changed afterwards, and call that: {command}",
    )


def _kind(case: Case) -> Check | None:
    account = case.account
    if account is None:
        return None
    if lacking := _lacks(case, account):
        return confirmed(f"the account is of the kind {account.kind}, {lacking}")
    return ruled_out(f"the account is of the kind {account.kind}")


def _lacks(case: Case, account: Account) -> str:
    """What an account of this kind has not, of that which was called; empty where it has it."""
    called, client = case.signs.endpoint, case.signs.client
    asks_for_models = client in {Client.INFERENCE, Client.OPENAI, Client.AZURE_OPENAI} or (
        called is not None and (called.host in {Host.OPENAI, Host.FOUNDRY} or called.is_openai_form)
    )
    if case.kind not in WITH_MODELS and asks_for_models:
        return "which runs no deployed models: neither /openai nor /models is there"
    if case.kind in WITH_MODELS and case.kind != FOUNDRY_KIND and case.is_inference_api:
        return f"which has no host *.services.ai.azure.com and no /models (endpoint: {account.endpoint})"
    return ""


def _kind_fits(signs: Signs) -> int:
    if signs.says(Words.UNREACHED) or (signs.status == 404 and not signs.says(Words.DEPLOYMENT)):
        return EXACT
    return FAINT if signs.is_refusal else NOT


CAUSES = (
    Cause(
        "account.missing", "account", "404, a host name that does not resolve, or any refusal",
        "The account does not exist: it was deleted, moved, or is another.",
        "Take the id and the endpoint from the account's page; a moved account has a new id.",
        '"Cognitive Services REST: Accounts - Get"', _any_refusal, _missing,
    ),
    Cause(
        "account.deleted", "account", "404, a host name that does not resolve, or any refusal",
        "The account was deleted and can still be recovered.",
        "Recover it (az cognitiveservices account recover), or call the account that replaced it.",
        '"Recover or purge deleted Foundry Tools resources"', _any_refusal, _deleted,
    ),
    Cause(
        "account.provisioning", "account", "404, a host name that does not resolve, or any refusal",
        "Azure is still making or changing the account.",
        "Wait until its provisioning state is Succeeded, then call again.",
        '"Cognitive Services REST: Accounts - Get"', _any_refusal, _unsettled,
    ),
    Cause(
        "account.failed", "account", "404, a host name that does not resolve, or any refusal",
        "Azure could not finish making the account.",
        "Repair or recreate the account.",
        '"Cognitive Services REST: Accounts - Get"', _any_refusal, _failed,
    ),
    Cause(
        "endpoint.noSubdomain", "account",
        "400 “Please provide a custom subdomain for token authentication”, 401 at a regional address",
        "The account has no custom subdomain; regional addresses never take Entra ID tokens.",
        "Give the account a custom subdomain and call that.",
        SUBDOMAINS, fits(Words.SUBDOMAIN, likely=(Words.UNAUTHORIZED, Words.UNREACHED), statuses=(400, 401, 404)),
        _no_subdomain,
    ),
    Cause(
        "account.kind", "account", "404 “Resource not found”, a host name that does not resolve",
        "An account of this kind does not have the API that was called.",
        "Call the API of its kind: /openai of AIServices and OpenAI, /models of AIServices, each other kind its own.",
        '"What are Foundry Tools"', _kind_fits, _kind,
    ),
)  # fmt: skip
