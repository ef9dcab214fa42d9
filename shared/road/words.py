"""Each step in words, for a dry run, a log, a report or the ledger, and how soon it can be undone."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, Literal

from shared.road import steps as road
from shared.roles import role_name


@dataclass(frozen=True, slots=True)
class Undoing:
    """How soon a step can be undone, and why, in a sentence."""

    how: Literal["quick", "slow", "never"]
    why: str


_UNDOING: Mapping[str, Undoing] = {
    "SetSubdomain": Undoing("never", "Azure never changes or removes a custom subdomain."),
    "AssignRole": Undoing("quick", "The assignment is removed again; Azure spreads that within minutes."),
    "RemoveAssignment": Undoing(
        "slow",
        "The assignment is made again, but Azure takes minutes, and for members of groups up to hours, to spread it.",
    ),
    "SwitchConnection": Undoing("quick", "The connection is given the account's key again, all else as it was."),
    "RestoreConnection": Undoing("quick", "The connection is switched to Microsoft Entra ID again."),
    "PublishKey": Undoing("quick", "The secret is given the key from before, or is disabled where it held none."),
    "RotateKey": Undoing("quick", "The secret is given the key from before, as long as that is alive."),
    "RevokeKey": Undoing("never", "A key that was made new never comes back: every copy of the old one is dead."),
    "DisableLocalAuth": Undoing(
        "slow", "Key access is turned on again, but Azure's gateways take up to hours to follow."
    ),
    "EnableLocalAuth": Undoing(
        "slow", "Key access is turned off again, but Azure's gateways take up to hours to follow."
    ),
    "WithdrawKey": Undoing("quick", "The secret is enabled again."),
    "Probe": Undoing("quick", "It changes nothing."),
    "TryKey": Undoing("quick", "It changes nothing."),
}


def undoing(kind: str) -> Undoing:
    """How soon a step of this kind can be undone; raises KeyError for what is no kind of step."""
    return _UNDOING[kind]


def described(step: road.Step) -> str:
    """What the step does, in the words of a sentence that begins with its verb."""
    match step:
        case road.Probe(account):
            return f"call {account.endpoint} with a token"
        case road.TryKey():
            return "call the account with a key, which it should refuse"
        case _:
            return told(road.as_data(step))


def told(step: Mapping[str, Any]) -> str:  # noqa: C901  # one line for each kind of step
    """The same of a step as the ledger keeps it."""
    name = step["name"]
    match step["kind"]:
        case "SetSubdomain":
            return f"give the account the custom subdomain {name}, for good"
        case "AssignRole":
            return f"assign {role_name(step['role'])} to {_who(step)} on the account"
        case "RemoveAssignment":
            return f"remove {role_name(step['role'])} from {_who(step)} on the account"
        case "SwitchConnection":
            return f"switch connection {step['connection']} to Microsoft Entra ID"
        case "RestoreConnection":
            return f"give connection {step['connection']} the account's key again"
        case "PublishKey":
            return f"write the account's {step['key']} to secret {name} in {step['vault']}"
        case "RotateKey":
            return f"make the account's {step['key']} new, try it, and write it to secret {name} in {step['vault']}"
        case "RevokeKey":
            return f"make the account's {step['key']} new, so that every copy of it is dead"
        case "DisableLocalAuth":
            return "turn key access off"
        case "EnableLocalAuth":
            return "turn key access on" + (" and make both keys new at once" if step["revoke"] else "")
        case "WithdrawKey":
            return f"disable secret {name} in {step['vault']}, whose key opens nothing"
        case kind:
            return f"{kind} {name}"


def _who(step: Mapping[str, Any]) -> str:
    group, principal = step.get("group"), step["principalId"]
    return f"group '{group}' ({principal})" if group else f"{step['principalType']} {principal}"
