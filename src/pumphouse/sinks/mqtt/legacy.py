"""The topics of the well-known recipe, for those who built on its scripts.

The scripts publish each value and each unit of every point at every run, as the vendor sends them,
not retained and without a word from the broker: ``myuplink/<system>/<parameter>/value`` and
``/unit``.
"""

from collections.abc import Iterator, Mapping
from typing import Final

from pumphouse.catalogue.catalogue import Catalogue
from pumphouse.core.model import Device, Point
from pumphouse.core.units import Quantity, Unit
from pumphouse.sinks.mqtt.messages import Message
from pumphouse.sinks.mqtt.view import DeviceView, plain

__all__ = ["LegacyTopics"]

_VENDORS: Final = ("myuplink", "nibe_uplink")
#: how the vendors write units that have a better spelling
_SPELLINGS: Final = {"l/min": "l/m", "K": "°C", "m³/h": "m3/h"}


class LegacyTopics:
    """Makes the messages.

    Args:
        catalogue: knows the vendors' units.
        systems: the vendor's system of a device, by ``source/device``; without an entry a device
            is its own system, as it is with NIBE Uplink.
    """

    def __init__(self, catalogue: Catalogue, systems: Mapping[str, str]) -> None:
        self._vendors = [catalogue.vendor(name) for name in _VENDORS]
        self._systems = systems

    def messages(self, device: DeviceView) -> Iterator[Message]:
        """Value and unit of every point of `device`, if any of its readings is new."""
        if not device.changed:
            return
        root = f"myuplink/{self._system(device.device)}"
        for value in device.values:
            point = value.point
            unit = self._unit(point)
            number = value.reading.value
            text = value.text if number is None else plain(unit.from_canonical(number))
            topic = f"{root}/{point.key.point}"
            yield Message(f"{topic}/value", text, qos=0, retain=False)
            symbol = _SPELLINGS.get(unit.symbol, unit.symbol)
            yield Message(f"{topic}/unit", symbol, qos=0, retain=False)

    def _system(self, device: Device) -> str:
        return self._systems.get(f"{device.source}/{device.id}", device.id)

    def _unit(self, point: Point) -> Unit:
        """The vendor's unit, where the catalogue knows it; else ours."""
        for vendor in self._vendors:
            native = vendor.get(point.key.point, title=point.name)
            if native is None or native.unit is None:
                continue
            quantity = native.unit.quantity
            if quantity is point.unit.quantity and quantity is not Quantity.OTHER:
                return native.unit
        return point.unit
