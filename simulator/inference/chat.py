"""Chat completions in their four forms.

Azure OpenAI REST: "Chat completions - Create" (by deployment, version 1); Azure AI Model Inference REST: "Get Chat
Completions". The model is an echo: it repeats the last message, cut where `max_tokens` says so.
"""

import json
import uuid
from typing import TYPE_CHECKING

from simulator.inference import errors
from simulator.inference.chat_body import Chat, checked
from simulator.inference.rate_limits import answered_by
from simulator.inference.request import FOUNDRY_HOSTS, OPENAI_HOSTS, InferenceRequest, tokens_in
from simulator.routing import Routes
from simulator.wire import Json, Reply

if TYPE_CHECKING:
    from simulator.azure import Azure
    from simulator.cognitive_services.account import Deployment

ROUTES = Routes()
_OPENAI_ACTION = "Microsoft.CognitiveServices/accounts/OpenAI/deployments/chat/completions/action"
_OPERATION = "ChatCompletions_Create"
_INFERENCE_ACTION = "Microsoft.CognitiveServices/accounts/MaaS/chat/completions/action"
_SAFE: Json = {name: {"filtered": False, "severity": "safe"} for name in ("hate", "self_harm", "sexual", "violence")}
_PROMPT = [{"prompt_index": 0, "content_filter_results": _SAFE}]
_FILTERS_SINCE = "2023-06-01-preview"
_NAMELESS: Json = {"id": "", "created": 0, "model": "", "object": ""}  # the chunk before the model has begun


@ROUTES.post(
    "/openai/deployments/{deployment}/chat/completions",
    hosts=OPENAI_HOSTS,
    family="openai",
    data_action=_OPENAI_ACTION,
    operation=_OPERATION,
)
async def by_deployment(azure: "Azure", request: InferenceRequest) -> Reply:  # noqa: ARG001  # one shape for handlers
    request.check_openai_version()
    found = request.openai_deployment(request["deployment"], "chatCompletion")
    filters = request.call.query["api-version"] >= _FILTERS_SINCE
    return _completed(request, found, checked(request.json(), found.model), filters=filters)


@ROUTES.post(
    "/openai/v1/chat/completions",
    hosts=OPENAI_HOSTS,
    family="openai",
    data_action=_OPENAI_ACTION,
    operation=_OPERATION,
    bearer_key=True,
)
async def version_1(azure: "Azure", request: InferenceRequest) -> Reply:  # noqa: ARG001  # one shape for handlers
    return _version_1(request)


@ROUTES.post(
    "/models/chat/completions",
    hosts=FOUNDRY_HOSTS,
    family="models",
    data_action=_INFERENCE_ACTION,
    operation=_OPERATION,
)
async def by_inference_api(azure: "Azure", request: InferenceRequest) -> Reply:  # noqa: ARG001  # one shape for handlers
    request.check_inference_version()
    body = request.json()
    name = body.get("model") or request.call.headers.get("x-ms-model-mesh-model-name")
    if not name:
        raise errors.no_model_name()
    extra = request.call.headers.get("extra-parameters", "error").lower()
    found = request.deployment(name, "chatCompletion")
    chat = checked(body, found.model, unknown_allowed=extra in {"drop", "pass-through"})
    return _completed(request, found, chat, filters=False)


@ROUTES.post(
    "/api/projects/{project}/openai/v1/chat/completions",
    hosts=FOUNDRY_HOSTS,
    family="foundry",
    data_action=_OPENAI_ACTION,
    operation=_OPERATION,
)
async def by_project(azure: "Azure", request: InferenceRequest) -> Reply:  # noqa: ARG001  # one shape for handlers
    """Version 1 through a project, which has the deployments of its account; raises 404 where there is no such project."""
    found = request.account.projects.get(request["project"].lower())
    if found is None or found.work.running(request.now):
        raise errors.not_found()
    return _version_1(request)


def _version_1(request: InferenceRequest) -> Reply:
    request.check_v1_version()
    body = request.json()
    if not body.get("model"):
        raise errors.invalid("you must provide a model parameter", param=None)
    found = request.deployment(body["model"], "chatCompletion")
    return _completed(request, found, checked(body, found.model), filters=True)


def _completed(request: InferenceRequest, deployment: "Deployment", chat: Chat, *, filters: bool) -> Reply:
    """`filters`: whether a stream tells what the content filters found."""
    text = chat.last
    limit = chat.max_tokens
    cut = limit is not None and tokens_in(text) > limit
    if limit is not None and cut:
        text = text[: limit * 4]
    about: Json = {
        "id": f"chatcmpl-{uuid.uuid4().hex[:29]}",
        "created": int(request.now.timestamp()),
        "model": f"{deployment.model['name']}-{deployment.model['version']}",
        "system_fingerprint": f"fp_{uuid.uuid5(uuid.NAMESPACE_URL, deployment.id).hex[:10]}",
    }
    finish = "length" if cut else "stop"
    usage = _usage(chat, text)
    headers = answered_by(deployment, usage["total_tokens"])
    if chat.stream:
        headers |= {"Content-Type": "text/event-stream; charset=utf-8"}
        told = usage if chat.usage_in_stream else None
        return Reply(body=_events(about, text, finish, usage=told, filters=filters), headers=headers)
    choices = [_choice(index, text, finish) for index in range(chat.choices)]
    body = {**about, "object": "chat.completion", "choices": choices, "prompt_filter_results": _PROMPT, "usage": usage}
    return Reply(body=body, headers=headers)


def _choice(index: int, text: str, finish: str) -> Json:
    return {
        "index": index,
        "finish_reason": finish,
        "logprobs": None,
        "message": {"role": "assistant", "content": text, "refusal": None, "annotations": []},
        "content_filter_results": _SAFE,
    }


def _usage(chat: Chat, text: str) -> Json:
    prompt, completion = chat.prompt_tokens, tokens_in(text) * chat.choices
    return {
        "prompt_tokens": prompt,
        "completion_tokens": completion,
        "total_tokens": prompt + completion,
        "prompt_tokens_details": {"audio_tokens": 0, "cached_tokens": 0},
        "completion_tokens_details": {
            "accepted_prediction_tokens": 0,
            "audio_tokens": 0,
            "reasoning_tokens": 0,
            "rejected_prediction_tokens": 0,
        },
    }


def _events(about: Json, text: str, finish: str, *, usage: Json | None, filters: bool) -> bytes:
    """A stream of server-sent events: what the filters found in the prompt, the role, the words, the end, the usage."""
    head = {**about, "object": "chat.completion.chunk"}
    chunks = [{**head, "choices": [each]} for each in _deltas(text, finish, filters=filters)]
    if filters:
        chunks.insert(0, {**_NAMELESS, "choices": [], "prompt_filter_results": _PROMPT})
    if usage is not None:
        chunks = [{**each, "usage": None} for each in chunks]
        chunks.append({**head, "choices": [], "usage": usage})
    lines = [json.dumps(each, separators=(",", ":")) for each in chunks]
    return "".join(f"data: {line}\n\n" for line in [*lines, "[DONE]"]).encode()


def _deltas(text: str, finish: str, *, filters: bool) -> list[Json]:
    """The choice of each chunk; a filter finds nothing where there are no words."""
    parts: list[tuple[Json, str | None, Json]] = [({"role": "assistant", "content": "", "refusal": None}, None, {})]
    parts += [({"content": word}, None, _SAFE) for word in _words(text)]
    parts.append(({}, finish, {}))
    return [
        {"index": 0, "delta": delta, "finish_reason": end, "logprobs": None}
        | ({"content_filter_results": found} if filters else {})
        for delta, end, found in parts
    ]


def _words(text: str) -> list[str]:
    first, *others = text.split(" ")
    return [first, *(f" {word}" for word in others)]
