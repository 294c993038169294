"""A day of one point as a small line."""

from collections.abc import Sequence
from datetime import datetime, timedelta
from typing import Final

from pumphouse.core.model import Interval
from pumphouse.core.ports import Bucket

__all__ = ["HEIGHT", "SPAN", "STEP_SECS", "WIDTH", "polyline"]

WIDTH: Final = 120
HEIGHT: Final = 28
#: how far back it reaches
SPAN: Final = timedelta(hours=24)
#: whole hours are answered from roll-ups
STEP_SECS: Final = 3600.0
_STEP: Final = timedelta(seconds=STEP_SECS)
#: so that the stroke is not cut off at the edge
_MARGIN: Final = 2


def polyline(buckets: Sequence[Bucket], interval: Interval, *, held: bool = True) -> str:
    """The `points` of an SVG polyline, WIDTH by HEIGHT; "" where there are fewer than two.

    Where nothing was read for an hour or more, the line keeps the last value: many vendors send a
    value only when it changes. A line that never changes lies in the middle.

    Args:
        buckets: one per hour, in the order of time; hours without readings are absent.
        held: whether the newest value still holds at the end of `interval`.
    """
    if len(buckets) < 2:  # noqa: PLR2004  (a line has two ends)
        return ""
    corners: list[tuple[datetime, float]] = []
    before: Bucket | None = None
    for bucket in buckets:
        if before is not None and bucket.start - before.start > _STEP:
            corners.append((bucket.start, before.last))
        corners.append((bucket.start + _STEP / 2, bucket.mean))
        before = bucket
    if held:
        corners.append((interval.end, buckets[-1].last))
    return _drawn(corners, interval)


def _drawn(corners: Sequence[tuple[datetime, float]], interval: Interval) -> str:
    low = min(value for _, value in corners)
    high = max(value for _, value in corners)
    room = HEIGHT - 2 * _MARGIN
    drawn = []
    for time, value in corners:
        x = WIDTH * ((time - interval.start) / interval.duration)
        share = 0.5 if high == low else (value - low) / (high - low)
        drawn.append(f"{min(max(x, 0), WIDTH):.4g},{HEIGHT - _MARGIN - share * room:.4g}")
    return " ".join(drawn)
