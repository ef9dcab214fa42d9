"""Managed identities of resources. The system-assigned one is a service principal that lives and dies with its resource.

Azure REST: Accounts - Create, Projects - Create, Workspaces - Create Or Update, `Identity`.
"""

import uuid
from datetime import datetime

from simulator.directory.state import Directory, ServicePrincipal
from simulator.wire import Json, WireFault


def assigned(directory: Directory, resource_id: str, sent: Json, current: Json | None, now: datetime) -> Json | None:
    """The identity block after `sent`; makes or removes the service principal.

    What had an identity once keeps a block of the type None; None is returned for what never had any.
    """
    kind = sent.get("type") or "None"
    system = "SystemAssigned" in kind
    if not system:
        remove(directory, current)
    shown: Json = {}
    if system:
        shown = {"principalId": _principal(directory, resource_id, current, now), "tenantId": directory.tenant}
    shown["type"] = kind
    if "UserAssigned" in kind:
        shown["userAssignedIdentities"] = _users(directory, resource_id, sent.get("userAssignedIdentities"))
    return shown if current or given(shown) else None


def given(block: Json | None) -> Json | None:
    """The block, or None where it says that there is no identity."""
    return block if block and block.get("type") not in (None, "None") else None


def remove(directory: Directory, current: Json | None) -> None:
    """Takes the service principal of a system-assigned identity out of the directory."""
    if current and (principal := current.get("principalId")):
        directory.service_principals.pop(principal, None)


def _principal(directory: Directory, resource_id: str, current: Json | None, now: datetime) -> str:
    if current and (kept := current.get("principalId")):
        return str(kept)
    name = "/".join(resource_id.strip("/").split("/")[7:])  # a project's is <account>/projects/<project>
    principal = ServicePrincipal(
        str(uuid.uuid4()), str(uuid.uuid4()), name, now, kind="ManagedIdentity", resource_id=resource_id
    )
    return directory.add_service_principal(principal).id


def _users(directory: Directory, resource_id: str, sent: Json | None) -> Json:
    if not sent:
        raise _failed(resource_id, "The resource must have at least one user assigned identity.")
    return {identity_id: _user(directory, resource_id, identity_id) for identity_id in sent}


def _user(directory: Directory, resource_id: str, identity_id: str) -> Json:
    for each in directory.service_principals.values():
        if each.kind == "ManagedIdentity" and (each.resource_id or "").lower() == identity_id.lower():
            return {"principalId": each.id, "clientId": each.app_id}
    raise _failed(resource_id, f"The resource '{identity_id}' was not found.")


def _failed(resource_id: str, problem: str) -> WireFault:
    return WireFault(
        400,
        "FailedIdentityOperation",
        f"Identity operation for resource '{resource_id}' failed with error 'Failed to perform resource identity "
        f"operation. Status: 'BadRequest'. Response: '{problem}''.",
    )
