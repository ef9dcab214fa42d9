"""api.loganalytics.io and api.loganalytics.azure.com: queries over workspaces, over a resource, and batches of them.

Azure REST: Log Analytics Query (v1). A caller needs a role on the workspace, or on the resource whose logs are asked for;
what is not yet in a workspace is not known to it, not even as a table.
"""

import json
import re
import time
import uuid
from collections.abc import Sequence
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, Any
from urllib.parse import urlsplit, urlunsplit

from simulator.authorization.scopes import at_or_below, guid
from simulator.monitor import diagnostics, query_errors, timespan
from simulator.monitor.kql.faults import NotUnderstood, QuerySemantics, QuerySyntax
from simulator.monitor.kql.nodes import Query
from simulator.monitor.kql.parse import parsed
from simulator.monitor.kql.run import Table, run
from simulator.monitor.kql.values import as_wire
from simulator.monitor.state import WORKSPACES, Workspace
from simulator.routing import Routes
from simulator.sign_in.tokens import Identity, TokenRefused
from simulator.wire import Call, Json, Reply, WireFault

if TYPE_CHECKING:
    from simulator.azure import Azure

HOSTS = frozenset({"api.loganalytics.io", "api.loganalytics.azure.com"})
AUDIENCES = (
    "https://api.loganalytics.io",
    "https://api.loganalytics.azure.com",
    "ca7f3f0b-7d91-482c-8e09-c5d840d0eac5",
)
ROUTES = Routes()
_BATCH_AT_MOST = 100


@dataclass(frozen=True, slots=True)
class Question:
    """A query and the rows it may see: those of the workspaces that lie at or below `resource`, if one is given."""

    query: Query
    workspaces: Sequence[Workspace]
    interval: str = ""
    resource: str = ""
    statistics: bool = False


class LogAnalytics:
    """The service of the query API."""

    def __init__(self, azure: "Azure") -> None:
        self.azure = azure

    def serves(self, host: str) -> bool:
        return host in HOSTS

    def caller(self, call: Call) -> str | None:
        try:
            return self.azure.tokens.identity(call.headers.get("Authorization"), AUDIENCES).object_id
        except TokenRefused:
            return None

    async def answer(self, call: Call) -> Reply:
        try:
            reply = await self._through(_without_doubled_slashes(call))
        except WireFault as fault:
            reply = self.render(fault, call)
        reply.headers.setdefault("x-ms-request-id", str(uuid.uuid4()))
        reply.headers.setdefault("Strict-Transport-Security", "max-age=15724800; includeSubDomains")
        return reply

    def render(self, fault: WireFault, call: Call) -> Reply:  # noqa: ARG002  # the envelope is the same for every call
        return Reply(fault.status, {"error": _error(fault)}, dict(fault.headers))

    async def _through(self, call: Call) -> Reply:
        found = ROUTES.find(call)
        if found is None:
            raise query_errors.not_found()
        try:
            identity = self.azure.tokens.identity(call.headers.get("Authorization"), AUDIENCES)
        except TokenRefused as refused:
            raise query_errors.unauthenticated(refused) from refused
        route, parts = found
        reply: Reply = await route.handler(self.azure, call, identity, **parts)
        return reply


@ROUTES.post("/v1/workspaces/{workspace}/query")
@ROUTES.get("/v1/workspaces/{workspace}/query")
async def query_workspace(azure: "Azure", call: Call, identity: Identity, workspace: str) -> Reply:
    return Reply(body=_workspace_answer(azure, identity, workspace, _asked(call), call.headers.get("Prefer", "")))


@ROUTES.post("/v1/$batch")
async def query_batch(azure: "Azure", call: Call, identity: Identity) -> Reply:
    """Each query has an answer of its own, in any order, found by its id."""
    requests = _body(call).get("requests")
    if not isinstance(requests, list) or not all(isinstance(each, dict) for each in requests):
        raise query_errors.bad_argument("'requests' must be an array of objects.")
    ids = [each.get("id") for each in requests]
    if (
        len(ids) > _BATCH_AT_MOST
        or len(set(map(str, ids))) < len(ids)
        or not all(isinstance(each, str) for each in ids)
    ):
        raise query_errors.bad_argument(f"At most {_BATCH_AT_MOST} requests, each with an 'id' of its own.")
    return Reply(body={"responses": [_batch_answer(azure, identity, each) for each in requests]})


@ROUTES.get("/v1/workspaces/{workspace}/metadata")
@ROUTES.post("/v1/workspaces/{workspace}/metadata")
async def metadata(azure: "Azure", call: Call, identity: Identity, workspace: str) -> Reply:  # noqa: ARG001  # one shape for handlers
    raise WireFault(501, "NotImplemented", f"The simulator does not implement {call.method} {call.path}.")


@ROUTES.post("/v1/{resource:path}/query")
@ROUTES.get("/v1/{resource:path}/query")
async def query_resource(azure: "Azure", call: Call, identity: Identity, resource: str) -> Reply:
    """The rows about a resource, a resource group or a subscription, from whichever workspaces hold them."""
    scope = "/" + resource.strip("/")
    if not re.match(r"/subscriptions/[^/]+", scope, re.IGNORECASE):
        raise query_errors.not_found()
    if found := azure.monitor.workspaces.get(scope.lower()):
        return await query_workspace(azure, call, identity, found.customer_id)
    asked = _asked(call)
    query = _parsed(asked)
    if not _may(azure, identity, f"Microsoft.Insights/logs/{query.table}/read", scope):
        raise query_errors.no_access()
    workspaces = list(azure.monitor.workspaces.values())
    question = Question(
        query, workspaces, asked.get("timespan") or "", scope, _statistics(call.headers.get("Prefer", ""))
    )
    return Reply(body=_answered(azure, question))


def _batch_answer(azure: "Azure", identity: Identity, asked: Json) -> Json:
    try:
        body = asked.get("body")
        if not isinstance(body, dict) or not isinstance(asked.get("workspace"), str):
            raise query_errors.bad_argument("A request needs a 'workspace' and a 'body'.")
        if (asked.get("method", "POST"), asked.get("path", "/query")) != ("POST", "/query"):
            raise query_errors.not_found()
        headers = {name.lower(): value for name, value in (asked.get("headers") or {}).items()}
        answer = _workspace_answer(azure, identity, asked["workspace"], body, str(headers.get("prefer", "")))
    except WireFault as fault:
        return {"id": asked["id"], "status": fault.status, "headers": {}, "body": {"error": _error(fault)}}
    return {"id": asked["id"], "status": 200, "headers": {}, "body": answer}


def _workspace_answer(azure: "Azure", identity: Identity, workspace: str, asked: Json, prefer: str) -> Json:
    main = azure.monitor.find(workspace) if guid(workspace) else None
    if main is None:
        raise query_errors.not_found()
    workspaces = [main, *(_named(azure, each) for each in _more(asked))]
    if not all(_may(azure, identity, f"{WORKSPACES}/query/read", each.id) for each in workspaces):
        raise query_errors.no_access()
    query = _parsed(asked)
    if not all(_may(azure, identity, f"{WORKSPACES}/query/{query.table}/read", each.id) for each in workspaces):
        raise query_errors.no_access()
    return _answered(azure, Question(query, workspaces, asked.get("timespan") or "", statistics=_statistics(prefer)))


def _named(azure: "Azure", name: str) -> Workspace:
    """A further workspace, by its customer id, resource id or name."""
    found = azure.monitor.find(name)
    named = [each for each in azure.monitor.workspaces.values() if each.name.lower() == name.lower()]
    if found is None and len(named) != 1:
        raise query_errors.bad_argument(f"The workspace '{name}' could not be found.")
    return found or named[0]


def _more(asked: Json) -> list[str]:
    found = asked.get("workspaces") or []
    if not isinstance(found, list) or not all(isinstance(each, str) for each in found):
        raise query_errors.bad_argument("'workspaces' must be an array of strings.")
    return found


def _asked(call: Call) -> Json:
    return dict(call.query) if call.method == "GET" else _body(call)


def _body(call: Call) -> Json:
    try:
        body = json.loads(call.content)
    except ValueError as error:
        raise query_errors.bad_argument("The body is no JSON.") from error
    if not isinstance(body, dict):
        raise query_errors.bad_argument("The body is no JSON object.")
    return body


def _parsed(asked: Json) -> Query:
    text = asked.get("query")
    if not isinstance(text, str) or not text.strip():
        raise query_errors.bad_argument("'query' is required and must be a string.")
    try:
        return parsed(text)
    except (QuerySyntax, NotUnderstood) as fault:
        raise query_errors.of_query(fault) from fault


def _answered(azure: "Azure", question: Question) -> Json:
    started = time.perf_counter()
    now = azure.clock.now()
    try:
        found = run(question.query, _tables(azure, question), now)
    except (QuerySemantics, NotUnderstood) as fault:
        raise query_errors.of_query(fault) from fault
    limit = azure.knobs.log_query_rows
    columns = [{"name": name, "type": kind} for name, kind in found.columns.items()]
    rows = [[as_wire(row[name], kind) for name, kind in found.columns.items()] for row in found.rows[:limit]]
    answer: Json = {"tables": [{"name": "PrimaryResult", "columns": columns, "rows": rows}]}
    if question.statistics:
        answer["statistics"] = {"query": {"executionTime": round(time.perf_counter() - started, 7)}}
    if len(found.rows) > limit:
        answer["error"] = query_errors.truncated(limit)
    return answer


def _tables(azure: "Azure", question: Question) -> dict[str, Table]:
    """The tables that the workspaces have by now, each cut to the timespan and the resource."""
    rows = [row for each in question.workspaces for row in azure.monitor.rows(each.id)]
    if not rows:
        return {}
    if question.resource:
        rows = [row for row in rows if at_or_below(row["_ResourceId"], question.resource)]
    if question.interval:
        start, end = _interval(azure, question.interval)
        rows = [row for row in rows if start <= row["TimeGenerated"] <= end]
    return {diagnostics.TABLE: Table(diagnostics.COLUMNS, rows)}


def _interval(azure: "Azure", text: Any) -> Any:
    try:
        return timespan.interval(str(text), azure.clock.now())
    except (ValueError, OverflowError) as error:
        raise query_errors.bad_argument(f"The timespan '{text}' is not valid: {error}.") from error


def _may(azure: "Azure", identity: Identity, action: str, scope: str) -> bool:
    return azure.authorization.decided(identity.object_id, action, scope).allowed


def _statistics(prefer: str) -> bool:
    return "include-statistics=true" in prefer.replace(" ", "").lower()


def _error(fault: WireFault) -> Json:
    return {"message": fault.message, "code": fault.code, "correlationId": str(uuid.uuid4()), **fault.extra}


def _without_doubled_slashes(call: Call) -> Call:
    """The SDK sends a resource id after a slash of its own."""
    parts = urlsplit(call.url)
    return replace(call, url=urlunsplit(parts._replace(path=re.sub("/{2,}", "/", parts.path))))
