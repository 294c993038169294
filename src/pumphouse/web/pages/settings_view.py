"""What the page of settings shows: each setting with its limits, the log, what runs for a while."""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Final
from urllib.parse import urlencode

from pumphouse.catalogue.catalogue import Catalogue
from pumphouse.control import LoggedWrite, Outcome, Preset, Setting
from pumphouse.core.model import Point, PointKey
from pumphouse.core.ports import Override
from pumphouse.web.pages.house import DeviceNow, label_of
from pumphouse.web.pages.points import history_address
from pumphouse.web.pages.times import length
from pumphouse.web.pages.values import Amount, amount, shown

__all__ = [
    "BoostButton",
    "DeviceSettings",
    "Field",
    "LogRow",
    "Question",
    "RunningRow",
    "SettingGroup",
    "SettingRow",
    "Told",
    "address",
    "field_of",
    "log_rows",
    "name_of",
    "running_rows",
    "settings_of",
    "worded",
]

#: the group of settings without a shared meaning stands last
_OTHER: Final = "other"
_UNKNOWN: Final = "\N{EN DASH}"


@dataclass(frozen=True, slots=True)
class Field:
    """Where a value is entered.

    Attributes:
        kind: `select` for a choice of labels, else `number`.
        value: what it holds at first, as it is entered; "" where that is not known.
        options: the labels.
        minimum, maximum, step: as they are entered; "" where unknown.
        unit: of the number, "" for none.
        limits: the same in words.
    """

    kind: str
    value: str
    options: Sequence[str] = ()
    minimum: str = ""
    maximum: str = ""
    step: str = ""
    unit: str = ""
    limits: str = ""


@dataclass(frozen=True, slots=True)
class SettingRow:
    """One setting.

    Attributes:
        amount: its value; None where it has none.
        refusal: why it may not be set now, a sentence; None where it may.
        history: address of its chart.
    """

    key: PointKey
    name: str
    metric: str | None
    amount: Amount | None
    time: datetime | None
    stale: bool
    field: Field
    refusal: str | None
    history: str


@dataclass(frozen=True, slots=True)
class SettingGroup:
    """The settings of one device that belong to one group of the catalogue."""

    name: str
    rows: Sequence[SettingRow]


@dataclass(frozen=True, slots=True)
class BoostButton:
    """Something that can be had for a while.

    Attributes:
        text: what is set for it, in words.
        refusal: why it cannot be had now; None where it can.
        address: of the page that asks for confirmation.
    """

    label: str
    text: str
    refusal: str | None
    address: str


@dataclass(frozen=True, slots=True)
class DeviceSettings:
    """The settings of one device.

    Attributes:
        open: whether the configuration lets its source change anything.
    """

    source: str
    id: str
    name: str
    open: bool
    groups: Sequence[SettingGroup]
    boosts: Sequence[BoostButton]


@dataclass(frozen=True, slots=True)
class LogRow:
    """One change in the log.

    Attributes:
        outcome: key of a text; `sending` while it is on its way.
        undo: address of the page that undoes it; "" where that cannot be.
    """

    time: datetime
    name: str
    device: str
    before: str
    requested: str
    by: str
    outcome: str
    detail: str
    undo: str


@dataclass(frozen=True, slots=True)
class RunningRow:
    """A setting that goes back by itself."""

    id: int
    name: str
    device: str
    value: str
    restore_to: str
    until: datetime
    by: str


@dataclass(frozen=True, slots=True)
class Question:
    """What is asked before anything is changed.

    Attributes:
        before, after: the value now and the one that is wanted.
        action: where the answer is sent, with `fields`.
        hours: for how long it may be, to choose from; 0 is for good. Empty where that is no
            question.
        usual: which of them stands there at first.
    """

    title: str
    before: str
    after: str
    action: str
    fields: Mapping[str, str]
    hours: Sequence[int] = ()
    usual: float = 0


@dataclass(frozen=True, slots=True)
class Told:
    """How far a change is, or what became of it.

    Attributes:
        state: key of a text.
        before, requested: "" where there is no result.
    """

    title: str
    state: str
    detail: str
    before: str = ""
    requested: str = ""


def settings_of(
    house: DeviceNow,
    settings: Iterable[Setting],
    presets: Iterable[Preset],
    catalogue: Catalogue,
    *,
    is_open: bool,
) -> DeviceSettings:
    """A device as it stands on the page.

    Args:
        is_open: whether the configuration lets its source change anything.
    """
    device = house.device
    rows: dict[str, list[SettingRow]] = {}
    for setting in settings:
        if setting.point.key[:2] == (device.source, device.id):
            rows.setdefault(setting.group, []).append(_row(setting, house, catalogue))
    order = [*dict.fromkeys(metric.group for metric in catalogue.metrics.values()), _OTHER]
    places = {name: place for place, name in enumerate(order)}
    return DeviceSettings(
        source=device.source,
        id=device.id,
        name=device.name,
        open=is_open,
        groups=[
            SettingGroup(name, rows[name])
            for name in sorted(rows, key=lambda group: places.get(group, len(places)))
        ],
        boosts=[
            _button(preset)
            for preset in presets
            if preset.point.key[:2] == (device.source, device.id)
        ],
    )


def _row(setting: Setting, house: DeviceNow, catalogue: Catalogue) -> SettingRow:
    point, reading = setting.point, setting.reading
    return SettingRow(
        key=point.key,
        name=label_of(point, catalogue),
        metric=point.metric,
        amount=shown(point, reading) if reading is not None else None,
        time=reading.time if reading is not None else None,
        stale=reading is not None and house.freshness.stale(point.key),
        field=field_of(point, reading.value if reading is not None else None),
        refusal=setting.refusal,
        history=history_address(point),
    )


def _button(preset: Preset) -> BoostButton:
    point = preset.point
    return BoostButton(
        label=preset.label,
        text=f"{worded(point, preset.value)}, {length(timedelta(hours=preset.hours))}",
        refusal=preset.refusal,
        address=f"/settings/boost?{urlencode(address(point.key) | {'name': preset.name})}",
    )


def address(key: PointKey) -> dict[str, str]:
    """The parameters that name a point."""
    return {"source": key.source, "device": key.device, "point": key.point}


def field_of(point: Point, value: float | None) -> Field:
    """Where a new value of `point` is entered."""
    if point.options:
        label = point.label(value) or ""
        return Field("select", label, [option.label for option in point.options])
    return Field(
        "number",
        _entered(value),
        minimum=_entered(point.minimum),
        maximum=_entered(point.maximum),
        step=_entered(point.step) or "any",
        unit=point.unit.symbol,
        limits=_limits(point),
    )


def _entered(value: float | None) -> str:
    return "" if value is None else f"{value:.10g}"


def _limits(point: Point) -> str:
    if point.minimum is None or point.maximum is None:
        return ""
    low, high = (_amount(point, bound).text for bound in (point.minimum, point.maximum))
    return f"{low} … {high} {point.unit.symbol}".rstrip()


def _amount(point: Point, value: float) -> Amount:
    return amount(value, point.unit.quantity, point.unit.symbol)


def worded(point: Point, value: float | None) -> str:
    """A value of `point` as people read it: its label, or number and unit."""
    if value is None:
        return _UNKNOWN
    return point.label(value) or str(_amount(point, value))


def name_of(points: Mapping[PointKey, Point], key: PointKey, catalogue: Catalogue) -> str:
    """What the point of an old change is called, also where it is there no longer."""
    point = points.get(key)
    return label_of(point, catalogue) if point is not None else key.point


def log_rows(
    writes: Iterable[LoggedWrite],
    points: Mapping[PointKey, Point],
    devices: Mapping[tuple[str, str], str],
    catalogue: Catalogue,
) -> list[LogRow]:
    """The log as it stands on the page.

    Args:
        devices: names by source and id.
    """
    rows = []
    for write in writes:
        point = points.get(write.key) or Point(write.key, write.key.point)
        row = LogRow(
            time=write.asked_at,
            name=name_of(points, write.key, catalogue),
            device=devices.get(write.key[:2], write.key.device),
            before=worded(point, write.before),
            requested=worded(point, write.requested),
            by=write.by,
            outcome=write.outcome.name.lower() if write.outcome else "sending",
            detail=write.detail,
            undo=f"/settings/undo?{urlencode({'write': write.id})}"
            if _can_be_undone(write)
            else "",
        )
        rows.append(row)
    return rows


def _can_be_undone(write: LoggedWrite) -> bool:
    done = write.outcome in {Outcome.CONFIRMED, Outcome.ACCEPTED}
    return done and write.before is not None and write.before != write.requested


def running_rows(
    overrides: Iterable[Override],
    points: Mapping[PointKey, Point],
    devices: Mapping[tuple[str, str], str],
    catalogue: Catalogue,
) -> list[RunningRow]:
    """What goes back by itself, as it stands on the page."""
    rows = []
    for override in overrides:
        point = points.get(override.key) or Point(override.key, override.key.point)
        row = RunningRow(
            id=override.id,
            name=name_of(points, override.key, catalogue),
            device=devices.get(override.key[:2], override.key.device),
            value=worded(point, override.value),
            restore_to=worded(point, override.restore_to),
            until=override.until,
            by=override.by,
        )
        rows.append(row)
    return rows
