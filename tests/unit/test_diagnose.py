"""From an error's text and what was read to its cause, without a cloud: forms of texts, states that are rare, and any text at all."""

import time
from collections.abc import Iterable
from dataclasses import replace
from datetime import timedelta
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from shared.models import (
    NOT_READ,
    AccountRecord,
    Answer,
    Deployment,
    Effective,
    Entry,
    Exposure,
    ExposureKind,
    Holding,
    NamedGroup,
    NetworkRules,
    Permission,
    Principal,
    PrincipalKind,
    Unknown,
)
from shared.resource_id import ResourceId
from shared.road.diagnose.causes import CAUSES
from shared.road.diagnose.diagnosing import judged
from shared.road.diagnose.endpoint import Endpoint
from shared.road.diagnose.evidence import Evidence
from shared.road.diagnose.finding import Diagnosis, Verdict
from shared.road.diagnose.symptom import Client, Symptom, Words, read
from shared.sdk.inference import TokenAnswer
from tests.unit.builders import ACCOUNT_ID, NOW, USER_ROLE, account, assignment

WHO = "a11ce000-0000-4000-8000-000000000001"
EVERYTHING = (Permission(data_actions=("Microsoft.CognitiveServices/*",)),)
ROLE = "Principal does not have access to API/Operation."
BAD_KEY = "Access denied due to invalid subscription key or wrong API endpoint."
KEYS_OFF = "Key based authentication is disabled for this resource."
TOKEN = "Unauthorized. Access token is missing, invalid, audience is incorrect (https://cognitiveservices.azure.com), or have expired."
# What the words alone decide, whatever the account is like
SAID = {"deployment.notNamed", "deployment.cannot", "service.throttled", "sdk.outdated", "endpoint.apiVersion"}
SECRETS = ("0123456789abcdef" * 2, "Ab3" * 28, "eyJhbGciOi.eyJhdWQiOi.c2ln", "a+/" * 28 + "aa==")


def held(**changes: Any) -> Holding:
    made = Holding(
        USER_ROLE, "Cognitive Services User", ACCOUNT_ID, "direct", "id", EVERYTHING,
        created_at=NOW - timedelta(days=9), effective_from=NOW - timedelta(days=9),
    )  # fmt: skip
    return replace(made, **changes)


def effective(*holdings: Holding, **changes: Any) -> Effective:
    made = Effective(
        principal=Principal(WHO, PrincipalKind.USER, "Alice"), account=account(), holdings=holdings, denials=(),
        key_access_off=False, may_infer=Answer.UNKNOWN, may_list_keys=Answer.UNKNOWN, abilities=(), effective_from=None,
    )  # fmt: skip
    return replace(made, **changes)


def evidence(**changes: Any) -> Evidence:
    """Of an account that is in order, and of somebody who may call it."""
    made = Evidence(
        now=NOW, tenant="72f988bf-0000-4000-8000-00000000c0de", account=account(),
        deployments=(Deployment("gpt", "gpt-4o", "OpenAI"),), assignments=(assignment(principal_id=WHO),),
        effective=effective(held()), elsewhere=(), record=AccountRecord(), history=(),
        probe=TokenAnswer(True, "accepted", "200"),
    )  # fmt: skip
    return replace(made, **changes)


def diagnosed(symptom: Symptom, found: Evidence) -> Diagnosis:
    return judged(ResourceId.account(ACCOUNT_ID), WHO, read(symptom), found)


def of(text: str, **changes: Any) -> Diagnosis:
    return diagnosed(Symptom(text), evidence(**changes))


def first(found: Diagnosis) -> tuple[str, str]:
    assert found.likely, found
    return found.likely.code, found.likely.verdict.value


def sure(found: Diagnosis) -> Iterable[str]:
    return {each.code for each in found.findings if each.verdict is Verdict.CONFIRMED and each.explains}


@pytest.mark.parametrize(
    ("text", "status", "client"),
    [
        ("Error code: 401 - {'error': {'code': 'PermissionDenied', 'message': 'x'}}", 401, Client.UNKNOWN),
        (f"openai.AuthenticationError: Error code: 401 - {ROLE}", 401, Client.OPENAI),
        (
            "openai.NotFoundError: ... in AzureOpenAI.complete\nError code: 404 - Resource not found",
            404,
            Client.AZURE_OPENAI,
        ),
        ("(PermissionDenied) The principal lacks\nCode: PermissionDenied", 401, Client.UNKNOWN),
        ("azure.ai.inference: (404) Resource not found\nCode: 404", 404, Client.INFERENCE),
        ("HTTP 401 (PermissionDenied)\r\n\r\nPrincipal does not have access", 401, Client.UNKNOWN),
        (
            "Principal does not have access.\nStatus: 401 (Unauthorized)\nErrorCode: PermissionDenied",
            401,
            Client.UNKNOWN,
        ),
        ("curl: HTTP/2 403 \n", 403, Client.REST),
        (
            "httpx.HTTPStatusError: Client error '404 Not Found' for url 'https://a.openai.azure.com/x'",
            404,
            Client.REST,
        ),
        ('{"statusCode": 401, "message": "Unauthorized. Access token is missing"}', 401, Client.UNKNOWN),
        (KEYS_OFF, 403, Client.UNKNOWN),
        ("nothing of a status", None, Client.UNKNOWN),
        ("", None, Client.UNKNOWN),
    ],
)
def test_status_and_client_are_found_in_the_words_of_each_client(text: str, status: int | None, client: Client) -> None:
    signs = read(Symptom(text))
    assert (signs.status, signs.client) == (status, client)


@pytest.mark.parametrize(
    ("client", "address", "served"),
    [
        (Client.AZURE_OPENAI, "https://chat.openai.azure.com/", True),
        (Client.AZURE_OPENAI, "chat.openai.azure.com", True),
        (Client.AZURE_OPENAI, "https://chat.services.ai.azure.com", True),
        (Client.AZURE_OPENAI, "https://chat.services.ai.azure.com/models", False),
        (Client.AZURE_OPENAI, "https://chat.openai.azure.com/openai/deployments/gpt", False),
        (
            Client.AZURE_OPENAI,
            "https://chat.openai.azure.com/openai/deployments/gpt/chat/completions?api-version=1",
            True,
        ),
        (Client.OPENAI, "https://chat.openai.azure.com/openai/v1/", True),
        (Client.OPENAI, "https://chat.openai.azure.com", False),
        (Client.OPENAI, "https://chat.services.ai.azure.com/api/projects/one/openai/v1", True),
        (Client.INFERENCE, "https://chat.services.ai.azure.com/models", True),
        (Client.INFERENCE, "https://chat.openai.azure.com/openai/deployments/gpt", True),
        (Client.INFERENCE, "https://chat.services.ai.azure.com", False),
        (Client.INFERENCE, "https://chat.services.ai.azure.com/model", False),
        (Client.INFERENCE, "https://chat.cognitiveservices.azure.com/models", False),
        (Client.REST, "https://chat.cognitiveservices.azure.com/language/:analyze-text?api-version=2023-04-01", True),
        (Client.REST, "https://chat.openai.azure.com/deployments/gpt/chat/completions", False),
    ],
)
def test_each_client_adds_its_own_path_to_its_address(client: Client, address: str, served: bool) -> None:
    called = read(Symptom("404", client=client, endpoint=address)).endpoint
    assert called
    assert called.is_served is served, str(called)


@pytest.mark.parametrize("text", ["", " ", "nonsense", "https://", "https://[", "localhost", "://x", "https:///path"])
def test_what_is_no_address_is_taken_for_none(text: str) -> None:
    assert Endpoint.parse(text) is None


@pytest.mark.parametrize(
    "part", ["exceeded ", "api-version ", "Client", "https://a.", "eyJa.", "unknown model ", "401 "]
)
def test_a_text_made_to_be_slow_is_not(part: str) -> None:
    text = (part * 20_000)[:20_000]
    began = time.process_time()
    diagnosed(Symptom(text, endpoint=text), evidence())
    assert time.process_time() - began < 2


def test_states_that_are_rare() -> None:
    assert first(of(ROLE, account=account(provisioning_state="Failed"))) == ("account.failed", "confirmed")
    conditional = held(condition="@Resource[x] StringEquals 'y'")
    found = of(ROLE, effective=effective(conditional))
    assert first(found) == ("role.conditional", "possible")
    assert "role.missing" not in sure(found)
    by_group = held(through=(NamedGroup("1", "outer"), NamedGroup("2", "inner")))
    found = of(ROLE, effective=effective(by_group))
    assert first(found) == ("role.oldToken", "possible")
    assert "inner in outer" in found.findings[0].evidence[0]
    assert first(of(BAD_KEY)) == ("key.rotated", "possible")
    others = AccountRecord(exposures={ExposureKind.REGENERATED: Exposure(ExposureKind.REGENERATED, NOW, (WHO,))})
    found = of(BAD_KEY, record=others)
    assert first(found) == ("key.rotated", "confirmed")
    assert WHO in found.findings[0].evidence[0]


def test_key_access_that_was_turned_on_again_a_moment_ago_is_what_still_refuses_keys() -> None:
    step = {"kind": "EnableLocalAuth", "name": "local-auth"}
    entry = Entry(ResourceId.account(ACCOUNT_ID), "row", "op", step, "done", NOW - timedelta(hours=1))
    assert first(of(KEYS_OFF, history=(entry,))) == ("key.off", "confirmed")
    old = replace(entry, at=NOW - timedelta(days=2))
    found = of(KEYS_OFF, history=(old,))
    assert first(found) == ("endpoint.otherAccount", "possible"), "where the call went was not told"
    assert "key.off" in {each.code for each in found.ruled_out}


def test_a_wrong_key_is_told_beside_one_that_was_made_new() -> None:
    assert [each.code for each in of(BAD_KEY).findings if each.explains][:2] == ["key.rotated", "key.wrong"]


def test_a_gateway_before_the_account_is_not_said_to_be_another_account() -> None:
    found = diagnosed(Symptom(ROLE, endpoint="https://gateway.contoso.com/openai/deployments/gpt"), evidence())
    assert "endpoint.otherAccount" not in sure(found)
    other = diagnosed(Symptom(ROLE, endpoint="https://other.openai.azure.com"), evidence(effective=effective()))
    assert first(other) == ("endpoint.otherAccount", "confirmed")


def test_the_scope_of_a_project_is_another() -> None:
    text = TOKEN.replace("cognitiveservices.azure.com", "ai.azure.com")
    for symptom in (
        Symptom(text),
        Symptom(TOKEN, endpoint="https://chat.services.ai.azure.com/api/projects/one/openai/v1/models"),
    ):
        found = diagnosed(symptom, evidence())
        assert first(found) == ("token.audience", "possible")
        assert "https://ai.azure.com/.default" in found.findings[0].fix


def test_a_role_at_the_project_that_was_called_is_not_said_to_be_missing() -> None:
    at_project = assignment(scope=f"{ACCOUNT_ID}/projects/one", principal_id=WHO)
    url = "https://chat.services.ai.azure.com/api/projects/one/openai/v1/chat/completions"
    found = diagnosed(Symptom(ROLE, endpoint=url), evidence(effective=effective(), elsewhere=(at_project,)))
    assert first(found) == ("role.missing", "possible")
    assert sure(found) == set()
    other = diagnosed(
        Symptom(ROLE, endpoint=url.replace("/one/", "/two/")), evidence(effective=effective(), elsewhere=(at_project,))
    )
    assert first(other) == ("role.otherScope", "confirmed")


@pytest.mark.parametrize(
    "fact", ["account", "deployments", "assignments", "effective", "elsewhere", "record", "history", "probe"]
)
@pytest.mark.parametrize("text", [ROLE, BAD_KEY, TOKEN, KEYS_OFF, "404 Resource not found", "DeploymentNotFound"])
def test_what_could_not_be_read_confirms_nothing_and_is_named(fact: str, text: str) -> None:
    unread = Unknown("no permission", "Forbidden", permission="it/read")
    found = of(text, **{fact: unread})
    assert sure(found) == set()
    assert unread in found.unread
    of(text, **{fact: NOT_READ})


words = st.sampled_from(
    [getattr(Words, each) for each in vars(Words) if each.isupper()]
    + [ROLE, BAD_KEY, KEYS_OFF, TOKEN, "404", "Resource not found"]
)
texts = st.lists(st.one_of(words, st.text(max_size=20), st.sampled_from(SECRETS)), max_size=6).map(" ".join)
addresses = st.one_of(
    st.just(""),
    st.text(max_size=40),
    st.sampled_from(
        (
            "https://chat.openai.azure.com",
            "https://chat.services.ai.azure.com/models",
            "https://chat.openai.azure.com/openai/v1",
        )
    ),
)
statuses = st.one_of(st.none(), st.sampled_from((400, 401, 403, 404, 429, 500)))


@given(texts, statuses, st.sampled_from(Client))
def test_nothing_is_surely_wrong_with_an_account_that_is_in_order(
    text: str, status: int | None, client: Client
) -> None:
    found = diagnosed(Symptom(text, status, client), evidence())
    beyond = {each.code for each in found.findings if each.verdict is Verdict.CONFIRMED} - SAID
    assert {each for each in beyond if not each.startswith(("signIn.", "endpoint.regional"))} == set()


@given(texts, statuses, st.sampled_from(Client), addresses, st.sampled_from(SECRETS))
def test_no_secret_of_a_text_comes_back_and_nothing_is_told_twice(
    text: str, status: int | None, client: Client, address: str, secret: str
) -> None:
    found = diagnosed(
        Symptom(f"{text} {secret} end", status, client, f"{address}?key={secret}"), evidence(account=None)
    )
    assert secret not in repr(found)
    assert found.warnings
    codes = [each.code for each in (*found.findings, *found.ruled_out)]
    assert len(codes) == len(set(codes)) <= len(CAUSES)
    assert [each for each in found.ruled_out if not each.explains] == []


@given(texts, statuses, st.sampled_from(Client), addresses)
def test_what_surely_explains_the_error_comes_before_what_may(
    text: str, status: int | None, client: Client, address: str
) -> None:
    closed = account(network=NetworkRules(public=False), local_auth_disabled=True, subdomain="other")
    found = diagnosed(Symptom(text, status, client, address), evidence(account=closed, effective=effective()))
    order = [(not each.explains, each.verdict is not Verdict.CONFIRMED) for each in found.findings]
    assert order == sorted(order)
