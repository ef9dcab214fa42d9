"""Embeddings. Azure OpenAI REST: "Embeddings - Create". The same input always has the same vector of length one."""

import base64
import hashlib
import math
import random
import struct
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from simulator.inference import errors
from simulator.inference.rate_limits import answered_by
from simulator.inference.request import OPENAI_HOSTS, InferenceRequest, tokens_in, typed
from simulator.routing import Routes
from simulator.wire import Json, Reply

if TYPE_CHECKING:
    from simulator.azure import Azure
    from simulator.cognitive_services.account import Deployment

ROUTES = Routes()
_ACTION = "Microsoft.CognitiveServices/accounts/OpenAI/deployments/embeddings/action"
_OPERATION = "Embeddings_Create"
_SIZES = {"text-embedding-ada-002": 1536, "text-embedding-3-small": 1536, "text-embedding-3-large": 3072}


@dataclass(frozen=True, slots=True)
class _Input:
    """What gets one vector."""

    content: str
    tokens: int


@ROUTES.post(
    "/openai/deployments/{deployment}/embeddings",
    hosts=OPENAI_HOSTS,
    family="openai",
    data_action=_ACTION,
    operation=_OPERATION,
)
async def by_deployment(azure: "Azure", request: InferenceRequest) -> Reply:  # noqa: ARG001  # one shape for handlers
    request.check_openai_version()
    return _embedded(request.deployment(request["deployment"], "embeddings"), request.json())


@ROUTES.post(
    "/openai/v1/embeddings",
    hosts=OPENAI_HOSTS,
    family="openai",
    data_action=_ACTION,
    operation=_OPERATION,
    bearer_key=True,
)
async def version_1(azure: "Azure", request: InferenceRequest) -> Reply:  # noqa: ARG001  # one shape for handlers
    request.check_v1_version()
    body = request.json()
    if not body.get("model"):
        raise errors.invalid("you must provide a model parameter", param=None)
    return _embedded(request.deployment(body["model"], "embeddings"), body)


def _embedded(deployment: "Deployment", body: Json) -> Reply:
    inputs = _inputs(body)
    size = _size(str(deployment.model["name"]), body)
    encoding = body.get("encoding_format") or "float"
    if encoding not in {"float", "base64"}:
        raise errors.invalid(
            f"Invalid value: '{encoding}'. Supported values are: 'float' and 'base64'.",
            param="encoding_format",
            code="invalid_value",
        )
    data = [
        {"object": "embedding", "index": index, "embedding": _encoded(_vector(each.content, size), encoding)}
        for index, each in enumerate(inputs)
    ]
    used = sum(each.tokens for each in inputs)
    usage = {"prompt_tokens": used, "total_tokens": used}
    body = {"object": "list", "data": data, "model": deployment.model["name"], "usage": usage}
    return Reply(body=body, headers=answered_by(deployment, used))


def _inputs(body: Json) -> list[_Input]:
    """A text or its tokens, or a list of either; raises the API's 400 for anything else."""
    value: Any = body.get("input")
    each = value if isinstance(value, list) and not _is_tokens(value) else [value]
    if each and (all(map(_is_text, each)) or all(map(_is_tokens, each))):
        return [_input(one) for one in each]
    raise errors.invalid("'$.input' is invalid. Please check the API reference.", param=None)


def _is_text(value: Any) -> bool:
    return isinstance(value, str) and bool(value)


def _is_tokens(value: Any) -> bool:
    return isinstance(value, list) and bool(value) and all(type(each) is int and each >= 0 for each in value)


def _input(value: str | list[int]) -> _Input:
    return _Input(value, tokens_in(value)) if isinstance(value, str) else _Input(str(value), len(value))


def _size(model: str, body: Json) -> int:
    whole = _SIZES[model]
    asked: int | None = typed(body, "dimensions", (int,))
    if asked is None:
        return whole
    if model.endswith("ada-002"):
        raise errors.invalid("This model does not support specifying dimensions.", param=None)
    if not 1 <= asked <= whole:
        raise errors.invalid(f"Invalid value for 'dimensions': it must be between 1 and {whole}.", param="dimensions")
    return asked


def _vector(text: str, size: int) -> list[float]:
    source = random.Random(hashlib.sha256(text.encode()).digest())
    raw = [source.gauss(0, 1) for _ in range(size)]
    length = math.sqrt(sum(each * each for each in raw))
    return [each / length for each in raw]


def _encoded(vector: list[float], encoding: str) -> list[float] | str:
    return vector if encoding == "float" else base64.b64encode(struct.pack(f"<{len(vector)}f", *vector)).decode()
