"""What an inference route gets, the hosts routes stand on, and checks that all of them share."""

import json
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import TYPE_CHECKING, Any

from simulator.inference import errors
from simulator.wire import Call, Json

if TYPE_CHECKING:
    from simulator.cognitive_services.account import Account, Deployment

OPENAI_HOSTS = frozenset(
    {"openai.azure.com", "cognitiveservices.azure.com", "services.ai.azure.com", "api.cognitive.microsoft.com"}
)
FOUNDRY_HOSTS = frozenset({"services.ai.azure.com"})
CLASSIC_HOSTS = frozenset({"cognitiveservices.azure.com", "services.ai.azure.com", "api.cognitive.microsoft.com"})
_OPENAI_VERSIONS = frozenset(
    {
        "2022-12-01", "2023-05-15", "2024-02-01", "2024-02-15-preview", "2024-03-01-preview", "2024-04-01-preview",
        "2024-05-01-preview", "2024-06-01", "2024-07-01-preview", "2024-08-01-preview", "2024-09-01-preview",
        "2024-10-01-preview", "2024-10-21", "2024-12-01-preview", "2025-01-01-preview", "2025-02-01-preview",
        "2025-03-01-preview", "2025-04-01-preview",
    }
)  # fmt: skip
_V1_VERSIONS = frozenset({"v1", "preview", "latest"})
_INFERENCE_VERSIONS = frozenset(
    {
        "2024-05-01-preview", "2025-02-01-preview", "2025-04-01", "2025-05-01", "2025-05-01-preview",
        "2025-05-15-preview",
    }
)  # fmt: skip


@dataclass(frozen=True, slots=True)
class InferenceRequest:
    """A call that was let in, with the account it reached."""

    call: Call
    parts: Mapping[str, str]
    account: "Account"
    now: datetime

    def __getitem__(self, part: str) -> str:
        return self.parts[part]

    def json(self) -> Json:
        """The body; raises the API's 400 where it is no JSON object."""
        try:
            body = json.loads(self.call.content)
        except ValueError as error:
            raise errors.invalid(
                "We could not parse the JSON body of your request. (HINT: This likely means you aren't using your HTTP "
                "library correctly. The OpenAI API expects a JSON payload, but what was sent was not valid JSON.)",
                param=None,
            ) from error
        if not isinstance(body, dict):
            raise errors.invalid("Invalid body: expected a JSON object.", param=None, code="invalid_type")
        return body

    def check_openai_version(self) -> None:
        """Raises 404, which is what Azure OpenAI makes of a version that is missing or unknown."""
        if self.call.query.get("api-version") not in _OPENAI_VERSIONS or not self.account.kind.models:
            raise errors.not_found()

    def check_v1_version(self) -> None:
        if self.call.query.get("api-version", "v1") not in _V1_VERSIONS or not self.account.kind.models:
            raise errors.not_found()

    def check_inference_version(self) -> None:
        if self.call.query.get("api-version") not in _INFERENCE_VERSIONS:
            raise errors.unsupported_version()

    def openai_deployment(self, name: str, ability: str) -> "Deployment":
        """The same by a path that only models of OpenAI have; raises 404 for those of others."""
        found = self.deployment(name, ability)
        if found.model["format"] != "OpenAI":
            raise errors.not_found()
        return found

    def deployment(self, name: Any, ability: str) -> "Deployment":
        """The settled deployment of this name; raises 404 where there is none, 400 where its model cannot do it."""
        found = self.account.deployments.get(name.lower()) if isinstance(name, str) else None
        if found is None or found.work.running(self.now):
            raise errors.deployment_not_found()
        if found.capabilities.get(ability) != "true":
            raise errors.wrong_model(ability, str(found.model["name"]))
        return found


def typed(body: Json, name: str, kinds: tuple[type, ...]) -> Any:
    """A body's value of one of these types, None where it is absent; raises 400 for any other type."""
    value = body.get(name)
    if value is None or (isinstance(value, kinds) and (bool in kinds or not isinstance(value, bool))):
        return value
    words = {
        str: "a string",
        bool: "a boolean",
        int: "an integer",
        float: "a decimal",
        list: "an array",
        dict: "an object",
    }
    raise errors.invalid(
        f"Invalid type for '{name}': expected {words[kinds[0]]}, but got {words.get(type(value), 'null')} instead.",
        param=name,
        code="invalid_type",
    )


def tokens_in(text: str) -> int:
    """About how many tokens a text has."""
    return max(1, (len(text) + 3) // 4) if text else 0
