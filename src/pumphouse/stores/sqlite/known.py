"""What was written last is remembered, so that a poll is compared without a query."""

from collections.abc import Sequence
from dataclasses import dataclass, field, replace
from datetime import datetime
from typing import Final, TypeAlias

from pumphouse.core.model import Device, Event, Point, PointKey, Reading, Suspect
from pumphouse.stores.sqlite import queries, sensors
from pumphouse.stores.sqlite.archive import (
    FiledMonth,
    StoreConnection,
    all_months,
    month_of,
)
from pumphouse.stores.sqlite.instants import milliseconds
from pumphouse.stores.sqlite.retention import retained
from pumphouse.stores.sqlite.rows import (
    STORE_DEVICE,
    STORE_POINT,
    Row,
    device_row,
    point_row,
)

__all__ = ["Changes", "Known", "Place"]

#: what identifies a stored reading: the number of its point and its instant
Place: TypeAlias = tuple[int, int]

_NEVER: Final = -(1 << 62)


@dataclass(slots=True)
class Changes:
    """What of a batch is new or changed.

    Attributes:
        rows: (point, time, value) by place; the value is None where the reading is a text.
        texts: the texts by place.
        replaced: the places that held another value before.
        archived: the months in files that are no longer true.
    """

    rows: dict[Place, Row] = field(default_factory=dict)
    texts: dict[Place, str] = field(default_factory=dict)
    replaced: set[Place] = field(default_factory=set)
    archived: set[FiledMonth] = field(default_factory=set)


class _Newest:
    """One point as it was last written: its number, its description, its newest reading."""

    __slots__ = ("number", "point", "text", "time", "value")

    def __init__(self, number: int, point: Point) -> None:
        self.number = number
        self.point = point
        self.time = _NEVER
        self.value: float | None = None
        self.text: str | None = None


class Known:
    """Devices, points and the newest reading of each, as the file has them; one transaction's view.

    It is true as long as nobody else writes and every transaction is committed: its owner throws it
    away otherwise. What bound hardware says is taken for the word of the device it is bound to:
    the points of both are one, found by either key, so that a binding costs a reading nothing.
    """

    def __init__(self, connection: StoreConnection) -> None:
        self._connection = connection
        bindings = sensors.bindings(connection)
        self._lines = {(one.source, one.hardware): one.device for one in bindings}
        self._devices = {
            (device.source, device.id): device
            for device in queries.devices(connection, shown=False)
        }
        numbered = {
            number: _Newest(number, point)
            for number, point in queries.points(connection, shown=False)
            if point.key[:2] not in self._lines
        }
        rows = queries.newest(connection, numbered)
        for number in numbered.keys() & rows.keys():
            newest = numbered[number]
            newest.time, newest.value, newest.text = rows[number]
        self._points = {newest.point.key: newest for newest in numbered.values()}
        self._described: tuple[Point, ...] = ()
        self._archived = {one[:3]: one for one in all_months(connection)}
        self._retained = retained(connection)

    def describe(self, devices: Sequence[Device], points: tuple[Point, ...]) -> None:
        """Write descriptions that are new or differ."""
        for told in devices:
            key = (told.source, self._line(told.source, told.id))
            device = told if key[1] == told.id else replace(told, id=key[1])
            if self._devices.get(key) != device:
                self._connection.execute(STORE_DEVICE, device_row(device))
                self._devices[key] = device
        if points is not self._described:
            for point in points:
                self._describe(point)
            self._described = points

    def events(self, events: Sequence[Event]) -> list[Event]:
        """The events as told of the device that a piece of hardware is bound to."""
        return [
            event
            if event.source is None or event.device is None
            else replace(event, device=self._line(event.source, event.device))
            for event in events
        ]

    def suspects(self, suspects: Sequence[Suspect]) -> list[Row]:
        """The rows of values that are not believed."""
        return [
            (self._newest(one.key).number, milliseconds(one.time), one.value, one.reason)
            for one in suspects
        ]

    def _line(self, source: str, device: str) -> str:
        return self._lines.get((source, device), device)

    def _newest(self, key: PointKey) -> _Newest:
        """The point of `key`, which nobody may have described since it was bound.

        Where nobody ever has, a bare one is better than a lost reading.
        """
        line = key._replace(device=self._line(key.source, key.device))
        newest = self._points.get(line) or self._describe(_bare(line))
        self._points[key] = newest
        return newest

    def _describe(self, told: Point) -> _Newest:
        key = told.key._replace(device=self._line(told.key.source, told.key.device))
        point = told if key == told.key else replace(told, key=key)
        newest = self._points.get(key)
        if newest is None or (newest.point is not point and newest.point != point):
            ((number,),) = self._connection.execute(STORE_POINT, point_row(point)).fetchall()
            if newest is None:
                newest = self._points[key] = _Newest(number, point)
            newest.point = point
        self._points[told.key] = newest
        return newest

    def changes(self, readings: Sequence[Reading]) -> Changes:
        """What of `readings` is new or changed; from now on it is taken for written.

        Where a batch speaks twice of one instant, the last word counts.
        """
        changes = Changes()
        rows, texts = changes.rows, changes.texts
        twice: set[Place] = set()
        moment: datetime | None = None
        time = _NEVER
        for reading in readings:
            newest = self._points.get(reading.key) or self._newest(reading.key)
            if reading.time is not moment:
                moment = reading.time
                time = milliseconds(moment)
            value, text = reading.value, reading.text
            place = (newest.number, time)
            if time > newest.time:
                newest.time = time
            elif place in rows:
                twice.add(place)
                texts.pop(place, None)
            else:
                month = self._month(newest, time)
                stored = self._stored(newest, time, month)
                if stored == (value, text) or self._was_deleted(newest.number, time):
                    continue
                if month is not None:
                    changes.archived.add(month)
                if stored is not None:
                    changes.replaced.add(place)
            if time == newest.time:
                newest.value, newest.text = value, text
            rows[place] = (*place, value)
            if text is not None:
                texts[place] = text
        self._drop_unchanged(changes, twice)
        return changes

    def _was_deleted(self, point: int, time: int) -> bool:
        """Whether an instant was deleted by the owner's wish; the sum of its hour knows of it."""
        oldest, since = self._retained.get(point, (time, time))
        return oldest <= time < since

    def _stored(
        self, newest: _Newest, time: int, month: FiledMonth | None
    ) -> tuple[float | None, str | None] | None:
        """What is stored for an instant, None where there is nothing."""
        if time == newest.time:
            return newest.value, newest.text
        stored = self._in_file((newest.number, time))
        if stored is None and month is not None:
            return _filed(self._connection, month, newest, time)
        return stored

    def _month(self, newest: _Newest, time: int) -> FiledMonth | None:
        """The archived month of a point's device in which an instant lies."""
        if not self._archived:
            return None
        key = newest.point.key
        return self._archived.get((key.source, key.device, month_of(time)))

    def _in_file(self, place: Place) -> tuple[float | None, str | None] | None:
        found: tuple[float | None, str | None] | None = self._connection.execute(
            "SELECT value, text FROM readings WHERE point = ? AND time = ?", place
        ).fetchone()
        return found

    def _drop_unchanged(self, changes: Changes, twice: set[Place]) -> None:
        """Drop what a batch changed and changed back."""
        for place in twice & changes.replaced:
            if self._in_file(place) == (changes.rows[place][2], changes.texts.get(place)):
                del changes.rows[place]
                changes.texts.pop(place, None)


def _filed(
    connection: StoreConnection, month: FiledMonth, newest: _Newest, time: int
) -> tuple[float | None, str | None] | None:
    """What an archived month says of an instant, None where it says nothing."""
    part = connection.archive.series(month, newest.point.key.point).between(time, time + 1)
    if not len(part.times):
        return None
    return (None, part.texts[0]) if part.texts else (float(part.values[0]), None)


def _bare(key: PointKey) -> Point:
    """A point that no batch has described."""
    return Point(key, key.point)
