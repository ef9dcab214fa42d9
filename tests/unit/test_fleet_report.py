"""The report differs where a posture does and nowhere else, and each of its forms can be read by what reads such forms."""

import csv
import io
import json
from collections.abc import AsyncIterator, Iterable
from dataclasses import replace
from datetime import timedelta
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from shared.road.fleet_counts import counted
from shared.road.fleet_report import COLUMNS, as_csv, as_data, as_json, as_markdown, csv_line, escaped
from shared.store.postures import Posture
from tests.postures import NOW, fleet, posture
from tests.unit.test_fleet_counts import FLEETS, glances

TEXTS = st.text(st.characters(codec="utf-8"), max_size=30)


async def each_of(postures: Iterable[Posture]) -> AsyncIterator[Posture]:
    for each in postures:
        yield each


async def written(write: Any, postures: list[Posture]) -> str:
    summary = await counted(glances(postures), NOW)
    return "".join([text async for text in write(each_of(postures), summary)])


@given(FLEETS)
async def test_json_holds_every_account_in_order_and_on_a_line_of_its_own(postures: list[Posture]) -> None:
    text = await written(as_json, postures)
    assert json.loads(text) == {"accounts": [json.loads(json.dumps(as_data(each))) for each in postures]}
    assert len(text.splitlines()) == (len(postures) + 2 if postures else 1)


@given(FLEETS)
async def test_csv_is_read_back_as_the_same_cells(postures: list[Posture]) -> None:
    rows = list(csv.DictReader(io.StringIO(await written(as_csv, postures), newline="")))
    assert [each["id"] for each in rows] == [each.account.text for each in postures]
    for row, each in zip(rows, postures, strict=True):
        assert list(row) == list(COLUMNS)
        assert row["milestone"] == (each.milestone or "")
        assert row["blockers"].split() == list(dict.fromkeys(said["code"] for said in each.blockers))
        assert {name: row[name] for name in each.reached} == dict(each.reached)


@given(st.lists(TEXTS, min_size=2, max_size=5))
def test_any_cells_survive_csv_and_none_is_a_formula_to_a_spreadsheet(cells: list[str]) -> None:
    line = csv_line(cells)
    assert line.endswith("\r\n")
    (found,) = csv.reader(io.StringIO(line, newline=""))
    for each, cell in zip(found, cells, strict=True):
        assert each in {cell, f"'{cell}"}
        assert not each.startswith(("=", "+", "-", "@", "\t", "\r", "\n"))


@given(TEXTS)
def test_any_text_is_one_cell_of_a_markdown_table(text: str) -> None:
    shown = escaped(text)
    assert len(shown.splitlines()) <= 1
    assert "|" not in shown.replace("\\\\", "").replace("\\|", "")


@pytest.mark.parametrize("write", [as_json, as_csv, as_markdown])
async def test_nothing_changes_by_itself_and_what_a_pass_changes_is_one_line(write: Any) -> None:
    postures = list(fleet(40))
    before = await written(write, postures)
    later = [_passed_again(each) for each in postures]
    assert await written(write, later) == before
    changed = [replace(later[0], rule="another"), *later[1:]]
    lines, others = before.splitlines(), (await written(write, changed)).splitlines()
    assert [index for index, pair in enumerate(zip(lines, others, strict=True)) if pair[0] != pair[1]] == [
        next(index for index, line in enumerate(lines) if later[0].account.name in line)
    ]


def _passed_again(before: Posture) -> Posture:
    """The posture after another pass that found what it had found."""
    later = before.pass_finished + timedelta(days=1)
    return replace(
        before,
        pass_started=later,
        pass_finished=later,
        operation_id="another",
        cause="sweep",
        retry_at=later,
        evidence={name: f"{text} at {later}" for name, text in before.evidence.items()},
        blockers=tuple({**each, "message": f"at {later}"} for each in before.blockers),
    )


async def test_markdown_has_the_numbers_on_top_and_a_line_for_each_account() -> None:
    postures = list(fleet(40))
    text = await written(as_markdown, postures)
    numbers, table = text.split("\n\n")[1:3]
    assert "- Accounts: 40" in numbers
    assert len(table.splitlines()) == 42
    assert {line.count(" | ") for line in table.splitlines()} == {6}


async def test_names_of_a_rule_are_no_markup_and_no_formula() -> None:
    named = [posture(rule="=1+1|<b>")]
    assert "\\|\\<b\\>" in await written(as_markdown, named)
    assert ",'=1+1|<b>," in await written(as_csv, named)
