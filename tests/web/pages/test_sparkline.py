"""A day as a small line."""

from datetime import UTC, datetime, timedelta

from hypothesis import given
from hypothesis import strategies as st

from pumphouse.core.model import Interval
from pumphouse.core.ports import Bucket
from pumphouse.web.pages.sparkline import HEIGHT, WIDTH, polyline

NOON = datetime(2026, 1, 15, 12, tzinfo=UTC)
DAY = Interval(NOON - timedelta(hours=24), NOON)


def bucket(hour: int, value: float, last: float | None = None) -> Bucket:
    start = DAY.start + timedelta(hours=hour)
    return Bucket(start, 12, value, value, value, value if last is None else last)


def corners(line: str) -> list[tuple[float, float]]:
    return [(float(x), float(y)) for x, y in (corner.split(",") for corner in line.split())]


def test_a_line_needs_two_hours():
    assert polyline([], DAY) == ""
    assert polyline([bucket(3, 1.0)], DAY) == ""


def test_the_highest_value_is_on_top_and_the_line_ends_now():
    line = corners(polyline([bucket(0, 1.0), bucket(1, 3.0), bucket(2, 2.0)], DAY))
    assert line == [(2.5, 26), (7.5, 2), (12.5, 14), (WIDTH, 14)]


def test_a_stale_value_is_not_drawn_up_to_now():
    line = corners(polyline([bucket(0, 1.0), bucket(1, 3.0)], DAY, held=False))
    assert line[-1] == (7.5, 2)


def test_hours_without_a_reading_keep_the_last_value():
    line = corners(polyline([bucket(0, 0.0, last=1.0), bucket(10, 2.0)], DAY))
    assert line[1] == (50, 14)


def test_a_line_that_never_changes_lies_in_the_middle():
    assert {y for _, y in corners(polyline([bucket(0, 5.0), bucket(5, 5.0)], DAY))} == {HEIGHT / 2}


@given(st.lists(st.tuples(st.integers(-1, 23), st.floats(-1e6, 1e6)), max_size=24))
def test_no_corner_leaves_the_box_and_time_never_goes_back(values):
    hours = dict(values)
    line = corners(polyline([bucket(hour, hours[hour]) for hour in sorted(hours)], DAY))
    assert all(0 <= x <= WIDTH and 0 <= y <= HEIGHT for x, y in line)
    assert line == sorted(line, key=lambda corner: corner[0])
