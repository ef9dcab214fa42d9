"""What `Azure-AsyncOperation` and `Location` point at while a workspace is being made."""

import uuid
from dataclasses import dataclass, field
from datetime import datetime

from simulator.cognitive_services.account import Work
from simulator.machine_learning.workspace import Workspace
from simulator.resource_manager.front import ArmRequest
from simulator.wire import Json

_SHORTEST_WAIT = 10  # seconds that the document of this provider knows


@dataclass(frozen=True, slots=True)
class Operation:
    id: str
    subscription: str
    location: str
    work: Work

    @property
    def path(self) -> str:
        return (
            f"/subscriptions/{self.subscription}/providers/Microsoft.MachineLearningServices/locations/{self.location}"
            f"/workspaceOperationsStatus/{self.id}"
        )

    def wait(self, now: datetime) -> dict[str, str]:
        left = round((self.work.ends - now).total_seconds())
        return {"Retry-After": str(max(_SHORTEST_WAIT, left))} if self.work.running(now) else {}

    def links(self, request: ArmRequest) -> dict[str, str]:
        url = f"{request.call.scheme_host}{self.path}?api-version={request.api_version}"
        return {"Azure-AsyncOperation": f"{url}&type=async", "Location": f"{url}&type=location"} | self.wait(
            request.now
        )

    def body(self, now: datetime) -> Json:
        running = self.work.running(now)
        return {"id": self.path, "name": self.id, "status": "InProgress" if running else "Succeeded"}


@dataclass(slots=True)
class Operations:
    known: dict[str, Operation] = field(default_factory=dict)

    def follow(self, workspace: Workspace) -> Operation:
        region = workspace.location.lower().replace(" ", "")
        made = Operation(str(uuid.uuid4()), workspace.subscription, region, workspace.work)
        self.known[made.id] = made
        return made

    def find(self, subscription: str, id: str) -> Operation | None:  # noqa: A002  # Azure's word
        found = self.known.get(id.lower())
        return found if found and found.subscription == subscription.lower() else None
