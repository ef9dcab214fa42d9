"""What the app says of an account, in the words of the audience."""

import re
from collections.abc import Callable, Mapping
from typing import Any

from rich.markup import escape

from shared.roles import role_name
from shared.store.postures import Posture
from simulator.demo.cast import MILESTONES, NAMES
from simulator.wire import Json

EXPOSED = "keys.exposed"
HELD_UP = "hold them up: "
# What the app announces and the audience wants to hear; milestones and blockers are told from the postures
_ANNOUNCED: dict[str, Callable[[Json], str]] = {
    "ConnectionSwitched": lambda data: f"connection {last(data['connection'])} uses Entra ID now",
    "KeyPublished": lambda data: f"the vault has its {data['key']} now",
    "KeyRotated": lambda data: f"{data['key']} is new, tested, and in the vault",
    "KeyRevoked": lambda data: f"{data['key']} is new, and nobody is told",
    "AccountSealed": lambda _: "key access is turned off",
}
# The same where it repairs what somebody undid
_REPAIRED: dict[str, Callable[[Json], str]] = {
    **_ANNOUNCED,
    "RoleAssigned": lambda data: f"{role_name(data['role'])} is given to {data['group']}",
}
_RESOURCE = re.compile(r"/subscriptions/[^/ ]+/resourcegroups/[^/ ]+/providers/[^/ ]+/[^/ ]+/", re.IGNORECASE)
_ID = re.compile(r"[0-9a-f]{8}(?:-[0-9a-f]{4}){3}-[0-9a-f]{12}")
# For whoever reads it later, not for an audience that sees it happen
_WHEN = re.compile(r" (?:at|until) 20[0-9T:+-]+")
_EXPOSED = re.compile(
    r"Copies of the keys may be about: (?P<who>.*?) by .*?\.(?P<held> Both keys die once .*" + HELD_UP + ".*)?"
)


def announced(kind: str, data: Json) -> str:
    """What an announcement is about, where the audience wants to hear of it."""
    if "repairs" in data and kind in _REPAIRED:
        who, application = data["repairs"].get("caller") or "somebody", data["repairs"].get("application")
        by = f" in the {NAMES[application]}" if application in NAMES else ""
        return f"{_REPAIRED[kind](data)} again; it was undone by {_named(who)}{by}"
    return _ANNOUNCED[kind](data) if kind in _ANNOUNCED else ""


def news(before: Posture | None, posture: Posture) -> list[str]:
    """What is new in a posture: milestones, what is in the way of the next, or why the account is left alone."""
    if posture.note and (before is None or before.note != posture.note):
        return [escape(posture.note)]
    new = [each for each in MILESTONES if each in posture.reached and not (before and each in before.reached)]
    return ([f"[green]{', '.join(new)}[/]"] if new else []) + _in_the_way(before, posture)


def _in_the_way(before: Posture | None, posture: Posture) -> list[str]:
    """What a person has to do something about before the next milestone is reached, once for each kind of it."""
    told = {each["code"] for each in before.blockers} if before else set()
    ahead = [each for each in MILESTONES if each not in posture.reached]
    new = {
        each["code"]: brief(each)
        for each in reversed(posture.blockers)
        if each["code"] not in told and (each["code"] == EXPOSED or (each["fix"] and each["milestone"] in ahead[:1]))
    }
    return [f"[yellow]{each}[/]" for each in new.values()]


def goal_of(posture: Posture | None) -> str:
    """How far the policy has the account go, or why it does not."""
    if posture is None:
        return "…"
    return (posture.goal or "") if posture.covered == "covered" else posture.covered


def waits(posture: Posture | None) -> str:
    if posture is None:
        return "not seen yet"
    codes = [each["code"] for each in posture.blockers if each["fix"]] or [each["code"] for each in posture.blockers]
    return ", ".join(dict.fromkeys(codes)) or posture.note


def brief(blocker: Mapping[str, Any]) -> str:
    """What a blocker says, without times; of an exposure who it is and what keeps the keys from dying."""
    message = _WHEN.sub("", blocker["message"])
    found = _EXPOSED.fullmatch(message) if blocker["code"] == EXPOSED else None
    if found is None:
        return short(message)
    held = found["held"] if blocker["fix"] else ""
    return short(f"{found['who']}.{held or ' Both keys die.'}")


def short(message: str) -> str:
    """The message with resource ids cut down to the names in them, and names for the company's ids; for rich to print."""
    return escape(_ID.sub(lambda found: NAMES.get(found[0], found[0]), _RESOURCE.sub("", message)))


def _named(object_id: str) -> str:
    """The id, and who that is."""
    return f"{NAMES[object_id]} ({object_id})" if object_id in NAMES else object_id


def last(resource_id: Any) -> str:
    return str(resource_id).rpartition("/")[2]
