"""One thing known from a device's counter and from its samples."""

from dataclasses import dataclass

from pumphouse.analytics.figure import Figure

__all__ = ["Compared"]


@dataclass(frozen=True, slots=True)
class Compared:
    """One thing known from the device's counter and from its samples.

    Attributes:
        counted: by the device's counter.
        seen: in the samples.
    """

    counted: Figure | None = None
    seen: Figure | None = None

    @property
    def best(self) -> Figure | None:
        """The counter's figure; that of the samples where both agree and it is the tighter one.

        A counter of whole hours cannot tell a day's run time as well as samples can; where the two
        contradict each other, samples have missed something.
        """
        counted, seen = self.counted, self.seen
        if counted is None or seen is None:
            return counted or seen
        agree = abs(counted.value - seen.value) <= counted.error + seen.error
        return seen if agree and seen.error < counted.error else counted

    @property
    def disagreement(self) -> float | None:
        """How much more was counted than seen; None where one of the two is not known."""
        if self.counted is None or self.seen is None:
            return None
        return self.counted.value - self.seen.value
