"""Which new sensor may be an old one with a new battery."""

from dataclasses import replace
from datetime import UTC, datetime, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from pumphouse.core.model import Device
from pumphouse.core.units import Quantity, parse_unit
from pumphouse.runtime.sensors.suggestions import (
    LONGEST_SILENCE,
    STEPS,
    Sample,
    SensorFacts,
    Step,
    suggestions,
)

START = datetime(2026, 1, 15, 12, tzinfo=UTC)
MINUTE = timedelta(minutes=1)
CELSIUS, PERCENT = parse_unit("°C"), parse_unit("%")


def sensor(device, begin, end, celsius=21.0, *, model="Oregon", source="radio", settled=False):
    """A sensor that was heard between two minutes."""
    points = {"temperature_C": (celsius, CELSIUS, True), "battery": (100.0, PERCENT, False)}

    def samples(minute):
        time = START + minute * MINUTE
        return {name: Sample(time, *values) for name, values in points.items()}

    return SensorFacts(
        Device(source, device, device, model=model), samples(begin), samples(end), settled
    )


OLD = sensor("Oregon/1/155", 0, 1000)
NEW = sensor("Oregon/1/23", 1010, 1100, 21.5)


def pairs(*sensors):
    return [(one.hardware, one.device) for one in suggestions(sensors)]


def test_a_new_battery_is_suggested_with_its_reasons():
    (found,) = suggestions([OLD, NEW])
    assert (found.source, found.hardware, found.device) == ("radio", "Oregon/1/23", "Oregon/1/155")
    assert found.since == START + 1010 * MINUTE
    assert found.reason == (
        "the same model (Oregon) on the same channel, first heard 10 min after the old one fell"
        " silent, and its values go on: from 21 to 21.5 °C"
    )


@pytest.mark.parametrize(
    "new",
    [
        pytest.param(sensor("Oregon/2/23", 1010, 1100), id="another channel"),
        pytest.param(sensor("Other/1/23", 1010, 1100, model="Other"), id="another model"),
        pytest.param(sensor("Oregon/1/23", 1010, 1100, source="bus"), id="another source"),
        pytest.param(sensor("Oregon/1/23", 1010, 1100, 35.0), id="another temperature"),
        pytest.param(sensor("Oregon/1/23", 900, 1100), id="both were heard at once"),
        pytest.param(sensor("Oregon/1/23", 1000, 1100), id="both were heard in one instant"),
        pytest.param(sensor("Oregon/1/23", 200_000, 200_001), id="too long ago"),
        pytest.param(sensor("Oregon/1/23", 1010, 1100, settled=True), id="it has a name"),
        pytest.param(replace(NEW, first={}, last={}), id="it was never heard"),
        pytest.param(
            replace(NEW, first={"battery": NEW.first["battery"]}), id="nothing to compare"
        ),
    ],
)
def test_what_does_not_fit_is_not_suggested(new):
    assert pairs(OLD, new) == []


def test_without_a_model_nothing_is_the_same():
    assert pairs(sensor("a", 0, 9, model=None), sensor("b", 10, 11, model=None)) == []


@pytest.mark.parametrize(
    "ids", [("28.01", "28.02"), ("Oregon/-/1", "Oregon/-/2"), ("Oregon/1", "Oregon/2")]
)
def test_an_id_without_a_channel_is_compared_by_its_model(ids):
    first, second = ids
    chips = sensor(first, 0, 9), sensor(second, 10, 11)
    assert pairs(*chips) == [(second, first)]
    assert "channel" not in suggestions(chips)[0].reason


def test_where_two_old_ones_fit_both_are_shown():
    other = sensor("Oregon/1/99", 0, 990, 20.0)
    assert sorted(pairs(OLD, other, NEW)) == [
        ("Oregon/1/23", "Oregon/1/155"),
        ("Oregon/1/23", "Oregon/1/99"),
    ]


def test_the_next_battery_goes_on_with_the_line_not_with_the_middle():
    line = replace(sensor("Oregon/1/155", 0, 1100), settled=True)
    third = sensor("Oregon/1/7", 1105, 1200)
    assert pairs(line, third) == [("Oregon/1/7", "Oregon/1/155")]


sensors = st.builds(
    lambda number, begin, length, celsius, settled: sensor(
        f"Oregon/1/{number}", begin, begin + length, celsius, settled=settled
    ),
    st.integers(0, 5),
    st.integers(0, 5000),
    st.integers(0, 2000),
    st.floats(-30, 40),
    st.booleans(),
)


@given(st.lists(sensors, unique_by=lambda one: one.device.id))
def test_every_suggestion_is_of_one_that_ended_and_one_that_began_later(found):
    known = {one.device.id: one for one in found}
    for one in suggestions(found):
        old, new = known[one.device], known[one.hardware]
        silence = new.began - old.ended
        assert timedelta(0) < silence <= LONGEST_SILENCE
        assert not new.settled
        change = new.first["temperature_C"].value - old.last["temperature_C"].value
        assert STEPS[Quantity.TEMPERATURE].allows(change, silence)
        assert one.since == new.began


@given(st.lists(sensors, unique_by=lambda one: one.device.id), st.randoms())
def test_the_order_of_the_sensors_does_not_matter(found, chance):
    shuffled = list(found)
    chance.shuffle(shuffled)
    assert suggestions(found) == suggestions(shuffled)


@given(st.floats(-100, 100), st.floats(0, 1e6), st.floats(0, 1e6))
def test_a_longer_silence_allows_what_a_shorter_one_does(change, first, second):
    step = Step(4, 1, 15)
    shorter, longer = sorted((timedelta(seconds=first), timedelta(seconds=second)))
    assert step.allows(change, longer) or not step.allows(change, shorter)
