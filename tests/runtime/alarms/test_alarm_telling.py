"""What people are told: grouped by need, never twice an hour, not at night, never a flood."""

from collections import Counter
from dataclasses import replace
from datetime import time
from itertools import pairwise
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from pumphouse.core.model import Severity
from pumphouse.core.ports import Told
from pumphouse.runtime.alarms.telling import Policy, alarm_of, due, is_quiet

from .making import DAY, HOUR, MINUTE, NOON, alarm

UTC = ZoneInfo("UTC")
POLICY = Policy(since=NOON - HOUR, zone=UTC)
NIGHT = replace(POLICY, quiet=(time(22), time(7)))


class Reader:
    """Somebody who reads what is told, and an event log."""

    def __init__(self, policy=POLICY):
        self.policy = policy
        self.events = {}
        self.told = {}
        self.messages = []

    def happens(self, *events):
        self.events |= {one.id: one for one in events}

    def looks(self, now):
        everything = list(self.events.values())
        found = due(
            [one for one in everything if one.ended is None],
            sorted((one for one in everything if one.ended), key=lambda one: one.ended or NOON),
            everything,
            self.told,
            now,
            self.policy,
        )
        for told in (*found.noted, *(one.told for one in found.notices)):
            self.told[told.alarm] = told
        self.messages += [(now, one) for one in found.notices]
        return found.notices


def over(event, now):
    return replace(event, ended=now)


def test_an_alarm_is_told_when_it_begins_and_when_it_is_over_once_each():
    reader, event = Reader(), alarm()
    reader.happens(event)
    (notice,) = reader.looks(NOON)
    assert (notice.event, notice.times) == (event, 1)
    assert reader.looks(NOON + DAY) == []
    reader.happens(over(event, NOON + DAY))
    (notice,) = reader.looks(NOON + DAY)
    assert notice.event.ended == NOON + DAY
    assert reader.looks(NOON + 2 * DAY) == []


def test_what_began_before_the_sink_was_set_up_is_not_told_nor_its_end():
    reader, event = Reader(), alarm(time=NOON - 2 * HOUR)
    reader.happens(event)
    assert reader.looks(NOON) == []
    reader.happens(over(event, NOON))
    assert reader.looks(NOON) == []


def test_what_came_and_went_unseen_is_not_told():
    reader = Reader()
    reader.happens(
        *(alarm(f"n{n}", NOON, ended=NOON + MINUTE, alarm_number=str(n)) for n in range(50))
    )
    assert reader.looks(NOON + HOUR) == []


def test_an_alarm_that_comes_again_is_told_again_an_hour_later_with_how_often():
    reader = Reader()
    for n in range(6):
        came = NOON + n * 10 * MINUTE
        reader.happens(alarm(f"n{n}", came))
        reader.looks(came)
        reader.happens(over(reader.events[f"n{n}"], came + 5 * MINUTE))
        reader.looks(came + 5 * MINUTE)
    assert [one.event.id for _, one in reader.messages] == ["n0", "n0"]
    reader.happens(alarm("n6", NOON + HOUR))
    (notice,) = reader.looks(NOON + HOUR)
    assert (notice.event.id, notice.times) == ("n6", 6)


def test_an_end_is_not_told_while_the_same_alarm_lasts_under_another_id():
    reader, first = Reader(), alarm("n1")
    reader.happens(first)
    reader.looks(NOON)
    reader.happens(over(first, NOON + HOUR), alarm("n2", NOON + HOUR))
    assert reader.looks(NOON + 2 * HOUR) == []


@pytest.mark.parametrize(
    ("severity", "least", "told"),
    [
        (Severity.INFO, Severity.INFO, True),
        (Severity.INFO, Severity.WARNING, False),
        (Severity.WARNING, Severity.ERROR, False),
        (Severity.ERROR, Severity.ERROR, True),
    ],
)
def test_what_matters_too_little_is_not_told(severity, least, told):
    reader = Reader(replace(POLICY, least=least))
    reader.happens(alarm(severity=severity))
    assert bool(reader.looks(NOON)) is told


def test_quiet_hours_hold_a_warning_back_until_they_are_over():
    reader, midnight = Reader(NIGHT), NOON + 12 * HOUR
    reader.happens(alarm(time=midnight, severity=Severity.WARNING))
    assert reader.looks(midnight) == []
    assert reader.looks(midnight + 6 * HOUR) == []
    assert len(reader.looks(midnight + 7 * HOUR)) == 1


def test_errors_may_break_the_quiet_and_their_end_waits_for_the_morning():
    reader, midnight = Reader(NIGHT), NOON + 12 * HOUR
    event = alarm(time=midnight)
    reader.happens(event)
    assert len(reader.looks(midnight)) == 1
    reader.happens(over(event, midnight + HOUR))
    assert reader.looks(midnight + 2 * HOUR) == []
    assert len(reader.looks(midnight + 7 * HOUR)) == 1
    reader = Reader(replace(NIGHT, errors_break_quiet=False))
    reader.happens(event)
    assert reader.looks(midnight) == []


def test_what_is_over_by_the_morning_is_not_told():
    reader, midnight = Reader(NIGHT), NOON + 12 * HOUR
    event = alarm(time=midnight, severity=Severity.WARNING)
    reader.happens(event)
    reader.looks(midnight)
    reader.happens(over(event, midnight + HOUR))
    assert reader.looks(midnight + 8 * HOUR) == []


def test_without_recoveries_the_end_is_only_noted_and_the_next_time_is_told():
    reader, event = Reader(replace(POLICY, recoveries=False)), alarm()
    reader.happens(event)
    reader.looks(NOON)
    reader.happens(over(event, NOON + HOUR))
    assert reader.looks(NOON + HOUR) == []
    reader.happens(alarm("n2", NOON + 2 * HOUR))
    assert len(reader.looks(NOON + 2 * HOUR)) == 1


def test_an_end_that_nobody_remembers_is_noted_so_that_the_alarm_can_be_told_again():
    reader, event = Reader(), alarm()
    reader.happens(event)
    reader.looks(NOON)
    del reader.events[event.id]
    assert reader.looks(NOON + 30 * DAY) == []
    assert [one.lasting for one in reader.told.values()] == [False]


def test_what_matters_most_comes_first_and_ends_last():
    reader = Reader()
    old = alarm("old", alarm_number="1")
    reader.happens(old)
    reader.looks(NOON)
    reader.happens(
        over(old, NOON + HOUR),
        alarm("info", NOON, severity=Severity.INFO, alarm_number="2"),
        alarm("error", NOON + MINUTE, alarm_number="3"),
    )
    assert [one.event.id for one in reader.looks(NOON + HOUR)] == ["error", "info", "old"]


def test_the_same_alarm_of_two_devices_or_rules_is_not_the_same():
    names = {
        alarm_of(alarm()),
        alarm_of(replace(alarm(), device="d2")),
        alarm_of(alarm(alarm_number="60")),
        alarm_of(alarm(rule="gap", subject="pump")),
        alarm_of(alarm(rule="gap", subject="other")),
    }
    assert len(names) == 5
    assert alarm_of(alarm("x", NOON)) == alarm_of(alarm("y", NOON + DAY))


@pytest.mark.parametrize(
    ("clock", "quiet", "zone", "is_it"),
    [
        ((21, 59), ("22", "07"), "UTC", False),
        ((22, 0), ("22", "07"), "UTC", True),
        ((6, 59), ("22", "07"), "UTC", True),
        ((7, 0), ("22", "07"), "UTC", False),
        ((13, 0), ("12", "14"), "UTC", True),
        ((14, 0), ("12", "14"), "UTC", False),
        ((21, 30), ("22", "07"), "Europe/Stockholm", True),
        ((6, 30), ("22", "07"), "Europe/Stockholm", False),
    ],
)
def test_quiet_hours_are_those_of_the_site_and_may_span_midnight(clock, quiet, zone, is_it):
    now = NOON.replace(hour=clock[0], minute=clock[1])
    begin, end = (time(int(hour)) for hour in quiet)
    assert is_quiet(now, (begin, end), ZoneInfo(zone)) is is_it
    assert not is_quiet(now, None, ZoneInfo(zone))


@settings(max_examples=60, deadline=None)
@given(st.lists(st.integers(1, 40), min_size=1, max_size=200))
def test_however_an_alarm_comes_and_goes_each_state_is_told_once_an_hour_at_most(lengths):
    reader, now, event = Reader(), NOON, alarm()
    for n, minutes in enumerate(lengths):
        if n % 2 == 0:
            event = alarm(f"n{n}", now)
            reader.happens(event)
        else:
            reader.happens(over(event, now))
        for _ in range(minutes):
            reader.looks(now)
            now += MINUTE
    for ended in (False, True):
        times = [at for at, one in reader.messages if (one.event.ended is not None) is ended]
        gaps = [after - before for before, after in pairwise(times)]
        assert all(gap >= HOUR for gap in gaps)
    states = [one.event.ended is not None for _, one in reader.messages]
    assert all(a != b for a, b in pairwise(states)), "begin and end alternate"
    if reader.messages and len(lengths) % 2 == 1:
        reader.looks(now + 2 * HOUR)
        assert reader.told[alarm_of(event)].lasting, "in the end the reader believes what is so"
    elif reader.messages:
        reader.looks(now + 2 * HOUR)
        assert not reader.told[alarm_of(event)].lasting


def test_a_thousand_alarms_at_once_are_told_together_and_never_again():
    reader = Reader()
    reader.happens(*(alarm(f"n{n}", alarm_number=str(n)) for n in range(1000)))
    assert len(reader.looks(NOON)) == 1000
    assert reader.looks(NOON + MINUTE) == []
    assert Counter(one.lasting for one in reader.told.values()) == {True: 1000}
    assert all(isinstance(one, Told) for one in reader.told.values())
