"""Alarms begin and end with patience, each only once, also over restarts."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from pumphouse.core.model import Severity
from pumphouse.runtime.alarms.judge import judge, subject_of
from pumphouse.runtime.alarms.observation import Level, Observation

from .making import HOUR, MINUTE, NOON, alarm

BAD, BETWEEN, GOOD = Level.BAD, Level.BETWEEN, Level.GOOD


def seen(level, since=None, *, enter=0, leave=0, subject="s", rule="r"):
    patience = {"enter": enter * MINUTE, "leave": leave * MINUTE}
    return Observation(rule, subject, level, since, "title", Severity.ERROR, "pump", **patience)


class Watcher:
    """Judges minute by minute and keeps what lasts, as the event log does."""

    def __init__(self):
        self.now = NOON
        self.lasting = {}
        self.events = {}
        self.memory = {}

    def look(self, *observations, unseen=(), minutes=1):
        changes, self.memory = judge(
            observations, self.lasting, self.memory, self.now, unseen=unseen
        )
        for event in changes:
            self.events[event.id] = event
            self.lasting.pop(subject_of(event), None)
            if event.ended is None:
                self.lasting[subject_of(event)] = event
        self.now += minutes * MINUTE
        return changes

    def restart(self):
        self.memory = {}


@pytest.fixture
def watcher():
    return Watcher()


def test_what_is_bad_for_long_enough_is_an_alarm_since_it_became_bad(watcher):
    assert watcher.look(seen(BAD, NOON, enter=2)) == []
    assert watcher.look(seen(BAD, NOON, enter=2)) == []
    (event,) = watcher.look(seen(BAD, NOON, enter=2))
    assert (event.time, event.ended, event.source) == (NOON, None, "pump")
    assert event.detail == {"rule": "r", "subject": "s"}
    assert watcher.look(seen(BAD, NOON, enter=2)) == []


def test_where_a_rule_cannot_know_since_when_it_counts_from_what_was_seen(watcher):
    for level in (BAD, BAD, GOOD, BAD, BAD):
        assert watcher.look(seen(level, enter=2)) == []
    (event,) = watcher.look(seen(BAD, enter=2))
    assert event.time == NOON + 3 * MINUTE


def test_between_the_thresholds_nothing_changes(watcher):
    assert watcher.look(seen(BETWEEN)) == []
    watcher.look(seen(BAD))
    for _ in range(100):
        assert watcher.look(seen(BETWEEN)) == []
    assert len(watcher.lasting) == 1


def test_what_is_good_for_long_enough_is_over_since_it_became_good(watcher):
    watcher.look(seen(BAD, NOON))
    good = watcher.now
    assert watcher.look(seen(GOOD, good, leave=2)) == []
    assert watcher.look(seen(GOOD, good, leave=2)) == []
    (event,) = watcher.look(seen(GOOD, good, leave=2))
    assert event.ended == good
    assert watcher.lasting == {}


def test_what_nothing_looks_at_any_more_is_over(watcher):
    watcher.look(seen(BAD, NOON))
    (event,) = watcher.look()
    assert event.ended == NOON + MINUTE


def test_what_could_not_be_looked_at_goes_on(watcher):
    watcher.look(seen(BAD, NOON))
    assert watcher.look(unseen={"r"}) == []
    assert len(watcher.lasting) == 1


def test_after_a_restart_nothing_begins_twice_and_what_lasted_can_end(watcher):
    watcher.look(seen(BAD))
    watcher.restart()
    assert watcher.look(seen(BAD)) == []
    watcher.restart()
    (event,) = watcher.look(seen(GOOD))
    assert event.ended is not None
    assert len(watcher.events) == 1


def test_an_end_never_lies_before_the_beginning(watcher):
    watcher.look(seen(BAD, NOON))
    (event,) = watcher.look(seen(GOOD, NOON - HOUR))
    assert event.ended == event.time


def test_an_instant_that_is_to_come_counts_as_now(watcher):
    assert watcher.look(seen(BAD, NOON + HOUR, enter=5)) == []
    assert watcher.memory[("r", "s")].since == NOON


@given(
    st.lists(st.tuples(st.sampled_from([BAD, BETWEEN, GOOD]), st.booleans()), max_size=60),
    st.integers(0, 5),
    st.integers(0, 5),
)
def test_an_alarm_lasts_exactly_while_it_should(levels, enter, leave):
    watcher, expected, held, before = Watcher(), False, 0, None
    for level, restarts in levels:
        if restarts:
            watcher.restart()
            before = None
        held = held + 1 if level is before else 0
        before = level
        watcher.look(seen(level, enter=enter, leave=leave))
        if level is BAD and held >= enter:
            expected = True
        if level is GOOD and held >= leave:
            expected = False
        assert bool(watcher.lasting) is expected
    times = sorted((one.time, one.ended) for one in watcher.events.values() if one.ended)
    assert all(ended >= time for time, ended in times)


@given(st.lists(st.sampled_from(["a", "b", "c"]), max_size=30))
def test_there_is_at_most_one_alarm_for_each_subject(subjects):
    watcher = Watcher()
    for subject in subjects:
        watcher.look(*(seen(BAD, subject=one) for one in {subject, "a"}))
        assert len({one.detail["subject"] for one in watcher.lasting.values()}) == len(
            watcher.lasting
        )


def test_only_alarms_of_ours_have_a_subject():
    assert subject_of(alarm()) is None
    assert subject_of(alarm(rule="gap", subject="pump")) == ("gap", "pump")
