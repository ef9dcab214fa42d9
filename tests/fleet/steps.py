"""Everything that can happen to the fleet, as values. How they are picked is in chance.py."""

from dataclasses import dataclass
from typing import Any

from simulator.company.identities import PRODUCTION, SANDBOX
from tests.fleet.intent import Policy

_PROVIDER = "providers/Microsoft.CognitiveServices/accounts"
# The accounts there may be, by a short name
PLACES = {
    "one": f"/subscriptions/{PRODUCTION}/resourceGroups/rg-chat/{_PROVIDER}/fleet-one",
    "two": f"/subscriptions/{PRODUCTION}/resourceGroups/rg-chat/{_PROVIDER}/fleet-two",
    "three": f"/subscriptions/{PRODUCTION}/resourceGroups/rg-search/{_PROVIDER}/fleet-three",
    "four": f"/subscriptions/{SANDBOX}/resourceGroups/rg-lab/{_PROVIDER}/fleet-four",
}
RESOURCE_GROUPS = sorted({place.partition("/providers/")[0] for place in PLACES.values()})
GROUP_NAMES = ("sg-rg-chat-users", "sg-rg-lab-users", "sg-rg-search-users", "sg-red", "SG-Shared", "sg-shared")


# what the teams do


@dataclass(frozen=True, slots=True)
class CreateAccount:
    """PUT; over a deleted one it is restored, or purged first. Over a live one it replaces what it can."""

    name: str
    kind: str = "AIServices"
    tags: tuple[tuple[str, str], ...] = ()
    subdomain: bool = True
    restore: bool = False


@dataclass(frozen=True, slots=True)
class DeleteAccount:
    name: str


@dataclass(frozen=True, slots=True)
class Recreate:
    """Deleted, purged and made again at once: another account under the same name."""

    name: str


@dataclass(frozen=True, slots=True)
class Retag:
    name: str
    tags: tuple[tuple[str, str], ...]


@dataclass(frozen=True, slots=True)
class DropResourceGroup:
    """The resource group goes with all that is in it, and is made again, empty."""

    number: int


@dataclass(frozen=True, slots=True)
class CreateGroup:
    """Makes a security group; a second one of a name makes the name ambiguous."""

    name: str


@dataclass(frozen=True, slots=True)
class RenameGroup:
    number: int
    name: str


@dataclass(frozen=True, slots=True)
class DeleteGroup:
    number: int


@dataclass(frozen=True, slots=True)
class AssignByHand:
    """Somebody assigns a role themselves: on the account or its resource group, now and then under the shared name."""

    name: str
    principal: int
    role: str
    above: bool = False
    shared_name: bool = False


@dataclass(frozen=True, slots=True)
class RemoveByHand:
    """Somebody removes one of the assignments on an account, whoever made it."""

    name: str
    number: int


@dataclass(frozen=True, slots=True)
class EditPolicy:
    policy: Policy


@dataclass(frozen=True, slots=True)
class SpoilPolicy:
    """The policy becomes one that is not valid."""

    text: str


# what becomes of the events


@dataclass(frozen=True, slots=True)
class Deliver:
    """What was emitted since the last delivery comes in: in order, reversed, twice; `lost` ones never."""

    order: str = "in order"
    lost: bool = False


@dataclass(frozen=True, slots=True)
class Forge:
    """An event that nothing stands behind, `minutes` away from now."""

    name: str
    operation: str
    minutes: int


# what the app does, and what happens to it


@dataclass(frozen=True, slots=True)
class Work:
    """Passes over what is due, one by one or side by side."""

    items: int = 3
    together: bool = False


@dataclass(frozen=True, slots=True)
class Die:
    """The process dies in a pass, at its `call`-th call: before it is sent, or before its answer is read."""

    call: int
    sent: bool


@dataclass(frozen=True, slots=True)
class Restart:
    pass


@dataclass(frozen=True, slots=True)
class Sweep:
    pass


@dataclass(frozen=True, slots=True)
class Wait:
    seconds: int


@dataclass(frozen=True, slots=True)
class Fault:
    """`rule` is one of simulator/faults.py, for the next `times` calls it fits."""

    what: str
    times: int
    how: str


type Step = (
    CreateAccount
    | DeleteAccount
    | Recreate
    | Retag
    | DropResourceGroup
    | CreateGroup
    | RenameGroup
    | DeleteGroup
    | AssignByHand
    | RemoveByHand
    | EditPolicy
    | SpoilPolicy
    | Deliver
    | Forge
    | Work
    | Die
    | Restart
    | Sweep
    | Wait
    | Fault
)

ARM, GRAPH = "management.azure.com", "graph.microsoft.com"
TARGETS: dict[str, dict[str, Any]] = {
    "read account": {"host": ARM, "method": "GET", "path": "/accounts/[^/]+$"},
    "list accounts": {"host": ARM, "method": "GET", "path": "CognitiveServices/accounts$"},
    "list assignments": {"host": ARM, "method": "GET", "path": "roleAssignments$"},
    "read back": {"host": ARM, "method": "GET", "path": "roleAssignments/[^/]+$"},
    "assign": {"host": ARM, "method": "PUT", "path": "roleAssignments"},
    "remove": {"host": ARM, "method": "DELETE", "path": "roleAssignments"},
    "subscriptions": {"host": ARM, "method": "GET", "path": "^/subscriptions$"},
    "groups": {"host": GRAPH, "method": "GET"},
    "probe": {"path": "^/openai/models"},
    "publish": {"path": "^/api/events"},
    "any table": {"host": "table.storage.local"},
    "ledger": {"host": "table.storage.local", "path": "Ledger"},
    "posture": {"host": "table.storage.local", "path": "Posture"},
    "lease": {"host": "table.storage.local", "path": "Leases"},
    "counter": {"host": "table.storage.local", "path": "Counters"},
    "queue": {"host": "queue.storage.local"},
}
_DENIED = (
    "The client 'unkeyed' with object id 'x' does not have authorization to perform action 'a/b/c' over scope '/s' or "
    "the scope is invalid."
)
HOWS: dict[str, dict[str, Any]] = {
    "429": {"answer": {"status": 429, "code": "TooManyRequests", "headers": {"Retry-After": "5"}}},
    "503": {"answer": {"status": 503, "code": "ServerBusy"}},
    "409": {"answer": {"status": 409, "code": "RequestConflict"}},
    "403": {"answer": {"status": 403, "code": "AuthorizationFailed", "message": _DENIED}},
    "drop before": {"drop": "before"},
    "drop after": {"drop": "after"},
    "slow": {"delay": 0.05},
    "no principal": {"answer": {"status": 400, "code": "PrincipalNotFound"}},
}
