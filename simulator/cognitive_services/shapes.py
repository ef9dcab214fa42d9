"""The shapes of what a caller can set, and since which api-version each property is known.

A shape is a type, a Choice, a list of one shape, or a dict of shapes where `*` stands for every other name.
"""

import re
from typing import Any

from simulator.cognitive_services import errors
from simulator.wire import Json

_WHOLE = re.compile(r"-?\d{1,9}")
_TYPE_NAMES = {bool: "System.Boolean", str: "System.String", int: "System.Int32", float: "System.Double"}


class Choice(tuple[str, ...]):
    """The values an enumeration takes; Azure reads them without regard to case."""

    __slots__ = ()


TAGS = {"*": str}
SKU = {
    "name": str,
    "tier": Choice(("Free", "Basic", "Standard", "Premium", "Enterprise")),
    "size": str,
    "family": str,
    "capacity": int,
}
IDENTITY = {
    "type": Choice(("None", "SystemAssigned", "UserAssigned", "SystemAssigned, UserAssigned")),
    "userAssignedIdentities": {"*": {}},
}
PROPERTIES: Json = {
    "migrationToken": str,
    "customSubDomainName": str,
    "networkAcls": {
        "defaultAction": Choice(("Allow", "Deny")),
        "bypass": Choice(("None", "AzureServices")),
        "ipRules": [{"value": str}],
        "virtualNetworkRules": [{"id": str, "state": str, "ignoreMissingVnetServiceEndpoint": bool}],
    },
    "encryption": {
        "keySource": Choice(("Microsoft.CognitiveServices", "Microsoft.KeyVault")),
        "keyVaultProperties": {"keyName": str, "keyVersion": str, "keyVaultUri": str, "identityClientId": str},
    },
    "userOwnedStorage": [{"resourceId": str, "identityClientId": str}],
    "amlWorkspace": {"resourceId": str, "identityClientId": str},
    "publicNetworkAccess": Choice(("Enabled", "Disabled")),
    "apiProperties": {"*": str, "statisticsEnabled": bool},
    "dynamicThrottlingEnabled": bool,
    "restrictOutboundNetworkAccess": bool,
    "allowedFqdnList": [str],
    "disableLocalAuth": bool,
    "restore": bool,
    "locations": {
        "routingMethod": Choice(("Priority", "Weighted", "Performance")),
        "regions": [{"name": str, "value": float, "customsubdomain": str}],
    },
    "raiMonitorConfig": {"adxStorageResourceId": str, "identityClientId": str},
    "networkInjections": [
        {"scenario": Choice(("none", "agent")), "subnetArmId": str, "useMicrosoftManagedNetwork": bool}
    ],
    "allowProjectManagement": bool,
    "defaultProject": str,
    "associatedProjects": [str],
    "storedCompletionsDisabled": bool,
}
DEPLOYMENT: Json = {
    "model": {"format": str, "name": str, "version": str, "source": str},
    "scaleSettings": {"scaleType": Choice(("Standard", "Manual")), "capacity": int},
    "raiPolicyName": str,
    "versionUpgradeOption": Choice(("OnceNewDefaultVersionAvailable", "OnceCurrentVersionExpired", "NoAutoUpgrade")),
    "currentCapacity": int,
    "capacitySettings": {"designatedCapacity": int, "priority": int},
}
PROJECT: Json = {"displayName": str, "description": str}
# the first api-version that knows a property, read or written
_SINCE = {
    "callRateLimit": "2021-04-30", "capabilities": "2021-04-30", "isMigrated": "2021-04-30", "endpoints": "2021-04-30",
    "disableLocalAuth": "2021-04-30", "restrictOutboundNetworkAccess": "2021-04-30", "allowedFqdnList": "2021-04-30",
    "restore": "2021-04-30", "migrationToken": "2021-04-30", "dynamicThrottlingEnabled": "2021-10-01",
    "deletionDate": "2021-10-01", "scheduledPurgeDate": "2021-10-01", "locations": "2023-05-01",
    "amlWorkspace": "2024-06-01-preview", "raiMonitorConfig": "2024-06-01-preview",
    "allowProjectManagement": "2025-04-01-preview", "defaultProject": "2025-04-01-preview",
    "associatedProjects": "2025-04-01-preview", "networkInjections": "2025-04-01-preview",
    "storedCompletionsDisabled": "2025-07-01-preview",
}  # fmt: skip


def known_to(api_version: str, properties: Json) -> Json:
    """The properties that this api-version knows."""
    return {name: value for name, value in properties.items() if _SINCE.get(name, "") <= api_version}


def cleaned(shape: Any, value: Any, path: str) -> Any:
    """`value` without nulls and what `shape` does not know; raises the 400 of a value of the wrong type."""
    if value is None:
        return None
    if isinstance(shape, dict):
        return _cleaned_object(shape, value, path)
    if isinstance(shape, list):
        if not isinstance(value, list):
            raise errors.not_deserialized(f"Cannot deserialize the current value '{value}' into an array.", path)
        return [cleaned(shape[0], each, f"{path}[{index}]") for index, each in enumerate(value)]
    if isinstance(shape, Choice):
        return _chosen(shape, value, path)
    return _typed(shape, value, path)


def _cleaned_object(shape: Json, value: Any, path: str) -> Json:
    if not isinstance(value, dict):
        raise errors.not_deserialized(f"Cannot deserialize the current value '{value}' into an object.", path)
    return {
        name: cleaned(shape.get(name, shape.get("*")), each, f"{path}.{name}")
        for name, each in value.items()
        if each is not None and (name in shape or "*" in shape)
    }


def _chosen(shape: Choice, value: Any, path: str) -> str:
    found = next((each for each in shape if isinstance(value, str) and _same(each, value)), None)
    if found is None:
        raise errors.not_deserialized(f"Error converting value '{value}'. The values are '{', '.join(shape)}'.", path)
    return found


def _same(one: str, other: str) -> bool:
    return one.lower().replace(" ", "") == other.lower().replace(" ", "")


def _typed(shape: type, value: Any, path: str) -> Any:
    if shape is int and isinstance(value, str) and _WHOLE.fullmatch(value):
        return int(value)  # the provider reads numbers from text too; az sends `sku.capacity` so
    accepted = (int, float) if shape is float else (shape,)
    if not isinstance(value, accepted) or (isinstance(value, bool) and shape is not bool):
        raise errors.not_deserialized(f"Could not convert '{value}' to type '{_TYPE_NAMES[shape]}'.", path)
    return value
