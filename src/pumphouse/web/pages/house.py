"""What the store knows about a device, gathered for a page."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Final

from pumphouse.catalogue.catalogue import Catalogue
from pumphouse.core.model import Device, Point, Reading
from pumphouse.core.ports import SourceStatus, Store
from pumphouse.web.pages.freshness import Freshness, judge
from pumphouse.web.pages.values import Value, shown

__all__ = ["DeviceNow", "devices_now", "label_of"]

#: the group of what analytics write back into the store, a figure a day at midnight
_COMPUTED: Final = "daily"


@dataclass(frozen=True, slots=True)
class DeviceNow:
    """One device and the newest reading of each of its points that has one."""

    device: Device
    latest: Sequence[tuple[Point, Reading]]
    freshness: Freshness

    def values(self, catalogue: Catalogue) -> Sequence[Value]:
        """The newest values, ready to be shown, in the order of the points."""
        return [
            Value(
                key=point.key,
                metric=point.metric,
                name=label_of(point, catalogue),
                amount=shown(point, reading),
                number=reading.value,
                time=reading.time,
                stale=self.freshness.stale(point.key),
            )
            for point, reading in self.latest
        ]


def label_of(point: Point, catalogue: Catalogue) -> str:
    """What a point is called: the catalogue's label with its instance, else the vendor's name."""
    metric = catalogue.metric(point.metric) if point.metric else None
    if metric is None or point.metric is None:
        return point.name or point.key.point
    instance = point.metric.removeprefix(metric.name).removeprefix("_")
    return f"{metric.label} {instance}".rstrip()


def _is_ours(point: Point, catalogue: Catalogue) -> bool:
    """Whether we have computed it, so that its time says nothing about the device."""
    metric = catalogue.metric(point.metric) if point.metric else None
    return metric is not None and metric.group == _COMPUTED


async def devices_now(store: Store, catalogue: Catalogue, now: datetime) -> Sequence[DeviceNow]:
    """Every device with its newest readings, in the order of the store."""
    statuses: Mapping[str, SourceStatus] = {
        status.source: status for status in await store.source_statuses()
    }
    rows: dict[tuple[str, str], list[tuple[Point, Reading]]] = {}
    for point, reading in await store.latest():
        rows.setdefault((point.key.source, point.key.device), []).append((point, reading))
    found = []
    for device in await store.devices():
        latest = rows.get((device.source, device.id), [])
        readings = [reading for point, reading in latest if not _is_ours(point, catalogue)]
        freshness = judge(device, statuses.get(device.source), readings, now)
        found.append(DeviceNow(device, latest, freshness))
    return found
