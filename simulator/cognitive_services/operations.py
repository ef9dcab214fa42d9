"""Long-running operations: what `Azure-AsyncOperation` and `Location` point at until the work is done.

Azure REST: Track asynchronous Azure operations.
"""

import uuid
from dataclasses import dataclass, field
from datetime import datetime

from simulator.cognitive_services.account import Account, Work
from simulator.resource_manager.front import ArmRequest
from simulator.wire import Json

_API_VERSION = "2017-04-18"  # whatever the caller's version, this provider's links carry its first one


@dataclass(frozen=True, slots=True)
class Operation:
    id: str
    subscription: str
    location: str
    status: str  # while it runs
    started: datetime
    ends: datetime

    @property
    def path(self) -> str:
        return (
            f"/subscriptions/{self.subscription}/providers/Microsoft.CognitiveServices/locations/{self.location}"
            f"/operationResults/{self.id}"
        )

    def running(self, now: datetime) -> bool:
        return now < self.ends

    def wait(self, now: datetime) -> dict[str, str]:
        """The header that says when to ask again; without it the SDKs ask every 30 seconds."""
        return {"Retry-After": str(max(1, round((self.ends - now).total_seconds())))} if self.running(now) else {}

    def links(self, scheme_host: str, now: datetime, *, location: bool) -> dict[str, str]:
        """The headers that let a client follow the operation; `location` adds the second kind of link."""
        url = f"{scheme_host}{self.path}?api-version={_API_VERSION}"
        headers = {"Azure-AsyncOperation": url, **self.wait(now)}
        if location:
            headers["Location"] = f"{url}&operationResultResponseType=Location"
        return headers

    def body(self, now: datetime) -> Json:
        shown: Json = {
            "id": self.path,
            "name": self.id,
            "status": self.status if self.running(now) else "Succeeded",
            "startTime": f"{self.started:%Y-%m-%dT%H:%M:%SZ}",
        }
        if not self.running(now):
            shown["endTime"] = f"{self.ends:%Y-%m-%dT%H:%M:%SZ}"
        return shown


@dataclass(slots=True)
class Operations:
    known: dict[str, Operation] = field(default_factory=dict)

    def start(self, subscription: str, location: str, *, status: str, started: datetime, ends: datetime) -> Operation:
        made = Operation(str(uuid.uuid4()), subscription, location, status, started, ends)
        self.known[made.id] = made
        return made

    def follow(self, account: Account, work: Work, request: ArmRequest) -> dict[str, str]:
        """The headers of an answer whose work goes on; none where it is done already."""
        if not work.running(request.now):
            return {}
        started = self.start(
            account.subscription, account.location, status="Creating", started=work.started, ends=work.ends
        )
        return started.links(request.call.scheme_host, request.now, location=False)

    def find(self, subscription: str, location: str, id: str) -> Operation | None:  # noqa: A002  # Azure's word
        found = self.known.get(id.lower())
        same = found and (found.subscription, found.location.lower()) == (subscription.lower(), location.lower())
        return found if same else None
