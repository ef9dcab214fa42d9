"""What is asked for over HTTP, from the plan that is shown to what the ledger says of it and the way back."""

import asyncio
from typing import Any

import pytest

from simulator.company.identities import ALICE, CAROL, CHAT_USERS, DORA
from tests.e2e.app import AppRun
from tests.e2e.portal import Portal, encoded
from tests.patience import PATIENCE
from tests.watching import CHAT, USER_ROLE

pytestmark = pytest.mark.e2e
ENDS = {"succeeded", "blocked", "failed"}


async def ended(portal: Portal, operation: dict[str, Any]) -> dict[str, Any]:
    """The operation once it has ended, followed as a page would."""
    seen = operation
    async with asyncio.timeout(PATIENCE):
        while seen["state"] not in ENDS:
            query = {"after": str(seen["sequence"]), "wait": "10"}
            status, later, _ = await portal.call("GET", f"/operations/{operation['id']}", query=query, role="Read")
            assert status == 200
            assert later["sequence"] >= seen["sequence"]
            seen = later
    return seen


async def asked(portal: Portal, path: str, body: Any = None, role: str = "Admin", **headers: str) -> dict[str, Any]:
    status, found, answered = await portal.call("POST", path, body=body, role=role, headers=headers)
    assert status == 202, found
    assert answered["Location"] == f"/api/operations/{found['id']}"
    operation: dict[str, Any] = found
    return operation


async def test_an_account_is_onboarded_by_hand_while_events_are_away_and_taken_back(
    portal: Portal, app: AppRun
) -> None:
    account = CHAT.replace("chat-one", "by-hand")
    gone = await app.client.arm(
        "DELETE",
        f"/subscriptions/{account.split('/')[2]}/providers/Microsoft.EventGrid/eventSubscriptions/unkeyed-production",
        version="2022-06-15",
    )
    assert gone.status in {200, 202, 204}
    await app.client.create_account(account)
    path = encoded(account)
    _, shown, _ = await portal.call("POST", f"{path}/onboard", query={"dryRun": "true"}, role="Operate")
    assert [each["kind"] for each in shown["steps"]][:1] == ["AssignRole"]
    assert "Cognitive Services User" in shown["steps"][0]["text"]
    assert await app.client.assignments(account) == []

    done = await ended(portal, await asked(portal, f"{path}/onboard", role="Operate"))
    assert (done["state"], done["askedBy"]) == ("succeeded", {"id": CAROL.id, "name": "Carol"})
    assert [(each["kind"], each["state"]) for each in done["steps"]] == [("AssignRole", "done")]
    assert (done["done"], done["total"]) == (1, 1)
    assert len(await app.client.assignments(account)) == 1

    _, seen, _ = await portal.call("GET", path, role="Read")
    assert seen["milestone"] == "proven"
    assert [each["milestone"] for each in seen["road"] if each["reached"]] == [
        "ready",
        "granted",
        "connected",
        "proven",
    ][: len([each for each in seen["road"] if each["reached"]])]
    _, ledger, _ = await portal.call("GET", f"{path}/ledger", role="Read")
    (entry,) = ledger["value"]
    assert (entry["kind"], entry["state"], entry["undoable"], entry["askedBy"]["name"]) == (
        "AssignRole",
        "done",
        True,
        "Carol",
    )

    back = await ended(portal, await asked(portal, f"{path}/rollback", {"operation": done["id"]}))
    assert back["state"] == "succeeded"
    assert await app.client.assignments(account) == []
    _, seen, _ = await portal.call("GET", path, role="Read")
    assert seen["stoppedAt"] == "ready"
    status, refused, _ = await portal.call("POST", f"{path}/onboard", role="Operate")
    assert status == 409
    assert "let it go on" in str(refused["error"]["details"]).lower()

    await ended(portal, await asked(portal, f"{path}/resume"))
    assert len(await app.client.assignments(account)) == 1


async def test_a_caller_grants_only_what_the_policy_lets_them(portal: Portal, app: AppRun) -> None:
    account = CHAT.replace("chat-one", "granted-one")
    await app.client.create_account(account)
    await app.until_at("proven", account)
    owner = "8e3af657-a8ff-443c-a75c-2fe8c4bcb635"
    for body in ({"principalId": CHAT_USERS.id, "role": owner}, {"principalId": DORA.id, "role": USER_ROLE}):
        status, found, _ = await portal.call("POST", f"{encoded(account)}/grants", body=body)
        assert status == 409, found
        assert all(each["fix"] for each in found["error"]["details"])
    assert len(await app.client.assignments(account)) == 1


async def test_a_key_makes_a_repetition_harmless(portal: Portal, app: AppRun) -> None:
    account = CHAT.replace("chat-one", "revoked-one")
    await app.client.create_account(account)
    await app.until_at("proven", account)
    body = {"despite": ["logs.noSetting", "quiet.unknown", "logs.noRows"]}
    path = f"{encoded(account)}/keys/revoke"
    _, refused, _ = await portal.call("POST", path, body={})
    body["despite"] = [each["code"] for each in refused["error"]["details"]]
    before = (await app.client.list_keys(account)).body
    first = await asked(portal, path, body, **{"Idempotency-Key": "revoke-once"})
    again = [await asked(portal, path, body, **{"Idempotency-Key": "revoke-once"}) for _ in range(3)]
    assert {each["id"] for each in again} == {first["id"]}
    done = await ended(portal, first)
    assert (done["state"], done["done"]) == ("succeeded", 2)
    after = (await app.client.list_keys(account)).body
    assert not set(before.values()) & set(after.values())
    await asked(portal, path, body, **{"Idempotency-Key": "revoke-once"})
    await app.until_idle()
    assert (await app.client.list_keys(account)).body == after, "a repetition long after changes nothing"


async def test_what_explains_answers_of_the_account_as_it_is(portal: Portal, app: AppRun) -> None:
    account = CHAT.replace("chat-one", "explained-one")
    await app.client.create_account(account)
    await app.until_at("proven", account)
    path = encoded(account)
    _, access, _ = await portal.call("GET", f"{path}/access", role="Read", query={"principalId": ALICE.id})
    assert (access["mayInfer"], access["mayListKeys"]) == ("yes", "yes")
    assert access["holdings"][0]["through"][0]["name"] == "sg-chat-users"
    error = "Error code: 401 - {'error': {'code': 'PermissionDenied', 'message': 'Principal does not have access to API/Operation.'}}"
    _, told, _ = await portal.call(
        "POST", f"{path}/diagnose", role="Read", body={"error": error, "principalId": DORA.id}
    )
    assert told["findings"][0]["code"] == "role.notInGroup"
    assert told["findings"][0]["fix"]
    _, snippet, _ = await portal.call("GET", f"{path}/snippet", role="Read", query={"language": "python"})
    assert "explained-one" in snippet["endpoint"]
    compile(snippet["code"], snippet["fileName"], "exec")
