"""Views, their addresses, and steps that are round."""

from datetime import UTC, datetime, timedelta
from urllib.parse import parse_qs

import pytest
from hypothesis import given
from hypothesis import strategies as st

from pumphouse.core.errors import UsageError
from pumphouse.core.model import Interval
from pumphouse.web.history.view import PRESETS, View, nice_step, view_of

NOW = datetime(2026, 3, 29, 12, tzinfo=UTC)
ZONE = "Europe/Stockholm"


def asked(start=None, end=None, last=None, points=()):
    return view_of(None, points, times=(start, end, last), zone=ZONE, now=NOW)


def test_without_a_time_it_is_the_last_day():
    view = asked()
    assert (view.last, view.interval) == ("24h", Interval(NOW - timedelta(days=1), NOW))


def test_a_date_is_midnight_at_the_site_also_in_the_night_of_summer_time():
    view = asked("2026-03-29", "2026-03-30")
    assert view.interval.start == datetime(2026, 3, 28, 23, tzinfo=UTC)
    assert view.interval.duration == timedelta(hours=23)


def test_a_fixed_stretch_goes_before_a_length():
    assert asked("2026-01-01", "2026-01-02", "7d").last is None


@pytest.mark.parametrize(
    ("start", "end", "last"),
    [
        ("2026-01-02", "2026-01-01", None),
        ("2026-01-01", "2026-01-01", None),
        ("1800-01-01", "2026-01-01", None),
        ("yesterday evening", None, None),
        (None, None, "a while"),
    ],
)
def test_what_makes_no_sense_is_refused(start, end, last):
    with pytest.raises(UsageError):
        asked(start, end, last)


def test_a_point_named_twice_is_drawn_once():
    assert asked(points=["a", "b", "a", ""]).points == ("a", "b")


moments = st.integers(86_400, 4_100_000_000).map(lambda at: datetime.fromtimestamp(at, UTC))
names = st.text(st.characters(codec="utf-8", exclude_categories=["C"]), min_size=1, max_size=8)
views = st.builds(
    lambda device, points, start, length: View(
        device, tuple(dict.fromkeys(points)), None, Interval(start, start + length)
    ),
    st.none() | names,
    st.lists(names, max_size=4),
    moments,
    st.timedeltas(timedelta(minutes=1), timedelta(days=3000)).map(
        lambda length: timedelta(seconds=round(length.total_seconds()))
    ),
)


@given(views)
def test_an_address_brings_the_same_view_back(view):
    fields = parse_qs(view.query())
    times = (fields["from"][0], fields["to"][0], None)
    device = fields.get("device", [None])[0]
    again = view_of(device, fields.get("point", []), times=times, zone=ZONE, now=NOW)
    assert again == view


@given(views, st.sampled_from([-1.0, -0.5, 0.5, 1.0]))
def test_there_and_back_is_the_same_stretch(view, share):
    assert view.moved(share).moved(-share).interval == view.interval


@given(views)
def test_zooming_out_shows_all_of_what_was_shown(view):
    wider = view.zoomed(2).interval
    assert wider.start <= view.interval.start < view.interval.end <= wider.end


@given(st.floats(60, 3e9), st.integers(100, 6000))
def test_a_step_cuts_into_few_enough_pieces_and_divides_the_day(seconds, most):
    step = nice_step(seconds, most, 1)
    if step is not None:
        assert seconds / step <= most + 1e-6
        assert step % 86400 == 0 or 86400 % step == 0


def test_where_readings_are_few_they_are_shown_themselves():
    assert nice_step(86400, 1500, 60) is None


@pytest.mark.parametrize("last", PRESETS)
def test_every_preset_is_a_length(last):
    assert asked(last=last).interval.end == NOW
