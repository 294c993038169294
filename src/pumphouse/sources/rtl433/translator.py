"""rtl_433's JSON lines as devices, points and readings; repeats of one transmission count once."""

import json
from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta, tzinfo
from fnmatch import fnmatchcase
from operator import itemgetter
from typing import Final, TypeAlias
from urllib.parse import quote

from pumphouse.catalogue.catalogue import Catalogue
from pumphouse.core.model import Batch, Device, Point, PointKey, Reading
from pumphouse.core.units import Unit
from pumphouse.sources.assembly import Assembler, Sample
from pumphouse.sources.magnitude import LARGEST
from pumphouse.sources.rtl433.fields import ABOUT_RECEPTION, NO_POINTS, label, unit_of
from pumphouse.sources.rtl433.times import heard_at
from pumphouse.sources.selection import Selection

__all__ = ["Translator", "Transmitters"]

#: how far the repeats of one transmission lie apart at most
REPEATED_WITHIN: Final = timedelta(seconds=2)
#: so many transmitters are remembered; each car that drives by may bring a new one
MOST_TRANSMITTERS: Final = 5000
#: so many kinds of message of one transmitter are remembered; real ones send two or three
MOST_KINDS: Final = 32
#: a battery below this share of its charge is told as low
LOW_BATTERY: Final = 0.2
_BRANDS: Final = {"Oregon": "Oregon Scientific"}
_BATTERY_WORDS: Final = {"OK": 1.0, "LOW": 0.0}

_LONG_AGO: Final = datetime.min.replace(tzinfo=UTC)

_Event: TypeAlias = dict[str, object]
#: what tells one transmitter from another: model, channel, id
_Address: TypeAlias = tuple[object, object, object]


class Transmitters:
    """Which transmitters the user wants to hear, by patterns.

    A pattern is compared with the model, with the type (`TPMS` for tyres) and with the whole id.
    """

    def __init__(self, include: Iterable[str], exclude: Iterable[str]) -> None:
        self._include = tuple(include)
        self._exclude = tuple(exclude)

    def wanted(self, *names: str) -> bool:
        """Whether a transmitter with these names is included, and not excluded."""
        return _match(names, self._include) and not _match(names, self._exclude)


def _match(names: Iterable[str], patterns: Iterable[str]) -> bool:
    return any(fnmatchcase(name, pattern) for name in names for pattern in patterns)


@dataclass(slots=True)
class _Kind:
    """One kind of message of a transmitter: some send several in turn, with other fields in each.

    Attributes:
        content: takes out of an event what is the same in all repeats of a transmission.
        points: the fields that are kept, and what each becomes.
        said_at, said: what it said last.
    """

    content: Callable[[_Event], object]
    points: tuple[tuple[str, PointKey, Unit], ...]
    said_at: datetime = _LONG_AGO
    said: object = None

    def is_repeat(self, event: _Event, time: datetime) -> bool:
        """Whether the same was said just before; receivers decode every frame of a transmission."""
        content = self.content(event)
        if content == self.said and abs(time - self.said_at) <= REPEATED_WITHIN:
            return True
        self.said_at, self.said = time, content
        return False


@dataclass(slots=True)
class _Transmitter:
    """What is known of one that was heard.

    Attributes:
        device: None where the user does not want to hear it.
        samples: the first of each field.
        kinds: by the names of their fields.
    """

    device: Device | None
    samples: dict[str, Sample] = field(default_factory=dict)
    kinds: dict[tuple[str, ...], _Kind] = field(default_factory=dict)


class Translator:
    """Remembers who was heard, so that devices and points are described once.

    Args:
        source: the configured name.
        zone: of the machine that rtl_433 runs on, for times that name none.
    """

    def __init__(
        self,
        source: str,
        catalogue: Catalogue,
        selection: Selection,
        transmitters: Transmitters,
        zone: tzinfo,
    ) -> None:
        self._source = source
        self._vendor = catalogue.vendor("rtl433")
        self._assembler = Assembler(source, catalogue, selection)
        self._transmitters = transmitters
        self._zone = zone
        self._known: dict[_Address, _Transmitter] = {}

    def batch(self, lines: Iterable[bytes], arrived: datetime) -> Batch:
        """What `lines` say, each an event of rtl_433 in JSON.

        What is no event of a transmitter (statistics, reports on the receiver) is left out.

        Args:
            arrived: when they came: the time of readings that name none, or one that is far off.
        """
        devices: list[Device] = []
        points: list[Point] = []
        readings: list[Reading] = []
        problems: dict[str, None] = {}
        for line in lines:
            try:
                event = _JSON.decode(line.decode(errors="replace"))
            except (ValueError, RecursionError):
                if line.strip():
                    problems["a line is no JSON; rtl_433 has to write -F json"] = None
                continue
            if not isinstance(event, dict) or not isinstance(event.get("model"), str):
                continue
            transmitter = self._transmitter(event, devices)
            if transmitter.device is None:
                continue
            _tell_battery(event, has_level="battery_level" in transmitter.samples)
            kind = transmitter.kinds.get(tuple(event)) or self._learn(transmitter, event, points)
            time = heard_at(event.get("time"), arrived, self._zone) or arrived
            if not kind.is_repeat(event, time):
                readings += _readings(event, kind, time)
        return Batch(
            self._source,
            devices=tuple(devices),
            points=tuple(points),
            readings=tuple(readings),
            problems=tuple(problems),
        )

    def _transmitter(self, event: _Event, devices: list[Device]) -> _Transmitter:
        """Who speaks; somebody new is added to `devices`."""
        address = (event["model"], event.get("channel"), event.get("id"))
        try:
            known = self._known.get(address)
        except TypeError:  # a list for an id: no decoder does that
            return _Transmitter(None)
        if known is None:
            known = self._known[address] = _Transmitter(self._device(event))
            if len(self._known) > MOST_TRANSMITTERS:
                del self._known[next(iter(self._known))]
            if known.device is not None:
                devices.append(known.device)
        return known

    def _device(self, event: _Event) -> Device | None:
        model, channel, own = str(event["model"]), event.get("channel"), event.get("id")
        parts = (model, channel, own)
        name = "/".join("-" if part is None else quote(str(part), safe="") for part in parts)
        if not self._transmitters.wanted(model, name, str(event.get("type", ""))):
            return None
        brand = model.partition("-")[0] if "-" in model else None
        return Device(
            source=self._source,
            id=name,
            name=model if channel is None else f"{model}, channel {channel}",
            manufacturer=_BRANDS.get(brand, brand) if brand else None,
            model=model,
            serial=None if own is None else str(own),
        )

    def _learn(self, transmitter: _Transmitter, event: _Event, points: list[Point]) -> _Kind:
        """A kind of message that was not heard before.

        If it has new fields, all points of the transmitter are added to `points`, for a new one may
        take a metric from another.
        """
        assert transmitter.device is not None
        samples = transmitter.samples
        new = {
            name: self._sample(name, value)
            for name, value in event.items()
            if name not in samples
            and name not in NO_POINTS
            and isinstance(value, int | float | str)
        }
        samples |= new
        made, _ = self._assembler.assemble(transmitter.device.id, [*samples.values()])
        if new:
            points += made
        kept = {point.key.point: point.key for point in made}
        kind = _Kind(
            itemgetter("model", *(name for name in event if name not in ABOUT_RECEPTION)),
            tuple((name, kept[name], samples[name].unit) for name in event if name in kept),
        )
        if None not in event.values() and len(transmitter.kinds) < MOST_KINDS:
            transmitter.kinds[tuple(event)] = kind
        return kind

    def _sample(self, name: str, value: float | str) -> Sample:
        """A field; its value is of no use but to say that there is one."""
        unit = unit_of(name)
        native = self._vendor.get(name, unit=unit.symbol)
        return Sample(
            id=name,
            native=native,
            name=(native and native.name) or label(name),
            time=_LONG_AGO,
            text=str(value),
            unit=unit,
            options=native.options if native is not None else (),
            vendor_unit=unit.symbol,
        )


def _readings(event: _Event, kind: _Kind, time: datetime) -> Iterator[Reading]:
    """What `event` says of its points; a text is taken for one, nothing for nothing."""
    for name, key, unit in kind.points:
        value = event[name]
        if isinstance(value, int | float):
            if -LARGEST <= value <= LARGEST:
                yield Reading(key, time, unit.to_canonical(float(value)))
        elif isinstance(value, str) and value:
            yield Reading(key, time, None, value)


def _tell_battery(event: _Event, *, has_level: bool) -> None:
    """Battery as a yes or no, and as a level where the transmitter knows one.

    `battery_ok` is a share between 0 and 1; most transmitters know only these two, and rtl_433
    writes them as 0 and 1. It writes a share with a decimal point, that of a full battery too: 1.0.
    Before 2020 it wrote `battery`, OK or LOW.

    Args:
        has_level: whether the transmitter has told a level before; who passes events on may write
            1 for 1.0.
    """
    share, word = event.get("battery_ok"), event.get("battery")
    if share is None and isinstance(word, str) and word in _BATTERY_WORDS:
        share = _BATTERY_WORDS[word]
        del event["battery"]
    is_level = has_level or isinstance(event.get("battery_ok"), float) or share not in (0, 1)
    if not isinstance(share, int | float):
        return
    event["battery_ok"] = float(share >= LOW_BATTERY)
    if is_level:
        event["battery_level"] = round(share * 100, 6)


def _nothing(_constant: str) -> None:
    """NaN and infinity, which JSON does not know and a printf may write, are no values."""


_JSON: Final = json.JSONDecoder(parse_constant=_nothing)
