"""Tokens as identity libraries get them: over TLS with the real libraries, and the refusals they have to understand."""

import asyncio
import base64
import uuid
from collections.abc import AsyncIterator
from typing import Any
from urllib.parse import urlencode

import jwt
import pytest
from aiohttp import web
from azure.core.credentials import AccessToken
from azure.core.exceptions import ClientAuthenticationError
from azure.identity import (
    ClientSecretCredential,
    CredentialUnavailableError,
    ManagedIdentityCredential,
    UsernamePasswordCredential,
)

from simulator.azure import Azure
from simulator.directory.state import ServicePrincipal
from simulator.sign_in import managed_identity
from simulator.sign_in.service import SignIn
from tests.contract.simulator.calling import Answer, Client
from tests.contract.simulator.network import Network

LOGIN = "login.microsoftonline.com"
AZ = "04b07795-8ddb-461a-bbee-02f9e1bf7b46"
POWERSHELL = "1950a258-227b-4e31-a9cf-717495945fc2"
UAMI = "/subscriptions/s/resourceGroups/g/providers/Microsoft.ManagedIdentity/userAssignedIdentities/id-unkeyed"


def principal(azure: Azure, name: str, **more: Any) -> ServicePrincipal:
    made = ServicePrincipal(str(uuid.uuid4()), str(uuid.uuid4()), name, azure.clock.now(), **more)
    return azure.directory.add_service_principal(made)


@pytest.fixture
def azure() -> Azure:
    return Azure()


@pytest.fixture
def app(azure: Azure) -> ServicePrincipal:
    return principal(azure, "pipeline", secret="s3cret-of-the-pipeline", graph_roles=frozenset({"User.Read.All"}))


def claims(token: AccessToken | str) -> dict[str, Any]:
    text = token if isinstance(token, str) else token.token
    return jwt.decode(text, options={"verify_signature": False})


async def test_a_secret_is_exchanged_by_the_real_library_for_a_token_with_its_audience_and_roles(
    azure: Azure, app: ServicePrincipal, network: Network
) -> None:
    credential = ClientSecretCredential(azure.directory.tenant, app.app_id, app.secret, **network.options())
    arm = claims(await asyncio.to_thread(credential.get_token, "https://management.azure.com/.default"))
    graph = claims(await asyncio.to_thread(credential.get_token, "https://graph.microsoft.com/.default"))
    assert (arm["aud"], arm["oid"], arm["appid"]) == ("https://management.azure.com", app.id, app.app_id)
    assert "roles" not in arm
    assert graph["roles"] == ["User.Read.All"]
    credential.close()


async def test_a_wrong_secret_reaches_the_library_as_its_aadsts_code(
    azure: Azure, app: ServicePrincipal, network: Network
) -> None:
    credential = ClientSecretCredential(azure.directory.tenant, app.app_id, "not it", **network.options())
    with pytest.raises(ClientAuthenticationError, match="AADSTS7000215"):
        await asyncio.to_thread(credential.get_token, "https://management.azure.com/.default")
    credential.close()


@pytest.mark.filterwarnings("ignore::DeprecationWarning")
async def test_a_user_signs_in_with_a_password_through_the_real_library(azure: Azure, network: Network) -> None:
    user = azure.directory.add_user("Ada", azure.clock.now(), password="correct horse")
    credential = UsernamePasswordCredential(
        AZ, user.user_principal_name, "correct horse", tenant_id="organizations", **network.options()
    )
    token = claims(await asyncio.to_thread(credential.get_token, "https://management.azure.com/.default"))
    assert (token["oid"], token["upn"], token["idtyp"]) == (user.id, user.user_principal_name, "user")
    credential.close()


async def test_a_persons_token_says_with_which_client_and_from_where_they_signed_in(azure: Azure) -> None:
    user = azure.directory.add_user("Ada", azure.clock.now(), password="correct horse")
    form = {"grant_type": "password", "client_id": POWERSHELL, "username": user.user_principal_name}
    form |= {"password": "correct horse", "scope": "https://management.azure.com/.default"}
    answer = await asked(azure, "organizations", form, X_Forwarded_For="203.0.113.7, 10.0.0.1")
    token = claims(answer.body["access_token"])
    assert (token["appid"], token["ipaddr"], token["name"]) == (POWERSHELL, "203.0.113.7", "Ada")


REFUSALS = [
    ({"client_secret": "wrong"}, 401, "invalid_client", 7000215),
    ({"client_secret": ""}, 401, "invalid_client", 7000218),
    ({"client_id": str(uuid.uuid4())}, 400, "unauthorized_client", 700016),
    ({"scope": "https://nowhere.example/.default"}, 400, "invalid_resource", 500011),
    ({"scope": "https://management.azure.com/user_impersonation"}, 400, "invalid_scope", 1002012),
    ({"scope": "https://a.example/.default https://b.example/.default"}, 400, "invalid_scope", 70011),
    ({"scope": ""}, 400, "invalid_request", 900144),
    ({"grant_type": ""}, 400, "invalid_request", 900144),
    ({"grant_type": "magic"}, 400, "unsupported_grant_type", 70003),
    ({"grant_type": "password", "username": "nobody@contoso.example", "password": "x"}, 400, "invalid_grant", 50034),
]


async def asked(
    azure: Azure, tenant: str, form: dict[str, str], path: str = "oauth2/v2.0/token", **more: str
) -> Answer:
    return await Client(azure, SignIn(azure), LOGIN).post(f"/{tenant}/{path}", urlencode(form).encode(), **more)


@pytest.mark.parametrize(("change", "status", "error", "code"), REFUSALS)
async def test_each_mistake_has_the_code_that_entra_id_gives_it(
    azure: Azure, app: ServicePrincipal, change: dict[str, str], status: int, error: str, code: int
) -> None:
    form = {
        "grant_type": "client_credentials",
        "client_id": app.app_id,
        "client_secret": app.secret,
        "scope": "https://vault.azure.net/.default",
    }
    answer = await asked(azure, azure.directory.tenant, form | change, client_request_id="mine")
    assert (answer.status, answer.body["error"], answer.body["error_codes"]) == (status, error, [code])
    assert answer.body["error_description"].startswith(f"AADSTS{code}: ")
    assert answer.body["correlation_id"] == "mine"


async def test_tenants_are_known_by_id_and_domain_and_shared_ones_are_no_place_for_an_application(
    azure: Azure, app: ServicePrincipal
) -> None:
    form = {"grant_type": "client_credentials", "client_id": app.app_id, "client_secret": app.secret}
    form["scope"] = f"api://{app.app_id}/.default"
    good = await asked(azure, "contoso.onmicrosoft.com", form)
    assert claims(good.body["access_token"])["aud"] == f"api://{app.app_id}"
    for tenant, code in (("fabrikam.example", 90002), ("nonsense", 900023), ("common", 50194)):
        assert (await asked(azure, tenant, form)).body["error_codes"] == [code]


async def test_the_first_endpoint_takes_a_resource_and_a_basic_header_and_answers_in_strings(
    azure: Azure, app: ServicePrincipal
) -> None:
    basic = base64.b64encode(f"{app.app_id}:{app.secret}".encode()).decode()
    form = {"grant_type": "client_credentials", "resource": "https://management.core.windows.net/"}
    answer = await asked(azure, azure.directory.tenant, form, "oauth2/token", Authorization=f"Basic {basic}")
    assert claims(answer.body["access_token"])["aud"] == "https://management.core.windows.net/"
    assert isinstance(answer.body["expires_on"], str)


async def test_tokens_verify_with_the_published_keys_and_the_described_issuer(
    azure: Azure, app: ServicePrincipal
) -> None:
    client = Client(azure, SignIn(azure), LOGIN)
    described = (await client.get(f"/{azure.directory.tenant}/.well-known/openid-configuration")).body
    keys = jwt.PyJWKSet.from_dict((await client.get(described["jwks_uri"])).body)
    token = azure.tokens.issue(app, "https://vault.azure.net")
    checked = jwt.decode(
        token,
        keys[jwt.get_unverified_header(token)["kid"]].key,
        algorithms=["RS256"],
        audience="https://vault.azure.net",
        issuer=described["issuer"],
    )
    assert checked["oid"] == app.id
    common = (await client.get("/common/v2.0/.well-known/openid-configuration")).body
    assert common["issuer"] == "https://login.microsoftonline.com/{tenantid}/v2.0"


@pytest.fixture
async def endpoint(azure: Azure, monkeypatch: pytest.MonkeyPatch) -> AsyncIterator[str]:
    async def token(request: web.Request) -> web.Response:
        return managed_identity.answer(azure, request)

    app = web.Application()
    app.add_routes([web.get("/msi/token", token)])
    runner = web.AppRunner(app)
    await runner.setup()
    await web.TCPSite(runner, "127.0.0.1", 0).start()
    address = f"http://127.0.0.1:{runner.addresses[0][1]}/msi/token"
    monkeypatch.setenv("IDENTITY_ENDPOINT", address)
    monkeypatch.setenv("IDENTITY_HEADER", "header-of-the-host")
    yield address
    await runner.cleanup()


async def test_a_managed_identity_is_chosen_by_header_and_client_id(azure: Azure, endpoint: str) -> None:
    assert endpoint
    own = principal(azure, "own", kind="ManagedIdentity", identity_header="header-of-the-host", resource_id=UAMI)
    principal(azure, "other", kind="ManagedIdentity", identity_header="header-of-another-host", resource_id=UAMI)
    with ManagedIdentityCredential(client_id=own.app_id) as credential:
        token = await asyncio.to_thread(credential.get_token, "https://vault.azure.net/.default")
    assert claims(token)["oid"] == own.id
    with (
        ManagedIdentityCredential() as credential,
        pytest.raises((CredentialUnavailableError, ClientAuthenticationError)),
    ):
        await asyncio.to_thread(credential.get_token, "https://vault.azure.net/.default")
