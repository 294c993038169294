"""A 1-Wire bus as a source: every chip is a device, every property of it a point."""

import asyncio
from dataclasses import dataclass, field
from datetime import datetime
from types import TracebackType
from typing import Final, Self

from pumphouse.core.errors import Unreachable
from pumphouse.core.model import Batch, Device, Point, PointKey, Reading, Suspect
from pumphouse.core.ports import Host
from pumphouse.core.units import DIMENSIONLESS, Unit, parse_unit
from pumphouse.sources.onewire.bus import Bus, Chip, Raw
from pumphouse.sources.onewire.doubts import doubt
from pumphouse.sources.onewire.owserver import Owserver
from pumphouse.sources.onewire.settings import DEFAULT_PATH, OneWireSettings, host_and_port
from pumphouse.sources.onewire.sysfs import SysfsBus
from pumphouse.sources.selection import Selection

__all__ = ["OneWire"]

CELSIUS: Final = parse_unit("°C")


@dataclass(frozen=True, slots=True)
class _Kind:
    """What a property is in our words."""

    name: str
    unit: Unit
    metric: str


_KINDS: Final = {
    "temperature": _Kind("Temperature", CELSIUS, "sensor_temperature"),
    "humidity": _Kind("Humidity", parse_unit("%"), "sensor_humidity"),
    "counters.A": _Kind("Counter A", DIMENSIONLESS, "sensor_count"),
    "counters.B": _Kind("Counter B", DIMENSIONLESS, "sensor_count_2"),
}


class OneWire:
    """Reads a whole bus at once.

    The bus has no clock: all readings of one read carry its time. It remembers which chips there
    were, so that it can say which one is missing, and the last temperature of each.
    """

    def __init__(self, name: str, settings: OneWireSettings, host: Host) -> None:
        self._name = name
        self._clock = host.clock
        self._selection = Selection(settings.include, settings.exclude)
        self._bus = _bus(settings)
        self._models: dict[str, str] = {}
        self._before: dict[str, float] = {}

    @property
    def name(self) -> str:
        """The name it has in the configuration."""
        return self._name

    async def __aenter__(self) -> Self:
        """Nothing is opened before the first read."""
        return self

    async def __aexit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        traceback: TracebackType | None,
    ) -> None:
        """Nothing stays open."""

    async def read(self) -> Batch:
        """Read every chip of the bus; see `core.ports.Source.read`.

        Raises:
            Unreachable: the bus cannot be asked, or every chip that was there is gone.
            BadResponse: whoever answers at the address is no owserver.
        """
        found = await asyncio.to_thread(self._bus.read)
        chips = [chip for chip in found if chip.raws]
        if self._models and not chips:
            raise Unreachable(
                f"{self._name}: none of the {len(self._models)} sensor(s) answers any more; look at"
                " the cable, the adapter and the supply of the bus"
            )
        self._models.update((chip.id, chip.model) for chip in chips)
        missing = self._models.keys() - {chip.id for chip in chips}
        taken = _Taken(self._clock.now())
        for chip in chips:
            for raw in chip.raws:
                if self._selection.keeps(raw.name, _KINDS[raw.name].metric):
                    self._take(chip, raw, taken)
        taken.problems += [f"{chip} is not on the bus any more" for chip in sorted(missing)]
        if not self._models:
            taken.problems.append("there is no sensor on the bus")
        return Batch(
            source=self._name,
            devices=tuple(
                _device(self._name, chip, model, connected=chip not in missing)
                for chip, model in sorted(self._models.items())
            ),
            points=tuple(taken.points),
            readings=tuple(taken.readings),
            suspects=tuple(taken.suspects),
            problems=tuple(taken.problems),
        )

    def _take(self, chip: Chip, raw: Raw, taken: "_Taken") -> None:
        """Take one property of a chip: for true, for doubtful, or for not read."""
        kind, key = _KINDS[raw.name], PointKey(self._name, chip.id, raw.name)
        taken.points.append(Point(key, kind.name, kind.metric, kind.unit))
        if raw.value is None:
            taken.problems.append(f"{chip.id}: {raw.name}: {raw.fault}")
            return
        fault = raw.fault
        if fault is None and kind.unit is CELSIUS:
            fault = doubt(raw.value, self._before.get(chip.id), chip.id.split(".", 1)[0])
        if fault is not None:
            taken.suspects.append(Suspect(key, taken.time, raw.value, fault))
            return
        if kind.unit is CELSIUS:
            self._before[chip.id] = raw.value
        taken.readings.append(Reading(key, taken.time, raw.value))


@dataclass(slots=True)
class _Taken:
    """What one read has brought so far."""

    time: datetime
    points: list[Point] = field(default_factory=list)
    readings: list[Reading] = field(default_factory=list)
    suspects: list[Suspect] = field(default_factory=list)
    problems: list[str] = field(default_factory=list)


def _bus(settings: OneWireSettings) -> Bus:
    if settings.address is not None:
        return Owserver(*host_and_port(settings.address))
    return SysfsBus(settings.path or DEFAULT_PATH)


def _device(source: str, chip: str, model: str, *, connected: bool) -> Device:
    return Device(source, chip, f"{model} {chip}", model=model, serial=chip, connected=connected)
