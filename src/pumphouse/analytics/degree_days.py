"""Degree days: how much heating the weather asked for, and what it took per degree day."""

from collections.abc import Sequence

from pumphouse.analytics.averages import mean_across_gaps
from pumphouse.analytics.coverage import enough
from pumphouse.analytics.figure import Figure, Provenance, ratio, total
from pumphouse.analytics.series import Recording

__all__ = ["BASE_TEMPERATURE", "degree_days", "energy_per_degree_day", "outdoor_mean"]

#: °C; 17 is usual in the Nordic countries, 15.5 in the United Kingdom, 18 elsewhere
BASE_TEMPERATURE = 17.0
_OUTDOOR_SENSOR = 0.3  # K by which a pump's outdoor sensor may be off (own assumption)
_LEAST_DEGREE_DAYS = 5.0  # K·d: below, a quotient is more chance than house


def outdoor_mean(day: Recording) -> float | None:
    """Mean outdoor temperature of a day, °C; None where less than half of the day is known."""
    if not enough(day):
        return None
    return mean_across_gaps(day, "outdoor_temperature")


def degree_days(outdoor: float | None, base: float = BASE_TEMPERATURE) -> Figure | None:
    """Heating degree days of one day: max(0, base - mean outdoor temperature), in K·d.

    Those of a longer period are the `figure.total` of its days, with `independent=False`: one
    sensor is off the same way every day.

    Args:
        outdoor: mean of the day, °C.
        base: outdoor temperature below which heat is counted as needed, °C.
    """
    if outdoor is None:
        return None
    colder = base - outdoor
    error = _OUTDOOR_SENSOR if colder > -_OUTDOOR_SENSOR else 0.0
    return Figure(max(0.0, colder), error, Provenance.MEASURED)


def energy_per_degree_day(
    energy: Sequence[Figure | None], days: Sequence[Figure | None]
) -> Figure | None:
    """Energy per degree day, kWh/(K·d), over the days for which both are known.

    Of heat for heating it tells how much a house needs whatever the winter was like; of electricity
    it holds the pump's efficiency as well. None with fewer than 5 degree days.

    Args:
        energy: kWh of each day.
        days: degree days of the same days.
    """
    known = [(one, day) for one, day in zip(energy, days, strict=True) if one and day]
    weather = total((day for _, day in known), independent=False)
    if weather is None or weather.value < _LEAST_DEGREE_DAYS:
        return None
    return ratio(total((one for one, _ in known), independent=False), weather)
