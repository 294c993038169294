"""What our own names in Prometheus stand for: those that are scraped, and those of line protocol.

A name that is scraped ends in its unit, `heatpump_supply_temperature_celsius`, and has the value in
that unit; VictoriaMetrics makes `heatpump_supply_temperature` of line protocol, in our own units.
"""

from collections.abc import Iterator
from typing import Final

from pumphouse.catalogue.catalogue import load_catalogue, public_name
from pumphouse.importers.mapping import Rule
from pumphouse.sinks.prometheus.naming import Shape, family_of

__all__ = ["OUR_NAMES"]

_INSTANCES: Final = 8
_WHOSE: Final = {"device": "{device}", "source": "{source}"}


def _scraped() -> Iterator[Rule]:
    for metric in load_catalogue().metrics.values():
        for instance in range(1, _INSTANCES + 1):
            name = public_name(metric.name, instance)
            family = family_of(metric, name, metric.unit)
            if family.shape is not Shape.STATES and family.name != f"heatpump_{name}":
                yield Rule(
                    measurement=family.name,
                    tags=_WHOSE,
                    device="{device}",
                    source="{source}",
                    point=name,
                    metric=name,
                    factor=1.0 / family.unit.factor,
                )


OUR_NAMES: Final = (
    *_scraped(),
    Rule(
        measurement="heatpump_point_value",
        tags={**_WHOSE, "point": "{point}"},
        device="{device}",
        source="{source}",
        point="{point}",
    ),
    Rule(
        measurement="heatpump_{metric}",
        tags=_WHOSE,
        device="{device}",
        source="{source}",
        point="{metric}",
        metric="{metric}",
    ),
)
"""Rules for what Pumphouse itself gives to Prometheus and to VictoriaMetrics."""
