"""How it ended, as data: what `.local/demo.json` holds."""

from dataclasses import dataclass

from shared.store.postures import Posture
from simulator.demo.calls import Calls, Consumer, Tally
from simulator.demo.cast import NEWCOMER, Part
from simulator.demo.connections import Change
from simulator.wire import Json


@dataclass(frozen=True, slots=True)
class Ending:
    """One account at the end: its posture, the calls before and after, which key each version of its secret held, how
    many role assignments lie at it, and the seconds from the event of its creation to the first, where it was made here."""

    part: Part
    posture: Posture | None
    calls: Calls
    versions: list[str]
    roles: int
    seconds_to_granted: float | None = None

    @property
    def milestone(self) -> str | None:
        return self.posture.milestone if self.posture else None

    @property
    def blockers(self) -> list[Json]:
        """What stops it, where anything does: what is meant to, else what a person has to act on, else whatever there is."""
        found = list(self.posture.blockers) if self.posture else []
        meant = [each for each in found if each["code"] == self.part.blocked_by]
        return meant or [each for each in found if each["fix"]] or found


def as_data(endings: list[Ending], changes: list[Change], consumers: list[Consumer], wrong: list[str]) -> Json:
    """The whole outcome. `accounts` are those of the estate, `newAccounts` what was made while it ran."""
    return {
        "ok": not wrong,
        "wrong": "; ".join(wrong),
        "accounts": [_account(each) for each in endings if each.part is not NEWCOMER],
        "newAccounts": [_account(each) for each in endings if each.part is NEWCOMER],
        "connections": [_connection(each) for each in changes],
        "consumers": [_consumer(each) for each in consumers],
    }


def _account(ending: Ending) -> Json:
    part, posture, calls = ending.part, ending.posture, ending.calls
    return {
        "account": part.account.id,
        "covered": posture.covered if posture else None,
        "rule": posture.rule if posture else None,
        "goal": posture.goal if posture else None,
        "milestone": ending.milestone,
        "reached": dict(posture.reached) if posture else {},
        "note": posture.note if posture else "",
        "blockers": [dict(each) for each in posture.blockers] if posture else [],
        "secondsFromEventToGranted": ending.seconds_to_granted,
        "tokenCall": {"caller": part.caller.name, "before": calls.token_before or None, "after": calls.token_after},
        "keyCall": {
            "before": calls.key_before or None,
            "after": calls.key_after,
            "copyFromBefore": calls.copy_after or None,
        },
        "roleAssignments": ending.roles,
        "secretVersions": ending.versions,
    }


def _connection(change: Change) -> Json:
    seeded = change.connection
    return {
        "id": seeded.id,
        "owner": change.owner,
        "name": seeded.name,
        "category": seeded.category,
        "authTypeBefore": change.before,
        "authTypeAfter": change.after,
        "pointsAt": seeded.account.id if seeded.account else None,
        "note": change.note,
    }


def _consumer(consumer: Consumer) -> Json:
    return {
        "account": consumer.part.account.id,
        "everySeconds": consumer.every,
        "withKey": _tally(consumer.by_key),
        "withToken": _tally(consumer.by_token),
    }


def _tally(tally: Tally) -> Json:
    return {"calls": tally.made, "failed": [{"afterSeconds": at, "status": status} for at, status in tally.failed]}
