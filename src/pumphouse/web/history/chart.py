"""A chart's data, fetched from the store and put on one axis."""

import asyncio
from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import Final, NamedTuple

from pumphouse.core.model import Event, EventKind, Interval, Point, PointKey
from pumphouse.core.ports import Store
from pumphouse.runtime.installation import Installation
from pumphouse.web.history.periods import PERIODS, STATUS_METRICS, Stretch, Told, periods
from pumphouse.web.history.samples import (
    EMPTY,
    Floats,
    Line,
    Samples,
    align,
    common_axis,
    heard_by,
    longest_silence,
    unbroken,
)
from pumphouse.web.history.view import View, nice_step

__all__ = ["DEFAULT_METRICS", "MAX_POINTS", "Chart", "Charted", "Lookup", "chart"]

#: what a first visit shows, as far as the device has it
DEFAULT_METRICS: Final = (
    "outdoor_temperature",
    "supply_temperature",
    "return_temperature",
    "hot_water_top_temperature",
    "degree_minutes",
    "compressor_frequency",
    "compressor_status",
)
MAX_POINTS: Final = 24
#: points that change often; they show that a device is heard
_PULSE_METRICS: Final = (
    "degree_minutes",
    "supply_temperature",
    "return_temperature",
    "outdoor_temperature",
    "hot_water_top_temperature",
    "electric_power",
)
_PULSES: Final = 4
#: buckets per pixel: more can be told apart when the cursor asks, and still drawn at once
_DENSITY: Final = 1.5
#: periods of compressor and hot water are minutes to hours long: in a longer view they are a blur
_SHADED: Final = timedelta(days=45)
_STRETCHES: Final = 2500
_FINEST_STRETCH: Final = 300.0
#: so much of the newest readings shows whether a point is told at every poll
_PROBE: Final = timedelta(hours=6)
_BEGINNING: Final = datetime(1970, 1, 1, tzinfo=UTC)
_FOR_EVER: Final = 36525 * 86400.0


class Lookup:
    """Finds the points that a view names."""

    def __init__(self, points: Sequence[Point], device: str | None) -> None:
        """Look among `points`; without a name behind `@` a point belongs to `device`.

        Without a device it is the one that offers most of `DEFAULT_METRICS`.
        """
        self.points = points
        by_device: dict[str, dict[str, Point]] = {}
        for point in points:
            names = by_device.setdefault(point.key.device, {})
            names.setdefault(point.key.point, point)
            if point.metric:
                names.setdefault(point.metric, point)
        self._by_device = by_device
        self.device = device or max(by_device, key=self._offered, default=None)

    def _offered(self, device: str) -> int:
        return sum(metric in self._by_device[device] for metric in DEFAULT_METRICS)

    @property
    def telling(self) -> Collection[str]:
        """The devices that offer most of what a first visit shows: the pumps, not the sensors."""
        offered = {device: self._offered(device) for device in self._by_device}
        most = max(offered.values(), default=0)
        return [device for device, count in offered.items() if 2 * count >= most]

    def find(self, name: str) -> Point | None:
        """The point of one name in a view's `points`; None where there is none."""
        here = self._by_device.get(self.device or "", {})
        if name in here:
            return here[name]
        plain, at, device = name.rpartition("@")
        return self._by_device.get(device, {}).get(plain) if at else None

    def name(self, point: Point) -> str:
        """What the address calls `point`: the shortest that `find` takes."""
        name = point.metric or point.key.point
        return name if point.key.device == self.device else f"{name}@{point.key.device}"

    def defaults(self) -> tuple[str, ...]:
        """What to show where a view names no point."""
        here = self._by_device.get(self.device or "", {})
        found = [metric for metric in DEFAULT_METRICS if metric in here]
        if "compressor_frequency" in found and "compressor_status" in found:
            found.remove("compressor_status")
        return tuple(found or list(here)[:6])

    def of_device(self, device: str, metrics: Iterable[str]) -> list[Point]:
        """The points of one device that mean one of `metrics`, in that order."""
        here = self._by_device.get(device, {})
        return [here[metric] for metric in metrics if metric in here]


class Charted(NamedTuple):
    """A point, what the address calls it, and its line on the common axis.

    Attributes:
        owner: what its device is called, where that is not the view's own device.
    """

    point: Point
    name: str
    line: Line
    owner: str = ""


@dataclass(frozen=True, slots=True, eq=False)
class Chart:
    """What a view shows.

    Attributes:
        view: with the device and the points that were really taken.
        step: length of the buckets in seconds; None where there are single readings.
        times: the common axis, seconds since 1970.
        unknown: names in the view that no point has.
        shading: by kind the stretches to shade; None where the view is too long for it.
        alarms: of the devices in the view, in order.
    """

    view: View
    step: float | None
    times: Floats
    lines: Sequence[Charted]
    unknown: Sequence[str]
    shading: Mapping[str, Sequence[Stretch]] | None
    alarms: Sequence[Event]


async def chart(
    installation: Installation, view: View, *, width: int, lookup: Lookup | None = None
) -> Chart:
    """Everything that a chart of `view` shows.

    Args:
        width: of the drawing in pixels; decides how fine the data are.
        lookup: of all points, where they are at hand.
    """
    store = installation.store
    lookup = lookup or Lookup(await store.points(), view.device)
    names = (view.points or lookup.defaults())[:MAX_POINTS]
    found = [(name, lookup.find(name)) for name in names]
    chosen = {point.key: (name, point) for name, point in found if point is not None}
    points = [point for _, point in chosen.values()]
    interval, finest = view.interval, _finest(installation, points)
    step = nice_step(interval.duration.total_seconds(), round(width * _DENSITY), finest)
    spacing = max(step or finest, finest)

    fetch = _Fetch(store, lookup, interval, step)
    samples = dict(zip(chosen, await fetch.all(points), strict=True))
    longest = longest_silence(spacing)
    known = await fetch.known(points, samples)
    known |= {one.key: unbroken(samples[one.key].times, longest) for one in points if one.announced}
    axis = common_axis(known.values(), longest)
    befores = await asyncio.gather(*(fetch.before(key, samples[key], known[key]) for key in chosen))
    owners = {
        (one.source, one.id): one.name for one in await store.devices() if one.id != lookup.device
    }
    lines = [
        Charted(
            point,
            name,
            align(_states(point, samples[key]), known[key], axis, longest, before),
            owners.get((key.source, key.device), ""),
        )
        for (key, (name, point)), before in zip(chosen.items(), befores, strict=True)
    ]
    devices = {lookup.device, *(point.key.device for point in points)}
    happened = await store.events(interval)
    return Chart(
        View(lookup.device, tuple(names), view.last, interval),
        step,
        axis,
        lines,
        [name for name, point in found if point is None],
        await _shading(store, lookup, interval, finest),
        [one for one in happened if one.kind is EventKind.ALARM and one.device in devices],
    )


def _states(point: Point, samples: Samples) -> Samples:
    """An enumeration has no mean: its newest value stands for each bucket."""
    return samples.latest() if point.options else samples


def _finest(installation: Installation, points: Iterable[Point]) -> float:
    """How often there is a reading at most, in seconds, as far as is known."""
    configured = installation.settings.sources
    sources = {point.key.source for point in points} & configured.keys()
    return min((configured[name].interval_secs for name in sources), default=60.0)


async def _shading(
    store: Store, lookup: Lookup, interval: Interval, finest: float
) -> Mapping[str, Sequence[Stretch]] | None:
    """Periods of the view's own device; None where they could not be told apart."""
    if interval.duration > _SHADED or lookup.device is None:
        return {} if lookup.device is None else None
    length = interval.duration.total_seconds()
    step = nice_step(length, _STRETCHES, max(finest, 60.0))
    fetch = _Fetch(store, lookup, interval, step)
    points = _needed(lookup.of_device(lookup.device, STATUS_METRICS))
    samples = dict(zip([one.key for one in points], await fetch.all(points), strict=True))
    known = await fetch.known(points, samples)
    told = {
        str(one.metric): Told(
            one,
            samples[one.key],
            known[one.key],
            await fetch.before(one.key, samples[one.key], known[one.key]),
        )
        for one in points
    }
    return periods(told, max(step or finest, finest))


def _needed(points: Iterable[Point]) -> list[Point]:
    """The best point of each kind of period."""
    there = {one.metric: one for one in points}
    best = {
        next((metric for metric, _ in ways if metric in there), None) for ways in PERIODS.values()
    }
    return [point for metric, point in there.items() if metric in best]


class _Fetch:
    """Asks the store for one interval in one resolution; several questions at once."""

    def __init__(
        self, store: Store, lookup: Lookup, interval: Interval, step: float | None
    ) -> None:
        self._store = store
        self._lookup = lookup
        self._interval = interval
        self._step = step

    async def all(self, points: Iterable[Point]) -> list[Samples]:
        """The samples of each point."""
        return await asyncio.gather(*(self._samples(point.key) for point in points))

    async def _samples(self, key: PointKey) -> Samples:
        if self._step is None:
            return Samples.of_readings(await self._store.readings(key, self._interval))
        found = await self._store.buckets(key, self._interval, self._step)
        if not found:
            return EMPTY
        newest = min(found[-1].start + timedelta(seconds=self._step), self._interval.end)
        probe = await self._store.readings(key, Interval(newest - _PROBE, newest))
        repeats = Samples.of_readings(probe).repeats
        return Samples.of_buckets(found, self._step, repeats=repeats)

    async def known(
        self, points: Sequence[Point], samples: Mapping[PointKey, Samples]
    ) -> dict[PointKey, Floats]:
        """For each point the instants at which its value is known."""
        heard: dict[str, Floats] = {}
        for device in {one.key.device for one in points if not samples[one.key].repeats}:
            pulses = self._lookup.of_device(device, _PULSE_METRICS)[:_PULSES]
            more = await self.all([one for one in pulses if one.key not in samples])
            own = [samples[one.key] for one in points if one.key.device == device]
            heard[device] = heard_by([*own, *more])
        return {
            key: one.times if one.repeats else heard[key.device] for key, one in samples.items()
        }

    async def before(self, key: PointKey, samples: Samples, known: Floats) -> float | None:
        """The value that held before the first sample, where anything was known then."""
        if samples.repeats or not len(known) or (len(samples) and samples.times[0] <= known[0]):
            return None
        past = Interval(min(_BEGINNING, self._interval.start), self._interval.start)
        found = await self._store.buckets(key, past, _FOR_EVER)
        return found[-1].last if found else None
