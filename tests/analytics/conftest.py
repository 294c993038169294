"""The simulated house as recordings, with its truth: see `house_recordings.py`."""

from collections.abc import Mapping

import pytest
from hypothesis import settings
from tests.analytics.house_recordings import DeviceRecord, record_house

# Arithmetic is not tested by the clock: a machine that is busy elsewhere makes no example wrong.
settings.register_profile("arithmetic", deadline=None)
settings.load_profile("arithmetic")


@pytest.fixture(scope="session")
def winter_month() -> Mapping[str, DeviceRecord]:
    """December of seed 1, told every minute: `ground` and `air`."""
    return record_house(1, days=31)


@pytest.fixture(scope="session")
def sparse_winter_month() -> Mapping[str, DeviceRecord]:
    """The same, told every five minutes."""
    return record_house(1, days=31, step=300)
