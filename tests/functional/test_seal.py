"""Sealed: key access is off, read back, and a key was refused; whatever is less is said."""

from collections.abc import Sequence
from datetime import timedelta

import pytest

from shared.road.sweep import sweep
from simulator.client import INFERENCE
from simulator.company.identities import ALICE
from simulator.wire import Json
from tests.functional.road import CHAT, Road, policy

HOUR, DAY = timedelta(hours=1), timedelta(days=1)
WITHOUT_VAULT = policy("sealed", "")
MODELS = "/openai/models$"
# What Azure answers to a key that is good but not taken, by kind of account and API; and what says nothing about keys
REFUSALS: Sequence[Json] = (
    {"status": 403, "code": "AuthenticationTypeDisabled", "message": "Key based authentication is disabled for this resource."},
    {"status": 401, "code": "401", "message": "Access denied due to invalid subscription key or wrong API endpoint."},
)  # fmt: skip
SAYS_NOTHING: Sequence[Json] = (
    {"status": 403, "code": "403", "message": "Access denied due to Virtual Network/Firewall rules."},
    {"status": 404, "code": "404", "message": "Resource not found"},
    {"status": 503, "code": "ServiceUnavailable"},
)


async def is_off(road: Road) -> bool:
    return bool((await road.client.arm("GET", CHAT)).body["properties"].get("disableLocalAuth"))


async def until_off(road: Road) -> None:
    """Walks the account until its key access is off."""
    await road.local.work(road.local.item())
    for _ in range(60):
        if await is_off(road):
            return
        waiting = road.local.room.take()
        assert waiting, await road.local.blockers()
        await road.local.advance(max(waiting[0] - road.local.now(), timedelta()))
        await road.local.work(waiting[1])
    raise AssertionError(await road.local.blockers())


async def test_a_sealed_account_refuses_keys_takes_tokens_and_lists_no_key(road: Road) -> None:
    await road.begin(policy())
    before = (await road.client.arm("GET", CHAT)).body
    keys = await road.keys()
    await road.walk()
    assert (await road.milestone(), await road.local.blockers()) == ("sealed", {})
    assert [await road.takes(each) for each in keys.values()] == [False, False]
    token = await road.client.token(ALICE.id, INFERENCE)
    assert (await road.client.chat("chat-one", token=token)).status in {200, 404}
    assert (await road.client.list_keys(CHAT)).status == 400
    after = (await road.client.arm("GET", CHAT)).body
    assert after["properties"] == {**before["properties"], "disableLocalAuth": True}
    assert (after["identity"], after["sku"]) == (before["identity"], before["sku"])


async def test_the_data_plane_is_waited_for_and_only_then_the_secret_withdrawn(road: Road) -> None:
    await road.begin(policy())
    await road.client.turn(local_auth_lag=3600)
    await until_off(road)
    assert list(await road.local.blockers()) == ["seal.lagging"]
    held = (await road.secret())["value"]
    assert await road.takes(held)
    began = road.local.now()
    await road.local.settle()
    assert await road.milestone() == "sealed"
    assert HOUR - timedelta(seconds=10) <= road.local.now() - began <= 2 * HOUR + timedelta(minutes=10)
    withdrawn = await road.client.secret("chat-one-key")
    assert (withdrawn.status, "disabled secret" in str(withdrawn.body)) == (403, True)
    tried = [each for each in await road.client.traffic(path=MODELS) if not each["caller"]]
    assert len(tried) <= 20, "tried again and again"


@pytest.mark.parametrize("refusal", REFUSALS, ids=["403", "401"])
@pytest.mark.parametrize("kind", ["AIServices", "OpenAI"])
async def test_either_way_of_refusing_a_key_is_understood(road: Road, refusal: Json, kind: str) -> None:
    await road.begin(WITHOUT_VAULT, kind=kind)
    await road.client.turn(local_auth_lag=10**6)
    await road.client.fault(method="GET", path=MODELS, caller=None, times=1, answer=refusal, unrecorded=True)
    await road.walk()
    assert await road.milestone() == "sealed"


@pytest.mark.parametrize("answer", SAYS_NOTHING, ids=["firewall", "not found", "busy"])
async def test_an_answer_that_says_nothing_about_the_key_is_no_refusal(road: Road, answer: Json) -> None:
    await road.begin(WITHOUT_VAULT)
    await road.client.fault(method="GET", path=MODELS, caller=None, times=3, answer=answer, unrecorded=True)
    await until_off(road)
    assert await road.milestone() == "revoked"
    await road.local.settle()
    assert await road.milestone() == "sealed"


async def test_without_a_vault_the_key_is_tried_from_memory(road: Road) -> None:
    await road.begin(WITHOUT_VAULT)
    await road.client.turn(local_auth_lag=3600)
    await until_off(road)
    assert list(await road.local.blockers()) == ["seal.lagging"]
    await road.local.settle()
    assert await road.milestone() == "sealed"
    assert road.local.services.keys_at_hand == {}


async def test_a_key_lost_with_its_process_is_made_up_for_by_a_day(road: Road) -> None:
    await road.begin(WITHOUT_VAULT)
    await road.client.turn(local_auth_lag=3600)
    await until_off(road)
    road.local.services = road.local.new_services()
    await road.local.settle()
    assert (await road.milestone(), list(await road.local.blockers())) == ("revoked", ["seal.untried"])
    for _ in range(5):
        await road.local.advance(6 * HOUR)
        road.local.services = road.local.new_services()
        await sweep(road.local.services)
        await road.local.settle()
    assert (await road.milestone(), await road.local.blockers()) == ("sealed", {})


async def test_a_secret_that_somebody_disabled_is_not_waited_for_in_a_hurry(road: Road) -> None:
    await road.begin(policy())
    await road.client.turn(local_auth_lag=3600)
    await until_off(road)
    version = (await road.secret())["id"].rpartition("/")[2]
    await road.client.vault("PATCH", f"/secrets/chat-one-key/{version}", {"attributes": {"enabled": False}})
    await road.local.settle(passes=10)
    assert list(await road.local.blockers()) == ["seal.untried"]


async def test_an_account_sealed_by_somebody_else_is_taken_for_sealed_only_on_evidence(road: Road) -> None:
    await road.begin(policy(), logs=False)
    off = await road.client.arm("PATCH", CHAT, {"properties": {"disableLocalAuth": True}})
    assert off.status == 200
    await road.walk()
    assert (await road.milestone(), list(await road.local.blockers())) == ("revoked", ["seal.untried"])


async def test_without_a_subdomain_the_blocker_has_the_exact_command(road: Road) -> None:
    await road.begin(policy(), CHAT)
    plain = CHAT.replace("chat-one", "chat-plain")
    assert (await road.client.create_account(plain, properties={})).status == 201
    await road.walk(plain)
    assert await road.milestone(plain) is None
    command = (
        "az cognitiveservices account update --subscription 11111111-1111-4111-8111-111111111111 "
        "--resource-group rg-chat --name chat-plain --custom-domain <unique name>"
    )
    assert command.lower() in (await road.local.blockers(plain))["account.noSubdomain"].lower()


@pytest.mark.parametrize("is_heard", [True, False], ids=["by event", "by sweep"])
async def test_an_account_unsealed_by_somebody_else_is_walked_to_its_seal_again(road: Road, *, is_heard: bool) -> None:
    await road.begin(policy())
    await road.walk()
    assert await road.milestone() == "sealed"
    await road.local.advance(10 * timedelta(minutes=1))
    await road.forget_events()
    await road.client.arm("PATCH", CHAT, {"properties": {"disableLocalAuth": False}})
    assert not await is_off(road)
    if is_heard:
        await road.hear()
    else:
        await sweep(road.local.services)
    await road.local.settle()
    assert (await road.milestone(), await is_off(road)) == ("sealed", True)
    assert (await road.client.secret("chat-one-key")).status == 403
