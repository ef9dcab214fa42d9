"""What tests of several services need."""

from collections.abc import AsyncIterator
from pathlib import Path

import pytest

from simulator.azure import Azure
from tests.contract.simulator.network import Network, networked
from tests.contract.simulator.test_event_grid import Receiver, listening


@pytest.fixture
async def hook() -> AsyncIterator[Receiver]:
    async with listening() as made:
        yield made


@pytest.fixture
async def network(azure: Azure, tmp_path: Path) -> AsyncIterator[Network]:
    """For the module's own `azure`."""
    async with networked(azure, tmp_path) as made:
        yield made
