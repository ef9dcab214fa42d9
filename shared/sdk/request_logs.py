"""Who has called an account, and how: its request logs in Log Analytics, by azure-monitor-query.

Only the RequestResponse log tells keys from tokens: a row names the caller's object id where Entra ID let it in, and no one
where a key did. Metrics have no such dimension. ("Enable diagnostic logging for Foundry Tools", "AzureDiagnostics".)
"""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, replace
from datetime import UTC, datetime, timedelta
from typing import TYPE_CHECKING, Any

from shared.errors import TemporaryError, azure_errors
from shared.models import KeyUse
from shared.resource_id import ResourceId
from shared.sdk.rest import RestClient

if TYPE_CHECKING:
    from azure.monitor.query.aio import LogsQueryClient

    from shared.session import Session

_SETTINGS = "2021-05-01-preview"
_CATEGORY = "RequestResponse"
_GROUP = "allLogs"
# A workspace knows the table only once it has had a first row
_NO_TABLE = "SEM0100"
_KQL_TIME = "%Y-%m-%dT%H:%M:%S.%fZ"
DAY = timedelta(days=1)
# A day, and how late a sweep may be to have the app's daily call made
GAP = timedelta(hours=36)
# The app's clock and the service's need not agree to the second
SKEW = timedelta(seconds=5)
# What refused a caller has let nobody in; the object id has been seen under three names
QUERY = """\
AzureDiagnostics
| where Category == "RequestResponse"
| extend p = parse_json(properties_s)
| extend caller = coalesce(tostring(p.objectId), tostring(p.objectid), tostring(p.callerObjectId))
| extend keyed = isempty(caller) and ResultSignature !in ("401", "403")
| extend own = keyed and ({own})
| summarize calls=count(), first=min(TimeGenerated), arg_max(TimeGenerated, CallerIPAddress) by span=iff(own, TimeGenerated, bin(TimeGenerated, 1d)), keyed, own
"""


@dataclass(frozen=True, slots=True)
class Day:
    """The calls of one day that a key let in, or all others. `own` is a single call, about when the app itself called by key."""

    keyed: bool
    own: bool
    calls: int
    first: datetime
    last: datetime
    address: str


class RequestLogs:
    def __init__(self, session: "Session") -> None:
        self._session = session
        self._client = RestClient.of_resource_manager(session)
        self._made: LogsQueryClient | None = None

    async def key_use(
        self, account: ResourceId, since: datetime, now: datetime, own: Sequence[datetime], quiet: timedelta
    ) -> KeyUse:
        """What the logs say from `since` on; `own` is when the app called by key itself.

        Where they show a whole period `quiet`, or nothing, it is asked whether they are sent anywhere at all. Raises
        DeniedError, PermanentError, and TemporaryError where the answer is not whole: it is not taken for silence.
        """
        own = tuple(each for each in own if each >= since)
        use = key_use(await self._days(account, QUERY.format(own=_about(own)), since, now), now, own)
        if _tells_of_use(use, quiet) or await self._is_on(account):
            return use
        return KeyUse(now, has_setting=False)

    async def _is_on(self, account: ResourceId) -> bool:
        """True where a diagnostic setting sends the request log to a workspace (REST: Diagnostic Settings - List)."""
        path = f"{account.text}/providers/Microsoft.Insights/diagnosticSettings"
        with azure_errors("list diagnostic settings of", account):
            found = await self._client.get(path, **{"api-version": _SETTINGS})
        return any(_sends_requests(each.get("properties") or {}) for each in found.get("value", ()))

    async def _days(self, account: ResourceId, query: str, since: datetime, now: datetime) -> tuple[Day, ...]:
        from azure.core.exceptions import HttpResponseError
        from azure.monitor.query import LogsQueryPartialResult

        with azure_errors("query the request log of", account):
            try:
                answer = await self._logs.query_resource(account.text, query, timespan=(since, now + DAY))
            except HttpResponseError as error:
                if _NO_TABLE in str(error):
                    return ()
                raise
        if isinstance(answer, LogsQueryPartialResult):
            raise TemporaryError(f"query the request log of {account}: the answer is not whole", code="PartialError")
        return tuple(_days(answer.tables[0].columns, answer.tables[0].rows))

    @property
    def _logs(self) -> "LogsQueryClient":
        if self._made is None:
            from azure.monitor.query.aio import LogsQueryClient

            self._made = LogsQueryClient(self._session.credential, **self._session.client_options())
        return self._made


def _about(times: Sequence[datetime]) -> str:
    """The condition that a row is from about one of these times."""
    spans = (f"(datetime({each - SKEW:{_KQL_TIME}}) .. datetime({each + SKEW:{_KQL_TIME}}))" for each in times)
    return " or ".join(f"TimeGenerated between {span}" for span in spans) or "false"


def _sends_requests(properties: dict[str, Any]) -> bool:
    logs = [each for each in properties.get("logs") or () if each.get("enabled")]
    wanted = any(each.get("category") == _CATEGORY or each.get("categoryGroup") == _GROUP for each in logs)
    return bool(properties.get("workspaceId")) and wanted


def _days(columns: Sequence[str], rows: Iterable[Iterable[Any]]) -> Iterable[Day]:
    for row in rows:
        found = dict(zip(columns, row, strict=True))
        yield Day(
            keyed=bool(found["keyed"]),
            own=bool(found["own"]),
            calls=int(found["calls"]),
            first=_utc(found["first"]),
            last=_utc(found["TimeGenerated"]),
            address=str(found["CallerIPAddress"] or ""),
        )


def _utc(time: datetime) -> datetime:
    return time if time.tzinfo else time.replace(tzinfo=UTC)


def key_use(days: Iterable[Day], now: datetime, own: Sequence[datetime]) -> KeyUse:
    """The days as one statement: rows without a gap, and the last of them that a key let in. Pure.

    Of the calls about one of the app's `own`, the nearest is the app's; any other is somebody else's.
    """
    found = sorted(days, key=lambda each: each.first)
    others = _without_own([each for each in found if each.keyed], own)
    last = max(others, key=lambda each: each.last, default=None)
    return KeyUse(
        looked=now,
        since=_without_gap(found),
        until=max((each.last for each in found), default=None),
        last=last.last if last else None,
        address=last.address if last else "",
        calls=sum(each.calls for each in others),
    )


def _without_own(keyed: Iterable[Day], own: Sequence[datetime]) -> list[Day]:
    left = list(keyed)
    for at in own:
        near = [each for each in left if each.own and abs(each.last - at) <= SKEW]
        if not near:
            continue
        nearest = min(near, key=lambda each: abs(each.last - at))
        left.remove(nearest)
        if nearest.calls > 1:
            left.append(replace(nearest, calls=nearest.calls - 1))
    return left


def _tells_of_use(use: KeyUse, quiet: timedelta) -> bool:
    """True where the rows alone say that the account cannot be quiet yet."""
    if use.since is None or use.until is None or is_gap(use.until, use.looked):
        return False
    return use.looked - max(use.since, use.last or use.since) < quiet


def is_gap(until: datetime, since: datetime) -> bool:
    """True where two rows are so far apart that the app's own daily call would have left one between."""
    return since - until > GAP


def _without_gap(days: Sequence[Day]) -> datetime | None:
    """The first row after which there is no gap."""
    since, until = None, None
    for each in days:
        if until is None or is_gap(until, each.first):
            since = each.first
        until = max(until or each.last, each.last)
    return since
