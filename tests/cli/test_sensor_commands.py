"""`pumphouse sensors`: from a bus of 1-Wire sensors to a line that outlives its hardware."""

import pytest

TANK, SPARE = "28.67C6697351FF", "28.4AEC29CDBAAB"
BUS = """
[sources.bus]
type = "onewire"
path = "{folder}"
"""


@pytest.fixture
def folder(tmp_path):
    (tmp_path / "devices").mkdir()
    return tmp_path / "devices"


def measures(folder, chip, thousandths):
    serial = bytes.fromhex(chip[3:])[::-1].hex()
    (folder / f"28-{serial}").mkdir(exist_ok=True)
    octets = "50 05 4b 46 7f ff 0c 10 1c"
    (folder / f"28-{serial}" / "w1_slave").write_text(
        f"{octets} : crc=1c YES\n{octets} t={thousandths}\n"
    )


def unplugged(folder):
    for chip in folder.iterdir():
        (chip / "w1_slave").unlink()
        chip.rmdir()


def test_a_sensor_keeps_its_name_when_its_hardware_changes(pumphouse, folder):
    pumphouse.config.write_text(BUS.format(folder=folder))
    measures(folder, TANK, 47_500)
    pumphouse("poll")
    named = pumphouse("sensors", "name", TANK, "Tank", "--metric", "hot_water_top_temperature")
    assert "is called Tank; its Temperature is hot_water_top_temperature" in named.everything
    unplugged(folder)
    measures(folder, SPARE, 46_000)
    pumphouse("poll")
    listed = pumphouse("sensors").everything
    assert f"pumphouse sensors bind {SPARE} {TANK}" in listed
    bound = pumphouse("sensors", "bind", SPARE, "Tank").everything
    assert f"{SPARE} goes on as Tank; 1 readings were moved to it" in bound
    series = pumphouse("series", "hot_water_top_temperature", "--json").json()
    assert [one["value"] for one in series["readings"]] == [47.5, 46.0]
    assert "sensor of its own again; 1" in pumphouse("sensors", "unbind", SPARE).everything


def test_what_is_not_believed_is_counted_by_sensors_and_by_the_doctor(pumphouse, folder):
    pumphouse.config.write_text(BUS.format(folder=folder))
    measures(folder, TANK, 85_000)
    pumphouse("poll")
    (sensor,) = pumphouse("sensors", "--json").json()["sensors"]
    (doubt,) = sensor["suspects"]
    assert (doubt["point"], doubt["value"]) == ("temperature", 85.0)
    found = {one["subject"]: one for one in pumphouse("doctor", "--json").json()}
    assert found["sensors"]["verdict"] == "look"
    assert "1 with values of the last day that were not believed" in found["sensors"]["text"]
    assert TANK not in str(found)
