"""Which hours to choose: the cheapest ones of a window, by the prices that are known."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import UTC, date, datetime, time, timedelta
from typing import Final
from zoneinfo import ZoneInfo

from pumphouse.core.model import Interval, Reading

__all__ = ["Slot", "cheapest", "slots", "window_at"]

_LONGEST_SLOT: Final = timedelta(hours=1)
_DAY: Final = timedelta(days=1)
_MINUTE: Final = timedelta(minutes=1)


@dataclass(frozen=True, slots=True)
class Slot:
    """A stretch of time with one price."""

    interval: Interval
    price: float


def slots(prices: Sequence[Reading]) -> Sequence[Slot]:
    """Readings of a price as slots: each holds until the next one, but never for over an hour.

    Args:
        prices: in time order, each at the instant from which it holds.
    """
    found: list[Slot] = []
    for number, reading in enumerate(prices):
        if reading.value is None:
            continue
        end = reading.time + _LONGEST_SLOT
        if number + 1 < len(prices):
            end = min(end, prices[number + 1].time)
        found.append(Slot(Interval(reading.time, end), reading.value))
    return found


def window_at(now: datetime, after: time, before: time, zone: ZoneInfo) -> Interval:
    """The window from `after` to `before` that `now` lies in, or else the next one.

    Where `before` is not later than `after`, it is the next day's; equal ones make a whole day.
    Both are the site's clock, so that a window is an hour longer or shorter when that is changed,
    and empty where the clock leaps over all of it.
    """
    today = now.astimezone(zone).date()
    for day in (today - _DAY, today, today + _DAY):
        last = day if before > after else day + _DAY
        end = _instant(last, before, zone)
        if now < end:
            return Interval(_instant(day, after, zone), end)
    raise AssertionError("tomorrow's window ends later than now")


def _instant(day: date, clock: time, zone: ZoneInfo) -> datetime:
    """When the site's clock shows a time first; one that it leaps over is when it leaps."""
    local = datetime.combine(day, clock, zone)
    instant, early = local.astimezone(UTC), local.replace(fold=1).astimezone(UTC)
    if early >= instant:
        return instant
    while early.astimezone(zone).utcoffset() == local.utcoffset():
        early += _MINUTE
    return early


def cheapest(
    prices: Sequence[Slot], hours: float, window: Interval, *, in_one_piece: bool = False
) -> Sequence[Interval]:
    """The cheapest `hours` of `window`, in time order; of equal prices the earlier.

    Time without a price is never chosen, so that it may be fewer hours, or none.

    Args:
        prices: in time order, not overlapping.
        in_one_piece: whether they have to follow one another.
    """
    known = [slot for one in prices if (slot := _within(one, window)) is not None]
    wanted = timedelta(hours=hours)
    chosen = _one_piece(known, wanted) if in_one_piece else _pieces(known, wanted)
    return _joined(sorted(chosen, key=lambda one: one.start))


def _within(slot: Slot, window: Interval) -> Slot | None:
    start = max(slot.interval.start, window.start)
    end = min(slot.interval.end, window.end)
    return Slot(Interval(start, end), slot.price) if start < end else None


def _pieces(known: Sequence[Slot], wanted: timedelta) -> list[Interval]:
    chosen: list[Interval] = []
    left = wanted
    for slot in sorted(known, key=lambda slot: (slot.price, slot.interval.start)):
        if left <= timedelta(0):
            break
        length = min(slot.interval.duration, left)
        chosen.append(Interval(slot.interval.start, slot.interval.start + length))
        left -= length
    return chosen


def _one_piece(known: Sequence[Slot], wanted: timedelta) -> list[Interval]:
    """The best begins where a slot begins or ends where one ends: in between, costs are linear."""
    starts = {slot.interval.start for slot in known}
    starts |= {slot.interval.end - wanted for slot in known}
    best: tuple[float, datetime] | None = None
    for start in sorted(starts):
        cost = _cost(known, Interval(start, start + wanted))
        if cost is not None and (best is None or cost < best[0]):
            best = (cost, start)
    return [] if best is None else [Interval(best[1], best[1] + wanted)]


def _cost(known: Sequence[Slot], piece: Interval) -> float | None:
    """Price times hours; None where a part of the piece has no price."""
    parts = [part for slot in known if (part := _within(slot, piece)) is not None]
    if sum((part.interval.duration for part in parts), timedelta(0)) < piece.duration:
        return None
    return sum(part.price * (part.interval.duration / _LONGEST_SLOT) for part in parts)


def _joined(intervals: Sequence[Interval]) -> Sequence[Interval]:
    """Those that touch as one."""
    joined: list[Interval] = []
    for one in intervals:
        if joined and joined[-1].end == one.start:
            joined[-1] = Interval(joined[-1].start, one.end)
        else:
            joined.append(one)
    return joined
