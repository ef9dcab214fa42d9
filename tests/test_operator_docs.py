"""The operator's papers say what infra, the scripts and the workflows have: nothing missing, nothing of the past."""

import json
import re
from pathlib import Path
from typing import Any

import pytest
import yaml

from tests.conftest import ROOT

DOCS = ROOT / "docs"
INFRA = ROOT / "infra"
PAPERS = (ROOT / "SECURITY.md", ROOT / "CONTRIBUTING.md", ROOT / "README.md", *DOCS.glob("*.md"))
ROLES = json.loads((INFRA / "roles.json").read_text())
ALERTS = json.loads((INFRA / "alerts.json").read_text())
REASON = 20  # characters: a reason, not a word


def text(name: str) -> str:
    return (DOCS / name).read_text()


def rows(name: str, heading: str) -> list[list[str]]:
    """The cells of a table, by the first cell of its heading."""
    table = text(name).partition(f"\n| {heading} |")[2].partition("\n\n")[0]
    return [[cell.strip() for cell in line.strip("|").split(" | ")] for line in table.splitlines()[2:]]


def named(cells: list[str]) -> set[str]:
    """What stands between backticks in the first cell of a row."""
    return set(re.findall(r"`([^`]+)`", cells[0]))


def test_every_module_of_infra_is_described_and_no_other() -> None:
    described = set[str]().union(*map(named, rows("deploy.md", "file in `infra/modules`")))
    assert described == {path.stem for path in (INFRA / "modules").glob("*.bicep")}


def test_every_parameter_of_the_first_stage_is_described_and_no_other() -> None:
    described = set[str]().union(*map(named, rows("deploy.md", "parameter of `infra/main.bicep`")))
    assert described == set(re.findall(r"^param (\w+)", (INFRA / "main.bicep").read_text(), re.MULTILINE))


def test_every_script_of_infra_and_module_for_companies_is_named() -> None:
    papers = text("deploy.md") + text("security.md")
    found = [*(INFRA / "scripts").iterdir(), *(INFRA / "for-companies").glob("*.bicep")]
    assert [path.name for path in found if path.name not in papers] == []


def test_every_variable_that_azd_is_asked_for_is_in_the_paper() -> None:
    asked = set(re.findall(r"\$\{(UNKEYED_\w+)", (INFRA / "main.parameters.json").read_text()))
    assert [each for each in sorted(asked) if each not in text("deploy.md")] == []


@pytest.mark.parametrize(
    "role", [each for each in ROLES["roles"] if each["identity"] == "app"], ids=lambda each: each["key"]
)
def test_every_role_of_the_app_is_in_the_security_model_with_its_reason(role: dict[str, Any]) -> None:
    found = [
        cells
        for cells in rows("security.md", "role, or permission of Microsoft Graph")
        if cells[0].startswith(role["name"])
    ]
    assert len(found) == 1
    assert len(found[0][2]) >= REASON


def test_the_roles_of_others_are_in_the_security_model_too() -> None:
    others = {each["name"] for each in ROLES["roles"] if each["identity"] != "app"}
    assert [name for name in sorted(others) if name not in text("security.md")] == []


def test_every_permission_of_microsoft_graph_is_in_the_security_model_with_its_reason() -> None:
    reasons = {
        name: cells[2]
        for cells in rows("security.md", "role, or permission of Microsoft Graph")
        for name in named(cells)
    }
    graph = {name for name in reasons if name.endswith(".All")}
    assert graph == {each["permission"] for each in ROLES["graph"]}
    assert min(len(reasons[name]) for name in graph) >= REASON


def test_every_alert_is_in_the_runbook_and_no_other() -> None:
    described = [cells[0].strip("`") for cells in rows("runbook.md", "alert")]
    assert sorted(described) == sorted(each["name"] for kind in ALERTS.values() for each in kind)
    assert all(len(cells) == 3 and cells[1] and cells[2] for cells in rows("runbook.md", "alert"))


def test_every_table_of_the_store_is_in_the_paper_on_scaling_and_no_other() -> None:
    code = "\n".join(path.read_text() for path in (ROOT / "shared" / "store").glob("*.py"))
    described = set[str]().union(*map(named, rows("scaling.md", "table")))
    assert described == set(re.findall(r'"(Unkeyed[A-Z]\w+)"', code))


def test_every_make_target_that_a_paper_names_exists() -> None:
    targets = set(re.findall(r"^([a-z-]+):", (ROOT / "Makefile").read_text(), re.MULTILINE))
    said = {target for paper in PAPERS for target in re.findall(r"`make ([a-z-]*[a-z])\b", paper.read_text())}
    assert said <= targets


@pytest.mark.parametrize("paper", PAPERS, ids=lambda path: path.name)
def test_links_and_headings_that_papers_point_to_are_there(paper: Path) -> None:
    for link in re.findall(r"\]\((?!https?:)([^)]+)", paper.read_text()):
        name, _, heading = link.partition("#")
        target = (paper.parent / name) if name else paper
        assert target.exists(), link
        assert not heading or heading in anchors(target), link


def anchors(paper: Path) -> set[str]:
    """What GitHub makes of the headings of a paper."""
    headings = re.findall(r"^#+ (.+)$", paper.read_text(), re.MULTILINE)
    return {re.sub(r"[^\w -]", "", each.lower()).replace(" ", "-") for each in headings}


def test_files_that_contributors_are_sent_to_exist() -> None:
    sent = re.findall(
        r"`((?:shared|functions|infra|docs|scripts|tests)/[\w./-]+)`", (ROOT / "CONTRIBUTING.md").read_text()
    )
    assert [each for each in sent if not (ROOT / each).exists()] == []


@pytest.mark.parametrize("workflow", sorted((ROOT / ".github" / "workflows").glob("*.yml")), ids=lambda path: path.name)
def test_workflows_pin_actions_by_commit_and_may_only_read(workflow: Path) -> None:
    found = yaml.safe_load(workflow.read_text())
    used = [step["uses"] for job in found["jobs"].values() for step in job["steps"] if "uses" in step]
    assert used
    assert [each for each in used if not re.fullmatch(r"[\w-]+/[\w-]+@[0-9a-f]{40}", each)] == []
    assert found["permissions"] == {"contents": "read"}
    assert ".ci/run" in [step.get("run") for job in found["jobs"].values() for step in job["steps"]]
