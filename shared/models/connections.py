"""Connections, and what they lead to."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime


@dataclass(frozen=True, slots=True)
class Connection:
    """A connection of an account, a Foundry project or a machine-learning workspace, as its owner lists it.

    `resource_id` is what its metadata names, empty where they name nothing. It never holds the credentials.
    """

    id: str
    owner: str
    name: str
    category: str
    auth_type: str
    target: str
    resource_id: str = ""


@dataclass(frozen=True, slots=True)
class Pointing:
    """What points at one account, from everything the app may see.

    `unplaced` are connections whose address may mean any account of the region. `principals` are the identities of the
    account's own projects and of whatever holds a connection to it. `unread` says of each source that could not be read
    why; `read_at` is when everything was last read, None where it never was.
    """

    connections: tuple[Connection, ...] = ()
    unplaced: tuple[Connection, ...] = ()
    principals: tuple[str, ...] = ()
    unread: Mapping[str, str] = field(default_factory=dict)
    read_at: datetime | None = None
