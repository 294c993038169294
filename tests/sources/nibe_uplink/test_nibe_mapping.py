"""What a parameter becomes when the catalogue does not know it, and over several reads."""

from datetime import UTC, datetime
from typing import Any

import pytest

from pumphouse.catalogue.catalogue import load_catalogue
from pumphouse.core.model import Severity
from pumphouse.sources.nibe_uplink import wire
from pumphouse.sources.nibe_uplink.mapping import SystemMapper, event_of
from pumphouse.sources.nibe_uplink.reader import UnitValues
from pumphouse.sources.selection import Selection

READ_AT = datetime(2030, 1, 1, tzinfo=UTC)
UNKNOWN = 49999


def row(
    number: int, display: str, raw: int, unit: str = "", title: str = "thing", **more
) -> dict[str, Any]:
    return {
        "parameterId": number, "name": str(number), "title": title, "designation": "",
        "unit": unit, "displayValue": display, "rawValue": raw, **more,
    }  # fmt: skip


def system(**changes) -> wire.System:
    return wire.System.model_validate(
        {"systemId": 1, "name": "Home", "lastActivityDate": "2026-01-15T11:58:00Z"} | changes
    )


class Pump:
    """One mapper over several reads of one system."""

    def __init__(self, include=("*",), exclude=()) -> None:
        self.mapper = SystemMapper("house", load_catalogue(), Selection(include, exclude))

    def read(self, *rows: dict[str, Any], unit: int = 0, **changes):
        values = UnitValues(
            wire.SystemUnit.model_validate({"systemUnitId": unit}),
            wire.PARAMETERS.validate_python(list(rows)),
        )
        return self.mapper.batch(system(**changes), [values], READ_AT)


def test_an_unknown_number_is_scaled_by_what_is_shown_and_its_divisor_is_kept():
    pump = Pump()
    assert pump.read(row(UNKNOWN, "12.2°C", 122, "°C")).readings[0].value == 12.2
    assert pump.read(row(UNKNOWN, "0.0°C", 0, "°C")).readings[0].value == 0
    assert pump.read(row(UNKNOWN, "--", -32768, "°C")).readings == ()
    assert pump.read(row(UNKNOWN, "0°C", 4, "°C")).readings[0].value == 0.4


def test_an_unknown_number_without_a_certain_divisor_is_what_is_shown():
    batch = Pump().read(row(UNKNOWN, "10.1°C", 151, "°C"))
    assert batch.readings[0].value == 10.1
    assert batch.points[0].metric is None


def test_an_unknown_prose_is_a_code_labelled_as_shown_and_labels_are_remembered():
    pump = Pump()
    pump.read(row(UNKNOWN, "brine monitor", 12))
    (point,) = pump.read(row(UNKNOWN, "not used", 0)).points
    assert [(option.value, option.label) for option in point.options] == [
        (0, "not used"),
        (12, "brine monitor"),
    ]


def test_a_missing_sensor_is_a_point_without_a_reading_that_claims_no_metric():
    batch = Pump().read(row(40008, "--", -32768, "°C"), row(UNKNOWN, "--", -32768, "öre/kWh"))
    assert batch.readings == ()
    assert [(p.key.point, p.metric, p.unit.symbol) for p in batch.points] == [
        ("40008", None, "°C"),
        ("49999", None, "SEK/kWh"),
    ]
    assert all(point.options == () for point in batch.points)


def test_a_sensor_that_pauses_keeps_its_metric_and_its_labels():
    pump = Pump()
    pump.read(row(40004, "1.0°C", 10, "°C"), row(UNKNOWN, "not used", 0))
    outdoor, coded = pump.read(row(40004, "--", -32768, "°C"), row(UNKNOWN, "--", -32768)).points
    assert outdoor.metric == "outdoor_temperature"
    assert [option.label for option in coded.options] == ["not used"]


@pytest.mark.parametrize("order", [1, -1])
def test_of_equal_ids_one_with_a_value_counts(order):
    rows = [row(40004, "--", -32768, "°C"), row(40004, "1.0°C", 10, "°C")]
    batch = Pump().read(*rows[::order])
    assert [reading.value for reading in batch.readings] == [1.0]
    assert len(batch.points) == 1


@pytest.mark.parametrize(
    ("display", "raw", "unit", "value"),
    [
        ("21,5°C", 215, "°C", 21.5),
        ("off", 215, "°C", 21.5),
        ("", 215, "ºC", 21.5),
        ("stopped", 600, "kW", 6000.0),
        ("max", 100, "%", 100.0),
    ],
)
def test_a_measured_value_is_no_code_whatever_is_shown(display, raw, unit, value):
    batch = Pump().read(row(UNKNOWN, display, raw, unit))
    assert [reading.value for reading in batch.readings] == [value]
    assert batch.points[0].options == ()


def test_where_nothing_is_shown_there_is_no_label_and_no_empty_text():
    pump = Pump()
    (point,) = pump.read(row(UNKNOWN, "", 5)).points
    assert point.options == ()
    batch = pump.read(row(UNKNOWN, "V", 5, "V"), row(0, " ", -32768, title="product"))
    assert len(batch.points) == 2
    assert batch.readings == ()


def test_names_and_labels_have_no_soft_hyphens_and_no_repeated_blanks():
    batch = Pump().read(
        row(
            UNKNOWN,
            "brine \u00ad moni\u00adtor",
            12,
            title="heat\u00ading  mode",
            designation="B\u00adT1",
        ),
        name="Summer\u00ad  house",
    )
    (point,), (device,) = batch.points, batch.devices
    assert (point.name, device.name) == ("heating mode (BT1)", "Summer house")
    assert [option.label for option in point.options] == ["brine monitor"]


def test_further_slaves_have_names_of_their_own():
    mapper = SystemMapper("house", load_catalogue(), Selection())
    values = [
        UnitValues(
            wire.SystemUnit.model_validate({"systemUnitId": unit}),
            wire.PARAMETERS.validate_python(rows),
        )
        for unit, rows in (
            (2, [row(44362, "2.0°C", 20, "°C"), row(40008, "30.0°C", 300, "°C")]),
            (1, [row(44362, "1.0°C", 10, "°C")]),
            (0, [row(40007, "20.0°C", 200, "°C")]),
        )
    ]
    batch = mapper.batch(system(), values, READ_AT)
    assert {point.key.point: point.metric for point in batch.points} == {
        "1/44362": "outdoor_unit_temperature",
        "2/44362": "outdoor_unit_temperature_2",
        "40007": "supply_temperature_2",
        "2/40008": None,
    }


def test_kilowatts_and_hours_leave_in_canonical_units():
    batch = Pump().read(row(47212, "6.0kW", 600, "kW"), row(43420, "8479h", 8479, "h"))
    assert [reading.value for reading in batch.readings] == [6000.0, 8479 * 3600.0]
    assert [point.unit.symbol for point in batch.points] == ["W", "s"]


def test_the_vendors_own_words_are_kept_beside():
    batch = Pump().read(row(40004, "-3.2ºC", -32, " ºC"), row(47212, "6.0kW", 600, "kW"))
    assert [point.vendor_unit for point in batch.points] == ["ºC", "kW"]
    assert [device.system for device in batch.devices] == ["1"]


def test_documented_settings_are_writable_with_their_limits():
    (point,) = Pump().read(row(47398, "22.0°C", 220, "°C")).points
    assert point.writable
    assert (point.minimum, point.maximum, point.step) == (5.0, 30.0, 0.5)


def test_a_slaves_points_carry_their_unit_and_mean_the_same():
    (point,) = Pump().read(row(44055, "50.6°C", 506, "°C"), unit=1).points
    assert point.key.point == "1/44055"
    assert point.metric is not None


def test_texts_of_id_zero_are_told_apart_by_their_titles():
    batch = Pump().read(
        row(0, "F1255-6 R PC", -32768, title="product", name=None),
        row(0, "06500000000001", -32768, title="serial number", name=None),
        row(0, "9240R3", -32768, title="version", name=None),
    )
    assert [(reading.key.point, reading.text) for reading in batch.readings] == [
        ("0:product", "F1255-6 R PC"),
        ("0:serial number", "06500000000001"),
        ("0:version", "9240R3"),
    ]
    (device,) = batch.devices
    assert (device.model, device.serial, device.firmware) == (
        "F1255-6 R PC", "06500000000001", "9240R3",
    )  # fmt: skip


@pytest.mark.parametrize(
    ("written", "time"),
    [
        ("2026-01-15T11:58:00Z", datetime(2026, 1, 15, 11, 58, tzinfo=UTC)),
        ("2026-01-15T11:58:00", datetime(2026, 1, 15, 11, 58, tzinfo=UTC)),
        ("2036-01-15T11:58:00Z", datetime(2036, 1, 15, 11, 58, tzinfo=UTC)),
        ("0001-01-01T00:00:00", READ_AT),
        ("yesterday", READ_AT),
        (None, READ_AT),
    ],
)
def test_the_time_is_the_vendors_unless_it_says_none(written, time):
    batch = Pump().read(row(40004, "12.2°C", 122, "°C"), lastActivityDate=written)
    assert batch.readings[0].time == time


@pytest.mark.parametrize(
    ("state", "connected"),
    [("ONLINE", True), ("PENDING", True), ("OFFLINE", False), ("SLEEPING", None), (None, None)],
)
def test_pending_is_the_normal_state_of_a_connected_pump(state, connected):
    batch = Pump().read(row(40004, "1.0°C", 10, "°C"), connectionStatus=state)
    assert batch.devices[0].connected is connected


@pytest.mark.parametrize(
    ("include", "exclude", "kept"),
    [
        (("*",), (), {"40004", "43005", "49999"}),
        (("outdoor_*",), (), {"40004"}),
        (("4999?",), (), {"49999"}),
        (("*",), ("degree_minutes",), {"40004", "49999"}),
        (("4*",), ("40004",), {"43005", "49999"}),
        ((), (), set()),
    ],
)
def test_include_and_exclude_take_native_ids_and_metric_names(include, exclude, kept):
    batch = Pump(include, exclude).read(
        row(40004, "1.0°C", 10, "°C"), row(43005, "-477DM", -4773, "DM"), row(UNKNOWN, "1", 1)
    )
    assert {reading.key.point for reading in batch.readings} == kept
    assert {point.key.point for point in batch.points} == kept


def notification(**changes) -> wire.Notification:
    return wire.Notification.model_validate(
        {
            "notificationId": 987,
            "systemUnitId": 0,
            "moduleName": "F1255",
            "occuredAt": "2026-01-05T03:12:00Z",
            "stoppedAt": None,
            "info": {"alarmNumber": 183, "type": "ALARM", "title": "Low pressure"},
            "comments": [{"authorName": "Someone", "text": "private"}],
            **changes,
        }
    )  # fmt: skip


def test_a_notification_is_an_event_that_lasts_until_it_stopped():
    event = event_of("house", system(), notification())
    assert event is not None
    assert (event.title, event.severity, event.ended) == ("Low pressure", Severity.ERROR, None)
    assert event.detail["alarm_number"] == "183"
    assert "private" not in str(event)
    over = event_of("house", system(), notification(stoppedAt="2026-01-05T04:00:00Z"))
    assert over is not None
    assert over.id == event.id
    assert over.ended == datetime(2026, 1, 5, 4, tzinfo=UTC)


def test_a_notification_without_a_time_is_no_event():
    assert event_of("house", system(), notification(occuredAt=None)) is None
