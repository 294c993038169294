"""How much heat a house loses per kelvin, and from which outdoor temperature on it needs heating.

The heat for heating of each day is drawn against how much warmer it was indoors than outdoors. The
line through these points has the heat loss as its slope, and meets zero where sun, people and
appliances are enough. The procedure is the one of heatpumpmonitor.org's heat loss page: ordinary
least squares, three rounds that drop what lies further than 2.5 standard deviations away, and
further rounds that drop the days too mild to need heating.
"""

import math
from collections.abc import Iterable, Sequence
from dataclasses import dataclass

import numpy as np

from pumphouse.analytics.averages import mean_across_gaps
from pumphouse.analytics.energy import JOULES_PER_KWH
from pumphouse.analytics.figure import Figure, Provenance, total
from pumphouse.analytics.heat import Heat
from pumphouse.analytics.robust_line import Line, demand_line
from pumphouse.analytics.series import Recording

__all__ = ["DESIGN_OUTDOOR", "HeatLoss", "HouseDay", "heat_loss_line", "house_day"]

#: °C for which heating is designed in an average climate (EN 14825; -22 colder, +2 warmer)
DESIGN_OUTDOOR = -10.0
#: s of data that a day needs (heatpumpmonitor.org)
_LEAST_SECONDS = 64_800.0
_LEAST_DAYS = 10
_LEAST_SPREAD = 1.5  # K, standard deviation: without cold and mild days there is no slope
_LARGEST_ERROR = 0.25  # of the heat loss: a number less certain than this is not told
_BAND = 1.2816  # standard deviations to either side hold 80 % of days
_OUTDOOR_SENSOR = 0.3  # K by which a pump's outdoor sensor may be off (own assumption)


@dataclass(frozen=True, slots=True)
class HouseDay:
    """What one day says about the house.

    Attributes:
        start: seconds since 1970.
        heat: mean heat for heating, W; without hot water, less what cooling took.
        indoor: mean room temperature, °C.
        outdoor: mean outdoor temperature, °C.
        seconds: for how long there is data.
        indoor_measured: False where `indoor` is the set point, for want of a room sensor.
    """

    start: float
    heat: Figure
    indoor: float
    outdoor: float
    seconds: float
    indoor_measured: bool = True


@dataclass(frozen=True, slots=True, eq=False)
class HeatLoss:
    """The heat that a house needs, by how much warmer it is indoors than outdoors.

    Attributes:
        w_per_k: heat loss, W/K. Its error holds the scatter of the days and the heat meter.
        balance_point: outdoor temperature above which the house needs no heating, °C.
        line: the heat in W over the difference between indoors and outdoors in K.
        meter_error: what all heat may be off by together, relative; moves the whole line.
        indoor: mean room temperature of the days in use, °C.
        band_w: half of the width of the 80 % prediction band: four days in five lie inside, W.
        days: days in use.
        left_out: days that were too far off, too mild, or had too little data.
        coldest: lowest outdoor day mean in use, °C; below, the line is an extrapolation.
        mildest: highest outdoor day mean in use, °C.
        indoor_measured: False where a set point stands in for the room temperature of a day.
    """

    w_per_k: Figure
    balance_point: Figure
    line: Line
    meter_error: float
    indoor: float
    band_w: float
    days: int
    left_out: int
    coldest: float
    mildest: float
    indoor_measured: bool

    def heat_need(self, outdoor: float = DESIGN_OUTDOOR) -> Figure:
        """Mean heat that a day of this outdoor temperature needs, W, at the usual room temperature.

        The measured need is typically 20 to 30 % below a calculated one (openenergymonitor.org):
        calculations leave out sun and people and assume more air.
        """
        difference = self.indoor - outdoor
        need = max(0.0, self.line.at(difference))
        error = math.hypot(self.line.error_at(difference), self.meter_error * need)
        return Figure(need, error, self.w_per_k.provenance)


def house_day(day: Recording, heat: Heat) -> HouseDay | None:
    """What one day's recording says about the house; None where it says too little.

    Only heat for heating counts: what went into hot water leaves by the drain. Cooling is
    subtracted.

    Args:
        day: the recording of one day.
        heat: the heat of that day.
    """
    covered, length = day.covered, day.end - day.start
    outdoor = mean_across_gaps(day, "outdoor_temperature")
    room = mean_across_gaps(day, "room_temperature")
    indoor = day.settings.get("room_setpoint_heating") if room is None else room
    heating = _net(heat)
    if heating is None or outdoor is None or indoor is None or length <= 0 or _dead(day):
        return None
    watts = heating.scaled(JOULES_PER_KWH / length)
    return HouseDay(day.start, watts, indoor, outdoor, covered.seconds, room is not None)


def heat_loss_line(days: Iterable[HouseDay]) -> HeatLoss | None:
    """The heat loss and balance point of a house from its days, robustly fitted.

    None with fewer than 10 usable days, where they are all alike (the difference to the outdoors
    spreads by less than 1.5 K), or where the heat loss would be uncertain by more than a quarter.
    """
    given = list(days)
    usable = [day for day in given if day.seconds > _LEAST_SECONDS]
    differences = np.array([day.indoor - day.outdoor for day in usable])
    line = demand_line(differences, np.array([day.heat.value for day in usable]))
    if line is None:
        return None
    used = [day for day, use in zip(usable, line.used, strict=True) if use]
    if len(used) < _LEAST_DAYS or np.std(differences[line.used]) < _LEAST_SPREAD:
        return None
    loss = _heat_loss(line, used, left_out=len(given) - len(used))
    return loss if loss.w_per_k.error <= _LARGEST_ERROR * loss.w_per_k.value else None


def _heat_loss(line: Line, used: Sequence[HouseDay], left_out: int) -> HeatLoss:
    indoor = float(np.mean([day.indoor for day in used]))
    outdoor = [day.outdoor for day in used]
    meter = float(np.median([day.heat.error / max(day.heat.value, 1.0) for day in used]))
    provenance = _provenance(used)
    slope_error = math.hypot(line.slope_error, meter * line.slope)
    zero_error = math.hypot(line.zero_error, _OUTDOOR_SENSOR)
    return HeatLoss(
        w_per_k=Figure(line.slope, slope_error, provenance),
        balance_point=Figure(indoor - line.zero, zero_error, provenance),
        line=line,
        meter_error=meter,
        indoor=indoor,
        band_w=_BAND * line.scatter,
        days=len(used),
        left_out=left_out,
        coldest=min(outdoor),
        mildest=max(outdoor),
        indoor_measured=all(day.indoor_measured for day in used),
    )


def _provenance(days: Sequence[HouseDay]) -> Provenance:
    """A line is derived at best; estimated where its heat is, or where a room was not measured."""
    estimated = any(
        day.heat.provenance is Provenance.ESTIMATED or not day.indoor_measured for day in days
    )
    return Provenance.ESTIMATED if estimated else Provenance.DERIVED


def _net(heat: Heat) -> Figure | None:
    """Heat for heating less cooling, kWh."""
    if heat.cooling is None or heat.cooling.value <= 0:
        return heat.heating
    return total((heat.heating, heat.cooling.scaled(-1.0)))


def _dead(day: Recording) -> bool:
    """Whether flow and return both stand at 0, which is what a device without sensors tells."""
    temperatures = (day["supply_temperature"], day["return_temperature"])
    return all(len(one) and not np.any(one.values) for one in temperatures)
