"""What was written last is remembered, so that a poll is compared without a query."""

import sqlite3
from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import datetime
from typing import Final, TypeAlias

from pumphouse.core.model import Device, Point, PointKey, Reading
from pumphouse.stores.sqlite import queries
from pumphouse.stores.sqlite.instants import milliseconds
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
    """

    rows: dict[Place, Row] = field(default_factory=dict)
    texts: dict[Place, str] = field(default_factory=dict)
    replaced: set[Place] = field(default_factory=set)


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
    away otherwise.
    """

    def __init__(self, connection: sqlite3.Connection) -> None:
        self._connection = connection
        self._devices = {
            (device.source, device.id): device for device in queries.devices(connection)
        }
        numbered = {number: _Newest(number, point) for number, point in queries.points(connection)}
        for number, row in queries.newest(connection, numbered).items():
            newest = numbered[number]
            newest.time, newest.value, newest.text = row
        self._points = {newest.point.key: newest for newest in numbered.values()}
        self._described: tuple[Point, ...] = ()

    def describe(self, devices: Sequence[Device], points: tuple[Point, ...]) -> None:
        """Write descriptions that are new or differ."""
        for device in devices:
            key = (device.source, device.id)
            if self._devices.get(key) != device:
                self._connection.execute(STORE_DEVICE, device_row(device))
                self._devices[key] = device
        if points is not self._described:
            for point in points:
                self._describe(point)
            self._described = points

    def _describe(self, point: Point) -> _Newest:
        newest = self._points.get(point.key)
        if newest is None or (newest.point is not point and newest.point != point):
            ((number,),) = self._connection.execute(STORE_POINT, point_row(point)).fetchall()
            if newest is None:
                newest = self._points[point.key] = _Newest(number, point)
            newest.point = point
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
            # The batch should have described it; a bare point is better than a lost reading.
            newest = self._points.get(reading.key) or self._describe(_bare(reading.key))
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
            elif (stored := self._stored(newest, time)) is not None:
                if stored == (value, text):
                    continue
                changes.replaced.add(place)
            if time == newest.time:
                newest.value, newest.text = value, text
            rows[place] = (*place, value)
            if text is not None:
                texts[place] = text
        self._drop_unchanged(changes, twice)
        return changes

    def _stored(self, newest: _Newest, time: int) -> tuple[float | None, str | None] | None:
        """What is stored for an instant, None where there is nothing."""
        if time == newest.time:
            return newest.value, newest.text
        return self._in_file((newest.number, time))

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


def _bare(key: PointKey) -> Point:
    return Point(key, key.point)
