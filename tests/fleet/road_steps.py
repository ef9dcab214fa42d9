"""What can happen to accounts on the way to their seal, as values, and the policies they are under."""

import json
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import timedelta
from typing import Any

from simulator.company.identities import CHAT_USERS, CONTRACTORS, PRODUCTION
from simulator.company.places import VAULT_URL
from tests.fleet.intent import FOUNDRY, USER
from tests.fleet.steps import ARM, PLACES, TARGETS, Deliver, Die, Fault, Restart, Sweep, Wait, Work

NAMES = ("one", "two", "four")
HUB = f"/subscriptions/{PRODUCTION}/resourceGroups/rg-chat/providers/Microsoft.MachineLearningServices/workspaces/fleet-hub"
GROUPS = {CHAT_USERS.id: USER, CONTRACTORS.id: FOUNDRY}
_PERIODS = {
    timedelta(0): "PT0S",
    timedelta(seconds=10): "PT10S",
    timedelta(minutes=5): "PT5M",
    timedelta(hours=1): "PT1H",
    timedelta(days=1): "P1D",
    timedelta(days=2): "P2D",
}


def owner_id(owner: str) -> str:
    """The resource id of what holds connections: the hub, an account, or with a slash the project of one."""
    if owner == "hub":
        return HUB
    name, _, project = owner.partition("/")
    return f"{PLACES[name]}/projects/{project}" if project else PLACES[name]


OWNERS = ("hub", *NAMES, *(f"{name}/alpha" for name in NAMES))


@dataclass(frozen=True, slots=True)
class RoadRule:
    """How far accounts go, by the words of the policy. `rotate_every` needs `vault`."""

    goal: str
    connections: str = "entra"
    vault: bool = False
    rotate_every: timedelta | None = None
    grace: timedelta = timedelta(hours=1)
    quiet: timedelta = timedelta(seconds=10)
    propagation: timedelta = timedelta(0)
    projects: bool = False
    groups: int = 1

    def written(self, name: str) -> dict[str, Any]:
        grants: list[dict[str, Any]] = [
            {"group": group, "role": role} for group, role in list(GROUPS.items())[: self.groups]
        ]
        if self.projects:
            grants.append({"projectIdentities": True, "role": USER})
        found = {
            "name": name,
            "match": {"accounts": [f"fleet-{name}"]},
            "goal": self.goal,
            "grants": grants,
            "connections": self.connections,
            "quiet": _PERIODS[self.quiet],
            "propagation": _PERIODS[self.propagation],
        }
        return {**found, "keys": self._keys()} if self.vault else found

    def _keys(self) -> dict[str, str]:
        keys = {"vault": VAULT_URL, "grace": _PERIODS[self.grace]}
        return {**keys, "rotateEvery": _PERIODS[self.rotate_every]} if self.rotate_every else keys


@dataclass(frozen=True, slots=True)
class RoadPolicy:
    """A rule for each account by its short name; those without one are uncovered."""

    rules: Mapping[str, RoadRule]
    exempt: tuple[str, ...] = ()

    def rule_of(self, name: str) -> RoadRule | None:
        return None if name in self.exempt else self.rules.get(name)

    def text(self) -> str:
        """The policy as a person would write it; JSON is YAML."""
        nobody = {"name": "nobody", "match": {"accounts": ["nobody"]}, "goal": "ready"}
        exempt = [{"account": PLACES[name], "until": "2099-01-31", "reason": "so"} for name in self.exempt]
        rules = [rule.written(name) for name, rule in self.rules.items()]
        return json.dumps({"version": 1, "rules": rules or [nobody], "exemptions": exempt}, indent=1)


# what the teams do


@dataclass(frozen=True, slots=True)
class Make:
    """A new account with a project, whose request logs are sent to the workspace or not; a live one stays as it is."""

    name: str
    kind: str = "AIServices"
    sends_logs: bool = True


@dataclass(frozen=True, slots=True)
class Remake:
    """Deleted, purged and made anew at once: another account with other keys under the same name."""

    name: str


@dataclass(frozen=True, slots=True)
class Connect:
    """A connection to the account is made or replaced. `key` is which of its keys is copied into it, none for Entra ID."""

    owner: str
    number: int
    name: str
    key: str = "key1"
    category: str = "AzureOpenAI"
    says: str = "id"  # how it names the account: by its id or by its host


@dataclass(frozen=True, slots=True)
class Disconnect:
    owner: str
    number: int


@dataclass(frozen=True, slots=True)
class CallByKey:
    """A consumer calls the account, with one of its keys or with what the vault gives out."""

    name: str
    key: str = "vault"


@dataclass(frozen=True, slots=True)
class CallByToken:
    name: str


@dataclass(frozen=True, slots=True)
class ListKeys:
    """Somebody looks at the account's keys."""

    name: str


@dataclass(frozen=True, slots=True)
class Regenerate:
    """Somebody makes one of the account's keys new."""

    name: str
    key: str


@dataclass(frozen=True, slots=True)
class SendLogs:
    name: str
    on: bool


@dataclass(frozen=True, slots=True)
class TakeKeys:
    """Somebody turns key access on or off."""

    name: str
    on: bool


@dataclass(frozen=True, slots=True)
class TouchSecret:
    """Somebody changes the account's secret in the vault: `how` is `garbage`, `untagged` or `disabled`."""

    name: str
    how: str


@dataclass(frozen=True, slots=True)
class EditRoad:
    policy: RoadPolicy


type RoadStep = (
    Make
    | Remake
    | Connect
    | Disconnect
    | CallByKey
    | CallByToken
    | ListKeys
    | Regenerate
    | SendLogs
    | TakeKeys
    | TouchSecret
    | EditRoad
    | Deliver
    | Work
    | Die
    | Restart
    | Sweep
    | Wait
    | Fault
)

_DATA_PLANE = r"^/openai/models"
# On top of what any pass calls; what goes out with a key comes from nobody that Azure could name
ROAD_TARGETS: dict[str, dict[str, Any]] = {
    **TARGETS,
    "list owners": {"host": ARM, "method": "GET", "path": "^/subscriptions/[^/]+/resources$"},
    "list connections": {"host": ARM, "method": "GET", "path": "/connections$"},
    "list the hub's connections": {"host": ARM, "method": "GET", "path": "workspaces/fleet-hub/connections$"},
    "read connection": {"host": ARM, "method": "GET", "path": "/connections/[^/]+$"},
    "write connection": {"host": ARM, "method": "PUT", "path": "/connections/[^/]+$"},
    "remove connection": {"host": ARM, "method": "DELETE", "path": "/connections/[^/]+$"},
    "list keys": {"host": ARM, "method": "POST", "path": "/listKeys$"},
    "regenerate": {"host": ARM, "method": "POST", "path": "/regenerateKey$"},
    "key access": {"host": ARM, "method": "PATCH", "path": "/accounts/[^/]+$"},
    "log settings": {"host": ARM, "method": "GET", "path": "/diagnosticSettings$"},
    "log query": {"host": "api.loganalytics.io", "method": "POST"},
    "read secret": {"host": "kv-unkeyed.vault.azure.net", "method": "GET"},
    "write secret": {"host": "kv-unkeyed.vault.azure.net", "method": "PUT"},
    "change secret": {"host": "kv-unkeyed.vault.azure.net", "method": "PATCH"},
    "try key": {"path": _DATA_PLANE, "caller": None},
    "connection index": {"host": "table.storage.local", "path": "Connections"},
    "account record": {"host": "table.storage.local", "path": "Accounts"},
}
