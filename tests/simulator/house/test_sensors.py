"""The owner's own sensors follow the house they are in."""

from datetime import UTC, datetime, timedelta

import pytest

from pumphouse.simulator.house import House
from pumphouse.simulator.house.sensors import HouseSensors

START = datetime(2026, 2, 1, tzinfo=UTC)


@pytest.fixture(scope="module")
def day() -> list[dict[str, tuple[float, float]]]:
    """Every five minutes of a day: by sensor what it says, and what is true."""
    house = House(5, START)
    sensors = HouseSensors(house, 5)
    plant = next(one.plant for one in house.pumps.values() if one.vendor == "myuplink")
    rows = []
    for step in range(288):
        house.advance_to(START + timedelta(minutes=5 * step))
        said = {probe.name: probe.read() for probe in sensors.probes}
        said |= {radio.name: radio.send().temperature for radio in sensors.radios}
        truth = {
            "Tank top": plant.tank.top,
            "Tank bottom": plant.tank.bottom,
            "Supply pipe": plant.waters().supply,
            "Return pipe": plant.waters().back,
            "Floor slab": plant.building.mass,
            "North wall": plant.outdoor,
            "Living room": plant.building.air,
            "Bedroom": plant.building.air - 1.6,
            "Garden": plant.outdoor,
        }
        rows.append({name: (said[name], truth[name]) for name in said})
    return rows


def test_there_are_six_on_the_bus_and_three_by_radio():
    sensors = HouseSensors(House(1, START), 1)
    assert len({probe.id for probe in sensors.probes}) == 6
    assert {radio.channel for radio in sensors.radios} == {1, 2, 3}


def test_every_sensor_says_nearly_the_truth(day):
    for row in day:
        for name, (said, truth) in row.items():
            assert said == pytest.approx(truth, abs=2.5), name


def test_a_tank_is_seen_to_be_charged_and_drawn(day):
    said = [row["Tank bottom"][0] for row in day]
    assert max(said) - min(said) > 5


def test_probes_have_steps_of_a_sixteenth(day):
    for row in day:
        assert (row["North wall"][0] * 16).is_integer()
        assert round(row["Garden"][0], 1) == row["Garden"][0]


def test_rooms_are_drier_than_the_winter_outside():
    house = House(5, START)
    living, bedroom, garden = (radio.send() for radio in HouseSensors(house, 5).radios)
    assert 15 <= living.humidity <= bedroom.humidity < garden.humidity <= 97


def test_a_sensor_sends_at_its_own_pace():
    first, *_ = HouseSensors(House(1, START), 1).radios
    sent = {first.sent_at(START + timedelta(seconds=second)) for second in range(390)}
    assert len(sent) in (10, 11)


def test_the_same_seed_says_the_same():
    one, two = (HouseSensors(House(3, START), 3) for _ in range(2))
    assert [probe.read() for probe in one.probes] == [probe.read() for probe in two.probes]
    assert [radio.send() for radio in one.radios] == [radio.send() for radio in two.radios]
