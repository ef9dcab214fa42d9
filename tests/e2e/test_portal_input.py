"""Bad input of every kind: an answer that says what to do, in the one shape, and nothing changed by it."""

import json
from typing import Any
from urllib.parse import quote

import pytest

from simulator.company.identities import ALICE, CHAT_USERS, PRODUCTION
from tests.e2e.app import AppRun
from tests.e2e.portal import Portal, encoded
from tests.watching import CHAT

NOBODY = "00000000-0000-4000-8000-0000000000ff"
UNKNOWN = CHAT.replace("chat-one", "no-such-account")
ELSEWHERE = CHAT.replace(PRODUCTION, NOBODY)
GRANT = {"principalId": CHAT_USERS.id, "role": "cognitive-services-user"}
MALFORMED = [
    "nonsense",
    "/subscriptions/x",
    CHAT.replace(PRODUCTION, "not-a-guid"),
    CHAT.replace("CognitiveServices", "Storage"),
    CHAT.rpartition("/")[0],
    "%00",
    "..%2F..%2Fetc%2Fpasswd",
    "/subscriptions/" + "a" * 3000,
]


async def refused(portal: Portal, method: str, path: str, status: int, code: str, *words: str, **more: Any) -> Any:
    """The fault that an answer tells of, once it is of this status and code and says these words."""
    found, body, headers = await portal.call(method, path, **more)
    assert (found, body["error"]["code"]) == (status, code), f"{method} {path[:90]}: {found} {body}"
    assert set(body) == {"error", "operationId"}
    assert set(body["error"]) == {"code", "message", "target", "details"}
    assert body["operationId"]
    assert headers["Content-Type"] == "application/json"
    for word in words:
        assert word in body["error"]["message"], body["error"]["message"]
    return body["error"]


@pytest.mark.parametrize("account", MALFORMED)
async def test_a_malformed_id_is_answered_with_what_one_looks_like(portal: Portal, account: str) -> None:
    await refused(
        portal, "GET", f"/accounts/{quote(account, safe='%')}", 400, "accountIdInvalid", "/providers/Microsoft."
    )


async def test_nothing_is_asked_for_of_a_malformed_id(portal: Portal) -> None:
    for account in ("nonsense", CHAT.replace("CognitiveServices", "Storage")):
        await refused(portal, "POST", f"/accounts/{quote(account, safe='')}/onboard", 400, "accountIdInvalid")


async def test_an_account_that_is_not_there_is_said_to_be_so(portal: Portal) -> None:
    for account in (UNKNOWN, ELSEWHERE):
        await refused(portal, "GET", encoded(account), 404, "notFound", "no account")
        for path in ("onboard", "keys/rotate", "keys/revoke", "connections/switch"):
            await refused(portal, "POST", f"{encoded(account)}/{path}", 404, "notFound", "no account")


async def test_an_id_counts_in_any_casing_encoded_or_not(portal: Portal, app: AppRun) -> None:
    await app.client.create_account(CHAT)
    for account in (CHAT, CHAT.lower(), CHAT.upper(), quote(CHAT, safe=""), quote(CHAT.upper(), safe=""), f"{CHAT}/"):
        status, body, _ = await portal.call("GET", f"/accounts/{account.lstrip('/')}")
        assert (status, body["name"]) == (200, "chat-one"), account
        status, _, _ = await portal.call("GET", f"/accounts{account if account.startswith('/') else '/' + account}")
        assert status == 200, account


async def test_an_account_may_be_named_like_a_route(portal: Portal, app: AppRun) -> None:
    account = CHAT.replace("chat-one", "access")
    await app.client.create_account(account, properties={"customSubDomainName": "access-one"})
    status, body, _ = await portal.call("GET", encoded(account))
    assert (status, body["name"]) == (200, "access")
    status, _, _ = await portal.call("GET", f"{encoded(account)}/access", query={"principalId": ALICE.id})
    assert status == 200


@pytest.mark.parametrize(
    ("path", "body", "target"),
    [
        ("grants", {**GRANT, "role": ""}, "body.role"),
        ("grants", {**GRANT, "principalId": "sg-chat-users"}, "body.principalId"),
        ("grants", {"role": "cognitive-services-user"}, "body.principalId"),
        ("grants", {**GRANT, "scope": "/"}, "body.scope"),
        ("grants", [], "body"),
        ("local-auth", {}, "body.enabled"),
        ("local-auth", {"enabled": "perhaps"}, "body.enabled"),
        ("rollback", {"to": "nowhere"}, "body.to"),
        ("rollback", {"operation": "1"}, "body.operation"),
        ("keys/revoke", {"despite": ["; drop table"]}, "body.despite.0"),
        ("connections/switch", {"connections": [""]}, "body.connections.0"),
        ("connections/switch", {"connections": "all"}, "body.connections"),
    ],
)
async def test_each_fault_of_a_body_is_named_with_its_place(portal: Portal, path: str, body: Any, target: str) -> None:
    error = await refused(portal, "POST", f"{encoded(CHAT)}/{path}", 400, "invalidRequest", target, body=body)
    assert target in [each["target"] for each in error["details"]]


async def test_a_request_says_one_thing_to_go_back_to(portal: Portal) -> None:
    both = {"to": "granted", "operation": NOBODY}
    for body in ({}, both):
        await refused(portal, "POST", f"{encoded(CHAT)}/rollback", 400, "invalidRequest", "either", body=body)


async def test_a_role_nobody_knows_is_refused_with_where_to_look(portal: Portal, app: AppRun) -> None:
    await app.client.create_account(CHAT)
    for role in ("Cognitive Services User", "owner", "8e3af657"):
        await refused(
            portal, "POST", f"{encoded(CHAT)}/grants", 400, "invalidRequest", "GUID", body={**GRANT, "role": role}
        )


async def test_a_person_where_a_group_is_meant_is_refused(portal: Portal, app: AppRun) -> None:
    await app.client.create_account(CHAT)
    body = {**GRANT, "principalId": ALICE.id}
    status, found, _ = await portal.call("POST", f"{encoded(CHAT)}/grants", body=body)
    assert status == 409
    assert "group" in found["error"]["message"]
    assert found["error"]["details"][0]["fix"]


async def test_a_body_that_is_too_large_or_no_json_is_not_looked_at(portal: Portal) -> None:
    path = f"{encoded(CHAT)}/grants"
    large = json.dumps({**GRANT, "role": "x" * 70_000}).encode()
    json_type = {"Content-Type": "application/json"}
    await refused(portal, "POST", path, 413, "bodyTooLarge", "65536", data=large, headers=json_type)
    for kind in ("text/plain", "application/x-www-form-urlencoded", "application/xml"):
        error = await refused(
            portal,
            "POST",
            path,
            415,
            "contentTypeUnknown",
            "application/json",
            data=b"{}",
            headers={"Content-Type": kind},
        )
        assert kind in error["message"]
    for text in (b"{", b"\xff\xfe", b'{"role": NaN}', b"[" * 30_000):
        await refused(portal, "POST", path, 400, "invalidRequest", data=text, headers=json_type)


@pytest.mark.parametrize(
    ("path", "query"),
    [
        ("/accounts", {"top": "0"}),
        ("/accounts", {"top": "many"}),
        ("/accounts", {"milestone": "nowhere"}),
        ("/accounts", {"subscription": "x"}),
        ("/accounts", {"cursor": "abc"}),
        ("/report", {"format": "xlsx"}),
        (f"{encoded(CHAT)}/access", {}),
        (f"{encoded(CHAT)}/access", {"principalId": "alice@contoso.example"}),
        (f"{encoded(CHAT)}/snippet", {"language": "cobol"}),
        (f"{encoded(CHAT)}/ledger", {"top": "201"}),
        ("/operations/1", {}),
        (f"/operations/{NOBODY}", {"wait": "3600"}),
    ],
)
async def test_a_query_that_is_wrong_is_refused(portal: Portal, path: str, query: dict[str, str]) -> None:
    status, body, _ = await portal.call("GET", path, query=query)
    assert (status, body["error"]["code"]) in {(400, "invalidRequest"), (404, "cursorUnknown")}, body
    assert len(body["error"]["message"]) > 20


async def test_a_parameter_that_is_not_known_is_not_taken_for_another(portal: Portal, app: AppRun) -> None:
    await app.client.create_account(CHAT)
    for name in ("dryrun", "dry_run", "DryRun", "top"):
        error = await refused(
            portal, "POST", f"{encoded(CHAT)}/onboard", 400, "invalidRequest", "dryRun", query={name: "true"}
        )
        assert error["details"][0]["target"] == f"query.{name}"


async def test_an_operation_nobody_asked_for_is_unknown(portal: Portal) -> None:
    await refused(portal, "GET", f"/operations/{NOBODY}", 404, "operationUnknown")


async def test_a_key_that_was_used_for_another_request_is_refused(portal: Portal, app: AppRun) -> None:
    await app.client.create_account(CHAT)
    headers = {"Idempotency-Key": "one"}
    first, operation, _ = await portal.call("POST", f"{encoded(CHAT)}/onboard", headers=headers)
    again, same, _ = await portal.call("POST", f"{encoded(CHAT.upper())}/onboard", headers=headers)
    assert (first, again) == (202, 202)
    assert same["id"] == operation["id"]
    path = f"{encoded(CHAT)}/keys/revoke"
    await refused(portal, "POST", path, 422, "idempotencyKeyReused", body={}, headers=headers)
    _, other, _ = await portal.call("POST", f"{encoded(CHAT)}/onboard", headers=headers, role="Operate")
    assert other["id"] != operation["id"], "another caller's key is another key"


async def test_an_address_that_is_not_there_and_a_method_that_is_not_taken_say_so(portal: Portal) -> None:
    await refused(portal, "GET", "/nowhere", 404, "notFound", "/api/docs")
    await refused(portal, "GET", f"{encoded(CHAT)}/nowhere", 404, "notFound", "/api/docs")
    status, body, headers = await portal.call("PUT", f"{encoded(CHAT)}/grants", body={})
    assert (status, body["error"]["code"]) == (405, "methodNotAllowed")
    assert set(headers["Allow"].split(", ")) == {"POST", "DELETE"}


async def test_what_was_sent_is_not_repeated_where_it_looks_like_a_key(portal: Portal) -> None:
    key = "0123456789abcdef0123456789abcdef"
    for body in ({**GRANT, "role": key}, {**GRANT, "principalId": key}, {key: 1}):
        _, found, _ = await portal.call("POST", f"{encoded(CHAT)}/grants", body=body)
        assert key not in json.dumps(found)
