"""What the provider offers: kinds of account with their SKUs and endpoints, regions, models."""

from dataclasses import dataclass

from simulator.resource_manager.locations import REGIONS

LOCATIONS = tuple(REGIONS)
TIERS = {"F": "Free", "S": "Standard", "C": "Standard", "D": "Standard", "E": "Enterprise"}

REGIONAL = "https://{location}.api.cognitive.microsoft.com/"
COGNITIVE = "https://{subdomain}.cognitiveservices.azure.com/"
OPENAI = "https://{subdomain}.openai.azure.com/"
FOUNDRY_API = "AI Foundry API"
FOUNDRY = "https://{subdomain}.services.ai.azure.com/"
_OPENAI_APIS = dict.fromkeys(("OpenAI Language Model Instance API", "OpenAI Dall-E API", "OpenAI Sora API", "OpenAI Moderations API", "OpenAI Whisper API", "OpenAI Model Scaleset API", "OpenAI Realtime API"), OPENAI)  # fmt: skip
_LANGUAGE = dict.fromkeys(("Language", "TextAnalytics", "QuestionAnswering"), COGNITIVE)
_SPEECH = dict.fromkeys(("Speech Services Speech to Text", "Speech Services Text to Speech"), COGNITIVE)


@dataclass(frozen=True, slots=True)
class Kind:
    """`endpoints` maps the names Azure lists to a template; `long_keys`: 84 characters, not 32 hexadecimal digits."""

    name: str
    skus: tuple[str, ...]
    endpoints: dict[str, str]
    endpoint: str = COGNITIVE
    long_keys: bool = False
    models: bool = False
    projects: bool = False


def _classic(name: str, *skus: str) -> Kind:
    return Kind(name, skus, {name: COGNITIVE, "Container": COGNITIVE})


KINDS = {
    kind.name: kind
    for kind in (
        Kind(
            "AIServices",
            ("S0",),
            {
                FOUNDRY_API: FOUNDRY,
                **_OPENAI_APIS,
                "Azure AI Model Inference API": FOUNDRY,
                "Content Safety": COGNITIVE,
                "Computer Vision": COGNITIVE,
                "FormRecognizer": COGNITIVE,
                **_LANGUAGE,
                **_SPEECH,
                "Token": COGNITIVE,
            },
            long_keys=True,
            models=True,
            projects=True,
        ),
        Kind(
            "OpenAI",
            ("S0",),
            {**_OPENAI_APIS, "Token Service API": OPENAI, "Azure OpenAI Legacy API - Latest moniker": OPENAI},
            endpoint=OPENAI,
            long_keys=True,
            models=True,
        ),
        Kind(
            "CognitiveServices",
            ("S0",),
            {"Computer Vision": COGNITIVE, "Face": COGNITIVE, **_LANGUAGE, **_SPEECH, "Token": COGNITIVE},
        ),
        _classic("ComputerVision", "F0", "S1"),
        _classic("ContentModerator", "F0", "S0"),
        _classic("ContentSafety", "F0", "S0"),
        _classic("ConversationalLanguageUnderstanding", "S"),
        _classic("CustomVision.Prediction", "F0", "S0"),
        _classic("CustomVision.Training", "F0", "S0"),
        _classic("Face", "F0", "S0", "E0"),
        _classic("FormRecognizer", "F0", "S0", "C0", "D0"),
        _classic("HealthInsights", "F0", "S0"),
        _classic("ImmersiveReader", "S0", "S1"),
        _classic("LUIS", "F0", "S0"),
        _classic("LUIS.Authoring", "F0"),
        _classic("MetricsAdvisor", "S0"),
        _classic("Personalizer", "F0", "S0"),
        _classic("QnAMaker", "F0", "S0"),
        _classic("SpeechServices", "F0", "S0"),
        _classic("TextAnalytics", "F0", "S"),
        _classic("TextTranslation", "F0", "S1", "S2", "S3", "S4", "C2", "C3", "C4", "D3"),
    )
}


@dataclass(frozen=True, slots=True)
class Model:
    """A model that can be deployed; `abilities` are its capabilities as the service spells them."""

    format: str
    name: str
    version: str
    skus: tuple[str, ...]
    abilities: tuple[str, ...]
    default: bool = True
    context: int = 128_000

    def capabilities(self) -> dict[str, str]:
        """As Azure lists them: text for every value, figures included."""
        chat = {"maxContextToken": str(self.context), "maxOutputToken": "4096"}
        return dict.fromkeys(self.abilities, "true") | (chat if "chatCompletion" in self.abilities else {})


_CHAT = ("chatCompletion", "responses", "agentsV2")
MODELS = (
    Model(
        "OpenAI",
        "gpt-35-turbo",
        "0125",
        ("Standard", "ProvisionedManaged"),
        ("completion", "chatCompletion", "assistants"),
        context=16_385,
    ),
    Model("OpenAI", "gpt-4o", "2024-08-06", ("Standard", "GlobalStandard", "DataZoneStandard"), _CHAT, default=False),
    Model("OpenAI", "gpt-4o", "2024-11-20", ("Standard", "GlobalStandard", "DataZoneStandard"), _CHAT),
    Model("OpenAI", "gpt-4o-mini", "2024-07-18", ("Standard", "GlobalStandard", "DataZoneStandard"), _CHAT),
    Model("OpenAI", "gpt-4.1", "2025-04-14", ("GlobalStandard", "DataZoneStandard"), _CHAT),
    Model("OpenAI", "gpt-4.1-mini", "2025-04-14", ("GlobalStandard", "DataZoneStandard"), _CHAT),
    Model("OpenAI", "gpt-5-mini", "2025-08-07", ("GlobalStandard", "DataZoneStandard"), _CHAT),
    Model("OpenAI", "text-embedding-ada-002", "2", ("Standard", "GlobalStandard"), ("embeddings",)),
    Model("OpenAI", "text-embedding-3-small", "1", ("Standard", "GlobalStandard"), ("embeddings",)),
    Model("OpenAI", "text-embedding-3-large", "1", ("Standard", "GlobalStandard"), ("embeddings",)),
    Model("DeepSeek", "DeepSeek-R1", "1", ("GlobalStandard",), ("chatCompletion",)),
    Model("Meta", "Llama-3.3-70B-Instruct", "5", ("GlobalStandard",), ("chatCompletion",)),
    Model("Microsoft", "Phi-4", "7", ("GlobalStandard",), ("chatCompletion",)),
    Model("Mistral AI", "Mistral-Large-2411", "2", ("GlobalStandard",), ("chatCompletion",)),
)
DEPLOYMENT_SKUS = frozenset(
    {"Standard", "GlobalStandard", "DataZoneStandard", "GlobalBatch", "DataZoneBatch", "ProvisionedManaged",
     "GlobalProvisionedManaged", "DataZoneProvisionedManaged", "DeveloperTier"}
)  # fmt: skip
MAX_CAPACITY = 1000


def kind_named(name: str) -> Kind | None:
    """The kind of this name, without regard to case."""
    wanted = name.lower()
    return next((kind for kind in KINDS.values() if kind.name.lower() == wanted), None)


def models_for(kind: Kind) -> tuple[Model, ...]:
    """What an account of this kind can deploy: Azure OpenAI takes models in OpenAI's format only."""
    if not kind.models:
        return ()
    return tuple(model for model in MODELS if kind.projects or model.format == "OpenAI")


def usage_name(model: Model, sku: str) -> str:
    """What the quota of a model under a SKU is called; versions of a model share it."""
    return f"{model.format}.{sku}.{model.name}"


def tier(sku: str) -> str:
    return TIERS[sku[0]]
