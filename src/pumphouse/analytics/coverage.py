"""How much of a period has to be known for its figures to be told."""

from pumphouse.analytics.series import Recording

__all__ = ["LEAST_COVERAGE", "enough"]

#: below this share of a period there is "not enough data", and never a number (own choice: what
#: is not known may then be as large as what is)
LEAST_COVERAGE = 0.5


def enough(recording: Recording) -> bool:
    """Whether the device was heard for long enough to say anything about the period."""
    return recording.coverage >= LEAST_COVERAGE
