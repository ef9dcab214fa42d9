"""The resources that Resource Manager keeps track of itself, as its own lists show them.

They are what has a location: also projects, which lie below an account and are named `account/project`.
"""

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import datetime
from typing import TYPE_CHECKING

from simulator.cognitive_services.account import Account
from simulator.cognitive_services.bodies import timestamp
from simulator.key_vault.vault import Vault
from simulator.machine_learning.workspace import Workspace
from simulator.monitor.state import WORKSPACES
from simulator.monitor.state import Workspace as LogWorkspace
from simulator.wire import Json

if TYPE_CHECKING:
    from simulator.azure import Azure
    from simulator.event_grid.state import Resource

ACCOUNTS = "Microsoft.CognitiveServices/accounts"
PROJECTS = f"{ACCOUNTS}/projects"
VAULTS = "Microsoft.KeyVault/vaults"
ML_WORKSPACES = "Microsoft.MachineLearningServices/workspaces"
EXPANDABLE = ("createdTime", "changedTime", "provisioningState")


@dataclass(frozen=True, slots=True)
class Tracked:
    """What Resource Manager knows of one resource."""

    id: str
    name: str
    type: str
    location: str
    created: datetime
    changed: datetime
    state: str = "Succeeded"
    kind: str | None = None
    sku: Json | None = None
    identity: Json | None = None
    tags: dict[str, str] | None = None

    @property
    def group(self) -> str:
        return self.id.split("/")[4]

    def shown(self, expanded: frozenset[str], *, tags: bool) -> Json:
        """The resource of a list (GenericResourceExpanded), with those of `EXPANDABLE` that were asked for."""
        optional = {
            "kind": self.kind,
            "sku": self.sku,
            "identity": self.identity,
            "tags": self.tags if tags else None,
            **{name: value for name, value in self._more().items() if name in expanded},
        }
        shown: Json = {"id": self.id, "name": self.name, "type": self.type, "location": self.location}
        return shown | {name: value for name, value in optional.items() if value is not None}

    def _more(self) -> dict[str, str]:
        stamps = timestamp(self.created), timestamp(self.changed)
        return dict(zip(EXPANDABLE, (*stamps, self.state), strict=True))


def in_subscription(azure: "Azure", subscription: str) -> list[Tracked]:
    """Every resource of a subscription of which this Azure knows what a list shows."""
    now, wanted = azure.clock.now(), subscription.lower()
    found = [each for account in azure.cognitive.in_subscription(wanted) for each in _account(account, now)]
    found += [_vault(each, now) for each in azure.vaults.in_subscription(wanted)]
    found += [_workspace(each, now) for each in azure.machine_learning.in_subscription(wanted)]
    found += [_logs(each) for each in azure.monitor.workspaces.values() if each.subscription == wanted]
    found += [_of_event_grid(each) for each in azure.events.resources() if each.id.split("/")[2].lower() == wanted]
    return found


def in_group(azure: "Azure", subscription: str, group: str) -> list[Tracked]:
    return [each for each in in_subscription(azure, subscription) if each.group.lower() == group.lower()]


def _account(each: Account, now: datetime) -> Iterator[Tracked]:
    """An account and its projects."""
    kind, made = each.kind.name, each.trace
    yield Tracked(
        each.id, each.name, ACCOUNTS, each.location, made.created, made.changed, each.state(now), kind, each.sku,
        each.identity, each.tags,
    )  # fmt: skip
    for project in each.projects.values():
        made = project.trace
        yield Tracked(
            project.id, project.full_name, PROJECTS, project.location, made.created, made.changed,
            project.work.state(now), kind, None, project.identity, project.tags,
        )  # fmt: skip


def _vault(each: Vault, now: datetime) -> Tracked:
    state, made = "Succeeded" if now >= each.registered else "RegisteringDns", each.trace
    return Tracked(each.id, each.name, VAULTS, each.location, made.created, made.changed, state, tags=each.tags)


def _workspace(each: Workspace, now: datetime) -> Tracked:
    state, made = "Creating" if each.work.running(now) else "Succeeded", each.trace
    return Tracked(
        each.id, each.name, ML_WORKSPACES, each.location, made.created, made.changed, state, each.kind, each.sku,
        each.identity, each.tags,
    )  # fmt: skip


def _of_event_grid(each: "Resource") -> Tracked:
    shown, times = each.as_arm(), each.times
    state = shown["properties"]["provisioningState"]
    return Tracked(
        each.id, shown["name"], shown["type"], shown["location"], times.created, times.changed, state,
        identity=shown.get("identity"), tags=each.tags,
    )  # fmt: skip


def _logs(each: LogWorkspace) -> Tracked:
    return Tracked(each.id, each.name, WORKSPACES, each.location, each.created, each.changed, tags=each.tags)
