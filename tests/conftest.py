"""One local Azure for the test run, in a process of its own; this process is pointed at it before any client is made."""

import os
from collections.abc import AsyncIterator, Iterator
from pathlib import Path

import pytest
from hypothesis import settings

from simulator.certificates import AUTHORITY, authority
from simulator.child import Place, running
from tests.local import LocalRun
from tests.traffic import FOLDER, note_that_it_ran

ROOT = Path(__file__).parent.parent
LOCAL = ROOT / ".local"

_LAST = ("test_usage.py", "test_conformance.py")

# The same examples on every run; `--hypothesis-profile=long` takes new ones each time, and many
settings.register_profile("steady", derandomize=True, deadline=None)
settings.register_profile("long", deadline=None, max_examples=1000, print_blob=True)
settings.load_profile("steady")

# aiohttp reads it when it is imported, which collecting the tests does
authority(LOCAL)
os.environ["SSL_CERT_FILE"] = os.environ["REQUESTS_CA_BUNDLE"] = str(LOCAL / AUTHORITY)


def pytest_report_header() -> str:
    return f"traffic: {FOLDER}"


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """What looks at the whole run comes last: what the app has used, then all traffic."""
    items.sort(key=lambda each: _LAST.index(each.path.name) if each.path.name in _LAST else -1)


def pytest_runtest_teardown(item: pytest.Item) -> None:
    """Notes a file that runs as a whole, which -k and ids of single tests prevent."""
    if not item.config.getoption("keyword") and not any("::" in each for each in item.config.args):
        note_that_it_ran(item.path.name)


@pytest.fixture(scope="session")
def place(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Place]:
    """A local Azure without an app, kept for the whole run."""
    with running(tmp_path_factory.mktemp("azure"), "--no-app") as found:
        yield found


@pytest.fixture
async def local(place: Place, monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> AsyncIterator[LocalRun]:
    """The local Azure, as it was seeded, and everything of the product that a pass needs, in this process."""
    for name, value in place.app_settings().items():
        monkeypatch.setenv(name, value)
    async with LocalRun(place, tmp_path) as found:
        yield found
