"""Changes of groups as an application hears of them: change tracking, subscriptions, and Event Grid's partner topics."""

import json
import uuid
from collections import Counter
from collections.abc import AsyncIterator
from datetime import timedelta
from typing import Any
from urllib.parse import quote

import pytest

from simulator.azure import Azure
from simulator.company.identities import PLATFORM
from simulator.directory.graph import Graph
from simulator.directory.groups import Group
from simulator.directory.state import ServicePrincipal
from simulator.event_grid.routes import ROUTES
from simulator.resource_manager.front import Front
from simulator.wire import Json
from tests.contract.simulator.calling import Answer, Client
from tests.contract.simulator.test_event_grid import Receiver, until
from tests.local import LocalRun
from tests.traffic import FOLDER

GRAPH = "https://graph.microsoft.com"
SUBSCRIPTION = "11111111-1111-4111-8111-111111111111"
GROUP = f"/subscriptions/{SUBSCRIPTION}/resourceGroups/rg-ai"
GRID = f"{GROUP}/providers/Microsoft.EventGrid"
TOPIC = f"{GRID}/partnerTopics/groups"
CONFIGURATION = f"{GRID}/partnerConfigurations/default"
PARTNER = {"partnerRegistrationImmutableId": "c02e0126-707c-436d-b6a1-175d2748fb58", "partnerName": "MicrosoftGraphAPI"}
OWNER = "8e3af657-a8ff-443c-a75c-2fe8c4bcb635"
DAY = 86_400


class Tenant:
    """An application that reads groups, one that changes them, and an owner of the Azure subscription."""

    def __init__(self) -> None:
        self.azure = Azure(FOLDER)
        self.azure.resources.add_subscription("test", SUBSCRIPTION)
        self.azure.resources.add_group(SUBSCRIPTION, "rg-ai")
        self.directory = self.azure.directory
        self.now = self.azure.clock.now()
        self.principal = self.add_principal("app")
        self.owner = self.add_principal("owner")
        self.azure.authorization.grant(f"/subscriptions/{SUBSCRIPTION}", self.owner.id, OWNER)
        self.graph = Client(self.azure, Graph(self.azure), "graph.microsoft.com")
        self.front = Client(
            self.azure, Front(self.azure, [ROUTES]), "management.azure.com", {"Content-Type": "application/json"}
        )
        self.ada, self.bob = (self.directory.add_user(name, self.now).id for name in ("Ada", "Bob"))

    def add_principal(self, name: str) -> ServicePrincipal:
        return self.directory.add_service_principal(
            ServicePrincipal(str(uuid.uuid4()), str(uuid.uuid4()), name, self.now)
        )

    def app(self, *roles: str, principal: ServicePrincipal | None = None) -> Client:
        return self.graph.as_(principal or self.principal, GRAPH, roles=list(roles or ("Group.ReadWrite.All",)))

    async def arm(self, method: str, path: str, body: Json | None = None) -> Answer:
        client = self.front.as_(self.owner, "https://management.azure.com")
        return await client.call(method, f"{path}?api-version=2022-06-15", body)

    async def authorize(self, days: int = 365) -> None:
        body = {"properties": {"partnerAuthorization": {"defaultMaximumExpirationTimeInDays": days}}}
        assert (await self.arm("PUT", CONFIGURATION, body)).status == 201
        assert (await self.arm("POST", f"{CONFIGURATION}/authorizePartner", PARTNER)).status == 200

    async def subscribe(self, principal: ServicePrincipal | None = None, **changes: Any) -> Answer:
        return await self.app(principal=principal).post("/v1.0/subscriptions", self.wanted(**changes))

    def wanted(self, topic: str = "groups", minutes: float = 41_759, **changes: Any) -> Json:
        expires = self.azure.clock.now() + timedelta(minutes=minutes)
        body = {
            "changeType": "Updated,Deleted,Created",
            "notificationUrl": address(topic),
            "lifecycleNotificationUrl": address(topic),
            "resource": "groups",
            "expirationDateTime": expires.isoformat(),
            "clientState": "a state",
            **changes,
        }
        return {name: value for name, value in body.items() if value is not ...}

    async def round(self, link: str, app: Client | None = None, **headers: str) -> tuple[dict[str, Json], str, int]:
        """All pages of a round: what is said of each group, members put together; the next link; how many pages."""
        said: dict[str, Json] = {}
        for pages in range(1, 1000):
            answer = await (app or self.app("GroupMember.Read.All")).get(link, **headers)
            assert answer.status == 200, answer.body
            for entry in answer.body["value"]:
                members = said.get(entry["id"], {}).get("members@delta", []) + entry.get("members@delta", [])
                said[entry["id"]] = {**entry, **({"members@delta": members} if members else {})}
            if "@odata.deltaLink" in answer.body:
                return said, answer.body["@odata.deltaLink"], pages
            link = answer.body["@odata.nextLink"]
        raise AssertionError("no end")


def address(topic: str, location: str = "westeurope") -> str:
    return f"EventGrid:?azuresubscriptionid={SUBSCRIPTION}&resourcegroup=rg-ai&partnertopic={topic}&location={location}"


@pytest.fixture
async def tenant() -> AsyncIterator[Tenant]:
    made = Tenant()
    yield made
    await made.azure.events.aclose()


async def test_change_tracking_tells_what_changed_since_its_link(tenant: Tenant) -> None:
    groups, add = tenant.directory.groups, tenant.directory.add_group
    kept, renamed, described, left, deleted, purged, back = (
        add(f"sg-{number}", tenant.now, members=(tenant.ada,)) for number in range(7)
    )
    groups.delete(back, tenant.now)
    said, link, _ = await tenant.round("/v1.0/groups/delta?$select=displayName,members")
    assert said.keys() == {kept.id, renamed.id, described.id, left.id, deleted.id, purged.id}
    member = {"@odata.type": "#microsoft.graph.user", "id": tenant.ada}
    assert said[kept.id] == {"id": kept.id, "displayName": "sg-0", "members@delta": [member]}
    assert (await tenant.round(link))[0] == {}

    app = tenant.app()
    await app.call("PATCH", f"/v1.0/groups/{renamed.id}", {"displayName": "other"})
    await app.call("PATCH", f"/v1.0/groups/{described.id}", {"description": "not tracked"})
    await app.call("DELETE", f"/v1.0/groups/{left.id}/members/{tenant.ada}/$ref")
    await app.post(f"/v1.0/groups/{left.id}/members/$ref", {"@odata.id": f"{GRAPH}/v1.0/directoryObjects/{tenant.bob}"})
    await app.call("DELETE", f"/v1.0/groups/{deleted.id}")
    await app.call("DELETE", f"/v1.0/groups/{purged.id}")
    await app.call("DELETE", f"/v1.0/directory/deletedItems/{purged.id}")
    await app.post(f"/v1.0/directory/deletedItems/{back.id}/restore", {})
    said, later, _ = await tenant.round(link)
    gone = {**member, "@removed": {"reason": "deleted"}}
    assert said == {
        renamed.id: {"id": renamed.id, "displayName": "other"},
        left.id: {"id": left.id, "displayName": "sg-3", "members@delta": said[left.id]["members@delta"]},
        deleted.id: {"id": deleted.id, "@removed": {"reason": "changed"}},
        purged.id: {"id": purged.id, "@removed": {"reason": "deleted"}},
        back.id: {"id": back.id, "displayName": "sg-6", "members@delta": [member]},
    }
    assert gone in said[left.id]["members@delta"]
    assert {**member, "id": tenant.bob} in said[left.id]["members@delta"]
    assert (await tenant.round(later))[0] == {}
    minimal, _, _ = await tenant.round(link, Prefer="return=minimal")
    assert minimal[left.id].keys() == {"id", "members@delta"}


async def test_a_large_group_comes_on_several_pages_and_changes_meanwhile_are_told_next_time(tenant: Tenant) -> None:
    first_of_all = "00000000-0000-4000-8000-000000000001"
    large = tenant.directory.add_group("sg-large", tenant.now, id=first_of_all, members=range(2500))
    for number in range(120):
        tenant.directory.add_group(f"sg-{number}", tenant.now)
    page = (await tenant.app().get("/v1.0/groups/delta?$select=id,members")).body
    [entry] = page["value"]
    left = large.members.ordered[0]
    tenant.directory.groups.remove_member(large, left)
    said, link, pages = await tenant.round(page["@odata.nextLink"])
    members = [each["id"] for each in entry["members@delta"] + said[large.id]["members@delta"]]
    assert (len(entry["members@delta"]), len(members), len({*members})) == (1000, 2500, 2500)
    assert (len(said), pages) == (121, 4)
    said, _, _ = await tenant.round(link)
    assert [(each["id"], each["@removed"]["reason"]) for each in said[large.id]["members@delta"]] == [(left, "deleted")]


async def test_change_tracking_of_named_groups_and_from_now_on(tenant: Tenant) -> None:
    one, other = (tenant.directory.add_group(name, tenant.now) for name in ("one", "other"))
    _, now, _ = await tenant.round("/v1.0/groups/delta()?$deltatoken=latest")
    text = quote(f"id eq '{one.id}' or id eq '{uuid.uuid4()}'")
    said, link, _ = await tenant.round(f"/v1.0/groups/delta?$filter={text}")
    assert said.keys() == {one.id}
    _, members, _ = await tenant.round("/v1.0/groups/delta?$deltatoken=latest&$select=displayName,members")
    for group in (one, other):
        tenant.directory.groups.change(group, {"description": "changed"})
    assert (await tenant.round(link))[0].keys() == {one.id}
    assert (await tenant.round(now))[0].keys() == {one.id, other.id}
    assert (await tenant.round(members))[0] == {}
    tenant.directory.groups.add_member(one, tenant.ada)
    said, _, _ = await tenant.round(members)
    joined = [{"@odata.type": "#microsoft.graph.user", "id": tenant.ada}]
    assert said == {one.id: {"id": one.id, "displayName": "one", "members@delta": joined}}


async def test_change_tracking_passes_over_a_page_size(tenant: Tenant) -> None:
    for number in range(60):
        tenant.directory.add_group(f"sg-{number}", tenant.now)
    pages = [(await tenant.app().get(f"/v1.0/groups/delta?$top={top}")).body["value"] for top in (1, 999, "many")]
    assert [len(each) for each in pages] == [50, 50, 50]


async def test_links_expire_and_what_change_tracking_does_not_know_is_refused(tenant: Tenant) -> None:
    app = tenant.app("GroupMember.Read.All")
    many = " or ".join(f"id eq '{uuid.uuid4()}'" for _ in range(51))
    for target, status, code in (
        (f"/v1.0/groups/delta?$filter={quote(many)}", 400, "Request_BadRequest"),
        (f"/v1.0/groups/delta?$filter={quote("displayName eq 'x'")}", 400, "Request_UnsupportedQuery"),
        ("/v1.0/groups/delta?$deltatoken=nonsense", 400, "Request_BadRequest"),
        (f"/v1.0/groups/{uuid.uuid4()}/delta", 400, "BadRequest"),
    ):
        answer = await app.get(target)
        assert (answer.status, answer.error["code"]) == (status, code)
    _, link, _ = await tenant.round("/v1.0/groups/delta")
    tenant.azure.clock.advance(7 * DAY)
    late = await tenant.app("GroupMember.Read.All").get(link)
    assert (late.status, late.error["code"]) == (410, "syncStateNotFound")
    assert late.headers["Location"] == f"{GRAPH}/v1.0/groups/delta?$deltatoken="


async def test_a_hundred_thousand_members_are_added_and_read_page_by_page(tenant: Tenant) -> None:
    large = tenant.directory.add_group("sg-large", tenant.now, members=range(100_000))
    outer = tenant.directory.add_group("sg-outer", tenant.now, members=(large.id, tenant.bob))
    tenant.azure.knobs = tenant.azure.knobs.turned({"token_buckets": False})
    app = tenant.app("GroupMember.Read.All")
    count = await app.get(f"/v1.0/groups/{large.id}/members/$count", ConsistencyLevel="eventual")
    assert (count.content, count.headers["Content-Type"]) == (b"100000", "text/plain")
    refused = await app.get(f"/v1.0/groups/{large.id}/members/$count")
    assert refused.error["message"] == "$count is not currently supported."
    seen = []
    for listed in (f"{large.id}/members", f"{outer.id}/transitiveMembers"):
        link, types = f"/v1.0/groups/{listed}?$select=id&$top=999", Counter[str]()
        while link:
            page = (await app.get(link)).body
            types.update(each["@odata.type"].rpartition(".")[2] for each in page["value"])
            link = page.get("@odata.nextLink")
        seen.append(types)
    assert seen == [{"user": 100_000}, {"user": 100_001, "group": 1}]
    said, link, pages = await tenant.round("/v1.0/groups/delta?$select=id,members", app)
    assert (len(said[large.id]["members@delta"]), pages >= 100) == (100_000, True)
    for left in [*large.members][::2]:
        tenant.directory.groups.remove_member(large, left)
    said, _, pages = await tenant.round(link, app)
    assert (len(said[large.id]["members@delta"]), pages >= 50) == (50_000, True)


async def test_a_deleted_group_is_found_among_deleted_items_for_thirty_days(tenant: Tenant) -> None:
    inner = tenant.directory.add_group("sg-inner", tenant.now, members=(tenant.ada,))
    outer = tenant.directory.add_group("sg-outer", tenant.now, members=(inner.id,))
    listing = "/v1.0/directory/deletedItems/microsoft.graph.group?$select=id,displayName"
    app = tenant.app()
    await app.call("DELETE", f"/v1.0/groups/{inner.id}")
    assert (await app.get(listing)).body["value"] == [{"id": inner.id, "displayName": "sg-inner"}]
    assert (await app.get(f"/v1.0/groups/{outer.id}/transitiveMembers")).body["value"] == []
    assert (await app.get(f"/v1.0/directory/deletedItems/{outer.id}")).status == 404
    assert (
        await tenant.app("Group.Read.All").post(f"/v1.0/directory/deletedItems/{inner.id}/restore", {})
    ).status == 403
    restored = await app.post(f"/v1.0/directory/deletedItems/{inner.id}/restore", {})
    assert (restored.status, restored.body["deletedDateTime"]) == (200, None)
    assert len((await app.get(f"/v1.0/groups/{outer.id}/transitiveMembers")).body["value"]) == 2
    await app.call("DELETE", f"/v1.0/groups/{inner.id}")
    tenant.azure.clock.advance(30 * DAY)
    assert (await tenant.app().get(listing)).body["value"] == []
    assert list(outer.members) == []


async def activated(tenant: Tenant, hook: Receiver) -> Json:
    """A subscription whose events reach the hook."""
    await tenant.authorize()
    made = await tenant.subscribe()
    assert made.status == 201, made.body
    assert (await tenant.arm("POST", f"{TOPIC}/activate")).body["properties"]["activationState"] == "Activated"
    tenant.azure.events.subscribe("groups-hook", source=TOPIC, endpoint=hook.url, schema="CloudEventSchemaV1_0")
    return dict(made.body)


async def test_a_subscription_makes_a_partner_topic_where_the_partner_is_authorized(
    tenant: Tenant, hook: Receiver
) -> None:
    refused = await tenant.subscribe()
    assert (refused.status, refused.error["code"]) == (403, "ExtensionError")
    assert "MicrosoftGraphAPI" in refused.error["message"]
    await tenant.authorize(days=1)
    made = (await tenant.subscribe()).body
    assert (made["clientState"], made["applicationId"]) == ("a state", tenant.principal.app_id)
    topic = (await tenant.arm("GET", TOPIC)).body
    assert topic["properties"]["activationState"] == "NeverActivated"
    assert topic["properties"]["source"] == (
        f"/tenants/{tenant.directory.tenant}/applications/{tenant.principal.app_id}"
    )
    assert (await tenant.app().get(f"/v1.0/subscriptions/{made['id']}")).body["clientState"] is None
    tenant.directory.add_group("sg-lost", tenant.now)
    assert [each["why"] for each in tenant.azure.events.graph.lost] == [
        "the partner topic is not there or not activated"
    ]
    tenant.azure.clock.advance(DAY)  # the authorization ends, the topic that is there stays
    assert (await tenant.subscribe(topic="another")).status == 403
    tenant.azure.clock.advance(6 * DAY)  # and goes, as nobody activated it
    assert (await tenant.arm("GET", TOPIC)).status == 404


async def test_events_of_groups_reach_an_event_subscription_of_the_activated_topic(
    tenant: Tenant, hook: Receiver
) -> None:
    made = await activated(tenant, hook)
    path = f"{TOPIC}/eventSubscriptions/mine"
    properties = {"destination": {"endpointType": "WebHook", "properties": {"endpointUrl": hook.url}}}
    as_grid = await tenant.arm("PUT", path, {"properties": properties | {"eventDeliverySchema": "EventGridSchema"}})
    assert "topic's input schema of CloudEventSchemaV1_0" in as_grid.error["message"]
    inner = await tenant.arm("PUT", path, {"properties": properties | {"filter": {"subjectEndsWith": "nothing"}}})
    assert inner.body["type"] == "Microsoft.EventGrid/partnerTopics/eventSubscriptions"
    assert inner.body["properties"]["eventDeliverySchema"] == "CloudEventSchemaV1_0"
    listed = await tenant.arm("GET", f"{TOPIC}/eventSubscriptions")
    assert {each["name"] for each in listed.body["value"]} == {"groups-hook", "mine"}

    app = tenant.app()
    body = {"displayName": "sg", "mailEnabled": False, "mailNickname": "sg", "securityEnabled": True}
    group = (await app.post("/v1.0/groups", body)).body["id"]
    await app.post(f"/v1.0/groups/{group}/members/$ref", {"@odata.id": f"{GRAPH}/v1.0/users/{tenant.ada}"})
    await app.call("PATCH", f"/v1.0/groups/{group}", {"displayName": "other"})
    await app.call("PATCH", f"/v1.0/groups/{group}", {"displayName": "other"})  # changes nothing
    await app.call("DELETE", f"/v1.0/groups/{group}")
    await app.call("DELETE", f"/v1.0/directory/deletedItems/{group}")
    await until(lambda: len(hook.got) == 5)
    events = sorted(
        (event for _, event in hook.got), key=lambda each: int(each["data"]["resourceData"]["sequenceNumber"])
    )
    assert [each["type"].rpartition(".")[2] for each in events] == [*["GroupUpdated"] * 4, "GroupDeleted"]
    event, data = events[0], events[0]["data"]
    assert (event["source"], event["subject"]) == (
        f"/tenants/{tenant.directory.tenant}/applications/{tenant.principal.app_id}", f"Groups/{group}",
    )  # fmt: skip
    assert (data["clientState"], data["subscriptionId"], data["tenantId"], data["changeType"]) == (
        "a state", made["id"], tenant.directory.tenant, "updated",
    )  # fmt: skip
    assert "members" not in str(data).lower()
    assert (await tenant.arm("POST", f"{TOPIC}/deactivate")).status == 200
    tenant.directory.add_group("sg-lost", tenant.now)
    assert len(tenant.azure.events.graph.lost) == 1


async def test_a_client_state_is_cut_out_of_traffic_and_told_to_a_search_for_secrets(tenant: Tenant) -> None:
    state = uuid.uuid4().hex
    await tenant.authorize()
    assert (await tenant.subscribe(clientState=state)).body["clientState"] == state
    await tenant.arm("POST", f"{TOPIC}/activate")
    tenant.directory.add_group("sg", tenant.now)
    assert tenant.azure.events.emitted[-1]["data"]["clientState"] == state
    written = {path: path.read_text() for path in FOLDER.rglob(f"{tenant.azure.traffic.run}-*.json")}
    assert [path for path, text in written.items() if state in text] == []
    told = [json.loads(text)["data"] for path, text in written.items() if path.parent.name == "events"]
    assert [each["clientState"] for each in told if "resourceData" in each] == ["cut"]
    assert tenant.azure.events.graph.client_states == [state]


async def test_forged_and_repeated_events_can_be_delivered_to_the_subscribers_of_a_topic(
    tenant: Tenant, hook: Receiver
) -> None:
    await activated(tenant, hook)
    tenant.directory.add_group("sg", tenant.now)
    await until(lambda: hook.got)
    event = hook.got[0][1]
    assert tenant.azure.events.redeliver(event) == 1
    foreign = {**event, "id": "forged", "source": f"/tenants/{uuid.uuid4()}/applications/{uuid.uuid4()}"}
    assert tenant.azure.events.redeliver(foreign) == 1
    assert tenant.azure.events.redeliver({"no": "event"}, "groups-hook") == 1
    await until(lambda: len(hook.got) == 4)


async def test_a_subscription_that_is_not_reauthorized_loses_events_and_one_that_ends_is_gone(
    tenant: Tenant, hook: Receiver
) -> None:
    made = await activated(tenant, hook)
    path = f"/v1.0/subscriptions/{made['id']}"
    _, link, _ = await tenant.round("/v1.0/groups/delta")
    tenant.azure.clock.advance(41_759 * 60 - 10_000)
    await until(lambda: hook.got)
    event = hook.got[0][1]
    assert event["type"] == "Microsoft.Graph.SubscriptionReauthorizationRequired"
    assert (event["data"]["lifecycleEvent"], event["data"]["subscriptionId"]) == ("reauthorizationRequired", made["id"])
    tenant.directory.add_group("told", tenant.now)  # patience first
    tenant.azure.clock.advance(3600)
    lost = tenant.directory.add_group("lost", tenant.now)
    assert [each["subject"] for each in tenant.azure.events.graph.lost] == [f"Groups/{lost.id}"]
    assert (await tenant.app().call("POST", f"{path}/reauthorize")).status == 204
    tenant.directory.add_group("told again", tenant.now)
    await until(lambda: len(hook.got) == 3)
    renewed = await tenant.app().call(
        "PATCH", path, {"expirationDateTime": tenant.wanted(minutes=60)["expirationDateTime"]}
    )
    assert renewed.status == 200
    await until(lambda: len(hook.got) == 4)  # less than three hours: asked for again at once
    tenant.azure.clock.advance(DAY)
    assert (await tenant.app().call("POST", f"{path}/reauthorize")).error["code"] == "ResourceNotFound"
    tenant.directory.add_group("after its end", tenant.now)
    idle = (await tenant.arm("GET", TOPIC)).body["properties"]["provisioningState"]
    assert (idle, len(hook.got)) == ("IdleDueToMirroredChannelResourceDeletion", 4)
    tenant.azure.knobs = tenant.azure.knobs.turned({"delta_token_lifetime": 60.0 * DAY})
    said, _, _ = await tenant.round(link)
    assert {each["displayName"] for each in said.values()} == {"told", "lost", "told again", "after its end"}
    assert (await tenant.subscribe()).status == 201  # the topic can be used again, for thirty days
    assert (await tenant.arm("GET", TOPIC)).body["properties"]["provisioningState"] == "Succeeded"
    tenant.azure.clock.advance(60 * DAY)
    assert (await tenant.subscribe()).error["message"].endswith("idle for 30 days and cannot be used again.]")


REFUSED: list[tuple[Json, int, str]] = [
    ({"changeType": ...}, 400, "InvalidRequest"),
    ({"changeType": "updated,moved"}, 400, "InvalidRequest"),
    ({"changeType": "created"}, 400, "ExtensionError"),
    ({"notificationUrl": "http://example.com"}, 400, "InvalidRequest"),
    ({"notificationUrl": "https://example.com/hook"}, 501, "NotImplemented"),
    ({"notificationUrl": address("groups").replace("&location=westeurope", "")}, 400, "InvalidRequest"),
    ({"notificationUrl": address("groups", "West Europe"), "lifecycleNotificationUrl": ...}, 400, "ExtensionError"),
    ({"lifecycleNotificationUrl": address("another")}, 400, "InvalidRequest"),
    ({"resource": "groups/00000000-0000-4000-8000-00000000dead"}, 404, "ExtensionError"),
    ({"resource": "users"}, 501, "NotImplemented"),
    ({"resource": "nonsense"}, 400, "ExtensionError"),
    ({"clientState": "x" * 129}, 400, "InvalidRequest"),
    ({"minutes": 41_761}, 400, "ExtensionError"),
    ({"minutes": -1}, 400, "InvalidRequest"),
    ({"expirationDateTime": "tomorrow"}, 400, "InvalidRequest"),
    ({"expirationDatetime": "2030-01-01T00:00:00Z"}, 400, "InvalidRequest"),
    ({"includeResourceData": True}, 400, "ExtensionError"),
]  # fmt: skip


@pytest.mark.parametrize(("changes", "status", "code"), REFUSED)
async def test_what_a_subscription_cannot_be_is_refused(tenant: Tenant, changes: Json, status: int, code: str) -> None:
    await tenant.authorize()
    answer = await tenant.subscribe(**changes)
    assert (answer.status, answer.error["code"]) == (status, code), answer.body
    assert tenant.azure.events.partners.topics == {}


async def test_an_application_sees_and_changes_its_own_subscriptions_only(tenant: Tenant) -> None:
    await tenant.authorize()
    made = (await tenant.subscribe()).body
    path, other = f"/v1.0/subscriptions/{made['id']}", tenant.app(principal=tenant.owner)
    assert (await other.get("/v1.0/subscriptions")).body["value"] == []
    assert (await other.call("DELETE", path)).status == 404
    assert (await tenant.app("GroupMember.Read.All").post("/v1.0/subscriptions", tenant.wanted())).status == 403
    taken = await tenant.subscribe(principal=tenant.owner)
    assert (taken.status, taken.error["code"]) == (409, "ExtensionError")
    for body in ({}, {"lifecycleNotificationUrl": address("groups")}, {"notificationUrl": address("another")}):
        assert (await tenant.app().call("PATCH", path, body)).status == 400
    for number in range(9):
        assert (await tenant.subscribe(topic=f"groups-{number}")).status == 201
    assert (await tenant.subscribe(topic="one-too-many")).status == 403
    assert (await tenant.subscribe(resource="/groups")).status == 201  # through a topic that is there
    assert len((await tenant.app().get("/v1.0/subscriptions")).body["value"]) == 11
    assert (await tenant.app().call("DELETE", path)).status == 204
    assert (await tenant.app().get(path)).error["message"] == "The object was not found."


async def test_a_subscription_to_one_group_hears_of_no_other(tenant: Tenant, hook: Receiver) -> None:
    await tenant.authorize()
    one, other = (tenant.directory.add_group(name, tenant.now) for name in ("one", "other"))
    await tenant.subscribe(resource=f"groups/{one.id}/members", changeType="updated")
    await tenant.arm("POST", f"{TOPIC}/activate")
    groups = tenant.directory.groups

    def told() -> list[str]:
        return [each["subject"] for each in tenant.azure.events.emitted if "resourceData" in each["data"]]

    groups.add_member(other, tenant.ada)
    groups.change(one, {"displayName": "renamed"})
    groups.purge(other)
    assert told() == []
    groups.add_member(one, tenant.ada)
    assert told() == [f"Groups/{one.id}"]


async def test_a_partner_configuration_says_who_may_make_topics(tenant: Tenant) -> None:
    assert (await tenant.arm("POST", f"{CONFIGURATION}/authorizePartner", PARTNER)).status == 404
    await tenant.authorize(days=10)
    far = {**PARTNER, "authorizationExpirationTimeInUtc": (tenant.now + timedelta(days=11)).isoformat()}
    assert (await tenant.arm("POST", f"{CONFIGURATION}/authorizePartner", far)).error["code"] == "InvalidRequest"
    named = {"partnerName": "Contoso.Finance"}
    await tenant.arm("POST", f"{CONFIGURATION}/authorizePartner", named)
    wider = await tenant.arm("PATCH", CONFIGURATION, {"properties": {"defaultMaximumExpirationTimeInDays": 100}})
    shown = wider.body["properties"]["partnerAuthorization"]
    assert (shown["defaultMaximumExpirationTimeInDays"], len(shown["authorizedPartnersList"])) == (100, 2)
    left = await tenant.arm("POST", f"{CONFIGURATION}/unauthorizePartner", PARTNER)
    assert [
        each["partnerName"] for each in left.body["properties"]["partnerAuthorization"]["authorizedPartnersList"]
    ] == ["Contoso.Finance"]
    assert (await tenant.subscribe()).status == 403
    assert [(await tenant.arm("DELETE", CONFIGURATION)).status for _ in range(2)] == [200, 204]


async def test_a_partner_topic_is_listed_tagged_and_deleted_with_what_hangs_on_it(
    tenant: Tenant, hook: Receiver
) -> None:
    await activated(tenant, hook)
    within = f"/subscriptions/{SUBSCRIPTION}/providers/Microsoft.EventGrid/partnerTopics"
    for listing in (within, f"{GRID}/partnerTopics"):
        assert [each["name"] for each in (await tenant.arm("GET", listing)).body["value"]] == ["groups"]
    tagged = await tenant.arm("PATCH", TOPIC, {"tags": {"team": "platform"}})
    assert (tagged.status, tagged.body["tags"]) == (201, {"team": "platform"})
    assert (await tenant.arm("PUT", f"{GRID}/partnerTopics/new", {"location": "westeurope"})).status == 501
    assert [(await tenant.arm("DELETE", TOPIC)).status for _ in range(2)] == [200, 204]
    assert tenant.azure.events.subscriptions == {}


async def test_a_large_group_is_seeded_through_the_simulators_own_interface(local: LocalRun) -> None:
    group = await local.client.add_group("sg-large", 3000)
    token = await local.client.token(PLATFORM.id, GRAPH)
    headers = {"Authorization": f"Bearer {token}", "ConsistencyLevel": "eventual"}
    count = await local.client.call("GET", f"{GRAPH}/v1.0/groups/{group}/members/$count", headers=headers)
    assert count.body == "3000"


def test_groups_an_object_is_in_are_found_through_nesting_and_not_through_deleted_groups() -> None:
    tenant = Tenant()
    groups = tenant.directory.groups
    inner: Group = tenant.directory.add_group("inner", tenant.now, members=(tenant.ada,))
    outer: Group = tenant.directory.add_group("outer", tenant.now, members=(inner.id,))
    groups.add_member(inner, outer.id)  # a circle
    assert groups.of(tenant.ada) == {inner.id, outer.id}
    assert groups.flat(outer) == sorted([inner.id, tenant.ada])
    groups.delete(inner, tenant.now)
    assert groups.of(tenant.ada) == set()
