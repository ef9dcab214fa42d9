"""Events as they travel: Resource Manager's events, the Event Grid schema, CloudEvents.

Rests on "Azure subscription as an Event Grid source", "Azure Event Grid event schema" and "CloudEvents v1.0 schema with
Azure Event Grid" (Microsoft Learn), and on the data schemas of Microsoft.Resources events.
"""

import re
import uuid
from datetime import datetime
from typing import Any

from simulator.resource_manager.front import ArmRequest
from simulator.wire import Json

RESOURCE_EVENT_TYPES = tuple(
    f"Microsoft.Resources.Resource{kind}{end}"
    for kind in ("Write", "Delete", "Action")
    for end in ("Success", "Failure", "Cancel")
)
_KINDS = {"write": "Write", "delete": "Delete", "action": "Action"}
_IDENTITY = "http://schemas.microsoft.com/identity/claims/"
_SIGN_IN = "http://schemas.microsoft.com/claims/"
_SOAP = "http://schemas.xmlsoap.org/ws/2005/05/identity/claims/"
# the names under which Resource Manager passes on what a token calls otherwise
_CLAIMS = {
    "oid": f"{_IDENTITY}objectidentifier",
    "tid": f"{_IDENTITY}tenantid",
    "scp": f"{_IDENTITY}scope",
    "idp": f"{_IDENTITY}identityprovider",
    "sub": f"{_SOAP}nameidentifier",
    "upn": f"{_SOAP}upn",
    "unique_name": f"{_SOAP}name",
    "acr": f"{_SIGN_IN}authnclassreference",
    "amr": f"{_SIGN_IN}authnmethodsreferences",
}


def timestamp(moment: datetime) -> str:
    """A time as Event Grid writes it: UTC, seven digits of a second."""
    return f"{moment:%Y-%m-%dT%H:%M:%S.%f}0Z"


def resource_data(request: ArmRequest, operation: str, *, succeeded: bool, uri: str, evidence: Json) -> Json:
    """The `data` of the event that the operation `…/write`, `…/delete` or `…/action` raises on the resource `uri`."""
    headers = request.call.headers
    return {
        "authorization": {"scope": uri, "action": operation, "evidence": evidence},
        "claims": {_CLAIMS.get(name, name): _text(value) for name, value in request.identity.claims.items()},
        "correlationId": headers.get("x-ms-correlation-request-id", str(uuid.uuid4())),
        "httpRequest": {
            "clientRequestId": headers.get("x-ms-client-request-id", str(uuid.uuid4())),
            "clientIpAddress": request.call.client_address,
            "method": request.call.method,
            "url": request.call.url,
        },
        "resourceProvider": operation.partition("/")[0],
        "resourceUri": uri,
        "operationName": operation,
        "status": "Succeeded" if succeeded else "Failed",
        "subscriptionId": subscription_of(uri) or "",
        "tenantId": request.identity.tenant,
    }


def resource_event_type(operation: str, *, succeeded: bool) -> str | None:
    """The event type of an operation; None for a read, which raises no event."""
    kind = _KINDS.get(operation.rpartition("/")[2].lower())
    return kind and f"Microsoft.Resources.Resource{kind}{'Success' if succeeded else 'Failure'}"


def grid_event(*, topic: str, subject: str, kind: str, data: Json, now: datetime, data_version: str) -> Json:
    """A new event in the Event Grid schema, with an id of its own."""
    return {
        "subject": subject,
        "eventType": kind,
        "eventTime": timestamp(now),
        "id": str(uuid.uuid4()),
        "data": data,
        "dataVersion": data_version,
        "metadataVersion": "1",
        "topic": topic,
    }


def cloud_event(*, source: str, subject: str, kind: str, data: Json, now: datetime) -> Json:
    """A new CloudEvent, with an id of its own: what partner topics such as Microsoft Graph's carry."""
    return {
        "id": str(uuid.uuid4()),
        "source": source,
        "type": kind,
        "specversion": "1.0",
        "subject": subject,
        "time": timestamp(now),
        "datacontenttype": "application/json",
        "data": data,
    }


def is_cloud(event: Json) -> bool:
    return "specversion" in event


def as_cloud(event: Json) -> Json:
    """An event of either schema as a CloudEvent; the type stays what it was."""
    if is_cloud(event):
        return event
    return {
        "id": event.get("id"),
        "source": event.get("topic"),
        "subject": event.get("subject"),
        "type": event.get("eventType"),
        "time": event.get("eventTime"),
        "data": event.get("data"),
        "specversion": "1.0",
    }


def kind_of(event: Json) -> str:
    return str(event.get("type" if is_cloud(event) else "eventType", ""))


def source_of(event: Json) -> str:
    return str(event.get("source" if is_cloud(event) else "topic", ""))


def subscription_of(resource_id: str) -> str | None:
    """The Azure subscription a resource id lies in, None for one of the tenant."""
    found = re.match(r"/subscriptions/([^/]+)", resource_id, re.IGNORECASE)
    return found[1] if found else None


def group_of(resource_id: str) -> str | None:
    """The id of the resource group a resource id lies in, None where it is in none."""
    found = re.match(r"/subscriptions/[^/]+/resourceGroups/[^/]+", resource_id, re.IGNORECASE)
    return found[0] if found else None


def _text(value: Any) -> str:
    return ",".join(map(str, value)) if isinstance(value, list) else str(value)
