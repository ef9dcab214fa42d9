"""Resource Manager's door, at its edges: who is let in, which paths and methods there are, what content it takes."""

import json
from collections.abc import Mapping
from urllib.parse import quote

import pytest
from multidict import CIMultiDict, CIMultiDictProxy

from simulator.authorization.routes import ROUTES as AUTHORIZATION
from simulator.resource_manager import casing
from simulator.resource_manager.front import Front
from simulator.server import Server
from simulator.traffic import WRONG_ON_PURPOSE
from simulator.wire import Call, Reply
from tests.contract.simulator.arm import ACCOUNTS, GROUP, SUBSCRIPTION, Arm

ACCOUNT = f"{ACCOUNTS}/acme-ai"
WHOLE = f"/subscriptions/{SUBSCRIPTION}"
TOPIC = "/providers/Microsoft.EventGrid/topics/outcomes"
UNKNOWN = "/subscriptions/22222222-2222-4222-8222-222222222222"


@pytest.fixture
def arm() -> Arm:
    made = Arm()
    front = made.server.services[0]
    assert isinstance(front, Front)
    made.server = Server(made.azure, [Front(made.azure, [AUTHORIZATION, front.routes])])
    made.azure.cognitive.add(SUBSCRIPTION, "rg-ai", "acme-ai")
    return made


async def send(
    arm: Arm, method: str, target: str, headers: Mapping[str, str] = {}, content: bytes = b""
) -> Reply:  # not changed
    """A call as it is, without a token of its own and out of the recorded traffic."""
    sent = CIMultiDictProxy(CIMultiDict({WRONG_ON_PURPOSE: "1", **headers}))
    reply = await arm.server.exchange(Call(method, f"https://management.azure.com{target}", sent, content))
    assert reply is not None
    return reply


def bearer(arm: Arm) -> dict[str, str]:
    return {"Authorization": f"Bearer {arm.azure.tokens.issue(arm.owner, 'https://management.azure.com')}"}


def code(reply: Reply) -> tuple[int, str]:
    return reply.status, reply.body["error"]["code"]


async def test_a_version_and_a_known_subscription_are_asked_for_before_a_token(arm: Arm) -> None:
    version = "?api-version=2025-06-01"
    assert code(await send(arm, "GET", ACCOUNT)) == (400, "MissingApiVersionParameter")
    assert code(await send(arm, "GET", f"/subscriptions/nonsense{version}")) == (400, "InvalidSubscriptionId")
    assert code(await send(arm, "GET", f"{UNKNOWN}{version}")) == (404, "SubscriptionNotFound")
    refused = await send(arm, "GET", ACCOUNT + version)
    assert code(refused) == (401, "AuthenticationFailed")
    tenant = arm.azure.directory.tenant
    assert f'authorization_uri="https://login.microsoftonline.com/{tenant}"' in refused.headers["WWW-Authenticate"]
    assert code(await send(arm, "GET", ACCOUNT + version, {"Authorization": "Bearer nonsense"})) == (
        401,
        "InvalidAuthenticationToken",
    )


async def test_a_token_for_another_audience_is_told_which_there_are(arm: Arm) -> None:
    token = arm.azure.tokens.issue(arm.owner, "https://graph.microsoft.com")
    reply = await send(arm, "GET", f"{ACCOUNT}?api-version=2025-06-01", {"Authorization": f"Bearer {token}"})
    assert code(reply) == (401, "InvalidAuthenticationTokenAudience")
    assert (
        "'https://management.core.windows.net/','https://management.core.windows.net'"
        in (reply.body["error"]["message"])
    )


@pytest.mark.parametrize(
    ("method", "path", "status", "expected"),
    [
        ("GET", "/providers/Microsoft.Nothing/things/a", 404, "InvalidResourceNamespace"),
        ("GET", "/providers/Microsoft.CognitiveServices/things/a", 404, "InvalidResourceType"),
        ("POST", "/providers/Microsoft.CognitiveServices/accounts/acme-ai/explode", 404, "InvalidResourceType"),
        ("GET", "/providers/Microsoft.CognitiveServices/accounts/acme-ai/raiPolicies", 501, "NotImplemented"),
        ("GET", "/providers/Microsoft.Compute/virtualMachines/vm", 501, "NotImplemented"),
        ("PATCH", f"/providers/Microsoft.Authorization/roleAssignments/{'1' * 8}", 405, "MethodNotAllowed"),
        ("PUT", "/providers/Microsoft.CognitiveServices/accounts", 405, "MethodNotAllowed"),
        ("GET", "/nonsense", 404, "NotFound"),
        ("POST", f"{TOPIC}/listKeys", 501, "NotImplemented"),
        ("POST", f"{TOPIC}/regenerateKey", 501, "NotImplemented"),
        ("GET", f"{TOPIC}/listKeys", 404, "InvalidResourceType"),
        ("GET", f"{TOPIC}/providers/Microsoft.EventGrid/eventTypes", 501, "NotImplemented"),
        ("POST", "/providers/Microsoft.Resources/deployments/d/validate", 501, "NotImplemented"),
        ("POST", "/providers/Microsoft.Resources/deployments/d/whatIf", 501, "NotImplemented"),
        ("POST", f"/providers/Microsoft.Authorization/roleAssignments/{'1' * 8}/validate", 501, "NotImplemented"),
        ("POST", "/providers/Microsoft.OperationalInsights/workspaces/w/regenerateSharedKey", 501, "NotImplemented"),
        ("GET", "/providers/Microsoft.MachineLearningServices/registries/r/models", 501, "NotImplemented"),
    ],
)
async def test_what_azure_does_not_have_gets_its_own_answer_and_what_it_has_a_501(
    arm: Arm, method: str, path: str, status: int, expected: str
) -> None:
    answer = await arm.call(method, GROUP + path, wrong=True)
    assert (answer.status, answer.code) == (status, expected)


@pytest.mark.parametrize(
    ("method", "path"),
    [
        ("GET", "/providers"),
        ("POST", "/batch"),
        ("POST", f"{WHOLE}/providers/Microsoft.EventGrid/unregister"),
        ("GET", f"{WHOLE}/providers/Microsoft.Insights/eventtypes/management/values"),
    ],
)
async def test_what_azure_serves_outside_a_resource_group_and_this_one_does_not_is_a_501(
    arm: Arm, method: str, path: str
) -> None:
    answer = await arm.call(method, path, wrong=True)
    assert (answer.status, answer.code) == (501, "NotImplemented")


async def test_a_fault_says_whether_resource_manager_itself_is_its_cause_and_a_providers_how_many_calls_are_left(
    arm: Arm,
) -> None:
    stranger, left = arm.user("Stranger"), "x-ms-ratelimit-remaining-subscription-writes"
    own = [
        await arm.call("GET", f"{ACCOUNTS}/nobody"),
        await arm.call("GET", f"{GROUP}-none/providers/Microsoft.CognitiveServices/accounts"),
        await arm.call("GET", f"{GROUP}/providers/Microsoft.CognitiveServices/things/a", wrong=True),
        await arm.call("GET", ACCOUNT, by=stranger),
        await arm.call("GET", UNKNOWN, version="2022-12-01"),
    ]
    assert [(each.code, each.headers.get("x-ms-failure-cause")) for each in own] == [
        ("ResourceNotFound", "gateway"),
        ("ResourceGroupNotFound", "gateway"),
        ("InvalidResourceType", "gateway"),
        ("AuthorizationFailed", "gateway"),
        ("SubscriptionNotFound", "gateway"),
    ]
    changed = await arm.call("PATCH", ACCOUNT, {"properties": {"disableLocalAuth": True}})
    refused = await arm.call("POST", f"{ACCOUNT}/listKeys")
    assert (changed.status, refused.status) == (200, 400)
    for each in (changed, refused):
        assert ("x-ms-failure-cause" in each.headers, left in each.headers) == (False, True)


async def test_a_version_is_refused_with_those_that_there_are(arm: Arm) -> None:
    routed = await arm.call("GET", ACCOUNT, version="2018-01-01", wrong=True)
    assert (routed.status, routed.code) == (400, "NoRegisteredProviderFound")
    assert routed.message.startswith(
        "No registered resource provider found for location 'westeurope' and API version '2018-01-01' for type "
        "'accounts'. The supported api-versions are '2017-04-18, 2021-04-30, "
    )
    extension = await arm.call("GET", f"{ACCOUNT}/providers/Microsoft.Authorization/roleAssignments", wrong=True)
    assert (extension.status, extension.code) == (404, "InvalidResourceType")
    assert extension.message.startswith(
        "The resource type 'roleAssignments' could not be found in the namespace 'Microsoft.Authorization' for api "
        "version '2025-06-01'. The supported api-versions are '2015-06-01,2015-07-01,"
    )
    own = await arm.call("GET", GROUP, version="2025-06-01", wrong=True)
    assert (own.status, own.code) == (400, "InvalidApiVersionParameter")
    assert own.message.startswith(
        "The api-version '2025-06-01' is invalid. The supported versions are '2025-04-01,2025-03-01,"
    )


@pytest.mark.parametrize(
    ("media_type", "content", "status", "expected"),
    [
        (None, b"{}", 415, "UnsupportedMediaType"),
        ("text/plain", b"{}", 415, "UnsupportedMediaType"),
        ("application/json", b"{", 400, "InvalidRequestContent"),
        ("application/json; charset=utf-8", b"[]", 400, "InvalidRequestContent"),
        ("application/json", b"\xff", 400, "InvalidRequestContent"),
        ("application/json", b'"' + b"a" * (4 * 1024 * 1024) + b'"', 413, "RequestContentTooLarge"),
    ],
)
async def test_content_is_json_by_its_type_and_by_itself_and_not_too_much(
    arm: Arm, media_type: str | None, content: bytes, status: int, expected: str
) -> None:
    headers = bearer(arm) | ({"Content-Type": media_type} if media_type else {})
    answer = await send(arm, "PATCH", f"{ACCOUNT}?api-version=2025-06-01", headers, content)
    assert code(answer) == (status, expected)


async def test_paths_and_query_names_ignore_case_encoding_and_a_slash_at_the_end(arm: Arm) -> None:
    plain = await send(arm, "GET", f"{ACCOUNT}?api-version=2025-06-01", bearer(arm))
    for target in (
        f"{ACCOUNT.upper().replace(SUBSCRIPTION.upper(), SUBSCRIPTION)}?API-Version=2025-06-01",
        f"{ACCOUNT}/?Api-Version=2025-06-01",
        f"/{quote(ACCOUNT.strip('/'), safe='')}?api-version=2025-06-01",
    ):
        assert (await send(arm, "GET", target, bearer(arm))).body == plain.body


async def test_head_tells_whether_a_resource_is_there_and_carries_no_body(arm: Arm) -> None:
    answers = [
        await send(arm, "HEAD", f"{path}?api-version=2025-06-01", bearer(arm)) for path in (ACCOUNT, f"{ACCOUNT}2")
    ]
    assert [(each.status, each.body) for each in answers] == [(204, None), (404, None)]


async def test_request_ids_come_back_where_they_are_asked_for(arm: Arm) -> None:
    ids = {"x-ms-client-request-id": "mine", "x-ms-correlation-request-id": "ours"}
    silent = await send(arm, "GET", f"{ACCOUNT}?api-version=2025-06-01", bearer(arm) | ids)
    asked = await send(
        arm, "GET", f"{ACCOUNT}?api-version=2025-06-01", bearer(arm) | ids | {"x-ms-return-client-request-id": "true"}
    )
    assert "x-ms-client-request-id" not in silent.headers
    assert (asked.headers["x-ms-client-request-id"], asked.headers["x-ms-correlation-request-id"]) == ("mine", "ours")
    left = int(asked.headers["x-ms-ratelimit-remaining-subscription-reads"])
    assert int(asked.headers["x-ms-ratelimit-remaining-subscription-global-reads"]) == 14 * 250 + left


async def test_every_variant_of_an_id_is_the_same_id_and_a_resource_keeps_its_own(arm: Arm) -> None:
    arm.azure.knobs = arm.azure.knobs.turned({"casing": "vary"})
    for number in range(16):
        arm.azure.cognitive.add(SUBSCRIPTION, "rg-ai", f"acme-{number}")
    stored = {each.name: each.id for each in arm.azure.cognitive.accounts.values()}
    listed = {each["name"]: each["id"] for each in (await arm.call("GET", ACCOUNTS)).body["value"]}
    assert {name: each.lower() for name, each in listed.items()} == {
        name: each.lower() for name, each in stored.items()
    }
    assert len({each.rpartition("/")[0] for each in listed.values()}) == 4
    for name, each in listed.items():
        assert (await arm.call("GET", f"{ACCOUNTS}/{name.upper()}")).body["id"] == each
        assert casing.varied_id(f"{each}/deployments/gpt") == f"{each}/deployments/gpt"


async def test_what_authorization_stored_comes_back_in_the_casing_it_was_sent_in(arm: Arm) -> None:
    arm.azure.knobs = arm.azure.knobs.turned({"casing": "vary"})
    for number in range(8):
        account = arm.azure.cognitive.add(SUBSCRIPTION, "rg-ai", f"Acme-{number}").id
        made = arm.azure.authorization.grant(account, arm.owner.id, "acdd72a7-3385-48ef-bd42-f606fba81ae7")
        shown = (await arm.call("GET", made.id, version="2022-04-01")).body
        assert (shown["id"], shown["properties"]["scope"]) == (made.id, account)


async def test_a_made_up_answer_is_an_error_as_azure_would_write_it(arm: Arm) -> None:
    arm.azure.faults.add({"path": "acme-ai", "answer": {"status": 503, "headers": {"Retry-After": "3"}}})
    answer = await arm.call("GET", ACCOUNT)
    assert (answer.status, answer.code, answer.headers["Retry-After"]) == (503, "ServiceUnavailable", "3")
    assert json.loads(json.dumps(answer.body)) == answer.body
