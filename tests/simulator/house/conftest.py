from datetime import UTC, datetime, timedelta

import pytest

from pumphouse.simulator.house import House

START = datetime(2025, 7, 1, tzinfo=UTC)


@pytest.fixture(scope="session")
def year() -> House:
    """A house after a year; read it, do not advance it."""
    house = House(11, START)
    house.advance_to(START + timedelta(days=365))
    return house


@pytest.fixture(scope="session")
def winter_days() -> tuple[House, list[tuple[datetime, dict[str, dict[str, float | None]]]]]:
    """Ten days of a cold month, minute by minute; read it, do not advance it."""
    start = datetime(2026, 1, 20, tzinfo=UTC)
    house = House(11, start)
    rows = [
        (instant, {device: dict(values) for device, values in pumps.items()})
        for instant, pumps in house.history(until=start + timedelta(days=10), step_seconds=60)
    ]
    return house, rows
