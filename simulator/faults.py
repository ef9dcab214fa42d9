"""Counted faults: "the next 2 PUTs of X answer 503", "drop the connection after doing the work".

A rule is one JSON object, given to `/_sim/faults`:

    {"host": "management.azure.com", "method": "PUT", "path": "roleAssignments", "body": "principalId",
     "caller": "<object id>", "skip": 0, "times": 2, "perCall": false,
     "answer": {"status": 503, "code": "ServerBusy", "message": "…", "headers": {"Retry-After": "1"}},
     "drop": "before" | "after", "kill": "before" | "after", "delay": 0.5, "unrecorded": true}

`path` and `body` are regular expressions searched in the decoded path and in the body, without regard to case; `times` counts the calls that are
hit, after `skip` that are not; with `perCall` both count for each method and path on their own. `kill` ends the
Functions host's process at once, before or after the call took effect. An exchange that is `unrecorded` is kept out of
the traffic files, as one that is wrong on purpose.
"""

import re
from collections import Counter
from dataclasses import dataclass, field
from typing import Any

from simulator.wire import Call, Json

FIELDS = {
    "host",
    "method",
    "path",
    "body",
    "caller",
    "skip",
    "times",
    "perCall",
    "answer",
    "drop",
    "kill",
    "delay",
    "unrecorded",
}


@dataclass(slots=True)
class Fault:
    """A rule, and what it has seen. Raises re.error where `path` or `body` is no expression."""

    rule: Json
    seen: Counter[str] = field(default_factory=Counter)
    hits: int = 0
    method: str | None = field(init=False)
    host: str | None = field(init=False)
    path: re.Pattern[str] | None = field(init=False)
    body: re.Pattern[str] | None = field(init=False)

    def __post_init__(self) -> None:
        self.method = self.rule["method"].upper() if "method" in self.rule else None
        self.host = self.rule["host"].lower() if "host" in self.rule else None
        self.path, self.body = (
            re.compile(self.rule[name], re.IGNORECASE) if name in self.rule else None for name in ("path", "body")
        )

    def matches(self, call: Call, caller: str | None) -> bool:
        # With hundreds of rules most of the time goes here: what rules out most of them comes first
        return (
            self.method in (None, call.method)
            and self.host in (None, call.host)
            and self.rule.get("caller", caller) == caller
            and (self.path is None or self.path.search(call.path) is not None)
            and (self.body is None or self.body.search(call.content.decode(errors="replace")) is not None)
        )

    def takes(self, call: Call) -> bool:
        """Counts this call; True where it is one of those the rule hits."""
        key = f"{call.method} {call.path.lower()}" if self.rule.get("perCall") else ""
        self.seen[key] += 1
        skip = int(self.rule.get("skip", 0))
        hit = skip < self.seen[key] <= skip + int(self.rule.get("times", 1))
        self.hits += hit
        return hit

    def spent(self) -> bool:
        rule = self.rule
        return not rule.get("perCall") and self.hits >= int(rule.get("times", 1))


class Faults:
    def __init__(self) -> None:
        self.rules: list[Fault] = []

    def add(self, rule: Json) -> Fault:
        """Adds a rule; raises ValueError where it says something unknown or nothing at all."""
        if unknown := set(rule) - FIELDS:
            raise ValueError(f"unknown in a fault: {', '.join(sorted(unknown))}; known are {', '.join(sorted(FIELDS))}")
        if not rule.keys() & {"answer", "drop", "kill", "delay"}:
            raise ValueError("a fault needs one of answer, drop, kill, delay")
        if any(not isinstance(rule.get(name, ""), str) for name in ("method", "host", "path", "body")):
            raise ValueError("method, host, path and body of a fault are texts")
        status = rule["answer"].get("status") if "answer" in rule else 500
        if not isinstance(status, int) or not 400 <= status <= 599:
            raise ValueError(f"an answer is made up as an error: its status is one of 400 to 599, not {status}")
        fault = Fault(rule)
        self.rules.append(fault)
        return fault

    def take(self, call: Call, caller: str | None) -> list[Json]:
        """The rules that hit this call, counted."""
        return [
            each.rule for each in self.rules if not each.spent() and each.matches(call, caller) and each.takes(call)
        ]

    def as_list(self) -> list[dict[str, Any]]:
        return [{"rule": each.rule, "hits": each.hits, "spent": each.spent()} for each in self.rules]
