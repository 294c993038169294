"""Which new sensor may be an old one with a new battery: a guess with its reasons, never an act.

Many radio sensors choose a new id when their battery is changed. What stays is the model, the
channel that is set by a switch, and the room: the old one is silent since before the new one was
heard, and the values go on where they ended.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Final

from pumphouse.core.model import Device
from pumphouse.core.units import Quantity, Unit

__all__ = ["Sample", "SensorFacts", "Step", "Suggestion", "place_of", "suggestions"]

#: a sensor that was silent for longer was not only without a battery
LONGEST_SILENCE: Final = timedelta(days=60)


@dataclass(frozen=True, slots=True)
class Step:
    """How far a value may be from the one before the battery was changed, in its own unit.

    Attributes:
        at_once: however short the silence was.
        hourly: so much more for each hour of silence …
        most: … but never more than this.
    """

    at_once: float
    hourly: float
    most: float

    def allows(self, change: float, silence: timedelta) -> bool:
        """Whether a value may have changed so much meanwhile."""
        hours = silence.total_seconds() / 3600
        return abs(change) <= min(self.at_once + self.hourly * hours, self.most)


#: A sensor in the hand that changes its battery is some kelvin warmer; a day outdoors is a dozen.
STEPS: Final[Mapping[Quantity, Step]] = {
    Quantity.TEMPERATURE: Step(4.0, 1.0, 15.0),
    Quantity.RATIO: Step(15.0, 2.0, 40.0),
    Quantity.PRESSURE: Step(0.003, 0.001, 0.03),
    Quantity.CONCENTRATION: Step(500.0, 200.0, 2000.0),
}


@dataclass(frozen=True, slots=True)
class Sample:
    """One value of a point.

    Attributes:
        measures: whether it tells of the room; a battery or a signal does not.
    """

    time: datetime
    value: float
    unit: Unit
    measures: bool = True


@dataclass(frozen=True, slots=True)
class SensorFacts:
    """What is known of one sensor.

    Attributes:
        first, last: the oldest and the newest value of each point, by native id.
        settled: the owner has named it, or bound it: it is nobody's successor.
    """

    device: Device
    first: Mapping[str, Sample]
    last: Mapping[str, Sample]
    settled: bool = False

    @property
    def began(self) -> datetime:
        """When it was heard first."""
        return min(sample.time for sample in self.first.values())

    @property
    def ended(self) -> datetime:
        """When it was heard last."""
        return max(sample.time for sample in self.last.values())


@dataclass(frozen=True, slots=True)
class Suggestion:
    """That `hardware` goes on where `device` has ended.

    Attributes:
        since: when the hardware was heard first.
        reason: why that is likely, one sentence.
    """

    source: str
    hardware: str
    device: str
    since: datetime
    reason: str


def place_of(device: str) -> str:
    """What of an id `model/channel/id` a new battery does not change; "" where it has no parts."""
    return device.rpartition("/")[0]


def suggestions(sensors: Sequence[SensorFacts]) -> list[Suggestion]:
    """Every pair that fits, newest hardware first; where two old ones fit, both are there."""
    heard = [one for one in sensors if one.first and one.last]
    found = [
        Suggestion(new.device.source, new.device.id, old.device.id, new.began, reason)
        for new in heard
        if not new.settled
        for old in heard
        if (reason := _reason(old, new)) is not None
    ]
    return sorted(found, key=lambda one: (one.since, one.hardware, one.device), reverse=True)


def _reason(old: SensorFacts, new: SensorFacts) -> str | None:
    """Why `new` may be `old` with a new battery; None where it may not."""
    if not _same_kind(old.device, new.device):
        return None
    silence = new.began - old.ended
    if not timedelta(0) < silence <= LONGEST_SILENCE:
        return None
    changes = _changes(old, new)
    if not changes or not all(STEPS[one.unit.quantity].allows(by, silence) for one, by in changes):
        return None
    _, _, channel = place_of(new.device.id).partition("/")
    where = " on the same channel" if channel not in {"", "-"} else ""
    return (
        f"the same model ({new.device.model}){where}, first heard {_length(silence)} after the old"
        f" one fell silent, and its values go on: {', '.join(_course(*one) for one in changes)}"
    )


def _course(after: Sample, change: float) -> str:
    return f"from {after.value - change:.6g} to {after.value:.6g} {after.unit.symbol}"


def _same_kind(old: Device, new: Device) -> bool:
    return (
        old.id != new.id
        and old.source == new.source
        and old.model is not None
        and old.model == new.model
        and place_of(old.id) == place_of(new.id)
    )


def _changes(old: SensorFacts, new: SensorFacts) -> list[tuple[Sample, float]]:
    """The first value of each point that both have and that changes slowly, and its change."""
    both = ((new.first[point], old.last[point]) for point in new.first if point in old.last)
    return [
        (after, after.value - before.value)
        for after, before in both
        if after.measures and after.unit == before.unit and after.unit.quantity in STEPS
    ]


def _length(time: timedelta) -> str:
    minutes = time.total_seconds() / 60
    if minutes < 120:  # noqa: PLR2004  (two hours)
        return f"{max(minutes, 1):.0f} min"
    hours = minutes / 60
    return f"{hours:.0f} h" if hours < 48 else f"{hours / 24:.0f} days"  # noqa: PLR2004  (two days)
