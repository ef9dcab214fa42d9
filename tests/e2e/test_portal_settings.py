"""What settings make of the HTTP side: a platform that signs callers in, other origins, how often a caller may call."""

import base64
import json
from typing import Any

from simulator.company.identities import ALICE, DORA
from tests.e2e.app import AppRun
from tests.e2e.portal import Portal
from tests.local import Place

ORIGIN = "https://portal.contoso.example"
SETTINGS = {
    "WEBSITE_AUTH_ENABLED": "True",
    "WEBSITE_SKU": "ElasticPremium",
    "UNKEYED_PORTAL_ORIGINS": ORIGIN,
    "UNKEYED_PORTAL_CALLS_PER_MINUTE": "20",
}


def principal(place: Place, person: str, *roles: str, provider: str = "aad", **claims: str) -> dict[str, str]:
    """What App Service puts into a request of somebody whom it has signed in."""
    said = {"tid": place.variables["AZURE_TENANT_ID"], "oid": person, "name": "Somebody", **claims}
    listed = [{"typ": name, "val": value} for name, value in said.items()]
    listed += [{"typ": "roles", "val": each} for each in roles]
    whole = {"auth_typ": provider, "claims": listed, "name_typ": "name", "role_typ": "roles"}
    return {"X-MS-CLIENT-PRINCIPAL": base64.b64encode(json.dumps(whole).encode()).decode()}


async def test_who_the_platform_has_signed_in_is_believed(portal: Portal, app: AppRun) -> None:
    async def status(headers: dict[str, str], path: str = "/fleet", **more: Any) -> int:
        return (await portal.call("GET", path, role=None, headers=headers, **more))[0]

    assert await status(principal(app.place, ALICE.id, "Unkeyed.Read")) == 200
    assert await status(principal(app.place, ALICE.id)) == 403
    assert await status(principal(app.place, ALICE.id, "Unkeyed.Read", tid=ALICE.id)) == 401
    assert await status(principal(app.place, ALICE.id, "Unkeyed.Read", provider="google")) == 401
    assert await status({"X-MS-CLIENT-PRINCIPAL": "nonsense"}) == 401
    forged = {**principal(app.place, DORA.id, "Unkeyed.Admin"), "Authorization": "Bearer nonsense"}
    assert await status(forged) == 401, "a token that was sent counts alone"


async def test_pages_of_named_origins_may_call_and_no_others(portal: Portal) -> None:
    asks = {"Access-Control-Request-Method": "POST", "Access-Control-Request-Headers": "authorization,idempotency-key"}
    for origin, allowed in ((ORIGIN, True), ("https://evil.example", False), (f"{ORIGIN}.evil.example", False)):
        status, _, headers = await portal.call("OPTIONS", "/accounts", role=None, headers={"Origin": origin, **asks})
        assert (status == 200) is allowed
        assert headers.get("Access-Control-Allow-Origin") == (ORIGIN if allowed else None)
        _, _, headers = await portal.call("GET", "/sign-in", role=None, headers={"Origin": origin})
        assert headers.get("Access-Control-Allow-Origin") == (ORIGIN if allowed else None)
        assert "Access-Control-Allow-Credentials" not in headers


async def test_a_caller_who_calls_too_often_is_told_to_wait_and_others_are_not(portal: Portal) -> None:
    statuses = [(await portal.call("GET", "/me", role="Operate"))[0] for _ in range(21)]
    assert statuses == [*[200] * 20, 429]
    status, body, headers = await portal.call("GET", "/me", role="Operate")
    assert (status, body["error"]["code"]) == (429, "tooManyCalls")
    assert 1 <= int(headers["Retry-After"]) <= 60
    assert (await portal.call("GET", "/me", role="Admin"))[0] == 200


async def test_every_answer_has_the_headers_that_keep_a_browser_in(portal: Portal) -> None:
    async with portal.session.get(portal.address + "/") as answer:
        policy = answer.headers["Content-Security-Policy"]
        assert answer.status == 200
        assert answer.headers["X-Content-Type-Options"] == "nosniff"
    assert "default-src 'none'" in policy
    assert "unsafe" not in policy
    assert "*" not in policy
    _, _, headers = await portal.call("GET", "/sign-in", role=None)
    assert (headers["Cache-Control"], headers["X-Content-Type-Options"]) == ("no-store", "nosniff")
