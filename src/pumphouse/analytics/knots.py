"""What a counter that is cut off stood at between its readings."""

import numpy as np

from pumphouse.analytics.integral import integral, waits
from pumphouse.analytics.series import LONGEST_STEP, Floats, Series

__all__ = ["ANYWHERE", "Knots"]

#: half of the width of a 90 % interval of what may lie anywhere between 0 and 1
ANYWHERE = 0.45
_LEAP = 1.5  # steps, from which a move was more than one
_LONG = 1e9  # s, for what is not known to have been short
#: quantiles of speeds: usual while it grows, and fastest
_BRISK, _FASTEST = 0.75, 0.99


class Knots:
    """A counter between its moves.

    A counter is known best where it moves. Told at t after it was last looked at l, a move by one
    step was made in between; the counter passed the new reading there and was on average half of
    what it grows in that time beyond it at t. Where it moved by many steps at once it was half a
    step beyond its reading both at l and at t. So each move gives two knots.

    Args:
        times: instants of readings, in order.
        sums: readings that never fall, from 0 on.
        heard: instants at which the device was heard, where it tells a reading only on a change.
        shape: a power (or anything proportional to growth) that holds between its samples.
    """

    def __init__(
        self, times: Floats, sums: Floats, heard: Floats | None, shape: Series | None
    ) -> None:
        rises = np.diff(sums)
        self._step = _resolution(rises[rises > 0])
        self._changes_only = not np.any(rises[:-1] == 0)
        self._heard = heard if heard is not None and len(heard) and self._changes_only else times
        self._told = float(times[0]), float(times[-1])
        self._shown = float(sums[0]), float(sums[-1])
        self._rate = float(sums[-1] / max(1.0, times[-1] - times[0]))
        self._times, self._sums, self._doubts = self._knots(times, sums, rises)
        speeds = np.diff(self._sums) / np.diff(self._times)
        self._fastest = _quantile(speeds, _FASTEST) if len(speeds) else self._rate
        self._shape = shape if shape is not None and len(shape) else None
        self._scale = self._growth_per_shape()

    def _knots(self, times: Floats, sums: Floats, rises: Floats) -> tuple[Floats, Floats, Floats]:
        """Instants, the counter there, and what it may be off by."""
        step, heard = self._step, self._heard
        moved = np.append(False, rises > 0)
        # Then the first reading is a move, too, unless it is simply the first thing that was heard.
        moved[0] = self._changes_only and times[0] != heard[0]
        wait = waits(times, heard)
        known = moved & (times > heard[0]) & (times <= heard[-1])
        # What came before the record of what was heard, or behind it, came as promptly as the rest.
        usual = _median(wait[known]) if np.any(known) else 0.0
        prompt = np.where(times == heard[0], _LONG, np.where(known, wait, usual))
        late = np.minimum(_pace(times[moved], sums[moved], self._rate) * prompt, step)
        leap = np.append(False, rises > _LEAP * step)
        late[leap] = step
        unseen = np.where(leap, np.append(0.0, rises), late)
        value = sums + late / 2.0
        looks = moved & (wait > 0) & (known | leap)
        looks[moved] &= (times - wait)[moved] > np.append(-np.inf, times[moved][:-1])
        return _merged(
            (times[moved], value[moved], ANYWHERE * late[moved]),
            ((times - wait)[looks], (value - unseen)[looks], ANYWHERE * late[looks]),
        )

    def at(self, instant: float) -> tuple[float, float]:
        """The counter at an instant, and its error (half of a 90 % interval)."""
        times, sums, doubts = self._times, self._sums, self._doubts
        if not len(times) or instant < times[0]:
            return self._beyond(0, instant)
        if instant >= times[-1]:
            return self._beyond(-1, instant)
        before = int(np.searchsorted(times, instant, side="right")) - 1
        growth = float(sums[before + 1] - sums[before])
        share, error = self._share(before, instant, growth)
        doubt = (1.0 - share) * doubts[before] + share * doubts[before + 1]
        return float(sums[before] + share * growth), float(np.hypot(error, doubt))

    def _beyond(self, nearest: int, instant: float) -> tuple[float, float]:
        """Before the first or behind the last move, and beyond what was told at all.

        What is shown there is less than a step behind: half a step, or what the shape says.
        """
        shown = self._shown[nearest]
        told = min(max(instant, self._told[0]), self._told[1])
        beyond, error = self._step / 2.0, ANYWHERE * self._step
        if self._scale is not None and self._shape is not None:
            knot = float(self._times[nearest])
            first, last = integral(self._shape, np.array([knot, told]))
            growth = float(self._sums[nearest]) - shown + self._scale * float(last - first)
            beyond = min(max(growth, 0.0), self._step)
            error /= np.sqrt(1.0 + np.count_nonzero(np.abs(self._heard - knot) < abs(told - knot)))
        untold = self._rate * (instant - told)
        return shown + beyond + untold, float(np.hypot(error, untold))

    def _share(self, before: int, instant: float, growth: float) -> tuple[float, float]:
        """The share of a growth between two knots that came before an instant; its error."""
        begin, finish = self._times[before], self._times[before + 1]
        share = float(instant - begin) / float(finish - begin)
        nearest = min(float(instant - begin), float(finish - instant))
        most = self._fastest * nearest
        shaped = self._shaped_share(before, instant)
        if shaped is None:
            return share, min(2.0 * ANYWHERE * max(share, 1.0 - share) * growth, most)
        steps = np.diff(np.searchsorted(self._heard, (begin, finish)))[0]
        return shaped, min(ANYWHERE / np.sqrt(max(1.0, float(steps))) * growth, most)

    def _shaped_share(self, before: int, instant: float) -> float | None:
        """The same as the shape says; None where that is not known."""
        shape = self._shape
        if shape is None:
            return None
        begin, finish = float(self._times[before]), float(self._times[before + 1])
        first, here, last = integral(shape, np.array([begin, instant, finish]))
        behind = finish > shape.times[-1] + LONGEST_STEP
        if begin >= shape.times[0] and not behind:
            return float((here - first) / (last - first)) if last > first else None
        growth = float(self._sums[before + 1] - self._sums[before])
        if self._scale is None or growth <= 0:
            return None
        known = (here - first) if behind else (here - last)
        return min(1.0, max(0.0, float(self._scale * known) / growth + (not behind)))

    def _growth_per_shape(self) -> float | None:
        """How much the counter grows per integral of the shape, between knots that both know."""
        shape = self._shape
        if shape is None:
            return None
        known = (self._times >= shape.times[0]) & (self._times <= shape.times[-1])
        if np.count_nonzero(known) < 3:  # noqa: PLR2004  (a single step says little)
            return None
        first, last = integral(shape, self._times[known][[0, -1]])
        return float(np.ptp(self._sums[known]) / (last - first)) if last > first else None


def _merged(*knots: tuple[Floats, Floats, Floats]) -> tuple[Floats, Floats, Floats]:
    """Knots in order of time."""
    times, sums, doubts = (np.concatenate(column) for column in zip(*knots, strict=True))
    order = np.argsort(times, kind="stable")
    return times[order], np.maximum.accumulate(sums[order]) if len(sums) else sums, doubts[order]


def _pace(times: Floats, sums: Floats, rate: float) -> float:
    """How fast a counter grows while it grows, per second."""
    if len(times) < 2:  # noqa: PLR2004  (a pace needs two moves)
        return rate
    return _quantile(np.diff(sums) / np.diff(times), _BRISK)


def _median(values: Floats) -> float:
    """The middle of some values; numpy's loads a library of masked arrays first, for 40 ms."""
    ordered = np.sort(values)
    return float(ordered[(len(ordered) - 1) // 2] + ordered[len(ordered) // 2]) / 2.0


def _quantile(values: Floats, share: float) -> float:
    """The value that a share of all do not exceed; a tenth of the time of numpy's."""
    return float(np.sort(values)[round(share * (len(values) - 1))])


def _resolution(rises: Floats) -> float:
    """The step by which a counter counts: what all its rises are multiples of, to a thousandth."""
    thousandths = np.rint(rises * 1000.0).astype(np.int64)
    return float(np.gcd.reduce(thousandths)) / 1000.0 if len(rises) else 0.0
