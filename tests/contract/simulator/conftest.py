"""What tests of several services need."""

from collections.abc import AsyncIterator

import pytest
from aiohttp import web

from tests.contract.simulator.test_event_grid import Receiver


@pytest.fixture
async def hook() -> AsyncIterator[Receiver]:
    """A subscriber on the loopback."""
    made = Receiver()
    app = web.Application()
    app.router.add_route("*", "/hook", made.handle)
    runner = web.AppRunner(app)
    await runner.setup()
    await web.TCPSite(runner, "127.0.0.1", 0).start()
    made.url = f"http://127.0.0.1:{runner.addresses[0][1]}/hook"
    yield made
    await runner.cleanup()
