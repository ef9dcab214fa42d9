"""People sign in by code and PKCE, as browsers and Microsoft's own library do it, and every mistake has its AADSTS code."""

import asyncio
import uuid
from pathlib import Path
from typing import Any
from urllib.parse import urlencode, urlsplit

import jwt
import msal  # type: ignore[import-untyped]
import pytest

from simulator.azure import Azure
from simulator.company.identities import ALICE, BOB, CAROL, DORA, PLATFORM, PORTAL, UNKEYED, WORKSTATION
from simulator.company.seed import Company
from simulator.directory.registrations import Registration, Scope
from simulator.directory.state import ServicePrincipal
from simulator.sign_in.app_tokens import access_token
from simulator.sign_in.clients import AZURE_CLI
from simulator.sign_in.service import SignIn
from tests.contract.simulator.browsing import LOGIN, ORIGIN, PAGE, SCOPE, VERIFIER, Browser, hidden, told
from tests.contract.simulator.calling import Answer, Client
from tests.contract.simulator.network import Network

AUTHORITY = "https://login.microsoftonline.com"


@pytest.fixture
def company() -> Company:
    return Company()


@pytest.fixture
def azure(company: Company) -> Azure:
    made = Azure()
    company.seed(made)
    company.open(made, PAGE)
    return made


@pytest.fixture
def browser(azure: Azure) -> Browser:
    return Browser(azure)


@pytest.fixture
def trusted(network: Network, monkeypatch: pytest.MonkeyPatch) -> Network:
    """The network, its authority known to the library, which reads it from the environment alone."""
    monkeypatch.setenv("REQUESTS_CA_BUNDLE", network.authority)
    return network


def claims(token: str) -> dict[str, Any]:
    return jwt.decode(token, options={"verify_signature": False})


async def token_call(azure: Azure, form: dict[str, str], *, origin: str = ORIGIN) -> Answer:
    client = Client(azure, SignIn(azure), LOGIN, {"Origin": origin} if origin else {})
    body = urlencode({name: value for name, value in form.items() if value}).encode()
    return await client.post(f"/{azure.directory.tenant}/oauth2/v2.0/token", body)


async def redeem(azure: Azure, code: str, *, origin: str = ORIGIN, **changed: str) -> Answer:
    form = {
        "grant_type": "authorization_code",
        "client_id": PORTAL.app_id,
        "code": code,
        "redirect_uri": PAGE,
        "code_verifier": VERIFIER,
        **changed,
    }
    return await token_call(azure, form, origin=origin)


async def test_a_person_signs_in_by_password_and_the_page_gets_a_token_for_its_api(
    azure: Azure, browser: Browser
) -> None:
    page = await browser.authorize(login_hint="alice@contoso.example")
    assert 'value="alice@contoso.example"' in page.content.decode()
    answer = await browser.submit(page, loginfmt="alice@contoso.example", passwd=ALICE.password)
    assert answer.headers["Location"].startswith(f"{PAGE}#code=")
    back = told(answer)
    assert back["state"] == "s&1"
    tokens = await redeem(azure, back["code"])
    assert tokens.headers["Access-Control-Allow-Origin"] == ORIGIN
    access, identity = claims(tokens.body["access_token"]), claims(tokens.body["id_token"])
    tenant = azure.directory.tenant
    assert (access["aud"], access["iss"], access["ver"]) == (PORTAL.app_id, f"{AUTHORITY}/{tenant}/v2.0", "2.0")
    assert (access["scp"], access["roles"], access["azp"], access["azpacr"]) == (
        "access",
        ["Unkeyed.Read"],
        PORTAL.app_id,
        "0",
    )
    assert (access["oid"], access["name"], access["preferred_username"]) == (ALICE.id, "Alice", "alice@contoso.example")
    assert access["sub"] != ALICE.id
    assert "appid" not in access
    assert "idtyp" not in access
    assert {"uti", "rh", "aio", "tid"} <= access.keys()
    assert (identity["aud"], identity["nonce"], identity["roles"]) == (PORTAL.app_id, "n1", ["Unkeyed.Read"])
    assert identity["sub"] == access["sub"]
    assert "x5t" not in jwt.get_unverified_header(tokens.body["access_token"])
    assert (tokens.body["token_type"], tokens.body["scope"]) == ("Bearer", f"api://{PORTAL.app_id}/access")


@pytest.mark.parametrize(
    ("person", "roles"),
    [(BOB, None), (CAROL, ["Unkeyed.Operate"]), (DORA, ["Unkeyed.Admin"])],
    ids=["none", "operate", "admin"],
)
async def test_a_token_has_the_roles_that_its_user_was_assigned(
    azure: Azure, browser: Browser, person: Any, roles: list[str] | None
) -> None:
    back = await browser.sign_in(person.id)
    access = claims((await redeem(azure, back["code"])).body["access_token"])
    assert access.get("roles") == roles


async def test_a_group_gives_its_role_to_direct_members_alone(azure: Azure, browser: Browser) -> None:
    directory = azure.directory
    inner = directory.add_group("sg-inner", azure.clock.now(), members=[BOB.id])
    outer = directory.add_group("sg-outer", azure.clock.now(), members=[inner.id, CAROL.id, UNKEYED.id])
    admin = next(
        each for each in directory.service_principals[PORTAL.id].registration.app_roles if "Admin" in each.value
    )
    directory.app_roles.add(outer.id, PORTAL.id, admin.id, azure.clock.now())
    for person, roles in ((BOB, None), (CAROL, ["Unkeyed.Admin", "Unkeyed.Operate"])):
        back = await browser.sign_in(person.id, prompt="select_account")
        assert claims((await redeem(azure, back["code"])).body["access_token"]).get("roles") == roles
    # an application has no role by a group
    assert directory.roles_at(UNKEYED.id, directory.service_principals[PORTAL.id]) == []


async def test_an_application_has_its_roles_and_no_scope(azure: Azure, company: Company) -> None:
    form = {"grant_type": "client_credentials", "client_id": PLATFORM.app_id, "client_secret": company.platform_secret}
    answer = await token_call(azure, {**form, "scope": f"api://{PORTAL.app_id}/.default"}, origin="")
    token = claims(answer.body["access_token"])
    assert (token["roles"], token["sub"], token["oid"]) == (["Unkeyed.Admin"], PLATFORM.id, PLATFORM.id)
    assert (token["azp"], token["azpacr"], token["aud"]) == (PLATFORM.app_id, "1", PORTAL.app_id)
    assert not {"scp", "idtyp", "name", "appid"} & token.keys()
    machine = azure.directory.service_principals[WORKSTATION.id]
    token = claims(access_token(azure, machine, f"api://{PORTAL.app_id}"))
    assert (token["roles"], token["azp"], token["azpacr"]) == (["Unkeyed.Read"], WORKSTATION.app_id, "2")


async def test_a_browser_that_has_signed_in_is_known_until_it_signs_out(browser: Browser) -> None:
    assert told(await browser.authorize(prompt="none"))["error"] == "login_required"
    await browser.sign_in(ALICE.id)
    assert "code" in told(await browser.authorize(prompt="none"))
    assert "code" in told(await browser.authorize())
    assert (await browser.authorize(prompt="login")).status == 200
    assert (await browser.authorize(prompt="select_account")).status == 200
    await browser.sign_in(BOB.id, prompt="select_account")
    two = told(await browser.authorize(prompt="none"))
    assert (two["error"], two["error_description"][:11]) == ("interaction_required", "AADSTS16000")
    assert "code" in told(await browser.authorize(prompt="none", login_hint="bob@contoso.example"))
    out = await browser.get(f"/{browser.tenant}/oauth2/v2.0/logout?post_logout_redirect_uri={PAGE}&state=x")
    assert out.headers["Location"] == f"{PAGE}?state=x"
    assert told(await browser.authorize(prompt="none"))["error"] == "login_required"
    stays = await browser.get(f"/{browser.tenant}/oauth2/v2.0/logout?post_logout_redirect_uri=https://evil.example/")
    assert (stays.status, "Location" in stays.headers) == (200, False)


async def test_each_response_mode_brings_the_code_in_its_way(browser: Browser) -> None:
    await browser.sign_in(ALICE.id)
    query = urlsplit((await browser.authorize(response_mode="")).headers["Location"])
    assert (query.query[:5], query.fragment) == ("code=", "")
    posted = await browser.authorize(response_mode="form_post", client_info="1")
    assert {"code", "state", "client_info"} == hidden(posted).keys()
    assert "script-src 'sha256-" in posted.headers["Content-Security-Policy"]


async def test_pages_run_no_script_and_lead_nowhere_but_to_the_client(browser: Browser) -> None:
    page = await browser.authorize(login_hint='"><script>alert(1)</script>')
    policy = page.headers["Content-Security-Policy"]
    assert "default-src 'none'" in policy
    assert policy.endswith(f"form-action 'self' {ORIGIN}")
    assert "script-src" not in policy
    assert b"<script" not in page.content
    assert page.headers["X-Frame-Options"] == "DENY"


SHOWN = [
    ({"client_id": str(uuid.uuid4())}, 700016),
    ({"client_id": ""}, 900144),
    ({"redirect_uri": "http://127.0.0.1:7071/other"}, 50011),
    ({"redirect_uri": "http://127.0.0.1:7072/"}, 50011),
    ({"redirect_uri": ""}, 900144),
    ({"client_id": PLATFORM.app_id}, 500113),
]


@pytest.mark.parametrize(("change", "code"), SHOWN)
async def test_a_wrong_client_or_redirect_is_shown_and_nobody_is_sent_there(
    browser: Browser, change: dict[str, str], code: int
) -> None:
    page = await browser.authorize(**change)
    assert (page.status, "Location" in page.headers) == (400, False)
    assert f"AADSTS{code}:" in page.content.decode()


TOLD = [
    ({"response_type": ""}, "invalid_request", 900144),
    ({"response_type": "token"}, "unsupported_response_type", 700054),
    ({"response_type": "code id_token"}, "unsupported_response_type", 700054),
    ({"response_type": "magic"}, "unsupported_response_type", 90100),
    ({"response_mode": "pigeon"}, "invalid_request", 70007),
    ({"prompt": "please"}, "invalid_request", 90023),
    ({"scope": ""}, "invalid_request", 900144),
    ({"scope": f"api://{PORTAL.app_id}/wrong"}, "invalid_client", 650053),
    ({"scope": f"api://{uuid.uuid4()}/access"}, "invalid_resource", 500011),
    ({"code_challenge": "short"}, "invalid_request", 501491),
    ({"code_challenge": "short", "code_challenge_method": ""}, "invalid_request", 50147),
    ({"code_challenge_method": "S512"}, "invalid_request", 90100),
]


@pytest.mark.parametrize(("change", "error", "code"), TOLD)
async def test_every_other_fault_goes_back_to_the_client_with_its_state(
    browser: Browser, change: dict[str, str], error: str, code: int
) -> None:
    back = told(await browser.authorize(**change))
    assert (back["error"], back["state"]) == (error, "s&1")
    assert back["error_description"].startswith(f"AADSTS{code}: ")


async def test_a_wrong_password_an_unknown_name_and_a_cancel_are_told(browser: Browser) -> None:
    page = await browser.authorize()
    wrong = await browser.submit(page, loginfmt="alice@contoso.example", passwd="no")
    assert "AADSTS50126" in wrong.content.decode()
    unknown = await browser.submit(wrong, loginfmt="nobody@contoso.example", passwd="no")
    assert "AADSTS50034" in unknown.content.decode()
    back = told(await browser.submit(unknown, cancel="1"))
    assert (back["error"], back["error_subcode"], back["state"]) == ("access_denied", "cancel", "s&1")
    forged = await browser.client.post(f"/{browser.tenant}/login", b"ctx=made-up&person=" + ALICE.id.encode())
    assert (forged.status, b"AADSTS90100" in forged.content) == (400, True)
    garbled = await browser.client.post(f"/{browser.tenant}/login", b"\xff\xfe")
    assert (garbled.status, b"AADSTS9002313" in garbled.content) == (400, True)


async def test_a_code_is_for_one_use_within_ten_minutes_for_one_client_redirect_and_verifier(
    azure: Azure, browser: Browser
) -> None:
    code = (await browser.sign_in(ALICE.id))["code"]
    refusals = [
        (await redeem(azure, "1.Amade-up"), "invalid_grant", 9002313),
        (await redeem(azure, code, client_id=AZURE_CLI), "invalid_grant", 70000),
        (await redeem(azure, code, redirect_uri=f"{PAGE}x"), "invalid_client", 500112),
        (await redeem(azure, code, code_verifier="x" * 43), "invalid_grant", 501481),
        (await redeem(azure, code, code_verifier=""), "invalid_grant", 501481),
        (await redeem(azure, code, origin=""), "invalid_request", 9002327),
        (await redeem(azure, code, client_secret="a"), "invalid_client", 700025),
        (await redeem(azure, code, redirect_uri=""), "invalid_request", 900144),
    ]
    assert (await redeem(azure, code)).status == 200
    refusals.append((await redeem(azure, code), "invalid_grant", 54005))
    late = told(await browser.authorize())["code"]
    azure.clock.advance(601)
    refusals.append((await redeem(azure, late), "invalid_grant", 70008))
    for answer, error, number in refusals:
        assert (answer.body["error"], answer.body["error_codes"]) == (error, [number])


async def test_a_single_page_application_has_to_bring_a_challenge(azure: Azure, browser: Browser) -> None:
    await browser.sign_in(ALICE.id)
    code = told(await browser.authorize(code_challenge="", code_challenge_method=""))["code"]
    assert (await redeem(azure, code)).body["error_codes"] == [9002325]
    plain = told(await browser.authorize(code_challenge=VERIFIER, code_challenge_method="plain"))["code"]
    assert (await redeem(azure, plain)).status == 200


async def test_a_pages_refresh_token_is_for_browsers_and_ends_a_day_after_the_sign_in(
    azure: Azure, browser: Browser
) -> None:
    first = (await redeem(azure, (await browser.sign_in(ALICE.id))["code"])).body
    assert first["refresh_token_expires_in"] == pytest.approx(86400, abs=5)
    form = {"grant_type": "refresh_token", "client_id": PORTAL.app_id, "refresh_token": first["refresh_token"]}
    assert (await token_call(azure, form, origin="")).body["error_codes"] == [9002327]
    azure.clock.advance(80_000)
    second = (await token_call(azure, form)).body
    assert claims(second["access_token"])["roles"] == ["Unkeyed.Read"]
    assert second["refresh_token_expires_in"] == pytest.approx(6400, abs=5)
    azure.clock.advance(6401)
    ended = await token_call(azure, {**form, "refresh_token": second["refresh_token"]})
    assert (ended.body["error"], ended.body["error_codes"]) == ("invalid_grant", [700084])


async def test_browsers_may_ask_from_the_pages_of_the_client_alone(azure: Azure) -> None:
    client = Client(azure, SignIn(azure), LOGIN)
    path = f"/{azure.directory.tenant}/oauth2/v2.0/token"
    asked = {"Origin": ORIGIN, "Access_Control_Request_Headers": "x-client-sku"}
    before = await client.call("OPTIONS", path, **asked)
    assert before.headers["Access-Control-Allow-Headers"] == "x-client-sku"
    stranger = await redeem(azure, "1.A", origin="https://evil.example")
    assert "Access-Control-Allow-Origin" not in stranger.headers
    secret = {
        "grant_type": "client_credentials",
        "client_id": PLATFORM.app_id,
        "scope": "https://vault.azure.net/.default",
    }
    assert (await token_call(azure, secret)).body["error_codes"] == [9002326]
    described = await client.get(f"/{azure.directory.tenant}/v2.0/.well-known/openid-configuration")
    assert described.headers["Access-Control-Allow-Origin"] == "*"


def web_app(azure: Azure, **more: Any) -> ServicePrincipal:
    registration = Registration(redirects={"https://shop.example/back": "web"}, **more)
    made = ServicePrincipal(str(uuid.uuid4()), str(uuid.uuid4()), "shop", azure.clock.now(), registration=registration)
    made.secret = "s3cret-of-the-shop"
    return azure.directory.add_service_principal(made)


async def test_another_application_needs_consent_once(azure: Azure, browser: Browser) -> None:
    shop = web_app(azure)
    asked = {"client_id": shop.app_id, "redirect_uri": "https://shop.example/back", "response_mode": "query"}
    await browser.sign_in(ALICE.id)
    silent = told(await browser.authorize(**asked, prompt="none"))
    assert (silent["error"], silent["error_description"][:11]) == ("interaction_required", "AADSTS65001")
    page = await browser.authorize(**asked)
    assert "Use unkeyed as you (unkeyed-portal)" in page.content.decode()
    assert told(await browser.submit(page, cancel="1"))["error"] == "access_denied"
    back = told(await browser.submit(page, accept="1"))
    form = {
        "grant_type": "authorization_code",
        "client_id": shop.app_id,
        "code": back["code"],
        "code_verifier": VERIFIER,
    }
    form |= {"redirect_uri": "https://shop.example/back", "scope": SCOPE}
    assert (await token_call(azure, form, origin="")).body["error_codes"] == [7000218]
    form["client_secret"] = shop.secret
    assert (await token_call(azure, form)).body["error_codes"] == [9002326]
    token = claims((await token_call(azure, form, origin="")).body["access_token"])
    assert (token["azp"], token["azpacr"], token["roles"]) == (shop.app_id, "1", ["Unkeyed.Read"])
    assert "code" in told(await browser.authorize(**asked, prompt="none"))


async def test_an_application_for_assigned_users_lets_nobody_else_in(
    azure: Azure, browser: Browser, company: Company
) -> None:
    azure.directory.service_principals[PORTAL.id].registration.assignment_required = True
    page = await browser.submit(await browser.authorize(), person=BOB.id)
    assert (page.status, b"AADSTS50105" in page.content) == (400, True)
    assert told(await browser.authorize(prompt="none"))["error"] == "interaction_required"
    assert "code" in await browser.sign_in(ALICE.id, prompt="select_account")
    shop = web_app(azure)
    form = {"grant_type": "client_credentials", "client_id": shop.app_id, "client_secret": shop.secret}
    answer = await token_call(azure, {**form, "scope": f"{PORTAL.app_id}/.default"}, origin="")
    assert (answer.body["error"], answer.body["error_codes"]) == ("invalid_grant", [501051])
    form = {"grant_type": "client_credentials", "client_id": PLATFORM.app_id, "client_secret": company.platform_secret}
    assert (await token_call(azure, {**form, "scope": f"{PORTAL.app_id}/.default"}, origin="")).status == 200


async def test_an_application_of_the_first_version_gets_tokens_of_the_first_version(azure: Azure) -> None:
    old = web_app(azure, scopes=(Scope(str(uuid.uuid4()), "read", "Read"),))
    form = {"grant_type": "client_credentials", "client_id": old.app_id, "client_secret": old.secret}
    answer = await token_call(azure, {**form, "scope": f"api://{old.app_id}/.default"}, origin="")
    token = claims(answer.body["access_token"])
    assert (token["aud"], token["ver"], token["appid"]) == (f"api://{old.app_id}", "1.0", old.app_id)
    assert token["iss"] == f"https://sts.windows.net/{azure.directory.tenant}/"


async def test_az_may_call_the_portal_for_a_user_and_a_page_may_not_sign_in_by_password(azure: Azure) -> None:
    form = {"grant_type": "password", "username": "dora@contoso.example", "password": DORA.password}
    form["scope"] = f"api://{PORTAL.app_id}/.default"
    token = claims((await token_call(azure, {**form, "client_id": AZURE_CLI}, origin="")).body["access_token"])
    assert (token["azp"], token["roles"], token["scp"]) == (AZURE_CLI, ["Unkeyed.Admin"], "access")
    refused = await token_call(azure, {**form, "client_id": PORTAL.app_id}, origin="")
    assert refused.body["error_codes"] == [7000218]


def everything_in(folder: Path) -> str:
    return "".join(each.read_text() for each in folder.iterdir())


async def test_no_code_cookie_or_token_is_written_to_the_traffic(company: Company, tmp_path: Path) -> None:
    azure = Azure(tmp_path)
    company.seed(azure)
    company.open(azure, PAGE)
    browser = Browser(azure)
    assert (await redeem(azure, (await browser.sign_in(ALICE.id))["code"])).status == 200
    await browser.authorize(prompt="none")
    written = everything_in(tmp_path)
    assert len(azure.tokens.issued) == 6  # a session, two codes, three tokens
    assert [each for each in azure.tokens.issued if each in written] == []


@pytest.mark.filterwarnings("ignore:response_mode:UserWarning")
@pytest.mark.parametrize("mode", ["query", "form_post"])
async def test_microsofts_library_signs_a_person_in(
    azure: Azure, browser: Browser, trusted: Network, mode: str
) -> None:
    shop = web_app(azure)
    azure.directory.consents.add((shop.app_id, PORTAL.app_id, CAROL.id))

    def client(**more: Any) -> dict[str, Any]:
        return {
            "authority": f"{AUTHORITY}/{azure.directory.tenant}",
            "proxies": trusted.proxies,
            **more,
        }

    confidential = await asyncio.to_thread(
        lambda: msal.ConfidentialClientApplication(shop.app_id, **client(client_credential=shop.secret))
    )
    flow = confidential.initiate_auth_code_flow(
        [f"api://{PORTAL.app_id}/access"], redirect_uri="https://shop.example/back", response_mode=mode
    )
    page = await browser.submit(await browser.get(flow["auth_uri"].removeprefix(AUTHORITY)), person=CAROL.id)
    back = hidden(page) if mode == "form_post" else told(page)
    result = await asyncio.to_thread(confidential.acquire_token_by_auth_code_flow, flow, back)
    assert claims(result["access_token"])["roles"] == ["Unkeyed.Operate"], result
    assert result["id_token_claims"]["preferred_username"] == "carol@contoso.example"
    account = confidential.get_accounts()[0]
    again = await asyncio.to_thread(
        lambda: confidential.acquire_token_silent([f"api://{PORTAL.app_id}/access"], account, force_refresh=True)
    )
    assert again["token_source"] == "identity_provider"


@pytest.mark.filterwarnings("ignore:response_mode:UserWarning")
async def test_a_public_client_signs_in_on_any_port_of_localhost(
    azure: Azure, browser: Browser, trusted: Network
) -> None:
    public = await asyncio.to_thread(
        lambda: msal.PublicClientApplication(AZURE_CLI, authority=f"{AUTHORITY}/organizations", proxies=trusted.proxies)
    )
    flow = public.initiate_auth_code_flow(
        ["https://management.core.windows.net//.default"], redirect_uri="http://localhost:8400"
    )
    page = await browser.submit(await browser.get(flow["auth_uri"].removeprefix(AUTHORITY)), person=ALICE.id)
    result = await asyncio.to_thread(public.acquire_token_by_auth_code_flow, flow, told(page))
    assert claims(result["access_token"])["upn"] == "alice@contoso.example", result
