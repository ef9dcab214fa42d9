"""The body of a chat completion, checked as the API checks it."""

import re
from dataclasses import dataclass
from typing import Any

from simulator.inference import errors
from simulator.inference.request import tokens_in, typed
from simulator.wire import Json

_ROLES = ("system", "assistant", "user", "function", "tool", "developer")
_KNOWN = frozenset(
    {
        "messages", "model", "max_tokens", "max_completion_tokens", "temperature", "top_p", "n", "stream", "stop",
        "stream_options", "presence_penalty", "frequency_penalty", "logit_bias", "logprobs", "top_logprobs", "user",
        "seed", "response_format", "tools", "tool_choice", "parallel_tool_calls", "functions", "function_call",
        "data_sources", "reasoning_effort", "store", "metadata", "modalities", "prediction", "service_tier", "verbosity",
        "safety_identifier", "prompt_cache_key", "user_security_context", "audio",
    }
)  # fmt: skip
_MOST_CHOICES = 128
_HOTTEST = 2
# the only member of its family that does not reason is gpt-5-chat
_REASONING = re.compile(r"(o\d|gpt-5)(?!-chat$).*")


@dataclass(frozen=True, slots=True)
class Chat:
    """What the echo needs of a request."""

    last: str
    prompt_tokens: int
    max_tokens: int | None
    choices: int
    stream: bool
    usage_in_stream: bool


def checked(body: Json, model: Json, *, unknown_allowed: bool = False) -> Chat:
    """The request in a body for the model of a deployment; raises the API's 400s."""
    unknown = sorted(body.keys() - _KNOWN)
    if unknown and not unknown_allowed:
        raise errors.invalid(f"Unrecognized request argument supplied: {unknown[0]}", param=None)
    texts = _texts(body)
    _check_numbers(body)
    if model["format"] == "OpenAI" and _REASONING.fullmatch(model["name"]):
        _check_reasoning(body)
    options = typed(body, "stream_options", (dict,)) or {}
    return Chat(
        last=texts[-1],
        prompt_tokens=sum(tokens_in(text) + 4 for text in texts) + 3,
        max_tokens=_limit(body),
        choices=typed(body, "n", (int,)) or 1,
        stream=bool(typed(body, "stream", (bool,))),
        usage_in_stream=bool(options.get("include_usage")),
    )


def _texts(body: Json) -> list[str]:
    messages = typed(body, "messages", (list,))
    if messages is None:
        raise errors.invalid(
            "Missing required parameter: 'messages'.", param="messages", code="missing_required_parameter"
        )
    if not messages:
        raise errors.invalid(
            "Invalid 'messages': empty array. Expected an array with minimum length 1, but got an empty array instead.",
            param="messages",
            code="empty_array",
        )
    return [_text(each, f"messages[{index}]") for index, each in enumerate(messages)]


def _text(message: Any, where: str) -> str:
    if not isinstance(message, dict):
        raise errors.invalid(f"Invalid type for '{where}': expected an object.", param=where, code="invalid_type")
    role = message.get("role")
    if role not in _ROLES:
        listed = ", ".join(f"'{each}'" for each in _ROLES)
        raise errors.invalid(
            f"Invalid value: '{role}'. Supported values are: {listed}.", param=f"{where}.role", code="invalid_value"
        )
    content = message.get("content")
    if isinstance(content, str):
        return content
    if isinstance(content, list):
        return " ".join(str(part.get("text", "")) for part in content if isinstance(part, dict))
    if role == "assistant" and content is None:
        return ""
    raise errors.invalid(
        f"Invalid value for 'content': expected a string, got {'null' if content is None else type(content).__name__}.",
        param=f"{where}.content",
    )


def _check_numbers(body: Json) -> None:
    temperature = typed(body, "temperature", (float, int))
    if temperature is not None and not 0 <= temperature <= _HOTTEST:
        raise _out_of_range("temperature", temperature, f"a value between 0 and {_HOTTEST}")
    choices = typed(body, "n", (int,))
    if choices is not None and not 1 <= choices <= _MOST_CHOICES:
        raise _out_of_range("n", choices, f"a value between 1 and {_MOST_CHOICES}")


def _check_reasoning(body: Json) -> None:
    """Raises the 400s of what models that reason do not take. Azure OpenAI: "Reasoning models", not supported."""
    if body.get("max_tokens") is not None:
        raise errors.invalid(
            "Unsupported parameter: 'max_tokens' is not supported with this model. Use 'max_completion_tokens' instead.",
            param="max_tokens",
            code="unsupported_parameter",
        )
    temperature = body.get("temperature")
    if temperature not in {None, 1}:
        raise errors.invalid(
            f"Unsupported value: 'temperature' does not support {temperature} with this model. "
            "Only the default (1) value is supported.",
            param="temperature",
            code="unsupported_value",
        )


def _limit(body: Json) -> int | None:
    for name in ("max_completion_tokens", "max_tokens"):
        value: int | None = typed(body, name, (int,))
        if value is not None and value < 1:
            raise _out_of_range(name, value, "a value of at least 1")
        if value is not None:
            return value
    return None


def _out_of_range(name: str, value: float, expected: str) -> Exception:
    return errors.invalid(
        f"Invalid '{name}': value {value} is out of range. Expected {expected}.", param=name, code="invalid_value"
    )
