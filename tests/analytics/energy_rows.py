"""How near energies and coefficients of performance come to the truth of the simulated house.

Used by the tests of `cop.py` and by the table of `bench/efficiency_accuracy.py`.
"""

from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass
from types import MappingProxyType

from tests.analytics.house_recordings import DeviceRecord
from tests.analytics.true_energies import TrueEnergies, true_energies

from pumphouse.analytics.cop import Performance, performance
from pumphouse.analytics.figure import Figure, Provenance
from pumphouse.analytics.series import Recording

__all__ = ["COP_LIMITS", "ENERGY_LIMITS", "EnergyRow", "rows_energy"]

#: largest relative error over a whole period of what is metered, and of what is derived
ENERGY_LIMITS = (0.01, 0.05)
COP_LIMITS = (0.02, 0.06)


@dataclass(frozen=True, slots=True)
class EnergyRow:
    """One figure of one pump over some days.

    Attributes:
        name: what is compared.
        source: its provenance.
        limit: largest relative error of the whole period.
        days: each day's figure and truth, where one was told.
        whole: relative error of the whole period; None where none was told.
    """

    name: str
    source: str
    limit: float
    days: tuple[tuple[Figure, float], ...]
    whole: float | None

    @property
    def hits(self) -> int:
        """On how many days the stated error bar covers the truth."""
        return sum(abs(figure.value - true) <= figure.error for figure, true in self.days)

    @property
    def worst(self) -> float:
        """The largest relative error of a day."""
        return max((abs(figure.value / true - 1.0) for figure, true in self.days), default=0.0)

    @property
    def bars(self) -> list[float]:
        """What is stated for each day, relative to the truth."""
        return [figure.error / true for figure, true in self.days]


Found = Callable[[Performance], Figure | None]
Truth = Callable[[TrueEnergies], float]
_ENERGIES: Mapping[str, tuple[Found, Truth]] = MappingProxyType(
    {
        "electricity": (lambda p: p.electricity.total, lambda t: t.electricity),
        "electricity, running": (lambda p: p.electricity.running, lambda t: t.running),
        "electricity for heating": (lambda p: p.electricity.heating, lambda t: t.for_heating),
        "electricity for hot water": (lambda p: p.electricity.hot_water, lambda t: t.for_hot_water),
        "heat": (lambda p: p.heat.total, lambda t: t.heat),
        "heat for heating": (lambda p: p.heat.heating, lambda t: t.heating),
        "heat for hot water": (lambda p: p.heat.hot_water, lambda t: t.hot_water),
    }
)
#: each coefficient with the heat and the electricity that it is made of
_COEFFICIENTS: Mapping[str, tuple[Found, str, str]] = MappingProxyType(
    {
        "combined": (lambda p: p.coefficients.combined, "heat", "electricity"),
        "running": (lambda p: p.coefficients.running, "heat", "electricity, running"),
        "heating": (
            lambda p: p.coefficients.heating,
            "heat for heating",
            "electricity for heating",
        ),
        "hot water": (
            lambda p: p.coefficients.hot_water,
            "heat for hot water",
            "electricity for hot water",
        ),
    }
)


def rows_energy(device: DeviceRecord, days: Iterable[Recording] | None = None) -> list[EnergyRow]:
    """Electricity, heat and coefficients; of `days` where some of the data was removed."""
    told = [
        (performance(day), true_energies(device, day)) for day in (days or list(device.daily()))
    ]
    rows = []
    for name, (found, true) in _ENERGIES.items():
        pairs = [(found(seen), true(real)) for seen, real in told]
        rows.append(_row(name, pairs, ENERGY_LIMITS, _error(pairs)))
    for name, (found, upper, lower) in _COEFFICIENTS.items():
        heat, used = _ENERGIES[upper], _ENERGIES[lower]
        known = [(seen, real) for seen, real in told if found(seen) is not None]
        pairs = [(found(seen), heat[1](real) / used[1](real)) for seen, real in known]
        errors = [_error([(one[0](s), one[1](r)) for s, r in known]) for one in (heat, used)]
        whole = None
        if errors[0] is not None and errors[1] is not None:
            whole = (1.0 + errors[0]) / (1.0 + errors[1]) - 1.0
        rows.append(_row(f"COP {name}", pairs, COP_LIMITS, whole))
    return rows


def _row(
    name: str,
    pairs: list[tuple[Figure | None, float]],
    limits: tuple[float, float],
    whole: float | None,
) -> EnergyRow:
    known = tuple((figure, true) for figure, true in pairs if figure is not None and true > 0)
    source = known[0][0].provenance if known else Provenance.ESTIMATED
    limit = limits[source not in (Provenance.MEASURED, Provenance.DEVICE_METER)]
    return EnergyRow(name, str(source), limit, known, whole)


def _error(pairs: list[tuple[Figure | None, float]]) -> float | None:
    """Relative error of the sum over the days on which there is a figure."""
    known = [(figure.value, true) for figure, true in pairs if figure is not None]
    real = sum(true for _, true in known)
    return sum(value for value, _ in known) / real - 1.0 if real > 0 else None
