"""Who may call what: every route, with every kind of token."""

import base64
import hashlib
import hmac
import json
import re
from collections.abc import AsyncIterator, Iterator
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import jwt
import pytest
from cryptography.hazmat.primitives import serialization
from cryptography.hazmat.primitives.asymmetric import rsa

from simulator.company.identities import ALICE, DORA, PLATFORM, PORTAL, UNKEYED, WORKSTATION
from tests.e2e.app import AppRun
from tests.e2e.portal import Portal
from tests.watching import CHAT

API = Path(__file__).parent.parent.parent / "docs" / "api.md"
LEVELS = ["none", "Read", "Operate", "Admin"]
OPERATION = "00000000-0000-4000-8000-000000000000"
BODIES: dict[str, Any] = {
    "grants": {"principalId": OPERATION, "role": "cognitive-services-user"},
    "local-auth": {"enabled": False},
    "rollback": {"to": "granted"},
    "diagnose": {"error": "401 PermissionDenied"},
}
QUERIES = {
    "access": {"principalId": ALICE.id},
    "diagnose": {"error": "401 PermissionDenied"},
    "snippet": {"language": "python"},
    "grants": {"principalId": OPERATION, "role": "cognitive-services-user"},
}
SETTINGS = {"UNKEYED_PORTAL_CALLS_PER_MINUTE": "5000"}


def documented() -> Iterator[tuple[str, str, str]]:
    """Method, path and role of every route, as docs/api.md has them."""
    for row in API.read_text().splitlines():
        if found := re.match(r"\| `(GET|POST|DELETE) /api(/\S*)` \| ([\w ]+) \|", row):
            yield found[1], found[2], found[3]


ROUTES = list(documented())


async def ask(portal: Portal, method: str, path: str, **options: Any) -> tuple[int, Any]:
    """Asks a route for something that changes nothing."""
    last = path.rpartition("/")[2]
    query = {**(QUERIES.get(last, {}) if method != "POST" else {}), **({} if method == "GET" else {"dryRun": "true"})}
    if last == "diagnose":
        query.pop("dryRun", None)
    filled = path.replace("/{account}", CHAT).replace("{operation}", OPERATION)
    body = BODIES.get(last) if method == "POST" else None
    status, found, _ = await portal.call(method, filled, body=body, query=query, **options)
    return status, found


async def test_the_papers_name_every_route_of_the_document_and_no_other(portal: Portal) -> None:
    _, document, _ = await portal.call("GET", "/openapi.json", role=None)
    methods = ("get", "post", "put", "patch", "delete", "head", "options")
    served = {(each.upper(), path) for path, item in document["paths"].items() for each in item if each in methods}
    assert served == {(method, f"/api{path}") for method, path, _ in ROUTES}


@pytest.mark.parametrize("role", LEVELS)
async def test_a_role_opens_its_routes_and_those_of_the_roles_before_it(portal: Portal, role: str) -> None:
    for method, path, needed in ROUTES:
        status, body = await ask(portal, method, path, role=role)
        if needed in LEVELS and LEVELS.index(role) < LEVELS.index(needed):
            assert (status, body["error"]["code"]) == (403, "forbidden"), f"{role}: {method} {path}"
            assert f"Unkeyed.{needed}" in body["error"]["message"]
        else:
            assert status not in {401, 403}, f"{role}: {method} {path} answered {status}: {body}"


async def test_without_a_valid_token_nothing_is_open_but_what_signing_in_takes(portal: Portal) -> None:
    tokens = {name: token async for name, token in wrong_tokens(portal)}
    for method, path, _ in ROUTES:
        for name, token in tokens.items():
            status, body = await ask(portal, method, path, role=None, token=token)
            if path == "/sign-in":
                assert status == 200
            else:
                assert (status, body["error"]["code"]) == (401, "unauthenticated"), f"{name}: {method} {path}"
                assert body["operationId"]
                assert token is None or token not in json.dumps(body)


async def wrong_tokens(portal: Portal) -> AsyncIterator[tuple[str, str | None]]:
    """Each kind of token that is none for this API, the best of its kind: of somebody who has every role."""
    good = await portal.token("Admin")
    claims = jwt.decode(good, options={"verify_signature": False})
    header = jwt.get_unverified_header(good)
    yield "no token", None
    yield "not a token", "not-a-token"
    yield "a key", "0123456789abcdef0123456789abcdef"
    yield (
        "another audience",
        await portal.minted(DORA.id, "https://management.azure.com", claims={"roles": ["Unkeyed.Admin"]}),
    )
    yield "the audience as an address", await portal.minted(DORA.id, claims={"aud": f"api://{PORTAL.app_id}"})
    other = "99999999-9999-4999-8999-999999999999"
    issuer = f"https://login.microsoftonline.com/{other}/v2.0"
    yield "another tenant", await portal.minted(DORA.id, claims={"iss": issuer, "tid": other})
    yield "another tenant, hidden", await portal.minted(DORA.id, claims={"tid": other})
    yield "another issuer", await portal.minted(DORA.id, claims={"iss": issuer})
    yield "expired", await portal.minted(DORA.id, lifetime=-120)
    later = int((datetime.now(UTC) + timedelta(hours=1)).timestamp())
    yield "not valid yet", await portal.minted(DORA.id, claims={"nbf": later})
    yield "another scope", await portal.minted(DORA.id, claims={"scp": "something.else"})
    yield "an id token", await portal.minted(DORA.id, claims={"scp": None, "azp": None})
    yield "version 1", await portal.minted(DORA.id, claims={"ver": "1.0"})
    yield "unsigned", _relabelled(good, "none", signature="")
    yield "unsigned, in capitals", _relabelled(good, "NONE", signature="")
    forger = rsa.generate_private_key(public_exponent=65537, key_size=2048)
    yield "forged", jwt.encode(claims, forger, algorithm="RS256", headers={"kid": header["kid"]})
    yield "forged, of a key of its own", jwt.encode(claims, forger, algorithm="RS256", headers={"kid": "mine"})
    yield "signed with what everybody knows", await _signed_with_the_public_key(portal, claims, header["kid"])
    yield "cut", good[:-6]
    yield "of changed claims", _changed(good, roles=["Unkeyed.Admin"], oid=ALICE.id)


def _relabelled(token: str, algorithm: str, *, signature: str) -> str:
    head, payload, _ = token.split(".")
    header = {**json.loads(_decoded(head)), "alg": algorithm}
    return f"{_encoded(header)}.{payload}.{signature}"


def _changed(token: str, **claims: Any) -> str:
    head, payload, signature = token.split(".")
    return f"{head}.{_encoded({**json.loads(_decoded(payload)), **claims})}.{signature}"


def _decoded(part: str) -> bytes:
    return base64.urlsafe_b64decode(part + "=" * (-len(part) % 4))


def _encoded(value: dict[str, Any]) -> str:
    return base64.urlsafe_b64encode(json.dumps(value).encode()).decode().rstrip("=")


async def _signed_with_the_public_key(portal: Portal, claims: dict[str, Any], kid: str) -> str:
    """The classic: the public key taken for a shared secret."""
    keys = await portal.client.call("GET", f"https://login.microsoftonline.com/{claims['tid']}/discovery/v2.0/keys")
    jwk = next(each for each in keys.body["keys"] if each["kid"] == kid)
    public = jwt.PyJWK(jwk, "RS256").key
    pem = public.public_bytes(serialization.Encoding.PEM, serialization.PublicFormat.SubjectPublicKeyInfo)
    signing_input = f"{_encoded({'alg': 'HS256', 'typ': 'JWT', 'kid': kid})}.{_encoded(claims)}"
    signature = hmac.digest(pem, signing_input.encode(), hashlib.sha256)
    return f"{signing_input}.{base64.urlsafe_b64encode(signature).decode().rstrip('=')}"


async def test_an_application_calls_by_its_app_role(portal: Portal) -> None:
    for principal, status in ((PLATFORM, 200), (WORKSTATION, 200), (UNKEYED, 403)):
        token = await portal.minted(principal.id)
        assert (await portal.call("GET", "/fleet", token=token))[0] == status, principal.name
    _, me, _ = await portal.call("GET", "/me", token=await portal.minted(WORKSTATION.id))
    assert (me["isApplication"], me["roles"]) == (True, ["Read"])


async def test_headers_that_a_platform_could_set_say_nothing_here(portal: Portal) -> None:
    claims = [{"typ": "roles", "val": "Unkeyed.Admin"}, {"typ": "oid", "val": DORA.id}]
    principal = base64.b64encode(json.dumps({"auth_typ": "aad", "claims": claims}).encode()).decode()
    status, _, _ = await portal.call("GET", "/fleet", role=None, headers={"X-MS-CLIENT-PRINCIPAL": principal})
    assert status == 401


async def test_what_is_sent_for_a_token_is_never_logged(portal: Portal, app: AppRun) -> None:
    key = "feedfacefeedfacefeedfacefeedface"
    await portal.call("GET", "/fleet", role=None, token=key)
    await portal.call("GET", "/fleet", role=None, token=f"{key}.{key}.{key}")
    assert key not in (app.place.home / "app.log").read_text()
