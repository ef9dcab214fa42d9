"""The rules of changing a connection, and making one without a call."""

from fnmatch import fnmatchcase
from typing import TYPE_CHECKING

from simulator.cognitive_services.account import Actor, Trace
from simulator.connections import content, errors
from simulator.connections.connection import Connection
from simulator.connections.content import Sent
from simulator.wire import Json

if TYPE_CHECKING:
    from simulator.azure import Azure

_SEEDER = Actor("seed@contoso.example", is_user=True)


def put(azure: "Azure", owner_id: str, name: str, sent: Sent, actor: Actor) -> Connection:
    """Makes a connection, or replaces one with all it had, its credentials included; raises the 400s."""
    content.require_name(name)
    if sent.category is None:
        raise errors.invalid("The category of a connection is required.")
    credentials = sent.credentials or {}
    content.require_complete(sent.auth_type, sent.category, credentials)
    now = azure.clock.now()
    made = Connection(
        owner_id, name, sent.auth_type, sent.category, dict(sent.properties), credentials, Trace.begun(actor, now)
    )
    known = azure.connections.get(made.id)
    if known:
        _require_type(azure, known, sent.auth_type)
        made.owner_id, made.name, made.trace = known.owner_id, known.name, known.trace
        made.trace.touch(actor, now)
    azure.connections.put(made)
    return made


def patch(azure: "Azure", found: Connection, sent: Sent, actor: Actor) -> None:
    """Changes what is sent. The credentials stay where the type stays and none are sent; another type drops them."""
    _require_type(azure, found, sent.auth_type)
    kept = found.credentials if sent.auth_type == found.auth_type else {}
    credentials = kept if sent.credentials is None else sent.credentials
    category = sent.category or found.category
    content.require_complete(sent.auth_type, category, credentials)
    found.auth_type, found.category, found.credentials = sent.auth_type, category, credentials
    found.properties = found.properties | sent.properties
    found.trace.touch(actor, azure.clock.now())
    azure.connections.remember(found)


def _require_type(azure: "Azure", known: Connection, sent: str) -> None:
    """Raises the 400 of a change of type where the knob `connection_type_change_refused` names the connection."""
    refused = azure.knobs.connection_type_change_refused.lower()
    if sent != known.auth_type and fnmatchcase(known.id.lower(), refused):
        raise errors.type_change_refused(known.name, known.auth_type, sent)


def seed(
    azure: "Azure",
    owner_id: str,
    name: str,
    *,
    category: str = "AIServices",
    auth_type: str = "ApiKey",
    target: str = "",
    resource_id: str = "",
    key: str = "",
    credentials: Json | None = None,
    metadata: dict[str, str] | None = None,
    shared: bool | None = None,
) -> Connection:
    """A connection made without a call; raises the same faults as a call.

    `resource_id` goes into the metadata as `ResourceId`, and says the target where none is given. `key` is what
    ApiKey, AccountKey and CustomKeys hold; `credentials` are for the other types.
    """
    account = azure.cognitive.get(resource_id) if resource_id else None
    properties: Json = {
        "authType": auth_type,
        "category": category,
        "target": target or (account.endpoint() if account else "https://api.example.com/"),
        "metadata": ({"ApiType": "Azure", "ResourceId": resource_id} if resource_id else {}) | (metadata or {}),
        "credentials": credentials or _holding(auth_type, key),
    }
    if shared is not None:
        properties["isSharedToAll"] = shared
    return put(azure, owner_id, name, content.read({"properties": properties}, closed=True), _SEEDER)


def _holding(auth_type: str, key: str) -> Json:
    if not key:
        return {}
    return {"keys": {"api-key": key}} if auth_type == "CustomKeys" else {"key": key}
