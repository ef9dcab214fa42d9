"""Errors as real clients meet them on the local Azure, and what they are diagnosed as; on a healthy account, as nothing of it.

The seven rows are those of "Configure Microsoft Entra ID for inference", troubleshooting.
"""

from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import timedelta
from typing import Any

import openai
import pytest

from shared.errors import PermanentError
from shared.models import KeyName
from shared.resource_id import ResourceId
from shared.road.diagnose import Client, Diagnosis, Symptom, Verdict, diagnose
from simulator.authorization.built_in import CONTRIBUTOR, OWNER
from simulator.company.identities import ALICE, BOB, CAROL, CHAT_USERS, CONTRACTORS, PLATFORM, UNKEYED
from tests.functional.callers import FOUNDRY, GRAPH, OPENAI, Callers, TokenAtHand, default_credential
from tests.functional.road import Road
from tests.local import CHAT, USER_ROLE, LocalRun

GROUP, _, _ = CHAT.partition("/providers/")
OPENAI_USER = "5e0bd9bd-7b93-4f28-af87-19fc36ad61bd"
DATA_READER = "b59867f0-fa02-499b-be73-45a86b5b3e1c"
TWO = CHAT.replace("chat-one", "chat-two")
DEEPSEEK = {"format": "DeepSeek", "name": "DeepSeek-R1", "version": "1"}
PROJECTS = "https://ai.azure.com"
CHAT_PATH = f"{OPENAI}/openai/deployments/gpt/chat/completions?api-version=2024-10-21"
MODELS_PATH = f"{FOUNDRY}/models/chat/completions?api-version=2024-05-01-preview"
REGIONAL = "https://westeurope.api.cognitive.microsoft.com"


@dataclass
class Ward:
    """An account that is in order but for what a test does to it, and the callers who come to it."""

    local: LocalRun
    calls: Callers = field(init=False)

    def __post_init__(self) -> None:
        self.calls = Callers(self.local)

    async def of(
        self,
        text: str,
        client: Client = Client.UNKNOWN,
        *,
        principal: str | None = None,
        endpoint: str = "",
        account: str = CHAT,
    ) -> Diagnosis:
        """The diagnosis of an error, whose text is there."""
        assert text, "the call went through"
        symptom = Symptom(text, client=client, endpoint=endpoint)
        return await diagnose(self.local.services, ResourceId.account(account), symptom, principal)

    async def deploy(self, name: str, model: dict[str, str], account: str = CHAT) -> None:
        body = {"sku": {"name": "GlobalStandard", "capacity": 1}, "properties": {"model": model}}
        assert (await self.local.client.arm("PUT", f"{account}/deployments/{name}", body)).status == 201

    async def give(
        self, principal: str = ALICE.id, role: str = USER_ROLE, scope: str = CHAT, kind: str = "User"
    ) -> None:
        """Gives a role, which everything has learnt of since."""
        await self.local.assign_by_hand(scope, principal, role, principalType=kind)
        await self.later()

    async def later(self) -> None:
        await self.local.advance(timedelta(minutes=15))

    async def set(self, **properties: Any) -> None:
        changed = await self.local.client.arm("PATCH", CHAT, {"properties": properties})
        assert changed.status in {200, 202}, changed.body

    async def key(self) -> str:
        return str((await self.local.client.list_keys(CHAT)).body["key1"])


@pytest.fixture
async def ward(road: Road) -> Ward:
    assert (await road.local.client.create_account(CHAT)).status == 201
    assert (await road.local.client.deploy(CHAT)).status == 201
    await road.local.client.turn(local_auth_lag=0)
    return Ward(road.local)


def first(found: Diagnosis) -> tuple[str, str]:
    """The most likely cause, and how sure it is."""
    assert found.likely, found
    return found.likely.code, found.likely.verdict


def sure(found: Diagnosis) -> list[str]:
    """What surely explains the error."""
    return [each.code for each in found.findings if each.explains and each.verdict is Verdict.CONFIRMED]


def excluded(found: Diagnosis) -> set[str]:
    return {each.code for each in found.ruled_out}


# row 1: the SDK is too old


async def test_row_1_code_for_an_sdk_of_another_version(ward: Ward) -> None:
    package: Any = openai
    ways: tuple[Callable[[], object], ...] = (
        lambda: package.ChatCompletion.create(),  # noqa: PLW0108  # the attribute is what is gone
        lambda: package.AzureOpenAI(azure_ad_token_credential="me"),
    )
    for outdated in ways:
        with pytest.raises(Exception) as raised:  # noqa: PT011  # each has a class of its own
            outdated()
        found = await ward.of(str(raised.value), Client.AZURE_OPENAI)
        assert first(found) == ("sdk.outdated", "confirmed")
        assert "upgrade" in found.findings[0].fix
        assert sure(found) == ["sdk.outdated"]


async def test_row_1_an_sdk_that_sends_a_key_as_a_token(ward: Ward) -> None:
    """The inference SDK did so until 1.0.0b4; its log names its version."""
    said = await ward.calls.inference(credential=TokenAtHand(await ward.key()))
    logged = f"Request headers:\n    'User-Agent': 'azsdk-python-ai-inference/1.0.0b4 Python/3.11.9'\n{said}"
    assert first(await ward.of(logged)) == ("sdk.outdated", "confirmed")
    current = logged.replace("1.0.0b4", "1.0.0b9")
    assert "sdk.outdated" not in sure(await ward.of(current))


# rows 2 and 3: the principal has no access


@pytest.mark.parametrize("role", [OWNER, CONTRIBUTOR], ids=["owner", "contributor"])
async def test_row_2_owners_and_contributors_may_not_call_models(ward: Ward, role: str) -> None:
    await ward.give(CAROL.id, role)
    said = await ward.calls.azure_openai(azure_ad_token=await ward.calls.token(CAROL.id))
    assert "Principal does not have access to API/Operation" in said
    found = await ward.of(said, Client.AZURE_OPENAI, principal=CAROL.id, endpoint=OPENAI)
    assert first(found) == ("role.managementOnly", "confirmed")
    assert "Cognitive Services User" in found.findings[0].fix
    assert "role.missing" in sure(found)
    await ward.give(CAROL.id)
    healthy = await ward.of(said, Client.AZURE_OPENAI, principal=CAROL.id, endpoint=OPENAI)
    assert sure(healthy) == []
    assert {"role.managementOnly", "role.missing", "role.recent"} <= excluded(healthy)
    assert first(healthy) == ("role.otherPrincipal", "possible")


async def test_row_2_nobody_has_given_a_role(ward: Ward) -> None:
    said = await ward.calls.azure_openai()
    found = await ward.of(said, Client.AZURE_OPENAI, principal=ALICE.id)
    assert first(found) == ("role.missing", "confirmed")
    asked = await ward.of(said, Client.AZURE_OPENAI)
    assert first(asked) == ("role.missing", "unknown")
    assert "principalId" in asked.findings[0].fix


async def test_row_2_a_role_given_too_recently(ward: Ward) -> None:
    await ward.local.client.turn(role_propagation=240)
    await ward.local.assign_by_hand(principal=ALICE.id, principalType="User")
    said = await ward.calls.azure_openai()
    found = await ward.of(said, principal=ALICE.id)
    assert first(found) == ("role.recent", "confirmed")
    assert found.findings[0].fix.startswith("Wait until ")
    await ward.later()
    assert await ward.calls.azure_openai() == ""
    assert "role.recent" in excluded(await ward.of(said, principal=ALICE.id))


async def test_row_3_a_role_for_openai_models_is_not_one_for_the_inference_endpoint(ward: Ward) -> None:
    await ward.give(role=OPENAI_USER)
    assert await ward.calls.azure_openai() == ""
    said = await ward.calls.inference()
    assert "PermissionDenied" in said
    found = await ward.of(said, Client.INFERENCE, principal=ALICE.id)
    assert first(found) == ("role.openAIOnly", "confirmed")
    by_itself = await ward.of(said)  # the error names who called
    assert first(by_itself) == ("role.openAIOnly", "confirmed")
    assert by_itself.principal_id == ALICE.id
    await ward.give()
    assert await ward.calls.inference() == ""
    assert sure(await ward.of(said, Client.INFERENCE, principal=ALICE.id)) == []


async def test_row_3_the_same_by_rest(ward: Ward) -> None:
    said = await ward.calls.rest(CHAT_PATH, Authorization=f"Bearer {await ward.calls.token()}")
    assert said.startswith("HTTP/1.1 401 ")
    assert "PermissionDenied" in said
    assert first(await ward.of(said, Client.REST, principal=ALICE.id)) == ("role.missing", "confirmed")


async def test_row_3_at_a_project_the_same_is_a_403_and_the_scope_another(ward: Ward) -> None:
    url = f"{FOUNDRY}/api/projects/one/openai/v1/chat/completions"
    said = await ward.calls.rest(url, Authorization=f"Bearer {await ward.calls.token(audience=PROJECTS)}")
    assert said.startswith("HTTP/1.1 403 ")
    assert first(await ward.of(said, Client.REST, endpoint=url)) == ("role.missing", "confirmed")
    said = await ward.calls.rest(url, Authorization=f"Bearer {await ward.calls.token()}")
    found = await ward.of(said, Client.REST, endpoint=url)
    assert first(found) == ("token.audience", "possible")
    assert f"{PROJECTS}/.default" in found.findings[0].fix


# rows 4 to 6: the token is not taken


async def test_row_4_by_rest_with_another_audience_an_old_token_or_none(ward: Ward) -> None:
    await ward.give()
    old = await ward.calls.token()
    await ward.local.advance(timedelta(hours=2))
    tokens = {"Authorization": f"Bearer {await ward.calls.token(audience=GRAPH)}"}
    for headers in (tokens, {"Authentication": tokens["Authorization"]}, {}, {"Authorization": f"Bearer {old}"}):
        said = await ward.calls.rest(CHAT_PATH, **headers)
        assert "401" in said
        found = await ward.of(said, Client.REST, principal=ALICE.id, endpoint=CHAT_PATH)
        assert first(found) == ("token.audience", "possible")
        assert "https://cognitiveservices.azure.com/.default" in found.findings[0].fix
        assert "took the app's own token" in " ".join(found.findings[0].evidence)
        told = {each.code for each in found.findings}
        assert {"token.notSent", "token.expired", "token.keyInstead"} <= told
        assert sure(found) == []
    assert await ward.calls.rest(CHAT_PATH, Authorization=f"Bearer {await ward.calls.token()}") == ""


async def test_row_5_the_class_azure_openai_with_the_wrong_host_or_model_or_token(ward: Ward) -> None:
    await ward.deploy("deep", DEEPSEEK)
    token = await ward.calls.token(audience=GRAPH)
    elsewhere = await ward.calls.azure_openai(FOUNDRY, azure_ad_token=token)
    assert "Access token is missing" in elsewhere
    found = await ward.of(elsewhere, Client.AZURE_OPENAI, endpoint=FOUNDRY)
    assert first(found) == ("endpoint.sdkHost", "confirmed")
    assert OPENAI in found.findings[0].fix
    called = f"{OPENAI}/openai/deployments/deep/chat/completions?api-version=2024-10-21"
    said = await ward.calls.azure_openai(model="deep", azure_ad_token=token)
    assert first(await ward.of(said, Client.AZURE_OPENAI, endpoint=called)) == ("deployment.notOpenAI", "confirmed")
    fine = await ward.of(said, Client.AZURE_OPENAI, endpoint=CHAT_PATH)
    assert first(fine) == ("token.audience", "possible")
    assert "get_bearer_token_provider" in fine.findings[0].fix
    assert {"endpoint.sdkHost", "deployment.notOpenAI", "endpoint.otherAccount"} <= excluded(fine)
    assert sure(fine) == []


async def test_row_5_the_class_openai_sends_a_key_as_a_token(ward: Ward) -> None:
    said = await ward.calls.openai(f"{FOUNDRY}/models", await ward.key())
    assert "Access token is missing" in said
    assert first(await ward.of(said, Client.OPENAI, endpoint=f"{FOUNDRY}/models")) == ("token.keyInstead", "possible")
    version_1 = f"{OPENAI}/openai/v1/"
    assert await ward.calls.openai(version_1, await ward.key()) == ""
    assert first(await ward.of(said, Client.OPENAI, endpoint=version_1)) == ("token.audience", "possible")


async def test_row_6_the_inference_sdk_asks_for_another_scope_by_itself(ward: Ward) -> None:
    await ward.give(PLATFORM.id, kind="ServicePrincipal")
    said = await ward.calls.inference(credential=ward.calls.application(ward.local))
    assert "Access token is missing" in said
    found = await ward.of(said, Client.INFERENCE, principal=PLATFORM.id, endpoint=f"{FOUNDRY}/models")
    assert first(found) == ("token.audience", "possible")
    assert "credential_scopes" in found.findings[0].fix
    assert "endpoint.sdkHost" in excluded(found)
    assert sure(found) == []
    scopes = ["https://cognitiveservices.azure.com/.default"]
    assert await ward.calls.inference(credential=ward.calls.application(ward.local), credential_scopes=scopes) == ""


# row 7: the address, or the deployment


@pytest.mark.parametrize("base", [FOUNDRY, f"{FOUNDRY}/model", f"{OPENAI}/models"], ids=["bare", "model", "openai"])
async def test_row_7_the_inference_sdk_with_another_address(ward: Ward, base: str) -> None:
    await ward.give()
    said = await ward.calls.inference(base)
    assert "Resource not found" in said
    found = await ward.of(said, Client.INFERENCE, endpoint=base, principal=ALICE.id)
    assert first(found) == ("endpoint.path", "confirmed")
    assert f"{FOUNDRY}/models" in found.findings[0].fix
    healthy = await ward.of(said, Client.INFERENCE, endpoint=f"{FOUNDRY}/models", principal=ALICE.id)
    assert sure(healthy) == []
    assert "endpoint.path" in excluded(healthy)


@pytest.mark.parametrize("base", [f"{FOUNDRY}/models", f"{OPENAI}/openai", CHAT_PATH.partition("?")[0]])
async def test_row_7_the_class_azure_openai_with_a_path_of_its_own(ward: Ward, base: str) -> None:
    await ward.give()
    said = await ward.calls.azure_openai(base)
    assert "Resource not found" in said
    found = await ward.of(said, Client.AZURE_OPENAI, endpoint=base)
    assert "endpoint.path" in sure(found)
    assert OPENAI in next(each.fix for each in found.findings if each.code == "endpoint.path")


async def test_row_7_rest_without_openai_in_its_path(ward: Ward) -> None:
    await ward.give()
    url = CHAT_PATH.replace("/openai/deployments", "/deployments")
    said = await ward.calls.rest(url, Authorization=f"Bearer {await ward.calls.token()}")
    assert first(await ward.of(said, Client.REST, endpoint=url)) == ("endpoint.path", "confirmed")


async def test_row_7_no_such_deployment_or_the_models_name_for_it(ward: Ward) -> None:
    await ward.give()
    said = await ward.calls.azure_openai(model="gpt-4o")
    assert "does not exist" in said
    url = CHAT_PATH.replace("/gpt/", "/gpt-4o/")
    found = await ward.of(said, Client.AZURE_OPENAI, endpoint=url)
    assert first(found) == ("deployment.missing", "confirmed")
    assert 'model="gpt"' in found.findings[0].fix
    untold = await ward.of(said, Client.AZURE_OPENAI)
    assert first(untold) == ("deployment.missing", "possible")
    assert "gpt (gpt-4o)" in untold.findings[0].evidence[0]
    assert "deployment.missing" in excluded(await ward.of(said, Client.AZURE_OPENAI, endpoint=CHAT_PATH))
    by_inference = await ward.calls.inference(model="none")
    assert first(await ward.of(by_inference, Client.INFERENCE)) == ("deployment.missing", "possible")


async def test_row_7_azure_openai_has_no_path_to_other_peoples_models(ward: Ward) -> None:
    await ward.give()
    await ward.deploy("deep", DEEPSEEK)
    said = await ward.calls.azure_openai(model="deep")
    assert "Resource not found" in said
    url = CHAT_PATH.replace("/gpt/", "/deep/")
    assert first(await ward.of(said, Client.AZURE_OPENAI, endpoint=url)) == ("deployment.notOpenAI", "confirmed")
    assert await ward.calls.inference(model="deep") == ""
    assert await ward.calls.openai(f"{OPENAI}/openai/v1/", model="deep") == ""


# more about roles


async def test_a_role_at_another_account_is_none_here(ward: Ward) -> None:
    await ward.local.client.create_account(TWO)
    await ward.give(scope=TWO)
    said = await ward.calls.azure_openai()
    found = await ward.of(said, principal=ALICE.id)
    assert first(found) == ("role.otherScope", "confirmed")
    assert "chat-two" in found.findings[0].evidence[0]


async def test_a_group_has_the_role_and_the_caller_is_not_in_it(ward: Ward) -> None:
    await ward.give(CHAT_USERS.id, kind="Group")
    said = await ward.calls.azure_openai(azure_ad_token=await ward.calls.token(CAROL.id))
    found = await ward.of(said, principal=CAROL.id)
    assert first(found) == ("role.notInGroup", "confirmed")
    assert CHAT_USERS.id in found.findings[0].evidence[1]
    assert await ward.calls.azure_openai(azure_ad_token=await ward.calls.token(BOB.id)) == ""
    bob = await ward.of(said, principal=BOB.id)
    assert sure(bob) == []
    assert first(bob) == ("role.oldToken", "possible")
    assert CONTRACTORS.name in bob.findings[0].evidence[0]


async def test_a_role_without_the_data_action_of_the_call(ward: Ward) -> None:
    await ward.give(role=DATA_READER)
    said = await ward.calls.azure_openai()
    assert first(await ward.of(said, principal=ALICE.id)) == ("role.insufficient", "confirmed")


async def test_a_deny_assignment_forbids_what_a_role_allows(ward: Ward) -> None:
    await ward.give()
    await ward.local.client.deny(GROUP, "stack", dataActions=["Microsoft.CognitiveServices/*"], principals=[ALICE.id])
    said = await ward.calls.azure_openai()
    found = await ward.of(said, principal=ALICE.id)
    assert first(found) == ("role.denied", "confirmed")
    assert "role.missing" in excluded(found)


async def test_the_call_was_made_as_somebody_else(ward: Ward) -> None:
    await ward.give()
    said = await ward.calls.inference(credential=TokenAtHand(await ward.calls.token(BOB.id)))
    found = await ward.of(said, principal=ALICE.id)
    assert first(found) == ("role.otherPrincipal", "confirmed")
    assert BOB.id in found.findings[0].evidence[0]


async def test_a_principal_that_is_not_there(ward: Ward) -> None:
    said = await ward.calls.azure_openai()
    for wrong in (ALICE.id.replace("1", "2"), UNKEYED.app_id):
        assert first(await ward.of(said, principal=wrong)) == ("role.noSuchPrincipal", "confirmed")
    with pytest.raises(PermanentError, match="object id"):
        await ward.of(said, principal="alice")


# keys


async def test_a_key_that_is_not_taken_since_key_access_is_off(ward: Ward) -> None:
    key = await ward.key()
    wrong = await ward.calls.azure_openai(api_key="0" * 32)
    await ward.set(disableLocalAuth=True)
    off = await ward.calls.azure_openai(api_key=key)
    assert "disabled for this resource" in off
    for said in (off, wrong, await ward.calls.inference_by_key(key)):
        assert first(await ward.of(said)) == ("key.off", "confirmed")
    listing = await ward.local.client.list_keys(CHAT)
    assert listing.status == 400
    assert first(await ward.of(str(listing.body))) == ("key.notListed", "confirmed")
    await ward.set(disableLocalAuth=False)
    assert sure(await ward.of(off)) == []
    assert {"key.off"} <= excluded(await ward.of(wrong))
    assert sure(await ward.of(str(listing.body))) == []


async def test_a_key_that_was_made_new_by_the_app_or_by_others(ward: Ward) -> None:
    said = await ward.calls.azure_openai(api_key=await ward.key() + "x")
    untold = await ward.of(said)
    assert first(untold)[1] == "possible"
    assert {"key.rotated", "key.wrong"} <= {each.code for each in untold.findings}
    account, now = ResourceId.account(CHAT), ward.local.now()
    step = {"kind": "RevokeKey", "name": "key1", "key": KeyName.KEY1}
    entry = await ward.local.entries.intend(account, "op-7", step, now)
    assert "key.rotated" not in sure(await ward.of(said)), "it was not done yet"
    await ward.local.entries.close(entry, "done", now)
    found = await ward.of(said)
    assert first(found) == ("key.rotated", "confirmed")
    assert "op-7" in found.findings[0].evidence[0]


async def test_a_key_in_the_text_is_shown_nowhere_and_said_to_be_leaked(ward: Ward) -> None:
    key = await ward.key()
    token = await ward.calls.token()
    for secret in (key, token):
        said = f"curl -H 'api-key: {secret}' {CHAT_PATH}\nHTTP/1.1 401 Unauthorized\ninvalid subscription key or wrong API endpoint"
        found = await ward.of(said, endpoint=f"{CHAT_PATH}&key={secret}")
        assert "take it for leaked" in found.warnings[0]
        assert secret not in repr(found)
        assert secret not in repr(Symptom(said))
    assert (await ward.of(await ward.calls.azure_openai())).warnings == ()


# the account, its address, its network


async def test_a_regional_address_takes_no_token(ward: Ward) -> None:
    await ward.give()
    url = f"{REGIONAL}/openai/deployments/gpt/chat/completions?api-version=2024-10-21"
    said = await ward.calls.rest(url, Authorization=f"Bearer {await ward.calls.token()}")
    assert "custom subdomain" in said
    found = await ward.of(said, endpoint=url)
    assert first(found) == ("endpoint.regional", "confirmed")
    assert "endpoint.noSubdomain" in excluded(found)


async def test_an_account_without_a_subdomain(ward: Ward) -> None:
    bare = f"{GROUP}/providers/Microsoft.CognitiveServices/accounts/bare"
    made = await ward.local.client.create_account(bare, kind="TextAnalytics", sku={"name": "S"}, properties={})
    assert made.status == 201, made.body
    said = await ward.calls.rest(
        f"{REGIONAL}/language/:analyze-text?api-version=2023-04-01",
        Authorization=f"Bearer {await ward.calls.token()}",
    )
    found = await ward.of(said, account=bare)
    assert first(found) == ("endpoint.noSubdomain", "confirmed")
    assert "--custom-domain" in found.findings[0].fix


async def test_an_account_that_is_gone_or_was_deleted_or_is_still_being_made(ward: Ward) -> None:
    nowhere = CHAT.replace("chat-one", "nowhere")
    said = await ward.calls.azure_openai("https://nowhere.openai.azure.com")
    assert first(await ward.of(said, account=nowhere)) == ("account.missing", "confirmed")
    unresolved = "httpx.ConnectError: [Errno -2] Name or service not known"
    assert first(await ward.of(unresolved, account=nowhere)) == ("account.missing", "confirmed")
    for each in (f"{CHAT}/deployments/gpt", CHAT):
        assert (await ward.local.client.arm("DELETE", each)).status in {200, 202, 204}
    gone = await ward.calls.azure_openai()
    found = await ward.of(gone)
    assert first(found) == ("account.deleted", "confirmed")
    assert "account.missing" in excluded(found)
    await ward.local.client.turn(provisioning=600)
    assert (await ward.local.client.create_account(TWO)).status == 201
    early = await ward.calls.azure_openai("https://chat-two.openai.azure.com")
    assert first(await ward.of(early, account=TWO)) == ("account.provisioning", "confirmed")


async def test_another_accounts_address(ward: Ward) -> None:
    await ward.local.client.create_account(TWO)
    await ward.give()
    other = "https://chat-two.openai.azure.com"
    said = await ward.calls.azure_openai(other)
    found = await ward.of(said, endpoint=other, principal=ALICE.id)
    assert first(found) == ("endpoint.otherAccount", "confirmed")
    assert f"{OPENAI}/" in found.findings[0].fix or "chat-one" in found.findings[0].fix
    assert "endpoint.otherAccount" in excluded(await ward.of(said, endpoint=OPENAI, principal=ALICE.id))


async def test_kinds_of_account_without_such_an_api(ward: Ward) -> None:
    plain, words = CHAT.replace("chat-one", "plain"), CHAT.replace("chat-one", "words")
    await ward.local.client.create_account(plain, kind="OpenAI")
    await ward.local.client.create_account(words, kind="TextAnalytics", sku={"name": "S"})
    models = "https://plain.services.ai.azure.com/models"
    said = await ward.calls.inference(models)
    assert first(await ward.of(said, Client.INFERENCE, endpoint=models, account=plain)) == ("account.kind", "confirmed")
    host = "https://words.openai.azure.com"
    said = await ward.calls.azure_openai(host)
    found = await ward.of(said, Client.AZURE_OPENAI, endpoint=host, account=words)
    assert first(found) == ("account.kind", "confirmed")
    assert "account.kind" in excluded(await ward.of(said, Client.AZURE_OPENAI, endpoint=OPENAI))


async def test_an_api_version_that_is_missing_or_not_served(ward: Ward) -> None:
    await ward.give()
    token = f"Bearer {await ward.calls.token()}"
    unsupported = MODELS_PATH.replace("2024-05-01-preview", "2024-10-21")
    said = await ward.calls.rest(unsupported, {"model": "gpt"}, Authorization=token)
    assert first(await ward.of(said, Client.REST, endpoint=unsupported)) == ("endpoint.apiVersion", "confirmed")
    without = CHAT_PATH.partition("?")[0]
    said = await ward.calls.rest(without, Authorization=token)
    assert first(await ward.of(said, Client.REST, endpoint=without)) == ("endpoint.apiVersion", "confirmed")
    assert "endpoint.apiVersion" in excluded(await ward.of(said, Client.REST, endpoint=CHAT_PATH))


async def test_a_call_that_names_no_deployment_or_one_whose_model_cannot(ward: Ward) -> None:
    await ward.give()
    said = await ward.calls.inference(model=None)
    assert first(await ward.of(said, Client.INFERENCE)) == ("deployment.notNamed", "confirmed")
    await ward.deploy("embed", {"format": "OpenAI", "name": "text-embedding-3-small", "version": "1"})
    said = await ward.calls.azure_openai(model="embed")
    assert first(await ward.of(said, Client.AZURE_OPENAI)) == ("deployment.cannot", "confirmed")


async def test_a_deployment_that_is_not_ready(ward: Ward) -> None:
    await ward.give()
    await ward.local.client.turn(provisioning=600)
    await ward.deploy("late", {"format": "OpenAI", "name": "gpt-4o", "version": "2024-11-20"})
    said = await ward.calls.azure_openai(model="late")
    found = await ward.of(said, Client.AZURE_OPENAI, endpoint=CHAT_PATH.replace("/gpt/", "/late/"))
    assert first(found) == ("deployment.notReady", "confirmed")


@pytest.mark.parametrize(
    ("properties", "code"),
    [
        ({"publicNetworkAccess": "Disabled"}, "network.private"),
        ({"networkAcls": {"defaultAction": "Deny", "ipRules": [{"value": "203.0.113.7"}]}}, "network.firewall"),
    ],
)
async def test_a_network_that_is_closed(ward: Ward, properties: dict[str, Any], code: str) -> None:
    await ward.give()
    await ward.set(**properties)
    said = await ward.calls.azure_openai()
    assert first(await ward.of(said, principal=ALICE.id)) == (code, "confirmed")
    await ward.set(publicNetworkAccess="Enabled", networkAcls={"defaultAction": "Allow"})
    healthy = await ward.of(said, principal=ALICE.id)
    assert sure(healthy) == []
    assert code in excluded(healthy)


async def test_a_call_that_does_not_come_to_the_account(ward: Ward) -> None:
    await ward.local.client.fault(path="chat/completions", times=1, drop="before")
    said = await ward.calls.azure_openai()
    assert said == "Connection error."
    found = await ward.of(said, Client.AZURE_OPENAI, endpoint=OPENAI)
    assert first(found) == ("network.unreached", "possible")
    assert "was answered" in found.findings[0].evidence[1]
    await ward.set(publicNetworkAccess="Disabled")
    assert first(await ward.of(said, Client.AZURE_OPENAI, endpoint=OPENAI)) == ("network.private", "confirmed")


# signing in, and the service


async def test_an_application_that_is_not_in_the_tenant(ward: Ward) -> None:
    stranger = ward.calls.application(ward.local, client_id="00000000-1111-4111-8111-000000000000")
    said = await ward.calls.inference(credential=stranger)
    assert "AADSTS700016" in said
    found = await ward.of(said, Client.INFERENCE)
    assert first(found) == ("signIn.appNotInTenant", "confirmed")
    assert ward.local.place.variables["AZURE_TENANT_ID"] in found.findings[0].evidence[1]


async def test_other_refusals_to_sign_in(ward: Ward) -> None:
    application = ward.calls.application
    nowhere = "00000000-1111-4111-8111-00000000beef"
    said = await ward.calls.inference(credential=application(ward.local, tenant=nowhere))
    found = await ward.of(said)
    assert first(found) == ("signIn.refused", "confirmed")
    assert "AZURE_TENANT_ID" in found.findings[0].fix
    scopes = ["https://cognitive.example.com/.default"]
    said = await ward.calls.inference(credential=application(ward.local), credential_scopes=scopes)
    assert first(await ward.of(said)) == ("signIn.noSuchResource", "confirmed")


async def test_code_without_an_identity(ward: Ward) -> None:
    said = await ward.calls.inference(credential=default_credential())
    assert first(await ward.of(said)) == ("signIn.noCredential", "confirmed")


async def test_a_service_that_is_throttled_or_unwell(ward: Ward) -> None:
    await ward.give()
    busy = {
        "status": 429,
        "code": "429",
        "message": "Requests have exceeded call rate limit. Please retry after 2 seconds.",
    }
    await ward.local.client.fault(path="chat/completions", times=1, answer=busy)
    assert first(await ward.of(await ward.calls.azure_openai())) == ("service.throttled", "confirmed")
    ill = {"status": 503, "code": "InternalServerError", "message": "The server had an error."}
    await ward.local.client.fault(path="chat/completions", times=1, answer=ill)
    assert first(await ward.of(await ward.calls.azure_openai())) == ("service.unwell", "possible")


# what is not known


async def test_what_cannot_be_read_is_said_and_rules_nothing_out(ward: Ward) -> None:
    said = await ward.calls.azure_openai()
    denied = {"status": 403, "code": "AuthorizationFailed", "message": "no"}
    await ward.local.client.fault(path="roleAssignments", caller=UNKEYED.id, times=9, answer=denied, unrecorded=True)
    found = await ward.of(said, principal=ALICE.id)
    assert first(found) == ("role.missing", "unknown")
    assert "role.missing" not in excluded(found)
    assert {each.permission for each in found.unread} == {"Microsoft.Authorization/roleAssignments/read"}
    await ward.local.client.clear_faults()
    await ward.local.client.fault(path="deployments$", caller=UNKEYED.id, times=9, answer=denied, unrecorded=True)
    said = await ward.calls.azure_openai(model="none", api_key=await ward.key())
    assert first(await ward.of(said)) == ("deployment.missing", "unknown")


async def test_without_an_error_all_that_is_wrong_with_the_account_is_said_and_no_more(ward: Ward) -> None:
    nothing = Symptom()
    account = ResourceId.account(CHAT)
    await ward.give()
    assert (await diagnose(ward.local.services, account, nothing, ALICE.id)).findings == ()
    await ward.set(disableLocalAuth=True, publicNetworkAccess="Disabled")
    found = await diagnose(ward.local.services, account, nothing, CAROL.id)
    assert {each.code for each in found.findings} == {"network.private", "role.missing", "key.off", "key.notListed"}
    assert found.likely is None
    only_status = await diagnose(ward.local.services, account, Symptom(status=403), CAROL.id)
    assert {"network.private", "role.missing", "key.off"} == set(sure(only_status))


async def test_a_diagnosis_takes_few_calls_and_changes_nothing(ward: Ward) -> None:
    await ward.give(CHAT_USERS.id, kind="Group")
    said = await ward.calls.azure_openai(azure_ad_token=await ward.calls.token(CAROL.id))
    await ward.of(said, principal=CAROL.id)  # roles' definitions are kept for an hour
    seen = len(await ward.local.client.traffic())
    await ward.of(said, principal=CAROL.id)
    made = [each for each in (await ward.local.client.traffic())[seen:] if each["caller"] == UNKEYED.id]
    of_azure = [each for each in made if "graph.microsoft.com" not in each["url"]]
    assert {each["method"] for each in made} == {"GET"}
    assert len(of_azure) == 8, [each["url"] for each in of_azure]
