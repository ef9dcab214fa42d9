"""Microsoft.Authorization as its clients meet it, through Resource Manager's front door."""

import asyncio
import json
import uuid
from typing import Any
from urllib.parse import quote

import pytest
from multidict import CIMultiDict, CIMultiDictProxy

from simulator.authorization import built_in
from simulator.authorization.assignments import DenyAssignment
from simulator.authorization.definitions import Permission
from simulator.authorization.routes import ROUTES
from simulator.azure import Azure
from simulator.directory.state import ServicePrincipal, User
from simulator.resource_manager.front import Front
from simulator.server import Server
from simulator.traffic import WRONG_ON_PURPOSE
from simulator.wire import Call, Json, Reply
from tests.contract.simulator.test_conditions import DELEGATION
from tests.traffic import FOLDER

SUBSCRIPTION = "11111111-1111-4111-8111-111111111111"
SUB = f"/subscriptions/{SUBSCRIPTION}"
GROUP = f"{SUB}/resourceGroups/rg-ai"
VAULT = f"{GROUP}/providers/Microsoft.KeyVault/vaults/kv"
SECRET = f"{VAULT}/secrets/one"
ACCOUNT = f"{GROUP}/providers/Microsoft.CognitiveServices/accounts/acme-ai"
USER_ROLE = "a97b65f3-24c7-4388-baec-2e87135dc908"
USES_SECRETS = "4633458b-17de-408a-b874-0445c86b69e6"
READS_SECRET = "Microsoft.KeyVault/vaults/secrets/getSecret/action"
TYPE = "Microsoft.Authorization/roleAssignments"


class Tenant:
    """A tenant with a subscription, its owner, an app and a few groups, spoken to over the wire."""

    def __init__(self) -> None:
        self.azure = Azure(FOLDER)
        self.azure.knobs = self.azure.knobs.turned({"casing": "keep", "token_buckets": False})
        self.azure.resources.add_subscription("production", SUBSCRIPTION)
        self.azure.resources.add_group(SUBSCRIPTION, "rg-ai")
        self.azure.vaults.add("kv", VAULT)
        now = self.azure.clock.now()
        self.owner = self.azure.directory.add_user("Olga", now)
        self.user = self.azure.directory.add_user("Uwe", now)
        self.inner = self.azure.directory.add_group("inner", now, members=(self.user.id,))
        self.outer = self.azure.directory.add_group("outer", now, members=(self.inner.id,))
        self.app = self.azure.directory.add_service_principal(
            ServicePrincipal(str(uuid.uuid4()), str(uuid.uuid4()), "unkeyed", now)
        )
        self.azure.authorization.grant(SUB, self.owner.id, built_in.OWNER)
        self.azure.clock.advance(60)
        self.server = Server(self.azure, [Front(self.azure, [ROUTES])])

    def send(
        self,
        method: str,
        path: str,
        body: Any = None,
        *,
        by: User | ServicePrincipal | None = None,
        version: str = "2022-04-01",
        query: dict[str, str] | None = None,
        wrong: bool = False,
    ) -> Reply:
        """`path` may be a whole link; `wrong` keeps the call out of the recorded traffic.

        It is wrong on purpose, or of a form that no published document describes.
        """
        asked = "".join(f"&{name}={quote(value)}" for name, value in (query or {}).items())
        url = path if "?" in path else f"https://management.azure.com{path}?api-version={version}{asked}"
        token = self.azure.tokens.issue(by or self.owner, "https://management.azure.com")
        headers = CIMultiDict({"Authorization": f"Bearer {token}"})
        if body is not None:
            headers["Content-Type"] = "application/json"
        if wrong:
            headers[WRONG_ON_PURPOSE] = "1"
        content = body if isinstance(body, bytes) else json.dumps(body).encode() if body is not None else b""
        reply = asyncio.run(self.server.exchange(Call(method, url, CIMultiDictProxy(headers), content)))
        assert reply is not None
        return reply

    def assign(self, scope: str, principal: str, role: str, *, name: str = "", by: Any = None, **more: Any) -> Reply:
        return self.send("PUT", path_of(scope, name or str(uuid.uuid4())), body_of(principal, role, **more), by=by)

    def listed(self, scope: str, filtered: str = "") -> list[Json]:
        query = {"$filter": filtered} if filtered else None
        reply = self.send("GET", f"{scope.rstrip('/')}/providers/{TYPE}", query=query)
        assert reply.status == 200, reply.body
        found: list[Json] = reply.body["value"]
        return found


def path_of(scope: str, name: str) -> str:
    return f"{scope.rstrip('/')}/providers/{TYPE}/{name}"


def body_of(principal: str, role: str, **more: Any) -> Json:
    definition = f"{SUB}/providers/Microsoft.Authorization/roleDefinitions/{role}"
    return {"properties": {"roleDefinitionId": definition, "principalId": principal, **more}}


def code(reply: Reply) -> tuple[int, str]:
    return reply.status, reply.body["error"]["code"]


@pytest.fixture
def tenant() -> Tenant:
    return Tenant()


def test_a_new_assignment_is_answered_201_and_read_back_as_it_was_made(tenant: Tenant) -> None:
    name = str(uuid.uuid4())
    made = tenant.assign(VAULT, tenant.outer.id, USES_SECRETS, name=name, principalType="Group", description="why")

    assert made.status == 201
    assert made.body["id"] == path_of(VAULT, name)
    shown = made.body["properties"]
    assert shown["roleDefinitionId"] == f"{SUB}/providers/Microsoft.Authorization/roleDefinitions/{USES_SECRETS}"
    assert (shown["scope"], shown["principalType"], shown["description"]) == (VAULT, "Group", "why")
    assert (shown["createdBy"], shown["updatedBy"]) == (None, tenant.owner.id)
    shown["createdBy"] = tenant.owner.id  # the answer to a PUT does not say it yet
    assert tenant.send("GET", path_of(VAULT.upper(), name.upper())).body == made.body
    assert code(tenant.send("GET", path_of(GROUP, name))) == (404, "RoleAssignmentNotFound")


def test_an_identical_put_is_200_or_on_request_409(tenant: Tenant) -> None:
    name = str(uuid.uuid4())
    tenant.assign(GROUP, tenant.outer.id, USER_ROLE, name=name, principalType="Group")
    assert tenant.assign(GROUP.lower(), tenant.outer.id, USER_ROLE, name=name, principalType="Group").status == 200

    tenant.azure.authorization.identical_put_conflicts = True
    again = tenant.assign(GROUP, tenant.outer.id, USER_ROLE, name=name, principalType="Group")
    assert code(again) == (409, "RoleAssignmentExists")


def test_the_same_grant_under_another_name_is_409_with_the_existing_id(tenant: Tenant) -> None:
    name = str(uuid.uuid4())
    tenant.assign(GROUP, tenant.outer.id, USER_ROLE, name=name, principalType="Group")
    again = tenant.assign(GROUP, tenant.outer.id, USER_ROLE, principalType="Group")

    assert code(again) == (409, "RoleAssignmentExists")
    expected = f"The role assignment already exists. The ID of the existing role assignment is {name.replace('-', '')}."
    assert again.body["error"]["message"] == expected


def test_a_name_in_use_takes_no_other_grant_but_another_description(tenant: Tenant) -> None:
    name = str(uuid.uuid4())
    tenant.assign(GROUP, tenant.outer.id, USER_ROLE, name=name, principalType="Group")

    for scope, principal, role in (
        (SUB, tenant.outer.id, USER_ROLE),
        (GROUP, tenant.inner.id, USER_ROLE),
        (GROUP, tenant.outer.id, built_in.READER),
    ):
        refused = tenant.assign(scope, principal, role, name=name)
        assert code(refused) == (400, "RoleAssignmentUpdateNotPermitted")
    changed = tenant.assign(GROUP, tenant.outer.id, USER_ROLE, name=name, description="new")
    assert (changed.status, changed.body["properties"]["description"]) == (200, "new")
    assert changed.body["properties"]["principalType"] == "Group"


@pytest.mark.parametrize(
    ("name", "body", "expected"),
    [
        ("mine", body_of(str(uuid.uuid4()), USER_ROLE), "InvalidRoleAssignmentId"),
        ("", b"{", "InvalidRequestContent"),
        ("", {}, "BadRequestFormat"),
        ("", body_of("nobody", USER_ROLE), "InvalidPrincipalId"),
        ("", {"properties": {"roleDefinitionId": USER_ROLE, "principalId": str(uuid.uuid4())}}, "BadRequestFormat"),
        ("", body_of(str(uuid.uuid4()), "owner"), "InvalidRoleDefinitionId"),
        ("", body_of(str(uuid.uuid4()), str(uuid.uuid4())), "RoleDefinitionDoesNotExist"),
        ("", body_of(str(uuid.uuid4()), USER_ROLE, principalType="MSI"), "InvalidPrincipalType"),
        ("", body_of(str(uuid.uuid4()), USER_ROLE), "PrincipalNotFound"),
        (
            "",
            body_of(str(uuid.uuid4()), USER_ROLE, condition="a", conditionVersion="2.0"),
            "InvalidRoleAssignmentCondition",
        ),
        ("", body_of(str(uuid.uuid4()), USER_ROLE, condition=DELEGATION), "InvalidRoleAssignmentCondition"),
    ],
)
def test_a_wrong_put_is_400(tenant: Tenant, name: str, body: Any, expected: str) -> None:
    sent = tenant.send("PUT", path_of(GROUP, name or str(uuid.uuid4())), body, wrong=True)
    assert code(sent) == (400, expected)


def test_a_new_principal_is_not_found_at_first_unless_its_type_is_sent(tenant: Tenant) -> None:
    fresh = tenant.azure.directory.add_user("Nina", tenant.azure.clock.now())

    refused = tenant.assign(GROUP, fresh.id, USER_ROLE)
    assert code(refused) == (400, "PrincipalNotFound")
    start = f"Principal {fresh.id.replace('-', '')} does not exist in the directory {tenant.azure.directory.tenant}."
    assert refused.body["error"]["message"].startswith(start)
    wrong = tenant.assign(GROUP, fresh.id, USER_ROLE, principalType="ServicePrincipal")
    assert code(wrong) == (400, "UnmatchedPrincipalType")
    assert tenant.assign(GROUP, fresh.id, built_in.READER, principalType="User").status == 201
    old = tenant.send("PUT", path_of(GROUP, str(uuid.uuid4())), body_of(fresh.id, USER_ROLE, principalType="User"),
                      version="2018-09-01-preview", wrong=True)  # fmt: skip
    assert code(old) == (400, "PrincipalNotFound")
    tenant.azure.clock.advance(tenant.azure.knobs.principal_replication)
    assert tenant.assign(GROUP, fresh.id, USER_ROLE).body["properties"]["principalType"] == "User"


def test_a_type_that_is_sent_lets_an_unknown_principal_in(tenant: Tenant) -> None:
    assert tenant.assign(GROUP, str(uuid.uuid4()), USER_ROLE, principalType="ServicePrincipal").status == 201


def test_an_assignment_on_an_absent_account_or_group_is_404(tenant: Tenant) -> None:
    absent = tenant.assign(ACCOUNT, tenant.outer.id, USER_ROLE, principalType="Group")
    assert code(absent) == (404, "ResourceNotFound")
    elsewhere = tenant.assign(f"{SUB}/resourceGroups/none", tenant.outer.id, USER_ROLE, principalType="Group")
    assert code(elsewhere) == (404, "ResourceGroupNotFound")


def test_a_subscription_takes_only_so_many_assignments(tenant: Tenant) -> None:
    tenant.azure.knobs = tenant.azure.knobs.turned({"role_assignments": 2})
    tenant.azure.authorization.grant("/", tenant.user.id, built_in.READER)  # counts nowhere

    assert tenant.assign(GROUP, tenant.outer.id, USER_ROLE, principalType="Group").status == 201
    over = tenant.assign(SUB, tenant.outer.id, USER_ROLE, principalType="Group")
    assert code(over) == (400, "RoleAssignmentLimitExceeded")


def test_delete_answers_the_assignment_then_204_and_keeps_the_last_owner(tenant: Tenant) -> None:
    name = str(uuid.uuid4())
    tenant.assign(GROUP, tenant.outer.id, USER_ROLE, name=name, principalType="Group")
    made = tenant.send("GET", path_of(GROUP, name))

    assert tenant.send("DELETE", path_of(SUB, name)).status == 204  # not made at this scope
    gone = tenant.send("DELETE", path_of(GROUP, name))
    assert (gone.status, gone.body) == (200, made.body)
    assert tenant.send("DELETE", path_of(GROUP, name)).status == 204
    assert code(tenant.send("DELETE", path_of(GROUP, "mine"))) == (400, "InvalidRoleAssignmentId")

    (own,) = [each for each in tenant.listed(SUB) if each["properties"]["principalId"] == tenant.owner.id]
    assert code(tenant.send("DELETE", own["id"])) == (412, "CannotDeleteLastRbacAdminAssignment")
    tenant.azure.authorization.grant(SUB, tenant.app.id, built_in.OWNER)
    assert tenant.send("DELETE", own["id"]).status == 200


def test_filters_choose_by_place_and_principal(tenant: Tenant) -> None:
    grant = tenant.azure.authorization.grant
    root = grant("/", tenant.user.id, built_in.READER)
    group_wide = grant(GROUP, tenant.outer.id, USER_ROLE)
    on_vault = grant(VAULT, tenant.user.id, USES_SECRETS)

    def names(scope: str, filtered: str = "") -> set[str]:
        return {each["name"] for each in tenant.listed(scope, filtered)} & {root.name, group_wide.name, on_vault.name}

    assert names(GROUP) == {root.name, group_wide.name, on_vault.name}
    assert names(GROUP, "atScope()") == {root.name, group_wide.name}
    assert names(VAULT, "atScope()") == {root.name, group_wide.name, on_vault.name}
    assert names(GROUP, f"principalId eq '{tenant.user.id}'") == {root.name, on_vault.name}
    assert names(GROUP, f"assignedTo('{tenant.user.id}')") == {root.name, group_wide.name, on_vault.name}
    assert names(GROUP, f"atScope() and assignedTo('{tenant.user.id}')") == {root.name, group_wide.name}
    assert names(GROUP, f"assignedTo('{tenant.outer.id}')") == set()  # takes no groups


@pytest.mark.parametrize(
    "filtered",
    ["principalId", f"principalId eq {USER_ROLE}", "principalId eq 'x'", "atScope() or atScope()", "atScope() and",
     f"principalId eq '{USER_ROLE}' and roleDefinitionId eq '{USER_ROLE}'", "roleName eq 'Owner'"],
)  # fmt: skip
def test_any_other_filter_is_400(tenant: Tenant, filtered: str) -> None:
    reply = tenant.send("GET", f"{GROUP}/providers/{TYPE}", query={"$filter": filtered})
    assert code(reply) == (400, "UnsupportedQuery")


def test_a_list_comes_in_pages_that_lose_and_repeat_nothing(tenant: Tenant) -> None:
    tenant.azure.knobs = tenant.azure.knobs.turned({"page_size": 2})
    made = [tenant.azure.authorization.grant(GROUP, str(uuid.uuid4()), USER_ROLE).name for _ in range(5)]
    page = tenant.send("GET", f"/{GROUP}/providers/{TYPE}", query={"$filter": "atScope()"})  # az sends two slashes
    seen = page.body["value"]
    tenant.azure.authorization.remove(tenant.azure.authorization.assignments[seen[-1]["name"]])
    while link := page.body.get("nextLink"):
        page = tenant.send("GET", link)
        seen += page.body["value"]

    assert [each["name"] for each in seen][1:] == made
    assert code(tenant.send("GET", f"{GROUP}/providers/{TYPE}", query={"$skipToken": "!"})) == (400, "InvalidSkipToken")


def test_whoever_has_no_role_reads_the_whole_id_in_the_403(tenant: Tenant) -> None:
    name = str(uuid.uuid4())
    refused = tenant.assign(VAULT, tenant.user.id, USES_SECRETS, name=name, by=tenant.app)

    assert code(refused) == (403, "AuthorizationFailed")
    assert refused.body["error"]["message"] == (
        f"The client '{tenant.app.app_id}' with object id '{tenant.app.id}' does not have authorization to perform "
        f"action '{TYPE}/write' over scope '{path_of(VAULT, name)}' or the scope is invalid. If access was recently "
        "granted, please refresh your credentials."
    )


def test_the_condition_limits_what_a_delegate_may_assign_and_remove(tenant: Tenant) -> None:
    tenant.azure.authorization.grant(SUB, tenant.app.id, built_in.RBAC_ADMINISTRATOR, condition=DELEGATION)
    name = str(uuid.uuid4())

    made = tenant.assign(GROUP, tenant.outer.id, USER_ROLE, name=name, by=tenant.app, principalType="Group")
    assert made.status == 201
    for role, more in ((built_in.OWNER, {"principalType": "Group"}), (USER_ROLE, {})):
        refused = tenant.assign(GROUP, tenant.inner.id, role, by=tenant.app, **more)
        assert code(refused) == (403, "AuthorizationFailed")
        assert (
            "does not have authorization or an ABAC condition not fulfilled to perform action"
            in (refused.body["error"]["message"])
        )
    other = tenant.azure.authorization.grant(GROUP, tenant.inner.id, built_in.READER)
    assert code(tenant.send("DELETE", other.id, by=tenant.app)) == (403, "AuthorizationFailed")
    assert tenant.send("DELETE", path_of(GROUP, name), by=tenant.app).status == 200
    malformed = tenant.send("PUT", path_of(GROUP, name), b"[", by=tenant.app, wrong=True)
    assert code(malformed) == (400, "InvalidRequestContent")


def test_a_deny_assignment_beats_every_role_but_spares_the_excluded(tenant: Tenant) -> None:
    denial = DenyAssignment(
        str(uuid.uuid4()),
        "Deny made by a stack",
        GROUP,
        (Permission((f"{TYPE}/*",), (f"{TYPE}/read",)),),
        tenant.azure.clock.now(),
        excluded=((tenant.app.id, "ServicePrincipal"),),
    )
    tenant.azure.authorization.deny(denial)
    tenant.azure.authorization.grant(SUB, tenant.app.id, built_in.USER_ACCESS_ADMINISTRATOR)

    refused = tenant.assign(VAULT, tenant.outer.id, USES_SECRETS, principalType="Group")
    assert code(refused) == (403, "DenyAssignmentAuthorizationFailed")
    assert (
        f"with name 'Deny made by a stack' and Id '{denial.id.replace('-', '')}' at scope '{GROUP}'."
        in (refused.body["error"]["message"])
    )
    assert tenant.assign(VAULT, tenant.outer.id, USES_SECRETS, by=tenant.app, principalType="Group").status == 201
    listed = tenant.send("GET", f"{VAULT}/providers/Microsoft.Authorization/denyAssignments")
    (shown,) = listed.body["value"]
    assert tenant.send("GET", shown["id"]).body == shown
    assert shown["properties"]["principals"] == [
        {"id": "00000000-0000-0000-0000-000000000000", "type": "SystemDefined"}
    ]


def test_the_data_plane_learns_late_of_what_is_made_and_removed_and_sees_nested_groups(tenant: Tenant) -> None:
    name = str(uuid.uuid4())
    knows = tenant.azure.authorization.allows_data
    tenant.assign(VAULT, tenant.outer.id, USES_SECRETS, name=name, principalType="Group")

    assert not knows(tenant.user.id, READS_SECRET, SECRET)
    tenant.azure.clock.advance(tenant.azure.knobs.role_propagation)
    assert knows(tenant.user.id, READS_SECRET.lower(), SECRET.upper())
    assert not knows(tenant.user.id, READS_SECRET, f"{VAULT}-other")
    assert not knows(tenant.owner.id, READS_SECRET, SECRET)  # Owner has no data actions
    tenant.send("DELETE", path_of(VAULT, name))
    assert knows(tenant.user.id, READS_SECRET, SECRET)
    tenant.azure.clock.advance(tenant.azure.knobs.role_propagation)
    assert not knows(tenant.user.id, READS_SECRET, SECRET)


def test_a_role_that_uses_an_account_leaves_out_its_not_data_actions(tenant: Tenant) -> None:
    tenant.azure.authorization.grant(ACCOUNT, tenant.user.id, USER_ROLE)
    prefix = "Microsoft.CognitiveServices/accounts/OpenAI"

    assert tenant.azure.authorization.allows_data(
        tenant.user.id, f"{prefix}/deployments/chat/completions/action", ACCOUNT
    )
    assert not tenant.azure.authorization.allows_data(tenant.user.id, f"{prefix}/fine-tunes-deployments/write", ACCOUNT)


@pytest.mark.parametrize(
    ("role", "name", "does", "does_not"),
    [
        (
            "00482a5a-887f-4fb3-b363-3b7fe8e74483",
            "Key Vault Administrator",
            (READS_SECRET, "Microsoft.KeyVault/vaults/secrets/purge/action"),
            (),
        ),
        (
            "21090545-7ca7-4776-b22c-e363652d74d2",
            "Key Vault Reader",
            ("Microsoft.KeyVault/vaults/secrets/readMetadata/action", "Microsoft.KeyVault/vaults/keys/read"),
            (READS_SECRET,),
        ),
        (
            "2a2b9908-6ea1-4ae2-8e65-a410df84e7d1",
            "Storage Blob Data Reader",
            ("Microsoft.Storage/storageAccounts/blobServices/containers/blobs/read",),
            ("Microsoft.Storage/storageAccounts/blobServices/containers/blobs/write",),
        ),
    ],
)
def test_a_role_for_vaults_and_blobs_does_what_its_name_says_and_changes_no_resource(
    tenant: Tenant, role: str, name: str, does: tuple[str, ...], does_not: tuple[str, ...]
) -> None:
    shown = tenant.send("GET", f"{SUB}/providers/Microsoft.Authorization/roleDefinitions/{role}").body["properties"]
    assert (shown["roleName"], shown["type"]) == (name, "BuiltInRole")
    tenant.azure.authorization.grant(VAULT, tenant.user.id, role)

    allows = tenant.azure.authorization.allows_data
    assert all(allows(tenant.user.id, each, VAULT) for each in does)
    assert not any(allows(tenant.user.id, each, VAULT) for each in does_not)
    decided = tenant.azure.authorization.decided
    assert not decided(tenant.user.id, "Microsoft.KeyVault/vaults/write", VAULT).allowed


def test_a_custom_role_can_be_assigned_a_while_after_it_was_made_and_deleted_when_unused(tenant: Tenant) -> None:
    role = str(uuid.uuid4())
    path = f"{GROUP}/providers/Microsoft.Authorization/roleDefinitions/{role}"
    body = {
        "properties": {
            "roleName": "AI data only",
            "permissions": [{"dataActions": ["Microsoft.CognitiveServices/*"], "notActions": []}],
            "assignableScopes": [GROUP],
        }
    }
    assert tenant.send("PUT", path, body, version="2022-05-01-preview").status == 201
    early = tenant.assign(GROUP, tenant.outer.id, role, principalType="Group")
    assert code(early) == (400, "RoleDefinitionDoesNotExist")
    tenant.azure.clock.advance(tenant.azure.knobs.role_definition_replication)
    outside = tenant.assign(SUB, tenant.outer.id, role, principalType="Group")
    assert code(outside) == (400, "RoleDefinitionDoesNotExist")
    made = tenant.assign(GROUP, tenant.outer.id, role, principalType="Group")
    assert made.status == 201

    assert code(tenant.send("DELETE", path)) == (400, "RoleDefinitionHasAssignments")
    tenant.send("DELETE", made.body["id"])
    assert tenant.send("DELETE", path).body["name"] == role
    assert tenant.send("DELETE", path).status == 204
    assert code(tenant.send("GET", path)) == (404, "RoleDefinitionDoesNotExist")


def test_role_definitions_are_found_by_name_and_type(tenant: Tenant) -> None:
    path = f"{SUB}/providers/Microsoft.Authorization/roleDefinitions"
    (found,) = tenant.send("GET", path, query={"$filter": "roleName eq 'Cognitive Services User'"}).body["value"]
    assert (found["name"], found["properties"]["type"]) == (USER_ROLE, "BuiltInRole")
    assert tenant.send("GET", found["id"]).body == found
    assert tenant.send("GET", path, query={"$filter": "type eq 'CustomRole'"}).body["value"] == []
    at_the_root = f"/providers/Microsoft.Authorization/roleDefinitions/{USER_ROLE}"
    owner_only = tenant.send("GET", at_the_root, by=tenant.app, wrong=True)
    assert code(owner_only) == (403, "AuthorizationFailed")


def test_a_caller_may_always_ask_for_its_own_permissions(tenant: Tenant) -> None:
    tenant.azure.authorization.grant(GROUP, tenant.inner.id, built_in.READER)
    path = "/providers/Microsoft.Authorization/permissions"

    held = tenant.send("GET", f"{VAULT}{path}", by=tenant.user, wrong=True).body["value"]
    assert held == [{"actions": ["*/read"], "notActions": [], "dataActions": [], "notDataActions": []}]
    assert tenant.send("GET", f"{SUB}{path}", by=tenant.user, wrong=True).body["value"] == []


def test_a_deleted_resource_takes_its_assignments_along_when_told(tenant: Tenant) -> None:
    kept = tenant.azure.authorization.grant(f"{VAULT}-other", tenant.user.id, USES_SECRETS)
    tenant.azure.authorization.grant(SECRET, tenant.user.id, USES_SECRETS)
    tenant.azure.authorization.forget_below(VAULT)

    assert [each["name"] for each in tenant.listed(GROUP, f"principalId eq '{tenant.user.id}'")] == [kept.name]


def test_a_management_group_passes_its_roles_on_to_its_subscriptions(tenant: Tenant) -> None:
    above = "/providers/Microsoft.Management/managementGroups/platform"
    tenant.azure.authorization.management_groups[SUBSCRIPTION] = above
    tenant.azure.authorization.grant(above, tenant.user.id, built_in.OWNER)

    made = tenant.assign(above, tenant.outer.id, built_in.READER, by=tenant.user, principalType="Group")
    assert made.status == 201
    assert made.body["properties"]["roleDefinitionId"] == (
        f"/providers/Microsoft.Authorization/roleDefinitions/{built_in.READER}"
    )
    assert made.body["name"] in {each["name"] for each in tenant.listed(VAULT, "atScope()")}
    at_the_root = path_of("/", str(uuid.uuid4()))
    refused = tenant.send("PUT", at_the_root, body_of(tenant.outer.id, built_in.READER), by=tenant.user, wrong=True)
    assert code(refused) == (403, "AuthorizationFailed")


def test_an_old_api_version_shows_neither_types_nor_conditions(tenant: Tenant) -> None:
    made = tenant.azure.authorization.grant(GROUP, tenant.user.id, built_in.READER)
    old = tenant.send("GET", made.id, version="2015-07-01", wrong=True).body["properties"]
    assert set(old) == {"roleDefinitionId", "principalId", "scope", "createdOn", "updatedOn", "createdBy", "updatedBy"}


def test_events_of_an_assignment_carry_its_own_id(tenant: Tenant) -> None:
    name = str(uuid.uuid4())
    tenant.assign(VAULT, tenant.outer.id, USES_SECRETS, name=name, principalType="Group")
    tenant.send("DELETE", path_of(VAULT, name))

    raised = [(each["data"]["operationName"], each["subject"].lower()) for each in tenant.azure.events.emitted]
    assert raised == [(f"{TYPE}/write", path_of(VAULT, name).lower()), (f"{TYPE}/delete", path_of(VAULT, name).lower())]
