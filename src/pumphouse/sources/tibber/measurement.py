"""A live measurement of the electricity meter as readings, whichever way it came.

The events of the Data API and the subscription of the GraphQL API bring the same fields under the
same names: powers in watts, energies in kilowatt-hours, all of them null at times. Which of them a
meter fills depends on its kind.
"""

import math
from collections.abc import Mapping
from datetime import datetime
from typing import Final

from pumphouse.catalogue.catalogue import Catalogue
from pumphouse.core.model import Batch, Device
from pumphouse.core.ports import Clock
from pumphouse.core.units import DIMENSIONLESS, Unit, parse_unit
from pumphouse.sources.assembly import Assembler, Sample
from pumphouse.sources.selection import Selection
from pumphouse.sources.tibber.values import number
from pumphouse.sources.vendor_time import instant

__all__ = ["MeasurementMapper"]

_MONEY: Final = frozenset({"accumulatedCost", "accumulatedReward"})


class MeasurementMapper:
    """Turns measurements into points and readings, and keeps no more of them than are wanted.

    Args:
        source: the configured name.
        interval: keep the first of each stretch of so many seconds, by the meter's clock; 0: all.
        clock: the time of a measurement that bears none.
    """

    def __init__(
        self,
        source: str,
        catalogue: Catalogue,
        selection: Selection,
        *,
        interval: float,
        clock: Clock,
    ) -> None:
        self._source = source
        self._vendor = catalogue.vendor("tibber")
        self._assembler = Assembler(source, catalogue, selection)
        self._interval = interval
        self._clock = clock
        self._kept: dict[str, int] = {}

    def batch(self, device: Device, frame: Mapping[str, object]) -> Batch:
        """The batch of one measurement; empty where the one before was so short ago.

        What is counted since midnight goes on counting, so that nothing is lost with those between.

        Args:
            device: the meter.
            frame: the fields as they came; what is no number is left out.
        """
        stamp = frame.get("timestamp")
        time = (instant(stamp) if isinstance(stamp, str) else None) or self._clock.now()
        if not self._is_wanted(device.id, time):
            return Batch(self._source)
        currency = frame.get("currency")
        money = parse_unit(currency) if isinstance(currency, str) else DIMENSIONLESS
        samples = [
            self._sample(field, value, time, money)
            for field, given in frame.items()
            if (value := _number(given)) is not None
        ]
        points, readings = self._assembler.assemble(device.id, samples)
        return Batch(self._source, (device,), tuple(points), tuple(readings))

    def _is_wanted(self, device: str, time: datetime) -> bool:
        if self._interval <= 0:
            return True
        stretch = math.floor(time.timestamp() / self._interval)
        if self._kept.get(device) == stretch:
            return False
        self._kept[device] = stretch
        return True

    def _sample(self, field: str, value: float, time: datetime, money: Unit) -> Sample:
        native = self._vendor.get(field, unit=money.symbol if field in _MONEY else "")
        unit = native.unit if native is not None and native.unit is not None else DIMENSIONLESS
        return Sample(
            id=field,
            native=native,
            name=(native and native.name) or field,
            time=time,
            value=value,
            unit=money if field in _MONEY else unit,
        )


def _number(given: object) -> float | None:
    return number(given) if isinstance(given, int | float) else None
