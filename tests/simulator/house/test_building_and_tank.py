import pytest
from hypothesis import given
from hypothesis import strategies as st

from pumphouse.simulator.house.building import Building
from pumphouse.simulator.house.tank import Tank

minutes = st.lists(
    st.tuples(st.floats(-15.0, 28.0), st.floats(0.0, 2000.0), st.floats(-6000.0, 8000.0)),
    min_size=1,
    max_size=200,
)


def make_building() -> Building:
    return Building(loss_w_per_k=150.0, emitter=130.0, loop_kwh_per_k=0.6, window_m2=2.0)


@given(minutes)
def test_a_building_keeps_its_energy_balance(steps):
    building = make_building()
    before = building.stored_wh()
    for outdoor, gains, heat in steps:
        building.step(outdoor, gains, heat)
    after = building.stored_wh()
    assert after - before == pytest.approx(
        building.heated_wh + building.gained_wh - building.lost_wh, abs=1e-3
    )


def test_a_building_settles_where_heat_equals_loss():
    building = make_building()
    for _ in range(40 * 1440):
        building.step(0.0, 400.0, 2600.0)
    assert building.air == pytest.approx(3000.0 / 150.0, abs=0.01)


def test_more_ventilation_loses_more():
    calm, draughty = make_building(), make_building()
    draughty.ventilation = 1.6
    for _ in range(600):
        calm.step(0.0, 400.0, 2600.0)
        draughty.step(0.0, 400.0, 2600.0)
    assert draughty.air < calm.air - 0.1


charges = st.lists(
    st.tuples(st.floats(0.0, 8000.0), st.floats(0.0, 12.0)), min_size=1, max_size=200
)


@given(charges)
def test_a_tank_keeps_its_energy_balance_and_its_layers(steps):
    tank = Tank()
    before = tank.stored_wh()
    for charge, litres in steps:
        tank.step(charge, litres, 8.0, 21.0)
        assert tank.bottom <= tank.top + 1e-9
    assert tank.stored_wh() - before == pytest.approx(
        tank.charged_wh - tank.tapped_wh - tank.lost_wh, abs=1e-3
    )


def test_a_warm_tank_gives_litres_at_forty_degrees_exactly():
    tank = Tank()
    tank.step(0.0, 10.0, 10.0, 21.0)
    assert tank.tapped_wh == pytest.approx(10.0 * 4186.0 * 30.0 / 3600.0)


def test_a_cold_tank_has_no_shower_left():
    tank = Tank()
    assert tank.stored_above(40.0) > 100.0
    tank.top = tank.bottom = 39.0
    assert tank.stored_above(40.0) == 0.0
