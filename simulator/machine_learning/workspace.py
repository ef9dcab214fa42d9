"""A machine-learning workspace, which may be a hub or a project of one."""

import uuid
from dataclasses import dataclass, field

from simulator.cognitive_services.account import Trace, Work, new_etag
from simulator.wire import Json


@dataclass(slots=True)
class Workspace:
    """`kind` is kept as it was sent and compared without regard to case."""

    subscription: str
    group: str
    name: str
    location: str
    kind: str
    sku: Json
    properties: Json  # those a caller set
    work: Work
    trace: Trace
    tags: dict[str, str] | None = None
    identity: Json | None = None
    workspace_id: str = field(default_factory=lambda: str(uuid.uuid4()))
    etag: str = field(default_factory=new_etag)

    @property
    def id(self) -> str:
        return (
            f"/subscriptions/{self.subscription}/resourceGroups/{self.group}/providers/"
            f"Microsoft.MachineLearningServices/workspaces/{self.name}"
        )

    @property
    def is_hub(self) -> bool:
        return self.kind.lower() == "hub"

    @property
    def hub_id(self) -> str | None:
        return self.properties.get("hubResourceId") if self.kind.lower() == "project" else None
