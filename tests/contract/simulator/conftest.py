"""What tests of several services need."""

from collections.abc import AsyncIterator

import pytest

from tests.contract.simulator.test_event_grid import Receiver, listening


@pytest.fixture
async def hook() -> AsyncIterator[Receiver]:
    async with listening() as made:
        yield made
