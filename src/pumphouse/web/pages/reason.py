"""Why a pump does what it does, in sentences: degree minutes, hot water, the next start."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Final

from pumphouse.core.model import Reading
from pumphouse.core.units import Quantity
from pumphouse.web.pages.pump import Activity, Pump, number, word
from pumphouse.web.pages.values import amount
from pumphouse.web.text import texts

__all__ = ["FACTORY_START", "DegreeMinutes", "Reason", "extrapolate", "plain", "reason_of"]

#: NIBE VVM 320 installer manual p. 17: the compressor starts at -60 unless it is set otherwise
FACTORY_START: Final = -60.0
#: how far back readings tell where degree minutes are going
TREND: Final = timedelta(minutes=30)
#: a shorter stretch says too little
SHORTEST_TREND: Final = timedelta(minutes=4)
#: further ahead the weather decides, not the trend
HORIZON: Final = timedelta(hours=12)
#: slower changes, in degree minutes a minute, are noise
STANDING: Final = 0.02

#: further down the needle stays at the end, or the start value and 0 would meet
_LONGEST_SCALE: Final = 8.0


@dataclass(frozen=True, slots=True)
class DegreeMinutes:
    """Degree minutes against the value at which the compressor starts.

    Attributes:
        start: the pump's own start value, or the factory's where `factory` says so.
        low, high: the ends of the scale.
        next_start: when the start value is reached if it goes on like this; None: not known.
    """

    value: float
    start: float
    factory: bool
    low: float
    high: float
    next_start: datetime | None

    def at(self, value: float) -> float:
        """Where `value` lies on the scale, from 0 to 100."""
        share = (value - self.low) / (self.high - self.low)
        return round(100 * min(max(share, 0.0), 1.0), 1)


@dataclass(frozen=True, slots=True)
class Reason:
    """What a pump is doing, and why.

    Attributes:
        sentences: the why; empty where nothing is known.
    """

    activity: Activity
    headline: str
    sentences: tuple[str, ...]
    degree_minutes: DegreeMinutes | None


def extrapolate(readings: Sequence[Reading], target: float, now: datetime) -> datetime | None:
    """When a falling series reaches `target` if it goes on along the line through its last values.

    Args:
        readings: in the order of time.

    Returns:
        the instant, or None where the values stand, rise, are too few or would take too long.
    """
    recent = [one for one in readings if one.value is not None and one.time >= now - TREND]
    if not recent or recent[-1].time - recent[0].time < SHORTEST_TREND:
        return None
    minutes = [(one.time - recent[-1].time).total_seconds() / 60 for one in recent]
    values = [one.value for one in recent if one.value is not None]
    middle, mean = sum(minutes) / len(minutes), sum(values) / len(values)
    spread = sum((minute - middle) ** 2 for minute in minutes)
    pairs = zip(minutes, values, strict=True)
    slope = sum((minute - middle) * (value - mean) for minute, value in pairs) / spread
    left = values[-1] - target
    if slope > -STANDING or left <= 0:
        return None
    reached = recent[-1].time + timedelta(minutes=left / -slope)
    return max(reached, now) if reached - now <= HORIZON else None


def degree_minutes_of(
    pump: Pump, readings: Sequence[Reading], now: datetime
) -> DegreeMinutes | None:
    """Degree minutes of a pump; None where it does not tell them.

    Args:
        readings: of its degree minutes, the last half hour.
    """
    value = pump["degree_minutes"]
    if value is None or value.number is None:
        return None
    own = number(pump.values, "degree_minutes_compressor_start")
    start = FACTORY_START if own is None else own
    predicted = None
    if not value.stale and pump.activity is Activity.IDLE:
        predicted = extrapolate(readings, start, now)
    low = max(min(start * 1.5, value.number * 1.1), start * _LONGEST_SCALE)
    high = max(-start / 2, min(value.number * 1.1, -start * 2))
    return DegreeMinutes(value.number, start, own is None, low, high, predicted)


def reason_of(pump: Pump, readings: Sequence[Reading], now: datetime) -> Reason:
    """What `pump` is doing, and why, as far as its values tell.

    Args:
        readings: of its degree minutes, the last half hour.
    """
    t = texts()
    degree_minutes = degree_minutes_of(pump, readings, now)
    headline = t(f"now.activity.{pump.activity}")
    if pump.addition_on and pump.activity is not Activity.ADDITION_ONLY:
        headline = t("now.with_addition", activity=headline)
    return Reason(pump.activity, headline, tuple(_sentences(pump, degree_minutes)), degree_minutes)


def _sentences(pump: Pump, degree_minutes: DegreeMinutes | None) -> Iterator[str]:
    t = texts()
    if pump.activity is Activity.DEFROSTING:
        yield t("now.why.defrosting")
    if word(pump.values, "compressor_blocked") == "yes":
        yield t("now.why.blocked")
    if pump.activity is Activity.HOT_WATER:
        yield from _hot_water(pump)
        return
    if pump.activity is Activity.IDLE and (warm := _warm_enough(pump)):
        yield warm
    elif degree_minutes is not None:
        yield _degree_minutes(pump.activity, degree_minutes)
    yield from _supply(pump)
    if pump.activity is Activity.IDLE:
        yield from _hot_water(pump)


def _warm_enough(pump: Pump) -> str | None:
    """A sentence if it is so warm outdoors that the pump does not heat at all."""
    average, limit = pump["outdoor_temperature_average"], pump["stop_heating_temperature"]
    if average is None or limit is None or average.number is None or limit.number is None:
        return None
    if average.number <= limit.number:
        return None
    return texts()("now.why.warm", average=average.amount, limit=limit.amount)


def _degree_minutes(activity: Activity, now: DegreeMinutes) -> str:
    t = texts()
    value, start = plain(now.value), plain(now.start)
    if activity is Activity.IDLE and now.value > now.start:
        return t("now.why.above_start", value=value, start=start)
    if activity is Activity.HEATING:
        return t("now.why.owed" if now.value < 0 else "now.why.enough", value=value)
    return t("now.why.degree_minutes", value=value, start=start)


def _supply(pump: Pump) -> Iterator[str]:
    for circuit in pump.circuits[:1]:
        if circuit.supply and circuit.wanted:
            yield texts()(
                "now.why.supply", supply=circuit.supply.amount, wanted=circuit.wanted.amount
            )


#: what a comfort mode or a demand for hot water names its limits by
_LIMITS: Final = {
    "economy": "economy",
    "small": "economy",
    "normal": "normal",
    "medium": "normal",
    "luxury": "luxury",
    "large": "luxury",
}


def _hot_water(pump: Pump) -> Iterator[str]:
    t, values = texts(), pump.values
    mode = word(values, "hot_water_comfort_mode") or word(values, "hot_water_demand") or ""
    limits = _LIMITS.get(mode, "")
    water = pump["hot_water_charging_temperature"] or pump["hot_water_temperature"]
    start, stop = pump[f"hot_water_start_{limits}"], pump[f"hot_water_stop_{limits}"]
    if water is None:
        return
    if pump.activity is Activity.HOT_WATER:
        if stop:
            yield t("now.why.charging_until", water=water.amount, stop=stop.amount)
        else:
            yield t("now.why.charging", water=water.amount)
    elif start:
        yield t("now.why.water_enough", water=water.amount, start=start.amount)


def plain(value: float) -> str:
    """Degree minutes as they are written in a sentence: -60 without digits, -26.4 with one."""
    text = amount(value, Quantity.DEGREE_MINUTES, "").text
    return text.removesuffix(".0")
