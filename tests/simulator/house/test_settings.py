from datetime import UTC, datetime, timedelta

import pytest

from pumphouse.simulator.house import House, Pump

START = datetime(2026, 1, 20, 12, tzinfo=UTC)


@pytest.fixture
def house() -> House:
    return House(3, START)


def pump(house: House, vendor: str) -> Pump:
    return next(each for each in house.pumps.values() if each.vendor == vendor)


def value(of: Pump, native_id: str) -> float:
    number = of.values()[native_id]
    assert number is not None
    return number


@pytest.mark.parametrize("vendor", ["nibe_uplink", "myuplink"])
def test_every_setting_takes_what_it_shows_and_knows_when(house, vendor):
    device = pump(house, vendor)
    before = dict(device.values())
    for native_id in device.writable():
        device.set(native_id, before[native_id] or 0.0)
    assert device.values() == before


@pytest.mark.parametrize(("vendor", "native_id"), [("nibe_uplink", "40004"), ("myuplink", "x")])
def test_what_is_no_setting_is_a_key_error(house, vendor, native_id):
    with pytest.raises(KeyError):
        pump(house, vendor).set(native_id, 1.0)


def test_a_written_setting_is_seen_at_once_with_its_time(house):
    device = pump(house, "nibe_uplink")
    house.advance_to(START + timedelta(minutes=3))
    device.set("47011", 2)
    assert value(device, "47011") == 2.0
    assert device.changed_at("47011") == START + timedelta(minutes=3)


@pytest.mark.parametrize(
    ("vendor", "offset", "calculated"),
    [("nibe_uplink", "47011", "43009"), ("myuplink", "3671", "1708")],
)
def test_two_steps_of_offset_are_five_kelvin(house, vendor, offset, calculated):
    untouched = House(3, START)
    pump(house, vendor).set(offset, 2)
    for each in (house, untouched):
        each.advance_to(START + timedelta(minutes=2))
    warmer = value(pump(house, vendor), calculated)
    assert warmer == pytest.approx(value(pump(untouched, vendor), calculated) + 5.0, abs=0.15)


@pytest.mark.parametrize(
    ("vendor", "set_point", "room"),
    [("nibe_uplink", "47398", "40033"), ("myuplink", "47751", "48351")],
)
def test_a_higher_set_point_makes_the_room_warmer(house, vendor, set_point, room):
    untouched = House(3, START)
    pump(house, vendor).set(set_point, 24.0)
    for each in (house, untouched):
        each.advance_to(START + timedelta(days=2))
    assert value(pump(house, vendor), room) > value(pump(untouched, vendor), room) + 0.4


@pytest.mark.parametrize(
    ("vendor", "more", "code", "hours", "bottom"),
    [
        ("nibe_uplink", "48132", 1, 3, "40014"),
        ("nibe_uplink", "48132", 3, 12, "40014"),
        ("myuplink", "4564", 3, 3, "12"),
        ("myuplink", "4564", 6, 6, "12"),
        ("myuplink", "7086", 1, 3, "12"),
    ],
)
def test_more_hot_water_heats_the_tank_and_ends_by_itself(house, vendor, more, code, hours, bottom):
    device = pump(house, vendor)
    device.set(more, code)
    hottest = 0.0
    for _ in house.history(until=START + timedelta(hours=hours, minutes=-5)):
        assert value(device, more) == code
        hottest = max(hottest, value(device, bottom))
    assert hottest >= 53.5
    house.advance_to(START + timedelta(hours=hours, minutes=2))
    assert value(device, more) == 0.0


def test_a_single_boost_ends_with_the_full_tank(house):
    device = pump(house, "nibe_uplink")
    device.set("48132", 4)
    full = [
        rows[device.device_id]
        for _, rows in house.history(until=START + timedelta(hours=6))
        if rows[device.device_id]["48132"] == 0.0
    ]
    assert full
    assert (full[0]["40014"] or 0.0) > 53.0


def test_the_fan_returns_to_normal_after_some_hours(house):
    device = pump(house, "myuplink")
    device.set("8121", 1)
    assert value(device, "3830") == 4.0
    house.advance_to(START + timedelta(hours=4, minutes=1))
    assert value(device, "3830") == 0.0


def test_degree_minutes_can_be_written_on_the_s_series(house):
    device = pump(house, "myuplink")
    device.set("781", -300)
    assert value(device, "781") == -300.0


def test_a_code_that_the_device_does_not_know_changes_nothing(house):
    device = pump(house, "nibe_uplink")
    device.set("47041", 77)
    assert value(device, "47041") == 1.0
