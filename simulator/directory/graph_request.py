"""What a Graph route gets, and the permissions routes ask for.

Microsoft Graph permissions reference, application permissions.
"""

import json
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime

from simulator.checks import note
from simulator.directory.graph_errors import bad_query
from simulator.sign_in.tokens import Identity
from simulator.wire import Call, Json

_DIRECTORY = frozenset({"Directory.Read.All", "Directory.ReadWrite.All"})
READ_GROUPS = _DIRECTORY | {
    "GroupMember.Read.All",
    "GroupMember.ReadWrite.All",
    "Group.Read.All",
    "Group.ReadWrite.All",
}
READ_DELETED_GROUPS = _DIRECTORY | {"Group.Read.All", "Group.ReadWrite.All"}
SUBSCRIBE_TO_GROUPS = READ_DELETED_GROUPS
WRITE_GROUPS = frozenset({"Group.ReadWrite.All", "Directory.ReadWrite.All"})
CREATE_GROUPS = WRITE_GROUPS | {"Group.Create"}
WRITE_MEMBERS = WRITE_GROUPS | {"GroupMember.ReadWrite.All"}
READ_USERS = _DIRECTORY | {"User.Read.All", "User.ReadWrite.All"}
READ_APPLICATIONS = _DIRECTORY | {"Application.Read.All", "Application.ReadWrite.All"}
READ_ORGANIZATION = _DIRECTORY | {"Organization.Read.All", "Organization.ReadWrite.All"}
READ_ANY = READ_GROUPS | READ_USERS | READ_APPLICATIONS
READERS = {
    "group": READ_GROUPS,
    "user": READ_USERS,
    "servicePrincipal": READ_APPLICATIONS,
    "application": READ_APPLICATIONS,
}


@dataclass(frozen=True, slots=True)
class GraphRequest:
    """A call that has passed the gateway, with the parts of its path."""

    call: Call
    parts: Mapping[str, str]
    identity: Identity
    now: datetime

    def __getitem__(self, part: str) -> str:
        return self.parts[part]

    def json(self) -> Json:
        """The body; raises Graph's 400 where it is no JSON object."""
        if not self.call.content:
            raise bad_query("Empty Payload. JSON content expected.")
        try:
            body = json.loads(self.call.content)
        except ValueError as error:
            raise bad_query(
                "Unable to read JSON request payload. Please ensure Content-Type header is set and payload is of valid JSON format."
            ) from error
        if not isinstance(body, dict):
            raise bad_query(
                "Unable to read JSON request payload. Please ensure Content-Type header is set and payload is of valid JSON format."
            )
        return body

    def may_read(self, kind: str) -> bool:
        """Whether the caller may see the properties of objects of this type."""
        return self.identity.is_user or bool(self.identity.roles & READERS[kind])

    def must_read(self, kind: str) -> bool:
        """The same of objects that the call is about, so that it fails without."""
        allowed = self.may_read(kind)
        if not self.identity.is_user:
            note(self.identity.object_id, "graph", sorted(READERS[kind]), allowed=allowed)
        return allowed
