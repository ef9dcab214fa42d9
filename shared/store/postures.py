"""The posture of each account: where the last pass found it, what it waits for, and the proof that must be kept."""

import json
from collections.abc import AsyncIterator, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any

from shared.models import Arrival, Proof
from shared.resource_id import ResourceId
from shared.store.tables import Row, Tables, key

TABLE = "UnkeyedPosture"


@dataclass(frozen=True, slots=True)
class Posture:
    """One account as the last finished pass left it. `reached` says when each milestone was first reached."""

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

    @property
    def is_settled(self) -> bool:
        return not self.blockers


class Postures:
    def __init__(self, tables: Tables) -> None:
        self._tables = tables

    async def get(self, account: ResourceId) -> Posture | None:
        """The account's posture, None where no pass has finished."""
        found = await self._tables.get(TABLE, account.subscription, key(account.text))
        return _posture(found[0]) if found else None

    async def put(self, posture: Posture) -> None:
        await self._tables.put(TABLE, _row(posture))

    async def note_arriving(self, account: ResourceId, arriving: Sequence[Arrival]) -> None:
        """Says who has come to the account's groups, without waiting for its next pass; a pass that is under way says so itself."""
        found = await self._tables.get(TABLE, account.subscription, key(account.text))
        if found:
            row, etag = found
            await self._tables.replace(TABLE, {**row, "arriving": _arriving(arriving)}, etag)

    async def delete(self, account: ResourceId) -> None:
        await self._tables.delete(TABLE, account.subscription, key(account.text))

    async def list_in(self, subscription: str) -> AsyncIterator[Posture]:
        """The postures of a subscription's accounts."""
        async for row in self._tables.query(TABLE, "PartitionKey eq @subscription", subscription=subscription):
            yield _posture(row)


def _row(posture: Posture) -> Row:
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
        "reached": json.dumps(posture.reached),
        "evidence": json.dumps(posture.evidence),
        "proof": json.dumps(_proof_row(posture.proof)) if posture.proof else None,
        "passStarted": posture.pass_started,
        "passFinished": posture.pass_finished,
        "operationId": posture.operation_id,
        "cause": posture.cause,
        "retryAt": posture.retry_at,
        "advice": json.dumps(posture.advice),
        "arriving": _arriving(posture.arriving),
    }
    return {name: value for name, value in row.items() if value is not None}


def _arriving(arriving: Sequence[Arrival]) -> str:
    return json.dumps([each.as_data() for each in arriving])


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


def _posture(row: Row) -> Posture:
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
    )
