"""What the rules look at: how everything is at one instant."""

import shutil
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from pathlib import Path
from typing import NamedTuple

from pumphouse.core.model import Device, PointKey, Reading
from pumphouse.core.ports import Gap, Override, SinkStatus, SourceStatus, Store

__all__ = ["DeviceFacts", "Facts", "Finding", "Overdue", "Window", "free_bytes", "gather"]


class DeviceFacts(NamedTuple):
    """A device and when it was last heard of itself; None where it never was."""

    device: Device
    heard: datetime | None


class Overdue(NamedTuple):
    """A setting that should have gone back by itself, and what to call it."""

    override: Override
    label: str


class Finding(NamedTuple):
    """What the daily examination says of one device: see `analytics.verdict.Verdict`."""

    name: str
    severity: str
    sentence: str
    advice: str


class Window(NamedTuple):
    """The newest values of a watched point, in time order.

    Attributes:
        label: what to call it, its unit behind the values.
        values: pairs of time and value; the first is what was held at the beginning.
    """

    source: str
    device: str
    label: str
    unit: str
    values: Sequence[tuple[datetime, float]]


@dataclass(frozen=True, slots=True)
class Facts:
    """How everything is.

    Attributes:
        sources, sinks: of the configured ones those that were ever at work, by name.
        devices: of the configured sources.
        gaps: of the configured sources, open ones.
        overdue: of the configured sources.
        free_bytes: room on the store's disk; None where that cannot be found out.
        windows: by name of the user's rule; a rule whose point is not known has none.
        findings: by source and device; None before the first examination.
    """

    now: datetime
    sources: Mapping[str, SourceStatus] = field(default_factory=dict)
    sinks: Mapping[str, SinkStatus] = field(default_factory=dict)
    devices: Sequence[DeviceFacts] = ()
    gaps: Sequence[Gap] = ()
    overdue: Sequence[Overdue] = ()
    free_bytes: float | None = None
    windows: Mapping[str, Window] = field(default_factory=dict)
    findings: Mapping[tuple[str, str], Sequence[Finding]] | None = None


async def gather(
    store: Store,
    now: datetime,
    *,
    sources: frozenset[str],
    sinks: frozenset[str],
    windows: Mapping[str, Window],
    findings: Mapping[tuple[str, str], Sequence[Finding]] | None,
) -> Facts:
    """How everything is now, as the store knows it."""
    newest: dict[tuple[str, str], datetime] = {}
    for point, reading in await store.latest():
        _note(newest, point.key[:2], reading, now)
    return Facts(
        now=now,
        sources={one.source: one for one in await store.source_statuses() if one.source in sources},
        sinks={one.sink: one for one in await store.sink_statuses() if one.sink in sinks},
        devices=[
            DeviceFacts(one, _heard(one, newest.get((one.source, one.id)), now))
            for one in await store.devices()
            if one.source in sources
        ],
        gaps=[gap for gap in await store.gaps(sources) if gap.end is None],
        overdue=[
            Overdue(one, await _label(store, one.key))
            for one in await store.write_log.overrides()
            if one.until <= now and one.key.source in sources
        ],
        free_bytes=free_bytes(Path((await store.figures()).path)),
        windows=windows,
        findings=findings,
    )


def free_bytes(path: Path) -> float | None:
    """How much room there is on the disk of the file at `path`."""
    try:
        return float(shutil.disk_usage(path.parent).free)
    except OSError:
        return None


async def _label(store: Store, key: PointKey) -> str:
    """What a point is called; its id where it is known no more."""
    for point in await store.find_points(key.point, key.device):
        if point.key == key:
            return point.name
    return key.point


def _note(
    newest: dict[tuple[str, str], datetime],
    device: tuple[str, str],
    reading: Reading,
    now: datetime,
) -> None:
    """Remember a device's newest reading; a time that is to come tells nothing."""
    before = newest.get(device)
    if reading.time <= now and (before is None or reading.time > before):
        newest[device] = reading.time


def _heard(device: Device, newest: datetime | None, now: datetime) -> datetime | None:
    told = [time for time in (device.last_seen, newest) if time is not None]
    return min(max(told), now) if told else None
