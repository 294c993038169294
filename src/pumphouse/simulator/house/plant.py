"""One house with its pump: everything that happens in a minute, in the order it happens."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import NamedTuple

from pumphouse.simulator.house.building import Building
from pumphouse.simulator.house.control import DegreeMinutes, HeatingCurve
from pumphouse.simulator.house.hot_water import Charge, HotWater
from pumphouse.simulator.house.machine import Machine, Mode
from pumphouse.simulator.house.meters import Ledger, Totals
from pumphouse.simulator.house.occupants import Occupants
from pumphouse.simulator.house.tank import LITRE_J_PER_K, Tank
from pumphouse.simulator.house.weather import Sky, Weather, season

__all__ = ["Figures", "Plant", "Waters"]

_HEATING_LIMIT = 17.0  # °C daily mean outdoor temperature above which heating is not permitted
_ADDITION_LIMIT = 5.0  # the same for additional heat
_COIL_W_PER_K = 650.0  # from charging water to tank
_TANK_ADDITION_W = 3000.0
_FAN = (1.0, 0.5, 0.75, 1.3, 1.6)  # air moved at each speed, relative to normal
_FAN_RETURNS_HOURS = 4


class Waters(NamedTuple):
    """What the sensors in the water show.

    Attributes:
        supply: BT2, to the heating system, °C.
        back: BT3, to the condenser, °C.
        condenser: BT12, out of the condenser, °C.
        flow: BF1, l/min.
    """

    supply: float
    back: float
    condenser: float
    flow: float


@dataclass(frozen=True, slots=True)
class Figures:
    """What differs between installations.

    Attributes:
        curve: factory setting of the heating curve, 0…15.
        standby_w: electronics, always on.
        circulation_w: circulation pump while heating is permitted.
        charging_w: circulation pump while the tank is charged.
        heating_flow: heating water, l/min.
        charging_flow: charging water, l/min.
        addition_step_w: size of one step of additional heat.
    """

    curve: float
    standby_w: float
    circulation_w: float
    charging_w: float
    heating_flow: float
    charging_flow: float
    addition_step_w: float


class Plant:
    """A building, its occupants, a tank, a compressor and the control that joins them.

    Sensors follow the water: BT3 is what returns to the condenser, BT12 what leaves it (both also
    while the tank is charged), BT2 the supply to the heating system, which the degree minutes
    count. So flow times BT12 - BT3 is the compressor's heat in every mode.

    Attributes:
        minute: minutes since the epoch that have been simulated.
        outdoor: outdoor temperature in the last minute, °C.
        outdoor_mean: mean of the last 24 hours, °C.
        calculated: supply temperature wanted by the heating curve, °C.
        supply: BT2, °C.
        mode: what the compressor was wanted for.
        charge: what charges the tank.
        addition_w: power of the immersion heater in the last minute.
        power_w: power of the whole pump in the last minute.
        heating_permitted: whether it is cold enough outdoors for heating.
        addition_permitted: whether it is cold enough for additional heat.
        kept: settings that have no effect in this house, by native id.
        fan_speed: 0 normal, 1…4.
        fan_until: hour since the epoch when the fan returns to normal.
        heating_meter: the heat meter's reading for heating, in watt-minutes like `Totals`.
        compressor_heating_meter: the same without the immersion heater.
        totals: the sums now, in the order of `Totals`.
        most_addition_w: what the owner allows the immersion heater.
        ledger: what really happened.
    """

    def __init__(
        self,
        minute: int,
        *,
        machine: Machine,
        building: Building,
        occupants: Occupants,
        weather: Weather,
        degree_minutes: DegreeMinutes,
        hot_water: HotWater,
        figures: Figures,
    ) -> None:
        self.machine = machine
        self.building = building
        self.tank = Tank()
        self.occupants = occupants
        self.curve = HeatingCurve(curve=figures.curve)
        self.degree_minutes = degree_minutes
        self.hot_water = hot_water
        self.figures = figures
        self._weather = weather
        self._heating_w_per_k = figures.heating_flow / 60.0 * LITRE_J_PER_K
        self._charging_w_per_k = figures.charging_flow / 60.0 * LITRE_J_PER_K
        self.minute = minute
        self.outdoor = 0.0
        self.outdoor_mean = 0.0
        self.calculated = 30.0
        self.supply = building.loop
        self.mode = Mode.OFF
        self.charge = Charge.NONE
        self.loop_w = 0.0
        self.addition_w = 0.0
        self.power_w = figures.standby_w
        self.heating_permitted = True
        self.addition_permitted = True
        self.most_addition_w = 6000.0
        self.kept: dict[str, float] = {}
        self.fan_speed = 0
        self.fan_until: int | None = None
        self.heating_meter = 0.0
        self.compressor_heating_meter = 0.0
        self._hour = -1
        self._sky = Sky(0.0, 0.0, 0.8)
        self._warming = self._brightening = self._gains_w = 0.0
        self._litres: Sequence[float] = ()
        self._cold_water = 8.0
        self.totals = list(Totals(*(0.0,) * len(Totals._fields)))
        self.ledger = Ledger(minute, Totals(*self.totals))

    def start_ledger(self) -> None:
        """Forget what happened until now: the record begins at this minute."""
        self.totals = list(Totals(*(0.0,) * len(Totals._fields)))
        self.heating_meter = self.compressor_heating_meter = 0.0
        self.machine.starts = self.machine.defrosts = 0
        self.ledger = Ledger(self.minute, Totals(*self.totals))

    def run(self, end: int) -> None:
        """Simulate from `minute` to another minute since the epoch."""
        minute = self.minute
        while minute < end:
            hour, first = divmod(minute, 60)
            if hour != self._hour:
                self._begin_hour(hour)
            last = min(60, first + end - minute)
            for offset in range(first, last):
                self._step(
                    self._sky.outdoor + self._warming * offset,
                    self._gains_w + self._brightening * offset,
                    self._litres[offset],
                )
            minute += last - first

    def _begin_hour(self, hour: int) -> None:
        """Take over what changes slowly, and how it changes until the next hour."""
        self._hour = hour
        sky, later = self._weather.at(hour), self._weather.at(hour + 1)
        window = self.building.window_m2
        self._sky = sky
        self._warming = (later.outdoor - sky.outdoor) / 60.0
        self._brightening = window * (later.sun - sky.sun) / 60.0
        self._gains_w = self.occupants.gains_w(hour) + window * sky.sun
        self._litres = self.occupants.litres(hour)
        self._cold_water = 8.5 + 4.0 * season(hour, coldest_day=40.0)
        self.outdoor_mean = self._weather.day_mean(hour)
        self.heating_permitted = self.outdoor_mean < _HEATING_LIMIT
        self.addition_permitted = self.outdoor_mean < _ADDITION_LIMIT
        if self.fan_until is not None and hour >= self.fan_until:
            self.set_fan(0)
        self.machine.begin_hour(hour, sky)

    def set_fan(self, speed: int) -> None:
        """Choose a fan speed, 0 normal or 1…4; it returns to normal after some hours."""
        self.fan_speed = speed = min(4, max(0, speed))
        self.fan_until = self.minute // 60 + _FAN_RETURNS_HOURS if speed else None
        self.building.ventilation = _FAN[speed]

    def waters(self) -> Waters:
        """The water temperatures and flow at the sensors now."""
        figures, machine, loop = self.figures, self.machine, self.building.loop
        if self.charge is not _BY_NOTHING and machine.heat_w >= 0.0:
            half = 0.5 * machine.heat_w / self._charging_w_per_k
            mean = self.tank.bottom + machine.heat_w / _COIL_W_PER_K
            return Waters(self.supply, mean - half, mean + half, figures.charging_flow)
        back = loop - 0.5 * self.loop_w / self._heating_w_per_k
        condenser = back + machine.heat_w / self._heating_w_per_k
        flow = figures.heating_flow if self.circulating else 0.0
        return Waters(self.supply, back, condenser, flow)

    @property
    def circulating(self) -> bool:
        """Whether the circulation pump runs."""
        return self.heating_permitted or self.charge is not _BY_NOTHING or self.loop_w != 0.0

    def _step(self, outdoor: float, gains_w: float, litres: float) -> None:
        """One minute."""
        building, tank, machine, demand = (
            self.building,
            self.tank,
            self.machine,
            self.degree_minutes,
        )
        calculated = self.curve.supply(outdoor, building.air)
        charge = self.hot_water.step(self.minute, tank.bottom, heating=demand.calling)
        mode = _OFF
        if charge is _BY_COMPRESSOR:
            mode = _HOT_WATER
            sink = tank.bottom + 0.5 * machine.heat_w / self._charging_w_per_k
            sink += machine.heat_w / _COIL_W_PER_K
        else:
            if demand.calling and charge is _BY_NOTHING:
                mode = _HEATING
            sink = building.loop + 0.5 * machine.heat_w / self._heating_w_per_k
        machine.step(mode, sink, outdoor, self.supply - calculated, demand.value)
        heat = machine.heat_w
        loop = tank_w = 0.0
        if mode is _HOT_WATER and heat > 0.0:
            tank_w = heat
        else:
            loop = heat
        addition = self._addition(mode)
        if charge is _BY_ADDITION:
            tank_w += addition
        else:
            loop += addition
        building.step(outdoor, gains_w + tank.loss_w, loop)
        tank.step(tank_w, litres, self._cold_water, building.air)
        self.supply = building.loop + 0.5 * loop / self._heating_w_per_k
        if self.heating_permitted:
            demand.step(self.supply, calculated)
        else:
            demand.freeze()
        self.outdoor = outdoor
        self.calculated = calculated
        self.mode = mode
        self.charge = charge
        self.loop_w = loop
        self.addition_w = addition
        self._count(mode, loop, tank_w)

    def _addition(self, mode: Mode) -> float:
        """Power of the immersion heater in this minute, W."""
        if self.charge is _BY_ADDITION:
            return min(_TANK_ADDITION_W, self.most_addition_w)
        if self.degree_minutes.steps and mode is _HEATING and self.addition_permitted:
            wanted = self.degree_minutes.steps * self.figures.addition_step_w
            return min(wanted, self.most_addition_w)
        return 0.0

    def _count(self, mode: Mode, loop: float, tank_w: float) -> None:
        """Add the minute to the totals."""
        machine, figures, totals = self.machine, self.figures, self.totals
        addition = self.addition_w
        compressor = machine.compressor_w
        used = compressor + machine.source_w
        if mode is _HOT_WATER:
            used += figures.charging_w
            totals[6] += used
            totals[7] += compressor
            if machine.running:
                totals[10] += 1.0
        else:
            if self.charge is _BY_ADDITION:
                totals[4] += addition
                used += figures.charging_w
            elif self.heating_permitted:
                used += figures.circulation_w
            totals[5] += used
        self.power_w = power = used + addition + figures.standby_w
        totals[0] += power
        totals[1] += loop
        totals[2] += tank_w
        totals[3] += addition
        totals[8] += compressor
        if machine.running:
            totals[9] += 1.0
        totals[11] = machine.starts
        totals[12] = machine.defrosts
        totals[13] += self.building.air
        if loop > 0.0:
            self._read_meters(totals)
        self.minute += 1
        self.ledger.append(totals)

    def _read_meters(self, totals: list[float]) -> None:
        """A heat meter stands still until the heat that a defrost took has been given back."""
        self.heating_meter = max(self.heating_meter, totals[1])
        by_compressor = totals[1] - totals[3] + totals[4]
        self.compressor_heating_meter = max(self.compressor_heating_meter, by_compressor)


_OFF, _HEATING, _HOT_WATER = Mode.OFF, Mode.HEATING, Mode.HOT_WATER
_BY_NOTHING, _BY_COMPRESSOR, _BY_ADDITION = Charge.NONE, Charge.COMPRESSOR, Charge.ADDITION
