"""Each rule is a function of how things are."""

from dataclasses import replace
from datetime import timedelta

import pytest

from pumphouse.catalogue.alarms import load_alarm_meanings
from pumphouse.config.alarms import AlarmRuleSettings, AlarmSettings
from pumphouse.core.model import Device, PointKey, Severity
from pumphouse.core.ports import Gap, Override, SinkState, SinkStatus, SourceState, SourceStatus
from pumphouse.runtime.alarms.facts import DeviceFacts, Facts, Finding, Overdue, Window
from pumphouse.runtime.alarms.observation import Level
from pumphouse.runtime.alarms.rules import (
    RULES,
    disk_nearly_full,
    efficiency_verdicts,
    open_gaps,
    overrides_overdue,
    sinks_behind,
    sinks_failing,
    sources_failing,
    stale_devices,
    values_out_of_range,
    values_unknown,
)

from .making import DAY, HOUR, MINUTE, NOON

SETTINGS = AlarmSettings()
BAD, BETWEEN, GOOD = Level.BAD, Level.BETWEEN, Level.GOOD
OK = SourceStatus("pump", SourceState.OK, since=NOON - DAY, last_success=NOON, interval=300)
DEVICE = Device("pump", "d1", "Cellar")
OFFSET = PointKey("pump", "d1", "47011")
LATE = Overdue(
    Override(OFFSET, 2.0, 0.0, NOON - 2 * HOUR, NOON - HOUR, "test", detail="No premium."), "Offset"
)
WATCHED = {"device": "d1", "metric": "room_temperature", "for_minutes": 30}


def facts(**known):
    return Facts(NOON, **{"sources": {"pump": OK}, **known})


def levels(rule, known, settings=SETTINGS):
    return {(one.rule, one.subject): one.level for one in rule(known, settings)}


@pytest.mark.parametrize(
    ("state", "login", "stopped", "failing"),
    [
        (SourceState.OK, GOOD, GOOD, GOOD),
        (SourceState.NEW, BETWEEN, BETWEEN, BETWEEN),
        (SourceState.LOGIN_REQUIRED, BAD, BETWEEN, BETWEEN),
        (SourceState.STOPPED, BETWEEN, BAD, BETWEEN),
        (SourceState.RETRYING, BETWEEN, BETWEEN, BAD),
    ],
)
def test_one_trouble_of_a_source_that_turns_into_another_is_not_over(
    state, login, stopped, failing
):
    known = facts(sources={"pump": replace(OK, state=state)})
    assert levels(sources_failing, known) == {
        ("login_required", "pump"): login,
        ("source_stopped", "pump"): stopped,
        ("source_failing", "pump"): failing,
    }


def test_a_login_is_wanted_at_once_and_silence_is_waited_for():
    status = replace(OK, last_error="log in again")
    patience = {one.rule: one.enter for one in sources_failing(facts(), SETTINGS)}
    assert patience["login_required"] == timedelta(0)
    assert patience["source_failing"] == 30 * MINUTE
    known = facts(sources={"pump": status})
    assert {one.title for one in sources_failing(known, SETTINGS)} == {"pump: log in again"}


@pytest.mark.parametrize(
    ("silent", "state", "level"),
    [
        (10 * MINUTE, SourceState.OK, GOOD),
        (30 * MINUTE, SourceState.OK, GOOD),
        (31 * MINUTE, SourceState.OK, BETWEEN),
        (119 * MINUTE, SourceState.OK, BETWEEN),
        (120 * MINUTE, SourceState.OK, BAD),
        (120 * MINUTE, SourceState.RETRYING, BETWEEN),
    ],
)
def test_a_device_is_stale_only_while_its_source_answers(silent, state, level):
    known = facts(
        sources={"pump": replace(OK, state=state)}, devices=[DeviceFacts(DEVICE, NOON - silent)]
    )
    assert levels(stale_devices, known) == {("stale_device", "pump/d1"): level}


def test_no_device_is_stale_before_its_source_was_asked_again():
    stopped = replace(OK, last_success=NOON - 7 * DAY)
    known = facts(sources={"pump": stopped}, devices=[DeviceFacts(DEVICE, NOON - 7 * DAY)])
    assert levels(stale_devices, known) == {("stale_device", "pump/d1"): BETWEEN}


@pytest.mark.parametrize("heard", [None, NOON - 31 * DAY])
def test_a_device_that_was_taken_away_is_no_alarm(heard):
    known = facts(devices=[DeviceFacts(DEVICE, heard)])
    assert list(stale_devices(known, SETTINGS)) == []


def test_readings_that_are_missing_for_hours_are_an_error():
    gap = Gap("pump", NOON - 2 * HOUR, None, "maintenance")
    (seen,) = open_gaps(facts(gaps=[gap]), SETTINGS)
    assert (seen.level, seen.since, seen.enter) == (BAD, gap.start, 6 * HOUR)
    assert "maintenance" in seen.title
    (seen,) = open_gaps(facts(), SETTINGS)
    assert seen.level is GOOD


@pytest.mark.parametrize(
    ("state", "stopped", "failing"),
    [
        (SinkState.OK, GOOD, GOOD),
        (SinkState.RETRYING, BETWEEN, BAD),
        (SinkState.STOPPED, BAD, BETWEEN),
        (SinkState.NEW, BETWEEN, BETWEEN),
    ],
)
def test_a_sink_that_needs_a_person_is_told_at_once(state, stopped, failing):
    known = facts(sinks={"broker": SinkStatus("broker", state, NOON)})
    assert levels(sinks_failing, known) == {
        ("sink_stopped", "broker"): stopped,
        ("sink_failing", "broker"): failing,
    }


@pytest.mark.parametrize(
    ("lag", "level"), [(0, GOOD), (5_000, GOOD), (5_001, BETWEEN), (50_000, BAD)]
)
def test_a_sink_far_behind_has_to_catch_up_well_before_all_is_well(lag, level):
    known = facts(sinks={"influx": SinkStatus("influx", SinkState.OK, NOON, lag=lag)})
    assert levels(sinks_behind, known) == {("sink_behind", "influx"): level}
    (seen,) = sinks_behind(known, SETTINGS)
    assert seen.enter == 6 * HOUR


def test_nothing_waits_for_a_live_sink():
    known = facts(sinks={"broker": SinkStatus("broker", SinkState.OK, NOON, live=True, lag=10**6)})
    assert list(sinks_behind(known, SETTINGS)) == []


@pytest.mark.parametrize(
    ("free", "level"), [(499e6, BAD), (500e6, BETWEEN), (749e6, BETWEEN), (750e6, GOOD)]
)
def test_a_disk_has_room_again_only_when_there_is_some_more(free, level):
    assert levels(disk_nearly_full, facts(free_bytes=free)) == {
        ("disk_nearly_full", "store"): level
    }


def test_what_cannot_be_looked_at_is_not_judged():
    assert disk_nearly_full(facts(), SETTINGS) is None
    assert efficiency_verdicts(facts(), SETTINGS) is None


def watching(**rule):
    return AlarmSettings(rules={"cold": AlarmRuleSettings(**WATCHED, **rule)})


def window(*values):
    """Values ten minutes apart, the last one now."""
    start = NOON - 10 * MINUTE * (len(values) - 1)
    told = [(start + 10 * MINUTE * n, float(value)) for n, value in enumerate(values)]
    return facts(windows={"cold": Window("pump", "d1", "Room", "°C", told)})


@pytest.mark.parametrize(
    ("rule", "values", "level", "minutes"),
    [
        ({"below": 18}, (17, 16, 15), BAD, 20),
        ({"below": 18}, (19, 17, 16), BAD, 10),
        ({"below": 18}, (17, 19, 16), BAD, 0),
        ({"below": 18}, (17, 17, 18), GOOD, 0),
        ({"below": 18, "back_by": 1}, (17, 18, 18.9), BETWEEN, 10),
        ({"below": 18, "back_by": 1}, (17, 19, 20), GOOD, 10),
        ({"above": 60}, (61,), BAD, 0),
        ({"above": 60, "below": 40, "back_by": 5}, (50,), GOOD, 0),
        ({"above": 60, "below": 40, "back_by": 5}, (57,), BETWEEN, 0),
        ({"above": 60, "below": 40}, (39,), BAD, 0),
    ],
)
def test_a_value_is_out_of_range_since_it_is_so_without_a_break(rule, values, level, minutes):
    (seen,) = values_out_of_range(window(*values), watching(**rule))
    assert (seen.level, seen.since) == (level, NOON - minutes * MINUTE)
    assert (seen.enter, seen.leave) == (30 * MINUTE, 30 * MINUTE)


def test_an_alarm_of_a_value_says_what_is_wrong_or_what_its_owner_wrote():
    (seen,) = values_out_of_range(window(15.5), watching(below=18))
    assert seen.title == "Room is 15.5 °C, below 18 °C"
    (seen,) = values_out_of_range(window(65), watching(above=60, severity="error", title="Hot!"))
    assert (seen.title, seen.severity, seen.source) == ("Hot!", Severity.ERROR, "pump")


def test_a_value_of_a_source_that_does_not_answer_proves_nothing():
    known = replace(window(15), sources={"pump": replace(OK, state=SourceState.RETRYING)})
    (seen,) = values_out_of_range(known, watching(below=18))
    assert seen.level is BETWEEN


def test_a_rule_about_what_is_not_known_sees_nothing():
    assert list(values_out_of_range(facts(), watching(below=18))) == []


def test_a_setting_that_has_not_gone_back_is_an_error_once_it_is_late():
    (seen,) = overrides_overdue(facts(overdue=[LATE]), SETTINGS)
    assert (seen.level, seen.since, seen.enter) == (BAD, NOON - HOUR, 30 * MINUTE)
    assert (seen.source, seen.device, seen.severity) == ("pump", "d1", Severity.ERROR)
    assert seen.title == "Offset was changed for a while only, but has not gone back. No premium."
    assert list(overrides_overdue(facts(), SETTINGS)) == []


@pytest.mark.parametrize(
    ("state", "windows", "level"),
    [
        (SourceState.OK, {}, BAD),
        (SourceState.NEW, {}, BETWEEN),
        (SourceState.OK, window(15).windows, GOOD),
        (SourceState.RETRYING, window(15).windows, GOOD),
        (SourceState.OK, {"cold": Window("pump", "d1", "Room", "°C", ())}, BAD),
    ],
)
def test_a_rule_that_watches_nothing_is_told_once_its_device_could_have_been_read(
    state, windows, level
):
    known = facts(sources={"pump": replace(OK, state=state)}, windows=windows)
    (seen,) = values_unknown(known, watching(below=18))
    assert (seen.level, seen.enter) == (level, 30 * MINUTE)
    assert seen.title == "The rule cold watches nothing: device d1 tells no room_temperature"


def test_verdicts_that_need_attention_are_alarms_and_advice_is_not():
    findings = [
        Finding("short_cycling", "warning", "Short.", "Open valves."),
        Finding("sensor_fault", "warning", "One.", "Check it."),
        Finding("sensor_fault", "warning", "Two.", "Check it."),
        Finding("flow_temperature", "advice", "High.", "Lower it."),
        Finding("poor_data", "warning", "Little.", "Wait."),
    ]
    found = efficiency_verdicts(facts(findings={("pump", "d1"): findings}), SETTINGS)
    assert found is not None
    seen = list(found)
    assert {one.subject: one.title for one in seen} == {
        "pump/d1/short_cycling": "Short.",
        "pump/d1/sensor_fault": "One. Two.",
    }
    assert {one.detail["advice"] for one in seen} == {"Open valves.", "Check it."}


def test_every_rule_names_what_it_sees_and_every_name_has_a_meaning():
    names = [name for names in RULES.values() for name in names]
    assert len(names) == len(set(names))
    assert set(names) == set(load_alarm_meanings().rules)
    known = facts(
        devices=[DeviceFacts(DEVICE, NOON)],
        sinks={"s": SinkStatus("s", SinkState.OK, NOON)},
        free_bytes=1e9,
        overdue=[LATE],
        windows=window(15).windows,
        findings={("pump", "d1"): [Finding("short_cycling", "warning", "x", "y")]},
    )
    for rule, allowed in RULES.items():
        seen = rule(known, watching(below=18))
        assert seen is not None
        assert {one.rule for one in seen} == allowed, rule
