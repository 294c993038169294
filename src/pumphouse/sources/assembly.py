"""From what a vendor says about a device to the points and readings of the house.

Here is what all vendors have in common: one metric per point, canonical units, the user's choice
of points. What a native value means has been decided before, by the vendor's own module.
"""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, replace
from datetime import datetime

from pumphouse.catalogue.catalogue import Catalogue, NativePoint
from pumphouse.core.model import Batch, Option, Point, PointKey, Reading
from pumphouse.core.units import DIMENSIONLESS, Unit
from pumphouse.sources.selection import Selection

__all__ = ["Assembler", "Sample", "merged", "setting_of"]


@dataclass(frozen=True, slots=True)
class Sample:
    """What one row of a vendor's answer says, understood but not yet in canonical units.

    Attributes:
        id: the native id within the device.
        native: what the catalogue knows about it, None where it knows nothing.
        unit: of `value` and of the limits.
        text: the value of a point that is a text; then `value` is None.
        vendor_unit: what the vendor writes behind the value.
        missing: whether the point has no sensor or no value now: it is a point without a reading.
    """

    id: str
    native: NativePoint | None
    name: str
    time: datetime
    value: float | None = None
    text: str | None = None
    unit: Unit = DIMENSIONLESS
    writable: bool = False
    minimum: float | None = None
    maximum: float | None = None
    step: float | None = None
    options: tuple[Option, ...] = ()
    vendor_unit: str | None = None
    missing: bool = False

    def reading(self, key: PointKey) -> Reading | None:
        """The same as a reading in the canonical unit; None where there is none."""
        if self.missing:
            return None
        value = None if self.value is None else self.unit.to_canonical(self.value)
        return Reading(key, self.time, value, self.text)


def setting_of(
    native_id: str, native: NativePoint | None, code: float | None, time: datetime
) -> Sample:
    """A setting that is one of the words of its entry in the catalogue.

    Args:
        code: of the word; None where the vendor has a new one.
    """
    return Sample(
        id=native_id,
        native=native,
        name=(native and native.name) or native_id,
        time=time,
        value=code,
        writable=True,
        options=native.options if native else (),
        missing=code is None,
    )


class Assembler:
    """Makes points and readings of the samples of one source.

    It remembers which native ids a device has had a value for, so that a metric does not move to
    another id when a sensor pauses for one read. A sensor that never had a value claims no metric.
    """

    def __init__(self, source: str, catalogue: Catalogue, selection: Selection) -> None:
        self._source = source
        self._catalogue = catalogue
        self._selection = selection
        self._natives: dict[str, dict[str, NativePoint]] = {}
        self._metrics: dict[str, dict[str, str]] = {}

    def assemble(self, device: str, samples: Sequence[Sample]) -> tuple[list[Point], list[Reading]]:
        """The points and readings of `device` that the user wants to keep.

        Args:
            device: the vendor's id of the device.
            samples: at most one for each native id.
        """
        metrics = self._assigned(device, samples)
        points: list[Point] = []
        readings: list[Reading] = []
        for sample in samples:
            metric = metrics.get(sample.id)
            if not self._selection.keeps(sample.id, metric):
                continue
            point = _point(PointKey(self._source, device, sample.id), sample, metric)
            points.append(point)
            if (reading := sample.reading(point.key)) is not None:
                readings.append(reading)
        return points, readings

    def _assigned(self, device: str, samples: Iterable[Sample]) -> dict[str, str]:
        """Native id -> metric for everything `device` has ever had a value for."""
        natives = self._natives.setdefault(device, {})
        new = {
            sample.id: replace(sample.native, id=sample.id)
            for sample in samples
            if sample.native is not None and not sample.missing and sample.id not in natives
        }
        if new or device not in self._metrics:
            natives.update(new)
            self._metrics[device] = dict(self._catalogue.assign(tuple(natives.values())))
        return self._metrics[device]


def _point(key: PointKey, sample: Sample, metric: str | None) -> Point:
    unit = sample.unit

    def limit(value: float | None) -> float | None:
        return None if value is None else unit.to_canonical(value)

    step = sample.step
    return Point(
        key=key,
        name=sample.name,
        metric=metric,
        unit=unit.canonical,
        writable=sample.writable,
        minimum=limit(sample.minimum),
        maximum=limit(sample.maximum),
        step=None if step is None else unit.to_canonical(step) - unit.to_canonical(0.0),
        options=sample.options,
        vendor_unit=sample.vendor_unit,
    )


def merged(source: str, parts: Sequence[Batch], problems: Iterable[str]) -> Batch:
    """The batches of several devices, and what went wrong with others, as one batch."""
    return Batch(
        source=source,
        devices=tuple(device for part in parts for device in part.devices),
        points=tuple(point for part in parts for point in part.points),
        readings=tuple(reading for part in parts for reading in part.readings),
        problems=tuple(problems),
    )
