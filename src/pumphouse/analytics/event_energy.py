"""Energies of events (runs, defrosts, charges) of one device, many at once."""

from pumphouse.analytics.electricity import power_used
from pumphouse.analytics.energy import JOULES_PER_KWH
from pumphouse.analytics.heat import compressor_heat_power
from pumphouse.analytics.series import Floats, Recording, Series
from pumphouse.analytics.states import means

__all__ = ["electricity_of", "energy_of", "growth_of", "heat_of"]


def electricity_of(recording: Recording, starts: Floats, ends: Floats) -> list[float | None]:
    """Electricity of the whole pump between instants, kWh, from its sampled power."""
    return energy_of(power_used(recording), starts, ends)


def heat_of(recording: Recording, starts: Floats, ends: Floats) -> list[float | None]:
    """Heat the condenser gave between instants, kWh, from flow and temperatures of the water."""
    return energy_of(compressor_heat_power(recording), starts, ends)


def energy_of(power: Series, starts: Floats, ends: Floats) -> list[float | None]:
    """The energy of a power in W between instants, kWh; None where it is not known."""
    lengths = ((ends - starts) / JOULES_PER_KWH).tolist()
    return [
        None if mean is None else mean * length
        for mean, length in zip(means(power, starts, ends), lengths, strict=True)
    ]


def growth_of(series: Series, starts: Floats, ends: Floats) -> list[float | None]:
    """How much a counter grew between instants; None where it is not known or was reset."""
    early, known = series.held(starts)
    late, _ = series.held(ends)
    return [
        float(growth) if sure and growth >= 0 else None
        for growth, sure in zip(late - early, known, strict=True)
    ]
