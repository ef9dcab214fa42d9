"""Key Vault as its clients meet it: the real SDK over TLS, and calls by hand for what the SDK hides."""

import asyncio
import json
from collections.abc import AsyncIterator
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest
from azure.core.exceptions import (
    ResourceExistsError,
    ResourceNotFoundError,
    ServiceRequestError,
    ServiceResponseError,
)
from azure.identity.aio import ClientSecretCredential
from azure.keyvault.secrets.aio import SecretClient

from shared.session import Session
from simulator import client
from simulator.azure import Azure
from simulator.key_vault.routes import ROUTES
from simulator.key_vault.service import KeyVault
from simulator.resource_manager.front import Front
from simulator.resource_manager.routes import ROUTES as RESOURCES
from simulator.wire import NoSuchHost
from tests.contract.simulator.calling import Answer, Client
from tests.local import Place
from tests.patience import eventually
from tests.traffic import FOLDER

SUBSCRIPTION = "11111111-1111-4111-8111-111111111111"
GROUP = f"/subscriptions/{SUBSCRIPTION}/resourceGroups/rg"
VAULTS = f"{GROUP}/providers/Microsoft.KeyVault/vaults"
VAULT = f"{VAULTS}/kv-one"
OWNER = "8e3af657-a8ff-443c-a75c-2fe8c4bcb635"
OFFICER = "b86a8fe4-44ce-4948-aee5-eccb2c155cd7"
USER = "4633458b-17de-408a-b874-0445c86b69e6"
RESOURCE = "https://vault.azure.net"
ANSWERS = "?api-version=2026-04-01"
MANAGEMENT = "?api-version=2023-07-01"
ON_PURPOSE = {"x-unkeyed-wrong-on-purpose": "1"}


class Tenant:
    def __init__(self, traffic: Path = FOLDER) -> None:
        self.azure = Azure(traffic)
        self.azure.knobs = self.azure.knobs.turned({"casing": "keep"})
        self.azure.resources.add_subscription("Production", SUBSCRIPTION)
        self.azure.resources.add_group(SUBSCRIPTION, "rg")
        self.vault = self.azure.vaults.add("kv-one", VAULT)
        directory, now = self.azure.directory, self.azure.clock.now()
        self.officer, self.user = directory.add_user("Officer", now), directory.add_user("User", now)
        self.azure.authorization.grant(VAULT, self.officer.id, OFFICER)
        self.azure.authorization.grant(VAULT, self.user.id, USER)
        self.azure.authorization.grant(f"/subscriptions/{SUBSCRIPTION}", self.officer.id, OWNER)
        self.bare = Client(self.azure, KeyVault(self.azure), self.vault.host)
        front = Front(self.azure, [ROUTES, RESOURCES])
        self.door = Client(self.azure, front, "management.azure.com", {"Content-Type": "application/json"})

    @property
    def writes(self) -> Client:
        return self.bare.as_(self.officer, RESOURCE)

    @property
    def reads(self) -> Client:
        return self.bare.as_(self.user, RESOURCE)

    @property
    def arm(self) -> Client:
        return self.door.as_(self.officer, "https://management.azure.com")

    async def set(self, name: str, value: str = "one", **more: Any) -> Answer:
        return await self.writes.call("PUT", f"/secrets/{name}{ANSWERS}", {"value": value, **more})

    def pass_time(self, **time: float) -> None:
        """Moves the clock, then lets the vaults look at it."""
        self.azure.clock.advance(timedelta(**time).total_seconds())
        self.azure.vaults.announcer.look()

    def raised(self) -> list[tuple[str, str]]:
        """The kinds of the vault events so far, each with the version it is about."""
        found = [each for each in self.azure.events.emitted if each["topic"] == VAULT]
        return [
            (each["eventType"].removeprefix("Microsoft.KeyVault.Secret"), each["data"]["Version"]) for each in found
        ]


@pytest.fixture
def tenant() -> Tenant:
    return Tenant()


@pytest.fixture
async def session(place: Place, monkeypatch: pytest.MonkeyPatch) -> AsyncIterator[Session]:
    """The session of the product, but with the platform team's identity, on a freshly seeded tenant: the app may delete nothing."""
    for name, value in place.app_settings().items():
        monkeypatch.setenv(name, value)
    async with client.Client(place.variables) as local:
        await local.reset()
        await local.turn(secret_deletion=0.2, page_size=2)
    signs_in = (place.variables[f"AZURE_{each}"] for each in ("TENANT_ID", "CLIENT_ID", "CLIENT_SECRET"))
    made = Session(ClientSecretCredential(*signs_in, connection_verify=place.variables["SSL_CERT_FILE"]))
    yield made
    await made.close()


def client_of(session: Session, vault: str, **options: Any) -> SecretClient:
    return SecretClient(
        f"https://{vault}.vault.azure.net", session.credential, transport=session.transport(), **options
    )


@pytest.fixture
async def sdk(session: Session) -> AsyncIterator[SecretClient]:
    async with client_of(session, "kv-unkeyed") as found:
        yield found


def inner(answer: Answer) -> tuple[int, str, str]:
    return answer.status, answer.error["code"], answer.error["innererror"]["code"]


def bad(answer: Answer) -> tuple[int, str]:
    return answer.status, answer.error["code"]


# the SDK


async def test_the_sdk_keeps_versions_with_tags_and_expiry(sdk: SecretClient) -> None:
    expires = datetime(2031, 1, 31, 12, tzinfo=UTC)
    first = await sdk.set_secret("chat-one", "v1", tags={"CredentialId": "key1"}, expires_on=expires)
    second = await sdk.set_secret("chat-one", "v2", tags={"CredentialId": "key2"}, content_type="text/plain")
    latest = await sdk.get_secret("Chat-One")
    assert (latest.value, latest.properties.version) == ("v2", second.properties.version)
    before = await sdk.get_secret("chat-one", first.properties.version)
    assert (before.value, before.properties.expires_on, before.properties.tags) == (
        "v1",
        expires,
        {"CredentialId": "key1"},
    )
    changed = await sdk.update_secret_properties("chat-one", tags={"CredentialId": "none"}, expires_on=expires)
    assert changed.version == second.properties.version
    assert (changed.tags, changed.content_type, changed.expires_on) == ({"CredentialId": "none"}, "text/plain", expires)
    versions = [str(each.version) async for each in sdk.list_properties_of_secret_versions("chat-one", max_page_size=1)]
    assert set(versions) == {first.properties.version, second.properties.version}
    for name in ("a", "b", "c"):
        await sdk.set_secret(name, name)
    assert [each.name async for each in sdk.list_properties_of_secrets()] == ["a", "b", "c", "chat-one"]


async def test_the_sdk_deletes_recovers_and_purges(sdk: SecretClient) -> None:
    made = await sdk.set_secret("short", "lived")
    deleted = await sdk.delete_secret("short", _polling_interval=0.05)
    assert deleted.recovery_id == "https://kv-unkeyed.vault.azure.net/deletedsecrets/short"
    assert deleted.scheduled_purge_date
    assert deleted.deleted_date
    assert deleted.scheduled_purge_date - deleted.deleted_date == timedelta(days=90)
    with pytest.raises(ResourceNotFoundError):
        await sdk.get_secret("short")
    with pytest.raises(ResourceExistsError):
        await sdk.set_secret("short", "again")
    assert [each.name async for each in sdk.list_deleted_secrets()] == ["short"]
    await sdk.recover_deleted_secret("short", _polling_interval=0.05)
    assert (await sdk.get_secret("short")).properties.version == made.properties.version
    await sdk.delete_secret("short", _polling_interval=0.05)
    await sdk.purge_deleted_secret("short")
    await asyncio.sleep(0.25)
    assert (await sdk.set_secret("short", "anew")).value == "anew"


async def test_the_sdk_reaches_nobody_where_there_is_no_vault(session: Session) -> None:
    async with client_of(session, "kv-nowhere", retry_total=0) as missing:
        with pytest.raises((ServiceRequestError, ServiceResponseError)):
            await missing.get_secret("any")


async def test_values_are_among_the_secrets_handed_out(sdk: SecretClient, place: Place) -> None:
    await sdk.set_secret("marked", "marked-by-the-test")
    async with client.Client(place.variables) as local:
        assert "marked-by-the-test" in (await local.simulator("GET", "secrets"))["vaults"]
        assert (await local.simulator("GET", "state"))["vaults"] == {"kv-unkeyed": "https://kv-unkeyed.vault.azure.net"}


# signing in


async def test_a_call_without_a_token_is_told_where_to_get_one(tenant: Tenant) -> None:
    refused = await tenant.bare.call("PUT", f"/secrets/new{ANSWERS}")
    assert refused.headers["WWW-Authenticate"] == (
        f'Bearer authorization="https://login.microsoftonline.com/{tenant.azure.directory.tenant}", '
        'resource="https://vault.azure.net"'
    )
    assert refused.body == {
        "error": {"code": "Unauthorized", "message": "AKV10000: Request is missing a Bearer or PoP token."}
    }
    wrong = await tenant.bare.as_(tenant.officer, "https://management.azure.com/").get(f"/secrets/new/{ANSWERS}")
    assert wrong.status == 401
    assert wrong.error["message"] == (
        "AKV10022: Invalid audience. Expected https://vault.azure.net, found: https://management.azure.com/."
    )
    stale = tenant.bare.as_(tenant.officer, RESOURCE, lifetime=timedelta(seconds=-1))
    assert "TokenExpired" in (await stale.get(f"/secrets/new/{ANSWERS}")).error["message"]


async def test_each_operation_asks_for_its_own_data_action(tenant: Tenant) -> None:
    await tenant.set("held")
    assert (await tenant.reads.get(f"/secrets/held/{ANSWERS}")).body["value"] == "one"
    assert (await tenant.reads.get(f"/secrets{ANSWERS}")).status == 200
    wanted = {
        ("PUT", "/secrets/held"): "setSecret/action",
        ("PATCH", "/secrets/held/"): "update/action",
        ("DELETE", "/secrets/held"): "delete",
        ("DELETE", "/deletedsecrets/held"): "purge/action",
        ("POST", "/deletedsecrets/held/recover"): "recover/action",
    }
    for (method, path), action in wanted.items():
        refused = await tenant.reads.call(method, f"{path}{ANSWERS}", {"value": "x"} if method == "PUT" else {})
        assert inner(refused) == (403, "Forbidden", "ForbiddenByRbac")
        lines = refused.error["message"].split("\r\n")
        assert lines[0] == "Caller is not authorized to perform action on resource."
        assert lines[2].startswith("Caller: appid=04b07795-8ddb-461a-bbee-02f9e1bf7b46;oid=" + tenant.user.id)
        assert lines[3:] == [
            f"Action: 'Microsoft.KeyVault/vaults/secrets/{action}'",
            f"Resource: '{VAULT.lower()}/secrets/held'",
            "Assignment: (not found)",
            "DenyAssignmentId: null",
            "DecisionReason: 'DeniedWithNoValidRBAC' ",
            "Vault: kv-one;location=westeurope",
            "",
        ]


async def test_a_role_on_one_secret_opens_that_one_alone(tenant: Tenant) -> None:
    await tenant.set("mine")
    await tenant.set("other")
    someone = tenant.azure.directory.add_user("Someone", tenant.azure.clock.now())
    tenant.azure.authorization.grant(f"{VAULT}/secrets/mine", someone.id, USER)
    reads = tenant.bare.as_(someone, RESOURCE)
    answers = [await reads.get(f"{path}{ANSWERS}") for path in ("/secrets/mine/", "/secrets/other/", "/secrets")]
    assert [each.status for each in answers] == [200, 403, 403]


# the rules of secrets


async def test_expired_and_early_secrets_can_be_read_and_disabled_ones_cannot(tenant: Tenant) -> None:
    now = int(tenant.azure.clock.now().timestamp())
    made = (await tenant.set("odd", attributes={"nbf": now + 500, "exp": now - 500})).body
    assert made["attributes"] == {
        "enabled": True,
        "nbf": now + 500,
        "exp": now - 500,
        "created": made["attributes"]["created"],
        "updated": made["attributes"]["updated"],
        "recoveryLevel": "Recoverable+Purgeable",
        "recoverableDays": 90,
    }
    assert (await tenant.reads.get(f"/secrets/odd/{ANSWERS}")).body["value"] == "one"
    version = made["id"].rpartition("/")[2]
    off = await tenant.writes.call("PATCH", f"/secrets/odd/{version}{ANSWERS}", {"attributes": {"enabled": False}})
    assert "value" not in off.body
    refused = await tenant.reads.get(f"/secrets/odd/{version}{ANSWERS}")
    assert inner(refused) == (403, "Forbidden", "SecretDisabled")
    assert refused.error["message"] == "Operation get is not allowed on a disabled secret."
    on = await tenant.writes.call("PATCH", f"/secrets/odd/{version}{ANSWERS}", {"attributes": {"enabled": True}})
    assert on.body["attributes"]["exp"] == now - 500


@pytest.mark.parametrize(
    "body",
    [
        b"",
        b"[]",
        b'{"value": 1}',
        b'{"tags": {}}',
        b'{"value": "x", "tags": {"a": 1}}',
        b'{"value": "x", "attributes": {"exp": "1"}}',
        b'{"value": "x", "attributes": {"enabled": "no"}}',
        json.dumps({"value": "x", "contentType": "z" * 256}).encode(),
        json.dumps({"value": "x" * 25_601}).encode(),
        json.dumps({"value": "x", "tags": {str(number): "" for number in range(16)}}).encode(),
    ],
)
async def test_a_body_that_cannot_be_a_secret_is_a_bad_parameter(tenant: Tenant, body: bytes) -> None:
    refused = await tenant.writes.call("PUT", f"/secrets/bad{ANSWERS}", body, **ON_PURPOSE)
    assert refused.error == {"code": "BadParameter", "message": "Property  has invalid value\r\n"}


async def test_addresses_are_checked_and_what_is_missing_is_named(tenant: Tenant) -> None:
    named = await tenant.reads.get(f"/secrets/no_name/{ANSWERS}", **ON_PURPOSE)
    assert named.error["message"] == "The request URI contains an invalid name: no_name"
    absent = await tenant.reads.get(f"/secrets/absent/{ANSWERS}")
    assert (absent.status, absent.error) == (
        404,
        {
            "code": "SecretNotFound",
            "message": "A secret with (name/id) absent was not found in this key vault. If you recently deleted this "
            "secret you may be able to recover it using the correct recovery command. For help resolving this issue, "
            "please see https://go.microsoft.com/fwlink/?linkid=2125182",
        },
    )
    assert (await tenant.reads.get(f"/secrets/absent/versions{ANSWERS}")).body == {"value": [], "nextLink": None}
    gone = await tenant.reads.get(f"/deletedsecrets/absent{ANSWERS}")
    assert gone.error["message"] == "Deleted Secret not found: absent"
    wrong = (
        "/secrets",
        "/secrets?api-version=9.9",
        f"/secrets{ANSWERS}&maxresults=26",
        f"/secrets{ANSWERS}&$skiptoken=*",
    )
    for path in wrong:
        assert bad(await tenant.reads.get(path, **ON_PURPOSE)) == (400, "BadParameter")
    unmade = await tenant.writes.call("POST", f"/secrets/absent/backup{ANSWERS}", **ON_PURPOSE)
    assert (unmade.status, unmade.error["message"]) == (
        501,
        "The simulator does not implement POST /secrets/absent/backup.",
    )


async def test_a_name_is_held_while_its_secret_is_deleted(tenant: Tenant) -> None:
    await tenant.set("held")
    deleted = await tenant.writes.call("DELETE", f"/secrets/held{ANSWERS}")
    assert deleted.body["recoveryId"].endswith("/deletedsecrets/held")
    assert "value" not in deleted.body
    assert inner(await tenant.set("held")) == (409, "Conflict", "ObjectIsBeingDeleted")
    early = await tenant.writes.call("POST", f"/deletedsecrets/held/recover{ANSWERS}")
    assert inner(early) == (409, "Conflict", "ObjectIsBeingDeleted")
    assert (await tenant.reads.get(f"/deletedsecrets/held{ANSWERS}")).status == 404
    tenant.pass_time(seconds=1)
    refused = await tenant.set("held")
    assert inner(refused) == (409, "Conflict", "ObjectIsDeletedButRecoverable")
    assert refused.error["message"] == (
        "Secret held is currently in a deleted but recoverable state, and its name cannot be reused; in this state, the "
        "secret can only be recovered or purged."
    )
    tenant.pass_time(days=90)
    assert (await tenant.set("held")).status == 200


async def test_a_purge_protected_vault_purges_nothing(tenant: Tenant) -> None:
    tenant.vault.properties["enablePurgeProtection"] = True
    assert (await tenant.set("kept")).body["attributes"]["recoveryLevel"] == "Recoverable"
    await tenant.writes.call("DELETE", f"/secrets/kept{ANSWERS}")
    tenant.pass_time(seconds=1)
    refused = await tenant.writes.call("DELETE", f"/deletedsecrets/kept{ANSWERS}")
    assert bad(refused) == (403, "Forbidden")
    assert refused.error["message"].startswith('Operation "purge" is not allowed because purge protection is enabled')


async def test_a_vault_takes_only_so_many_calls(tenant: Tenant) -> None:
    tenant.azure.knobs = tenant.azure.knobs.turned({"bucket_scale": 0.01})  # 3 sets and 40 others in ten seconds
    statuses = [(await tenant.set("often")).status for _ in range(4)]
    assert statuses == [200, 200, 200, 429]
    refused = await tenant.set("often")
    assert refused.error == {
        "code": "Throttled",
        "message": "Request was not processed because too many requests were received. Reason: VaultRequestTypeLimitReached",
    }
    assert (await tenant.reads.get(f"/secrets/often/{ANSWERS}")).status == 200
    tenant.pass_time(seconds=float(refused.headers["Retry-After"]))
    assert (await tenant.set("often")).status == 200


# events


async def test_expiry_is_announced_once_and_of_the_current_version_alone(tenant: Tenant) -> None:
    def expires(days: float) -> datetime:
        return tenant.azure.clock.now() + timedelta(days=days)

    first = tenant.azure.vaults.set("kv-one", "chat", "one", expires=expires(60)).id
    tenant.pass_time(days=29)
    second = tenant.azure.vaults.set("kv-one", "chat", "two", expires=expires(60)).id
    tenant.pass_time(days=29)
    assert tenant.raised() == [("NewVersionCreated", first), ("NewVersionCreated", second)]
    tenant.pass_time(days=1.1)
    tenant.pass_time(days=1)
    assert tenant.raised()[2:] == [("NearExpiry", second)]
    tenant.pass_time(days=29)
    tenant.pass_time(days=29)
    assert tenant.raised()[3:] == [("Expired", second)]
    event = tenant.azure.events.emitted[-1]
    assert (event["subject"], event["topic"], event["dataVersion"]) == ("chat", VAULT, "1")
    version = tenant.azure.vaults.secret("kv-one", "chat")
    assert version
    assert event["data"] == {
        "Id": f"https://kv-one.vault.azure.net/secrets/chat/{second}",
        "VaultName": "kv-one",
        "ObjectType": "Secret",
        "ObjectName": "chat",
        "Version": second,
        "NBF": None,
        "EXP": version.expires,
    }


async def test_a_secret_set_to_expire_tomorrow_is_near_expiry_soon_after(tenant: Tenant) -> None:
    made = tenant.azure.vaults.set("kv-one", "chat", "one", expires=tenant.azure.clock.now() + timedelta(days=1)).id
    tenant.azure.vaults.announcer.look()
    assert ("NearExpiry", made) not in tenant.raised()
    tenant.azure.clock.advance(tenant.azure.knobs.near_expiry_delay)

    async def is_raised() -> bool:
        return ("NearExpiry", made) in tenant.raised()

    await eventually("it is raised", is_raised)
    later = int((tenant.azure.clock.now() + timedelta(days=40)).timestamp())
    await tenant.writes.call("PATCH", f"/secrets/chat/{ANSWERS}", {"attributes": {"exp": later}})
    tenant.pass_time(days=11)
    assert tenant.raised() == [("NewVersionCreated", made), ("NearExpiry", made), ("NearExpiry", made)]
    await tenant.azure.events.aclose()


async def test_a_deleted_secret_expires_in_silence(tenant: Tenant) -> None:
    tenant.azure.vaults.set("kv-one", "chat", "one", expires=tenant.azure.clock.now() + timedelta(days=40))
    await tenant.writes.call("DELETE", f"/secrets/chat{ANSWERS}")
    tenant.pass_time(days=50)
    assert [kind for kind, _ in tenant.raised()] == ["NewVersionCreated"]


# vaults


def wanted(tenant: Tenant, **properties: Any) -> dict[str, Any]:
    sku = {"family": "A", "name": "standard"}
    tid = tenant.azure.directory.tenant
    return {
        "location": "westeurope",
        "properties": {
            "tenantId": tid,
            "sku": sku,
            "accessPolicies": [],
            "enableRbacAuthorization": True,
            **properties,
        },
    }


async def test_a_vault_has_an_address_once_it_is_registered(tenant: Tenant) -> None:
    body = wanted(tenant, softDeleteRetentionInDays=7)
    made = await tenant.arm.call("PUT", f"{VAULTS}/kv-two{MANAGEMENT}", body)
    assert (made.status, made.body["properties"]["provisioningState"]) == (200, "RegisteringDns")
    service, host = KeyVault(tenant.azure), "kv-two.vault.azure.net"
    second = Client(tenant.azure, service, host).as_(tenant.officer, RESOURCE)
    assert tenant.azure.vaults.find_by_host(host) is None
    tenant.pass_time(seconds=1)
    shown = (await tenant.arm.get(f"{VAULTS}/kv-two{MANAGEMENT}")).body["properties"]
    assert (shown["provisioningState"], shown["vaultUri"]) == ("Succeeded", "https://kv-two.vault.azure.net/")
    tenant.azure.authorization.grant(f"{VAULTS}/kv-two", tenant.officer.id, OFFICER)
    kept = await second.call("PUT", f"/secrets/one{ANSWERS}", {"value": "1"})
    assert kept.body["attributes"]["recoveryLevel"] == "CustomizedRecoverable+Purgeable"
    listed = [
        (await tenant.arm.get(f"{path}{MANAGEMENT}")).body["value"]
        for path in (VAULTS, f"/subscriptions/{SUBSCRIPTION}/providers/Microsoft.KeyVault/vaults")
    ]
    assert [[each["name"] for each in found] for found in listed] == [["kv-one", "kv-two"]] * 2
    filtered = "?$filter=resourceType eq 'Microsoft.KeyVault/vaults' and name eq 'kv-two'&api-version=2015-11-01"
    found = await tenant.arm.get(f"/subscriptions/{SUBSCRIPTION}/resources{filtered}", **ON_PURPOSE)  # no document
    assert [each["id"] for each in found.body["value"]] == [f"{VAULTS}/kv-two"]
    assert ("Microsoft.Resources.ResourceWriteSuccess", f"{VAULTS}/kv-two") in {
        (each["eventType"], each["subject"]) for each in tenant.azure.events.emitted
    }


async def test_a_deleted_vault_keeps_its_name_and_comes_back_with_its_secrets(tenant: Tenant) -> None:
    await tenant.set("kept")
    assert (await tenant.arm.call("DELETE", f"{VAULT}{MANAGEMENT}")).status == 200
    with pytest.raises(NoSuchHost):
        await KeyVault(tenant.azure).answer(await _last_call(tenant))
    taken = await tenant.arm.call("PUT", f"{VAULT}{MANAGEMENT}", wanted(tenant))
    assert bad(taken) == (409, "ConflictError")
    subscription = f"/subscriptions/{SUBSCRIPTION}/providers/Microsoft.KeyVault"
    deleted = (await tenant.arm.get(f"{subscription}/deletedVaults{MANAGEMENT}")).body["value"]
    assert [each["properties"]["vaultId"] for each in deleted] == [VAULT]
    back = await tenant.arm.call("PUT", f"{VAULT}{MANAGEMENT}", wanted(tenant, createMode="recover"))
    assert back.status == 200
    tenant.pass_time(seconds=1)
    assert (await tenant.writes.get(f"/secrets/kept/{ANSWERS}")).status == 403  # its role assignments went with it
    tenant.azure.authorization.grant(VAULT, tenant.officer.id, OFFICER)
    assert (await tenant.writes.get(f"/secrets/kept/{ANSWERS}")).body["value"] == "one"
    await tenant.arm.call("DELETE", f"{VAULT}{MANAGEMENT}")
    purged = f"{subscription}/locations/westeurope/deletedVaults/kv-one"
    assert (await tenant.arm.call("POST", f"{purged}/purge{MANAGEMENT}")).status == 200
    assert bad(await tenant.arm.get(f"{purged}{MANAGEMENT}"))[0] == 404
    assert (await tenant.arm.call("PUT", f"{VAULT}{MANAGEMENT}", wanted(tenant))).status == 200


async def _last_call(tenant: Tenant) -> Any:
    return next(each.call for each in reversed(tenant.azure.traffic.exchanges) if each.call.host == tenant.vault.host)


async def test_what_a_vault_cannot_be_is_refused(tenant: Tenant) -> None:
    async def answer(path: str, **properties: Any) -> tuple[int, str]:
        body = wanted(tenant, **properties)
        return bad(await tenant.arm.call("PUT", f"{path}{MANAGEMENT}", body, **ON_PURPOSE))

    assert await answer(f"{VAULTS}/kv--two") == (400, "VaultNameNotValid")
    assert await answer(f"{VAULTS}/kv-two", enableRbacAuthorization=False) == (501, "NotImplemented")
    assert await answer(f"{VAULTS}/kv-two", enablePurgeProtection=False) == (400, "BadRequest")
    assert await answer(f"{VAULTS}/kv-two", softDeleteRetentionInDays=6) == (400, "BadRequest")
    assert await answer(f"{VAULTS}/kv-two", sku={"family": "A", "name": "basic"}) == (400, "InvalidRequestContent")
    assert await answer(VAULT, softDeleteRetentionInDays=7) == (400, "BadRequest")


async def test_a_patch_replaces_what_it_names_and_keeps_the_rest(tenant: Tenant) -> None:
    async def patch(path: str, body: dict[str, Any], **headers: str) -> Answer:
        return await tenant.arm.call("PATCH", f"{path}{MANAGEMENT}", body, **headers)

    whole = wanted(tenant, enabledForDeployment=True) | {"tags": {"env": "test", "team": "a"}}
    await tenant.arm.call("PUT", f"{VAULT}{MANAGEMENT}", whole)
    rules = {"bypass": "AzureServices", "defaultAction": "Deny"}
    closed = await patch(VAULT, {"properties": {"publicNetworkAccess": "Disabled", "networkAcls": rules}})
    shown = closed.body["properties"]
    assert (closed.status, closed.body["tags"]) == (200, {"env": "test", "team": "a"})
    assert (shown["publicNetworkAccess"], shown["networkAcls"]) == ("Disabled", rules)
    assert (shown["enabledForDeployment"], shown["enableRbacAuthorization"]) == (True, True)
    tagged = await patch(VAULT, {"tags": {"env": "prod"}})
    assert (tagged.body["tags"], tagged.body["properties"]) == ({"env": "prod"}, shown)
    for properties, refused in (
        ({"enablePurgeProtection": False}, (400, "BadRequest")),
        ({"softDeleteRetentionInDays": 7}, (400, "BadRequest")),
        ({"sku": {"family": "A", "name": "basic"}}, (400, "InvalidRequestContent")),
        ({"enableRbacAuthorization": False}, (501, "NotImplemented")),
    ):
        assert bad(await patch(VAULT, {"properties": properties}, **ON_PURPOSE)) == refused
    assert (await tenant.arm.get(f"{VAULT}{MANAGEMENT}")).body["properties"] == shown
    assert bad(await patch(f"{VAULTS}/kv-none", {"tags": {}})) == (404, "ResourceNotFound")


async def test_traffic_files_hold_no_secret(tmp_path: Path) -> None:
    tenant = Tenant(tmp_path)
    await tenant.set("marked", "marked-by-the-test")
    await tenant.reads.get(f"/secrets/marked/{ANSWERS}")
    written = texts_in(tmp_path)
    assert '"cut"' in written
    assert "marked-by-the-test" not in written
    assert tenant.azure.vaults.every_value() == ["marked-by-the-test"]


def texts_in(folder: Path) -> str:
    return "".join(each.read_text() for each in folder.rglob("*.json"))
