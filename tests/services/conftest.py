"""What the tests against real servers share."""

import random

import pytest

from pumphouse.core.ports import Host, SystemClock
from pumphouse.http.grants import FileGrantStore


@pytest.fixture
def host(tmp_path) -> Host:
    return Host(FileGrantStore(tmp_path / "grants"), SystemClock(), random.Random(7), "Pumphouse/1")
