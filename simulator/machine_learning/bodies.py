"""Workspaces as they are shown. Azure REST: Workspaces - Get."""

from collections.abc import Sequence
from datetime import datetime

from simulator.cognitive_services.bodies import system_data, timestamp
from simulator.machine_learning import errors
from simulator.machine_learning.workspace import Workspace
from simulator.wire import Json

_AUTH_MODE_SINCE = "2024-10-01-preview"
_OF_THE_HUB = ("keyVault", "storageAccount", "applicationInsights", "containerRegistry")


def workspace(
    each: Workspace, hub: Workspace | None, projects: Sequence[Workspace], api_version: str, now: datetime
) -> Json:
    """A workspace; a project shows what its hub lends it, a hub the projects that belong to it."""
    shown: Json = {
        "id": each.id,
        "name": each.name,
        "type": errors.TYPE,
        "location": each.location,
        "kind": each.kind,
        "sku": each.sku,
        "etag": each.etag,
        "properties": _properties(each, hub, projects, api_version, now),
        "systemData": system_data(each.trace),
    }
    if each.tags is not None:
        shown["tags"] = each.tags
    if each.identity is not None:
        shown["identity"] = each.identity
    return shown


def _properties(
    each: Workspace, hub: Workspace | None, projects: Sequence[Workspace], api_version: str, now: datetime
) -> Json:
    region = each.location.lower().replace(" ", "")
    lent = {name: hub.properties[name] for name in _OF_THE_HUB if name in hub.properties} if hub else {}
    shown: Json = {
        "friendlyName": each.name,
        "description": "",
        "hbiWorkspace": False,
        "publicNetworkAccess": "Enabled",
        "v1LegacyMode": False,
        "enableDataIsolation": each.is_hub or hub is not None,
        **lent,
        **each.properties,
        "workspaceId": each.workspace_id,
        "tenantId": str((each.identity or {}).get("tenantId", "")),
        "discoveryUrl": f"https://{region}.api.azureml.ms/discovery",
        "mlFlowTrackingUri": f"azureml://{region}.api.azureml.ms/mlflow/v1.0{each.id}",
        "privateEndpointConnections": [],
        "privateLinkCount": 0,
        "storageHnsEnabled": False,
        "creationTime": timestamp(each.trace.created),
        "provisioningState": "Creating" if each.work.running(now) else "Succeeded",
    }
    if each.is_hub:
        shown["associatedWorkspaces"] = [project.id for project in projects]
        shown.setdefault("workspaceHubConfig", {"defaultWorkspaceResourceGroup": each.id.partition("/providers/")[0]})
    if api_version < _AUTH_MODE_SINCE:
        shown.pop("systemDatastoresAuthMode", None)
    return shown
