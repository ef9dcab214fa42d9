"""Blob Storage and the ingestion of telemetry."""

import gzip
import json
from typing import Any
from xml.etree import ElementTree as ET

import pytest

from simulator.azure import Azure
from simulator.blobs.service import BlobService
from simulator.telemetry.service import Ingestion
from tests.contract.simulator.calling import Answer, Client

STORAGE = "https://storage.azure.com"
SUBSCRIPTION = "11111111-1111-4111-8111-111111111111"
ACCOUNT = f"/subscriptions/{SUBSCRIPTION}/resourceGroups/rg/providers/Microsoft.Storage/storageAccounts/unkeyed"
READ = "Microsoft.Storage/storageAccounts/blobServices/containers/blobs/read"
WRITE = "Microsoft.Storage/storageAccounts/blobServices/containers/blobs/write"
READER = "2a2b9908-6ea1-4ae2-8e65-a410df84e7d1"
POLICY = "/policy/unkeyed.yaml"


class Store:
    def __init__(self) -> None:
        self.azure = Azure()
        self.azure.resources.add_subscription("Production", SUBSCRIPTION)
        self.azure.resources.add_group(SUBSCRIPTION, "rg")
        self.host = self.azure.blobs.add_account("unkeyed", ACCOUNT)
        self.etag = self.azure.blobs.put(self.host, "policy", "unkeyed.yaml", b"version: 1\n")
        self.reader = self.azure.directory.add_user("Reader", self.azure.clock.now())
        self.writer = self.azure.directory.add_user("Writer", self.azure.clock.now())
        self.role("reads", self.reader.id, READ)
        self.role("writes", self.writer.id, READ, WRITE)
        self.bare = Client(self.azure, BlobService(self.azure), self.host, {"x-ms-version": "2025-01-05"})

    def role(self, name: str, principal: str, *data_actions: str) -> None:
        identifier = "11111111-0000-4000-8000-" + f"{len(name):012d}"
        self.azure.authorization.define_role(name, id=identifier, actions=(), data_actions=data_actions)
        self.azure.authorization.grant(ACCOUNT, principal, identifier)

    @property
    def reads(self) -> Client:
        return self.bare.as_(self.reader, STORAGE)

    @property
    def writes(self) -> Client:
        return self.bare.as_(self.writer, STORAGE)


@pytest.fixture
def store() -> Store:
    return Store()


def code(answer: Answer) -> str:
    """The error code, which header and body agree on."""
    if answer.content:
        assert ET.fromstring(answer.content.decode("utf-8-sig")).findtext("Code") == answer.headers["x-ms-error-code"]
    return answer.headers["x-ms-error-code"]


async def test_a_blob_is_read_again_only_after_it_changed(store: Store) -> None:
    first = await store.reads.get(POLICY)
    assert (first.status, first.content, first.headers["ETag"]) == (200, b"version: 1\n", store.etag)
    same = await store.reads.get(POLICY, If_None_Match=store.etag)
    assert (same.status, same.content, same.headers["ETag"]) == (304, b"", store.etag)
    store.azure.blobs.put(store.host, "policy", "unkeyed.yaml", b"version: 2\n")
    assert (await store.reads.get(POLICY, If_None_Match=store.etag)).content == b"version: 2\n"
    assert (await store.reads.get(POLICY, If_Match=store.etag)).status == 412
    part = await store.reads.get(POLICY, x_ms_range="bytes=0-6")
    assert (part.status, part.content, part.headers["Content-Range"]) == (206, b"version", "bytes 0-6/11")


async def test_writing_takes_a_writers_role_and_a_container(store: Store) -> None:
    kind = {"x_ms_blob_type": "BlockBlob"}
    denied = await store.reads.call("PUT", POLICY, b"x", **kind)
    assert (denied.status, code(denied)) == (403, "AuthorizationPermissionMismatch")
    made = await store.writes.call("PUT", "/policy/new.yaml", b"x", **kind)
    assert made.status == 201
    assert store.azure.blobs.get(store.host, "policy", "new.yaml") == b"x"
    again = await store.writes.call("PUT", "/policy/new.yaml", b"y", If_None_Match="*", **kind)
    assert (again.status, code(again)) == (409, "BlobAlreadyExists")
    nowhere = await store.writes.call("PUT", "/nowhere/new.yaml", b"x", **kind)
    assert (nowhere.status, code(nowhere)) == (404, "ContainerNotFound")
    listed = await store.reads.get("/policy?restype=container&comp=list&maxresults=1")
    tree = ET.fromstring(listed.content.decode("utf-8-sig"))
    assert [each.text for each in tree.iter("Name")] == ["new.yaml"]
    assert tree.findtext("NextMarker") == "unkeyed.yaml"


async def test_refusals_come_with_storages_codes(store: Store) -> None:
    missing = await store.bare.get(POLICY)
    assert (missing.status, code(missing)) == (401, "NoAuthenticationInformation")
    assert missing.headers["WWW-Authenticate"].endswith(f"resource_id={STORAGE}")
    wrong = await store.bare.as_(store.reader, "https://vault.azure.net").get(POLICY)
    assert (wrong.status, code(wrong)) == (401, "InvalidAuthenticationInfo")
    shared = await store.bare.get(POLICY, Authorization="SharedKey unkeyed:c2lnbmF0dXJl")
    assert (shared.status, code(shared)) == (403, "KeyBasedAuthenticationNotPermitted")
    absent = await store.reads.get("/policy/absent.yaml")
    assert (absent.status, code(absent)) == (404, "BlobNotFound")
    assert code(await store.reads.call("HEAD", "/policy/absent.yaml")) == "BlobNotFound"
    assert code(await store.reads.with_(x_ms_version="").get(POLICY)) == "MissingRequiredHeader"
    assert (await store.reads.call("PUT", "/fresh?restype=container")).status == 501


async def test_telemetry_is_kept_as_it_was_sent_and_bad_items_are_named() -> None:
    azure = Azure()
    client = Client(azure, Ingestion(azure), "westeurope-5.in.applicationinsights.azure.com")
    good: dict[str, Any] = {
        "name": "Microsoft.ApplicationInsights.Message",
        "time": "2026-11-24T00:00:00Z",
        "iKey": "00000000-0000-4000-8000-000000000001",
        "data": {"baseType": "MessageData", "baseData": {"message": "hello"}},
    }
    assert (await client.post("/v2.1/track", gzip.compress(json.dumps([good]).encode()))).body == {
        "itemsReceived": 1,
        "itemsAccepted": 1,
        "errors": [],
    }
    lines = "\n".join(json.dumps(each) for each in (good, {**good, "time": ""})).encode()
    mixed = await client.post("/v2/track", lines)
    assert (mixed.status, mixed.body["itemsAccepted"], mixed.body["errors"][0]["index"]) == (206, 1, 1)
    assert azure.telemetry.of_type("MessageData") == [{"message": "hello"}] * 2
    assert (await client.post("/v2.1/track", b"[]", Authorization="Bearer no.token.here")).status == 401


async def test_a_resource_without_local_auth_takes_telemetry_by_token_and_role_only() -> None:
    azure = Azure()
    azure.resources.add_subscription("Production", SUBSCRIPTION)
    azure.resources.add_group(SUBSCRIPTION, "rg")
    key, insights = (
        "00000000-0000-4000-8000-000000000002",
        f"{ACCOUNT.partition('/providers/')[0]}/providers/Microsoft.Insights/components/i",
    )
    azure.telemetry.add_component(key, insights)
    sender = azure.directory.add_user("Sender", azure.clock.now())
    bare = Client(azure, Ingestion(azure), "westeurope-5.in.applicationinsights.azure.com")
    known = bare.as_(sender, "https://monitor.azure.com")
    item = [{"name": "Message", "time": "2026-11-24T00:00:00Z", "iKey": key.upper(), "data": {}}]

    async def said(client: Client, path: str = "/v2.1/track") -> tuple[int, str]:
        answer = await client.post(path, item)
        return answer.status, "".join(each["message"] for each in answer.body["errors"])

    assert await said(bare, "/v2/track") == (400, "Authentication not supported")
    assert await said(bare) == (401, "Authorization required")
    assert await said(known) == (403, "Unauthorized")
    azure.authorization.grant(insights, sender.id, "3913510d-42f4-4e42-8a64-420c390055eb")
    assert await said(known) == (200, "")
    assert len(azure.telemetry.envelopes) == 1
