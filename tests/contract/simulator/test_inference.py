"""The data plane of AI accounts: what lets a call in, and what the answers look like."""

import json
from dataclasses import replace
from datetime import timedelta
from typing import Any

import pytest

from simulator.azure import Azure
from simulator.cognitive_services.account import Actor, Deployment, Trace, Work
from simulator.cognitive_services.project import Project
from simulator.inference.service import Inference
from tests.contract.simulator.calling import Answer, Client

SUBSCRIPTION = "11111111-1111-4111-8111-111111111111"
COGNITIVE = "https://cognitiveservices.azure.com"
FOUNDRY = "https://ai.azure.com"
USER = "a97b65f3-24c7-4388-baec-2e87135dc908"
OPENAI_USER = "5e0bd9bd-7b93-4f28-af87-19fc36ad61bd"
CONTRIBUTOR = "25fbc0a9-bd7c-42a3-aa1a-3b75d497ee68"
CHAT = "/openai/deployments/gpt/chat/completions?api-version=2024-10-21"
MODELS = "/models/chat/completions?api-version=2024-05-01-preview"
ASK = {"messages": [{"role": "user", "content": "the four words here"}]}
KEY_REFUSED = "Access denied due to invalid subscription key or wrong API endpoint."


class Tenant:
    def __init__(self, kind: str = "AIServices") -> None:
        self.azure = Azure()
        self.azure.knobs = self.azure.knobs.turned({"role_propagation": 0})
        self.azure.resources.add_subscription("Production", SUBSCRIPTION)
        self.azure.resources.add_group(SUBSCRIPTION, "rg-ai")
        now = self.azure.clock.now()
        self.account = self.azure.cognitive.add(
            SUBSCRIPTION, "rg-ai", "acme", kind=kind, properties={"customSubDomainName": "acme"}
        )
        trace = Trace.begun(Actor("seed", is_user=False), now)
        for name, model, ability in (
            ("gpt", "gpt-4o", "chatCompletion"),
            ("embed", "text-embedding-3-small", "embeddings"),
        ):
            self.account.deployments[name] = Deployment(
                self.account.id, name, {"name": "Standard"}, {"format": "OpenAI", "name": model, "version": "1"}, {},
                {ability: "true"}, Work(now, now), trace,
            )  # fmt: skip
        self.ada = self.azure.directory.add_user("Ada", now)
        self.key = self.account.keys["Key1"] if "Key1" in self.account.keys else next(iter(self.account.keys.values()))

    def client(self, host: str = "acme.openai.azure.com") -> Client:
        return Client(self.azure, Inference(self.azure), host)

    def grant(self, role: str) -> None:
        self.azure.authorization.grant(self.account.id, self.ada.id, role)

    def add_project(self, name: str, seconds: int = 0) -> None:
        now = self.azure.clock.now()
        trace = Trace.begun(Actor("seed", is_user=False), now)
        self.account.projects[name.lower()] = Project(
            self.account.id, name, "westeurope", {}, Work(now, now + timedelta(seconds=seconds)), trace
        )

    def set(self, **properties: Any) -> None:
        self.account.properties |= properties
        self.account.touch(Actor("someone", is_user=True), self.azure.clock.now())


def chunks_of(answer: Answer) -> list[Any]:
    """What a stream says before its end."""
    lines = [line.removeprefix("data: ") for line in answer.content.decode().split("\n\n") if line]
    return [json.loads(line) for line in lines if line != "[DONE]"]


@pytest.fixture
def tenant() -> Tenant:
    return Tenant()


async def test_a_key_lets_in_until_it_is_another(tenant: Tenant) -> None:
    client = tenant.client()
    answer = await client.post(CHAT, ASK, api_key=tenant.key)
    assert answer.status == 200
    assert answer.body["object"] == "chat.completion"
    assert answer.body["choices"][0]["message"]["content"] == "the four words here"
    assert answer.body["usage"]["total_tokens"] == (
        answer.body["usage"]["prompt_tokens"] + answer.body["usage"]["completion_tokens"]
    )
    assert answer.headers["x-ms-region"] == "West Europe"
    assert (await client.post(CHAT, ASK, Ocp_Apim_Subscription_Key=tenant.key)).status == 200
    assert (await client.post("/openai/v1/chat/completions", {**ASK, "model": "gpt"}, Authorization=f"Bearer {tenant.key}")).status == 200  # fmt: skip
    tenant.account.keys = {name: "regenerated" + name for name in tenant.account.keys}
    refused = await client.post(CHAT, ASK, api_key=tenant.key)
    assert (refused.status, refused.error["code"]) == (401, "401")
    assert refused.error["message"].startswith(KEY_REFUSED)


async def test_disabling_local_auth_reaches_the_data_plane_late_and_in_two_forms(tenant: Tenant) -> None:
    openai, cognitive = tenant.client(), tenant.client("acme.cognitiveservices.azure.com")
    language = "/language/:analyze-text?api-version=2023-04-01"
    text = {
        "kind": "LanguageDetection",
        "analysisInput": {"documents": [{"id": "1", "text": "Hallo, das ist die Welt"}]},
    }
    tenant.set(disableLocalAuth=True)
    detected = await cognitive.post(language, text, Ocp_Apim_Subscription_Key=tenant.key)
    assert detected.body["results"]["documents"][0]["detectedLanguage"]["iso6391Name"] == "de"
    tenant.azure.clock.advance(tenant.azure.knobs.local_auth_lag + 1)
    off = await openai.post(CHAT, ASK, api_key=tenant.key)
    assert (off.status, off.error["code"]) == (403, "AuthenticationTypeDisabled")
    classic = await cognitive.post(language, text, Ocp_Apim_Subscription_Key=tenant.key)
    assert classic.status == 401
    assert classic.error["message"].startswith(KEY_REFUSED)


async def test_a_token_needs_a_role_with_the_data_action_of_its_path(tenant: Tenant) -> None:
    openai = tenant.client().as_(tenant.ada, COGNITIVE)
    models = tenant.client("acme.services.ai.azure.com").as_(tenant.ada, COGNITIVE)
    tenant.grant(CONTRIBUTOR)
    denied = await openai.post(CHAT, ASK)
    assert (denied.status, denied.error["code"]) == (401, "PermissionDenied")
    assert denied.error["message"] == "Principal does not have access to API/Operation."
    tenant.grant(OPENAI_USER)
    assert (await openai.post(CHAT, ASK)).status == 200
    lacking = await models.post(MODELS, {**ASK, "model": "gpt"})
    assert lacking.status == 401
    assert (
        "lacks the required data action `Microsoft.CognitiveServices/accounts/MaaS/chat/completions/action`"
        in (lacking.error["message"])
    )
    tenant.grant(USER)
    assert (await models.post(MODELS, {**ASK, "model": "gpt"})).status == 200


async def test_a_project_path_wants_its_own_audience_and_refuses_with_403(tenant: Tenant) -> None:
    path = "/api/projects/demo/openai/v1/chat/completions"
    host = tenant.client("acme.services.ai.azure.com")
    assert (await host.as_(tenant.ada, COGNITIVE).post(path, ASK)).status == 401
    denied = await host.as_(tenant.ada, FOUNDRY).post(path, ASK)
    assert (denied.status, denied.error["code"]) == (403, "PermissionDenied")


async def test_a_project_of_the_account_answers_as_the_account_does(tenant: Tenant) -> None:
    tenant.grant(USER)
    tenant.add_project("Demo")
    host = tenant.client("acme.services.ai.azure.com").as_(tenant.ada, FOUNDRY)
    body = {**ASK, "model": "gpt"}
    answer = await host.post("/api/projects/demo/openai/v1/chat/completions", body)
    assert answer.status == 200
    assert answer.body["choices"][0]["message"]["content"] == "the four words here"
    nameless = await host.post("/api/projects/demo/openai/v1/chat/completions", ASK)
    assert (nameless.status, nameless.error["message"]) == (400, "you must provide a model parameter")
    absent = await host.post("/api/projects/other/openai/v1/chat/completions", body)
    assert (absent.status, absent.error) == (404, {"code": "404", "message": "Resource not found"})


async def test_a_project_that_is_being_made_does_not_answer_yet(tenant: Tenant) -> None:
    tenant.grant(USER)
    tenant.add_project("demo", seconds=60)
    host = tenant.client("acme.services.ai.azure.com").as_(tenant.ada, FOUNDRY)
    call = "/api/projects/demo/openai/v1/chat/completions", {**ASK, "model": "gpt"}
    assert (await host.post(*call)).status == 404
    tenant.azure.clock.advance(61)
    assert (await host.post(*call)).status == 200


async def test_a_token_for_another_service_or_none_is_refused_with_the_audience(tenant: Tenant) -> None:
    tenant.grant(USER)
    arm = await tenant.client().as_(tenant.ada, "https://management.azure.com").post(CHAT, ASK)
    none = await tenant.client().post(CHAT, ASK)
    for answer in (arm, none):
        assert (answer.status, answer.body["statusCode"]) == (401, 401)
        assert f"audience is incorrect ({COGNITIVE})" in answer.body["message"]
    assert (await tenant.client().as_(tenant.ada, FOUNDRY).post(CHAT, ASK)).status == 200


async def test_the_inference_endpoint_names_both_audiences_and_refuses_that_of_machine_learning(tenant: Tenant) -> None:
    tenant.grant(USER)
    host = tenant.client("acme.services.ai.azure.com")
    refused = await host.as_(tenant.ada, "https://ml.azure.com").post(MODELS, {**ASK, "model": "gpt"})
    assert (refused.status, refused.body["statusCode"]) == (401, 401)
    assert f"audience is incorrect ({COGNITIVE} or {FOUNDRY})" in refused.body["message"]


async def test_models_of_others_than_openai_are_not_behind_the_paths_of_their_deployments(tenant: Tenant) -> None:
    deployed = tenant.account.deployments["gpt"]
    model = {"format": "DeepSeek", "name": "DeepSeek-R1", "version": "1"}
    tenant.account.deployments["deep"] = replace(deployed, name="deep", model=model)
    by_path = await tenant.client().post(CHAT.replace("/gpt/", "/deep/"), ASK, api_key=tenant.key)
    assert (by_path.status, by_path.error) == (404, {"code": "404", "message": "Resource not found"})
    body = {**ASK, "model": "deep"}
    assert (await tenant.client().post("/openai/v1/chat/completions", body, api_key=tenant.key)).status == 200
    foundry = tenant.client("acme.services.ai.azure.com")
    assert (await foundry.post(MODELS, body, api_key=tenant.key)).status == 200


async def test_a_regional_host_takes_the_key_and_never_a_token(tenant: Tenant) -> None:
    tenant.grant(USER)
    client = tenant.client("westeurope.api.cognitive.microsoft.com")
    assert (await client.post(CHAT, ASK, api_key=tenant.key)).status == 200
    assert (await tenant.client("eastus.api.cognitive.microsoft.com").post(CHAT, ASK, api_key=tenant.key)).status == 401
    refused = await client.as_(tenant.ada, COGNITIVE).post(CHAT, ASK)
    assert (refused.status, refused.error["code"]) == (400, "BadRequest")
    assert "custom subdomain" in refused.error["message"]


@pytest.mark.parametrize(
    ("properties", "message"),
    [
        ({"publicNetworkAccess": "Disabled"}, "Public access is disabled. Please configure private endpoint."),
        ({"networkAcls": {"defaultAction": "Deny"}}, "Access denied due to Virtual Network/Firewall rules."),
    ],
)
async def test_a_closed_network_is_closed_to_a_good_key_too(
    tenant: Tenant, properties: dict[str, Any], message: str
) -> None:
    tenant.set(**properties)
    answer = await tenant.client().post(CHAT, ASK, api_key=tenant.key)
    assert (answer.status, answer.error["message"]) == (403, message)


WRONG = [
    ("/openai/deployments/nothing/chat/completions?api-version=2024-10-21", ASK, 404, "DeploymentNotFound"),
    ("/openai/deployments/embed/chat/completions?api-version=2024-10-21", ASK, 400, "OperationNotSupported"),
    ("/openai/deployments/gpt/chat/completions", ASK, 404, "404"),
    ("/deployments/gpt/chat/completions?api-version=2024-10-21", ASK, 404, "404"),
    (CHAT, {}, 400, "missing_required_parameter"),
    (CHAT, {"messages": [{"role": "robot", "content": "x"}]}, 400, "invalid_value"),
    (CHAT, {**ASK, "nonsense": 1}, 400, None),
    (MODELS, {**ASK, "model": "gpt"}, 404, "404"),
    ("/openai/v1/responses", {}, 501, "NotImplemented"),
]


@pytest.mark.parametrize(("target", "body", "status", "code"), WRONG)
async def test_each_mistake_is_refused_in_the_services_words(
    tenant: Tenant, target: str, body: Any, status: int, code: str | None
) -> None:
    answer = await tenant.client().post(target, body, api_key=tenant.key)
    assert (answer.status, answer.error["code"]) == (status, code)


async def test_an_account_that_is_not_settled_or_not_there_has_no_host(tenant: Tenant) -> None:
    assert (await tenant.client("nobody.openai.azure.com").post(CHAT, ASK, api_key=tenant.key)).status == 404
    tenant.account.work = replace(tenant.account.work, ends=tenant.azure.clock.advance(0).replace(year=2099))
    assert (await tenant.client().post(CHAT, ASK, api_key=tenant.key)).status == 404


async def test_a_stream_ends_with_done_and_says_the_same(tenant: Tenant) -> None:
    answer = await tenant.client().post(CHAT, {**ASK, "stream": True}, api_key=tenant.key)
    assert answer.content.endswith(b"data: [DONE]\n\n")
    assert answer.headers["Content-Type"].startswith("text/event-stream")
    choices = [choice for chunk in chunks_of(answer) for choice in chunk["choices"]]
    assert "".join(choice["delta"].get("content", "") for choice in choices) == "the four words here"


async def test_a_stream_of_azure_openai_begins_with_the_prompts_filters_and_has_those_of_each_word(
    tenant: Tenant,
) -> None:
    body = {**ASK, "model": "gpt", "stream": True}
    whole = await tenant.client().post(CHAT, ASK, api_key=tenant.key)
    for target in (CHAT, "/openai/v1/chat/completions"):
        first, *others = chunks_of(await tenant.client().post(target, body, api_key=tenant.key))
        assert first == {
            "id": "",
            "object": "",
            "created": 0,
            "model": "",
            "choices": [],
            "prompt_filter_results": whole.body["prompt_filter_results"],
        }
        choices = [chunk["choices"][0] for chunk in others]
        assert all("content_filter_results" in choice for choice in choices)
        worded = [choice["content_filter_results"] for choice in choices if choice["delta"].get("content")]
        assert worded == [whole.body["choices"][0]["content_filter_results"]] * 4


async def test_a_stream_has_no_filters_in_versions_before_them_nor_on_the_inference_endpoint(tenant: Tenant) -> None:
    body = {**ASK, "model": "gpt", "stream": True}
    early = CHAT.replace("2024-10-21", "2023-05-15")
    for host, target in (("acme.openai.azure.com", early), ("acme.services.ai.azure.com", MODELS)):
        answer = await tenant.client(host).post(target, body, api_key=tenant.key)
        assert [len(chunk["choices"]) for chunk in chunks_of(answer)] == [1] * 6
        assert b"filter_results" not in answer.content


async def test_a_stream_tells_its_usage_last_and_only_when_asked(tenant: Tenant) -> None:
    options = {"stream": True, "stream_options": {"include_usage": True}}
    whole = await tenant.client().post(CHAT, ASK, api_key=tenant.key)
    *others, last = chunks_of(await tenant.client().post(CHAT, {**ASK, **options}, api_key=tenant.key))
    assert (last["choices"], last["usage"]) == ([], whole.body["usage"])
    assert [chunk["usage"] for chunk in others] == [None] * 7
    silent = await tenant.client().post(CHAT, {**ASK, "stream": True}, api_key=tenant.key)
    assert not any("usage" in chunk for chunk in chunks_of(silent))


async def test_answers_tell_the_limits_of_the_deployments_capacity_and_what_is_left(tenant: Tenant) -> None:
    for deployed in tenant.account.deployments.values():
        deployed.sku = {"name": "Standard", "capacity": 10}
    embeddings = "/openai/deployments/embed/embeddings?api-version=2024-10-21"
    for target, body in ((CHAT, ASK), (embeddings, {"input": "some text"})):
        answer = await tenant.client().post(target, body, api_key=tenant.key)
        limits = {name.removeprefix("x-ratelimit-"): value for name, value in answer.headers.items() if "limit" in name}
        assert limits == {
            "limit-requests": "60",
            "remaining-requests": "59",
            "limit-tokens": "10000",
            "remaining-tokens": str(10_000 - answer.body["usage"]["total_tokens"]),
        }


async def test_a_call_above_the_limit_of_tokens_is_answered_and_leaves_none(tenant: Tenant) -> None:
    long = {"messages": [{"role": "user", "content": "word " * 2000}]}
    answer = await tenant.client().post(CHAT, long, api_key=tenant.key)
    assert (answer.status, answer.headers["x-ratelimit-remaining-tokens"]) == (200, "0")


async def test_models_and_embeddings_come_in_openais_form(tenant: Tenant) -> None:
    client = tenant.client()
    models = await client.get("/openai/models?api-version=2024-10-21", api_key=tenant.key)
    assert {"gpt-4o-2024-11-20"} <= {each["id"] for each in models.body["data"]}
    one = await client.get("/openai/v1/models/gpt-4o-2024-11-20", api_key=tenant.key)
    assert one.body["object"] == "model"
    made = await client.post("/openai/v1/embeddings", {"model": "embed", "input": ["a", "b"]}, api_key=tenant.key)
    assert [len(each["embedding"]) for each in made.body["data"]] == [1536, 1536]


async def test_tokens_are_embedded_as_texts_are_one_vector_for_each_array(tenant: Tenant) -> None:
    async def made(given: Any) -> Any:
        body = {"model": "embed", "input": given}
        return (await tenant.client().post("/openai/v1/embeddings", body, api_key=tenant.key)).body

    one = await made([9906, 1917, 0])
    assert [each["index"] for each in one["data"]] == [0]
    assert one["usage"] == {"prompt_tokens": 3, "total_tokens": 3}
    two = await made([[9906, 1917, 0], [1917]])
    assert [each["index"] for each in two["data"]] == [0, 1]
    assert two["usage"]["total_tokens"] == 4
    assert two["data"][0]["embedding"] == one["data"][0]["embedding"] != two["data"][1]["embedding"]


@pytest.mark.parametrize("given", [None, "", [], [[]], [""], ["a", 1], [[1], "a"], [1.5], [True], [-1], [[[1]]], {}])
async def test_what_is_neither_text_nor_tokens_is_not_embedded(tenant: Tenant, given: Any) -> None:
    body = {"model": "embed", "input": given}
    answer = await tenant.client().post("/openai/v1/embeddings", body, api_key=tenant.key)
    assert (answer.status, answer.error["message"]) == (
        400,
        "'$.input' is invalid. Please check the API reference.",
    )


INFERENCE_VERSIONS = [
    "2024-05-01-preview",
    "2025-02-01-preview",
    "2025-04-01",
    "2025-05-01",
    "2025-05-01-preview",
    "2025-05-15-preview",
]


@pytest.mark.parametrize("version", INFERENCE_VERSIONS)
async def test_the_inference_endpoint_takes_each_of_its_versions(tenant: Tenant, version: str) -> None:
    client = tenant.client("acme.services.ai.azure.com")
    target = f"/models/chat/completions?api-version={version}"
    assert (await client.post(target, {**ASK, "model": "gpt"}, api_key=tenant.key)).status == 200


async def test_the_inference_endpoint_refuses_a_version_it_does_not_have(tenant: Tenant) -> None:
    client = tenant.client("acme.services.ai.azure.com")
    target = "/models/chat/completions?api-version=2024-10-21"
    refused = await client.post(target, {**ASK, "model": "gpt"}, api_key=tenant.key)
    assert (refused.status, refused.error["message"]) == (400, "API version not supported")


REASONING_REFUSES = [
    (
        {"max_tokens": 10},
        "unsupported_parameter",
        "Unsupported parameter: 'max_tokens' is not supported with this model. Use 'max_completion_tokens' instead.",
    ),
    (
        {"temperature": 0.7},
        "unsupported_value",
        "Unsupported value: 'temperature' does not support 0.7 with this model. Only the default (1) value is supported.",
    ),
    (
        {"temperature": 0},
        "unsupported_value",
        "Unsupported value: 'temperature' does not support 0 with this model. Only the default (1) value is supported.",
    ),
]


@pytest.mark.parametrize("model", ["gpt-5", "gpt-5-mini", "gpt-5.1", "o1", "o3-mini", "o4-mini"])
@pytest.mark.parametrize(("sent", "code", "message"), REASONING_REFUSES)
async def test_a_model_that_reasons_refuses_what_it_does_not_take_and_names_it(
    tenant: Tenant, model: str, sent: dict[str, Any], code: str, message: str
) -> None:
    tenant.account.deployments["gpt"].model = {"format": "OpenAI", "name": model, "version": "1"}
    answer = await tenant.client().post(CHAT, {**ASK, **sent}, api_key=tenant.key)
    assert (answer.status, answer.error) == (
        400,
        {"code": code, "message": message, "type": "invalid_request_error", "param": next(iter(sent))},
    )
    fitting = {**ASK, "temperature": 1.0, "max_completion_tokens": 10}
    assert (await tenant.client().post(CHAT, fitting, api_key=tenant.key)).status == 200


@pytest.mark.parametrize(
    ("maker", "model"), [("OpenAI", "gpt-4o"), ("OpenAI", "gpt-5-chat"), ("DeepSeek", "DeepSeek-R1")]
)
async def test_other_models_take_any_temperature_and_a_limit_of_tokens(tenant: Tenant, maker: str, model: str) -> None:
    tenant.account.deployments["gpt"].model = {"format": maker, "name": model, "version": "1"}
    body = {**ASK, "model": "gpt", "temperature": 0.7, "max_tokens": 10}
    answer = await tenant.client().post("/openai/v1/chat/completions", body, api_key=tenant.key)
    assert answer.status == 200
