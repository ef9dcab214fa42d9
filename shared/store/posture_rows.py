"""A posture as a row of its table, whole or at a glance: rows of before a column was there are read, too."""

import json
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any

from shared.models import Arrival, Proof
from shared.resource_id import ResourceId
from shared.store.tables import Row, key

TABLE = "UnkeyedPosture"
# What tells a row from others, and what a glance is made of: small parts of a row
TELLING = ("PartitionKey", "RowKey", "codes", "milestone")
GLANCED = (
    *TELLING,
    "covered",
    "rule",
    "goal",
    "adviceCodes",
    "reached",
    "keys",
    "localAuthDisabled",
)


@dataclass(frozen=True, slots=True)
class Posture:
    """One account as the last finished pass left it. `reached` says when each milestone was first reached.

    `keys` says when the app made each key new; one that it was never seen to make new is missing there.
    """

    account: ResourceId
    covered: str
    rule: str | None
    goal: str | None
    milestone: str | None
    note: str
    blockers: tuple[dict[str, Any], ...]
    reached: dict[str, str]
    proof: Proof | None
    pass_started: datetime
    pass_finished: datetime
    operation_id: str
    cause: str
    retry_at: datetime | None = None
    evidence: dict[str, str] = field(default_factory=dict)
    advice: tuple[dict[str, Any], ...] = ()
    arriving: tuple[Arrival, ...] = ()
    kind: str | None = None
    location: str | None = None
    local_auth_disabled: bool | None = None
    created_at: datetime | None = None
    keys: Mapping[str, str] = field(default_factory=dict)

    @property
    def is_settled(self) -> bool:
        return not self.blockers


@dataclass(frozen=True, slots=True)
class Code:
    """What kind of thing is said of an account, and of which milestone."""

    code: str
    milestone: str


@dataclass(frozen=True, slots=True)
class Glance:
    """As much of a posture as counting a fleet takes; its blockers and its advice by code, each once."""

    covered: str
    rule: str | None
    goal: str | None
    milestone: str | None
    blockers: tuple[Code, ...]
    advice: tuple[Code, ...]
    reached: Mapping[str, str]
    keys: Mapping[str, str]
    local_auth_disabled: bool | None


def row_of(posture: Posture) -> Row:
    row: Row = {
        "PartitionKey": posture.account.subscription,
        "RowKey": key(posture.account.text),
        "account": posture.account.text,
        "covered": posture.covered,
        "rule": posture.rule,
        "goal": posture.goal,
        "milestone": posture.milestone,
        "note": posture.note,
        "blockers": json.dumps(posture.blockers),
        "codes": _codes(posture.blockers),
        "reached": json.dumps(posture.reached),
        "evidence": json.dumps(posture.evidence),
        "proof": json.dumps(_proof_row(posture.proof)) if posture.proof else None,
        "passStarted": posture.pass_started,
        "passFinished": posture.pass_finished,
        "operationId": posture.operation_id,
        "cause": posture.cause,
        "retryAt": posture.retry_at,
        "advice": json.dumps(posture.advice),
        "adviceCodes": _codes(posture.advice),
        "arriving": arriving_in_row(posture.arriving),
        "kind": posture.kind,
        "location": posture.location,
        "localAuthDisabled": posture.local_auth_disabled,
        "createdAt": posture.created_at,
        "keys": json.dumps(dict(posture.keys)),
    }
    return {name: value for name, value in row.items() if value is not None}


def posture_of(row: Row) -> Posture:
    return Posture(
        account=ResourceId(row["account"]),
        covered=row["covered"],
        rule=row.get("rule"),
        goal=row.get("goal"),
        milestone=row.get("milestone"),
        note=row.get("note", ""),
        blockers=tuple(json.loads(row["blockers"])),
        reached=json.loads(row["reached"]),
        evidence=json.loads(row["evidence"]),
        proof=_proof(row.get("proof")),
        pass_started=row["passStarted"],
        pass_finished=row["passFinished"],
        operation_id=row["operationId"],
        cause=row["cause"],
        retry_at=row.get("retryAt"),
        advice=tuple(json.loads(row.get("advice", "[]"))),
        arriving=tuple(Arrival.of(each) for each in json.loads(row.get("arriving", "[]"))),
        kind=row.get("kind"),
        location=row.get("location"),
        local_auth_disabled=row.get("localAuthDisabled"),
        created_at=row.get("createdAt"),
        keys=json.loads(row.get("keys", "{}")),
    )


def glance_of(row: Row) -> Glance:
    """The glance of a row, of which only GLANCED need be there."""
    return Glance(
        covered=row["covered"],
        rule=row.get("rule"),
        goal=row.get("goal"),
        milestone=row.get("milestone"),
        blockers=codes_in(row),
        advice=codes_in(row, "adviceCodes"),
        reached=json.loads(row["reached"]),
        keys=json.loads(row.get("keys") or "{}"),
        local_auth_disabled=row.get("localAuthDisabled"),
    )


def has_codes(row: Row) -> bool:
    """False of a row of before codes had a column: what it says is among its blockers only."""
    return row.get("codes") is not None


def with_codes(row: Row) -> Row:
    """A whole row with the columns that those of before did not have."""
    blockers, advice = json.loads(row["blockers"]), json.loads(row.get("advice", "[]"))
    return {**row, "codes": _codes(blockers), "adviceCodes": _codes(advice)}


def arriving_in_row(arriving: Sequence[Arrival]) -> str:
    return json.dumps([each.as_data() for each in arriving])


def _codes(said: Iterable[Mapping[str, Any]]) -> str:
    """Such as |grant.groupMissing@granted|quiet.keyUsed@quiet|, in the order of the road."""
    codes = dict.fromkeys(f"{each['code']}@{each['milestone']}" for each in said)
    return "|".join(["", *codes, ""])


def codes_in(row: Row, column: str = "codes") -> tuple[Code, ...]:
    """What is said of the account, each code once; nothing where the column is not there."""
    return tuple(Code(*each.split("@", 1)) for each in (row.get(column) or "").split("|") if each)


def _proof_row(proof: Proof) -> dict[str, Any]:
    return {
        "at": proof.at.isoformat(),
        "endpoint": proof.endpoint,
        "accepted": proof.accepted,
        "code": proof.code,
        "detail": proof.detail,
        "refusals": proof.refusals,
    }


def _proof(text: str | None) -> Proof | None:
    if not text:
        return None
    found = json.loads(text)
    return Proof(**{**found, "at": datetime.fromisoformat(found["at"])})
