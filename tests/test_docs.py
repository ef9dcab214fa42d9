"""Papers that cannot go stale: what they list is what the code has."""

import json
import re
from pathlib import Path

from shared.roles import ALIASES

ROOT = Path(__file__).parent.parent
DOCS = ROOT / "docs"


def test_every_setting_the_app_reads_is_documented_and_no_other() -> None:
    sources = [ROOT / "shared" / "settings.py", *(ROOT / "functions").glob("*.py")]
    code = "\n".join(path.read_text() for path in sources)
    read = set(
        re.findall(
            r"\b(?:UNKEYED_[A-Z_]+|WEBSITE_[A-Z_]+|AZURE_CLIENT_ID|APPLICATIONINSIGHTS_CONNECTION_STRING)\b", code
        )
    )
    named = set(re.findall(r"^\| `(\w+)` \|", (DOCS / "settings.md").read_text(), re.MULTILINE))
    assert {each for each in named if not each.startswith("AzureWebJobs")} == read
    example = json.loads((ROOT / "local.settings.example.json").read_text())["Values"]
    assert {each for each in example if each.startswith("UNKEYED_")} <= named


def test_every_blocker_is_in_the_runbook_and_no_other() -> None:
    code = "\n".join(path.read_text() for path in (ROOT / "shared" / "road").rglob("*.py"))
    said = set(re.findall(r'Blocker\(\s*"([a-zA-Z.]+)"', code)) | {
        "identity.denied",
        "step.interrupted",
        "limit.changesPerHour",
        "limit.throttled",
    }
    problems = {f"grant.{each}" for each in re.findall(r'^ {8}"(group\w+|projects\w+)": \(', code, re.MULTILINE)}
    probes = {f"probe.{each}" for each in re.findall(r'^ {8}"(role|network|token|endpoint)": \(', code, re.MULTILINE)}
    unreadable = {f"{each}.unreadable" for each in re.findall(r'unreadable\(\s*"(\w+)"', code)}
    table = (DOCS / "runbook.md").read_text().partition("| code |")[2].partition("\n\n")[0]
    named = {each for row in table.splitlines() for each in re.findall(r"`([a-z]+\.[a-zA-Z]+)`", row.split(" | ")[0])}
    assert named == said | problems | probes | unreadable


def test_every_outcome_event_is_documented_and_no_other() -> None:
    code = "\n".join(path.read_text() for part in ("shared", "functions") for path in (ROOT / part).rglob("*.py"))
    published = set(re.findall(r'(?:publish|_announce)\(\s*"([A-Z]\w+)"', code))
    steps = set(
        re.findall(r'^ {4}"[A-Z]\w+": "([A-Z]\w+)",$', (ROOT / "shared/road/announcing.py").read_text(), re.MULTILINE)
    )
    table = (DOCS / "api.md").read_text().partition("## Outcome events")[2].partition("\n## ")[0]
    assert set(re.findall(r"`Unkeyed\.([A-Z]\w+)`", table)) == published | steps
    assert len(steps) == 11


def test_the_policy_reference_names_every_alias() -> None:
    text = (DOCS / "policy.md").read_text()
    assert [alias for alias in ALIASES if f"`{alias}`" not in text] == []


def test_the_readme_is_short_and_its_links_lead_somewhere() -> None:
    readme = (ROOT / "README.md").read_text()
    assert len(readme.splitlines()) <= 100
    for paper in (ROOT / "README.md", *DOCS.rglob("*.md")):
        for link in re.findall(r"\]\((?!https?:)([^)#]+)", paper.read_text()):
            assert (paper.parent / link).exists(), f"{paper.name} links to {link}"


def test_every_make_target_the_readme_names_exists() -> None:
    targets = set(re.findall(r"^([a-z-]+):", (ROOT / "Makefile").read_text(), re.MULTILINE))
    assert set(re.findall(r"`?make ([a-z-]+)", (ROOT / "README.md").read_text())) <= targets
