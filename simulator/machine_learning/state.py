"""Every machine-learning workspace of the tenant, hubs and their projects among them."""

from typing import TYPE_CHECKING, Any

from simulator.cognitive_services.account import Actor
from simulator.cognitive_services.errors import not_found
from simulator.connections.changes import seed
from simulator.connections.connection import Connection
from simulator.machine_learning import changes, errors
from simulator.machine_learning.content import Sent
from simulator.machine_learning.operations import Operations
from simulator.machine_learning.workspace import Workspace
from simulator.wire import Json

if TYPE_CHECKING:
    from simulator.azure import Azure

_SEEDER = Actor("seed@contoso.example", is_user=True)


def key_of(resource_id: str) -> str:
    return "/" + resource_id.strip("/").lower()


class MachineLearning:
    def __init__(self, azure: "Azure") -> None:
        self.azure = azure
        self.workspaces: dict[str, Workspace] = {}  # by lower-case resource id
        self.operations = Operations()

    def get(self, resource_id: str) -> Workspace | None:
        return self.workspaces.get(key_of(resource_id))

    def require(self, resource_id: str) -> Workspace:
        """The workspace of this id; raises Resource Manager's 404."""
        found = self.get(resource_id)
        if found is None:
            pieces = resource_id.strip("/").split("/")
            raise not_found(f"{errors.TYPE}/{pieces[-1]}", pieces[3])
        return found

    def exists(self, resource_id: str) -> bool:
        """True for the id of a workspace, of a connection of one, and of what below one is no part of this Azure."""
        pieces = key_of(resource_id).split("/")
        if "/".join(pieces[:9]) not in self.workspaces:
            return False
        return pieces[9:10] != ["connections"] or self.azure.connections.get(resource_id) is not None

    def in_group(self, subscription: str, group: str) -> list[Workspace]:
        return [each for each in self.in_subscription(subscription) if each.group.lower() == group.lower()]

    def in_subscription(self, subscription: str) -> list[Workspace]:
        return [each for each in self.workspaces.values() if each.subscription == subscription.lower()]

    def hub_of(self, workspace: Workspace) -> Workspace | None:
        return self.get(workspace.hub_id) if workspace.hub_id else None

    def projects_of(self, hub: Workspace) -> list[Workspace]:
        return [each for each in self.workspaces.values() if (each.hub_id or "").lower() == hub.id.lower()]

    def drop_group(self, subscription: str, group: str) -> None:
        for each in self.in_group(subscription, group):
            changes.drop(self.azure, each)

    def connection_key(self, connection_id: str) -> str | None:
        """The copy of a key that a connection holds now; None where it holds none or is not there."""
        return self.azure.connections.key(connection_id)

    # seeding

    def add_workspace(
        self,
        subscription: str,
        group: str,
        name: str,
        *,
        kind: str = "Hub",
        hub: Workspace | str | None = None,
        properties: Json | None = None,
        tags: dict[str, str] | None = None,
    ) -> Workspace:
        """A settled workspace, made without a call and in its group's region; raises the same faults as a call."""
        home = self.azure.resources.require_group(subscription, group)
        needed: Json = {} if kind.lower() == "project" else _dependencies(home.id, name)
        if hub is not None:
            needed["hubResourceId"] = hub.id if isinstance(hub, Workspace) else hub
        sent = Sent(kind, home.location, None, tags, {"type": "SystemAssigned"}, needed | (properties or {}))
        made = changes.create(self.azure, (subscription, group, name), sent, _SEEDER)
        made.work.ends = made.work.started
        return made

    def add_connection(self, owner_id: str, name: str, **more: Any) -> Connection:
        """A connection of a workspace, made without a call; see `simulator.connections.changes.seed`."""
        return seed(self.azure, self.require(owner_id).id, name, **more)


def _dependencies(group_id: str, name: str) -> Json:
    plain = "".join(each for each in name.lower() if each.isalnum())[:22]
    return {
        "keyVault": f"{group_id}/providers/Microsoft.KeyVault/vaults/kv{plain}",
        "storageAccount": f"{group_id}/providers/Microsoft.Storage/storageAccounts/st{plain}",
    }
