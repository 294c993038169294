"""What is to be published about a device, whatever the layout of the topics."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Final

from pumphouse.catalogue.catalogue import Catalogue, Metric
from pumphouse.core.model import LONGEST_ANNOUNCED, Device, Point, Reading
from pumphouse.core.ports import Boost, News
from pumphouse.sinks.mqtt.names import device_name, point_name

__all__ = ["OFF", "ON", "DeviceView", "Value", "plain", "views"]

ON: Final = "ON"
OFF: Final = "OFF"
_SWITCH_WORDS: Final = {"on": ON, "yes": ON, "off": OFF, "no": OFF}


@dataclass(frozen=True, slots=True)
class Value:
    """The newest reading of one point.

    Attributes:
        metric: what it means; None where it has no shared meaning.
        name: the metric's public name, or the native id in the letters of topics.
        options: the words an enumeration can say, each once; empty where it is none.
        changed: whether the reading is new.
        setting: the point with the limits within which it may be set; None where it may not.
    """

    point: Point
    reading: Reading
    metric: Metric | None
    name: str
    options: tuple[str, ...]
    changed: bool
    setting: Point | None = None

    @property
    def topic(self) -> str:
        """The topic below that of the device."""
        return self.name if self.metric is not None else f"points/{self.name}"

    @property
    def is_switch(self) -> bool:
        """Whether it can say but two things, on and off or yes and no."""
        return {_switched(option) for option in self.options} == {ON, OFF}

    @property
    def switch_labels(self) -> dict[str, str]:
        """What ON and OFF are called by the vendor; empty where it is no switch."""
        if not self.is_switch:
            return {}
        found = {_switched(option.label): option.label for option in self.point.options}
        return {word: label for word, label in found.items() if word is not None}

    @property
    def is_number(self) -> bool:
        """Whether it is a quantity: neither a text nor an enumeration."""
        return self.reading.value is not None and not self.options

    @property
    def known(self) -> str | float | None:
        """A number, a word of `options`, ON or OFF, or a text; None for a code without a word."""
        number = self.reading.value
        if number is None:
            return self.reading.text
        if not self.options:
            return number
        word = self.point.label(number)
        if self.is_switch:
            return _switched(word)
        return word if word in self.options else None

    @property
    def text(self) -> str:
        """The same as a bare text; a code without a word is told as `unknown (7)`."""
        known = self.known
        if isinstance(known, float):
            return plain(known)
        return known if known is not None else self.point.label(self.reading.value) or ""


def plain(number: float) -> str:
    """`number` without an exponent and without digits that say nothing: 21, 20.5."""
    text = f"{number:.6f}".rstrip("0").rstrip(".")
    return "0" if text == "-0" else text


def _switched(word: str | None) -> str | None:
    return _SWITCH_WORDS.get((word or "").casefold())


@dataclass(frozen=True, slots=True)
class DeviceView:
    """A device with everything that is known of it now.

    Attributes:
        name: what it is called in topics.
        named: whether the user chose that name.
        online: whether its source answers, its vendor has contact with it, and it is heard of.
        newest: the time of its newest reading.
        values: metrics first, each kind by name.
        boosts: what can be had of it for a while at one press.
    """

    device: Device
    name: str
    named: bool
    online: bool
    newest: datetime | None
    values: tuple[Value, ...]
    boosts: tuple[Boost, ...] = ()

    @property
    def changed(self) -> bool:
        """Whether any reading is new."""
        return any(value.changed for value in self.values)

    @property
    def settable(self) -> bool:
        """Whether anything of it may be set."""
        return bool(self.boosts) or any(value.setting is not None for value in self.values)


def views(
    news: News,
    catalogue: Catalogue,
    *,
    now: datetime,
    stale_after: timedelta,
    chosen: Mapping[str, str],
) -> Sequence[DeviceView]:
    """The devices of `news`, each with its newest readings.

    Args:
        now: what `stale_after` is counted back from.
        stale_after: a device without a newer reading is offline.
        chosen: the user's names of devices, by ``source/device``.
    """
    by_device: dict[tuple[str, str], list[Value]] = {}
    for key, reading in news.latest.items():
        point = news.points.get(key)
        if point is not None:
            value = _value(point, reading, catalogue, news)
            by_device.setdefault((key.source, key.device), []).append(value)
    found: list[DeviceView] = []
    for device in news.devices:
        values = by_device.get((device.source, device.id), [])
        times = [value.reading.time for value in values]
        newest = max(times, default=None)
        heard = max(
            [*_heard(values, now), *([device.last_seen] if device.last_seen else [])], default=None
        )
        found.append(
            DeviceView(
                device,
                device_name(device.source, device.id, chosen),
                named=f"{device.source}/{device.id}" in chosen,
                online=news.answering.get(device.source, False)
                and device.connected is not False
                and heard is not None
                and now - heard <= stale_after,
                newest=newest,
                values=tuple(sorted(values, key=lambda value: (value.metric is None, value.name))),
                boosts=tuple(
                    boost
                    for boost in news.boosts
                    if (boost.source, boost.device) == (device.source, device.id)
                ),
            )
        )
    return found


def _heard(values: Sequence[Value], now: datetime) -> Sequence[datetime]:
    """When each value was last good; one that was announced is as good as told for its time."""
    return [
        min(now, value.reading.time + LONGEST_ANNOUNCED)
        if value.point.announced
        else value.reading.time
        for value in values
    ]


def _value(point: Point, reading: Reading, catalogue: Catalogue, news: News) -> Value:
    metric = catalogue.metric(point.metric) if point.metric is not None else None
    public = point.metric if metric is not None else None
    return Value(
        point,
        reading,
        metric,
        public or point_name(point.key.point),
        _options(point, metric),
        changed=point.key in news.changed,
        setting=news.settable.get(point.key),
    )


def _options(point: Point, metric: Metric | None) -> tuple[str, ...]:
    """The words a point can say; the catalogue knows words that this device has not said yet."""
    if not point.options:
        return ()
    labels = [option.label for option in point.options]
    known = [option.label for option in metric.options] if metric is not None else []
    return tuple(dict.fromkeys((*known, *labels)))
