"""Messages as readings: which points a topic has, what is kept of them, and what is missing."""

from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from datetime import datetime, timedelta
from math import isfinite
from typing import Final

from pumphouse.catalogue.catalogue import Catalogue
from pumphouse.core.errors import BadResponse, ConfigurationError
from pumphouse.core.model import Batch, Device, Option, Point, PointKey, Reading
from pumphouse.core.units import DIMENSIONLESS, Quantity, Unit, parse_unit
from pumphouse.mqtt.subscription import Heard
from pumphouse.sources.mqtt import values
from pumphouse.sources.mqtt.path import Path, parse_path
from pumphouse.sources.mqtt.settings import MqttPointSettings, MqttSourceSettings
from pumphouse.sources.mqtt.topics import filled, has_wildcards, matches
from pumphouse.sources.selection import Selection

__all__ = ["Reader"]

#: so many topics are remembered; wildcards may stand for any number
MOST_TOPICS: Final = 5000
_SWITCH: Final = (Option(0.0, "Off"), Option(1.0, "On"))


@dataclass(frozen=True, slots=True)
class _Meaning:
    """One configured point, its texts parsed."""

    id: str
    settings: MqttPointSettings
    path: Path
    time_path: Path | None
    unit: Unit
    options: tuple[Option, ...]

    @property
    def is_json(self) -> bool:
        """Whether its messages have to be parsed."""
        return bool(self.path) or self.time_path is not None


@dataclass(slots=True)
class _Target:
    """One point under one topic, and what was kept of it last."""

    meaning: _Meaning
    point: Point
    since: datetime
    time: datetime | None = None
    value: float | str | None = None
    described: bool = False


class Reader:
    """Remembers the topics that were heard.

    Raises:
        ConfigurationError: a metric is unknown, or its unit measures something else.
    """

    def __init__(
        self, source: str, settings: MqttSourceSettings, catalogue: Catalogue, since: datetime
    ) -> None:
        self._source = source
        self._since = since
        self._selection = Selection(settings.include, settings.exclude)
        self._meanings = _meanings(source, settings, catalogue)
        self._topics: dict[str, list[_Target]] = {}
        for meaning in self._meanings:
            if not has_wildcards(meaning.settings.topic):
                self._targets(meaning.settings.topic)

    @property
    def filters(self) -> list[str]:
        """What to ask the broker for."""
        return list(dict.fromkeys(meaning.settings.topic for meaning in self._meanings))

    def begin(self) -> None:
        """Describe every device and point again when it is heard next."""
        for targets in self._topics.values():
            for target in targets:
                target.described = False

    def batch(self, messages: Iterable[Heard], now: datetime) -> Batch:
        """What `messages` say, and which points have said nothing for too long by `now`."""
        targets: list[_Target] = []
        readings: list[Reading] = []
        problems: dict[str, None] = {}
        for message in messages:
            for target in self._targets(message.topic):
                try:
                    reading = _reading(target, message)
                except BadResponse as problem:
                    problems[f"points.{target.meaning.id}: {problem}"] = None
                    continue
                if reading is not None:
                    readings.append(reading)
                    targets.append(target)
        problems.update(dict.fromkeys(self._stale(now)))
        new = [target for target in targets if not target.described]
        for target in new:
            target.described = True
        return Batch(
            self._source,
            devices=tuple({one.point.key.device: self._device(one) for one in new}.values()),
            points=tuple({one.point.key: one.point for one in new}.values()),
            readings=tuple(readings),
            problems=tuple(problems),
        )

    def _targets(self, topic: str) -> list[_Target]:
        known = self._topics.get(topic)
        if known is None:
            known = self._topics[topic] = [
                _Target(meaning, self._point(meaning, topic), self._since)
                for meaning in self._meanings
                if matches(meaning.settings.topic, topic)
                and self._selection.keeps(meaning.id, meaning.settings.metric)
            ]
            if len(self._topics) > MOST_TOPICS:
                del self._topics[next(iter(self._topics))]
        return known

    def _point(self, meaning: _Meaning, topic: str) -> Point:
        settings = meaning.settings
        device = filled(settings.device, topic) if settings.device is not None else topic
        return Point(
            key=PointKey(self._source, device, meaning.id),
            name=settings.name or meaning.id,
            metric=settings.metric,
            unit=meaning.unit.canonical,
            options=meaning.options,
            vendor_unit=settings.unit,
        )

    def _device(self, target: _Target) -> Device:
        key = target.point.key
        return Device(self._source, key.device, name=key.device)

    def _stale(self, now: datetime) -> Iterator[str]:
        for targets in self._topics.values():
            for target in targets:
                longest = target.meaning.settings.stale_secs
                if target.time is None and has_wildcards(target.meaning.settings.topic):
                    continue  # nobody said that this device has such a value
                last = target.time or target.since
                if longest is not None and now - last > timedelta(seconds=longest):
                    hours = (now - last).total_seconds() / 3600
                    yield (
                        f"points.{target.meaning.id}: nothing came from {target.point.key.device}"
                        f" for {hours:.1f} h"
                    )


def _reading(target: _Target, message: Heard) -> Reading | None:
    """What `message` says of a point, if it is to be kept.

    Raises:
        BadResponse: it does not hold what it should.
    """
    meaning = target.meaning
    document = values.content(message.payload, is_json=meaning.is_json)
    time = None
    if meaning.time_path is not None:
        time = values.time_of(document, meaning.time_path, message.arrived)
    if time is None and message.retained and not meaning.settings.retained:
        return None
    time = time or message.arrived
    value = _value(meaning, document)
    if value is None or not _is_due(target, time, value):
        return None
    target.time, target.value = time, value
    if isinstance(value, str):
        return Reading(target.point.key, time, None, value)
    return Reading(target.point.key, time, value)


def _value(meaning: _Meaning, document: object) -> float | str | None:
    if meaning.settings.kind == "text":
        return values.text(document, meaning.path)
    value = values.number(document, meaning.path)
    if value is None:
        return None
    scaled = meaning.unit.to_canonical(value * meaning.settings.factor)
    return scaled if isfinite(scaled) else None


def _is_due(target: _Target, time: datetime, value: float | str) -> bool:
    """Whether a value is kept: it comes not too soon, or a switch or a text has changed."""
    settings = target.meaning.settings
    if target.time is None or not settings.rate_secs:
        return True
    if settings.kind != "number" and value != target.value:
        return True
    return time - target.time >= timedelta(seconds=settings.rate_secs)


def _meanings(source: str, settings: MqttSourceSettings, catalogue: Catalogue) -> list[_Meaning]:
    problems: list[str] = []
    found: list[_Meaning] = []
    for name, point in settings.points.items():
        try:
            found.append(_meaning(name, point, catalogue))
        except ValueError as problem:
            problems.append(f"sources.{source}.points.{name}: {problem}")
    if not settings.points:
        problems.append(
            f"sources.{source}.points: missing; write a table [sources.{source}.points.NAME] with"
            " a topic"
        )
    if problems:
        raise ConfigurationError(problems)
    return found


def _meaning(name: str, settings: MqttPointSettings, catalogue: Catalogue) -> _Meaning:
    unit = parse_unit(settings.unit) if settings.unit is not None else DIMENSIONLESS
    options: tuple[Option, ...] = _SWITCH if settings.kind == "switch" else ()
    if settings.metric is not None:
        metric = catalogue.metric(settings.metric)
        if metric is None:
            raise ValueError(f'there is no metric "{settings.metric}"')
        if metric.text != (settings.kind == "text"):
            raise ValueError(
                f'{settings.metric} needs kind = "{"text" if metric.text else "number"}"'
            )
        if settings.unit is None:
            unit = metric.unit
        elif metric.quantity not in (unit.quantity, Quantity.OTHER):
            raise ValueError(
                f"{settings.metric} is in {metric.unit.symbol or 'no unit'}, which {settings.unit}"
                " cannot be converted to"
            )
        options = metric.options or options
    return _Meaning(
        name,
        settings,
        path=parse_path(settings.path) if settings.path is not None else (),
        time_path=parse_path(settings.time_path) if settings.time_path is not None else None,
        unit=unit,
        options=options,
    )
