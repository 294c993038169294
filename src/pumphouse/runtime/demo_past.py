"""The demo's past: told by the house in one go, or asked for where its source keeps one.

After a first poll has made the points, a second house of the same seed and start tells what the
pumps and the owner's sensors would have said. Of Tibber's home the source's own history is asked.
"""

import json
from collections.abc import Callable, Iterator, Mapping, Sequence
from datetime import datetime, timedelta
from pathlib import Path
from typing import Final

from pumphouse.catalogue.catalogue import load_catalogue
from pumphouse.core.model import Batch, PointKey, Reading
from pumphouse.core.ports import SensorName, Source, Store, SupportsHistory, SystemClock
from pumphouse.core.units import Unit, parse_unit
from pumphouse.runtime.backfill import GapFiller
from pumphouse.simulator.house import House
from pumphouse.simulator.house.building import Building
from pumphouse.simulator.house.sensors import HouseSensors
from pumphouse.simulator.myuplink.profile import load_profile as myuplink_profile
from pumphouse.simulator.nibe_uplink.profile import load_profile as nibe_profile
from pumphouse.sources.onewire.bus import chip_id

__all__ = ["SOURCE_NAMES", "Past"]

#: the sources of the demo's configuration, by type
SOURCE_NAMES: Final[Mapping[str, str]] = {
    "nibe_uplink": "ground",
    "myuplink": "air",
    "tibber": "tibber",
    "onewire": "bus",
    "rtl433": "radio",
}
HISTORY_STEP: Final = timedelta(minutes=5)
#: how many readings are stored in one transaction while the past is told
HISTORY_BATCH: Final = 50_000
#: what the owner says that some sensors measure
_MEANINGS: Final[Mapping[str, str]] = {
    "Tank top": "hot_water_top_temperature",
    "Living room": "room_temperature",
    "Bedroom": "room_temperature",
    "Garden": "outdoor_temperature",
    "North wall": "outdoor_temperature",
}
_ROOM: Final = "temp.current"
_RADIO_MODEL: Final = "Oregon-THGR122N"
#: native id -> value, in the canonical unit
_Values = Mapping[str, float]


class Past:
    """What happened between two instants, as readings of the points that were polled.

    Args:
        house: at its start.
        seed: of the sensors' errors.
        start: from when.
        end: until when.
        folder: where the truth is written.
    """

    def __init__(
        self, house: House, seed: int, start: datetime, end: datetime, folder: Path
    ) -> None:
        self._house = house
        self._sensors = HouseSensors(house, seed)
        self._start = start
        self._end = end
        self._folder = folder
        self._thermostat: tuple[str, Building] | None = None

    async def tell(
        self, store: Store, sources: Mapping[str, Source], progress: Callable[[float], None]
    ) -> None:
        """Store it all, name the sensors, and write `truth.json`.

        Args:
            store: of a house that has been polled once.
            sources: not entered yet; who keeps a past is asked for it.
            progress: is told the share that is done, 0 to 1.
        """
        await self._name_sensors(store)
        await self._find_thermostat(store)
        await _ask_for_the_past(store, sources)
        units = {
            pump.device_id: _wire_units(pump.vendor, pump.values())
            for pump in self._house.pumps.values()
        }
        keys = {
            point.key: units[point.key.device]
            for point in await store.points()
            if point.key.device in units
        }
        waiting: list[Reading] = []
        for instant, batch in self._snapshots(keys):
            waiting += batch
            if len(waiting) >= HISTORY_BATCH:
                await self._store(store, waiting)
                waiting = []
                progress((instant - self._start) / (self._end - self._start))
        await self._store(store, waiting)
        progress(1.0)
        self._write_truth()

    def _snapshots(
        self, keys: Mapping[PointKey, Mapping[str, Unit]]
    ) -> Iterator[tuple[datetime, list[Reading]]]:
        """Readings every five minutes; of a cloud that reports changes only what has changed."""
        told: dict[PointKey, float] = {}
        changes_only = {SOURCE_NAMES["myuplink"]}
        for instant, values in self._house.history(
            self._start, until=self._end, step_seconds=int(HISTORY_STEP.total_seconds())
        ):
            batch: list[Reading] = []
            for key, units in keys.items():
                value = values[key.device].get(key.point)
                if value is None or (key.source in changes_only and told.get(key) == value):
                    continue
                told[key] = value
                batch.append(Reading(key, instant, units[key.point].to_canonical(value)))
            batch += self._measured(instant)
            yield instant, batch

    def _measured(self, instant: datetime) -> Iterator[Reading]:
        """What the owner's sensors say now."""
        for name, device, values in self._own_sensors():
            for point, value in values.items():
                yield Reading(PointKey(name, device, point), instant, value)

    def _own_sensors(self) -> Iterator[tuple[str, str, _Values]]:
        for probe, device in zip(self._sensors.probes, self._chips, strict=True):
            yield SOURCE_NAMES["onewire"], device, {"temperature": probe.read()}
        if self._thermostat is not None:
            device, building = self._thermostat
            yield SOURCE_NAMES["tibber"], device, {_ROOM: round(building.air, 1)}
        for radio, device in zip(self._sensors.radios, self._transmitters, strict=True):
            sent = radio.send()
            values = {"temperature_C": sent.temperature, "humidity": float(sent.humidity)}
            yield SOURCE_NAMES["rtl433"], device, values

    async def _find_thermostat(self, store: Store) -> None:
        """The pump that Tibber shows as a thermostat: polls would have told its room."""
        pumps = {pump.name: pump.plant.building for pump in self._house.pumps.values()}
        for device in await store.devices():
            if device.source == SOURCE_NAMES["tibber"] and device.name in pumps:
                self._thermostat = device.id, pumps[device.name]

    @property
    def _chips(self) -> Sequence[str]:
        """The ids of the 1-Wire sensors as their source has them."""
        return [chip_id(probe.id) or probe.id for probe in self._sensors.probes]

    @property
    def _transmitters(self) -> Sequence[str]:
        """The ids of the radio sensors as their source has them."""
        radios = self._sensors.radios
        return [f"{_RADIO_MODEL}/{radio.channel}/{radio.id}" for radio in radios]

    async def _name_sensors(self, store: Store) -> None:
        """Name every sensor as an owner would, and say what the most telling ones measure."""
        bus, radio = SOURCE_NAMES["onewire"], SOURCE_NAMES["rtl433"]
        named = [
            (bus, device, probe.name, "temperature")
            for probe, device in zip(self._sensors.probes, self._chips, strict=True)
        ] + [
            (radio, device, sensor.name, "temperature_C")
            for sensor, device in zip(self._sensors.radios, self._transmitters, strict=True)
        ]
        for source, device, name, point in named:
            metrics = {point: _MEANINGS[name]} if name in _MEANINGS else {}
            await store.sensors.save_name(SensorName(source, device, name, metrics))

    @staticmethod
    async def _store(store: Store, readings: list[Reading]) -> None:
        by_source: dict[str, list[Reading]] = {}
        for reading in readings:
            by_source.setdefault(reading.key.source, []).append(reading)
        for source, some in by_source.items():
            await store.append(Batch(source, readings=tuple(some)))

    def _write_truth(self) -> None:
        truth = self._house.truth_by_day(self._start, self._end)
        (self._folder / "truth.json").write_text(json.dumps(truth, indent=1), encoding="utf-8")


async def _ask_for_the_past(store: Store, sources: Mapping[str, Source]) -> None:
    """Let every source that keeps a past bring it, as it would once it runs."""
    for source in sources.values():
        if isinstance(source, SupportsHistory):
            async with source:
                await GapFiller(source, store, clock=SystemClock()).fill()


def _wire_units(vendor: str, values: Mapping[str, float | None]) -> Mapping[str, Unit]:
    """The unit in which the house tells each native id, quirks of the vendor considered."""
    rows = _nibe_rows(values) if vendor == "nibe_uplink" else _myuplink_rows(values)
    catalogue = load_catalogue().vendor(vendor)
    units: dict[str, Unit] = {}
    for native_id, title, spelling in rows:
        native = catalogue.get(native_id, title=title, unit=spelling)
        units[native_id] = (native.unit if native else None) or parse_unit(spelling)
    return units


def _nibe_rows(values: Mapping[str, float | None]) -> Iterator[tuple[str, str, str]]:
    profile = nibe_profile()
    shown = [row for category in profile.categories(values) for row in category["parameters"] or ()]
    for row in (*shown, *profile.settings(values)):
        yield str(row["parameterId"]), str(row["title"]), str(row["unit"])


def _myuplink_rows(values: Mapping[str, float | None]) -> Iterator[tuple[str, str, str]]:
    profile = myuplink_profile()
    for native_id in values:
        if native_id in profile:
            row = profile.show(native_id, None, "", "")
            yield native_id, row["parameterName"] or "", row["parameterUnit"] or ""
