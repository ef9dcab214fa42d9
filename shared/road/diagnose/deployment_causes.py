"""The deployment: there is none of the name, it is not ready, its model cannot do it, or none was named."""

from shared.models import Deployment, Unknown
from shared.road.diagnose.case import Case
from shared.road.diagnose.cause import (
    FAINT,
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
    unread_because,
)
from shared.road.diagnose.symptom import Client, Signs, Words


def _listed(deployments: tuple[Deployment, ...]) -> str:
    named = ", ".join(f"{each.name} ({each.model})" for each in deployments[:20])
    return f"the account's deployments: {named}" if named else "the account has no deployment"


def _read(case: Case) -> tuple[Deployment, ...] | Check | None:
    """The deployments; a check where they could not be read, None where there is no account."""
    if case.account is None:
        return None
    found = case.evidence.deployments
    return unread_because(found) if isinstance(found, Unknown) else found


def _missing(case: Case) -> Check | None:
    found = _read(case)
    if not isinstance(found, tuple):
        return found
    name = case.signs.deployment
    if case.deployment:
        return ruled_out(f"the account has a deployment {name}")
    if name and case.account and not found:
        return confirmed(
            "the account has no deployment", fix=f"Deploy a model, and give the deployment the name {name}."
        )
    if name:
        meant = [each.name for each in found if each.model.lower() == name.lower()]
        hint = f'Name the deployment, not its model: model="{meant[0]}".' if meant else ""
        return confirmed(f"no deployment is called {name}", _listed(found), fix=hint)
    return possible(_listed(found)) if found else confirmed(_listed(found))


def _not_ready(case: Case) -> Check | None:
    found = _read(case)
    if not isinstance(found, tuple):
        return found
    asked = (case.deployment,) if case.deployment else found
    unready = [f"{each.name} is {each.provisioning_state}" for each in asked if each.provisioning_state != "Succeeded"]
    if not unready:
        return ruled_out("every deployment has been provisioned") if found else None
    return confirmed(*unready) if case.deployment else possible(*unready)


def _not_openai(case: Case) -> Check | None:
    called = case.signs.endpoint
    if (called and called.is_version_1) or case.is_inference_api:
        return None
    found = _read(case)
    if not isinstance(found, tuple):
        return found
    if named := case.deployment:
        said = f"{named.name} is a deployment of {named.model}, a model of {named.format}"
        return ruled_out(said) if named.format == "OpenAI" else confirmed(said)
    others = tuple(each for each in found if each.format != "OpenAI")
    if not others:
        return ruled_out("all deployments of the account are of models of OpenAI") if found else None
    return possible(
        "which deployment was called was not told", f"not of OpenAI: {', '.join(each.name for each in others)}"
    )


def _not_openai_fits(signs: Signs) -> int:
    called = signs.endpoint
    if signs.client is not Client.AZURE_OPENAI and not (called and called.is_openai_form):
        return NOT
    return LIKELY if signs.status == 404 or signs.says(Words.UNAUTHORIZED) else FAINT if signs.only(401) else NOT


def _not_named(case: Case) -> Check | None:
    return confirmed("the service says that the call names no model") if case.signs.says(Words.NO_MODEL) else None


def _cannot(case: Case) -> Check | None:
    if not case.signs.says(Words.WRONG_MODEL):
        return None
    return confirmed("the service says so", *([_listed(case.deployments)] if case.deployments else []))


CAUSES = (
    Cause(
        "deployment.missing", "code", "404 “DeploymentNotFound”, 404 “Resource not found”, “Unknown model”",
        "The account has no deployment of the name that was called.",
        "Name a deployment of the account as `model`, or in the path /openai/deployments/<deployment>; deploy it where there is none.",
        HOW_TO,
        fits(Words.DEPLOYMENT, when=lambda signs: LIKELY if signs.status == 404 else NOT), _missing,
    ),
    Cause(
        "deployment.notReady", "account", "404 “DeploymentNotFound”",
        "The deployment has not been provisioned.",
        "Wait five minutes after deploying; where it failed, deploy it again.",
        HOW_TO, fits(Words.DEPLOYMENT, statuses=(404,)), _not_ready,
    ),
    Cause(
        "deployment.notOpenAI", "code", "404, or 401 “Access token is missing, invalid …”, with the class AzureOpenAI",
        "The class AzureOpenAI was used for a model that is not OpenAI's.",
        "Use the Azure AI Inference SDK with https://<account>.services.ai.azure.com/models, or /openai/v1 with the class OpenAI.",
        HOW_TO, _not_openai_fits, _not_openai,
    ),
    Cause(
        "deployment.notNamed", "code", "400 “no_model_name”, “you must provide a model parameter”",
        "The call names no deployment where its API looks for one.",
        'By /models and /openai/v1 the deployment goes into the body: {"model": "<deployment>", …}.',
        HOW_TO, fits(Words.NO_MODEL), _not_named,
    ),
    Cause(
        "deployment.cannot", "code", "400 “OperationNotSupported”, “does not work with the specified model”",
        "The model of the deployment cannot do what was asked of it.",
        "Call a deployment whose model can: a chat model for chat completions, an embedding model for embeddings.",
        OPENAI_REST, fits(Words.WRONG_MODEL), _cannot,
    ),
)  # fmt: skip
