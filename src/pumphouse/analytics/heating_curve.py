"""The heating curve: what supply temperature the pump asks for at which outdoor temperature.

No vendor publishes a formula of its curves, so the curve is read off what the pump calculates:
isotonic regression of the calculated supply temperature over the outdoor temperature, flat where a
limit cuts it. Beside it stands what was measured while heating, and how warm the rooms were.
"""

import math
from collections.abc import Sequence
from dataclasses import dataclass
from typing import NamedTuple

import numpy as np

from pumphouse.analytics.accuracy import NORMAL
from pumphouse.analytics.averages import mean_by_bin
from pumphouse.analytics.degree_minutes import supply_temperature
from pumphouse.analytics.figure import Figure, Provenance
from pumphouse.analytics.isotonic import falling
from pumphouse.analytics.modes import Mode, mode_stretches
from pumphouse.analytics.series import Floats, Recording, Stretches

__all__ = ["CurveKnot", "HeatingCurve", "HeatingHour", "RoomDeviation", "heating_curve"]

_HOUR = 3600.0
_DAY = 24 * _HOUR
_LEAST_SECONDS = 600.0  # of an hour: a shorter stretch of heating is a transient, not a point
_LEAST_HOURS = 24
_KNOT_WIDTH = 1.0  # K of outdoor temperature
_LEAST_KNOT_HOURS = 2.0
_BEYOND = 1.0  # K: so far outside of what was seen the curve is still told
_NEAR_LIMIT = 0.1  # K
_FLAT = 3.0  # K of outdoor temperature over which only a limit keeps a curve level
_ROOM_SENSOR = 0.3  # K by which a room sensor may be off (own assumption)


class HeatingHour(NamedTuple):
    """What was measured in one hour in which the pump heated.

    Attributes:
        start: seconds since 1970.
        seconds: for how long it heated.
        outdoor: mean outdoor temperature, °C.
        supply: mean supply temperature (BT25 if fitted, else BT2), °C.
    """

    start: float
    seconds: float
    outdoor: float
    supply: float


class CurveKnot(NamedTuple):
    """One point of the fitted curve; straight lines join it with the next.

    Attributes:
        outdoor: °C.
        supply: calculated supply temperature, °C.
        hours: how many hours lie behind it.
    """

    outdoor: float
    supply: float
    hours: float


@dataclass(frozen=True, slots=True)
class RoomDeviation:
    """By how much the rooms were warmer than asked for.

    Attributes:
        mean: room temperature minus set point, K.
        cold: the same in the colder half of the hours.
        mild: the same in the milder half.
        setpoint: room temperature asked for, °C.
        cold_below: outdoor temperature that separates the halves, °C.
    """

    mean: Figure
    cold: float
    mild: float
    setpoint: float
    cold_below: float


@dataclass(frozen=True, slots=True)
class HeatingCurve:
    """The heating curve as it shows in the data, and as it is set.

    Attributes:
        cloud: outdoor and supply temperature of each hour with heating.
        knots: the fitted curve, from cold to mild.
        scatter: standard deviation of the calculated supply temperature around it, K; the room
            sensor and changes of the settings make it grow.
        number: the curve selected in the pump, 0 to 15 with NIBE; None where it is not told.
        offset: parallel shift set in the pump, in its steps.
        minimum: lowest supply temperature that the pump may ask for, °C; read off the mild end of
            the curve, if that is flat, where it is not told.
        maximum: highest supply temperature that it may ask for, °C; the same at the cold end.
        excess: supply minus calculated supply temperature while heating, K.
        room: by how much the rooms were warmer than asked for.
        follows_room: whether the room sensor shifts the curve; None where it is not told.
    """

    cloud: tuple[HeatingHour, ...]
    knots: tuple[CurveKnot, ...]
    scatter: float
    number: float | None
    offset: float | None
    minimum: float | None
    maximum: float | None
    excess: Figure | None
    room: RoomDeviation | None
    follows_room: bool | None

    def at(self, outdoor: float) -> float | None:
        """The calculated supply temperature, °C; None more than 1 K outside of what was seen."""
        coldest, mildest = self.knots[0].outdoor, self.knots[-1].outdoor
        if not coldest - _BEYOND <= outdoor <= mildest + _BEYOND:
            return None
        return float(
            np.interp(
                outdoor, [knot.outdoor for knot in self.knots], [knot.supply for knot in self.knots]
            )
        )

    @property
    def share_at_maximum(self) -> float:
        """Share of the hours, 0 to 1, in which the highest supply temperature cut the curve."""
        return self._share(self.maximum)

    @property
    def share_at_minimum(self) -> float:
        """Share of the hours, 0 to 1, in which the lowest supply temperature cut the curve."""
        return self._share(self.minimum)

    def _share(self, limit: float | None) -> float:
        if limit is None:
            return 0.0
        cut = sum(knot.hours for knot in self.knots if abs(knot.supply - limit) <= _NEAR_LIMIT)
        return cut / sum(knot.hours for knot in self.knots)


def heating_curve(recording: Recording) -> HeatingCurve | None:
    """The heating curve of a period, a month or a season.

    None with less than a day's worth of hours, or where the pump tells no calculated supply
    temperature. A gap makes the curve no worse: it relates what was known at the same time.
    """
    hours = _Hours.of(recording, recording.covered)
    outdoor, weights = hours.means("outdoor_temperature")
    calculated, known = hours.means("calculated_supply_temperature")
    seconds = np.minimum(weights, known)
    usable = seconds >= _LEAST_SECONDS
    if np.count_nonzero(usable) < _LEAST_HOURS:
        return None
    outdoor, calculated, seconds = outdoor[usable], calculated[usable], seconds[usable]
    knots = _knots(outdoor, calculated, seconds)
    if not knots:
        return None
    fitted = np.interp(outdoor, [k.outdoor for k in knots], [k.supply for k in knots])
    heating = _Hours.of(recording, mode_stretches(recording)[Mode.HEATING])
    settings = recording.settings
    follows = settings.get("room_sensor_control_active")
    return HeatingCurve(
        cloud=_cloud(heating),
        knots=knots,
        scatter=math.sqrt(float(np.average((calculated - fitted) ** 2, weights=seconds))),
        number=settings.get("heating_curve"),
        offset=settings.get("heating_offset"),
        minimum=settings.get("minimum_supply_temperature", _flat_end(knots[::-1])),
        maximum=settings.get("maximum_supply_temperature", _flat_end(knots)),
        excess=_excess(heating),
        room=_room(hours, settings.get("room_setpoint_heating")),
        follows_room=None if follows is None else bool(follows),
    )


@dataclass(frozen=True, slots=True, eq=False)
class _Hours:
    """The hours of a recording, as far as they lie within some stretches."""

    recording: Recording
    stretches: Stretches
    edges: Floats

    @classmethod
    def of(cls, recording: Recording, stretches: Stretches) -> "_Hours":
        first = math.floor(recording.start / _HOUR) * _HOUR
        edges = np.arange(first + _HOUR, recording.end, _HOUR)
        return cls(recording, stretches, edges)

    @property
    def starts(self) -> Floats:
        """Where each hour begins, seconds since 1970."""
        return np.append(self.recording.start, self.edges)

    def means(self, metric: str) -> tuple[Floats, Floats]:
        """Mean of a metric in each hour, and for how many seconds it is known."""
        return mean_by_bin(self.recording[metric], self.stretches, self.edges)

    def supply(self) -> tuple[Floats, Floats]:
        """The same of the supply temperature that the pump compares with the curve."""
        return mean_by_bin(supply_temperature(self.recording), self.stretches, self.edges)


def _knots(outdoor: Floats, supply: Floats, seconds: Floats) -> tuple[CurveKnot, ...]:
    """The curve that falls from cold to mild, one knot for each kelvin with enough hours."""
    place = np.floor(outdoor / _KNOT_WIDTH).astype(np.intp)
    place -= place.min()
    weight = np.bincount(place, seconds).astype(np.float64)
    kept = weight >= _LEAST_KNOT_HOURS * _HOUR
    weight = weight[kept]
    x = np.bincount(place, seconds * outdoor)[kept] / weight
    y = falling(np.bincount(place, seconds * supply)[kept] / weight, weight)
    rows = zip(x.tolist(), y.tolist(), (weight / _HOUR).tolist(), strict=True)
    return tuple(CurveKnot(*row) for row in rows)


def _flat_end(knots: Sequence[CurveKnot]) -> float | None:
    """The supply temperature at which a curve begins flat for some kelvins; None where it bends."""
    end = knots[0]
    flat = [knot for knot in knots if abs(knot.supply - end.supply) <= _NEAR_LIMIT]
    return end.supply if abs(flat[-1].outdoor - end.outdoor) >= _FLAT else None


def _cloud(heating: _Hours) -> tuple[HeatingHour, ...]:
    supply, seconds = heating.supply()
    outdoor, known = heating.means("outdoor_temperature")
    seconds = np.minimum(seconds, known)
    kept = seconds >= _LEAST_SECONDS
    columns = (heating.starts, seconds, outdoor, supply)
    rows = zip(*(column[kept].tolist() for column in columns), strict=True)
    return tuple(HeatingHour(*row) for row in rows)


def _excess(heating: _Hours) -> Figure | None:
    """Supply minus calculated supply temperature while heating, K."""
    supply, seconds = heating.supply()
    calculated, known = heating.means("calculated_supply_temperature")
    return _mean_of(heating.starts, supply - calculated, np.minimum(seconds, known), 0.0)


def _room(hours: _Hours, setpoint: float | None) -> RoomDeviation | None:
    """Room temperature minus set point, overall and in the colder and milder half, K."""
    if setpoint is None:
        return None
    room, seconds = hours.means("room_temperature")
    outdoor, known = hours.means("outdoor_temperature")
    seconds = np.minimum(seconds, known)
    mean = _mean_of(hours.starts, room - setpoint, seconds, _ROOM_SENSOR)
    if mean is None:
        return None
    kept = seconds >= _LEAST_SECONDS
    middle = float(np.median(outdoor[kept]))
    cold = room[kept & (outdoor <= middle)]
    mild = room[kept & (outdoor >= middle)]
    return RoomDeviation(
        mean,
        float(np.mean(cold)) - setpoint,
        float(np.mean(mild)) - setpoint,
        setpoint,
        middle,
    )


def _mean_of(starts: Floats, values: Floats, seconds: Floats, sensor: float) -> Figure | None:
    """The mean of hourly values; its error is the scatter of its days, and the sensor's own."""
    kept = seconds >= _LEAST_SECONDS
    if np.count_nonzero(kept) < _LEAST_HOURS:
        return None
    starts, values, seconds = starts[kept], values[kept], seconds[kept]
    mean = float(np.average(values, weights=seconds))
    place = np.floor((starts - starts[0]) / _DAY).astype(np.intp)
    weight = np.bincount(place, seconds)
    days = weight > 0
    means = np.bincount(place, seconds * values)[days] / weight[days]
    chance = NORMAL * float(np.std(means)) / math.sqrt(max(1, len(means) - 1))
    return Figure(mean, math.hypot(chance, sensor), Provenance.MEASURED)
