"""Messages that can be read on a lock screen."""

from dataclasses import replace
from datetime import timedelta
from zoneinfo import ZoneInfo

import pytest

from pumphouse.core.model import Severity
from pumphouse.core.ports import MessageTone, Told
from pumphouse.runtime.alarms.telling import Notice
from pumphouse.runtime.alarms.wording import message_of, trial_message

from .making import HOUR, MINUTE, NOON, alarm

TOLD = Told("x", lasting=True)
STOCKHOLM = ZoneInfo("Europe/Stockholm")


def message(*notices, names=None):
    known = {("pump", "d1"): "Cellar"} if names is None else names
    return message_of(notices, site="Home", names=known, zone=STOCKHOLM, now=NOON + HOUR)


def test_one_alarm_is_one_line_with_its_device_and_since_when_at_the_site():
    told = message(Notice(alarm(), TOLD))
    assert told.title == "Home: error"
    assert told.body == "Error: Cellar: High condenser in (alarm 163, since 13:00)"
    assert told.tone is MessageTone.FAILURE


def test_an_alarm_of_another_day_says_which():
    told = message(Notice(alarm(time=NOON - 30 * HOUR), TOLD))
    assert told.body.endswith("since 2026-01-14 07:00)")


def test_a_number_that_the_title_has_is_not_repeated():
    event = replace(alarm(), title="Alarm 163")
    assert message(Notice(event, TOLD)).body == "Error: Cellar: Alarm 163 (since 13:00)"


def test_how_often_an_alarm_came_is_told():
    assert "came 7 times" in message(Notice(alarm(), TOLD, times=7)).body


def test_an_end_says_how_long_it_lasted():
    told = message(Notice(alarm(ended=NOON + 35 * MINUTE), TOLD))
    assert (told.title, told.tone) == ("Home: over", MessageTone.SUCCESS)
    assert told.body == "Over: Cellar: High condenser in (after 35 min)"


@pytest.mark.parametrize(
    ("lasted", "words"),
    [
        (timedelta(seconds=5), "1 min"),
        (timedelta(minutes=119), "119 min"),
        (timedelta(hours=2), "2 h"),
        (timedelta(days=3), "3 d"),
    ],
)
def test_lengths_are_told_in_one_unit(lasted, words):
    assert message(Notice(alarm(ended=NOON + lasted), TOLD)).body.endswith(f"(after {words})")


def test_several_are_one_message_in_the_tone_of_the_worst():
    info, error = alarm(severity=Severity.INFO), alarm()
    told = message(Notice(info, TOLD), Notice(error, TOLD), Notice(alarm(ended=NOON), TOLD))
    assert (told.title, told.tone) == ("Home: 2 alarms", MessageTone.FAILURE)
    assert [line.split(":")[0] for line in told.body.splitlines()] == ["Note", "Error", "Over"]


def test_many_are_cut_off_with_how_many_more_there_are():
    told = message(*(Notice(alarm(f"n{n}"), TOLD) for n in range(50)))
    assert len(told.body.splitlines()) == 21
    assert told.body.splitlines()[-1] == "and 30 more; see the page Alarms"


def test_a_device_is_not_named_twice_and_an_endless_title_is_cut():
    named = replace(alarm(), title="Cellar is silent")
    assert message(Notice(named, TOLD)).body.startswith("Error: Cellar is silent (")
    endless = replace(alarm(), title="x" * 1000)
    assert len(message(Notice(endless, TOLD), names={}).body) < 400


def test_a_trial_says_that_it_is_one():
    assert "test" in trial_message("Home").body
