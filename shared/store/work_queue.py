"""The work queue: accounts to look at, now or later."""

import base64
import json
import uuid
from datetime import UTC, datetime, timedelta
from typing import TYPE_CHECKING, Any

from shared.errors import PermanentError, azure_errors
from shared.models import (
    Act,
    Exposure,
    GroupItem,
    Item,
    OrderItem,
    OwnerItem,
    SecretItem,
    WorkItem,
)
from shared.resource_id import ResourceId, ResourceIdError
from shared.settings import StorageSettings

if TYPE_CHECKING:
    from azure.storage.queue.aio import QueueClient

    from shared.session import Session

WORK = "unkeyed-work"
POISON = f"{WORK}-poison"
# Queue storage hides a message for seven days at the most
LONGEST_DELAY = timedelta(days=7) - timedelta(minutes=1)


def new_operation_id() -> str:
    return str(uuid.uuid4())


def encoded(item: Item) -> str:
    """The item as the text of a message."""
    common = {
        "cause": item.cause,
        "operationId": item.operation_id,
        "eventTime": item.event_time.isoformat() if item.event_time else None,
        "attempt": item.attempt,
    }
    match item:
        case OwnerItem():
            return json.dumps({"owner": item.owner.text, "whole": item.whole, **_told(item.act), **common})
        case GroupItem():
            return json.dumps({"group": item.group, **common})
        case SecretItem():
            return json.dumps({"secret": item.secret, **common})
        case OrderItem():
            return json.dumps({"account": item.account.text, "order": True, **common})
        case WorkItem():
            due = item.due.isoformat() if item.due else None
            exposure = {"exposure": item.exposure.as_data()} if item.exposure else {}
            return json.dumps({"account": item.account.text, "due": due, **_told(item.act), **exposure, **common})


def _told(act: Act | None) -> dict[str, Any]:
    return {"act": act.as_data()} if act else {}


def decoded(text: str) -> Item:
    """The item in a message's text; raises PermanentError for anything that is none."""
    try:
        return _item(json.loads(text))
    except (ValueError, KeyError, TypeError, AttributeError, ResourceIdError) as error:
        raise PermanentError(
            f"a work message is not a work item ({type(error).__name__})", code="WorkItemInvalid"
        ) from error


def _item(found: dict[str, Any]) -> Item:
    common: dict[str, Any] = {
        "cause": str(found["cause"]),
        "operation_id": str(found["operationId"]),
        "event_time": _time(found.get("eventTime")),
        "attempt": int(found.get("attempt", 0)),
    }
    if "owner" in found:
        return OwnerItem(ResourceId.parse(found["owner"]), act=_act(found), whole=bool(found.get("whole")), **common)
    if "group" in found:
        return GroupItem(str(found["group"]), **common)
    if "secret" in found:
        return SecretItem(str(found["secret"]), **common)
    account = ResourceId.account(found["account"])
    if found.get("order"):
        return OrderItem(account, **common)
    return WorkItem(
        account,
        due=_time(found.get("due")),
        act=_act(found),
        exposure=Exposure.of(found["exposure"]) if found.get("exposure") else None,
        **common,
    )


def _act(found: dict[str, Any]) -> Act | None:
    return Act.of(found["act"]) if found.get("act") else None


def _time(text: str | None) -> datetime | None:
    return datetime.fromisoformat(text) if text else None


class WorkQueue:
    def __init__(self, session: "Session", storage: StorageSettings) -> None:
        self._session = session
        self._storage = storage
        self._known: dict[str, QueueClient] = {}

    async def put(self, item: Item, *, visible_at: datetime | None = None, now: datetime | None = None) -> None:
        """Queues an item, hidden until `visible_at`; raises TemporaryError where storage does not answer."""
        delay = max(timedelta(), visible_at - (now or datetime.now(UTC))) if visible_at else timedelta()
        hidden = min(int(delay.total_seconds() + 0.999), int(LONGEST_DELAY.total_seconds()))
        client = await self._client(WORK)
        with azure_errors("write", WORK):
            # The Functions queue trigger expects base64
            text = base64.b64encode(encoded(item).encode()).decode()
            await client.send_message(text, visibility_timeout=hidden or None, time_to_live=-1)

    async def poisoned(self) -> int:
        """How many messages were given up on and wait for a person (approximate, as Queue storage counts)."""
        client = await self._client(POISON)
        with azure_errors("read", POISON):
            return int((await client.get_queue_properties()).approximate_message_count or 0)

    async def _client(self, name: str) -> "QueueClient":
        if name not in self._known:
            client = self._connected(name)
            await self._created(client, name)
            self._known[name] = client
        return self._known[name]

    @staticmethod
    async def _created(client: "QueueClient", name: str) -> None:
        from azure.core.exceptions import ResourceExistsError

        with azure_errors("create queue", name):
            try:
                await client.create_queue()
            except ResourceExistsError:
                return

    def _connected(self, name: str) -> "QueueClient":
        from azure.storage.queue.aio import QueueClient

        options: dict[str, Any] = {
            "transport": self._session.transport(),
            "retry_total": 2,
            "initial_backoff": 0.2,
            "increment_base": 1,
            "random_jitter_range": 1,
        }
        if self._storage.connection_string:
            return QueueClient.from_connection_string(self._storage.connection_string, name, **options)
        return QueueClient(self._storage.queue_endpoint, name, credential=self._session.credential, **options)
