"""The topics of the well-known recipe, for those who built on its scripts.

The scripts publish each value and each unit of every point at every run, as the vendor sends them,
not retained and without a word from the broker: ``myuplink/<system>/<parameter>/value`` and
``/unit``.
"""

from collections.abc import Iterator
from typing import Final

from pumphouse.catalogue.catalogue import Catalogue
from pumphouse.core.model import Point
from pumphouse.core.units import Quantity, Unit, parse_unit
from pumphouse.sinks.mqtt.messages import Message
from pumphouse.sinks.mqtt.view import DeviceView, plain

__all__ = ["LegacyTopics"]

_VENDORS: Final = ("myuplink", "nibe_uplink")


class LegacyTopics:
    """Makes the messages.

    Args:
        catalogue: knows the unit of points whose vendor writes none, or another's.
    """

    def __init__(self, catalogue: Catalogue) -> None:
        self._vendors = [catalogue.vendor(name) for name in _VENDORS]

    def messages(self, device: DeviceView) -> Iterator[Message]:
        """Value and unit of every point of `device`, if any of its readings is new.

        What the vendor has not said itself, such as a day's efficiency, is left out.
        """
        if not device.changed:
            return
        root = f"myuplink/{device.device.system or device.device.id}"
        for value in device.values:
            point = value.point
            if point.vendor_unit is None:
                continue
            unit = self._unit(point, point.vendor_unit)
            number = value.reading.value
            text = value.text if number is None else plain(unit.from_canonical(number))
            topic = f"{root}/{point.key.point}"
            yield Message(f"{topic}/value", text, qos=0, retain=False)
            yield Message(f"{topic}/unit", point.vendor_unit, qos=0, retain=False)

    def _unit(self, point: Point, spelt: str) -> Unit:
        """The unit of the vendor's number; ours where nobody knows it."""
        natives = [vendor.get(point.key.point, title=point.name) for vendor in self._vendors]
        known = [native.unit for native in natives if native is not None and native.unit]
        of_point = point.unit.quantity
        for unit in (*known, parse_unit(spelt)):
            if unit.quantity is of_point and of_point is not Quantity.OTHER:
                return unit
        return point.unit
