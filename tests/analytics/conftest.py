"""The simulated house as recordings, with its truth: see `house_recordings.py`."""

from collections.abc import Mapping

import pytest
from tests.analytics.house_recordings import DeviceRecord, record_house


@pytest.fixture(scope="session")
def winter_month() -> Mapping[str, DeviceRecord]:
    """December of seed 1, told every minute: `ground` and `air`."""
    return record_house(1, days=31)


@pytest.fixture(scope="session")
def sparse_winter_month() -> Mapping[str, DeviceRecord]:
    """The same, told every five minutes."""
    return record_house(1, days=31, step=300)
