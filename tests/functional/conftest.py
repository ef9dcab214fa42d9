"""What the tests of the road share."""

import pytest

from tests.functional.road import Road
from tests.local import LocalRun


@pytest.fixture
async def road(local: LocalRun) -> Road:
    return Road(local)
