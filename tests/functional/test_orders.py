"""What a person asks for: each order is shown, carried out, refused where it must be, and done once however often it is asked."""

from datetime import timedelta

import pytest

from shared.errors import NotFoundError, PermanentError
from shared.models import Milestone
from shared.models.operations import OperationState
from shared.models.orders import OrderKind
from shared.road.orders.carry_out import given_up
from shared.road.orders.progress import wait_for_news
from shared.road.sweep import sweep
from shared.roles import ALIASES
from simulator.company.identities import CHAT_USERS
from tests.functional.ordering import Ordering
from tests.functional.road import CHAT, PROJECT, VAULT_URL, policy
from tests.local import LocalRun

USER, FOUNDRY_USER = "cognitive-services-user", "foundry-user"
ROTATING = f'keys: {{vault: "{VAULT_URL}", grace: PT1H, rotateEvery: P30D}}'
NO_VAULT = "keys: {grace: PT1H}"
ON_REQUEST = f"onRequest:\n      - {{groupName: sg-chat-users, role: {FOUNDRY_USER}}}\n    connections"
SUCCEEDED, BLOCKED, FAILED = OperationState.SUCCEEDED, OperationState.BLOCKED, OperationState.FAILED


def on_request(text: str) -> str:
    return text.replace("connections", ON_REQUEST)


@pytest.fixture
async def road(local: LocalRun) -> Ordering:
    return Ordering(local)


# onboard and resume


async def test_an_account_is_onboarded_as_far_as_it_goes_and_its_posture_says_who_asked(road: Ordering) -> None:
    await road.begin(policy("proven"))
    assert await road.steps(OrderKind.ONBOARD) == [
        f"assign Cognitive Services User to group '{CHAT_USERS.name}' ({CHAT_USERS.id}) on the account",
        "call https://chat-one.cognitiveservices.azure.com/ with a token",
        f"write the account's key1 to secret chat-one-key in {VAULT_URL}",
    ]
    assert await road.local.ledger() == []
    found = await road.carried_out(OrderKind.ONBOARD)
    assert found.operation.state is SUCCEEDED
    assert found.operation.milestone is Milestone.PROVEN
    assert [each.state for each in found.steps] == ["done", "done"]
    assert (await road.local.posture()).cause == "asked for by Alice"


async def test_an_account_without_a_rule_and_one_that_is_exempt_are_not_onboarded(road: Ordering) -> None:
    await road.begin(policy("proven").replace("rg-chat", "rg-other"))
    assert await road.codes(OrderKind.ONBOARD) == {"order.noRule"}
    exempt = f'exemptions: [{{account: "{CHAT}", until: 2099-01-01, reason: "speech"}}]\n'
    road.local.policy.write_text(policy("proven") + exempt)
    assert await road.codes(OrderKind.ONBOARD) == {"order.exempt"}
    found = await road.carried_out(OrderKind.ONBOARD)
    assert (found.operation.state, found.operation.blockers[0]["code"]) == (BLOCKED, "order.exempt")
    assert road.local.room.items == []


async def test_an_account_that_does_not_exist_is_said_not_to(road: Ordering) -> None:
    await road.begin(policy("proven"))
    with pytest.raises(NotFoundError):
        await road.show(OrderKind.ONBOARD, f"{CHAT}-none")
    found = await road.carried_out(OrderKind.ROTATE, f"{CHAT}-none")
    assert (found.operation.state, found.operation.error_code) == (FAILED, "AccountNotFound")


async def test_a_stopped_account_goes_on_only_once_it_is_resumed(road: Ordering) -> None:
    await road.begin(policy("proven"))
    await road.walk()
    back = await road.carried_out(OrderKind.ROLL_BACK, to=Milestone.READY)
    assert (back.operation.state, back.operation.milestone) == (SUCCEEDED, Milestone.READY)
    assert await road.codes(OrderKind.ONBOARD) == {"order.stopped"}
    assert await road.codes(OrderKind.GRANT, principal=CHAT_USERS.id, role=USER) == {"order.stopped"}
    found = await road.carried_out(OrderKind.RESUME)
    assert found.operation.milestone is Milestone.PROVEN
    assert (await road.local.posture()).milestone == "proven"


async def test_a_rollback_after_it_was_asked_to_resume_is_not_undone_by_it(road: Ordering) -> None:
    await road.begin(policy("proven"))
    await road.walk()
    asked = await road.ask(OrderKind.RESUME)
    [(_, item)] = road.local.room.items
    road.local.room.items.clear()
    await road.carried_out(OrderKind.ROLL_BACK, to=Milestone.READY)
    await road.local.work(item)
    assert (await road.progress(asked.id)).operation.milestone is Milestone.READY


# roles


async def test_a_role_is_given_on_request_kept_by_passes_and_taken_back(road: Ordering) -> None:
    await road.begin(on_request(policy("granted")))
    await road.walk()
    pair = {"principal": CHAT_USERS.id.upper(), "role": FOUNDRY_USER}
    assert len(await road.client.assignments(CHAT)) == 1
    assert len(await road.steps(OrderKind.GRANT, **pair)) == 1
    found = await road.carried_out(OrderKind.GRANT, **pair)
    assert [(each.kind, each.state) for each in found.steps] == [("AssignRole", "done")]
    assert await road.steps(OrderKind.GRANT, **pair) == []
    await road.walk()
    assert len(await road.client.assignments(CHAT)) == 2, "a pass took back what was asked for"
    found = await road.carried_out(OrderKind.REMOVE_GRANT, **pair)
    assert [(each.kind, each.state) for each in found.steps] == [("RemoveAssignment", "done")]
    assert await road.steps(OrderKind.REMOVE_GRANT, **pair) == []
    assert len(await road.client.assignments(CHAT)) == 1


async def test_an_assignment_of_the_rule_that_may_now_be_asked_for_is_left_alone(road: Ordering) -> None:
    await road.begin(policy("granted", grants=f"- {{group: {CHAT_USERS.id}, role: {FOUNDRY_USER}}}"))
    await road.walk()
    assert len(await road.client.assignments(CHAT)) == 2
    road.local.policy.write_text(on_request(policy("granted")))
    await road.walk()
    assert len(await road.client.assignments(CHAT)) == 2
    road.local.policy.write_text(on_request(policy("granted")).replace("sg-chat-users", "sg-other"))
    await road.walk()
    assert len(await road.client.assignments(CHAT)) == 1


async def test_what_the_policy_does_not_allow_is_not_given(road: Ordering) -> None:
    await road.begin(on_request(policy("granted")))
    assert await road.codes(OrderKind.GRANT, principal=CHAT_USERS.id, role="cognitive-services-data-reader") == {
        "grant.notAllowed"
    }
    somebody = "00000000-0000-4000-8000-00000000abcd"
    assert await road.codes(OrderKind.GRANT, principal=somebody, role=USER) == {"grant.notAGroup"}
    assert await road.codes(OrderKind.REMOVE_GRANT, principal=CHAT_USERS.id, role=USER) == {"grant.ofTheRule"}


async def test_an_assignment_of_somebody_else_is_not_taken_back(road: Ordering) -> None:
    await road.begin(on_request(policy("granted")))
    await road.client.grant(CHAT, CHAT_USERS.id, ALIASES[FOUNDRY_USER])
    pair = {"principal": CHAT_USERS.id, "role": FOUNDRY_USER}
    assert await road.codes(OrderKind.REMOVE_GRANT, **pair) == {"grant.notOwn"}


# connections


async def test_connections_are_switched_on_request_though_the_rule_leaves_them_alone(road: Ordering) -> None:
    await road.begin(policy("proven", NO_VAULT, connections="leave"))
    await road.client.add_project(CHAT, "alpha")
    target = "https://chat-one.openai.azure.com/"
    one, two = [await road.connect(PROJECT, name, target=target) for name in ("one", "two")]
    await road.walk()
    assert await road.codes(OrderKind.SWITCH, connections=("three",)) == {"connection.unknown"}
    found = await road.carried_out(OrderKind.SWITCH, connections=(one.upper(),))
    if found.operation.state is BLOCKED:  # the roles have yet to arrive
        assert found.operation.retry_at
        await road.local.advance(timedelta(minutes=6))
        found = await road.carried_out(OrderKind.SWITCH, connections=(one.upper(),))
    assert found.operation.state is SUCCEEDED
    assert [(await road.read(each))["authType"] for each in (one, two)] == ["AAD", "ApiKey"]
    found = await road.carried_out(OrderKind.SWITCH)
    assert [(each.kind, each.state) for each in found.steps] == [("SwitchConnection", "done")]
    assert (await road.read(two))["authType"] == "AAD"


async def test_no_connection_is_switched_where_no_token_is_taken(road: Ordering) -> None:
    await road.begin(policy("granted", NO_VAULT, connections="leave"))
    await road.client.add_project(CHAT, "alpha")
    await road.connect(PROJECT, "one", target="https://chat-one.openai.azure.com/")
    found = await road.carried_out(OrderKind.SWITCH)
    assert found.operation.state is BLOCKED
    assert found.steps == ()


# keys


async def test_a_key_is_rotated_though_none_is_due_but_not_within_the_grace_period(road: Ordering) -> None:
    await road.begin(policy("proven", ROTATING))
    await road.walk()
    keys = await road.keys()
    shown = await road.show(OrderKind.ROTATE)
    assert {each.code for each in shown.refused} == {"revoke.grace"}
    assert shown.retry_at
    await road.local.advance(timedelta(hours=1, minutes=1))
    found = await road.carried_out(OrderKind.ROTATE)
    assert [(each.kind, each.state) for each in found.steps] == [("RotateKey", "done")]
    after = await road.keys()
    assert after["key1"] == keys["key1"]
    assert after["key2"] != keys["key2"]
    assert (await road.secret())["value"] == after["key2"]
    assert await road.codes(OrderKind.ROTATE) == {"revoke.grace"}


async def test_a_key_is_not_rotated_where_no_vault_tells_of_it(road: Ordering) -> None:
    await road.begin(policy("proven", NO_VAULT))
    assert await road.codes(OrderKind.ROTATE) == {"rotation.noVault"}


async def test_both_keys_die_by_an_admin_s_word_that_names_what_it_breaks(road: Ordering) -> None:
    await road.begin(policy("proven", NO_VAULT))
    before = await road.keys()
    codes = await road.codes(OrderKind.REVOKE)
    assert codes
    found = await road.carried_out(OrderKind.REVOKE, despite=tuple(codes))
    assert [(each.kind, each.state) for each in found.steps] == [("RevokeKey", "done"), ("RevokeKey", "done")]
    assert set(before.values()).isdisjoint((await road.keys()).values())


async def test_the_vault_gives_out_a_live_key_after_both_have_died(road: Ordering) -> None:
    await road.begin(policy("proven"))
    await road.walk()
    before = await road.keys()
    codes = await road.codes(OrderKind.REVOKE)
    assert {"revoke.vaultConsumers", "revoke.grace"} <= codes
    assert await road.codes(OrderKind.REVOKE, despite=("revoke.grace",)) == codes - {"revoke.grace"}
    found = await road.carried_out(OrderKind.REVOKE, despite=tuple(codes))
    assert [(each.kind, each.state) for each in found.steps] == [("RotateKey", "done"), ("RevokeKey", "done")]
    after = await road.keys()
    assert set(before.values()).isdisjoint(after.values())
    assert (await road.secret())["value"] == after["key2"]
    assert await road.takes(after["key2"])


async def test_the_key_that_the_vault_gives_out_lives_on_where_the_vault_takes_no_other(road: Ordering) -> None:
    await road.begin(policy("proven"))
    await road.walk()
    before = await road.keys()
    codes = tuple(await road.codes(OrderKind.REVOKE))
    await road.client.fault(method="PUT", path="/secrets/", times=5, answer={"status": 403, "code": "Forbidden"})
    found = await road.carried_out(OrderKind.REVOKE, despite=codes)
    assert (found.operation.state, found.operation.error_code) == (FAILED, "Forbidden")
    assert [(each.kind, each.state) for each in found.steps] == [("RotateKey", "refused")]
    assert (await road.keys())["key1"] == before["key1"] == (await road.secret())["value"]


async def test_keys_of_an_account_without_a_rule_may_be_made_to_die(road: Ordering) -> None:
    await road.begin(policy("proven").replace("rg-chat", "rg-other"))
    codes = await road.codes(OrderKind.REVOKE)
    found = await road.carried_out(OrderKind.REVOKE, despite=tuple(codes))
    assert found.operation.state is SUCCEEDED
    assert len(found.steps) == 2


async def test_keys_that_must_die_do_not_wait_for_the_limit_of_changes(road: Ordering) -> None:
    await road.begin(policy("proven", NO_VAULT) + "limits: {changesPerHour: 1}\n")
    await road.walk()
    assert (
        await road.carried_out(OrderKind.REVOKE, despite=tuple(await road.codes(OrderKind.REVOKE)))
    ).operation.state is SUCCEEDED


# key access


async def test_key_access_is_turned_off_despite_what_is_unknown_of_quiet_but_never_before_a_token_is_proven(
    road: Ordering,
) -> None:
    await road.begin(policy("proven"), logs=False)
    keys, codes = await road.keys(), await road.codes(OrderKind.SEAL)
    assert {"logs.noSetting", "revoke.waits"} <= codes
    await road.walk()
    found = await road.carried_out(OrderKind.SEAL, despite=("logs.noSetting", "revoke.waits"))
    assert found.operation.state is SUCCEEDED
    assert [kind for kind, _ in await road.ledger_of(found.operation.id)] == ["DisableLocalAuth", "WithdrawKey"]
    assert not await road.takes(keys["key1"])
    assert await road.codes(OrderKind.REVOKE) == {"keys.off"}
    found = await road.carried_out(OrderKind.UNSEAL)
    assert [kind for kind, _ in await road.ledger_of(found.operation.id)] == ["EnableLocalAuth", "PublishKey"]
    assert await road.takes((await road.secret())["value"])


async def test_a_seal_is_followed_until_a_key_is_refused(road: Ordering) -> None:
    await road.begin(policy("proven"), logs=False)
    await road.walk()
    await road.client.turn(local_auth_lag=20)
    asked = await road.ask(OrderKind.SEAL, despite=("logs.noSetting", "revoke.waits"))
    await road.work_off()
    found = (await road.progress(asked.id)).operation
    assert (found.state, [each["code"] for each in found.blockers]) == (OperationState.WAITING, ["seal.lagging"])
    await road.local.settle(passes=80)
    assert (await road.progress(asked.id)).operation.state is SUCCEEDED
    assert [kind for kind, _ in await road.ledger_of(asked.id)] == ["DisableLocalAuth", "WithdrawKey"]


async def test_an_admin_closes_an_account_that_no_rule_is_for_once_its_token_is_proven(road: Ordering) -> None:
    await road.begin(policy("proven").replace("rg-chat", "rg-other"), logs=False)
    await sweep(road.local.services)
    road.local.room.items.clear()
    shown = await road.show(OrderKind.SEAL, despite=("logs.noSetting", "revoke.waits"))
    assert [type(each).__name__ for each in shown.steps] == ["Probe", "DisableLocalAuth"]
    found = await road.carried_out(OrderKind.SEAL, despite=("logs.noSetting", "revoke.waits"))
    assert [(each.kind, each.state) for each in found.steps] == [("DisableLocalAuth", "done")]
    assert not await road.takes("any")
    assert await road.codes(OrderKind.GRANT, principal=CHAT_USERS.id, role=USER) == {"order.noRule"}


async def test_key_access_that_somebody_else_turned_off_is_left_to_them(road: Ordering) -> None:
    await road.begin(policy("proven"))
    off = {"properties": {"disableLocalAuth": True}}
    assert (await road.client.arm("PATCH", CHAT, off)).status in {200, 202}
    assert await road.codes(OrderKind.UNSEAL) == {"unseal.notOwn"}


async def test_a_seal_that_no_token_is_proven_for_is_refused_whatever_is_borne(road: Ordering) -> None:
    await road.begin(policy("granted", connections="leave"), kind="SpeechServices")
    codes = await road.codes(OrderKind.SEAL)
    found = await road.carried_out(OrderKind.SEAL, despite=tuple(codes))
    assert found.operation.state is BLOCKED
    assert "probe.kindUnsupported" in {each["code"] for each in found.operation.blockers}
    assert found.steps == ()


# the way back


async def test_an_operation_is_undone_and_once_only(road: Ordering) -> None:
    await road.begin(on_request(policy("granted")))
    await road.walk()
    given = await road.carried_out(OrderKind.GRANT, principal=CHAT_USERS.id, role=FOUNDRY_USER)
    assert len(await road.steps(OrderKind.ROLL_BACK, undo=given.operation.id)) == 1
    found = await road.carried_out(OrderKind.ROLL_BACK, undo=given.operation.id)
    assert [(each.kind, each.state) for each in found.steps] == [("RemoveAssignment", "done")]
    assert await road.codes(OrderKind.ROLL_BACK, undo=given.operation.id) == {"undo.nothing"}
    with pytest.raises(PermanentError, match="name a milestone"):
        await road.show(OrderKind.ROLL_BACK)


# operations


async def test_the_same_key_is_one_operation_and_another_request_by_it_is_refused(road: Ordering) -> None:
    await road.begin(policy("proven", NO_VAULT))
    codes = tuple(await road.codes(OrderKind.REVOKE))
    first = await road.carried_out(OrderKind.REVOKE, key="one-key", despite=codes)
    writes = await road.local.writes()
    again = await road.carried_out(OrderKind.REVOKE, key="one-key", despite=codes)
    assert (again.operation, len(again.steps)) == (first.operation, 2)
    assert await road.local.writes() == writes
    with pytest.raises(PermanentError) as refused:
        await road.ask(OrderKind.ONBOARD, key="one-key")
    assert refused.value.code == "IdempotencyKeyReused"


async def test_an_order_whose_message_was_lost_is_queued_again_by_asking_again(road: Ordering) -> None:
    await road.begin(policy("proven"))
    asked = await road.ask(OrderKind.ONBOARD, key="lost")
    road.local.room.items.clear()
    assert (await road.progress(asked.id)).operation.state is OperationState.QUEUED
    assert (await road.carried_out(OrderKind.ONBOARD, key="lost")).operation.state is SUCCEEDED


async def test_a_message_that_comes_twice_does_it_once(road: Ordering) -> None:
    await road.begin(policy("proven", NO_VAULT))
    codes = tuple(await road.codes(OrderKind.REVOKE))
    asked = await road.ask(OrderKind.REVOKE, despite=codes)
    [(_, item)] = road.local.room.items
    await road.work_off()
    await road.local.work(item)
    assert len(await road.ledger_of(asked.id)) == 2


async def test_news_of_an_operation_comes_as_soon_as_there_is_any(road: Ordering) -> None:
    await road.begin(policy("proven"))
    asked = await road.ask(OrderKind.ONBOARD)
    before = await road.progress(asked.id)
    still = await wait_for_news(road.local.services, asked.id, after=before.sequence, seconds=0.5)
    assert still
    assert still.sequence == before.sequence
    await road.work_off()
    after = await wait_for_news(road.local.services, asked.id, after=before.sequence, seconds=20)
    assert after
    assert after.sequence > before.sequence
    assert await wait_for_news(road.local.services, "none", after=0, seconds=1) is None


async def test_an_order_that_azure_puts_off_waits_and_is_done_then(road: Ordering) -> None:
    await road.begin(on_request(policy("granted")) + "limits: {changesPerHour: 1}\n")
    await road.walk()
    asked = await road.ask(OrderKind.GRANT, principal=CHAT_USERS.id, role=FOUNDRY_USER)
    await road.work_off()
    found = await road.progress(asked.id)
    assert (found.operation.state, found.operation.error_code) == (OperationState.WAITING, "ChangesPerHour")
    assert [each.state for each in found.steps] == ["planned"]
    assert found.operation.retry_at
    await road.local.advance(timedelta(hours=1))
    await road.work_off()
    found = await road.progress(asked.id)
    assert (found.operation.state, found.operation.error_code) == (SUCCEEDED, "")


async def test_an_order_whose_message_is_given_up_on_has_failed_for_whoever_looks_on(road: Ordering) -> None:
    await road.begin(policy("proven"))
    asked = await road.ask(OrderKind.ONBOARD)
    (item,) = road.order_waits()
    await given_up(road.local.services, item)
    found = (await road.progress(asked.id)).operation
    assert (found.state, found.error_code) == (FAILED, "GivenUp")
    await road.work_off()
    assert (await road.progress(asked.id)).operation == found, "what has ended stays as it ended"
