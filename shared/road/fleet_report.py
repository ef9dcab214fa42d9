"""The fleet's posture to keep and to compare: one line for each account, in the order of subscriptions and ids.

There is nothing in it that changes by itself, no time of writing and none of looking: two reports differ where a posture does.
What is said of a blocker is left out, since it tells of single calls and times; its code and what to do are there.
"""

import csv
import io
import json
from collections.abc import AsyncIterator, Callable, Iterable, Mapping
from typing import Any

from shared.models import KeyName, Milestone
from shared.road.fleet_counts import CodeCount, Summary, counted
from shared.road.services import Services
from shared.road.verdict import Covered
from shared.store.postures import Posture

type Texts = AsyncIterator[str]

COLUMNS = (
    "id",
    "name",
    "subscription",
    "resourceGroup",
    "kind",
    "location",
    "covered",
    "rule",
    "goal",
    "milestone",
    "settled",
    "localAuthDisabled",
    *KeyName,
    "blockers",
    "advice",
    *Milestone,
    "note",
)
_SHOWN = ("Account", "Subscription", "Rule", "Goal", "Milestone", "Blockers", "Advice")
# With these at its beginning a spreadsheet takes a cell for a formula (OWASP, CSV Injection)
_FORMULA = ("=", "+", "-", "@", "\t", "\r", "\n")


async def report(services: Services, form: str) -> Texts:
    """The report as text, piece by piece: `form` is json, csv or md. As many postures are held at a time as Tables give at once.

    Raises KeyError for any other form, TemporaryError where the tables do not answer.
    """
    write = _WRITERS[form]
    now = services.now()
    summary = await counted(services.postures.glances(), now) if form == "md" else None
    async for text in write(services.postures.list_all(), summary):
        yield text


def as_data(posture: Posture) -> dict[str, Any]:
    """An account as the report has it."""
    account = posture.account
    return {
        "id": account.text,
        "name": account.name,
        "subscription": account.subscription,
        "resourceGroup": account.resource_group,
        "kind": posture.kind,
        "location": posture.location,
        "covered": posture.covered,
        "rule": posture.rule,
        "goal": posture.goal,
        "milestone": posture.milestone,
        "settled": posture.is_settled,
        "localAuthDisabled": posture.local_auth_disabled,
        "keys": {each: posture.keys.get(each) for each in KeyName},
        "blockers": _said(posture.blockers),
        "advice": _said(posture.advice),
        "reached": {each: posture.reached[each] for each in Milestone if each in posture.reached},
        "note": posture.note,
    }


def _said(said: Iterable[Mapping[str, Any]]) -> list[dict[str, str]]:
    return [{name: each[name] for name in ("code", "milestone", "fix")} for each in said]


async def as_json(postures: AsyncIterator[Posture], _: Summary | None = None) -> Texts:
    """An object with `accounts`, each of them on a line of its own."""
    before = '{"accounts": [\n'
    async for each in postures:
        yield f"{before}{json.dumps(as_data(each), ensure_ascii=False)}"
        before = ",\n"
    yield '{"accounts": []}\n' if before.startswith("{") else "\n]}\n"


async def as_csv(postures: AsyncIterator[Posture], _: Summary | None = None) -> Texts:
    """RFC 4180, with a line of headings; codes in one cell are parted by spaces, and no cell is a formula to a spreadsheet."""
    yield csv_line(COLUMNS)
    async for each in postures:
        yield csv_line(_cells(as_data(each)))


def csv_line(cells: Iterable[str]) -> str:
    """The cells as one line; a cell that a spreadsheet would take for a formula begins with an apostrophe."""
    line = io.StringIO()
    csv.writer(line).writerow([f"'{each}" if each.startswith(_FORMULA) else each for each in cells])
    return line.getvalue()


def _cells(data: Mapping[str, Any]) -> Iterable[str]:
    flat = {**data, **data["keys"], **data["reached"], **{each: _codes(data[each]) for each in ("blockers", "advice")}}
    return [_cell(flat.get(each)) for each in COLUMNS]


def _cell(value: object) -> str:
    if isinstance(value, bool):
        return "true" if value else "false"
    return "" if value is None else str(value)


def _codes(said: Iterable[Mapping[str, str]]) -> str:
    return " ".join(dict.fromkeys(each["code"] for each in said))


async def as_markdown(postures: AsyncIterator[Posture], summary: Summary | None) -> Texts:
    """The fleet in numbers, then a table with a line for each account."""
    yield "# Fleet\n\n"
    if summary:
        yield "\n".join([*_numbers(summary), "", ""])
    yield f"{_line(_SHOWN)}{_line('---' for _ in _SHOWN)}"
    async for each in postures:
        yield _line(_shown(as_data(each)))


def _numbers(summary: Summary) -> Iterable[str]:
    yield f"- Accounts: {summary.accounts}"
    covered = ((each, summary.covered[each]) for each in Covered)
    yield from (f"  - {each}: {count}" for each, count in covered if count)
    yield f"- At no milestone: {summary.no_milestone}"
    yield from (f"- At {each.milestone}: {each.at}, reached by {each.reached}" for each in summary.milestones)
    yield from (f"- Blocked by {_counted(each)}" for each in _by_road(summary.blockers))
    yield from (f"- Advised {_counted(each)}" for each in _by_road(summary.advice))


def _by_road(counts: Iterable[CodeCount]) -> Iterable[CodeCount]:
    """In an order that does not change with the numbers."""
    return sorted(counts, key=lambda each: (each.milestone.order, each.code))


def _counted(count: CodeCount) -> str:
    return f"{count.code} ({count.milestone}): {count.accounts}"


def _shown(data: Mapping[str, Any]) -> Iterable[str]:
    codes = (_codes(data[each]) for each in ("blockers", "advice"))
    group = f"{data['resourceGroup']}/{data['name']}"
    rule = data["rule"] or data["covered"]
    return (group, data["subscription"], rule, data["goal"] or "", data["milestone"] or "", *codes)


def _line(cells: Iterable[str]) -> str:
    return f"| {' | '.join(escaped(each) for each in cells)} |\n"


def escaped(text: str) -> str:
    """The text as it is shown in a cell of a Markdown table: on one line, and with none of its characters taken for markup."""
    plain = " ".join(text.split())
    return "".join(f"\\{each}" if each in "\\|`*_<>[]&#~" else each for each in plain)


_WRITERS: Mapping[str, Callable[[AsyncIterator[Posture], Summary | None], Texts]] = {
    "json": as_json,
    "csv": as_csv,
    "md": as_markdown,
}
