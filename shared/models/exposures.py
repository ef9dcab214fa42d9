"""Who did something, and what somebody may know since. People are named by object id, and by nothing else of theirs."""

from collections.abc import Mapping
from dataclasses import dataclass, replace
from datetime import datetime
from enum import StrEnum
from typing import Any


@dataclass(frozen=True, slots=True)
class Caller:
    """Who called Resource Manager, by the claims of their token: object id, and the client id of the application."""

    id: str = ""
    application: str = ""

    @property
    def names(self) -> frozenset[str]:
        return frozenset(each.lower() for each in (self.id, self.application) if each)

    def __str__(self) -> str:
        by = f" by application {self.application}" if self.application else ""
        return f"{self.id or 'somebody'}{by}"


MOST_NAMED = 5


class ExposureKind(StrEnum):
    """How copies of an account's keys came to be with somebody who should have none."""

    LISTED = "listed"
    REGENERATED = "regenerated"
    MEMBER_REMOVED = "memberRemoved"


@dataclass(frozen=True, slots=True)
class Exposure:
    """Somebody has seen an account's keys, or could have until now.

    `who` are object ids, the first of `count`; `role` is the GUID of the role that let them, `group` the group by which
    they held it, each empty where that is not known.
    """

    kind: ExposureKind
    at: datetime
    who: tuple[str, ...] = ()
    count: int = 1
    application: str = ""
    role: str = ""
    group: str = ""

    @property
    def names(self) -> frozenset[str]:
        return frozenset(each.lower() for each in (*self.who, self.application) if each)

    def joined(self, other: "Exposure") -> "Exposure":
        """Both as one, told of the later: nobody who may hold a copy is forgotten for whoever came after."""
        first, last = sorted((self, other), key=lambda each: each.at)
        who = tuple(dict.fromkeys((*last.who, *first.who)))
        more = len(who) - len(last.who)
        return replace(last, who=who[:MOST_NAMED], count=max(last.count + more, first.count))

    def as_data(self) -> dict[str, Any]:
        return {
            "kind": self.kind,
            "at": self.at.isoformat(),
            "who": list(self.who),
            "count": self.count,
            "application": self.application,
            "role": self.role,
            "group": self.group,
        }

    @classmethod
    def of(cls, data: Mapping[str, Any]) -> "Exposure":
        """The exposure that `as_data` gave; raises ValueError, KeyError or TypeError for anything else."""
        about = {
            "kind": ExposureKind(data["kind"]),
            "at": datetime.fromisoformat(data["at"]),
            "who": tuple(data["who"]),
        }
        return cls(**{**data, **about})


@dataclass(frozen=True, slots=True)
class Act:
    """What somebody did to an account, or to what is about it, as Resource Manager's event tells it."""

    operation: str
    target: str
    at: datetime
    caller: Caller

    def as_data(self) -> dict[str, Any]:
        caller = {"caller": self.caller.id, "application": self.caller.application}
        return {"operation": self.operation, "target": self.target, "at": self.at.isoformat(), **caller}

    @classmethod
    def of(cls, data: Mapping[str, Any]) -> "Act":
        """The act that `as_data` gave; raises ValueError, KeyError or TypeError for anything else."""
        caller = Caller(data["caller"], data["application"])
        return cls(data["operation"], data["target"], datetime.fromisoformat(data["at"]), caller)


@dataclass(frozen=True, slots=True)
class Arrival:
    """Somebody who came to a group that holds a role on the account, and by when the role is theirs: an estimate."""

    principal: str
    kind: str  # user, servicePrincipal, group
    group: str
    joined: datetime
    effective: datetime

    def as_data(self) -> dict[str, Any]:
        times = {"joined": self.joined.isoformat(), "effective": self.effective.isoformat()}
        return {"principal": self.principal, "kind": self.kind, "group": self.group, **times}

    @classmethod
    def of(cls, data: Mapping[str, Any]) -> "Arrival":
        times = {name: datetime.fromisoformat(data[name]) for name in ("joined", "effective")}
        return cls(**{**data, **times})
