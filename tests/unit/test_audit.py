"""What is said of pip-audit's answers: a fault fails, silence does not and is named."""

import runpy
from typing import Any

from tests.conftest import ROOT

AUDIT = runpy.run_path(str(ROOT / "scripts" / "audit.py"))
SOUND: dict[str, Any] = {"name": "aiohttp", "version": "3.14.5", "vulns": []}
FAULTY: dict[str, Any] = {
    "name": "idna",
    "version": "3.1",
    "vulns": [{"id": "PYSEC-1", "fix_versions": ["3.7", "4.0"], "aliases": [], "description": "long"}],
}
UNKNOWN: dict[str, Any] = {"name": "wrapt", "skip_reason": "not found"}


def test_a_fault_is_told_with_the_version_that_mends_it() -> None:
    assert AUDIT["told"](FAULTY) == ["idna 3.1: PYSEC-1, mended in 3.7, 4.0"]
    assert AUDIT["told"](SOUND) == AUDIT["told"](UNKNOWN) == []


def test_a_fault_without_a_mended_version_is_told_too() -> None:
    assert AUDIT["told"]({**FAULTY, "vulns": [{"id": "PYSEC-2", "fix_versions": []}]}) == [
        "idna 3.1: PYSEC-2, mended in none"
    ]


def test_packages_that_the_index_does_not_know_are_counted() -> None:
    assert (
        AUDIT["summary"]([SOUND, FAULTY, UNKNOWN], 1)
        == "2 packages looked up, 1 known faults, 1 not known to the index"
    )


def test_an_index_that_answers_nothing_is_no_clean_bill() -> None:
    assert AUDIT["summary"]([UNKNOWN, UNKNOWN], 0).startswith("not asked for known faults")
    assert AUDIT["are_unknown"]([UNKNOWN])
    assert not AUDIT["are_unknown"]([UNKNOWN, SOUND])
