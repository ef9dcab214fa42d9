"""The address: another account's, a regional one, a path that is not there, a version that is not served."""

import re

from shared.road.diagnose.case import Case
from shared.road.diagnose.cause import (
    AUTHENTICATE,
    EXACT,
    FAINT,
    HINT,
    HOW_TO,
    LIKELY,
    NOT,
    OPENAI_REST,
    Cause,
    Check,
    confirmed,
    fits,
    possible,
    ruled_out,
)
from shared.road.diagnose.endpoint import Endpoint, Host
from shared.road.diagnose.symptom import Client, Signs, Words

MODELS_VERSION = "2024-05-01-preview"
_VERSION = re.compile(r"20\d\d-\d\d-\d\d(-preview)?")
_UNVERSIONED = frozenset({"v1", "preview", "latest"})
_NOT_TOLD = "the address was not told"


def _regional(case: Case) -> Check | None:
    called, account = case.signs.endpoint, case.account
    if account is None or not account.subdomain:
        return None
    if called and called.host is Host.REGIONAL:
        return confirmed(
            f"{called.name} is a regional address, which takes keys only; the account's own is {account.endpoint}",
            fix=f"Call {account.endpoint} instead of {called.name}.",
        )
    if case.signs.says(Words.SUBDOMAIN):
        own = f"the account's own address is {account.endpoint}"
        return confirmed(
            "the service says that the address called takes no tokens", own, fix=f"Call {account.endpoint}."
        )
    return ruled_out(f"{called.name} is no regional address") if called else possible(_NOT_TOLD)


def _regional_fits(signs: Signs) -> int:
    is_regional = signs.endpoint is not None and signs.endpoint.host is Host.REGIONAL
    return EXACT if is_regional and signs.is_refusal else NOT


def _other_account(case: Case) -> Check | None:
    called, account = case.signs.endpoint, case.account
    if account is None or not account.subdomain:
        return None
    if called is None or called.host is Host.REGIONAL:
        return possible(_NOT_TOLD) if called is None else None
    own = account.subdomain.lower()
    if called.host is Host.OTHER:
        return possible(
            f"{called.name} is no host of Azure's AI accounts; a gateway, perhaps, before this account or another"
        )
    if called.label == own:
        return ruled_out(f"{called.name} is the account's")
    return confirmed(
        f"{called.name} was called; the hosts of {account.id.name} begin with {own}.",
        fix=f"Call the account's own address, {account.endpoint}, or ask about the account that was called.",
    )


def _other_account_fits(signs: Signs) -> int:
    """An address that is another's explains any refusal; one that was not told is no more than a hint."""
    if not signs.is_refusal and not signs.says(Words.UNREACHED):
        return NOT
    return EXACT if signs.endpoint and signs.endpoint.host is not Host.OTHER else HINT


def _path(case: Case) -> Check | None:
    called = case.signs.endpoint
    if called is None:
        return possible(_NOT_TOLD, f"the client is {case.signs.client}")
    if called.host is Host.OTHER or (not called.is_whole and case.signs.client in {Client.REST, Client.UNKNOWN}):
        return None
    if called.is_served:
        return ruled_out(f"{called.name} has {called.path}")
    return confirmed(f"the call went to {called}, which is not there", fix=_right_path(case, called))


def _right_path(case: Case, called: Endpoint) -> str:
    base = f"https://{called.label}"
    deployment = called.deployment or "<deployment>"
    if case.signs.client is Client.AZURE_OPENAI:
        return f"Make AzureOpenAI with azure_endpoint={base}.openai.azure.com and nothing after it."
    if case.signs.client is Client.INFERENCE:
        return (
            f"Make the client with endpoint={base}.services.ai.azure.com/models (the how-to's /model lacks an s) and "
            f'name the deployment in each call: model="{deployment}".'
        )
    if case.signs.client is Client.OPENAI:
        return f"Make OpenAI with base_url={base}.openai.azure.com/openai/v1/ and name the deployment in each call as model."
    return (
        f"Call {base}.openai.azure.com/openai/deployments/{deployment}/chat/completions?api-version=<version>, or "
        f"{base}.services.ai.azure.com/models/chat/completions?api-version={MODELS_VERSION} with the deployment as model."
    )


def _path_fits(signs: Signs) -> int:
    if signs.status != 404:
        return NOT
    return LIKELY if signs.says(Words.DEPLOYMENT) else EXACT


def _sdk_host(case: Case) -> Check | None:
    """The class AzureOpenAI stands for *.openai.azure.com, the inference SDK for *.services.ai.azure.com."""
    called, client = case.signs.endpoint, case.signs.client
    wanted = {Client.AZURE_OPENAI: Host.OPENAI, Client.INFERENCE: Host.FOUNDRY}.get(client)
    if wanted is None or (case.account and case.kind not in {"aiservices", "openai"}):
        return None
    if called is None:
        return possible(_NOT_TOLD, f"{client} is meant for *.{wanted}")
    if called.host is wanted or (client is Client.INFERENCE and called.is_openai_form):
        return ruled_out(f"{client} was made for {called.name}, as it is meant to be")
    right = f"https://{called.label}.{wanted}" + ("/models" if wanted is Host.FOUNDRY else "")
    return confirmed(
        f"{client} was made for {called.name}; it is meant for *.{wanted}", fix=f"Make the client for {right}."
    )


def _sdk_host_fits(signs: Signs) -> int:
    if signs.client not in {Client.AZURE_OPENAI, Client.INFERENCE}:
        return NOT
    return LIKELY if signs.status == 404 or signs.says(Words.UNAUTHORIZED) else FAINT if signs.only(401) else NOT


def _version(case: Case) -> Check | None:
    called = case.signs.endpoint
    says_so = case.signs.says(Words.VERSION)
    if called is None or not called.is_whole:
        return (confirmed if says_so else possible)(
            "the service says so" if says_so else "the version that was asked for was not told"
        )
    version = called.api_version
    fault = _fault_of(called, version)
    if fault or says_so:
        return confirmed(fault or f"the service does not take api-version {version}")
    return ruled_out(f"api-version {version} has the form of one that is served")


def _fault_of(called: Endpoint, version: str | None) -> str:
    if called.is_version_1:
        return "" if version is None or version in _UNVERSIONED else f"/openai/v1 takes no api-version {version}"
    if version is None:
        return "the address names no api-version"
    if called.path.startswith("/models") and version != MODELS_VERSION:
        return f"/models takes api-version {MODELS_VERSION}, not {version}"
    return "" if _VERSION.fullmatch(version) else f"{version} is no api-version"


def _version_fits(signs: Signs) -> int:
    return LIKELY if signs.status == 404 and not signs.says(Words.DEPLOYMENT) else FAINT if signs.only(400) else NOT


CAUSES = (
    Cause(
        "endpoint.regional", "code",
        "400 “Please provide a custom subdomain for token authentication”, 401 at a regional address",
        "A regional address was called, which takes no tokens.",
        "Call the account's own address, with its custom subdomain.",
        AUTHENTICATE, fits(Words.SUBDOMAIN, when=_regional_fits), _regional,
    ),
    Cause(
        "endpoint.otherAccount", "code", "401, 403, 404, or a host name that does not resolve",
        "The call went to another account, or to none.",
        "Call the address of this account.",
        HOW_TO,
        _other_account_fits, _other_account,
    ),
    Cause(
        "endpoint.path", "code", "404 “Resource not found”",
        "The address has a path that the service does not have: it is not the one for this SDK.",
        "inference SDK: https://<account>.services.ai.azure.com/models; class AzureOpenAI: https://<account>.openai.azure.com.",
        HOW_TO, _path_fits, _path,
    ),
    Cause(
        "endpoint.sdkHost", "code", "401 “Access token is missing, invalid …” or 404, with an SDK",
        "The client was made for a host that is not the one of its SDK.",
        "inference SDK: https://<account>.services.ai.azure.com/models; class AzureOpenAI: https://<account>.openai.azure.com.",
        HOW_TO, _sdk_host_fits, _sdk_host,
    ),
    Cause(
        "endpoint.apiVersion", "code", "400 “API version not supported”, 404 “Resource not found”",
        "The api-version is missing, or the service does not serve it.",
        f"/models takes {MODELS_VERSION}; /openai a version of the reference, 2024-10-21 say; /openai/v1 needs none.",
        OPENAI_REST, fits(Words.VERSION, when=_version_fits), _version,
    ),
)  # fmt: skip
