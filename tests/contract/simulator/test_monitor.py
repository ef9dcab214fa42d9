"""Request logs: who sends them where, and what a query finds."""

import json
from datetime import timedelta
from typing import Any

import pytest
from azure.core.credentials import AccessToken
from azure.core.exceptions import HttpResponseError
from azure.monitor.query import LogsBatchQuery, LogsQueryPartialResult, LogsQueryResult
from azure.monitor.query import LogsQueryError as QueryError
from azure.monitor.query.aio import LogsQueryClient

from shared.session import Session
from simulator.azure import Azure
from simulator.client import Client as LocalClient
from simulator.cognitive_services.account import Actor, Deployment, Trace, Work
from simulator.company.identities import PRODUCTION
from simulator.inference.service import Inference
from simulator.monitor.kql.faults import NotUnderstood, QuerySemantics, QuerySyntax
from simulator.monitor.kql.parse import parsed
from simulator.monitor.kql.run import Table, run
from simulator.monitor.query_service import LogAnalytics
from simulator.monitor.routes import ROUTES
from simulator.resource_manager.front import Front
from tests.contract.simulator.calling import Answer, Client
from tests.local import Place

SUBSCRIPTION = "11111111-1111-4111-8111-111111111111"
GROUP = f"/subscriptions/{SUBSCRIPTION}/resourceGroups/rg-ai"
WORKSPACE = f"{GROUP}/providers/Microsoft.OperationalInsights/workspaces/law-ai"
CHAT = "/openai/deployments/gpt/chat/completions?api-version=2024-10-21"
ASK = {"messages": [{"role": "user", "content": "hello"}]}
USER, OWNER, LOG_READER = (
    "a97b65f3-24c7-4388-baec-2e87135dc908",
    "8e3af657-a8ff-443c-a75c-2fe8c4bcb635",
    "73c42c96-874c-492b-b04d-ab87d138a893",
)
LOGS = "https://api.loganalytics.io"
KEYED = """AzureDiagnostics
| where ResourceProvider == "MICROSOFT.COGNITIVESERVICES" and Category == "RequestResponse"
| extend p = parse_json(properties_s)
| extend oid = tostring(coalesce(p.objectId, p.objectid))
| summarize total = count(), keyed = countif(isempty(oid)), last = maxif(TimeGenerated, isempty(oid)) by _ResourceId"""


class Tenant:
    def __init__(self) -> None:
        self.azure = Azure()
        self.azure.knobs = self.azure.knobs.turned({"role_propagation": 0, "casing": "keep"})
        self.azure.resources.add_subscription("Production", SUBSCRIPTION)
        self.azure.resources.add_group(SUBSCRIPTION, "rg-ai")
        now = self.azure.clock.now()
        self.account = self.azure.cognitive.add(
            SUBSCRIPTION, "rg-ai", "acme", properties={"customSubDomainName": "acme"}
        )
        self.account.deployments["gpt"] = Deployment(
            self.account.id, "gpt", {"name": "Standard"}, {"format": "OpenAI", "name": "gpt-4o", "version": "1"}, {},
            {"chatCompletion": "true"}, Work(now, now), Trace.begun(Actor("seed", is_user=False), now),
        )  # fmt: skip
        self.ada = self.azure.directory.add_user("Ada", now)
        self.azure.authorization.grant(self.account.id, self.ada.id, USER)
        self.key = next(iter(self.account.keys.values()))
        self.customer_id = self.azure.monitor.add_workspace(SUBSCRIPTION, "rg-ai", "law-ai")

    def gateway(self) -> Client:
        return Client(self.azure, Inference(self.azure), "acme.openai.azure.com")

    def logs(self) -> Client:
        reader = self.azure.directory.add_user("Reader", self.azure.clock.now())
        self.azure.authorization.grant(WORKSPACE, reader.id, LOG_READER)
        return Client(self.azure, LogAnalytics(self.azure), "api.loganalytics.io").as_(reader, LOGS)

    def arm(self) -> Client:
        owner = self.azure.directory.add_user("Owner", self.azure.clock.now())
        self.azure.authorization.grant(f"/subscriptions/{SUBSCRIPTION}", owner.id, OWNER)
        client = Client(self.azure, Front(self.azure, [ROUTES]), "management.azure.com")
        return client.as_(owner, "https://management.azure.com").with_(Content_Type="application/json")

    async def asked(self, query: str, **more: Any) -> Answer:
        return await self.logs().post(f"/v1/workspaces/{self.customer_id}/query", {"query": query, **more})


@pytest.fixture
def tenant() -> Tenant:
    return Tenant()


def rows(answer: Answer) -> list[dict[str, Any]]:
    table = answer.body["tables"][0]
    names = [each["name"] for each in table["columns"]]
    return [dict(zip(names, row, strict=True)) for row in table["rows"]]


async def test_every_call_that_reaches_an_account_leaves_a_row_which_a_query_finds_later(tenant: Tenant) -> None:
    tenant.azure.monitor.send_logs(tenant.account.id, WORKSPACE)
    gateway = tenant.gateway()
    called = await gateway.post(CHAT, ASK, api_key=tenant.key, X_Forwarded_For="203.0.113.77")
    assert called.status == 200
    as_ada = gateway.as_(tenant.ada, "https://cognitiveservices.azure.com")
    assert (await as_ada.post(CHAT, ASK)).status == 200
    assert (await gateway.post(CHAT, ASK, api_key="wrong")).status == 401
    assert (await gateway.post("https://nobody.openai.azure.com" + CHAT, ASK, api_key=tenant.key)).status == 404
    assert tenant.azure.monitor.rows(WORKSPACE) == []
    tenant.azure.clock.advance(tenant.azure.knobs.log_ingestion)
    by_key, by_token, refused = tenant.azure.monitor.rows(tenant.customer_id)
    assert by_key["ResourceId"] == tenant.account.id.upper()
    assert by_key["_ResourceId"] == tenant.account.id.lower()
    assert by_key["CallerIPAddress"] == "203.0.113.***"
    assert by_key["CorrelationId"] == called.headers["apim-request-id"]
    assert [each["ResultSignature"] for each in (by_key, by_token, refused)] == ["200", "200", "401"]
    properties = [json.loads(each["properties_s"]) for each in (by_key, by_token)]
    assert [each["objectId"] for each in properties] == ["", tenant.ada.id]
    assert properties[0]["modelDeploymentName"] == "gpt"
    assert properties[0]["apiName"] == "Azure OpenAI API version 2024-10-21"
    found = rows(await tenant.asked(KEYED))
    assert [(each["total"], each["keyed"]) for each in found] == [(3, 2)]
    assert found[0]["_ResourceId"] == tenant.account.id.lower()


async def test_a_workspace_without_rows_does_not_know_the_table(tenant: Tenant) -> None:
    """Nothing was sent yet, or nothing arrived yet: neither reads as "no calls"."""
    tenant.azure.monitor.send_logs(tenant.account.id, WORKSPACE)
    assert (await tenant.gateway().post(CHAT, ASK, api_key=tenant.key)).status == 200
    answer = await tenant.asked(KEYED)
    assert (answer.status, answer.error["code"]) == (400, "BadArgumentError")
    inner = answer.error["innererror"]
    assert inner["code"] == "SemanticError"
    assert inner["innererror"] == {
        "code": "SEM0100",
        "message": "'where' operator: Failed to resolve table or column expression named 'AzureDiagnostics'",
    }


async def test_without_a_setting_for_request_logs_a_call_leaves_nothing(tenant: Tenant) -> None:
    tenant.azure.monitor.send_logs(tenant.account.id, WORKSPACE, categories=("Audit",))
    assert (await tenant.gateway().post(CHAT, ASK, api_key=tenant.key)).status == 200
    tenant.azure.clock.advance(60)
    assert tenant.azure.monitor.rows(WORKSPACE) == []


async def test_the_timespan_cuts_the_rows_before_the_query_sees_them(tenant: Tenant) -> None:
    now = tenant.azure.clock.now()
    tenant.azure.monitor.send_logs(tenant.account.id, WORKSPACE)
    tenant.azure.monitor.seed_call(tenant.account.id, at=now - timedelta(days=3))
    tenant.azure.monitor.seed_call(tenant.account.id, at=now - timedelta(hours=1), object_id=tenant.ada.id)
    for text, total in (
        ("P1D", 1),
        ("PT604800.0S", 2),
        (f"{now - timedelta(days=4):%Y-%m-%dT%H:%M:%SZ}/P2D", 1),
        (f"{now - timedelta(days=9):%Y-%m-%dT%H:%M:%SZ}/{now - timedelta(days=8):%Y-%m-%dT%H:%M:%SZ}", 0),
    ):
        assert rows(await tenant.asked("AzureDiagnostics | count", timespan=text)) == [{"Count": total}], text
    wrong = await tenant.asked("AzureDiagnostics | count", timespan="a while")
    assert (wrong.status, wrong.error["code"]) == (400, "BadArgumentError")


async def test_a_query_needs_a_token_for_the_api_and_a_role_on_the_workspace(tenant: Tenant) -> None:
    path, body = f"/v1/workspaces/{tenant.customer_id}/query", {"query": "AzureDiagnostics | count"}
    anyone = Client(tenant.azure, LogAnalytics(tenant.azure), "api.loganalytics.io")
    missing = await anyone.post(path, body)
    assert (missing.status, missing.error["code"]) == (401, "AuthorizationRequiredError")
    elsewhere = await anyone.as_(tenant.ada, "https://management.azure.com").post(path, body)
    assert (elsewhere.status, elsewhere.error["code"]) == (403, "InvalidTokenError")
    powerless = await anyone.as_(tenant.ada, LOGS).post(path, body)
    assert (powerless.status, powerless.error["code"]) == (403, "InsufficientAccessError")
    tenant.azure.authorization.define_role(
        "Runs queries", id="7c6b7a51-4d8e-4a8f-9a35-2b1f0e5dffff", actions=("Microsoft.OperationalInsights/workspaces/query/read",)
    )  # fmt: skip
    tenant.azure.authorization.grant(WORKSPACE, tenant.ada.id, "7c6b7a51-4d8e-4a8f-9a35-2b1f0e5dffff")
    without_table = await anyone.as_(tenant.ada, LOGS).post(path, body)
    assert without_table.error["code"] == "InsufficientAccessError"
    unknown = await tenant.logs().post(f"/v1/workspaces/{PRODUCTION}/query", body)
    assert (unknown.status, unknown.error["code"]) == (404, "PathNotFoundError")


async def test_a_resource_is_asked_through_whichever_workspaces_hold_its_rows(tenant: Tenant) -> None:
    now = tenant.azure.clock.now()
    other = tenant.azure.cognitive.add(SUBSCRIPTION, "rg-ai", "other", properties={"customSubDomainName": "other"})
    for account in (tenant.account, other):
        tenant.azure.monitor.send_logs(account.id, WORKSPACE)
        tenant.azure.monitor.seed_call(account.id, at=now - timedelta(minutes=5))
    logs, body = tenant.logs(), {"query": "AzureDiagnostics | count"}
    assert (await logs.post(f"/v1/{tenant.account.id}/query", body)).error["code"] == "InsufficientAccessError"
    reader = tenant.azure.directory.add_user("Another", now)
    tenant.azure.authorization.grant(GROUP, reader.id, LOG_READER)
    logs = logs.as_(reader, LOGS)
    assert rows(await logs.post(f"/v1/{tenant.account.id}/query", body)) == [{"Count": 1}]
    assert rows(await logs.post(f"/v1{GROUP}/query", body)) == [{"Count": 2}]
    assert rows(await logs.get(f"/v1{WORKSPACE}/query?query=AzureDiagnostics%20%7C%20count")) == [{"Count": 2}]


async def test_an_answer_that_is_too_long_is_cut_and_says_so(tenant: Tenant) -> None:
    tenant.azure.monitor.send_logs(tenant.account.id, WORKSPACE)
    for _ in range(3):
        tenant.azure.monitor.seed_call(tenant.account.id, at=tenant.azure.clock.now())
    tenant.azure.knobs = tenant.azure.knobs.turned({"log_query_rows": 2})
    answer = await tenant.asked("AzureDiagnostics | project TimeGenerated")
    assert (answer.status, len(rows(answer)), answer.error["code"]) == (200, 2, "PartialError")


# diagnostic settings and workspaces in Resource Manager


async def test_settings_are_made_read_and_removed_at_an_account(tenant: Tenant) -> None:
    arm = tenant.arm()
    at = f"{tenant.account.id}/providers/Microsoft.Insights/diagnosticSettings"
    version = "?api-version=2021-05-01-preview"

    def body(**properties: Any) -> dict[str, Any]:
        return {"properties": properties}

    audit, requests = ([{"category": name, "enabled": True}] for name in ("Audit", "RequestResponse"))
    everything = [{"categoryGroup": "allLogs", "enabled": True}]
    made = await arm.call("PUT", f"{at}/to-law{version}", body(workspaceId=WORKSPACE, logs=everything))
    assert (made.status, made.body["properties"]["logs"][0]["categoryGroup"]) == (200, "allLogs")
    assert (await arm.get(f"{at}/to-law{version}")).body == made.body
    assert [each["name"] for each in (await arm.get(at + version)).body["value"]] == ["to-law"]
    for status, code, sent in (
        (409, "Conflict", body(workspaceId=WORKSPACE, logs=requests)),
        (400, "BadRequest", body(logs=requests)),
        (400, "BadRequest", body(workspaceId=WORKSPACE + "x", logs=requests)),
        (400, "BadRequest", body(workspaceId=WORKSPACE, logs=[{"category": "AllMetrics", "enabled": True}])),
        (400, "BadRequest", body(workspaceId=WORKSPACE, logs=audit + everything)),
        (400, "BadRequest", body(workspaceId=WORKSPACE, logs=[{"category": "Audit", "enabled": "true"}])),
        (400, "BadRequest", {}),
    ):
        refused = await arm.call("PUT", f"{at}/second{version}", sent)
        assert (refused.status, refused.body["code"]) == (status, code), sent
    assert (await arm.call("DELETE", f"{at}/to-law{version}")).status == 200
    assert (await arm.call("DELETE", f"{at}/to-law{version}")).status == 204
    gone = await arm.get(f"{at}/to-law{version}")
    assert (gone.status, gone.body["code"]) == (404, "ResourceNotFound")


async def test_what_settings_may_name_is_listed(tenant: Tenant) -> None:
    at = f"{tenant.account.id}/providers/Microsoft.Insights/diagnosticSettingsCategories"
    arm, version = tenant.arm(), "api-version=2021-05-01-preview"
    listed = (await arm.call("GET", f"{at}?{version}")).body["value"]
    kinds = {each["name"]: each["properties"]["categoryType"] for each in listed}
    assert kinds == {
        **dict.fromkeys(("Audit", "RequestResponse", "Trace", "AzureOpenAIRequestUsage"), "Logs"),
        "AllMetrics": "Metrics",
    }
    audit = (await arm.call("GET", f"{at}/AUDIT?{version}")).body
    assert (audit["name"], audit["properties"]["categoryGroups"]) == ("Audit", ["audit", "allLogs"])
    absent = await arm.call("GET", f"{at}/Everything?{version}")
    assert (absent.status, absent.body["code"]) == (404, "ResourceNotFound")


async def test_logs_are_sent_only_by_who_may_use_the_workspace(tenant: Tenant) -> None:
    arm = tenant.arm()
    tenant.azure.authorization.grant(tenant.account.id, tenant.ada.id, "92aaf0da-9dab-42b6-94a3-d43ce8d16293")
    url = f"{tenant.account.id}/providers/Microsoft.Insights/diagnosticSettings/x?api-version=2021-05-01-preview"
    body = {"properties": {"workspaceId": WORKSPACE, "logs": [{"category": "Trace", "enabled": True}]}}
    refused = await arm.as_(tenant.ada, "https://management.azure.com").call("PUT", url, body)
    assert (refused.status, refused.error["code"]) == (403, "LinkedAuthorizationFailed")


async def test_a_workspace_is_made_read_listed_and_removed(tenant: Tenant) -> None:
    arm, version = tenant.arm(), "?api-version=2023-09-01"
    at = WORKSPACE.replace("law-ai", "law-more") + version
    made = await arm.call("PUT", at, {"location": "westeurope", "properties": {"retentionInDays": 90}})
    assert made.status == 201
    assert made.body["properties"]["customerId"] == tenant.azure.monitor.require(at.partition("?")[0]).customer_id
    assert (await arm.call("PUT", at, {"location": "westeurope"})).status == 200
    assert (await arm.call("PUT", at, {"location": "westeurope", "properties": {"retentionInDays": 5}})).status == 400
    listed = await arm.get(WORKSPACE.rpartition("/")[0] + version)
    assert [each["name"] for each in listed.body["value"]] == ["law-ai", "law-more"]
    assert (await arm.call("DELETE", at)).status == 200
    assert (await arm.get(at)).error["code"] == "ResourceNotFound"


# the language


def table(tenant: Tenant) -> dict[str, Table]:
    columns = {"Name": "string", "Size": "long", "At": "datetime", "Raw": "string"}
    now = tenant.azure.clock.now()
    cells = (("a", 1, 1, '{"id":"x"}'), ("A", None, 30, ""), ("b one", 3, 50, '{"id":null,"in":{"n":[7]}}'))
    found = [
        dict(zip(columns, (name, size, now - timedelta(hours=hours), raw), strict=True))
        for name, size, hours, raw in cells
    ]
    return {"T": Table(columns, found)}


@pytest.mark.parametrize(
    ("query", "expected"),
    [
        ('T | where Name == "a" | project Name', [["a"]]),
        ("T | where Name =~ 'A' | project Name", [["a"], ["A"]]),
        ('T | where Name != "a" and Name !in~ ("A") | project Name', [["b one"]]),
        ('T | where Name has "ONE" or Name startswith_cs "A" | project Name', [["A"], ["b one"]]),
        ('T | where Name contains "n" and not(Name has "on") | project Name', [["b one"]]),
        ("T | where Size > 0 | project Size", [[1], [3]]),
        ("T | where not(Size > 0) | project Size", []),  # null is neither
        ("T | where Size != 1 | project Name", [["A"], ["b one"]]),
        ("T | where At between (ago(40h) .. ago(2h)) | project Name", [["A"]]),
        ("T | where At >= datetime(2020-01-01 10:00) and At < now() - 1d // older\n| project Name", [["A"], ["b one"]]),
        ("T | extend p = parse_json(Raw) | where isempty(p.id) | project Name", [["A"], ["b one"]]),
        ('T | extend p = parse_json(Raw) | project n = tolong(p["in"].n[0])', [[None], [None], [7]]),
        ("T | project k = coalesce(tostring(parse_json(Raw).id), tolower(Name))", [["x"], ["a"], ["b one"]]),
        ("T | summarize count(), maxif(Size, Name != 'b one'), dcount(tolower(Name))", [[3, 1, 2]]),
        ("T | where Name == 'none' | summarize count(), max(At)", [[0, None]]),
        ("T | where Name == 'none' | summarize count() by Name", []),
        ("T | summarize arg_max(At, Name), n = count() by k = tolower(Name) | project k, Name, n", [["a", "a", 2], ["b one", "b one", 1]]),
        ("T | order by Size | project Size", [[3], [1], [None]]),
        ("T | sort by Size asc, Name | project Size | limit 2", [[None], [1]]),
    ],
)  # fmt: skip
def test_the_language_means_what_it_means_in_azure(tenant: Tenant, query: str, expected: list[list[Any]]) -> None:
    found = run(parsed(query), table(tenant), tenant.azure.clock.now())
    assert [list(row.values()) for row in found.rows] == expected


@pytest.mark.parametrize(
    ("query", "fault", "says"),
    [
        ("T | where Nope == 1", QuerySemantics, "scalar expression named 'Nope'"),
        ("T | where Size == 'x'", QuerySemantics, "types long and string"),
        ("T | where Name", QuerySemantics, "boolean"),
        ("T | extend p = parse_json(Raw) | summarize count() by p.id", QuerySemantics, "'p_id' is of a 'dynamic' type"),
        ("T | where (Name == 'a'", QuerySyntax, "[1,23]"),
        ("T | where Name === 'a'", QuerySyntax, "parsed at '='"),
        ("T | join (T) on Name", NotUnderstood, "'join'"),
        ("T | project-away Name", NotUnderstood, "'project-away'"),
        ("let x = 1; T", NotUnderstood, "'let'"),
        ("T | where Name matches regex 'a'", NotUnderstood, "'matches'"),
        ("T | extend x = dynamic([1])", NotUnderstood, "'dynamic'"),
        ("T | extend x = split(Name, 'a')", NotUnderstood, "'split()'"),
        ("T | summarize percentile(Size, 5)", NotUnderstood, "'percentile()'"),
        ("Heartbeat | count", NotUnderstood, "'Heartbeat'"),
    ],
)
def test_what_is_wrong_or_not_understood_is_named(
    tenant: Tenant, query: str, fault: type[Exception], says: str
) -> None:
    with pytest.raises(fault) as caught:
        run(parsed(query), table(tenant), tenant.azure.clock.now())
    assert says in str(caught.value)


# the SDK


class Credential:
    """A token of the simulator's for the SDK."""

    def __init__(self, client: LocalClient, principal: str) -> None:
        self.client, self.principal = client, principal

    async def get_token(self, *scopes: str, **_: Any) -> AccessToken:
        token = await self.client.token(self.principal, scopes[0].removesuffix("/.default"))
        return AccessToken(token, 4_000_000_000)

    async def close(self) -> None:
        """Nothing is kept."""

    async def __aenter__(self) -> "Credential":
        return self

    async def __aexit__(self, *_: object) -> None:
        await self.close()


async def test_the_sdk_finds_the_calls_of_an_account(place: Place, monkeypatch: pytest.MonkeyPatch) -> None:
    for name in ("HTTPS_PROXY", "SSL_CERT_FILE"):
        monkeypatch.setenv(name, place.variables[name])
    async with LocalClient(place.variables) as client:
        state = await client.reset()
        await client.turn(provisioning=0, log_ingestion=0)
        group = f"/subscriptions/{PRODUCTION}/resourceGroups/rg-chat/providers"
        account, workspace = f"{group}/Microsoft.CognitiveServices/accounts/logged", f"{group}/Microsoft.OperationalInsights/workspaces/law-chat"  # fmt: skip
        await client.create_account(account)
        made = await client.arm("PUT", workspace, {"location": "westeurope"}, version="2023-09-01", on_purpose=True)
        customer_id = made.body["properties"]["customerId"]
        logs = {"workspaceId": workspace, "logs": [{"category": "RequestResponse", "enabled": True}]}
        setting = f"{account}/providers/Microsoft.Insights/diagnosticSettings/logs"
        answer = await client.arm("PUT", setting, {"properties": logs}, version="2021-05-01-preview", on_purpose=True)
        assert answer.status == 200, answer.body
        credential = Credential(client, state["identities"]["platform-engineering"]["id"])
        session = Session(credential)
        async with LogsQueryClient(credential, **session.client_options()) as sdk:
            with pytest.raises(HttpResponseError, match="BadArgumentError"):
                await sdk.query_workspace(customer_id, KEYED, timespan=timedelta(days=1))
            key = (await client.arm("POST", f"{account}/listKeys")).body["key1"]
            await client.chat("logged", key=key)
            found = await sdk.query_workspace(customer_id, KEYED, timespan=timedelta(days=1), include_statistics=True)
            assert isinstance(found, LogsQueryResult)
            (row,) = found.tables[0].rows
            assert (row["_ResourceId"], row["total"], row["keyed"]) == (account.lower(), 1, 1)
            assert row["last"].utcoffset() == timedelta()
            by_resource = await sdk.query_resource(account, KEYED, timespan=timedelta(days=1))
            assert isinstance(by_resource, LogsQueryResult)
            assert by_resource.tables[0].rows[0]["total"] == 1
            good, wrong = await sdk.query_batch(
                [
                    LogsBatchQuery(customer_id, KEYED, timespan=timedelta(days=1)),
                    LogsBatchQuery(customer_id, "Nothing | count", timespan=None),
                ]
            )
            assert isinstance(good, LogsQueryResult)
            assert isinstance(wrong, QueryError)
            assert wrong.code == "BadArgumentError"
            await client.turn(log_query_rows=0)
            cut = await sdk.query_workspace(customer_id, KEYED, timespan=None)
            assert isinstance(cut, LogsQueryPartialResult)
        await session.close()
        await client.reset()
