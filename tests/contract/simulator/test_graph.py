"""Microsoft Graph v1.0 as clients of the directory meet it."""

import uuid
from typing import Any
from urllib.parse import quote

import pytest

from simulator.azure import Azure
from simulator.directory.graph import Graph
from simulator.directory.state import ServicePrincipal
from tests.contract.simulator.calling import Client
from tests.traffic import FOLDER

GRAPH = "https://graph.microsoft.com"
NOBODY = "00000000-0000-4000-8000-00000000dead"


class Tenant:
    def __init__(self) -> None:
        self.azure = Azure(FOLDER)
        self.now = self.azure.clock.now()
        directory = self.azure.directory
        self.ada = directory.add_user("Ada", self.now)
        self.bot = self.principal("bot", kind="ManagedIdentity")
        self.inner = directory.add_group("sg-inner", self.now, members=(self.ada.id,))
        self.outer = directory.add_group("sg-outer", self.now, members=(self.inner.id, self.bot.id))
        self.client = Client(self.azure, Graph(self.azure), "graph.microsoft.com")

    def principal(self, name: str, **more: Any) -> ServicePrincipal:
        made = ServicePrincipal(str(uuid.uuid4()), str(uuid.uuid4()), name, self.now, **more)
        return self.azure.directory.add_service_principal(made)

    def app(self, *roles: str) -> Client:
        return self.client.as_(self.principal("app"), GRAPH, roles=list(roles))


@pytest.fixture
def tenant() -> Tenant:
    return Tenant()


async def test_a_group_is_made_changed_filled_and_softly_deleted(tenant: Tenant) -> None:
    app = tenant.app("Group.ReadWrite.All")
    body = {"displayName": "sg-new", "mailEnabled": False, "mailNickname": "sgnew", "securityEnabled": True}
    made = await app.post("/v1.0/groups", body)
    group = f"/v1.0/groups/{made.body['id']}"
    reference = {"@odata.id": f"{GRAPH}/v1.0/directoryObjects/{tenant.ada.id}"}
    assert made.status == 201
    assert (await app.call("PATCH", group, {"description": "made by a test"})).status == 204
    assert (await app.post(f"{group}/members/$ref", reference)).status == 204
    again = await app.post(f"{group}/members/$ref", reference)
    assert (again.status, again.error["code"]) == (400, "Request_BadRequest")
    assert "already exist" in again.error["message"]
    assert (await app.call("DELETE", f"{group}/members/{tenant.ada.id}/$ref")).status == 204
    assert (await app.call("DELETE", f"{group}/members/{tenant.ada.id}/$ref")).status == 404
    assert (await app.call("DELETE", group)).status == 204
    gone = await app.get(group)
    assert gone.error["message"] == (
        f"Resource '{made.body['id']}' does not exist or one of its queried reference-property objects are not present."
    )


async def test_members_carry_their_type_and_hide_what_the_caller_may_not_read(tenant: Tenant) -> None:
    path = f"/v1.0/groups/{tenant.outer.id}/transitiveMembers?$select=id,displayName"
    narrow = (await tenant.app("GroupMember.Read.All").get(path)).body["value"]
    wide = (await tenant.app("GroupMember.Read.All", "User.Read.All").get(path)).body["value"]
    assert {each["@odata.type"]: each["displayName"] for each in narrow} == {
        "#microsoft.graph.group": "sg-inner",
        "#microsoft.graph.user": None,
        "#microsoft.graph.servicePrincipal": None,
    }
    assert {each["id"] for each in narrow} == {tenant.ada.id, tenant.inner.id, tenant.bot.id}
    assert {each["displayName"] for each in wide} == {"Ada", "sg-inner", None}
    users = await tenant.app("Directory.Read.All").get(
        f"/v1.0/groups/{tenant.inner.id}/members/microsoft.graph.user?$select=id"
    )
    assert users.body["value"] == [{"@odata.type": "#microsoft.graph.user", "id": tenant.ada.id}]


async def test_pages_follow_next_link_to_the_end_and_count_when_asked(tenant: Tenant) -> None:
    for number in range(25):
        tenant.azure.directory.add_group(f"sg-team-{number}", tenant.now)
    app = tenant.app("Group.Read.All")
    target: str | None = f"/v1.0/groups?$filter={quote("startswith(displayName,'SG-Team')")}&$top=10&$count=true"
    names, pages = set(), 0
    while target:
        answer = (await app.get(target, ConsistencyLevel="eventual")).body
        names |= {each["displayName"] for each in answer["value"]}
        assert answer["@odata.count"] == 25
        target, pages = answer.get("@odata.nextLink"), pages + 1
    assert (len(names), pages) == (25, 3)


FILTERS = [
    ("displayName eq 'sg-INNER'", {"sg-inner"}),
    ("securityEnabled eq true and startswith(displayName,'sg-o')", {"sg-outer"}),
    ("displayName in ('sg-inner','sg-outer')", {"sg-inner", "sg-outer"}),
    ("displayName eq 'it''s none'", set()),
]


@pytest.mark.parametrize(("text", "names"), FILTERS)
async def test_filters_select_groups(tenant: Tenant, text: str, names: set[str]) -> None:
    answer = await tenant.app("Group.Read.All").get(f"/v1.0/groups?$select=displayName&$filter={quote(text)}")
    assert {each["displayName"] for each in answer.body["value"]} == names
    assert answer.body["@odata.context"] == f"{GRAPH}/v1.0/$metadata#groups(displayName)"


REFUSED = [
    ("/v1.0/groups?$filter=nonsense eq 'x'", 400, "BadRequest"),
    ("/v1.0/groups?$filter=displayName eq", 400, "BadRequest"),
    ("/v1.0/groups?$filter=displayName ne 'x'", 400, "Request_UnsupportedQuery"),
    ("/v1.0/groups?$select=nonsense", 400, "BadRequest"),
    ("/v1.0/groups?$top=1000", 400, "Request_BadRequest"),
    ("/v1.0/groups/not-an-id", 400, "Request_BadRequest"),
    (f"/v1.0/groups/{NOBODY}", 404, "Request_ResourceNotFound"),
    ("/v1.0/users", 403, "Authorization_RequestDenied"),
    ("/v1.0/me", 400, "BadRequest"),
    (f"/v1.0/groups/{NOBODY}/delta", 400, "BadRequest"),
    ("/beta/groups", 501, "NotImplemented"),
]


@pytest.mark.parametrize(("target", "status", "code"), REFUSED)
async def test_each_mistake_is_refused_in_graphs_words(tenant: Tenant, target: str, status: int, code: str) -> None:
    answer = await tenant.app("Group.Read.All").get(quote(target, safe="/?$=&"), client_request_id="mine")
    assert (answer.status, answer.error["code"]) == (status, code)
    assert answer.error["innerError"]["client-request-id"] == "mine"


ENDS_WITH = f"$filter={quote("endsWith(displayName,'er')")}"
ADVANCED = [
    (f"$search={quote('"displayName:sg"')}", True, 400),
    (f"$search={quote('"displayName:sg"')}", False, 501),
    (f"$search={quote('"displayName:sg"')}&$count=true", True, 400),
    (ENDS_WITH, True, 400),
    (ENDS_WITH, False, 400),
    (f"{ENDS_WITH}&$count=true", True, 400),
    (f"{ENDS_WITH}&$count=true", False, 501),
]


@pytest.mark.parametrize(("query", "bare", "status"), ADVANCED)
async def test_an_advanced_query_without_its_header_is_told_which_one_and_is_not_simulated_with_it(
    tenant: Tenant, query: str, bare: bool, status: int
) -> None:
    app = tenant.app("Group.Read.All")
    headers = {} if bare else {"ConsistencyLevel": "eventual"}
    answer = await app.get(f"/v1.0/groups?{query}", **headers)
    codes = {400: "Request_UnsupportedQuery", 501: "NotImplemented"}
    assert (answer.status, answer.error["code"]) == (status, codes[status])
    assert ("ConsistencyLevel" in answer.error["message"]) is (status == 400)


async def test_tokens_for_another_service_or_out_of_time_are_not_taken(tenant: Tenant) -> None:
    missing = await tenant.client.get("/v1.0/groups")
    assert (missing.status, missing.error["message"]) == (401, "Access token is empty.")
    other = await tenant.client.as_(tenant.bot, "https://management.azure.com").get("/v1.0/groups")
    assert other.error["message"] == "Access token validation failure. Invalid audience."
    app = tenant.app("Group.Read.All")
    tenant.azure.clock.advance(3 * 3600)
    late = await app.get("/v1.0/groups")
    assert (late.status, late.error["code"]) == (401, "InvalidAuthenticationToken")
    assert late.error["message"] == "Lifetime validation failed, the token is expired."


async def test_reading_permissions_do_not_write_and_a_user_reads_only(tenant: Tenant) -> None:
    target = f"/v1.0/groups/{tenant.inner.id}"
    assert (await tenant.app("Group.Read.All").call("DELETE", target)).status == 403
    ada = tenant.client.as_(tenant.ada, GRAPH)
    assert (await ada.get("/v1.0/me")).body["userPrincipalName"] == tenant.ada.user_principal_name
    assert (await ada.call("DELETE", target)).status == 403


async def test_membership_is_checked_through_nested_groups(tenant: Tenant) -> None:
    groups = {"groupIds": [tenant.outer.id, str(uuid.uuid4())]}
    app = tenant.app("GroupMember.Read.All", "User.Read.All")
    answer = await app.post(f"/v1.0/users/{quote(tenant.ada.user_principal_name)}/checkMemberGroups", groups)
    assert (answer.status, answer.body["value"]) == (200, [tenant.outer.id])
    same = await app.post(f"/v1.0/directoryObjects/{tenant.ada.id}/checkMemberGroups", groups)
    assert same.body["value"] == [tenant.outer.id]
    hidden = await app.post(f"/v1.0/directoryObjects/{tenant.bot.id}/checkMemberGroups", groups)
    assert hidden.status == 403
    many = await app.post(
        f"/v1.0/users/{tenant.ada.id}/checkMemberGroups", {"groupIds": [str(uuid.uuid4()) for _ in range(21)]}
    )
    assert many.status == 400


async def test_service_principals_are_found_by_app_id_in_each_way_az_asks(tenant: Tenant) -> None:
    app = tenant.app("Application.Read.All")
    wanted = tenant.principal("wanted")
    by_name = quote(f"servicePrincipalNames/any(c:c eq '{wanted.app_id}')")
    for target in (
        f"/v1.0/servicePrincipals?$filter={by_name}",
        f"/v1.0/servicePrincipals?$filter={quote(f"appId eq '{wanted.app_id}'")}",
    ):
        assert [each["id"] for each in (await app.get(target)).body["value"]] == [wanted.id]
    assert (await app.get(f"/v1.0/servicePrincipals(appId='{wanted.app_id}')")).body["id"] == wanted.id
    ids = {"ids": [wanted.id, tenant.ada.id, NOBODY], "types": ["servicePrincipal"]}
    found = await app.post("/v1.0/directoryObjects/getByIds", ids)
    assert [each["@odata.type"] for each in found.body["value"]] == ["#microsoft.graph.servicePrincipal"]


async def test_an_application_that_asks_too_much_has_to_wait(tenant: Tenant) -> None:
    tenant.azure.knobs = tenant.azure.knobs.turned({"bucket_scale": 0.003})  # ten units in ten seconds
    app = tenant.app("Group.Read.All")
    target = f"/v1.0/groups/{tenant.inner.id}/members"
    answers = [await app.get(target) for _ in range(4)]
    assert [each.status for each in answers] == [200, 200, 200, 429]
    assert answers[0].headers["x-ms-resource-unit"] == "3"
    tenant.azure.clock.advance(float(answers[-1].headers["Retry-After"]))
    assert (await app.get(target)).status == 200


async def test_writes_have_a_bucket_of_their_own_which_fills_in_two_and_a_half_minutes(tenant: Tenant) -> None:
    tenant.azure.knobs = tenant.azure.knobs.turned({"bucket_scale": 0.001})  # three writes
    app = tenant.app("Group.ReadWrite.All")
    target = f"/v1.0/groups/{tenant.inner.id}"
    answers = []
    for number in range(4):
        tenant.azure.clock.advance(10)  # resource units are there again
        answers.append(await app.call("PATCH", target, {"description": str(number)}))
    assert [each.status for each in answers] == [204, 204, 204, 429]
    assert (answers[0].headers["x-ms-resource-unit"], answers[3].headers["x-ms-throttle-information"]) == (
        "1",
        "WriteLimitExceeded",
    )
    assert answers[3].headers["x-ms-throttle-scope"].startswith("Tenant_Application/Write/")
    assert (await app.get(target)).status == 200
    tenant.azure.clock.advance(float(answers[3].headers["Retry-After"]))
    assert (await app.call("PATCH", target, {"description": "late"})).status == 204


async def test_subscriptions_are_counted_apart_from_the_directory(tenant: Tenant) -> None:
    tenant.azure.knobs = tenant.azure.knobs.turned({"bucket_scale": 0.0004})  # two calls, one of the directory
    app = tenant.app("Group.Read.All")
    assert (await app.get(f"/v1.0/groups/{tenant.inner.id}")).status == 200
    answers = [await app.get("/v1.0/subscriptions") for _ in range(3)]
    assert [each.status for each in answers] == [200, 200, 429]
    assert (answers[2].headers["Retry-After"], "x-ms-throttle-scope" in answers[2].headers) == ("10", False)


async def test_the_groups_somebody_is_in_are_listed_with_and_without_those_around_them(tenant: Tenant) -> None:
    app = tenant.app("GroupMember.Read.All", "User.Read.All", "Application.Read.All")
    select = "?$select=id,displayName"
    for path, direct, all_of_them in (
        (f"/v1.0/users/{tenant.ada.id}", ["sg-inner"], ["sg-inner", "sg-outer"]),
        (f"/v1.0/groups/{tenant.inner.id}", ["sg-outer"], ["sg-outer"]),
        (f"/v1.0/servicePrincipals/{tenant.bot.id}", ["sg-outer"], ["sg-outer"]),
    ):
        for relation, names in (("memberOf", direct), ("transitiveMemberOf", all_of_them)):
            answer = await app.get(f"{path}/{relation}{select}")
            assert sorted(each["displayName"] for each in answer.body["value"]) == names
            assert {each["@odata.type"] for each in answer.body["value"]} == {"#microsoft.graph.group"}
            number = await app.get(f"{path}/{relation}/$count", ConsistencyLevel="eventual")
            assert number.body == len(names)


async def test_the_groups_of_somebody_come_in_pages(tenant: Tenant) -> None:
    for number in range(5):
        tenant.azure.directory.add_group(f"sg-{number}", tenant.now, members=(tenant.ada.id,))
    app = tenant.app("GroupMember.Read.All", "User.Read.All")
    target: str | None = f"/v1.0/users/{tenant.ada.id}/transitiveMemberOf?$select=id&$top=3"
    found: list[str] = []
    while target:
        answer = (await app.get(target)).body
        found += [each["id"] for each in answer["value"]]
        target = answer.get("@odata.nextLink")
    assert (len(found), len(set(found))) == (7, 7)


async def test_a_cast_of_the_groups_of_somebody_takes_an_advanced_query(tenant: Tenant) -> None:
    app = tenant.app("GroupMember.Read.All", "User.Read.All")
    target = f"/v1.0/users/{tenant.ada.id}/transitiveMemberOf/microsoft.graph.group?$select=displayName&$count=true"
    plain = await app.get(target)
    assert (plain.status, plain.error["code"]) == (400, "Request_UnsupportedQuery")
    advanced = await app.get(target, ConsistencyLevel="eventual")
    assert advanced.body["@odata.count"] == 2
    assert {each["displayName"] for each in advanced.body["value"]} == {"sg-inner", "sg-outer"}


async def test_a_group_that_was_deleted_is_nobodys_any_more(tenant: Tenant) -> None:
    tenant.azure.directory.groups.delete(tenant.azure.directory.groups[tenant.inner.id], tenant.now)
    app = tenant.app("GroupMember.Read.All", "User.Read.All")
    for relation in ("memberOf", "transitiveMemberOf"):
        assert (await app.get(f"/v1.0/users/{tenant.ada.id}/{relation}")).body["value"] == []
    assert (await app.get(f"/v1.0/groups/{tenant.inner.id}/memberOf")).status == 404


MEMBERSHIPS_REFUSED = [
    ("/v1.0/users/{ada}/transitiveMemberOf", "GroupMember.Read.All", 403),
    ("/v1.0/users/{ada}/transitiveMemberOf", "Application.Read.All", 403),
    ("/v1.0/servicePrincipals/{bot}/memberOf", "GroupMember.Read.All", 403),
    ("/v1.0/groups/{inner}/memberOf", "User.Read.All", 403),
    ("/v1.0/groups/not-an-id/memberOf", "Group.Read.All", 400),
    ("/v1.0/groups/{nobody}/transitiveMemberOf", "Group.Read.All", 404),
    ("/v1.0/users/{nobody}/memberOf", "Group.Read.All", 404),
    ("/v1.0/groups/{inner}/memberOf/$count", "Group.Read.All", 400),
]


@pytest.mark.parametrize(("path", "permission", "status"), MEMBERSHIPS_REFUSED)
async def test_memberships_that_may_not_be_read_or_are_nobodys_are_refused(
    tenant: Tenant, path: str, permission: str, status: int
) -> None:
    ids = {"ada": tenant.ada.id, "bot": tenant.bot.id, "inner": tenant.inner.id, "nobody": NOBODY}
    assert (await tenant.app(permission).get(path.format(**ids))).status == status


async def test_only_security_groups_can_be_asked_for_of_users_and_service_principals_only(tenant: Tenant) -> None:
    app = tenant.app("GroupMember.Read.All", "User.Read.All")
    only = {"securityEnabledOnly": True}
    tenant.azure.directory.groups[tenant.outer.id].security_enabled = False
    of_ada = await app.post(f"/v1.0/users/{tenant.ada.id}/getMemberGroups", only)
    assert of_ada.body["value"] == [tenant.inner.id]
    assert (await app.post(f"/v1.0/groups/{tenant.inner.id}/getMemberGroups", only)).status == 400
    all_of_them = {"securityEnabledOnly": False}
    of_group = await app.post(f"/v1.0/groups/{tenant.inner.id}/getMemberGroups", all_of_them)
    assert of_group.body["value"] == [tenant.outer.id]
