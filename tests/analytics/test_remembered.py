"""A report works out each thing once, and costs as much as its period is long."""

import time
from collections import Counter
from itertools import pairwise

import numpy as np
import pytest

from pumphouse.analytics.cop import performance
from pumphouse.analytics.energy import counter_increase
from pumphouse.analytics.heater import heater
from pumphouse.analytics.report import day_of, report
from pumphouse.analytics.series import Recording, Series, Stretches, remembered

DAY = 86_400.0
#: how often something is measured: the least counts, which nothing else interrupted
TRIES = 10
MINUTES = np.arange(0.0, DAY, 60.0)
PUMPS = ("ground", "air")


@pytest.fixture
def told():
    """A device that tells two values each minute."""
    return Recording.of(0.0, DAY, {name: Series(MINUTES.copy(), MINUTES) for name in "ab"})


def test_what_is_remembered_is_computed_once_for_each_recording_and_question(told):
    asked = []

    @remembered
    def mean(recording, metric):
        asked.append(metric)
        return float(np.mean(recording[metric].values))

    answers = [mean(told, metric) for metric in "abab"]
    assert len(set(answers)) == 1
    assert asked == ["a", "b"]


def test_a_part_of_a_recording_remembers_nothing_of_the_whole(told):
    assert told.coverage == pytest.approx(1.0, abs=0.01)
    half = told.within(0.0, 2 * DAY)
    assert half.coverage == pytest.approx(0.5, abs=0.01)


def test_series_told_at_the_same_instants_share_them(told):
    assert told["a"].times is told["b"].times is told.heard
    part = told.within(3600.0, 7200.0)
    assert part["a"].times is part["b"].times


def test_a_device_is_heard_whenever_any_series_has_a_sample():
    series = {"a": Series.of([0, 60, 120], [1, 2, 3]), "b": Series.of([60, 90, 120], [1, 2, 3])}
    assert Recording.of(0.0, 120.0, series).heard.tolist() == [0, 60, 90, 120]


@pytest.mark.parametrize("pump", PUMPS)
def test_a_day_reads_each_counter_once(winter_month, monkeypatch, pump):
    record = winter_month[pump]
    read: Counter[tuple[int, bool]] = Counter()

    def counting(series, *args, shape=None, **kwargs):
        read[id(series), shape is not None] += len(series) > 0
        return counter_increase(series, *args, shape=shape, **kwargs)

    monkeypatch.setattr("pumphouse.analytics.meters.counter_increase", counting)
    day = record.recording.within(*record.days[7])
    performance(day)
    heater(day)
    assert max(read.values()) == 1


@pytest.mark.parametrize("pump", PUMPS)
def test_a_day_finds_out_once_when_the_device_was_heard(winter_month, monkeypatch, pump):
    record = winter_month[pump]
    asked = []
    heard = Stretches.heard

    def counting(instants):
        asked.append(len(instants))
        return heard(instants)

    monkeypatch.setattr(Stretches, "heard", counting)
    day_of(record.recording.within(*record.days[7]))
    assert len(asked) == 1


@pytest.mark.parametrize("pump", PUMPS)
def test_a_period_four_times_as_long_costs_about_four_times_as_much(winter_month, pump):
    record = winter_month[pump]
    edges = [record.days[0][0], *(end for _, end in record.days)]
    cost = dict.fromkeys((7, 28), float("inf"))
    for _ in range(TRIES):
        for days in cost:
            cost[days] = min(cost[days], _cost_of_report(record.recording, edges[: days + 1]))
        if cost[28] < 6.0 * cost[7]:
            break
    assert cost[28] < 6.0 * cost[7]


def _cost_of_report(recording, midnights):
    """Seconds of the processor."""
    period = recording.within(midnights[0], midnights[-1])
    began = time.process_time()
    days = report(period, midnights).days
    seconds = time.process_time() - began
    assert len(days) == len(list(pairwise(midnights)))
    return seconds
