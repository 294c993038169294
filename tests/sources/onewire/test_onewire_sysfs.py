"""A bus by the kernel's driver, as files that tell what chips tell."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from pumphouse.core.errors import Unreachable
from pumphouse.core.model import PointKey
from pumphouse.sources.onewire.bus import chip_id, model_of

TANK = "28-ff517369c667"
TANK_ID = "28.67C6697351FF"
KEY = PointKey("bus", TANK_ID, "temperature")


async def test_a_thermometer_is_a_device_with_a_temperature(folder, bus, clock):
    folder.measures(TANK, 23_125)
    batch = await bus().read()
    (device,), (point,), (reading,) = batch.devices, batch.points, batch.readings
    assert (device.id, device.model, device.serial) == (TANK_ID, "DS18B20", TANK_ID)
    assert device.connected
    assert (point.key, point.metric, point.unit.symbol) == (KEY, "sensor_temperature", "°C")
    assert (reading.key, reading.time, reading.value) == (KEY, clock.now(), 23.125)
    assert batch.problems == batch.suspects == ()


async def test_all_thermometers_convert_at_once(folder, bus):
    folder.measures(TANK, 23_125)
    trigger = folder.path / "w1_bus_master1" / "therm_bulk_read"
    trigger.write_text("0\n", encoding="ascii")
    await bus().read()
    assert trigger.read_text(encoding="ascii") == "trigger\n"


@pytest.mark.parametrize(
    ("family", "model"),
    [("10", "DS18S20"), ("22", "DS1822"), ("28", "DS18B20"), ("3b", "DS1825"), ("42", "DS28EA00")],
)
async def test_every_family_of_thermometers_is_known(folder, bus, family, model):
    folder.measures(f"{family}-000000000001", -1_500)
    batch = await bus().read()
    assert batch.devices[0].model == model
    assert batch.readings[0].value == -1.5


async def test_a_counter_has_two_inputs(folder, bus):
    page = "00 " * 42
    lines = [f"{page}crc=YES c={count}" for count in (0, 0, 12_345, 678)]
    folder.says("1d-00000000e254", "\n".join(lines) + "\n")
    batch = await bus().read()
    assert {r.key.point: r.value for r in batch.readings} == {
        "counters.A": 12_345,
        "counters.B": 678,
    }
    assert {p.metric for p in batch.points} == {"sensor_count", "sensor_count_2"}


async def test_what_is_no_sensor_is_left_alone(folder, bus):
    folder.measures(TANK, 1_000)
    (folder.path / "01-000000000001").mkdir()
    assert [device.id for device in (await bus().read()).devices] == [TANK_ID]


@pytest.mark.parametrize(
    ("thousandths", "verdict", "reason"),
    [
        (85_000, "YES", "without power"),
        (-127_000, "YES", "did not answer"),
        (127_937, "YES", "outside -55 to 125"),
        (21_000, "NO", "checksum"),
    ],
)
async def test_what_cannot_be_believed_is_kept_beside(folder, bus, thousandths, verdict, reason):
    folder.measures(TANK, thousandths, verdict)
    batch = await bus().read()
    assert batch.readings == ()
    (suspect,) = batch.suspects
    assert (suspect.key, suspect.value) == (KEY, thousandths / 1000)
    assert reason in suspect.reason


async def test_nothing_but_noughts_is_no_frost_though_its_checksum_is_right(folder, bus):
    noughts = " ".join(["00"] * 9)
    folder.says(TANK, f"{noughts} : crc=00 YES\n{noughts} t=0\n")
    (suspect,) = (await bus().read()).suspects
    assert "short circuit" in suspect.reason


async def test_a_real_nought_is_believed(folder, bus):
    folder.measures(TANK, 0)
    assert [reading.value for reading in (await bus().read()).readings] == [0.0]


async def test_a_thermocouple_measures_what_a_thermometer_cannot(folder, bus):
    folder.measures("3b-000000000001", 312_500)
    assert [reading.value for reading in (await bus().read()).readings] == [312.5]


async def test_water_can_have_85_degrees(folder, bus):
    source = bus()
    for thousandths in (76_000, 85_000, 85_000):
        folder.measures(TANK, thousandths)
        batch = await source.read()
        assert [reading.value for reading in batch.readings] == [thousandths / 1000]
    folder.measures(TANK, 60_000)
    await source.read()
    folder.measures(TANK, 85_000)
    assert (await source.read()).suspects[0].value == 85.0


@pytest.mark.parametrize(
    "torn",
    ["", "50 05 4b", "50 05 4b 46 7f ff 0c 10 1c : crc=1c YES\n", "crc=1c YES\n50 t=", "\udcff"],
)
async def test_a_torn_answer_costs_that_sensor_only(folder, bus, torn):
    folder.measures("28-000000000001", 1_000)
    folder.says(TANK, torn.encode("ascii", "replace").decode())
    batch = await bus().read()
    assert [reading.value for reading in batch.readings] == [1.0]
    assert batch.problems == (f"{TANK_ID}: temperature: it did not answer",)


@pytest.mark.parametrize("torn", ["", "00 crc=YES c=1\n", "00 crc=NO\n" * 4])
async def test_a_torn_counter_counts_nothing(folder, bus, torn):
    folder.says("1d-00000000e254", torn)
    batch = await bus().read()
    assert batch.readings == ()
    assert len(batch.problems) == 2


async def test_a_missing_sensor_is_named_until_it_is_back(folder, bus):
    source = bus()
    folder.measures(TANK, 1_000)
    folder.measures("28-000000000001", 1_000)
    await source.read()
    folder.loses(TANK)
    for _ in range(2):
        batch = await source.read()
        assert batch.problems == (f"{TANK_ID} is not on the bus any more",)
        assert {device.id: device.connected for device in batch.devices}[TANK_ID] is False
    folder.measures(TANK, 1_000)
    batch = await source.read()
    assert batch.problems == ()
    assert all(device.connected for device in batch.devices)


async def test_a_bus_that_has_lost_all_is_at_fault(folder, bus):
    source = bus()
    folder.measures(TANK, 1_000)
    await source.read()
    folder.loses(TANK)
    with pytest.raises(Unreachable, match=r"none of the 1 sensor.*cable"):
        await source.read()


async def test_an_empty_bus_says_so(bus):
    batch = await bus().read()
    assert batch.problems == ("there is no sensor on the bus",)


async def test_no_folder_says_how_to_switch_1_wire_on(bus, tmp_path):
    with pytest.raises(Unreachable, match="dtoverlay=w1-gpio"):
        await bus(path=tmp_path / "nowhere").read()


async def test_what_is_not_wanted_is_not_kept(folder, bus):
    folder.measures(TANK, 1_000)
    batch = await bus(exclude=["sensor_temperature"]).read()
    assert batch.points == batch.readings == ()


@given(st.binary(min_size=6, max_size=6), st.sampled_from(["10", "28", "3b"]))
def test_the_kernels_id_and_owservers_are_the_same_bytes_backwards(serial, family):
    assert chip_id(f"{family}-{serial[::-1].hex()}") == f"{family}.{serial.hex()}".upper()


@pytest.mark.parametrize("name", ["w1_bus_master1", "28-xyz", "28-0000", "", "28.000000000001"])
def test_other_folders_are_no_chips(name):
    assert chip_id(name) is None


def test_an_unknown_family_is_named_by_its_number():
    assert model_of("7E.000000000001") == "1-Wire 7E"
