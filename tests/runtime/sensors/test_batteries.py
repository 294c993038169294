"""A battery that runs low is told once, and once more when it is good again."""

from datetime import UTC, datetime, timedelta

import pytest

from pumphouse.core.model import EventKind, PointKey, Reading, Severity
from pumphouse.runtime.sensors.batteries import Battery, battery_event_id, titled

START = datetime(2026, 1, 15, 12, tzinfo=UTC)
KEY = PointKey("radio", "model/1/155", "battery_ok")


def said(values, metric="sensor_battery_ok", every=1, lasting=None):
    """What is told of these values, so many minutes apart."""
    battery = Battery(KEY, metric, lasting)
    times = (START + timedelta(minutes=every * n) for n in range(len(values)))
    return battery.news(
        Reading(KEY, time, value) for time, value in zip(times, values, strict=True)
    )


def test_the_second_low_word_is_news_and_no_further_one():
    (event,) = said([1, 0, 0, 0, 0])
    assert (event.kind, event.severity) == (EventKind.SENSOR, Severity.WARNING)
    assert (event.source, event.device) == ("radio", "model/1/155")
    assert event.id.startswith(battery_event_id("model/1/155"))
    assert event.time == START + timedelta(minutes=2)
    assert titled(event, "Cellar").title == "The battery of Cellar is nearly empty"


@pytest.mark.parametrize("values", [[1, 1], [1, 0, 1, 0, 1], [0]])
def test_one_low_word_is_no_news(values):
    assert said(values) == []


def test_a_battery_that_recovers_for_minutes_is_told_once():
    assert len(said([0, 0, 1, 1, 0, 0, 1, 0, 0])) == 1


def test_an_hour_of_good_words_ends_it_where_they_began():
    began, ended = said([0, 0, 1, 1, 1, 1, 1], every=20)
    assert ended.id == began.id
    assert ended.ended == START + timedelta(minutes=40)


def test_a_new_trouble_is_a_new_event():
    first, _, second = said([0, 0, 1, 1, 1, 1, 0, 0], every=20)
    assert first.id != second.id
    assert second.ended is None


def test_what_was_told_before_a_restart_is_not_told_again():
    (before,) = said([0, 0])
    assert said([0, 0, 0], lasting=before) == []
    (over,) = said([1] * 4, every=20, lasting=before)
    assert (over.id, over.ended) == (before.id, before.time)


def test_a_charge_is_low_below_one_limit_and_good_above_another():
    (event,) = said([12, 10, 9, 11, 20, 10, 9], metric="sensor_battery_level")
    assert event.time == START + timedelta(minutes=2)
    assert len(said([10, 9, 25, 30, 40, 50], metric="sensor_battery_level", every=20)) == 2
