"""Deployments of models. Azure REST: Deployments - Create Or Update, Update, Delete."""

from datetime import timedelta
from typing import TYPE_CHECKING

from simulator.cognitive_services import catalogue, errors
from simulator.cognitive_services.account import Account, Actor, Deployment, Trace, Work, new_etag
from simulator.cognitive_services.catalogue import Model
from simulator.cognitive_services.content import SentDeployment
from simulator.wire import Json, WireFault

if TYPE_CHECKING:
    from simulator.azure import Azure

_DEFAULT_SKU: Json = {"name": "Standard", "capacity": 1}


def put(azure: "Azure", account: Account, name: str, sent: SentDeployment, actor: Actor) -> tuple[Deployment, bool]:
    """The deployment as it will be, and whether it is new; raises the 400s of model and SKU, the 409s of a busy account.

    The account is busy until the deployment has settled, so siblings have to be made one after the other.
    """
    _require_free(azure, account)
    now = azure.clock.now()
    model = _model(account, sent.properties.get("model") or {})
    made = Deployment(
        account_id=account.id,
        name=name,
        sku=_sku(sent.sku or _DEFAULT_SKU, model),
        model={"format": model.format, "name": model.name, "version": model.version},
        settings=_settings(sent.properties),
        capabilities=model.capabilities(),
        work=Work(now, now + timedelta(seconds=azure.knobs.provisioning)),
        trace=Trace.begun(actor, now),
        tags=sent.tags,
    )
    before = account.deployments.get(name.lower())
    if before is not None:
        made.name, made.trace = before.name, before.trace
        made.trace.touch(actor, now)
    account.deployments[name.lower()] = made
    return made, before is None


def patch(azure: "Azure", account: Account, found: Deployment, sent: SentDeployment, actor: Actor) -> None:
    """Tags and SKU, at once."""
    _require_free(azure, account)
    if sent.sku:
        found.sku = _sku(sent.sku, _model(account, found.model))
    if sent.tags is not None:
        found.tags = sent.tags
    found.trace.touch(actor, azure.clock.now())
    found.etag = new_etag()


def delete(azure: "Azure", account: Account, found: Deployment) -> None:
    _require_free(azure, account)
    del account.deployments[found.name.lower()]


def _require_free(azure: "Azure", account: Account) -> None:
    now = azure.clock.now()
    if account.work.running(now) or account.busy(now):
        raise errors.busy(account.id)


def _model(account: Account, asked: Json) -> Model:
    wanted = (str(asked.get("format")).lower(), str(asked.get("name")).lower())
    version = asked.get("version")
    for model in catalogue.models_for(account.kind):
        if (model.format.lower(), model.name.lower()) == wanted and (
            model.version == version or (not version and model.default)
        ):
            return model
    raise WireFault(
        400,
        "DeploymentModelNotSupported",
        f"The model 'Format:{asked.get('format')},Name:{asked.get('name')},Version:{version or ''}' of account "
        "deployment is not supported.",
    )


def _sku(asked: Json, model: Model) -> Json:
    name, capacity = asked.get("name"), asked.get("capacity", 1)
    if name not in catalogue.DEPLOYMENT_SKUS:
        raise errors.invalid_properties(f"The deployment sku name '{name}' is invalid.")
    if name not in model.skus:
        raise errors.invalid_properties(
            f"The specified SKU '{name}' of account deployment is not supported by the model '{model.name}' "
            f"version: '{model.version}'."
        )
    if not 1 <= capacity <= catalogue.MAX_CAPACITY:
        raise WireFault(
            400,
            "InvalidCapacity",
            f"The specified capacity '{capacity}' of account deployment should be at least 1 and no more than "
            f"{catalogue.MAX_CAPACITY}.",
        )
    return {"name": name, "capacity": capacity}


def _settings(properties: Json) -> Json:
    kept = {name: properties[name] for name in ("raiPolicyName", "capacitySettings") if properties.get(name)}
    return {"versionUpgradeOption": properties.get("versionUpgradeOption") or "OnceNewDefaultVersionAvailable", **kept}
