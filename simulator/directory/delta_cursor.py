"""Where a round of change tracking stands: what Microsoft Graph's skip and delta tokens hold, opaque to clients.

Microsoft Graph: "Use delta query to track changes in Microsoft Graph data": every query option of the first call is in
the token.
"""

import base64
import binascii
import json
from dataclasses import asdict, dataclass

from simulator.directory.graph_errors import bad_request


@dataclass(frozen=True, slots=True)
class Cursor:
    """A round covers the changes after number `since` (0: everything there is), and is followed by what is after `until`.

    `select` and `ids` are None where all properties or all groups are tracked. `group` is the last one shown, and
    `member` the last of its members, empty where it was shown to the end. `issued` is in seconds of the clock.
    """

    epoch: str
    since: int
    until: int
    issued: float
    select: tuple[str, ...] | None
    members: bool
    ids: tuple[str, ...] | None
    group: str = ""
    member: str = ""

    def token(self) -> str:
        return base64.urlsafe_b64encode(json.dumps(asdict(self), separators=(",", ":")).encode()).decode().rstrip("=")


def parsed(token: str) -> Cursor:
    """The cursor in a token; raises Graph's 400 for what is none."""
    try:
        held = json.loads(base64.urlsafe_b64decode(token + "=" * (-len(token) % 4)))
        for name in ("select", "ids"):
            held[name] = None if held[name] is None else tuple(held[name])
        return Cursor(**held)
    except (binascii.Error, ValueError, TypeError, KeyError) as error:
        raise bad_request("Badly formed content: the token is not valid.") from error
