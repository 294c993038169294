"""The owner's sensors as they are now: names, values, batteries, doubts, and who may be whom."""

from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Final, TypeAlias

from pumphouse.catalogue.catalogue import load_catalogue
from pumphouse.core.documents import Document, iso
from pumphouse.core.model import Device, Interval, Point, Reading, Suspect
from pumphouse.core.ports import Binding, Store
from pumphouse.runtime.sensors.batteries import BATTERY_LEVEL, is_battery, says_low
from pumphouse.runtime.sensors.past import was_heard_before
from pumphouse.runtime.sensors.suggestions import Sample, SensorFacts, Suggestion, suggestions

__all__ = ["RECENTLY", "Sensor", "Sensors", "sensors_now"]

#: whose doubtful values are counted
RECENTLY: Final = timedelta(days=1)
_GROUP: Final = "sensors"
_Key: TypeAlias = tuple[str, str]
_Row: TypeAlias = tuple[Point, Reading]
_SIGNAL: Final = "sensor_signal_strength"
#: signal strength, noise and their ratio; nothing in a room is measured in them
_OF_RECEPTION: Final = frozenset({"dB", "dBm"})


@dataclass(frozen=True, slots=True)
class Sensor:
    """One of the owner's sensors.

    Attributes:
        device: its name is the owner's, else the vendor's.
        named: whether the owner has named it.
        values: the newest reading of each point that measures, in the order of the points.
        battery_low: None where it has no battery, or does not tell.
        battery: its charge in %, None where it does not tell.
        signal: how strongly it is received, dBm or dB; None where it does not tell.
        last_heard: None where it was never heard.
        suspects: its values that were not believed lately, in time order.
        bindings: the hardware that stands behind it beside the first.
    """

    device: Device
    named: bool
    values: Sequence[tuple[Point, Reading]]
    battery_low: bool | None
    battery: float | None
    signal: float | None
    last_heard: datetime | None
    suspects: Sequence[Suspect]
    bindings: Sequence[Binding]

    def document(self) -> Document:
        """For JSON."""
        return {
            "source": self.device.source,
            "device": self.device.id,
            "name": self.device.name,
            "named": self.named,
            "model": self.device.model,
            "battery_low": self.battery_low,
            "battery": self.battery,
            "signal": self.signal,
            "last_heard": iso(self.last_heard),
            "suspects": [
                {
                    "point": one.key.point,
                    "value": one.value,
                    "time": iso(one.time),
                    "reason": one.reason,
                }
                for one in self.suspects
            ],
            "values": [
                {
                    "point": point.key.point,
                    "metric": point.metric,
                    "value": reading.value,
                    "unit": point.unit.symbol,
                    "time": iso(reading.time),
                }
                for point, reading in self.values
            ],
            "bindings": [
                {"hardware": one.hardware, "since": iso(one.since)} for one in self.bindings
            ],
        }


@dataclass(frozen=True, slots=True)
class Sensors:
    """All of them, and which of them may be the same."""

    sensors: Sequence[Sensor]
    suggestions: Sequence[Suggestion]

    def document(self) -> Document:
        """For JSON."""
        return {
            "sensors": [sensor.document() for sensor in self.sensors],
            "suggestions": [
                {
                    "source": one.source,
                    "hardware": one.hardware,
                    "device": one.device,
                    "since": iso(one.since),
                    "reason": one.reason,
                }
                for one in self.suggestions
            ],
        }


async def sensors_now(store: Store, now: datetime) -> Sensors:
    """The owner's sensors as the store knows them at `now`.

    A device is a sensor of the owner's own where one of its points means something of that kind,
    or where the owner has named it.
    """
    named = {(one.source, one.device): one for one in await store.sensors.names()}
    wanted = _own(await store.points()) | named.keys()
    latest = _by_device(await store.latest())
    bindings = await store.sensors.bindings()
    lately = Interval(now - RECENTLY, now + timedelta(seconds=1))
    doubts = await store.suspects(lately)
    sensors = [
        _sensor(
            device,
            latest.get(key, []),
            named=key in named and named[key].name is not None,
            suspects=[one for one in doubts if one.key[:2] == key],
            bindings=[one for one in bindings if (one.source, one.device) == key],
        )
        for device in await store.devices()
        if (key := (device.source, device.id)) in wanted
    ]
    sensors.sort(key=lambda one: (one.device.name.casefold(), one.device.source, one.device.id))
    return Sensors(sensors, await _suggestions(store, sensors, latest))


def _own(points: Sequence[Point]) -> set[_Key]:
    """The devices with a point that means something of the owner's own sensors."""
    catalogue = load_catalogue()
    metrics = ((point.key, catalogue.metric(point.metric)) for point in points if point.metric)
    return {
        (key.source, key.device)
        for key, metric in metrics
        if metric is not None and metric.group == _GROUP
    }


def _by_device(rows: Iterable[_Row]) -> dict[_Key, list[_Row]]:
    found: dict[_Key, list[_Row]] = {}
    for point, reading in rows:
        found.setdefault((point.key.source, point.key.device), []).append((point, reading))
    return found


def _sensor(
    device: Device,
    rows: Sequence[_Row],
    *,
    named: bool,
    suspects: Sequence[Suspect],
    bindings: Sequence[Binding],
) -> Sensor:
    numbers = [(point, one.value) for point, one in rows if one.value is not None]
    lows = [says_low(point.metric, value) for point, value in numbers if is_battery(point)]
    return Sensor(
        device=device,
        named=named,
        values=[row for row in rows if _measures(row[0]) and row[1].value is not None],
        battery_low=any(lows) if lows else None,
        battery=next((value for point, value in numbers if point.metric == BATTERY_LEVEL), None),
        signal=next((value for point, value in numbers if point.metric == _SIGNAL), None),
        last_heard=max((reading.time for _, reading in rows), default=None),
        suspects=suspects,
        bindings=bindings,
    )


def _measures(point: Point) -> bool:
    """Whether a point tells of the room, not of the sensor itself or of how it was received."""
    return not is_battery(point) and point.unit.symbol not in _OF_RECEPTION


async def _suggestions(
    store: Store, sensors: Sequence[Sensor], latest: Mapping[_Key, Sequence[_Row]]
) -> list[Suggestion]:
    """Who may be whom; the past is asked for only where two sensors are of one model."""
    models = Counter((one.device.source, one.device.model) for one in sensors)
    alike = [one for one in sensors if models[one.device.source, one.device.model] > 1]
    if not alike:
        return []
    earliest = _by_device(await store.earliest())
    facts = {
        (one.device.source, one.device.id): SensorFacts(
            one.device,
            first=_samples(earliest.get((one.device.source, one.device.id), ())),
            last=_samples(latest.get((one.device.source, one.device.id), ())),
            settled=one.named or bool(one.bindings),
        )
        for one in alike
    }
    return [
        one
        for one in suggestions([*facts.values()])
        if not await was_heard_before(
            store, facts[one.source, one.hardware].device, facts[one.source, one.device].ended
        )
    ]


def _samples(rows: Iterable[_Row]) -> dict[str, Sample]:
    return {
        point.key.point: Sample(reading.time, reading.value, point.unit, _measures(point))
        for point, reading in rows
        if reading.value is not None
    }
