"""What a caller sends for a workspace. Azure REST: Workspaces - Create Or Update, Update (2024-04-01, 2024-10-01)."""

import re
from dataclasses import dataclass
from typing import Any

from simulator.cognitive_services import shapes as types
from simulator.cognitive_services.shapes import Choice
from simulator.machine_learning import errors
from simulator.resource_manager.location_rules import required_location
from simulator.wire import Json

KINDS = Choice(("Default", "Hub", "Project", "FeatureStore"))
_NAME = re.compile(r"[a-zA-Z0-9][a-zA-Z0-9_-]{2,32}")
_SKU = {"name": str, "tier": str, "size": str, "family": str, "capacity": int}
_IDENTITY = {
    "type": Choice(("None", "SystemAssigned", "UserAssigned", "SystemAssigned,UserAssigned")),
    "userAssignedIdentities": {"*": {}},
}
_ENABLED = Choice(("Enabled", "Disabled"))
_PROPERTIES: Json = {
    "description": str,
    "friendlyName": str,
    "keyVault": str,
    "applicationInsights": str,
    "containerRegistry": str,
    "storageAccount": str,
    "encryption": {
        "status": _ENABLED,
        "identity": {"userAssignedIdentity": str},
        "keyVaultProperties": {"keyVaultArmId": str, "keyIdentifier": str, "identityClientId": str},
    },
    "hbiWorkspace": bool,
    "imageBuildCompute": str,
    "allowPublicAccessWhenBehindVnet": bool,
    "publicNetworkAccess": _ENABLED,
    "serverlessComputeSettings": {"serverlessComputeCustomSubnet": str, "serverlessComputeNoPublicIP": bool},
    "sharedPrivateLinkResources": [
        {
            "name": str,
            "properties": {"privateLinkResourceId": str, "groupId": str, "requestMessage": str, "status": str},
        }
    ],
    "serviceManagedResourcesSettings": {"cosmosDb": {"collectionsThroughput": int}},
    "primaryUserAssignedIdentity": str,
    "v1LegacyMode": bool,
    "managedNetwork": {
        "isolationMode": Choice(("Disabled", "AllowInternetOutbound", "AllowOnlyApprovedOutbound")),
        "firewallSku": Choice(("Standard", "Basic")),
    },
    "featureStoreSettings": {
        "computeRuntime": {"sparkRuntimeVersion": str},
        "offlineStoreConnectionName": str,
        "onlineStoreConnectionName": str,
    },
    "enableDataIsolation": bool,
    "hubResourceId": str,
    "workspaceHubConfig": {"additionalWorkspaceStorageAccounts": [str], "defaultWorkspaceResourceGroup": str},
    "systemDatastoresAuthMode": Choice(("AccessKey", "Identity", "UserDelegationSAS")),
}
# what a PATCH cannot change
_FIXED = frozenset({"keyVault", "storageAccount", "hbiWorkspace", "hubResourceId", "workspaceHubConfig"})


@dataclass(frozen=True, slots=True)
class Sent:
    """None: not sent."""

    kind: str | None
    location: str | None
    sku: Json | None
    tags: dict[str, str] | None
    identity: Json | None
    properties: Json


def whole(body: Json) -> Sent:
    """The workspace of a PUT; raises the 400s of values that do not fit."""
    sent = body.get("properties") or {}
    if isinstance(sent, dict) and (sent.get("managedNetwork") or {}).get("outboundRules"):
        raise errors.not_simulated("outbound rules of a workspace's managed network")
    kind = _optional(body, "kind", str)
    if kind is not None:
        types.cleaned(KINDS, kind, "kind")  # one of them, but kept as it was sent
    return Sent(
        kind=kind,
        location=_optional(body, "location", str),
        sku=_optional(body, "sku", _SKU),
        tags=_optional(body, "tags", types.TAGS),
        identity=_optional(body, "identity", _IDENTITY),
        properties=types.cleaned(_PROPERTIES, sent, "properties"),
    )


def partial(body: Json) -> Sent:
    """The changes of a PATCH, without what it cannot change."""
    sent = whole({name: value for name, value in body.items() if name not in {"kind", "location"}})
    kept = {name: value for name, value in sent.properties.items() if name not in _FIXED}
    return Sent(None, None, sent.sku, sent.tags, sent.identity, kept)


def require_name(name: str) -> None:
    if not _NAME.fullmatch(name):
        raise errors.invalid(
            f"The workspace name '{name}' is invalid. It must be 3 to 33 characters long, start with a letter or digit "
            "and contain only letters, digits, '_' and '-'."
        )


def require_location(sent: str | None) -> str:
    return required_location(sent, errors.TYPE)


def _optional(body: Json, name: str, shape: Any) -> Any:
    return types.cleaned(shape, body.get(name), name)
