"""What a chart shows: which points, from when to when. All of it stands in the address."""

from collections.abc import Iterable
from dataclasses import dataclass, replace
from datetime import UTC, datetime, timedelta
from typing import Final
from urllib.parse import urlencode

from pumphouse.core.errors import UsageError
from pumphouse.core.model import Interval
from pumphouse.runtime.times import parse_length, parse_time

__all__ = ["DEFAULT_LAST", "PRESETS", "View", "nice_step", "view_of"]

#: the lengths that are offered, as they stand in the address
PRESETS: Final = ("24h", "7d", "30d", "365d")
DEFAULT_LAST: Final = "24h"

_LONGEST: Final = timedelta(days=36525)
_SHORTEST: Final = timedelta(minutes=1)
#: steps that divide an hour, a day and a week, in seconds
_STEPS: Final = (60, 120, 300, 600, 900, 1800, 3600, 7200, 10800, 14400, 21600, 43200)
_DAY: Final = 86400


@dataclass(frozen=True, slots=True)
class View:
    """One view of the past.

    Attributes:
        device: whose points are meant where a point names no device; None: the first one.
        points: native ids or metrics, with `@device` behind one that belongs to another device.
        last: a length such as `24h`, which ends now and goes on with it; None: a fixed stretch.
        interval: the stretch itself.
    """

    device: str | None
    points: tuple[str, ...]
    last: str | None
    interval: Interval

    def query(self) -> str:
        """What stands behind the `?` of the address."""
        pairs = [("device", self.device)] if self.device else []
        pairs += [("point", point) for point in self.points]
        if self.last:
            pairs.append(("last", self.last))
        else:
            pairs += [("from", _shown(self.interval.start)), ("to", _shown(self.interval.end))]
        return urlencode(pairs)

    def of_device(self, device: str) -> "View":
        """The same time, with the most telling points of another device."""
        return replace(self, device=device, points=())

    def lasting(self, last: str, now: datetime) -> "View":
        """The same points over a length that ends now."""
        return replace(self, last=last, interval=Interval(now - _length(last), now))

    def moved(self, share: float) -> "View":
        """The same points earlier or later by a share of what is shown."""
        by = self.interval.duration * share
        try:
            moved = Interval(self.interval.start + by, self.interval.end + by)
        except OverflowError:
            return self
        return replace(self, last=None, interval=moved)

    def zoomed(self, factor: float) -> "View":
        """The same points around the same middle, `factor` times as long."""
        length = min(max(self.interval.duration * factor, _SHORTEST), _LONGEST)
        margin = (length - self.interval.duration) / 2
        try:
            zoomed = Interval(self.interval.start - margin, self.interval.end + margin)
        except OverflowError:
            return self
        return replace(self, last=None, interval=zoomed)


def view_of(
    device: str | None,
    points: Iterable[str],
    *,
    times: tuple[str | None, str | None, str | None],
    zone: str,
    now: datetime,
) -> View:
    """The view of an address.

    Args:
        times: `from`, `to` and `last`; a fixed stretch goes before a length.
        zone: of times without an offset.

    Raises:
        UsageError: a time or length is none, or the end does not lie behind the start,
            or they are more than a hundred years apart.
    """
    start, end, last = times
    shown = tuple(dict.fromkeys(point for point in points if point))
    if not (start or end):
        last = last or DEFAULT_LAST
        return View(device or None, shown, last, Interval(now - _length(last), now))
    until = parse_time(end or "now", zone, now).astimezone(UTC)
    since = parse_time(start, zone, now).astimezone(UTC) if start else until - _length(DEFAULT_LAST)
    if since >= until:
        raise UsageError(f"the view ends ({end or 'now'}) before it begins ({start})")
    if until - since > _LONGEST:
        raise UsageError("the view is longer than a hundred years")
    return View(device or None, shown, None, Interval(since, until))


def nice_step(seconds: float, most: int, finest: float) -> float | None:
    """The shortest round step that cuts `seconds` into `most` pieces at most.

    Args:
        finest: how often there is a reading, in seconds.

    Returns:
        seconds; None where single readings are few enough.
    """
    wanted = seconds / most
    step: float = next((step for step in _STEPS if step >= wanted), -(-wanted // _DAY) * _DAY)
    return None if wanted <= finest else step


def _length(text: str) -> timedelta:
    return timedelta(seconds=parse_length(text))


def _shown(moment: datetime) -> str:
    return moment.astimezone(UTC).isoformat(timespec="seconds").replace("+00:00", "Z")
