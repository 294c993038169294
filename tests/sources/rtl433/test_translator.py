"""Events of rtl_433 become devices, points and readings, whatever the model."""

import json
from datetime import UTC, datetime, timedelta
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from pumphouse.catalogue.catalogue import load_catalogue
from pumphouse.sources.rtl433 import translator as module
from pumphouse.sources.rtl433.translator import Translator, Transmitters
from pumphouse.sources.selection import Selection

NOW = datetime(2026, 1, 15, 12, 0, 30, tzinfo=UTC)
OREGON = {
    "time": "2026-01-15 13:00:29",
    "model": "Oregon-THGR122N",
    "id": 93,
    "channel": 1,
    "battery_ok": 1,
    "temperature_C": 21.4,
    "humidity": 47,
}


def translator(*, include=("*",), exclude=(), wanted=("*",), unwanted=("TPMS",)):
    return Translator(
        "radio",
        load_catalogue(),
        Selection(include, exclude),
        Transmitters(wanted, unwanted),
        ZoneInfo("Europe/Stockholm"),
    )


def lines(*events):
    return [json.dumps(event).encode() for event in events]


def batch_of(*events, at=NOW, **choice):
    return translator(**choice).batch(lines(*events), at)


def values(batch):
    return {
        reading.key.point: reading.text if reading.value is None else reading.value
        for reading in batch.readings
    }


def test_a_transmitter_is_a_device_named_by_model_channel_and_id():
    (device,) = batch_of(OREGON).devices
    assert (device.id, device.name) == ("Oregon-THGR122N/1/93", "Oregon-THGR122N, channel 1")
    assert (device.manufacturer, device.model) == ("Oregon Scientific", "Oregon-THGR122N")
    assert device.serial == "93"


@pytest.mark.parametrize(
    ("event", "device", "name"),
    [
        ({"model": "Oregon-CM180", "id": 5124}, "Oregon-CM180/-/5124", "Oregon-CM180"),
        ({"model": "Nexus-TH", "id": 1, "channel": "A"}, "Nexus-TH/A/1", "Nexus-TH, channel A"),
        ({"model": "A/B c", "id": "f%/1"}, "A%2FB%20c/-/f%25%2F1", "A/B c"),
        ({"model": "Burnhardbbq"}, "Burnhardbbq/-/-", "Burnhardbbq"),
    ],
)
def test_ids_are_safe_and_lack_nothing(event, device, name):
    (found,) = batch_of(event | {"temperature_C": 1.0}).devices
    assert (found.id, found.name) == (device, name)


def test_values_bear_the_event_s_time_and_their_metrics():
    batch = batch_of(OREGON)
    assert values(batch) == {"battery_ok": 1.0, "temperature_C": 21.4, "humidity": 47.0}
    assert {reading.time for reading in batch.readings} == {NOW - timedelta(seconds=1)}
    assert {point.key.point: point.metric for point in batch.points} == {
        "battery_ok": "sensor_battery_ok",
        "temperature_C": "sensor_temperature",
        "humidity": "sensor_humidity",
    }


@pytest.mark.parametrize(
    ("field", "value", "expected", "unit"),
    [
        ("temperature_F", 68.0, 20.0, "°C"),
        ("pressure_hPa", 1013.25, 1.01325, "bar"),
        ("pressure_psi", 14.5037737731, 1.0, "bar"),
        ("pressure_inHg", 29.9212598, 1.01325, "bar"),
        ("power_kW", 2.5, 2500.0, "W"),
        ("energy_kWh", 12.25, 12.25, "kWh"),
        ("battery_mV", 2900, 2.9, "V"),
        ("wind_avg_m_s", 4.5, 4.5, "m/s"),
        ("wind_max_km_h", 18.0, 18.0, "km/h"),
        ("wind_dir_deg", 270, 270, "°"),
        ("rain_mm", 12.7, 12.7, "mm"),
        ("rain_rate_in_h", 0.5, 0.5, "in/h"),
        ("moisture", 33, 33, "%"),
        ("humidity_2", 51, 51, "%"),
        ("co2_ppm", 612, 612, "ppm"),
        ("pm2_5_ug_m3", 7, 7, "µg/m³"),
        ("light_lux", 5400, 5400, "lx"),
        ("depth_cm", 88, 88, "cm"),
        ("rssi", -3.2, -3.2, "dBm"),
        ("snr", 20.5, 20.5, "dB"),
        ("uv", 9, 9, ""),
        ("strike_count", 3, 3, ""),
        ("never_heard_of", 1.5, 1.5, ""),
    ],
)
def test_a_number_has_the_unit_of_its_field_s_name(field, value, expected, unit):
    batch = batch_of({"model": "X", "id": 1, field: value})
    (point,) = batch.points
    assert values(batch)[field] == pytest.approx(expected)
    assert point.unit.symbol == unit
    assert point.unit == point.unit.canonical


def test_texts_flow_through_and_the_transmission_itself_does_not():
    batch = batch_of(
        {
            "model": "X",
            "id": 1,
            "state": "open",
            "tamper": True,
            "mic": "CRC",
            "code": "a1b2",
            "raw_msg": "00ff",
            "protocol": 12,
            "mod": "ASK",
            "freq": 433.9,
            "rows": [{"len": 3}],
            "flags": 7,
        }
    )
    assert values(batch) == {"state": "open", "tamper": 1.0}


@pytest.mark.parametrize(
    ("said", "expected"),
    [
        ({"battery_ok": 1}, {"battery_ok": 1.0}),
        ({"battery_ok": 0}, {"battery_ok": 0.0}),
        ({"battery_ok": 0.6}, {"battery_ok": 1.0, "battery_level": 60.0}),
        ({"battery_ok": 0.1}, {"battery_ok": 0.0, "battery_level": 10.0}),
        ({"battery_ok": 1.0}, {"battery_ok": 1.0, "battery_level": 100.0}),
        ({"battery": "OK"}, {"battery_ok": 1.0}),
        ({"battery": "LOW"}, {"battery_ok": 0.0}),
    ],
)
def test_a_battery_is_good_or_not_and_has_a_level_where_one_is_sent(said, expected):
    assert values(batch_of({"model": "X", "id": 1} | said)) == expected


def test_a_full_battery_has_a_level_however_it_is_passed_on():
    radio, soil = translator(), {"model": "Fineoffset-WH51", "id": "0a"}
    radio.batch(lines(soil | {"battery_ok": 0.1}), NOW)
    assert values(radio.batch(lines(soil | {"battery_ok": 1}), NOW))["battery_level"] == 100.0


def test_a_number_that_nothing_can_measure_is_no_value():
    batch = batch_of({"model": "X", "id": 1, "temperature_C": 10**400, "humidity": 44})
    assert values(batch) == {"humidity": 44.0}


def test_two_probes_are_two_instances():
    batch = batch_of({"model": "X", "id": 1, "temperature_1_C": 5.0, "temperature_2_C": 6.0})
    metrics = {point.key.point: point.metric for point in batch.points}
    assert metrics == {
        "temperature_1_C": "sensor_temperature",
        "temperature_2_C": "sensor_temperature_2",
    }


def test_a_metric_that_moves_to_a_better_field_is_told_of_both():
    radio = translator()
    first = radio.batch(lines({"model": "X", "id": 1, "temperature_1_C": 5.0}), NOW)
    then = radio.batch(lines({"model": "X", "id": 1, "temperature_C": 6.0}), NOW)
    assert [point.metric for point in first.points] == ["sensor_temperature"]
    assert {point.key.point: point.metric for point in then.points} == {
        "temperature_1_C": None,
        "temperature_C": "sensor_temperature",
    }


def test_devices_and_points_are_described_once():
    radio = translator()
    radio.batch(lines(OREGON), NOW)
    again = radio.batch(lines(OREGON | {"temperature_C": 22.0, "time": None}), NOW)
    assert (again.devices, again.points, len(again.readings)) == ((), (), 3)
    more = radio.batch(lines(OREGON | {"rssi": -3.0, "temperature_C": 23.0}), NOW)
    assert "rssi" in {point.key.point for point in more.points}


def test_repeats_of_a_transmission_count_once():
    repeats = [OREGON | {"rssi": -level, "freq": 433.9 + level} for level in (1, 2, 3)]
    assert len(batch_of(*repeats).readings) == 4


def test_the_same_content_later_is_news():
    later = OREGON | {"time": "2026-01-15 13:00:32"}
    assert len(batch_of(OREGON, later).readings) == 6


def test_kinds_of_message_in_turn_are_told_apart_from_repeats():
    wind = {"model": "5n1", "id": 1, "wind_avg_km_h": 3.0}
    rain = {"model": "5n1", "id": 1, "rain_mm": 1.0}
    assert len(batch_of(wind, rain, wind, rain).readings) == 2


def test_a_new_battery_is_a_new_device():
    batch = batch_of(OREGON, OREGON | {"id": 17})
    assert {device.id for device in batch.devices} == {
        "Oregon-THGR122N/1/93",
        "Oregon-THGR122N/1/17",
    }


@pytest.mark.parametrize(
    ("choice", "kept"),
    [
        ({"wanted": ["Oregon-*"]}, True),
        ({"wanted": ["Nexus-*"]}, False),
        ({"unwanted": ["Oregon-THGR122N"]}, False),
        ({"wanted": ["Oregon-THGR122N/1/*"]}, True),
        ({"wanted": ["Oregon-THGR122N/2/*"]}, False),
    ],
)
def test_transmitters_can_be_chosen(choice, kept):
    batch = batch_of(OREGON, **choice)
    assert bool(batch.devices) == bool(batch.readings) == kept


def test_the_tyres_of_passing_cars_are_left_out():
    assert (
        batch_of({"model": "Toyota", "type": "TPMS", "id": "a1", "pressure_psi": 32}).devices == ()
    )


def test_points_can_be_chosen_by_field_or_metric():
    assert [*values(batch_of(OREGON, include=["temperature_C"]))] == ["temperature_C"]
    assert "humidity" not in values(batch_of(OREGON, exclude=["sensor_humidity"]))


@pytest.mark.parametrize(
    "line",
    [
        b'{"time": "x", "frames": {"count": 3}}',
        b'{"shutdown": "goodbye"}',
        b"[1, 2]",
        b"3",
        b'{"model": 3, "id": 1}',
        b'{"model": "X", "id": [1], "temperature_C": 3}',
        b"  ",
    ],
)
def test_what_is_no_event_of_a_transmitter_is_left_out(line):
    batch = translator().batch([line], NOW)
    assert (batch.readings, batch.problems) == ((), ())


@pytest.mark.parametrize(
    "line", [b"Tuned to 433.920MHz.", b'{"model": "X"', b"\xff\xfe", b"[" * 9999]
)
def test_what_is_no_json_is_a_problem_and_the_rest_is_kept(line):
    batch = translator().batch([line, *lines(OREGON)], NOW)
    assert len(batch.readings) == 3
    assert "-F json" in batch.problems[0]


def test_no_number_is_no_reading_and_may_become_one():
    radio = translator()
    bad = b'{"model": "X", "id": 1, "temperature_C": NaN, "humidity": 4e999, "setpoint_C": null}'
    assert radio.batch([bad], NOW).readings == ()
    good = {"model": "X", "id": 1, "temperature_C": 3, "humidity": 4, "setpoint_C": 5}
    assert values(radio.batch(lines(good), NOW)) == {
        "temperature_C": 3,
        "humidity": 4,
        "setpoint_C": 5,
    }


def test_strangers_without_number_take_no_memory_without_bound(monkeypatch):
    radio = translator()
    monkeypatch.setattr(module, "MOST_TRANSMITTERS", 50)
    for first in range(0, 100, 10):
        events = ({"model": "X", "id": n, "temperature_C": 1} for n in range(first, first + 10))
        radio.batch(lines(*events), NOW)
    assert len(radio._known) == 50


JSON = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | st.text(),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(), inner, max_size=3),
    max_leaves=5,
)


@settings(max_examples=50)
@given(
    st.lists(
        st.dictionaries(
            st.sampled_from(["time", "model", "id", "channel", "type", "battery_ok", "battery"])
            | st.sampled_from(["temperature_C", "humidity", "rssi", "event"]),
            JSON,
        ),
        max_size=4,
    )
)
def test_whatever_the_fields_hold_a_batch_comes_out(events):
    batch = translator().batch(lines(*events), NOW)
    assert {reading.key for reading in batch.readings} <= {point.key for point in batch.points}
    assert {point.key.device for point in batch.points} <= {one.id for one in batch.devices}


@pytest.mark.parametrize("battery", [[], {}, "FULL", 1])
def test_a_battery_that_says_nothing_known_costs_nothing_else(battery):
    event = {"model": "X", "id": 1, "battery": battery, "temperature_C": 4.5}
    said = {one.key.point: one.value for one in translator().batch(lines(event), NOW).readings}
    assert said["temperature_C"] == 4.5
    assert "battery_ok" not in said
