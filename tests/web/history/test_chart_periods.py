"""What is shaded behind the lines."""

from datetime import UTC, datetime, timedelta

import pytest

from pumphouse.core.model import Option, Point, PointKey, Reading
from pumphouse.web.history.periods import Told, periods
from pumphouse.web.history.samples import Samples

START = datetime(2026, 1, 1, tzinfo=UTC)
STATUS = Point(
    PointKey("pump", "d1", "43427"),
    "status",
    "compressor_status",
    options=tuple(
        Option(code, text)
        for code, text in ((20, "Off"), (40, "Starting"), (60, "Running"), (120, "Defrosting"))
    ),
)
PRIORITY = Point(
    PointKey("pump", "d1", "43086"),
    "prio",
    "priority",
    options=(Option(10, "Off"), Option(20, "Hot water")),
)
FREQUENCY = Point(PointKey("pump", "d1", "43136"), "frequency", "compressor_frequency")


def told(point: Point, *values: float, minutes: float = 5) -> Told:
    samples = Samples.of_readings(
        Reading(point.key, START + timedelta(minutes=minutes * n), value)
        for n, value in enumerate(values)
    )
    return Told(point, samples, samples.times, None)


def shaded(*points: Told):
    found = periods({str(one.point.metric): one for one in points}, 300)
    zero = START.timestamp()
    return {
        kind: [((start - zero) / 60, (end - zero) / 60) for start, end in stretches]
        for kind, stretches in found.items()
    }


def test_a_period_lasts_from_the_first_reading_to_the_one_that_says_otherwise():
    assert shaded(told(STATUS, 20, 40, 60, 60, 20)) == {"compressor": [(5, 20)]}


def test_defrosting_is_not_the_compressor_heating():
    assert shaded(told(STATUS, 60, 120, 60, 20)) == {
        "compressor": [(0, 5), (10, 15)],
        "defrost": [(5, 10)],
    }


def test_hot_water_is_what_the_pump_works_for():
    assert shaded(told(PRIORITY, 10, 20, 20, 10)) == {"hot_water": [(5, 15)]}


def test_a_pump_without_a_status_shows_its_compressor_by_frequency():
    assert shaded(told(FREQUENCY, 0, 45, 30, 0)) == {"compressor": [(5, 15)]}


def test_in_a_silence_nothing_is_shaded():
    assert shaded(told(STATUS, 60, 60, 60, minutes=120)) == {}


@pytest.mark.parametrize("values", [(), (20, 20), (99, 99)], ids=["none", "off", "unknown code"])
def test_what_never_happened_is_absent(values):
    assert shaded(told(STATUS, *values)) == {}
