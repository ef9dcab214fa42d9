"""One call of each classic service: small, harmless, and answered at once.

The paths are those of the services' REST references, below the account's own host. A service that can do nothing without
something made in it before (a project, a model, a recording) lists what there is. Kinds that take no Entra ID token, that
have been retired, or whose every call needs such a thing have no example.
"""

import json
from dataclasses import dataclass
from typing import Any

_PICTURE = "https://learn.microsoft.com/azure/ai-services/computer-vision/media/quickstarts/presentation.png"


@dataclass(frozen=True, slots=True)
class Example:
    """A call: its method, its path with the query, its body as JSON (None where it has none), and what it does."""

    method: str
    path: str
    body: str | None
    does: str


def _post(path: str, body: Any, does: str) -> Example:
    return Example("POST", path, json.dumps(body), does)


def _get(path: str, does: str) -> Example:
    return Example("GET", path, None, does)


_LANGUAGE = _post(
    "language/:analyze-text?api-version=2024-11-01",
    {"kind": "LanguageDetection", "analysisInput": {"documents": [{"id": "1", "text": "Hello to you and the world"}]}},
    "Azure AI Language: says which language a text is in.",
)
_EXAMPLES = {
    "cognitiveservices": _LANGUAGE,
    "computervision": _post(
        "computervision/imageanalysis:analyze?api-version=2024-02-01&features=tags",
        {"url": _PICTURE},
        "Image Analysis: says what is in a picture.",
    ),
    "contentsafety": _post(
        "contentsafety/text:analyze?api-version=2024-09-01",
        {"text": "Hello to you and the world"},
        "Content Safety: says how harmful a text is.",
    ),
    "conversationallanguageunderstanding": _get(
        "language/authoring/analyze-conversations/projects?api-version=2023-04-01",
        "Conversational language understanding: lists the projects.",
    ),
    "face": _post(
        "face/v1.2/detect?returnFaceId=false&detectionModel=detection_03",
        {"url": _PICTURE},
        "Face: says where in a picture faces are.",
    ),
    "formrecognizer": _get(
        "documentintelligence/documentModels?api-version=2024-11-30", "Document Intelligence: lists the models."
    ),
    "speechservices": _get(
        "speechtotext/models/base?api-version=2024-11-15", "Speech to text: lists the models that come with it."
    ),
    "textanalytics": _LANGUAGE,
    "texttranslation": _post(
        "translator/text/v3.0/translate?api-version=3.0&to=de", [{"Text": "Hello"}], "Translator: Hello in German."
    ),
}


def example(kind: str) -> Example | None:
    """The example for a kind of account, None where there is none."""
    return _EXAMPLES.get(kind.lower())
