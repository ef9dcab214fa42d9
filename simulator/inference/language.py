"""Language: the analysis of texts. Azure AI Language REST: "Analyze Text", language detection only."""

import re
from typing import TYPE_CHECKING, Any

from simulator.inference import errors
from simulator.inference.request import CLASSIC_HOSTS, InferenceRequest
from simulator.routing import Routes
from simulator.wire import Json, Reply, WireFault

if TYPE_CHECKING:
    from simulator.azure import Azure

ROUTES = Routes()
_ACTION = "Microsoft.CognitiveServices/accounts/Language/analyze-text/action"
_VERSIONS = frozenset({"2022-05-01", "2023-04-01", "2024-11-01", "2025-11-01"})
_KINDS = frozenset({"TextAnalytics", "CognitiveServices", "AIServices"})
_ELSEWHERE = frozenset(
    {"SentimentAnalysis", "EntityRecognition", "EntityLinking", "KeyPhraseExtraction", "PiiEntityRecognition"}
)
_COMMON_WORDS = {
    ("English", "en"): {"the", "and", "is", "of", "to", "this", "hello", "world", "you"},
    ("German", "de"): {"der", "die", "das", "und", "ist", "nicht", "ein", "hallo", "welt"},
    ("French", "fr"): {"le", "la", "les", "et", "est", "un", "une", "bonjour", "monde"},
    ("Spanish", "es"): {"el", "los", "y", "es", "un", "una", "hola", "mundo", "que"},
}


@ROUTES.post(
    "/language/:analyze-text",
    hosts=CLASSIC_HOSTS,
    family="classic",
    data_action=_ACTION,
    operation="AnalyzeText_Submit",
)
async def analyze_text(azure: "Azure", request: InferenceRequest) -> Reply:  # noqa: ARG001  # one shape for handlers
    if request.account.kind.name not in _KINDS:
        raise errors.not_found()
    if request.call.query.get("api-version") not in _VERSIONS:
        raise _refused("InvalidArgument", "The api-version is missing or is not supported.")
    body = request.json()
    kind = body.get("kind")
    if kind in _ELSEWHERE:
        raise WireFault(501, "NotImplemented", f"The simulator does not implement the analysis '{kind}'.")
    if kind != "LanguageDetection":
        raise _refused("InvalidArgument", f"The value '{kind}' is no kind of analysis.")
    return Reply(body=_results(_documents(body)))


def _documents(body: Json) -> list[Json]:
    documents: Any = (body.get("analysisInput") or {}).get("documents")
    if not isinstance(documents, list) or not documents:
        raise _refused("InvalidRequest", "Request body must have at least one document in 'analysisInput'.")
    for each in documents:
        if not isinstance(each, dict) or not isinstance(each.get("id"), str) or not isinstance(each.get("text"), str):
            raise _refused("InvalidRequest", "A document needs an 'id' and a 'text'.")
    return documents


def _results(documents: list[Json]) -> Json:
    found = [{"id": each["id"], "detectedLanguage": _detected(each["text"]), "warnings": []} for each in documents]
    return {
        "kind": "LanguageDetectionResults",
        "results": {"documents": found, "errors": [], "modelVersion": "2024-04-01"},
    }


def _detected(text: str) -> Json:
    words = re.findall(r"\w+", text.lower())
    scores = {language: sum(word in common for word in words) for language, common in _COMMON_WORDS.items()}
    best = max(scores, key=lambda each: scores[each])
    if not scores[best]:
        return {"name": "(Unknown)", "iso6391Name": "(Unknown)", "confidenceScore": 0.0}
    score = round(scores[best] / sum(scores.values()), 2)
    return {"name": best[0], "iso6391Name": best[1], "confidenceScore": score}


def _refused(inner: str, message: str) -> WireFault:
    return WireFault(400, "InvalidRequest", "Invalid Request.", innererror={"code": inner, "message": message})
