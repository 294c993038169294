"""Values that a sensor cannot have meant: out of its range, or a jump that nothing can make.

A jump is doubted until it has lasted: so many similar values in a row are a step that has really
happened, else a sensor that was moved would be refused for ever. The longer ago the last value that
was believed, the larger a change may be.
"""

from collections.abc import Callable
from dataclasses import replace
from datetime import datetime

from pumphouse.core.model import Batch, Point, PointKey, Reading, Suspect
from pumphouse.runtime.sensors.limits import Limits

__all__ = ["Checks", "Watch"]


class Watch:
    """One point: what can be believed of it, and what was believed last."""

    def __init__(self, limits: Limits, unit: str = "") -> None:
        self._limits = limits
        self._minimum = float("-inf") if limits.minimum is None else limits.minimum
        self._maximum = float("inf") if limits.maximum is None else limits.maximum
        self._unit = unit
        self._last: tuple[datetime, float] | None = None
        self._doubted: tuple[datetime, float] | None = None
        self._similar = 0

    def believe(self, time: datetime, value: float) -> None:
        """Take a value for true."""
        self._last = (time, value)
        self._doubted, self._similar = None, 0

    def doubt(self, time: datetime, value: float) -> str | None:
        """Why a value is not believed, a sentence; None where it is."""
        if not self._minimum <= value <= self._maximum:
            return f"{self._amount(value)} is outside {self._range()}"
        last, change = self._last, self._limits.change
        if last is not None:
            if time < last[0]:
                return None  # what comes late says nothing about what comes next
            if change is not None and not _near(last, time, value, change):
                return self._jump(last, time, value, change)
        self.believe(time, value)
        return None

    def _jump(
        self, last: tuple[datetime, float], time: datetime, value: float, change: float
    ) -> str | None:
        """Why a jump is not believed yet; None where it has lasted."""
        lasts = self._doubted is not None and _near(self._doubted, time, value, change)
        self._similar = self._similar + 1 if lasts else 1
        self._doubted = (time, value)
        if self._similar >= self._limits.confirmations:
            self.believe(time, value)
            return None
        return (
            f"{self._amount(value)} is {self._amount(abs(value - last[1]))} away from the value"
            f" before; at most {self._amount(change)} a minute is believed"
        )

    def _range(self) -> str:
        ends = (self._limits.minimum, self._limits.maximum)
        least, most = ("…" if end is None else f"{end:g}" for end in ends)
        return f"{least} to {most} {self._unit}".rstrip()

    def _amount(self, value: float) -> str:
        return f"{value:.6g} {self._unit}".rstrip()


def _near(before: tuple[datetime, float], time: datetime, value: float, change: float) -> bool:
    """Whether a value can follow another; a minute counts at least, for nobody measures exactly."""
    minutes = abs((time - before[0]).total_seconds()) / 60
    return abs(value - before[1]) <= change * max(1.0, minutes)


class Checks:
    """Takes what cannot be believed out of the readings of batches.

    Args:
        limits: what is believed of a point, None where everything is.
    """

    def __init__(self, limits: Callable[[Point], Limits | None]) -> None:
        self._limits = limits
        self._watches: dict[PointKey, Watch | None] = {}

    def knows(self, key: PointKey) -> bool:
        """Whether a point was met before."""
        return key in self._watches

    def watch(self, point: Point) -> Watch | None:
        """What watches over `point` from now on; None where everything is believed."""
        limits = self._limits(point)
        watch = None if limits is None else Watch(limits, point.unit.symbol)
        self._watches[point.key] = watch
        return watch

    def checked(self, batch: Batch) -> Batch:
        """`batch`, with the readings that are not believed among its suspects."""
        for point in batch.points:
            if not self.knows(point.key):
                self.watch(point)
        suspects = [found for reading in batch.readings if (found := self._suspect(reading))]
        if not suspects:
            return batch
        doubted = {(one.key, one.time) for one in suspects}
        return replace(
            batch,
            readings=tuple(one for one in batch.readings if (one.key, one.time) not in doubted),
            suspects=(*batch.suspects, *suspects),
        )

    def _suspect(self, reading: Reading) -> Suspect | None:
        watch = self._watches.get(reading.key)
        if watch is None or reading.value is None:
            return None
        reason = watch.doubt(reading.time, reading.value)
        return Suspect(reading.key, reading.time, reading.value, reason) if reason else None
