"""Every cause that `diagnose` knows is in its paper as the code has it, and is reproduced by a test."""

import re
from pathlib import Path

from shared.road.diagnose.causes import CAUSES, table

ROOT = Path(__file__).parent.parent.parent


def test_the_paper_has_the_causes_as_the_code_has_them() -> None:
    assert table() in (ROOT / "docs" / "diagnose.md").read_text(), "run scripts/generate_docs.py"


def test_every_cause_has_a_code_of_its_own_and_names_a_document() -> None:
    assert len({each.code for each in CAUSES}) == len(CAUSES)
    assert [each.code for each in CAUSES if not re.fullmatch(r"[a-zA-Z]+\.[a-zA-Z]+", each.code)] == []
    assert [each.code for each in CAUSES if '"' not in each.source or "|" in each.symptom + each.cause + each.fix] == []


def test_every_cause_is_the_most_likely_one_in_some_test_or_told_beside_it() -> None:
    paths = ("functional/test_diagnose.py", "unit/test_diagnose.py")
    tests = "\n".join((ROOT / "tests" / path).read_text() for path in paths)
    first = set(re.findall(r'\("([a-zA-Z]+\.[a-zA-Z]+)", "(?:confirmed|possible)"\)', tests))
    first |= set(re.findall(r'\}, "(network\.\w+)"\)', tests))
    # Nothing that can be read tells these from a more common cause of the same words
    beside = {"key.wrong", "token.notSent", "token.expired"}
    assert {each.code for each in CAUSES} - first == beside
    assert {each for each in beside if f'"{each}"' not in tests} == set()
