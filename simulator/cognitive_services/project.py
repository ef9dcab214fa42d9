"""A Foundry project: a resource below an account, with an identity of its own."""

import uuid
from dataclasses import dataclass, field

from simulator.cognitive_services.account import Trace, Work, new_etag
from simulator.wire import Json


@dataclass(slots=True)
class Project:
    account_id: str
    name: str
    location: str
    properties: Json  # those a caller set
    work: Work
    trace: Trace
    tags: dict[str, str] | None = None
    identity: Json | None = None
    internal_id: str = field(default_factory=lambda: uuid.uuid4().hex)
    etag: str = field(default_factory=new_etag)

    @property
    def id(self) -> str:
        return f"{self.account_id}/projects/{self.name}"

    @property
    def full_name(self) -> str:
        """The name as it is shown, with that of the account before it."""
        return f"{self.account_id.rpartition('/')[2]}/{self.name}"
