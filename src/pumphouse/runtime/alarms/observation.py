"""What a rule says about one thing at one instant."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from enum import Enum

from pumphouse.core.model import Severity

__all__ = ["Level", "Observation"]


class Level(Enum):
    """How something is. Between the thresholds of entering and leaving nothing changes."""

    BAD = "bad"
    BETWEEN = "between"
    GOOD = "good"


@dataclass(frozen=True, slots=True)
class Observation:
    """One thing as one rule sees it.

    Attributes:
        rule: name of the rule.
        subject: what it is about, unique within the rule.
        since: since when it is so; None where the rule cannot know: then it counts from when it
            was first seen so.
        title: what the alarm says while it is bad.
        source, device: whose it is; None where it is Pumphouse's own.
        enter: for how long it has to be bad before it is an alarm.
        leave: for how long it has to be good before that is over.
        detail: further facts for the event.
    """

    rule: str
    subject: str
    level: Level
    since: datetime | None
    title: str
    severity: Severity = Severity.WARNING
    source: str | None = None
    device: str | None = None
    enter: timedelta = timedelta(0)
    leave: timedelta = timedelta(0)
    detail: Mapping[str, str] = field(default_factory=dict)
