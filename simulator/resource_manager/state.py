"""Subscriptions and resource groups."""

import uuid
from dataclasses import dataclass, field
from datetime import datetime
from typing import TYPE_CHECKING

from simulator.wire import WireFault

if TYPE_CHECKING:
    from simulator.azure import Azure


@dataclass(slots=True)
class ResourceGroup:
    subscription: str
    name: str
    location: str
    tags: dict[str, str] = field(default_factory=dict)
    managed_by: str | None = None

    @property
    def id(self) -> str:
        return f"/subscriptions/{self.subscription}/resourceGroups/{self.name}"


@dataclass(slots=True)
class Subscription:
    id: str
    name: str
    groups: dict[str, ResourceGroup] = field(default_factory=dict)  # by lower-case name
    state: str = "Enabled"

    @property
    def path(self) -> str:
        return f"/subscriptions/{self.id}"


class ResourceManager:
    def __init__(self, azure: "Azure") -> None:
        self.azure = azure
        self.subscriptions: dict[str, Subscription] = {}
        self.deletions: dict[str, datetime] = {}  # of resource groups: operation id -> when it ends

    def add_subscription(self, name: str, id: str = "") -> Subscription:  # noqa: A002  # Azure's word
        made = Subscription((id or str(uuid.uuid4())).lower(), name)
        self.subscriptions[made.id] = made
        return made

    def add_group(self, subscription: str, name: str, location: str = "westeurope") -> ResourceGroup:
        made = ResourceGroup(subscription.lower(), name, location)
        self.subscriptions[made.subscription].groups[name.lower()] = made
        return made

    def require_subscription(self, sent: str) -> Subscription:
        """The subscription of this id; raises Azure's 400 for a malformed and 404 for an unknown one."""
        try:
            key = str(uuid.UUID(sent))
        except ValueError as error:
            raise WireFault(
                400, "InvalidSubscriptionId", f"The provided subscription identifier '{sent}' is malformed or invalid."
            ) from error
        if key not in self.subscriptions:
            raise WireFault(404, "SubscriptionNotFound", f"The subscription '{sent}' could not be found.")
        return self.subscriptions[key]

    def require_group(self, subscription: str, name: str) -> ResourceGroup:
        """The resource group of this name; raises Azure's 404."""
        found = self.require_subscription(subscription).groups.get(name.lower())
        if found is None:
            raise WireFault(404, "ResourceGroupNotFound", f"Resource group '{name}' could not be found.")
        return found
