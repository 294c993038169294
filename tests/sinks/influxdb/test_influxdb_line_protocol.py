from datetime import UTC, datetime, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from pumphouse.core.model import PointKey, Reading
from pumphouse.sinks.influxdb.line_protocol import Place, Precision, encode, escape, series

from .line_parser import parse

NAMES = st.text(
    st.one_of(
        st.sampled_from(",= \"'éß°#€\u00ad🜁"),
        st.characters(exclude_categories=["Cc", "Cs"], exclude_characters="\\"),
    ),
    min_size=1,
    max_size=12,
)
NUMBERS = st.floats(allow_nan=False, allow_infinity=False)
EPOCH = datetime(1970, 1, 1, tzinfo=UTC)
INSTANTS = st.timedeltas(timedelta(0), timedelta(days=50_000)).map(lambda age: EPOCH + age)
OUTDOOR = PointKey("ground", "80105", "40004")
PLACES = {OUTDOOR: Place("heatpump,device=80105,source=ground", "outdoor_temperature")}
NOON = datetime(2026, 1, 15, 12, tzinfo=UTC)


@st.composite
def placed(draw):
    """Some readings of some points, and the names under which they are to be found."""
    keys = [PointKey("s", "d", str(n)) for n in range(draw(st.integers(1, 6)))]
    names = {key: (draw(st.dictionaries(NAMES, NAMES, max_size=3)), draw(NAMES)) for key in keys}
    readings = draw(
        st.lists(
            st.builds(Reading, st.sampled_from(keys), INSTANTS, NUMBERS), min_size=1, max_size=20
        )
    )
    return readings, names


@given(placed())
def test_everything_written_is_read_back_by_an_independent_parser(case):
    readings, names = case
    places = {key: Place(series("m", tags), escape(name)) for key, (tags, name) in names.items()}
    payload = encode(readings, places)
    unit = timedelta(seconds=1) if payload.precision is Precision.SECOND else timedelta(0, 0, 1000)
    found = {
        (line.tags, name, line.stamp): value
        for line in parse(payload.body)
        for name, value in line.fields
    }
    assert found == {
        (tuple(sorted(names[r.key][0].items())), names[r.key][1], (r.time - EPOCH) // unit): r.value
        for r in readings
    }


@given(placed())
def test_the_lines_that_a_payload_lists_are_those_of_its_body(case):
    readings, names = case
    places = {key: Place(series("m", tags), escape(name)) for key, (tags, name) in names.items()}
    payload = encode(readings, places)
    rows = payload.body.decode().split("\n")
    assert len(rows) == len(payload.lines) == len(set(payload.lines))
    assert all(r.startswith(line.series + " ") for r, line in zip(rows, payload.lines, strict=True))
    assert payload.fields == sum(len(line.fields) for line in parse(payload.body))


@given(st.dictionaries(NAMES, NAMES))
def test_tags_are_sorted_by_key(tags):
    line = parse((series("m", tags) + " v=1 0").encode())[0]
    assert [key for key, _ in line.tags] == sorted(tags)


@pytest.mark.parametrize("name", ["", "a\\", "a\\b", "a\nb", "a\tb", "a\x00", "\ud800"])
def test_a_name_that_servers_read_differently_is_refused(name):
    with pytest.raises(ValueError, match="cannot be written in line protocol"):
        escape(name)


@pytest.mark.parametrize(
    ("time", "precision", "stamp"),
    [
        (NOON, Precision.SECOND, 1768478400),
        (NOON + timedelta(milliseconds=7), Precision.MILLISECOND, 1768478400007),
        (NOON + timedelta(microseconds=7999), Precision.MILLISECOND, 1768478400007),
        (NOON.astimezone().replace(microsecond=0), Precision.SECOND, 1768478400),
        (EPOCH - timedelta(seconds=1), Precision.SECOND, -1),
    ],
)
def test_time_stamps_are_seconds_unless_that_loses_milliseconds(time, precision, stamp):
    payload = encode([Reading(OUTDOOR, time, 3.1)], PLACES)
    assert payload.precision is precision
    assert payload.body.decode().endswith(f" {stamp}")


def test_one_instant_with_milliseconds_makes_a_request_of_milliseconds():
    readings = [Reading(OUTDOOR, NOON + timedelta(milliseconds=n), 3.1) for n in (0, 250)]
    stamps = [line.stamp for line in parse(encode(readings, PLACES).body)]
    assert stamps == [1768478400000, 1768478400250]


def test_the_metrics_of_one_device_and_instant_share_a_line():
    humidity = PointKey("ground", "80105", "1")
    places = PLACES | {humidity: Place(PLACES[OUTDOOR].series, "humidity")}
    readings = [Reading(OUTDOOR, NOON, 3.1), Reading(humidity, NOON, 40)]
    assert encode(readings, places).body == (
        b"heatpump,device=80105,source=ground outdoor_temperature=3.1,humidity=40.0 1768478400"
    )


def test_the_later_of_two_readings_of_one_instant_counts():
    readings = [Reading(OUTDOOR, NOON, value) for value in (3.1, 3.2)]
    payload = encode(readings, PLACES)
    assert (payload.fields, parse(payload.body)[0].fields) == (1, (("outdoor_temperature", 3.2),))


@pytest.mark.parametrize("value", [0, 1, True, -0.0, 21, 5e-324, 1.7976931348623157e308, 1e22])
def test_every_number_is_written_as_a_float(value):
    text = encode([Reading(OUTDOOR, NOON, value)], PLACES).body.decode().split("=")[-1].split()[0]
    assert float(text) == value
    assert "." in text or "e" in text
