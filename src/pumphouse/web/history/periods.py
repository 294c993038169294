"""When the compressor ran, hot water was made, ice was melted: what is shaded behind the lines."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from itertools import pairwise
from typing import Final

from pumphouse.core.model import Point
from pumphouse.web.history.samples import Floats, Samples, align, longest_silence

__all__ = ["PERIODS", "STATUS_METRICS", "Stretch", "Told", "periods"]

#: begin and end, seconds since 1970
Stretch = tuple[float, float]
Says = Callable[[Point, float], bool]


@dataclass(frozen=True, slots=True, eq=False)
class Told:
    """A point that tells what the heat pump does.

    Attributes:
        known: the instants at which its value is known.
    """

    point: Point
    samples: Samples
    known: Floats
    before: float | None


def _labelled(*labels: str) -> Says:
    return lambda point, value: point.label(value) in labels


def _above_nothing(_: Point, value: float) -> bool:
    return value > 0


#: by kind of period the metrics that tell of it, the best first, and what they say then
PERIODS: Final[Mapping[str, tuple[tuple[str, Says], ...]]] = {
    "compressor": (
        ("compressor_status", _labelled("Starting", "Running")),
        ("compressor_frequency", _above_nothing),
    ),
    "hot_water": (("priority", _labelled("Hot water")),),
    "defrost": (
        ("defrosting_active", _above_nothing),
        ("compressor_status", _labelled("Defrosting")),
    ),
}
#: every metric that may be asked
STATUS_METRICS: Final = frozenset(metric for ways in PERIODS.values() for metric, _ in ways)


def periods(told: Mapping[str, Told], step: float) -> dict[str, list[Stretch]]:
    """By kind the stretches of time, in seconds since 1970; kinds that never happened are absent.

    Args:
        told: by metric.
        step: how far two samples lie apart as a rule, in seconds.
    """
    found: dict[str, list[Stretch]] = {}
    for kind, ways in PERIODS.items():
        for metric, says in ways:
            if metric in told:
                if stretches := _stretches(told[metric], says, longest_silence(step)):
                    found[kind] = stretches
                break
    return found


def _stretches(told: Told, says: Says, longest: float) -> list[Stretch]:
    axis = told.known
    values = align(told.samples.latest(), axis, axis, longest, told.before).values
    on = {code: says(told.point, code) for code in set(values) if code == code}  # noqa: PLR0124  (not a number)
    joined: list[Stretch] = []
    # A state holds to the next instant, unless that comes late; then its end is not known.
    for (start, end), value in zip(pairwise(axis), values, strict=False):
        if end - start > longest or not on.get(value, False):
            continue
        if joined and joined[-1][1] == start:
            joined[-1] = (joined[-1][0], end)
        else:
            joined.append((start, end))
    return joined
