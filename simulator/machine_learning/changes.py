"""The rules of changing a workspace."""

from datetime import timedelta
from typing import TYPE_CHECKING

from simulator.cognitive_services import identity
from simulator.cognitive_services.account import Actor, Trace, Work, new_etag
from simulator.cognitive_services.errors import busy
from simulator.machine_learning import content, errors
from simulator.machine_learning.content import Sent
from simulator.machine_learning.workspace import Workspace
from simulator.resource_manager.location_rules import location_differs
from simulator.resource_manager.locations import location_key
from simulator.wire import Json

if TYPE_CHECKING:
    from simulator.azure import Azure

_SKU: Json = {"name": "Basic", "tier": "Basic"}


def create(azure: "Azure", place: tuple[str, str, str], sent: Sent, actor: Actor) -> Workspace:
    """A new workspace that still has to settle, in its place (subscription, group, name); raises the 400s."""
    content.require_name(place[2])
    now = azure.clock.now()
    made = Workspace(
        subscription=place[0].lower(),
        group=azure.resources.require_group(*place[:2]).name,
        name=place[2],
        location=content.require_location(sent.location),
        kind=sent.kind or "Default",
        sku=sent.sku or _SKU,
        properties=dict(sent.properties),
        work=Work(now, now + timedelta(seconds=azure.knobs.provisioning)),
        trace=Trace.begun(actor, now),
        tags=sent.tags,
    )
    _require_dependencies(azure, made)
    if sent.identity:
        made.identity = identity.assigned(azure.directory, made.id, sent.identity, None, now)
    azure.machine_learning.workspaces[made.id.lower()] = made
    return made


def replace(azure: "Azure", found: Workspace, sent: Sent, actor: Actor) -> None:
    """Create Or Update over an existing workspace: what the body leaves out stays, kind, place and hub are fixed."""
    if sent.location and location_key(sent.location) != location_key(found.location):
        raise location_differs(found.name, found.group, found.location, sent.location)
    if sent.kind and sent.kind.lower() != found.kind.lower():
        raise errors.invalid(f"The kind of a workspace cannot be changed from '{found.kind}' to '{sent.kind}'.")
    hub = sent.properties.get("hubResourceId")
    if hub and hub.lower() != str(found.hub_id).lower():
        raise errors.invalid("The hubResourceId of a project cannot be changed.")
    update(azure, found, sent, actor)


def update(azure: "Azure", found: Workspace, sent: Sent, actor: Actor) -> None:
    require_settled(azure, found)
    now = azure.clock.now()
    if sent.identity is not None:
        found.identity = identity.assigned(azure.directory, found.id, sent.identity, found.identity, now)
    found.properties = found.properties | sent.properties
    found.sku = sent.sku or found.sku
    if sent.tags is not None:
        found.tags = sent.tags
    found.trace.touch(actor, now)
    found.etag = new_etag()


def delete(azure: "Azure", found: Workspace) -> None:
    """Removes a settled workspace; raises the 409s, that of a hub with projects among them."""
    require_settled(azure, found)
    if projects := azure.machine_learning.projects_of(found):
        raise errors.has_projects(found.name, [each.name for each in projects])
    drop(azure, found)


def drop(azure: "Azure", found: Workspace) -> None:
    """Removes a workspace with all it has, as deleting its resource group does."""
    identity.remove(azure.directory, found.identity)
    azure.connections.drop_below(found.id)
    azure.authorization.forget_below(found.id)
    del azure.machine_learning.workspaces[found.id.lower()]


def require_settled(azure: "Azure", found: Workspace) -> None:
    if found.work.running(azure.clock.now()):
        raise busy(found.id)


def _require_dependencies(azure: "Azure", made: Workspace) -> None:
    """Raises the 400s of a project without its hub, and of a plain workspace without a vault and a storage account."""
    kind, properties = made.kind.lower(), made.properties
    if kind == "project":
        hub = azure.machine_learning.get(properties.get("hubResourceId") or "")
        if hub is None or not hub.is_hub:
            raise errors.invalid(f"The hub '{properties.get('hubResourceId') or ''}' of a project was not found.")
        require_settled(azure, hub)
        properties["hubResourceId"] = hub.id
    elif properties.get("hubResourceId"):
        raise errors.invalid(f"A workspace of kind '{made.kind}' has no hubResourceId.")
    if kind == "default" and not (properties.get("keyVault") and properties.get("storageAccount")):
        raise errors.invalid("Missing dependent resources in workspace json: keyVault and storageAccount are required.")
