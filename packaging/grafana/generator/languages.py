"""How a curve is asked for: in PromQL, and in InfluxQL.

InfluxQL is the one language that InfluxDB 1, 2 and 3 all speak (2 maps the bucket to a database of
the same name, 3 has it built in), so there is one set of dashboards for the three. Flux is only
kept alive in InfluxDB 2, and SQL exists only in 3.
"""

# ruff: noqa: S608 - queries are put together for a file; nobody's input is in them

from dataclasses import dataclass
from typing import Final, Protocol

from generator.model import Change, Curve, Figure, Quotient, Spread, State, Value
from pumphouse.catalogue.catalogue import Catalogue, Metric
from pumphouse.core.units import Quantity
from pumphouse.sinks.prometheus.naming import family_of

__all__ = ["LANGUAGES", "InfluxQL", "Language", "PromQL", "Query"]


@dataclass(frozen=True, slots=True)
class Query:
    """A question to a database.

    Attributes:
        legend: names the series that come back; `{{label}}` stands for a label.
        unit: of the answer, as Grafana calls it.
        states: code to word, where the answer is the code of a state.
        steps: whether a value holds until the next one, as a setting does.
    """

    text: str
    legend: str
    unit: str = "short"
    states: dict[str, str] | None = None
    steps: bool = False


class Language(Protocol):
    """How one kind of database is asked."""

    @property
    def datasource(self) -> str:
        """Grafana's name of the kind, and the folder of the dashboards."""
        ...

    @property
    def devices(self) -> str:
        """The query for the ids of all devices."""
        ...

    @property
    def tells_standstill(self) -> bool:
        """Whether a value that stands still is told again and again, so that a gap is a gap."""
        ...

    def query(self, curve: Curve) -> Query | None:
        """The query of a curve; None where this database cannot tell."""
        ...


_UNITS: Final = {
    Quantity.TEMPERATURE: "celsius",
    Quantity.TEMPERATURE_DIFFERENCE: "kelvin",
    Quantity.POWER: "watt",
    Quantity.ENERGY: "kwatth",
    Quantity.FREQUENCY: "hertz",
    Quantity.ROTATION: "rotrpm",
    Quantity.FLOW: "flowlpm",
    Quantity.PRESSURE: "pressurebar",
    Quantity.PRESSURE_DIFFERENCE: "pressurepa",
    Quantity.RATIO: "percent",
    Quantity.DURATION: "s",
    Quantity.DEGREE_MINUTES: "suffix: DM",
    Quantity.CURRENT: "amp",
    Quantity.VOLTAGE: "volt",
    Quantity.CONCENTRATION: "ppm",
}
"""Grafana's name of each canonical unit; the readings of both databases are shown in it."""


def _metric(catalogue: Catalogue, name: str) -> Metric:
    metric = catalogue.metric(name)
    if metric is None:
        raise LookupError(f"the catalogue has no metric {name}")
    return metric


def _unit(metric: Metric) -> str:
    return _UNITS.get(metric.quantity, "short")


def _steps(metric: Metric) -> bool:
    """Whether a metric has no mean: a setting was never anything in between."""
    return metric.state_class != "measurement"


class PromQL:
    """Asks Prometheus; base units are turned back into those that people read."""

    datasource: Final = "prometheus"
    devices: Final = "label_values(heatpump_info, device)"
    tells_standstill: Final = True

    def __init__(self, catalogue: Catalogue) -> None:
        self._catalogue = catalogue

    def query(self, curve: Curve) -> Query | None:
        """The query of a curve; None where Prometheus cannot tell."""
        match curve:
            case Value(name):
                metric = _metric(self._catalogue, name)
                text = self._shown(name, self._series(name))
                return Query(text, metric.label, _unit(metric), steps=_steps(metric))
            case State(name):
                label = _metric(self._catalogue, name).label
                return Query(self._series(name), f"{label}: {{{{state}}}}", states={"1": "yes"})
            case Change(name, per):
                metric = _metric(self._catalogue, name)
                grown = f"increase({self._series(name)}[{per}])"
                return Query(self._shown(name, grown), metric.label, _unit(metric))
            case Quotient(label, over, under, per):
                above, below = (f"increase({self._series(name)}[{per}])" for name in (over, under))
                return Query(f"{above} / ({below} > 0)", label)
            case Spread(label, upper, lower):
                unit = _UNITS[Quantity.TEMPERATURE_DIFFERENCE]
                return Query(f"{self._series(upper)} - {self._series(lower)}", label, unit)
            case Figure(legend, promql, _, unit):
                return Query(promql, legend, unit) if promql else None

    def _series(self, name: str) -> str:
        metric = _metric(self._catalogue, name)
        family = family_of(metric, name, metric.unit, metric.options)
        return f'{family.name}{{device="$device"}}'

    def _shown(self, name: str, expression: str) -> str:
        """In the canonical unit again."""
        metric = _metric(self._catalogue, name)
        factor = family_of(metric, name, metric.unit, metric.options).unit.factor
        if factor == 1:
            return expression
        return f"{expression} / {factor:.9g}" if factor > 1 else f"{expression} * {1 / factor:.9g}"


class InfluxQL:
    """Asks InfluxDB, 1.x, 2.x and 3."""

    datasource: Final = "influxdb"
    devices: Final = 'SHOW TAG VALUES FROM "heatpump" WITH KEY = "device"'
    tells_standstill: Final = False

    def __init__(self, catalogue: Catalogue) -> None:
        self._catalogue = catalogue

    def query(self, curve: Curve) -> Query | None:
        """The query of a curve; None where InfluxDB cannot tell."""
        match curve:
            case Value(name):
                metric = _metric(self._catalogue, name)
                text = _select(f'{"last" if _steps(metric) else "mean"}("{name}")')
                return Query(text, metric.label, _unit(metric), steps=_steps(metric))
            case State(name):
                label = _metric(self._catalogue, name).label
                return Query(_select(f'last("{name}")'), label, states=self._states(name))
            case Change(name, per):
                metric = _metric(self._catalogue, name)
                # some vendors tell changes only: a day without one is a day without growth
                grown = _select(_growth(name), per, fill="previous")
                return Query(grown, metric.label, _unit(metric))
            case Quotient(label, over, under, per):
                inner = _select(f'{_growth(over)} / {_growth(under)} AS "quotient"', per)
                # where nothing was used InfluxQL divides by zero and says 0
                outer = f'SELECT "quotient" FROM ({inner}) WHERE "quotient" > 0'
                return Query(outer, label)
            case Spread(label, upper, lower):
                unit = _UNITS[Quantity.TEMPERATURE_DIFFERENCE]
                return Query(_select(f'mean("{upper}") - mean("{lower}")'), label, unit)
            case Figure(legend, _, influxql, unit):
                return Query(influxql, legend, unit) if influxql else None

    def _states(self, name: str) -> dict[str, str]:
        """The words for all codes of all vendors; where two mean different things, it stops."""
        words: dict[str, str] = {}
        options = [_metric(self._catalogue, name).options]
        for vendor in ("nibe_uplink", "myuplink"):
            points = self._catalogue.vendor(vendor).points()
            options += [point.options for point in points if point.metric == name]
        for option in (option for some in options for option in some):
            code = f"{option.value:g}"
            if words.setdefault(code, option.label) != option.label:
                raise LookupError(f"{name}: {code} is {words[code]} and also {option.label}")
        return words


def _growth(name: str) -> str:
    return f'non_negative_difference(last("{name}"))'


def _select(what: str, per: str = "$__interval", fill: str = "none") -> str:
    where = '"device" =~ /^${device:regex}$/ AND $timeFilter'
    return f'SELECT {what} FROM "heatpump" WHERE {where} GROUP BY time({per}) fill({fill})'


LANGUAGES: Final = (InfluxQL, PromQL)
"""All of them."""
