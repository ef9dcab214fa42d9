"""What is said of a step that took effect, and when its entry in the ledger is closed."""

from shared.models import Entry
from shared.road.services import Services
from shared.store.ledger import DONE

_KINDS = {
    "SetSubdomain": "SubdomainSet",
    "AssignRole": "RoleAssigned",
    "RemoveAssignment": "RoleRemoved",
    "SwitchConnection": "ConnectionSwitched",
    "RestoreConnection": "ConnectionRestored",
    "PublishKey": "KeyPublished",
    "RotateKey": "KeyRotated",
    "RevokeKey": "KeyRevoked",
    "DisableLocalAuth": "AccountSealed",
    "EnableLocalAuth": "AccountUnsealed",
    "WithdrawKey": "KeyWithdrawn",
}
# Of use to whoever finishes or undoes the step, not to whoever follows
_OURS = frozenset({"before", "replacing", "key1Was", "key2Was"})


async def finish(services: Services, entry: Entry) -> None:
    """Announces a step that took effect, then closes it: a crash between the two announces it twice, never not at all."""
    said = {name: value for name, value in entry.step.items() if name not in _OURS}
    data = {"operationId": entry.operation_id, **said}
    await services.publisher.publish(_KINDS[entry.step["kind"]], entry.account.text, data, event_id=entry.row)
    await services.ledger.close(entry, DONE, services.now())
