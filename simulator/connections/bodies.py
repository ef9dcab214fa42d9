"""Connections as they are shown. Azure REST: Account Connections - Get, Workspace Connections - Get, List Secrets."""

from simulator.cognitive_services.bodies import system_data
from simulator.connections.connection import Connection, Owner
from simulator.connections.shapes import CREDENTIALS, GROUP_OF, LATER
from simulator.wire import Json

_WORKSPACES_LEARN_MORE_AFTER = "2024-10-01"


def connection(each: Connection, owner: Owner, siblings: list[Connection], api_version: str) -> Json:
    """A connection without its credentials: they are null where its type has any, and missing where it has none."""
    shown: Json = {} if owner.workspace else {"tags": None, "location": None}
    return shown | {
        "id": each.id,
        "name": each.name,
        "type": f"{owner.type}/connections",
        "properties": _properties(each, owner, siblings, api_version),
        "systemData": system_data(each.trace),
    }


def with_secrets(each: Connection, owner: Owner, siblings: list[Connection], api_version: str) -> Json:
    shown = connection(each, owner, siblings, api_version)
    if CREDENTIALS[each.auth_type] is not None:
        shown["properties"]["credentials"] = each.credentials
    return shown


def _properties(each: Connection, owner: Owner, siblings: list[Connection], api_version: str) -> Json:
    sent = each.properties
    shown: Json = {"authType": each.auth_type}
    if CREDENTIALS[each.auth_type] is not None:
        shown["credentials"] = None
    shown |= {"group": GROUP_OF[each.category], "category": each.category, "expiryTime": sent.get("expiryTime")}
    shown["target"] = sent.get("target")
    if owner.workspace:
        shown["createdByWorkspaceArmId"] = each.owner_id
    shown["isSharedToAll"] = sent.get("isSharedToAll", owner.shared_by_default)
    shown["sharedUserList"] = sent.get("sharedUserList", [])
    if not owner.workspace or api_version > _WORKSPACES_LEARN_MORE_AFTER:
        shown |= {
            "useWorkspaceManagedIdentity": sent.get("useWorkspaceManagedIdentity", False),
            "peRequirement": sent.get("peRequirement", "NotRequired"),
            "peStatus": sent.get("peStatus", "NotApplicable"),
            "error": sent.get("error"),
            "isDefault": next(other for other in siblings if other.category == each.category) is each,
        }
    return shown | {"metadata": sent.get("metadata", {})} | {name: sent[name] for name in LATER if name in sent}
