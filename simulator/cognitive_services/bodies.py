"""Response bodies. Azure REST: Accounts - Get, Deployments - Get, Accounts - List Models (2025-06-01, 2025-09-01)."""

from datetime import datetime

from simulator.cognitive_services import catalogue, shapes
from simulator.cognitive_services.account import KEPT_AFTER_DELETE, Account, Deployment, Trace
from simulator.cognitive_services.catalogue import Kind, Model
from simulator.wire import Json

_SYSTEM_DATA_SINCE = "2021-04-30"
_CAPACITY_SHOWN_SINCE = "2023-10-01-preview"
_FROM_MICROSOFT = {
    "createdBy": "Microsoft",
    "createdByType": "Application",
    "createdAt": "2024-11-20T00:00:00Z",
    "lastModifiedBy": "Microsoft",
    "lastModifiedByType": "Application",
    "lastModifiedAt": "2024-11-20T00:00:00Z",
}
_CHAT_CALLS = {"key": "default", "renewalPeriod": 1, "count": 30, "matchPatterns": [{"path": "*", "method": "*"}]}


def timestamp(moment: datetime) -> str:
    """A moment with the seven decimals of Azure's stamps."""
    return f"{moment:%Y-%m-%dT%H:%M:%S.%f}0Z"


def account(each: Account, api_version: str, now: datetime) -> Json:
    """An account, or a soft-deleted one in its own place."""
    shown: Json = {
        "id": deleted_id(each) if each.deleted else each.id,
        "name": each.name,
        "type": f"Microsoft.CognitiveServices/{'deletedAccounts' if each.deleted else 'accounts'}",
        "etag": each.etag,
        "location": each.location,
        "sku": each.sku,
        "kind": each.kind.name,
    }
    if each.tags is not None:
        shown["tags"] = each.tags
    shown["properties"] = shapes.known_to(api_version, _properties(each, now))
    if each.identity is not None:
        shown["identity"] = each.identity
    if api_version >= _SYSTEM_DATA_SINCE:
        shown["systemData"] = system_data(each.trace)
    return shown


def deleted_id(each: Account) -> str:
    return (
        f"/subscriptions/{each.subscription}/providers/Microsoft.CognitiveServices/locations/{each.location}"
        f"/resourceGroups/{each.group}/deletedAccounts/{each.name}"
    )


def _properties(each: Account, now: datetime) -> Json:
    shown: Json = {
        "endpoint": each.endpoint(),
        "internalId": each.internal_id,
        "dateCreated": timestamp(each.trace.created),
        "callRateLimit": {"rules": [_CHAT_CALLS]},
        "isMigrated": False,
        "allowProjectManagement": False,
        **({"apiProperties": {}} if each.kind.models else {}),
        **each.properties,
        "privateEndpointConnections": [],
        "publicNetworkAccess": each.properties.get("publicNetworkAccess", "Enabled"),
        "capabilities": _capabilities(each.kind),
        "endpoints": each.endpoints(),
        "provisioningState": each.state(now),
    }
    if each.projects:
        shown["defaultProject"] = each.default_project
        shown["associatedProjects"] = [project.name for project in each.projects.values()]
    if each.deleted:
        shown["deletionDate"] = timestamp(each.deleted)
        shown["scheduledPurgeDate"] = timestamp(each.deleted + KEPT_AFTER_DELETE)
    return shown


def _capabilities(kind: Kind) -> list[Json]:
    shown: list[Json] = [{"name": "VirtualNetworks"}, {"name": "CustomerManagedKey"}]
    if kind.models:
        shown += [
            {"name": "MaxFineTuneCount", "value": "500"},
            {"name": "MaxRunningFineTuneCount", "value": "3"},
            {"name": "MaxUserFileCount", "value": "100"},
            {"name": "MaxTrainingFileSize", "value": "512000000"},
            {"name": "RaiMonitor"},
        ]
    if kind.name != "OpenAI":
        shown.append({"name": "Container", "value": f"{kind.name}.*"})
    return shown


def system_data(trace: Trace) -> Json:
    return {
        "createdBy": trace.created_by.name,
        "createdByType": trace.created_by.type,
        "createdAt": timestamp(trace.created),
        "lastModifiedBy": trace.changed_by.name,
        "lastModifiedByType": trace.changed_by.type,
        "lastModifiedAt": timestamp(trace.changed),
    }


def deployment(each: Deployment, api_version: str, now: datetime) -> Json:
    later = api_version >= _CAPACITY_SHOWN_SINCE
    capacity = each.sku["capacity"]
    properties: Json = {"model": each.model, **each.settings}
    if later:
        properties["currentCapacity"] = capacity
    properties |= {
        "capabilities": each.capabilities,
        "provisioningState": each.work.state(now),
        "rateLimits": [
            {"key": "request", "renewalPeriod": 10, "count": capacity},
            {"key": "token", "renewalPeriod": 60, "count": capacity * 1000},
        ],
    }
    shown: Json = {
        "id": each.id,
        "type": "Microsoft.CognitiveServices/accounts/deployments",
        "name": each.name,
        "sku": each.sku,
        "properties": properties,
        "systemData": system_data(each.trace),
        "etag": each.etag,
    }
    if later and each.tags is not None:
        shown["tags"] = each.tags
    return shown


def account_model(model: Model) -> Json:
    return {
        "format": model.format,
        "name": model.name,
        "version": model.version,
        "isDefaultVersion": model.default,
        "skus": [_model_sku(model, sku) for sku in model.skus],
        "maxCapacity": catalogue.MAX_CAPACITY,
        "capabilities": model.capabilities(),
        "deprecation": {"inference": "2028-01-31T00:00:00Z"},
        "lifecycleStatus": "GenerallyAvailable",
        "systemData": _FROM_MICROSOFT,
    }


def _model_sku(model: Model, sku: str) -> Json:
    return {
        "name": sku,
        "usageName": catalogue.usage_name(model, sku),
        "capacity": {"minimum": 1, "maximum": catalogue.MAX_CAPACITY, "step": 1, "default": 10},
        "rateLimits": [
            {"key": "request", "renewalPeriod": 60, "count": 1},
            {"key": "token", "renewalPeriod": 60, "count": 1000},
        ],
    }


def usage(name: str, taken: int) -> Json:
    """One line of a region's quota, in thousands of tokens per minute."""
    _, sku, model = name.split(".", 2)
    label = f"Tokens Per Minute (thousands) - {model} - {sku}"
    return {
        "name": {"value": name, "localizedValue": label},
        "currentValue": taken,
        "limit": catalogue.MAX_CAPACITY,
        "unit": "Count",
    }


def resource_skus() -> list[Json]:
    """One entry for each kind, SKU and region, regions in capitals, as Azure lists them."""
    return [
        {
            "resourceType": "accounts",
            "name": sku,
            "tier": catalogue.tier(sku),
            "kind": kind.name,
            "locations": [location.upper()],
            "restrictions": [],
        }
        for location in catalogue.LOCATIONS
        for kind in catalogue.KINDS.values()
        for sku in kind.skus
    ]
