"""Values that a sensor cannot have meant are set aside; a step that lasts is believed."""

from datetime import UTC, datetime, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from pumphouse.config.load import parse
from pumphouse.config.sensors import CheckSettings
from pumphouse.core.errors import ConfigurationError
from pumphouse.core.model import Batch, Point, PointKey, Reading
from pumphouse.core.units import parse_unit
from pumphouse.runtime.sensors.checks import Checks, Watch
from pumphouse.runtime.sensors.limits import DEFAULTS, Limits, limits_of

START = datetime(2026, 1, 15, 12, tzinfo=UTC)
KEY = PointKey("radio", "model/1/155", "temperature_C")
POINT = Point(KEY, "Temperature", "sensor_temperature", parse_unit("°C"))
LIMITS = Limits(-60, 150, 20, 3)

believable = st.floats(min_value=-60, max_value=150)


def at(minute):
    return START + timedelta(minutes=minute)


def believed(values, limits=LIMITS, every=1.0):
    """Which of these values, so many minutes apart, are believed."""
    watch = Watch(limits, "°C")
    return [value for n, value in enumerate(values) if watch.doubt(at(n * every), value) is None]


@given(st.lists(believable, max_size=1))
def test_the_first_value_within_the_range_is_believed(values):
    assert believed(values) == values


@given(st.floats(allow_nan=False).filter(lambda value: not -60 <= value <= 150))
def test_what_is_out_of_range_is_never_believed_however_long_it_lasts(value):
    assert believed([20.0, *[value] * 10]) == [20.0]


@pytest.mark.parametrize("spike", [45.0, -5.0, 149.0])
def test_a_spike_is_set_aside_and_the_values_after_it_are_not(spike):
    assert believed([20.0, spike, 20.5, 21.0]) == [20.0, 20.5, 21.0]


def test_a_step_that_lasts_is_believed_with_its_third_value():
    assert believed([20.0, 60.0, 61.0, 62.0, 63.0]) == [20.0, 62.0, 63.0]


def test_values_that_jump_to_and_fro_are_not_believed():
    assert believed([20.0, 60.0, 100.0, 60.0, 100.0, 20.5], every=0.1) == [20.0, 20.5]


@given(st.lists(believable, min_size=1), st.floats(min_value=1, max_value=600))
def test_three_similar_values_are_always_believed_in_the_end(values, every):
    assert believed([*values, 50.0, 50.0, 50.0], every=every)[-1] == 50.0


@given(believable, believable)
def test_after_a_long_silence_any_value_may_follow_another(before, after):
    watch = Watch(LIMITS)
    watch.believe(START, before)
    assert watch.doubt(at(11), after) is None


def test_two_values_within_a_second_may_differ_as_within_a_minute():
    watch = Watch(LIMITS)
    watch.believe(START, 20.0)
    assert watch.doubt(START + timedelta(seconds=1), 39.0) is None


def test_what_comes_late_says_nothing_about_what_comes_next():
    watch = Watch(LIMITS)
    watch.believe(START, 20.0)
    assert watch.doubt(at(-60), 100.0) is None
    assert watch.doubt(at(1), 21.0) is None


def test_a_reason_is_a_sentence_with_the_numbers():
    watch = Watch(LIMITS, "°C")
    watch.believe(START, 20.0)
    assert watch.doubt(at(1), 200.0) == "200 °C is outside -60 to 150 °C"
    assert watch.doubt(at(1), 50.0) == (
        "50 °C is 30 °C away from the value before; at most 20 °C a minute is believed"
    )


def batch(*values, described=True):
    readings = tuple(Reading(KEY, at(n), value) for n, value in enumerate(values))
    return Batch("radio", points=(POINT,) if described else (), readings=readings)


def checks(**settings):
    sections = {name: CheckSettings(**one) for name, one in settings.items()}
    return Checks(lambda point: limits_of(point, sections))


def test_a_batch_without_doubts_is_handed_on_as_it_is():
    given_batch = batch(20.0, 20.1)
    assert checks().checked(given_batch) is given_batch


def test_doubts_leave_the_readings_and_are_suspects():
    checked = checks().checked(batch(20.0, -127.0, 20.1))
    assert [reading.value for reading in checked.readings] == [20.0, 20.1]
    (suspect,) = checked.suspects
    assert (suspect.key, suspect.time, suspect.value) == (KEY, at(1), -127.0)


def test_a_point_stays_watched_when_it_is_described_no_more():
    one = checks()
    one.checked(batch(20.0))
    assert one.checked(batch(999.0, described=False)).readings == ()


def test_what_is_no_sensor_of_the_owner_s_is_not_checked():
    pump = Point(KEY, "BT1", "outdoor_temperature", parse_unit("°C"))
    assert limits_of(pump, {}) is None
    assert limits_of(Point(KEY, "no meaning"), {}) is None


@pytest.mark.parametrize("metric", ["sensor_temperature", "sensor_temperature_2"])
def test_every_instance_of_a_metric_has_its_limits(metric):
    assert limits_of(Point(KEY, "", metric), {}) == DEFAULTS["sensor_temperature"]


@pytest.mark.parametrize("pattern", ["sensor_temperature", "model/1/155", "model/*", "*/temp*"])
def test_a_section_is_for_a_metric_a_device_or_a_point(pattern):
    limits = limits_of(POINT, {pattern: CheckSettings(maximum=40)})
    assert limits == Limits(-60, 40, 30, 3)


def test_a_later_section_adds_to_an_earlier_one():
    sections = {
        "sensor_temperature": CheckSettings(minimum=-40, maximum=60, confirmations=5),
        "model/1/155": CheckSettings(maximum=95, change_per_minute=40),
    }
    assert limits_of(POINT, sections) == Limits(-40, 95, 40, 5)


def test_checks_can_be_switched_off_for_one_and_on_for_any():
    assert limits_of(POINT, {"model/*": CheckSettings(enabled=False)}) is None
    pump = Point(PointKey("house", "pump", "1"), "BT1", "outdoor_temperature")
    assert limits_of(pump, {"outdoor_temperature": CheckSettings(minimum=-50)}) == Limits(-50)


def test_the_sections_come_from_the_configuration():
    text = """
[sensors.checks.sensor_temperature]
minimum = -40
[sensors.checks."Oregon-THGR122N/1/155"]
change_per_minute = 5
"""
    sections = parse(text, {}).sensors.checks
    assert list(sections) == ["sensor_temperature", "Oregon-THGR122N/1/155"]
    assert sections["sensor_temperature"].minimum == -40


@pytest.mark.parametrize(
    ("line", "problem"),
    [
        ("minimum = 5\nmaximum = 5", "less than maximum"),
        ("change_per_minute = 0", "change_per_minute"),
        ("minimun = 5", "minimun: no such setting"),
    ],
)
def test_a_mistake_is_named(line, problem):
    with pytest.raises(ConfigurationError, match=problem):
        parse(f"[sensors.checks.sensor_temperature]\n{line}", {})
