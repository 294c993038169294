"""The two installations of the simulated house, with their figures."""

from zoneinfo import ZoneInfo

from pumphouse.simulator.house.air import AirMachine
from pumphouse.simulator.house.building import Building
from pumphouse.simulator.house.control import DegreeMinutes
from pumphouse.simulator.house.ground import GroundMachine
from pumphouse.simulator.house.hot_water import HotWater
from pumphouse.simulator.house.noise import Noise
from pumphouse.simulator.house.occupants import Occupants
from pumphouse.simulator.house.plant import Figures, Plant
from pumphouse.simulator.house.weather import Weather

__all__ = ["air_source", "ground_source"]

_FORTNIGHT = 14 * 1440


def ground_source(seed: int, weather: Weather, zone: ZoneInfo, minute: int) -> Plant:
    """An on/off ground-source pump like NIBE's F1245-6, heating water in radiators."""
    building = Building(loss_w_per_k=150.0, emitter=130.0, loop_kwh_per_k=0.6, window_m2=2.0)
    increase = Noise(seed, "ground increase").chance(0)
    return Plant(
        minute,
        machine=GroundMachine(hour=minute // 60, loss_w_per_k=building.loss_w_per_k),
        building=building,
        occupants=Occupants(seed, "ground", zone),
        weather=weather,
        degree_minutes=DegreeMinutes(
            addition_difference=400.0, step_difference=100.0, most_steps=3
        ),
        hot_water=HotWater(
            compressor_limit=53.0, first_increase=minute + int(increase * _FORTNIGHT)
        ),
        figures=Figures(
            curve=7.0,
            standby_w=12.0,
            circulation_w=40.0,
            charging_w=60.0,
            heating_flow=18.0,
            charging_flow=15.0,
            addition_step_w=2000.0,
        ),
    )


def air_source(seed: int, weather: Weather, zone: ZoneInfo, minute: int) -> Plant:
    """An inverter air-source pump like NIBE's S2125 with the indoor unit S320."""
    building = Building(loss_w_per_k=135.0, emitter=130.0, loop_kwh_per_k=0.4, window_m2=2.0)
    increase = Noise(seed, "air increase").chance(0)
    return Plant(
        minute,
        machine=AirMachine(),
        building=building,
        occupants=Occupants(seed, "air", zone),
        weather=weather,
        degree_minutes=DegreeMinutes(addition_difference=700.0, step_difference=50.0, most_steps=6),
        hot_water=HotWater(
            compressor_limit=54.0, first_increase=minute + int(increase * _FORTNIGHT)
        ),
        figures=Figures(
            curve=6.0,
            standby_w=18.0,
            circulation_w=45.0,
            charging_w=55.0,
            heating_flow=16.0,
            charging_flow=17.0,
            addition_step_w=1000.0,
        ),
    )
