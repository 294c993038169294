from pumphouse.simulator.house.hot_water import Charge, Comfort, HotWater

NEVER = 10**9


def make() -> HotWater:
    return HotWater(compressor_limit=53.0, first_increase=NEVER)


def test_charging_runs_from_the_start_to_the_stop_temperature():
    demand = make()
    assert demand.step(0, 45.0, heating=False) is Charge.NONE
    assert demand.step(1, 44.9, heating=False) is Charge.COMPRESSOR
    assert demand.step(2, 49.9, heating=False) is Charge.COMPRESSOR
    assert demand.step(3, 50.0, heating=False) is Charge.NONE


def test_the_immersion_heater_does_what_the_compressor_cannot():
    demand = make()
    demand.comfort = Comfort.LUXURY
    demand.boost(0)
    assert demand.step(0, 50.0, heating=False) is Charge.COMPRESSOR
    assert demand.step(1, 53.0, heating=False) is Charge.ADDITION
    assert demand.step(2, 54.0, heating=False) is Charge.NONE
    assert not demand.boosting


def test_a_timed_boost_ends_by_itself():
    demand = make()
    demand.boost(100, minutes=180)
    assert demand.step(279, 50.0, heating=False) is Charge.COMPRESSOR
    demand.step(280, 50.0, heating=False)
    assert not demand.boosting


def test_every_fortnight_the_tank_is_taken_to_the_increased_temperature():
    demand = HotWater(compressor_limit=53.0, first_increase=10)
    assert demand.step(9, 48.0, heating=False) is Charge.NONE
    assert demand.step(10, 48.0, heating=False) is Charge.COMPRESSOR
    assert demand.step(11, 54.9, heating=False) is Charge.ADDITION
    assert demand.step(12, 55.0, heating=False) is Charge.NONE
    assert demand.step(13, 48.0, heating=False) is Charge.NONE
    assert demand.step(10 + 14 * 1440, 48.0, heating=False) is Charge.COMPRESSOR


def test_hot_water_and_heating_alternate_while_both_are_wanted():
    demand = make()
    charges = [demand.step(minute, 40.0, heating=True) for minute in range(200)]
    assert charges[0] is Charge.COMPRESSOR
    first_pause = charges.index(Charge.NONE)
    assert first_pause == 60
    assert set(charges[first_pause : first_pause + 30]) == {Charge.NONE}
    assert charges[first_pause + 30] is Charge.COMPRESSOR


def test_without_heating_hot_water_takes_as_long_as_it_takes():
    demand = make()
    assert {demand.step(minute, 40.0, heating=False) for minute in range(300)} == {
        Charge.COMPRESSOR
    }
