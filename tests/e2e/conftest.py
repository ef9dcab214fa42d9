"""The local Azure with the app in its host, one for each module, with short waits."""

from collections.abc import AsyncIterator, Iterator

import pytest

from simulator.child import running
from tests.e2e.app import AppRun
from tests.e2e.portal import Portal
from tests.local import Place

_QUEUES = "AzureFunctionsJobHost__extensions__queues__"
QUICK = {
    "UNKEYED_PASS_SECONDS": "5",
    f"{_QUEUES}visibilityTimeout": "00:00:00",
    f"{_QUEUES}maxPollingInterval": "00:00:00.2",
}


@pytest.fixture(scope="module")
def hosted(request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Place]:
    """The message of a worker that died comes back after a second; a lease ends after five. A module may add SETTINGS."""
    settings = {**QUICK, **getattr(request.module, "SETTINGS", {})}
    with running(tmp_path_factory.mktemp("hosted"), "--message-visibility", "1", **settings) as found:
        yield found


@pytest.fixture
async def app(hosted: Place) -> AsyncIterator[AppRun]:
    """The seeded tenant, with the app watching it."""
    async with AppRun(hosted) as found:
        yield found


@pytest.fixture
async def portal(app: AppRun) -> AsyncIterator[Portal]:
    """The app's HTTP side."""
    async with Portal(app.client, app.place.variables["UNKEYED_PORTAL"]) as found:
        yield found
