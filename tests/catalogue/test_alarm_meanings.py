"""What alarms mean in plain words."""

import re
from datetime import UTC, datetime

import pytest

from pumphouse.catalogue.alarms import AlarmMeanings, load_alarm_meanings
from pumphouse.core.model import Event, EventKind
from pumphouse.simulator.house.alarms import AIR_ALARMS, GROUND_ALARMS

NOON = datetime(2026, 1, 15, 12, tzinfo=UTC)


def alarm(title, number=None, kind=EventKind.ALARM, **detail):
    facts = detail if number is None else {"alarm_number": str(number), **detail}
    return Event("x", NOON, kind, title, "house", "d1", detail=facts)


def meaning(*args, **kwargs):
    found = load_alarm_meanings().of(alarm(*args, **kwargs))
    return found.meaning if found is not None else None


@pytest.mark.parametrize("kind", [*GROUND_ALARMS, *AIR_ALARMS], ids=lambda kind: kind.title)
def test_what_the_simulated_pumps_tell_is_understood(kind):
    assert meaning(kind.title, kind.number)


@pytest.mark.parametrize(
    ("title", "number", "words"),
    [
        ("Short operating times for compr.", 229, "short time"),
        ("Kom.avb Modbus", 251, "Modbus"),
        ("Com. error Modbus", 251, "Modbus"),
        ("Low brine out", None, "too little flow"),
        ("Sensor flt: BT3", 3, "sensor"),
        ("Clean the air filter", None, "filter"),
    ],
)
def test_known_alarms_have_their_meaning(title, number, words):
    assert words in meaning(title, number)


def test_a_number_alone_is_not_believed_where_the_title_speaks_of_something_else():
    assert meaning("Pump 7 blocked", 251) is None


def test_what_is_not_known_is_not_invented():
    assert meaning("Larm 999", 999) is None
    assert meaning("what a new rule says", rule="of a newer version", subject="x") is None
    assert meaning("low brine", kind=EventKind.MODE) is None


def test_a_sensor_s_trouble_and_our_own_rules_have_meanings():
    assert "battery" in meaning("Battery low", kind=EventKind.SENSOR)
    assert "consent" in meaning("house: log in", rule="login_required", subject="house")


def test_every_entry_is_whole_sentences_with_something_to_do():
    meanings = load_alarm_meanings()
    entries = [*meanings.rules.values(), *(one.meaning for one in meanings._vendors)]
    for entry in entries:
        assert re.fullmatch(r"[A-Z].*[.]", entry.meaning), entry
        assert entry.steps
        assert all(re.fullmatch(r"[A-Z].*[.?]", step) for step in entry.steps), entry


def test_the_first_entry_that_fits_counts():
    table = {
        "vendor": [
            {"words": "brine", "meaning": "A.", "steps": []},
            {"number": 60, "meaning": "B.", "steps": []},
        ]
    }
    meanings = AlarmMeanings(table)
    found = [meanings.of(alarm(title, 60)) for title in ("Brine", "Something")]
    assert [one.meaning if one is not None else None for one in found] == ["A.", "B."]
