"""A small house to be exposed: one pump, made of literal values."""

from collections.abc import Callable, Sequence
from datetime import UTC, datetime

import pytest

from pumphouse.core.model import Device, Option, Point, PointKey, Reading
from pumphouse.core.ports import News
from pumphouse.core.units import parse_unit
from pumphouse.sinks.prometheus import HouseFigures, PrometheusExposition
from pumphouse.testing.clock import FakeClock

NOW = datetime(2026, 1, 15, 12, tzinfo=UTC)

Row = tuple[str, str, float] | tuple[str, str, float, tuple[Option, ...]]


@pytest.fixture
def clock() -> FakeClock:
    return FakeClock(NOW)


@pytest.fixture
def exposition(clock) -> PrometheusExposition:
    return PrometheusExposition(clock)


@pytest.fixture
def news() -> Callable[..., News]:
    """News of one device whose points are rows of metric, unit and value."""

    def make(
        rows: Sequence[Row] = (("outdoor_temperature", "°C", -3.5),),
        *,
        device: Device | None = None,
        answering: bool = True,
        time: datetime = NOW,
    ) -> News:
        device = device or Device("house", "80105", "Cellar", "NIBE", "F1245", firmware="9478")
        points: dict[PointKey, Point] = {}
        latest: dict[PointKey, Reading] = {}
        for number, (metric, unit, value, *options) in enumerate(rows):
            key = PointKey(device.source, device.id, str(40000 + number))
            of = options[0] if options else ()
            points[key] = Point(key, metric, metric=metric, unit=parse_unit(unit), options=of)
            latest[key] = Reading(key, time, value)
        answers = {device.source: answering}
        return News((device,), points, latest, frozenset(latest), answers)

    return make


@pytest.fixture
def samples(exposition) -> Callable[..., dict[str, float]]:
    """What is rendered, line by line: series to value, without comments and process figures."""

    def read(figures: HouseFigures | None = None) -> dict[str, float]:
        lines = exposition.render(figures).decode().splitlines()
        pairs = (line.rsplit(" ", 1) for line in lines if not line.startswith("#"))
        return {name: float(value) for name, value in pairs if not name.startswith("process_")}

    return read
