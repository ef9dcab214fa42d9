"""Lists show what the caller may read, item by item."""

from collections.abc import Sequence
from typing import TYPE_CHECKING, Protocol

from simulator.resource_manager.front import ArmRequest

if TYPE_CHECKING:
    from simulator.azure import Azure


class HasId(Protocol):
    @property
    def id(self) -> str: ...


def allowed(azure: "Azure", request: ArmRequest, action: str, scope: str) -> bool:
    """Whether the caller may do `action` on `scope`."""
    return azure.authorization.decided(request.identity.object_id, action, scope).allowed


def readable[Item: HasId](
    azure: "Azure", request: ArmRequest, items: Sequence[Item], *, action: str, scope: str
) -> list[Item]:
    """The items the caller may read; raises the 403 of the list's own scope where that leaves nothing to see."""
    found = [each for each in items if allowed(azure, request, action, each.id)]
    if not found and not _sees_the_list(azure, request, scope):
        azure.authorization.require(request.identity, action, scope, request.call)
    return found


def _sees_the_list(azure: "Azure", request: ArmRequest, scope: str) -> bool:
    """A list of a whole subscription is open to whoever has a role anywhere in it, one of a group is not."""
    whole = len(scope.strip("/").split("/")) == 2
    return whole and azure.authorization.sees_subscription(request.identity, request["subscription"])
