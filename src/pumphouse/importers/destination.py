"""Whose readings they are: the device and the point in the store that a foreign name stands for."""

from collections.abc import Iterable, Sequence

from pumphouse.catalogue.catalogue import Catalogue, public_name
from pumphouse.core.errors import UsageError
from pumphouse.core.model import Device, Option, Point, PointKey
from pumphouse.core.units import DIMENSIONLESS, Unit, parse_unit

__all__ = ["IMPORTED", "Destination"]

#: the source, and without a better name the device, of what no configured source has read
IMPORTED = "imported"


class Destination:
    """The devices and points that are in the store, and those that an import adds to them.

    A point that the store knows keeps its name, unit and metric: what a file says of it is only
    needed to convert the values.

    Args:
        devices, points: those of the store.
        chosen: the id or the name of the device that everything belongs to; None lets each format
            say.

    Raises:
        UsageError: several devices are called `chosen`.
    """

    def __init__(
        self,
        catalogue: Catalogue,
        devices: Iterable[Device] = (),
        points: Iterable[Point] = (),
        *,
        chosen: str | None = None,
    ) -> None:
        self._catalogue = catalogue
        self._devices = {(device.source, device.id): device for device in devices}
        self._points = {point.key: point for point in points}
        self._metrics = {
            (*point.key[:2], point.metric) for point in self._points.values() if point.metric
        }
        self._chosen = self._named(chosen) if chosen else None

    def device(self, named: str | None = None, source: str | None = None) -> Device:
        """The device that a foreign place calls `named`, by id or name.

        Args:
            source: the source it belongs to, where the place says so.
        """
        if self._chosen is not None:
            return self._chosen
        if not named:
            return self._added(IMPORTED, source or IMPORTED)
        if source is not None:
            return self._devices.get((source, named)) or self._added(named, source)
        return self._named(named)

    def point(
        self,
        device: Device,
        native_id: str,
        *,
        vendor: str = "",
        title: str = "",
        metric: str | None = None,
        unit: str = "",
    ) -> Point:
        """The point of `device` that a foreign place writes as `native_id`.

        Args:
            vendor: whose ids they are; with it the catalogue knows their meaning.
            title: what the place calls it.
            metric: what it means, where the place says so.
            unit: in which the place gives its values, as it is spelt there.
        """
        key = PointKey(device.source, device.id, native_id)
        if known := self._points.get(key):
            return known
        if metric and (same := self._by_metric(device, metric)):
            return same
        native = self._catalogue.vendor(vendor).get(native_id, title=title, unit=unit)
        if native is not None and native.metric and metric is None:
            metric = public_name(native.metric, native.instance)
        meant = self._catalogue.metric(metric) if metric else None
        if meant is None or (*key[:2], metric) in self._metrics:
            metric = None
        wire = self.wire_unit(native_id, vendor=vendor, title=title, unit=unit)
        canonical = meant.unit if meant is not None and not unit and native is None else wire
        added = Point(
            key,
            (native and native.name) or title or (meant and meant.label) or native_id,
            metric,
            DIMENSIONLESS if native and native.options else canonical.canonical,
            options=native.options if native else (),
            vendor_unit=unit or None,
        )
        return self._add(added)

    def wire_unit(
        self, native_id: str, *, vendor: str = "", title: str = "", unit: str = ""
    ) -> Unit:
        """The unit in which a place gives the values of `native_id`, quirks considered."""
        native = self._catalogue.vendor(vendor).get(native_id, title=title, unit=unit)
        if native is not None and native.unit is not None:
            return native.unit
        return parse_unit(unit)

    def described(self, point: Point) -> Point:
        """The point of the store that `point` is, or `point` itself, from now on known."""
        return self._points.get(point.key) or self._add(point)

    def label(self, point: Point, value: float, text: str) -> Point:
        """`point` with one more word of its enumeration, where it did not have it."""
        if any(option.value == value for option in point.options):
            return point
        options = sorted((*point.options, Option(value, text)), key=lambda one: one.value)
        return self._add(
            Point(
                point.key,
                point.name,
                point.metric,
                point.unit,
                options=tuple(options),
                vendor_unit=point.vendor_unit,
            )
        )

    def _named(self, wanted: str) -> Device:
        by_id = [one for one in self._devices.values() if one.id == wanted]
        found: Sequence[Device] = by_id or [
            one for one in self._devices.values() if one.name.casefold() == wanted.casefold()
        ]
        if len(found) > 1:
            where = ", ".join(f"{one.id} of {one.source}" for one in found)
            raise UsageError(f'several devices are called "{wanted}": {where}; give an id of one')
        return found[0] if found else self._added(wanted, IMPORTED)

    def _added(self, name: str, source: str) -> Device:
        return self._devices.setdefault((source, name), Device(source, name, name))

    def _by_metric(self, device: Device, metric: str) -> Point | None:
        of_device = (
            point for key, point in self._points.items() if key[:2] == (device.source, device.id)
        )
        return next((point for point in of_device if point.metric == metric), None)

    def _add(self, point: Point) -> Point:
        self._points[point.key] = point
        if point.metric:
            self._metrics.add((*point.key[:2], point.metric))
        return point
