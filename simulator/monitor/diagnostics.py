"""The rows that requests leave in the table AzureDiagnostics.

Azure Monitor Logs reference: AzureDiagnostics; Azure OpenAI: monitoring data reference, resource logs. The caller's
address comes with its last part masked, times in `properties_s` are .NET ticks, and `objectId` is there for every call
but empty for one that was not authenticated by Entra ID.
"""

import json
import re
import uuid
from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from typing import Any

from simulator.cognitive_services.account import Account, Deployment
from simulator.resource_manager.locations import location_key
from simulator.wire import Json

TABLE = "AzureDiagnostics"
CATEGORY = "RequestResponse"
COLUMNS: Mapping[str, str] = {
    "TenantId": "string",
    "TimeGenerated": "datetime",
    "ResourceId": "string",
    "Category": "string",
    "ResourceGroup": "string",
    "SubscriptionId": "string",
    "ResourceProvider": "string",
    "Resource": "string",
    "ResourceType": "string",
    "OperationName": "string",
    "ResultType": "string",
    "CorrelationId": "string",
    "ResultDescription": "string",
    "ResultSignature": "string",
    "CallerIPAddress": "string",
    "DurationMs": "long",
    "Tenant_s": "string",
    "event_s": "string",
    "location_s": "string",
    "properties_s": "string",
    "SourceSystem": "string",
    "Type": "string",
    "_ResourceId": "string",
}
_FIRST_TICK = datetime(1, 1, 1, tzinfo=UTC)


@dataclass(frozen=True, slots=True)
class Served:
    """One call that reached an account: `object_id` is empty where no token of Entra ID let it in."""

    account: Account
    operation: str
    api: str
    status: int
    began: datetime
    ended: datetime
    object_id: str = ""
    address: str = "127.0.0.1"
    sent: int = 0
    answered: int = 0
    deployment: Deployment | None = None
    streamed: bool = False
    correlation: str = field(default_factory=lambda: str(uuid.uuid4()))


def row(served: Served, workspace: str, object_id_name: str) -> Json:
    """The row of a call in the workspace with this customer id."""
    account = served.account
    region = location_key(account.location)
    filled: dict[str, Any] = {
        "TenantId": workspace,
        "TimeGenerated": served.ended,
        "ResourceId": account.id.upper(),
        "Category": CATEGORY,
        "ResourceGroup": account.group.upper(),
        "SubscriptionId": account.subscription,
        "ResourceProvider": "MICROSOFT.COGNITIVESERVICES",
        "Resource": account.name.upper(),
        "ResourceType": "ACCOUNTS",
        "OperationName": served.operation,
        "CorrelationId": served.correlation,
        "ResultSignature": str(served.status),
        "CallerIPAddress": masked(served.address),
        "DurationMs": (served.ended - served.began) // timedelta(milliseconds=1),
        "Tenant_s": region,
        "event_s": "ShoeboxCallResult",
        "location_s": region,
        "properties_s": json.dumps(_properties(served, object_id_name), separators=(",", ":")),
        "SourceSystem": "Azure",
        "Type": TABLE,
        "_ResourceId": account.id.lower(),
    }
    return {name: filled.get(name, "") for name in COLUMNS}


def masked(address: str) -> str:
    """An address without its last part."""
    return re.sub(r"[^.:]+$", "***", address)


def ticks(moment: datetime) -> int:
    return (moment - _FIRST_TICK) // timedelta(microseconds=1) * 10


def _properties(served: Served, object_id_name: str) -> Json:
    found: Json = {
        "apiName": served.api,
        "requestTime": ticks(served.began),
        "requestLength": served.sent,
        "responseTime": ticks(served.ended),
        "responseLength": served.answered,
        object_id_name: served.object_id,
    }
    if served.deployment is None:
        return found
    return {
        **found,
        "streamType": "Streaming" if served.streamed else "Non-Streaming",
        "modelDeploymentName": served.deployment.name,
        "modelName": str(served.deployment.model["name"]),
        "modelVersion": str(served.deployment.model["version"]),
    }
