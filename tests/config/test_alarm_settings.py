"""`[alarms]`: what is worth an alarm, and what sinks of messages are to tell."""

from datetime import time

import pytest

from pumphouse.config.alarms import MessageSinkSettings
from pumphouse.config.load import parse
from pumphouse.core.errors import ConfigurationError
from pumphouse.core.model import Severity

COLD = '[alarms.rules.cold]\ndevice = "d1"\nmetric = "room_temperature"\n'


def test_without_a_section_everything_has_a_default():
    alarms = parse("", {}).alarms
    assert (alarms.source_failing_minutes, alarms.gap_hours, dict(alarms.rules)) == (30, 6, {})


def test_a_rule_of_one_s_own_has_a_range():
    alarms = parse(f"[alarms]\ngap_hours = 2\n{COLD}below = 17\nback_by = 0.5", {}).alarms
    assert alarms.gap_hours == 2
    rule = alarms.rules["cold"]
    assert (rule.below, rule.above, rule.for_minutes, rule.severity) == (17, None, 15, "warning")


@pytest.mark.parametrize(
    ("text", "problem"),
    [
        (COLD, "write `above` or `below`"),
        (f"{COLD}below = 20\nabove = 10", "less than `above`"),
        (f"{COLD}below = 10\nabove = 20\nback_by = 6", "leaves nothing between"),
        (f"{COLD}below = 10\nfor = 5", "no such setting"),
        (f"{COLD}below = 10\nback_by = -1", "back_by"),
        ("[alarms]\nnotifications_minutes = 1", "notifications_minutes"),
        ("[alarms]\ngap_hour = 1", "did you mean gap_hours"),
        (COLD.replace("cold", '"a b"') + "below = 1", "a name holds letters"),
    ],
)
def test_a_mistake_is_named_with_its_path(text, problem):
    with pytest.raises(ConfigurationError, match="alarms") as failure:
        parse(text, {})
    assert problem in str(failure.value)


@pytest.mark.parametrize(
    ("text", "hours"),
    [
        ("22:00-07:00", (time(22), time(7))),
        ("00:30-05:15", (time(0, 30), time(5, 15))),
        (None, None),
    ],
)
def test_quiet_hours_are_two_times_of_the_day(text, hours):
    assert MessageSinkSettings(type="x", quiet_hours=text).quiet() == hours


@pytest.mark.parametrize("text", ["", "22-7", "22:00", "24:00-07:00", "22:00-22:00", "ten-two"])
def test_what_is_no_pair_of_times_is_refused(text):
    with pytest.raises(ValueError, match="no hours"):
        MessageSinkSettings(type="x", quiet_hours=text)


def test_the_least_severity_is_a_word_of_the_model():
    assert MessageSinkSettings(type="x", minimum_severity="error").least is Severity.ERROR
