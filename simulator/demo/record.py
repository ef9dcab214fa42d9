"""How it ended, as data: what `.local/demo.json` holds."""

from collections import Counter

from shared.roles import role_name
from simulator.demo.calls import Consumer, Tally
from simulator.demo.cast import NAMES, NEWCOMER, Fate
from simulator.demo.connections import Change
from simulator.demo.echoes import Echo, most_passes
from simulator.demo.leaving import LEAVER, LEFT, SHOWING, STAYS
from simulator.demo.outcome import Ending, Noted, Outcome, Undone
from simulator.wire import Json


def as_data(outcome: Outcome, wrong: list[str]) -> Json:
    """The whole outcome. `accounts` are those of the estate, `newAccounts` what was made while it ran."""
    endings = outcome.endings
    return {
        "ok": not wrong,
        "wrong": "; ".join(wrong),
        "accounts": [_account(each) for each in endings if each.part is not NEWCOMER],
        "newAccounts": [_account(each) for each in endings if each.part is NEWCOMER],
        "connections": [_connection(each) for each in outcome.changes],
        "consumers": [_consumer(each) for each in outcome.consumers],
        "memberLeft": _member_left(outcome),
        "drift": [_drift(each) for each in outcome.undone],
        "ownWrites": _own_writes(outcome.echoes),
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


def _member_left(outcome: Outcome) -> Json:
    """Who left what, and of each account what became of its keys: revoked, blocked, or untouched for a reason."""
    noted, left_at = outcome.noted, outcome.left_at
    noticed = min((each.exposure.at for each in noted if each.exposure), default=None)
    return {
        "who": {"id": LEAVER.id, "name": LEAVER.name},
        "at": left_at.isoformat() if left_at else None,
        "secondsToNotice": round((noticed - left_at).total_seconds(), 2) if noticed and left_at else None,
        "removedFrom": {"id": LEFT.id, "name": LEFT.name, "nestedIn": SHOWING.name},
        "revoked": [_noted(each) for each in noted if each.part.fate is Fate.DIES],
        "blocked": [_noted(each) for each in noted if each.part.fate is Fate.HELD],
        "untouched": [_not_shown(each) for each in noted if each.part.fate is None],
    }


def _noted(noted: Noted) -> Json:
    exposure = noted.exposure.as_data() if noted.exposure else {}
    named = {"roleName": role_name(exposure["role"]), "groupName": NAMES.get(exposure["group"], "")} if exposure else {}
    return {
        "account": noted.part.account.id,
        "because": {**exposure, **named},
        "keysNoted": {"before": list(noted.before), "after": list(noted.after)},
        "leaversToken": {"before": noted.token_before, "after": noted.token_after},
        "tokenOfWhoStays": {"caller": STAYS.name, "after": noted.staying},
        "blocker": noted.blocker,
    }


def _not_shown(noted: Noted) -> Json:
    return {"account": noted.part.account.id, "statusOfListingKeys": noted.asked, "changedByTheApp": noted.touched}


def _drift(undone: Undone) -> Json:
    said = undone.announced
    return {
        "account": undone.part.account.id,
        "undone": undone.what,
        "at": undone.at.isoformat(),
        "causedBy": {**undone.repairs, "name": NAMES.get(undone.repairs.get("caller", ""), "")},
        "repairedBy": said["data"]["kind"] if said else None,
        "repairedAt": said["time"] if said else None,
        "secondsToRepair": undone.seconds,
    }


def _own_writes(echoes: list[Echo]) -> Json:
    """How many writes Resource Manager carried out for the app, and what came of the events of these."""
    return {
        "writes": len(echoes),
        "eventsHeard": sum(each.heard for each in echoes),
        "passesThatFollowed": sum(each.passes for each in echoes),
        "mostPassesAfterOne": most_passes(echoes),
        "changesInThesePasses": sum(each.changes for each in echoes),
        "byOperation": dict(sorted(Counter(each.operation for each in echoes).items())),
        "withPasses": [_with_passes(each) for each in echoes if each.passes],
    }


def _with_passes(echo: Echo) -> Json:
    return {"operation": echo.operation, "path": echo.path, "passes": echo.passes, "changes": echo.changes}
