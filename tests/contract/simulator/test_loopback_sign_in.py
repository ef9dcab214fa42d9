"""The sign-in on the simulator's own port, for browsers that know neither its proxy nor its authority, and `make token`."""

import re
import subprocess
import sys
from html import unescape
from typing import Any
from urllib.parse import parse_qs, urlsplit

import aiohttp
import jwt
import pytest

from simulator.company.identities import ALICE, PLATFORM, PORTAL
from simulator.local import ROOT
from simulator.sign_in.clients import AZURE_CLI
from tests.contract.simulator.browsing import CHALLENGE, SCOPE, VERIFIER
from tests.local import LocalRun, Place

BACK = "http://localhost:8400"


def claims(token: str) -> dict[str, Any]:
    return jwt.decode(token, options={"verify_signature": False})


async def test_a_plain_browser_signs_in_with_cookies_on_loopback(local: LocalRun) -> None:
    base = f"{local.place.variables['UNKEYED_SIMULATOR']}/{local.place.variables['AZURE_TENANT_ID']}"
    asked = {
        "client_id": AZURE_CLI,
        "response_type": "code",
        "redirect_uri": BACK,
        "scope": SCOPE,
        "code_challenge": CHALLENGE,
        "code_challenge_method": "S256",
    }
    jar = aiohttp.CookieJar(unsafe=True)  # a loopback address is no name, for which alone a jar keeps cookies
    async with aiohttp.ClientSession(cookie_jar=jar) as session:
        async with session.get(f"{base}/oauth2/v2.0/authorize", params=asked) as page:
            text = await page.text()
        context = re.search(r'name="ctx" value="([^"]+)"', text)
        assert context
        form = {"ctx": unescape(context[1]), "person": ALICE.id}
        async with session.post(f"{base}/login", data=form, allow_redirects=False) as answer:
            assert "Secure" not in answer.headers["Set-Cookie"]
            assert answer.headers["Location"].startswith(f"{BACK}?code=")
        silent = {**asked, "prompt": "none"}
        async with session.get(f"{base}/oauth2/v2.0/authorize", params=silent, allow_redirects=False) as answer:
            code = parse_qs(urlsplit(answer.headers["Location"]).query)["code"][0]
        form = {"grant_type": "authorization_code", "client_id": AZURE_CLI, "code": code, "redirect_uri": BACK}
        async with session.post(f"{base}/oauth2/v2.0/token", data={**form, "code_verifier": VERIFIER}) as answer:
            assert claims((await answer.json())["access_token"])["roles"] == ["Unkeyed.Read"]
        async with session.get(f"{local.place.variables['UNKEYED_SIMULATOR']}/_sim/nothing") as answer:
            assert answer.status == 404


@pytest.mark.parametrize(
    ("role", "roles"),
    [("Read", ["Unkeyed.Read"]), ("operate", ["Unkeyed.Operate"]), ("Admin", ["Unkeyed.Admin"]), ("none", None)],
)
async def test_a_token_of_each_role_is_printed_and_nothing_else(
    local: LocalRun, role: str, roles: list[str] | None
) -> None:
    done = printed(local.place, role)
    assert (done.returncode, done.stderr) == (0, "")
    token = claims(done.stdout.strip())
    assert (token["aud"], token.get("roles")) == (PORTAL.app_id, roles)


async def test_what_is_wrong_with_a_call_for_a_token_is_said(local: LocalRun) -> None:
    done = printed(local.place, "Owner")
    assert (done.returncode, done.stdout) == (1, "")
    assert "ROLE is Read, Operate, Admin or none" in done.stderr
    nowhere = Place(local.place.home / "nowhere", {})
    assert "start it with `make up`" in printed(nowhere, "Read").stderr


async def test_a_test_makes_tokens_of_anybody_saying_anything(local: LocalRun) -> None:
    asked = {"principal": ALICE.id, "audience": PORTAL.app_id, "claims": {"tid": "another", "roles": ["Unkeyed.Admin"]}}
    said = claims((await local.client.simulator("POST", "tokens", asked))["access_token"])
    assert (said["tid"], said["roles"], said["ver"]) == ("another", ["Unkeyed.Admin"], "2.0")
    ended = {"principal": PLATFORM.id, "audience": f"api://{PORTAL.app_id}", "lifetime": -60}
    said = claims((await local.client.simulator("POST", "tokens", ended))["access_token"])
    assert (said["exp"] < said["iat"], said["aud"], said["roles"]) == (True, PORTAL.app_id, ["Unkeyed.Admin"])


def printed(place: Place, role: str) -> subprocess.CompletedProcess[str]:
    command = [sys.executable, "-m", "simulator", "token", "--home", str(place.home), "--role", role]
    return subprocess.run(command, cwd=ROOT, capture_output=True, text=True, check=False)
