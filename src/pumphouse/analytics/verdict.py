"""What a figure means for the owner, in words."""

from collections.abc import Mapping
from dataclasses import dataclass
from enum import StrEnum

__all__ = ["SAVING_PER_KELVIN", "Severity", "Verdict"]

#: share of the electricity that a kelvin less in the flow saves: the fleet of heatpumpmonitor.org
#: loses 0.105 of its seasonal performance factor per kelvin, at a factor of 4 (own arithmetic)
SAVING_PER_KELVIN = 0.105 / 4.0


class Severity(StrEnum):
    """How much a verdict matters, from the least."""

    INFORMATION = "information"
    ADVICE = "advice"
    WARNING = "warning"


@dataclass(frozen=True, slots=True)
class Verdict:
    """One finding.

    Attributes:
        name: what it is about, for programs: `short_cycling` …; the same name may come twice.
        severity: how much it matters.
        sentence: what was found, with the numbers.
        advice: what people usually do about it.
        evidence: the numbers by name, with their unit at the end.
    """

    name: str
    severity: Severity
    sentence: str
    advice: str
    evidence: Mapping[str, float]
