"""Drift: what the app has set, somebody else undid, and the road asks for again. Pure.

It is set again, so many times a day; after that the setting is contested: two hands that undo each other help nobody.
"""

from collections.abc import Iterable, Sequence
from datetime import datetime, timedelta
from typing import Any, TypeGuard

from shared.models import AccountRecord, Act, Entry
from shared.road import steps as road
from shared.road.inverse import standing
from shared.road.verdict import Blocker
from shared.road.words import described
from shared.store.ledger import DONE

DAY = timedelta(days=1)
# What is said of a repair in the ledger
REPAIRS = "repairs"
# What undoes each kind of step, as events name it
_UNDONE_BY = {
    "AssignRole": ("role assignment deleted",),
    "SwitchConnection": ("connection written", "connection deleted"),
    "DisableLocalAuth": ("account written",),
}
type Setting = road.AssignRole | road.SwitchConnection | road.DisableLocalAuth


def is_setting(step: road.Step) -> TypeGuard[Setting]:
    """True for a step that brings about what somebody else may undo, and is not the rest of one that was begun."""
    return type(step).__name__ in _UNDONE_BY and getattr(step, "begun", None) is None


def undone(step: Setting, history: Sequence[Entry]) -> Entry | None:
    """The entry of the same step that was taken and not taken back, and yet is to be taken again: this repairs it."""
    return next((each for each in reversed(standing(history)) if _is_of(each, step)), None)


def _is_of(entry: Entry, step: Setting) -> bool:
    return entry.step["kind"] == type(step).__name__ and _target(entry.step) == _target(road.as_data(step))


def _target(step: dict[str, Any]) -> str:
    return str(step.get("connection", step["name"])).lower()


def cause(entry: Entry, record: AccountRecord) -> Act | None:
    """What somebody did last that may have undone the step since it was taken; None where no event has told of any."""
    acts = (record.acts.get(each) for each in _UNDONE_BY[entry.step["kind"]])
    return max((each for each in acts if each and each.at >= entry.at), key=lambda each: each.at, default=None)


def contested(
    step: Setting, history: Sequence[Entry], record: AccountRecord, limit: int, now: datetime
) -> Blocker | None:
    """Why the step is not taken: it has repaired the same setting `limit` times within a day. None where it may be."""
    last = undone(step, history)
    if last is None:
        return None
    repairs = [each for each in history if _is_repair(each, step) and each.at > now - DAY]
    if len(repairs) < limit:
        return None
    act = cause(last, record)
    return _said(step, repairs, act, repairs[-limit].at + DAY)


def _is_repair(entry: Entry, step: Setting) -> bool:
    return entry.state == DONE and REPAIRS in entry.step and _is_of(entry, step)


def _said(step: Setting, repairs: Sequence[Entry], act: Act | None, retry_at: datetime) -> Blocker:
    callers = dict.fromkeys(_callers(repairs, act))
    who = ", ".join(callers) or "somebody whom no event has named"
    return Blocker(
        "drift.contested",
        step.milestone,
        f"Asked to {described(step)}, the app has done so {len(repairs)} times within a day, and it was undone each time. "
        f"It was last changed by {who}.",
        "Change the template or script that sets it, or exempt the account; the app tries again then.",
        "ledger",
        retry_at,
    )


def _callers(repairs: Iterable[Entry], act: Act | None) -> Iterable[str]:
    told = [Act.of(each.step[REPAIRS]) for each in repairs if each.step[REPAIRS]]
    return [str(each.caller) for each in reversed([*told, *([act] if act else [])])]
