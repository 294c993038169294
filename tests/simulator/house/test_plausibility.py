import itertools
import statistics
from datetime import UTC, datetime, timedelta

import pytest

from pumphouse.simulator.house import House
from pumphouse.simulator.house.machine import ZERO_CELSIUS

GROUND = "80105"
SPF = {"nibe_uplink": (3.2, 4.5), "myuplink": (2.3, 3.6)}
HEAT_METERS = {"nibe_uplink": ("44300", "44298"), "myuplink": ("27382", "27383")}
STARTS = {"nibe_uplink": "43416", "myuplink": "1959"}


def column(rows, device, native_id):
    return [pumps[device][native_id] for _, pumps in rows]


def lift(day, room, outdoor):
    return statistics.fmean(values[room] - values[outdoor] for values in day)


def test_seasonal_performance_is_that_of_such_pumps(year):
    for device, pump in year.pumps.items():
        truth = year.truth(device, year.now - timedelta(days=365), year.now)
        low, high = SPF[pump.vendor]
        assert low < truth["heat_kwh"] / truth["electricity_kwh"] < high
        assert 9000 < truth["heat_kwh"] < 22000


def test_compressors_start_some_times_a_day_in_winter(year):
    start = datetime(2025, 11, 30, 23, tzinfo=UTC)  # midnight in Stockholm
    days = year.truth_by_day(start, start + timedelta(days=90))
    ground = [day["compressor_starts"] for day in days[GROUND].values()]
    assert min(ground) >= 3
    assert max(ground) <= 22
    assert 3 <= sum(ground) / len(ground) <= 20
    (air,) = (by_day for device, by_day in days.items() if device != GROUND)
    assert 1 < sum(day["compressor_starts"] for day in air.values()) / len(air) < 20


def test_only_the_air_source_pump_defrosts_and_mostly_in_the_cold(year):
    assert year.truth(GROUND, year.now - timedelta(days=365), year.now)["defrosts"] == 0
    air = next(device for device in year.pumps if device != GROUND)
    winter = datetime(2025, 12, 1, tzinfo=UTC)
    cold = year.truth(air, winter, winter + timedelta(days=60))["defrosts"]
    assert 2 < cold / 60 < 20
    assert (
        year.truth(air, winter - timedelta(days=140), winter - timedelta(days=110))["defrosts"] < 5
    )


def test_rooms_stay_comfortable_in_the_cold(winter_days):
    house, rows = winter_days
    for device, room in zip(house.pumps, ("40033", "48351"), strict=True):
        temperatures = column(rows, device, room)
        assert min(temperatures) >= 19.0
        assert max(temperatures) <= 23.0


def test_the_buildings_keep_their_energy_balance_over_a_year(year):
    fresh = House(11, year.now - timedelta(days=365))
    for device, pump in year.pumps.items():
        now, then = pump.plant.building, fresh.pumps[device].plant.building
        came = now.heated_wh - then.heated_wh + now.gained_wh - then.gained_wh
        gone = now.lost_wh - then.lost_wh
        assert now.stored_wh() - then.stored_wh() == pytest.approx(came - gone, abs=1.0)
        truth = year.truth(device, year.now - timedelta(days=365), year.now)
        heated = now.heated_wh - then.heated_wh
        assert truth["heat_heating_kwh"] == pytest.approx(heated / 1000.0)


def test_heat_meters_and_counters_equal_the_truth(winter_days):
    house, rows = winter_days
    start, end = rows[0][0], rows[-1][0]
    for device, pump in house.pumps.items():
        truth = house.truth(device, start, end)
        first, last = rows[0][1][device], rows[-1][1][device]
        heating, water = HEAT_METERS[pump.vendor]
        starts = STARTS[pump.vendor]
        # A meter waits until a defrost's heat has been given back: at most one defrost behind.
        slack = 0.11 if pump.vendor == "nibe_uplink" else 0.7
        assert last[heating] - first[heating] == pytest.approx(truth["heat_heating_kwh"], abs=slack)
        assert last[water] - first[water] == pytest.approx(truth["heat_hot_water_kwh"], abs=0.11)
        assert last[starts] - first[starts] == truth["compressor_starts"]


def test_meters_never_run_back(winter_days):
    house, rows = winter_days
    for device, pump in house.pumps.items():
        for native_id in (*HEAT_METERS[pump.vendor], STARTS[pump.vendor]):
            values = column(rows, device, native_id)
            assert values == sorted(values)


def test_flow_and_temperatures_tell_the_compressors_heat(winter_days):
    house, rows = winter_days
    truth = house.truth(GROUND, rows[0][0], rows[-1][0])
    kwh = sum(
        values["40072"] * 4186.0 / 60.0 * (values["40017"] - values["40012"]) / 3.6e6 * 60.0
        for values in (pumps[GROUND] for _, pumps in rows[1:])
    )
    assert kwh + truth["immersion_kwh"] == pytest.approx(truth["heat_kwh"], rel=0.02)


def test_phase_currents_tell_the_electricity(winter_days):
    house, rows = winter_days
    for device, ids in zip(
        house.pumps, (("40079", "40081", "40083"), ("64", "65", "66")), strict=True
    ):
        truth = house.truth(device, rows[0][0], rows[-1][0])
        kwh = sum(
            sum(pumps[device][native_id] for native_id in ids) * 230.0 / 60.0 / 1000.0
            for _, pumps in rows[1:]
        )
        assert kwh == pytest.approx(truth["electricity_kwh"], rel=0.05)


def test_runs_seen_minute_by_minute_are_the_true_ones(winter_days):
    house, rows = winter_days
    truth = house.truth(GROUND, rows[0][0], rows[-1][0])
    status = column(rows, GROUND, "43427")
    starts = sum(now == 60 != before for before, now in itertools.pairwise(status))
    assert starts == truth["compressor_starts"]
    assert sum(code == 60 for code in status[1:]) * 60 == truth["compressor_seconds"]
    assert set(status) == {20, 40, 60, 100}


def test_defrosts_seen_minute_by_minute_are_the_true_ones(winter_days):
    house, rows = winter_days
    air = next(device for device in house.pumps if device != GROUND)
    status = column(rows, air, "1965")
    defrosts = sum(now == 120 for now in status[1:])
    assert defrosts == house.truth(air, rows[0][0], rows[-1][0])["defrosts"]
    lengths = [
        len(list(run))
        for defrosting, run in itertools.groupby(status, lambda code: code in {120, 140, 160})
        if defrosting
    ]
    assert min(lengths) >= 3
    assert max(lengths) <= 12


@pytest.mark.parametrize(
    ("vendor", "dm", "supply", "calculated"),
    [("nibe_uplink", "43005", "40008", "43009"), ("myuplink", "781", "8", "1708")],
)
def test_degree_minutes_can_be_replayed_from_what_is_shown(
    winter_days, vendor, dm, supply, calculated
):
    house, rows = winter_days
    device = next(name for name, pump in house.pumps.items() if pump.vendor == vendor)
    for (_, before), (_, after) in itertools.pairwise(rows):
        old, now = before[device], after[device]
        excess = now[supply] - now[calculated]
        expected = 1.0 if excess > 10.05 else min(100.0, old[dm] + excess)
        assert now[dm] == pytest.approx(expected, abs=0.01)


def test_the_ground_compressor_obeys_minus_sixty_and_zero(winter_days):
    _, rows = winter_days
    heating_starts = 0
    for (_, before), (_, after) in itertools.pairwise(rows):
        old, now = before[GROUND], after[GROUND]
        if old["43427"] in {20, 100} and now["43427"] == 40 and now["43086"] == 30:
            heating_starts += 1
            assert old["43005"] < 0.0
            if old["43086"] == 10 and old["10012"] == 0.0:
                assert old["43005"] <= -60.0
        if now["43427"] == 100 and old["43086"] == 30:
            assert old["43005"] >= 0.0
    assert heating_starts > 30


def test_no_hour_is_better_than_carnot(winter_days):
    house, rows = winter_days
    for device, source, condenser in zip(house.pumps, ("40015", "4"), ("40017", "15"), strict=True):
        for hour in range(24 * 10 - 1):
            inside = rows[60 * hour : 60 * hour + 61]
            truth = house.truth(device, inside[0][0], inside[-1][0])
            if truth["compressor_seconds"] < 600:
                continue
            hot = max(pumps[device][condenser] for _, pumps in inside) + ZERO_CELSIUS
            cold = max(pumps[device][source] for _, pumps in inside) + ZERO_CELSIUS
            # Only the mildest temperatures of the hour would let this much heat through.
            cool = min(pumps[device][condenser] for _, pumps in inside) + ZERO_CELSIUS
            if cool - cold > 5.0:
                assert truth["heat_kwh"] / truth["electricity_kwh"] < hot / (cool - cold)


@pytest.mark.parametrize("seed", [1, 4])
def test_a_winter_shows_the_heat_loss_of_the_building(seed):
    start = datetime(2025, 12, 1, tzinfo=UTC)
    house = House(seed, start)
    rows = list(house.history(until=start + timedelta(days=90), step_seconds=3600))
    for (device, pump), (outdoor, room) in zip(
        house.pumps.items(), (("40004", "40033"), ("4", "48351")), strict=True
    ):
        lifts, heats = [], []
        for first in range(0, 90 * 24, 24):
            day = [pumps[device] for _, pumps in rows[first : first + 25]]
            lifts.append(lift(day, room, outdoor))
            truth = house.truth(device, rows[first][0], rows[first + 24][0])
            heats.append(truth["heat_heating_kwh"] / 24.0 * 1000.0)
        slope, intercept = statistics.linear_regression(lifts, heats)
        building = pump.plant.building
        gains = building.gained_wh / 24.0 / 96.0  # six days of warming up, and ninety
        assert slope == pytest.approx(building.loss_w_per_k, rel=0.04)
        assert -intercept / slope == pytest.approx(gains / building.loss_w_per_k, abs=0.7)
