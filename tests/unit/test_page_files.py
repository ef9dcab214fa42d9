"""The page's files: nothing inline, nothing from other hosts, no text read as markup, every module parses."""

import re
import subprocess
from pathlib import Path

import pytest

from functions.portal.page import FOLDER

MODULES = sorted(FOLDER.glob("*.js"))
PAGES = sorted(FOLDER.glob("*.html"))
NAMESPACE = "http://www.w3.org/2000/svg"


def test_every_module_parses() -> None:
    for each in MODULES:
        checked = ["node", "--input-type=module", "--check"]
        done = subprocess.run(checked, input=each.read_text(), capture_output=True, text=True, check=False)
        assert done.returncode == 0, f"{each.name}: {done.stderr}"


def test_every_name_that_is_imported_is_there() -> None:
    for each in MODULES:
        for names, module in re.findall(r'^import \{([^}]+)\} from "\./([\w.]+)";', each.read_text(), re.MULTILINE):
            exported = re.findall(
                r"^export (?:async )?(?:function|const|class) (\w+)", (FOLDER / module).read_text(), re.MULTILINE
            )
            assert {name.strip() for name in names.split(",")} <= set(exported), f"{each.name} imports of {module}"


@pytest.mark.parametrize("page", PAGES, ids=lambda each: each.name)
def test_a_page_is_made_of_files_that_are_there_and_nothing_inline(page: Path) -> None:
    text = page.read_text()
    named = re.findall(r'(?:src|href)="/page/([^"]+)"', text)
    assert named
    assert all((FOLDER / each).is_file() for each in named)
    assert not re.search(r"<style|style=|\son\w+=|<script(?![^>]*\ssrc=)", text)


def test_text_is_never_read_as_markup() -> None:
    forbidden = r"innerHTML|outerHTML|insertAdjacentHTML|createContextualFragment|DOMParser|document\.write|\beval\(|new Function"
    assert not [each.name for each in MODULES if re.search(forbidden, each.read_text())]


def test_nothing_names_another_host() -> None:
    for each in FOLDER.iterdir():
        found = set(re.findall(r"https?://[\w.-]+[\w/.-]*", each.read_text()))
        assert found <= {NAMESPACE}, each.name
