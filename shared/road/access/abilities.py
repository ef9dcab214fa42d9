"""What consumers of an account do, in words, and the data action that each takes.

"Azure permissions for AI + machine learning" names the data actions. A model that is not OpenAI's is called by the
inference endpoint, for which `MaaS` stands (models as a service).
"""

from collections.abc import Mapping

_ACCOUNTS = "Microsoft.CognitiveServices/accounts"
OPENAI_CHAT = f"{_ACCOUNTS}/OpenAI/deployments/chat/completions/action"
OPENAI_EMBEDDINGS = f"{_ACCOUNTS}/OpenAI/deployments/embeddings/action"
OPENAI_RESPONSES = f"{_ACCOUNTS}/OpenAI/responses/write"
OPENAI_MODELS = f"{_ACCOUNTS}/OpenAI/models/read"
MODELS_CHAT = f"{_ACCOUNTS}/MaaS/chat/completions/action"
MODELS_EMBEDDINGS = f"{_ACCOUNTS}/MaaS/embeddings/action"
AGENTS = f"{_ACCOUNTS}/AIServices/agents/write"
AGENT_CALL = f"{_ACCOUNTS}/AIServices/endpoints/interact/action"
LANGUAGE = f"{_ACCOUNTS}/Language/analyze-text/action"
SPEECH = f"{_ACCOUNTS}/SpeechServices/speechrest/transcriptions/write"

INFERENCE: Mapping[str, str] = {
    "chat completions by the OpenAI endpoint": OPENAI_CHAT,
    "embeddings by the OpenAI endpoint": OPENAI_EMBEDDINGS,
    "responses by the OpenAI endpoint": OPENAI_RESPONSES,
    "chat completions by the inference endpoint, any model": MODELS_CHAT,
    "embeddings by the inference endpoint, any model": MODELS_EMBEDDINGS,
}
ABILITIES: Mapping[str, str] = {
    **INFERENCE,
    "list the OpenAI models": OPENAI_MODELS,
    "make and change agents": AGENTS,
    "call published agents": AGENT_CALL,
    "analyze text": LANGUAGE,
    "transcribe speech": SPEECH,
}
