"""What Tibber's capabilities and attributes become: points, readings, devices."""

from datetime import UTC, datetime, timedelta
from typing import Any

import pytest

from pumphouse.catalogue.catalogue import load_catalogue
from pumphouse.core.model import Option
from pumphouse.core.units import Quantity
from pumphouse.sources.selection import Selection
from pumphouse.sources.tibber import wire
from pumphouse.sources.tibber.mapping import DeviceMapper, device_of
from pumphouse.sources.tibber.values import code_of, labels, number

SEEN = datetime(2026, 8, 21, 10, tzinfo=UTC)
READ_AT = SEEN + timedelta(hours=1)

STATES = {"availableValues": ["charging", "idle", "unknown"]}
PLUGS = {"availableValues": ["connected", "disconnected", "unknown"]}
CAR: dict[str, Any] = {
    "id": "ZGV2aWNlLTE",
    "externalId": "VIN00000000000001",
    "info": {"name": "ID.7", "brand": "Volkswagen", "model": "ID.7"},
    "supportedHistory": {"resolutions": []},
    "status": {"lastSeen": "2026-08-21T10:00:00Z"},
    "attributes": [
        {"id": "vinNumber", "value": "VIN00000000000001"},
        {"id": "isOnline", "value": True},
    ],
    "capabilities": [
        {"id": "storage.stateOfCharge", "description": "state of charge", "value": 74, "unit": "%"},
        {"id": "storage.targetStateOfCharge", "description": "target", "value": 80, "unit": "%"},
        {"id": "range.remaining", "description": "driving range", "value": 356000, "unit": "m"},
        {"id": "connector.status", "description": "plug", "value": "disconnected"} | PLUGS,
        {"id": "charging.status", "description": "charging", "value": "idle"} | STATES,
    ],
}


def read(device=CAR, **changes):
    mapper = DeviceMapper("tibber", load_catalogue(), Selection())
    batch = mapper.batch(wire.DEVICE.validate_python(device | changes), "home", READ_AT)
    points = {point.key.point: point for point in batch.points}
    readings = {reading.key.point: reading for reading in batch.readings}
    return batch, points, readings


def capability(name, value, unit=None, **more):
    _, points, readings = read(
        capabilities=[{"id": name, "description": name, "value": value, "unit": unit} | more],
        attributes=[],
    )
    return points[name], readings.get(name)


def test_a_car_is_read():
    batch, points, readings = read()
    (device,) = batch.devices
    assert (device.name, device.manufacturer, device.model) == ("ID.7", "Volkswagen", "ID.7")
    assert (device.connected, device.serial, device.system) == (True, "VIN00000000000001", "home")
    assert {name: point.metric for name, point in points.items()} == {
        "storage.stateOfCharge": "vehicle_charge",
        "storage.targetStateOfCharge": "vehicle_charge_target",
        "range.remaining": "vehicle_range",
        "connector.status": "vehicle_plug",
        "charging.status": "vehicle_charging",
        "vinNumber": None,
        "isOnline": None,
    }
    assert readings["storage.stateOfCharge"].value == 74
    assert points["range.remaining"].unit.symbol == "m"
    plug = points["connector.status"]
    assert plug.label(readings["connector.status"].value) == "Disconnected"
    assert points["isOnline"].label(readings["isOnline"].value) == "Yes"


def test_the_time_of_a_reading_is_when_tibber_last_heard_of_the_device():
    batch, _, _ = read()
    assert {reading.time for reading in batch.readings} == {SEEN}
    assert batch.devices[0].last_seen == SEEN


@pytest.mark.parametrize("status", [{}, {"lastSeen": None}, {"lastSeen": "soon"}])
def test_without_that_it_is_when_we_read_it(status):
    batch, _, _ = read(status=status)
    assert {reading.time for reading in batch.readings} == {READ_AT}


def test_the_same_id_means_the_battery_of_a_house_elsewhere():
    point, reading = capability("storage.stateOfCharge", 55.5, "%")
    assert (point.metric, reading.value) == ("battery_charge", 55.5)


@pytest.mark.parametrize(
    ("name", "value", "unit", "symbol", "canonical"),
    [
        ("temp.current", 21.5, "degC", "°C", 21.5),
        ("temp.current", 21.5, "", "°C", 21.5),
        ("temp.current", 21.5, None, "°C", 21.5),
        ("storage.availableEnergy", 5400, "Wh", "kWh", 5.4),
        ("storage.ratedCapacity", 9.6, "kWh", "kWh", 9.6),
        ("powerFlow.battery.power", -1200, "W", "W", -1200),
        ("energyFlow.hour.grid.imported", 1250, None, "kWh", 1.25),
        ("charging.current.max", 8, "A", "A", 8),
        ("cellular.rssi", -71, "dBm", "dBm", -71),
        ("grid.phaseCount", 3, "", "", 3),
        ("something.new", 7.5, "furlong", "furlong", 7.5),
        ("something.new", "7.5", "", "", 7.5),
    ],
)
def test_a_value_arrives_in_its_canonical_unit(name, value, unit, symbol, canonical):
    point, reading = capability(name, value, unit)
    assert (point.unit.symbol, reading.value) == (symbol, canonical)


def test_an_unknown_capability_goes_by_its_own_id():
    point, reading = capability("laundry.count", 3, "", description="loads of laundry")
    assert (point.name, point.metric, reading.value) == ("Loads of laundry", None, 3)


def test_an_unknown_text_stays_a_text():
    point, reading = capability("mode.name", "eco")
    assert (point.options, reading.value, reading.text) == ((), None, "eco")


@pytest.mark.parametrize("value", [None, ""])
def test_no_value_is_a_point_without_a_reading(value):
    assert capability("temp.current", value, "degC")[1] is None
    assert capability("charging.status", value, **STATES)[1] is None


def test_nought_means_nothing_where_the_state_of_a_car_is_unknown():
    broken = [
        one | {"value": "unknown"} if "availableValues" in one else one | {"value": 0}
        for one in CAR["capabilities"]
    ]
    broken[1] = CAR["capabilities"][1] | {"value": 100}
    _, points, readings = read(capabilities=broken)
    assert "storage.stateOfCharge" in points
    assert not {"storage.stateOfCharge", "range.remaining"} & set(readings)
    assert readings["storage.targetStateOfCharge"].value == 100


def test_nought_means_nought_where_the_states_are_known():
    flat = [CAR["capabilities"][0] | {"value": 0}, *CAR["capabilities"][1:]]
    assert read(capabilities=flat)[2]["storage.stateOfCharge"].value == 0


@pytest.mark.parametrize(
    ("shares", "unit", "percent"),
    [
        ({"toGrid": 0.25, "toLoad": 0.75}, "%", {"toGrid": 25, "toLoad": 75}),
        ({"toGrid": 0.25, "toLoad": 0.75}, "", {"toGrid": 25, "toLoad": 75}),
        ({"toGrid": 25, "toLoad": 75}, "%", {"toGrid": 25, "toLoad": 75}),
        ({"toGrid": 0.5, "toLoad": 99.5}, "%", {"toGrid": 0.5, "toLoad": 99.5}),
        ({"toGrid": 0, "toLoad": 1}, "%", {"toGrid": 0, "toLoad": 100}),
        ({"toGrid": 0, "toLoad": None}, "%", {"toGrid": 0}),
    ],
)
def test_shares_are_percent_whether_they_come_as_ratios_or_not(shares, unit, percent):
    _, points, readings = read(
        capabilities=[
            {"id": f"powerFlow.{name}", "description": name, "value": value, "unit": unit}
            for name, value in shares.items()
        ],
        attributes=[],
    )
    found = {name.removeprefix("powerFlow."): one.value for name, one in readings.items()}
    assert found == percent
    assert {point.unit.quantity for point in points.values()} == {Quantity.RATIO}


@pytest.mark.parametrize(
    ("attribute", "value", "text"),
    [
        ({"id": "firmwareVersion", "value": "1.2.3"}, None, "1.2.3"),
        ({"id": "generation", "value": 2}, None, "2"),
        ({"id": "articleNumber", "value": 1234567890}, None, "1234567890"),
        ({"id": "isOnline", "value": "false"}, 0.0, None),
        ({"id": "isOnline", "value": False}, 0.0, None),
        ({"id": "somethingTrue", "value": True}, 1.0, None),
        ({"id": "cellular.rssi", "value": -75}, -75.0, None),
    ],
)
def test_attributes_are_texts_or_true_or_false(attribute, value, text):
    _, points, readings = read(attributes=[attribute], capabilities=[])
    reading = readings[attribute["id"]]
    assert (reading.value, reading.text) == (value, text)
    coded = text is None and "rssi" not in attribute["id"]
    assert bool(points[attribute["id"]].options) is coded


def test_of_connectivity_only_the_status_is_kept():
    wifi = {"id": "connectivity.wifi", "status": "connected", "ssid": "home", "ipAddress": "1.2.3"}
    batch, _, readings = read(attributes=[wifi], capabilities=[])
    assert readings["connectivity.wifi"].text == "connected"
    assert "1.2.3" not in str(batch)


def test_one_bad_capability_costs_that_one():
    sentences: list[str] = []
    body = CAR | {"capabilities": [*CAR["capabilities"], {"id": "odd", "value": {"a": 1}}]}
    device = wire.DEVICE.validate_python(body, context=sentences.append)
    assert len(device.capabilities) == len(CAR["capabilities"])
    assert len(sentences) == 1


def test_a_device_needs_nothing_but_an_id():
    body = {"id": "x", "externalId": "", "info": {"name": "Wallbox", "brand": "Wallbox"}}
    device = device_of("tibber", wire.DEVICE.validate_python(body), "home")
    assert (device.serial, device.model, device.connected, device.last_seen) == (None,) * 4
    bare = device_of("tibber", wire.DEVICE.validate_python({"id": "x"}), "home")
    assert bare.name == "Tibber device"


@pytest.mark.parametrize(
    ("home", "name"),
    [
        ({"id": "1", "name": "Home"}, "Home"),
        ({"id": "1", "info": {"name": "Home"}}, "Home"),
        ({"id": "1"}, None),
    ],
)
def test_the_name_of_a_home_has_been_in_two_places(home, name):
    assert wire.HOMES.validate_python({"homes": [home]}).homes[0].name == name


def test_codes_of_the_catalogue_never_move_whatever_the_vendor_lists():
    known = load_catalogue().metrics["vehicle_charging"].options
    options = labels(known, ["paused", "charging", "idle"], "error")
    assert [(one.value, one.label) for one in options[len(known) :]] == [
        (3, "paused"),
        (4, "error"),
    ]
    assert code_of("CHARGING", options) == 1
    assert code_of("paused", options) == 3


def test_codes_of_an_unknown_enumeration_follow_the_vendors_list():
    options = labels((), ["low", "high"], "high")
    assert options == (Option(0, "low"), Option(1, "high"))
    assert code_of("high", options) == 1
    assert code_of("middle", options) is None


def test_an_integer_too_large_for_a_number_costs_that_value():
    capabilities = [
        {"id": "temp.current", "value": 10**400, "unit": "degC"},
        {"id": "charging.status", "value": 10**400, "availableValues": ["idle"]},
        {"id": "temp.setpoint", "value": 21, "unit": "degC"},
    ]
    attributes = [{"id": "generation", "value": 10**400}]
    _, _, readings = read(attributes=attributes, capabilities=capabilities)
    assert {point: reading.value for point, reading in readings.items()} == {"temp.setpoint": 21.0}


@pytest.mark.parametrize("value", [None, True, "prose", "nan", "inf", float("inf"), 10**400])
def test_what_is_no_number(value):
    assert number(value) is None
