import json
import random
import re
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest

from pumphouse.simulator.house import House

START = datetime(2026, 2, 3, 10, 17, tzinfo=UTC)
GROUND = "80105"
RECORDINGS = Path(__file__).parents[2] / "recordings"


def air_of(house: House) -> str:
    return next(device for device in house.pumps if device != GROUND)


def state(house: House) -> dict[str, object]:
    return {
        device: (dict(pump.values()), house.truth(device, START, house.now))
        for device, pump in house.pumps.items()
    }


def test_it_does_not_matter_how_time_is_sliced():
    end = START + timedelta(days=2, hours=3, minutes=7)
    whole = House(5, START)
    whole.advance_to(end)
    sliced = House(5, START)
    rng = random.Random(1)
    while sliced.now < end:
        sliced.advance_to(min(end, sliced.now + timedelta(seconds=rng.choice((7, 60, 300, 9000)))))
    assert state(sliced) == state(whole)


def test_a_seed_makes_another_house():
    houses = [House(seed, START) for seed in (1, 2)]
    assert houses[0].pumps[GROUND].values() != houses[1].pumps[GROUND].values()


def test_what_happens_in_one_house_does_not_happen_in_another_of_the_same_seed():
    lived, other = House(3, START), House(3, START)
    before = state(other)
    lived.pumps[GROUND].set("47011", 5)
    lived.advance_to(START + timedelta(days=1))
    assert state(other) == before
    assert state(House(3, START)) == before


def test_time_does_not_go_back():
    house = House(1, START)
    house.advance_to(START - timedelta(days=1))
    assert house.now == START


def test_the_pumps_are_on_their_clouds_and_some_years_old():
    house = House(1, START)
    ground, air = house.pumps[GROUND], house.pumps[air_of(house)]
    assert (ground.vendor, air.vendor) == ("nibe_uplink", "myuplink")
    assert air.device_id.startswith("emmy-r-")
    for pump, starts, hours in ((ground, "43416", "43420"), (air, "1959", "1961")):
        values = pump.values()
        assert (values[starts] or 0) > 1000
        assert (values[hours] or 0) > 1000
        assert pump.name
        assert pump.product
        assert pump.firmware
        assert pump.serial.isdigit()


def test_the_ground_pump_has_every_point_of_a_recorded_one():
    recording = json.loads((RECORDINGS / "nibe_uplink" / "F1245-6-E-PC-EM.json").read_text())
    recorded = set(re.findall(r'"parameterId": (\d+)', json.dumps(recording["categories"])))
    assert recorded - {"0"} <= set(House(1, START).pumps[GROUND].values())


def test_truth_adds_up(year):
    end = year.now
    for device in year.pumps:
        whole = year.truth(device, end - timedelta(days=30), end)
        parts = [
            year.truth(device, end - timedelta(days=day), end - timedelta(days=day - 1))
            for day in range(30, 0, -1)
        ]
        for name, value in whole.items():
            assert sum(part[name] for part in parts) == pytest.approx(value)
        assert whole["heat_kwh"] == pytest.approx(
            whole["heat_heating_kwh"] + whole["heat_hot_water_kwh"]
        )


def test_days_are_those_of_the_site(year):
    start = datetime(2025, 10, 24, 22, tzinfo=UTC)  # midnight in Stockholm, two hours ahead
    days = year.truth_by_day(start, start + timedelta(days=3, hours=1))
    for device, by_day in days.items():
        assert list(by_day) == ["2025-10-25", "2025-10-26", "2025-10-27"]
        long_day = year.truth(device, start + timedelta(days=1), start + timedelta(days=2, hours=1))
        assert by_day["2025-10-26"]["electricity_kwh"] == long_day["electricity_kwh"]
        assert "compressor_seconds" not in by_day["2025-10-26"]


def test_an_unknown_pump_has_no_truth():
    with pytest.raises(KeyError):
        House(1, START).truth("nobody", START, START)


def test_history_tells_each_step_up_to_its_end():
    house = House(1, START)
    until = START + timedelta(hours=1)
    rows = list(house.history(START + timedelta(minutes=30), until=until))
    assert [instant for instant, _ in rows] == [
        START + timedelta(minutes=minute) for minute in range(30, 61, 5)
    ]
    assert rows[-1][1][GROUND] == house.pumps[GROUND].values()
    assert house.now == until


def test_a_value_keeps_the_time_of_its_change():
    start = START.replace(minute=15)  # pumps report every five minutes
    house = House(1, start)
    pump = house.pumps[GROUND]
    seen: dict[str, tuple[float | None, datetime]] = {}
    for instant, rows in house.history(until=start + timedelta(hours=6)):
        for native_id, value in rows[GROUND].items():
            changed = pump.changed_at(native_id)
            if value is None:
                assert changed is None
                seen.pop(native_id, None)
                continue
            assert changed is not None
            assert changed <= instant
            if native_id in seen and seen[native_id][0] == value:
                assert changed == seen[native_id][1]
            seen[native_id] = (value, changed)
    assert pump.changed_at("no such point") is None


def test_alarms_are_rare_past_and_the_same_for_a_seed(year):
    again = House(11, year.now)
    for device, pump in year.pumps.items():
        alarms = pump.alarms()
        assert alarms == again.pumps[device].alarms()
        assert len(alarms) <= 7
        assert all(alarm.started <= year.now for alarm in alarms)
        assert all(alarm.ended is None or alarm.ended > alarm.started for alarm in alarms)
    assert any(House(seed, START).pumps[GROUND].alarms() for seed in range(4))
