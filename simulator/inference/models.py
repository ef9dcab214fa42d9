"""What an account can run. Azure OpenAI REST: "Models - List, Get"; Azure AI Model Inference REST: "Get Info"."""

from typing import TYPE_CHECKING

from simulator.cognitive_services.catalogue import Model, models_for
from simulator.inference import errors
from simulator.inference.request import FOUNDRY_HOSTS, OPENAI_HOSTS, InferenceRequest
from simulator.routing import Routes
from simulator.wire import Json, Reply

if TYPE_CHECKING:
    from simulator.azure import Azure

ROUTES = Routes()
_READ = "Microsoft.CognitiveServices/accounts/OpenAI/models/read"
_INFO = "Microsoft.CognitiveServices/accounts/MaaS/info/read"
_LIST, _GET = "Models_List", "Models_Get"
_RELEASED = 1_700_000_000


@ROUTES.get("/openai/models", hosts=OPENAI_HOSTS, family="openai", data_action=_READ, operation=_LIST)
async def list_models(azure: "Azure", request: InferenceRequest) -> Reply:  # noqa: ARG001  # one shape for handlers
    request.check_openai_version()
    return Reply(body={"data": [_described(each) for each in models_for(request.account.kind)], "object": "list"})


@ROUTES.get("/openai/models/{model}", hosts=OPENAI_HOSTS, family="openai", data_action=_READ, operation=_GET)
async def get_model(azure: "Azure", request: InferenceRequest) -> Reply:  # noqa: ARG001  # one shape for handlers
    request.check_openai_version()
    return Reply(body=_described(_required(request)))


@ROUTES.get(
    "/openai/v1/models", hosts=OPENAI_HOSTS, family="openai", data_action=_READ, operation=_LIST, bearer_key=True
)
async def list_models_v1(azure: "Azure", request: InferenceRequest) -> Reply:  # noqa: ARG001  # one shape for handlers
    request.check_v1_version()
    return Reply(body={"data": [_described_v1(each) for each in models_for(request.account.kind)], "object": "list"})


@ROUTES.get(
    "/openai/v1/models/{model}", hosts=OPENAI_HOSTS, family="openai", data_action=_READ, operation=_GET, bearer_key=True
)
async def get_model_v1(azure: "Azure", request: InferenceRequest) -> Reply:  # noqa: ARG001  # one shape for handlers
    request.check_v1_version()
    return Reply(body=_described_v1(_required(request)))


@ROUTES.get("/models/info", hosts=FOUNDRY_HOSTS, family="models", data_action=_INFO, operation="Models_GetInfo")
async def info(azure: "Azure", request: InferenceRequest) -> Reply:  # noqa: ARG001  # one shape for handlers
    """The model behind a deployment, which the header or the query names."""
    request.check_inference_version()
    name = request.call.headers.get("x-ms-model-mesh-model-name") or request.call.query.get("model")
    if not name:
        raise errors.no_model_name()
    found = request.account.deployments.get(name.lower())
    if found is None or found.work.running(request.now):
        raise errors.deployment_not_found()
    kind = "embeddings" if found.capabilities.get("embeddings") else "chat-completion"
    about = {"model_name": found.model["name"], "model_type": kind, "model_provider_name": found.model["format"]}
    return Reply(body=about)


def _required(request: InferenceRequest) -> Model:
    wanted = request["model"].lower()
    for each in models_for(request.account.kind):
        if wanted in {_id(each).lower(), each.name.lower()}:
            return each
    raise errors.not_found()


def _id(model: Model) -> str:
    return f"{model.name}-{model.version}"


def _described(model: Model) -> Json:
    return {
        "status": "succeeded",
        "capabilities": {
            "fine_tune": False,
            "inference": True,
            "completion": "completion" in model.abilities,
            "chat_completion": "chatCompletion" in model.abilities,
            "embeddings": "embeddings" in model.abilities,
        },
        "lifecycle_status": "generally-available",
        "deprecation": {"inference": _RELEASED + 63_072_000},
        "id": _id(model),
        "created_at": _RELEASED,
        "object": "model",
    }


def _described_v1(model: Model) -> Json:
    return {"id": _id(model), "object": "model", "created": _RELEASED, "owned_by": model.format.lower()}
